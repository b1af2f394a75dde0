"""Check an evidence pack with nothing but Python: `python check_evidence.py PACK.zip [--key KEY.pub] [--file FILE]`.

Belongs here: all that can be checked without the system the pack comes from, written again and not imported, so that an
auditor can read this one file and run it anywhere. ed25519 is RFC 8032, the Merkle path RFC 9162. `--key` is the public
half of the ledger's head key, from the auditor's own copy; `--file` a file to be held against the pack.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


class Broken(Exception):  # noqa: N818  the verdict, not a fault of this program
    """The first thing found wrong, in words."""


def need(holds: object, fault: str) -> None:
    """End the checks unless something holds."""
    if not holds:
        raise Broken(fault)


def sha(data: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def text(value: object) -> bytes:
    """Return the RFC 8785 text of JSON that holds text, integers, true, false and null, its names in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def point(data: bytes) -> Point:
    """Return the curve point of 32 bytes, in extended coordinates."""
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    x = x if v * x * x % P == u else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and len(data) == 32 and v * x * x % P == u, "a key or signature is no point of the curve")
    x = P - x if x & 1 != data[31] >> 7 else x
    return x, y, 1, x * y % P


def add(one: Point, other: Point) -> Point:
    """Add two points."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, one: Point) -> Point:
    """Multiply a point."""
    total = (0, 1, 1, 0)
    while number:
        total = add(total, one) if number & 1 else total
        one, number = add(one, one), number >> 1
    return total


def signed(public: str, message: bytes, signature: bytes) -> bool:
    """Say whether an ed25519 signature is that of a key, `ssh-ed25519 <base64>`, over the message."""
    line = base64.b64decode(public.split()[1])
    need(line.startswith(b"\0\0\0\x0bssh-ed25519\0\0\0 ") and len(line) == 51, "a key is not ed25519")
    key, scalar = line[19:], int.from_bytes(signature[32:], "little")
    hashed = hashlib.sha512(signature[:32] + key + message).digest()
    right = add(point(signature[:32]), times(int.from_bytes(hashed, "little") % L, point(key)))
    left = times(scalar, point(bytes([88]) + bytes([102]) * 31))
    same = all((left[at] * right[2] - right[at] * left[2]) % P == 0 for at in (0, 1))
    return len(signature) == 64 and scalar < L and same


def root_of(event: dict[str, Any], size: int) -> str:
    """Return the Merkle root to which an event's hash and path lead."""
    data = bytes.fromhex(event["prev"]) + event["seq"].to_bytes(8, "big")
    for part in (event[name].encode() for name in ("at", "kind", "body")):
        data += len(part).to_bytes(8, "big") + part
    at, last, made = event["seq"] - 1, size - 1, hashlib.sha256(b"\0" + hashlib.sha256(data).digest()).digest()
    for step in map(bytes.fromhex, event["path"]):
        need(last, f"the path of event {event['seq']} is too long")
        right = at % 2 or at == last
        made = hashlib.sha256(b"\1" + (step + made if right else made + step)).digest()
        while right and at and at % 2 == 0:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return "" if last else made.hex()


def check_signature(body: dict[str, Any], subject: str, people: Any, school: str, at: str) -> tuple[str, str, str]:  # noqa: ANN401
    """Check one person's signature over a waybill or standing release; return person, role and key."""
    told, person = body["statement"], people.get(body["statement"]["signer"])
    who = f"the signature of {told['signer']} as {told['role']}"
    need(subject == told.get("standing" if "standing" in body else "waybill"), f"{who} is for something else")
    need(told["type"] == body["act"] and told["signed_at"][:19] <= at[:19] < told["not_after"][:19], f"{who} is over")
    key, by_passkey = body["public_key"], body["public_key"].startswith("webauthn ")  # judged by check_passkeys.py
    need(by_passkey or signed(key, text(told), base64.b64decode(body["signature"])), f"{who} is not theirs")
    need(person and person["public_key"] == body["public_key"], f"{who}: the register has no such person and key")
    need(told["role"] in person["roles"] and {"*", school} & set(person["schools"]), f"{who}: not in that role")
    return told["signer"], told["role"], body["public_key"]


def under_standing(subject: str, waybill: Any, people: Any, every: list[Any], at: str) -> list[Any]:  # noqa: ANN401
    """Check that a standing release is for such a file and day; return who signed it by then for that school."""
    under = [body for _, when, body in every if body.get("standing") == subject and when <= at]
    release = next(body["release"] for body in under if "release" in body)
    need(sha(text(release)) == subject, f"standing release {subject[:12]} is not the one of that name")
    same = all(release[part] == waybill[part] for part in ("agreement_sha256", "notice_sha256"))
    held = waybill["school"] in release["schools"] and release["starts"] <= at[:10] <= release["ends"]
    need(same and held, f"standing release {subject[:12]} is not for {waybill['agreement']} of that school and day")
    here = {who for who, person in people.items() if {"*", waybill["school"]} & set(person["schools"])}
    return [body for body in under if "statement" in body and body["statement"]["signer"] in here]


def check_file(name: str, parts: dict[str, Any], events: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Check one file of a pack: waybill, grounds, signatures, sending, receipt, what was told."""
    waybill, grounds = json.loads(parts["waybill"]), json.loads(parts["grounds"])
    every = [(one["kind"], one["at"], json.loads(one["body"])) for one in events]
    own = [one for one in every if one[2].get("waybill") == name]
    last = {kind: (at, body) for kind, at, body in own}
    need(sha(parts["waybill"].encode()) == name, f"waybill {name[:12]} is not the one of that name")
    recorded = next(body["detail"] for kind, _, body in own if kind == "prepared").get("grounds_sha256")
    need(recorded in (None, sha(parts["grounds"].encode())), f"the grounds of {name[:12]} are not those recorded")
    need(sha(text(parts["register"])) == waybill["approvers_sha256"], f"the register of {name[:12]} is another")
    for part in ("agreement", "notice"):
        need(parts[part] is None or sha(parts[part].encode()) == waybill[f"{part}_sha256"], f"the {part} is another")
    people = {person["id"]: person for person in parts["register"]["people"]}
    sent_at, subject = last["sending"][0], last["sending"][1]["detail"].get("standing", name)
    need(last["approved"][0] <= sent_at, f"{name[:12]} was sent before it was approved")
    how = f" under standing release {subject[:12]}" * (subject != name)
    bodies = [body for kind, _, body in own if kind == "signature" and body["act"] == "release"]
    bodies = bodies if subject == name else under_standing(subject, waybill, people, every, sent_at)
    signers = {check_signature(body, subject, people, waybill["school"], sent_at) for body in bodies}
    need(len({who for who, *_ in signers}) >= 2 <= len({key for *_, key in signers}), f"{name[:12]}: not two signers")
    need({role for _, role, _ in signers} >= set(grounds["signing"]), f"{name[:12]}: a role has not signed")
    state, at, settled = next(one for one in own if "disclosures" in one[2])
    receipt, told = settled["detail"].get("receipt", {}), settled["disclosures"]
    arrived = state == "delivered-unverified" or receipt.get("read_back_sha256") == waybill["file_sha256"]
    need(arrived, f"what arrived for {name[:12]} is another file")
    entries = b"".join(bytes.fromhex(ref + sha256) for ref, sha256 in parts["told"])
    need(sha(entries) == told["sha256"] and len(parts["told"]) == told["pupils"], f"the pupils of {name[:12]} differ")
    return waybill, grounds, signers, f"sent {sent_at}{how}, {state} {at}", receipt, told


def check(pack: dict[str, Any], key: str | None = None) -> dict[str, tuple[Any, ...]]:
    """Check a whole pack; return what was found of each file. Raises Broken."""
    need(pack["type"] == "waybill evidence pack 1", "this is no evidence pack of this version")
    says = {name: value for name, value in pack["head"].items() if name != "signature"}
    message, signature = text({**says, "type": "waybill ledger head 2"}), bytes.fromhex(pack["head"]["signature"])
    need(signed(key or pack["head_key"], message, signature), "the head is not signed with the head key")
    for event in pack["events"]:
        need(root_of(event, says["seq"]) == says["root"], f"event {event['seq']} is not in the ledger of this head")
    found = {name: check_file(name, parts, pack["events"]) for name, parts in pack["files"].items()}
    for ref, cells in pack["pupils"].items():
        for name, lines in cells.items():
            told = sorted(f"{line}\x1f".encode() + bytes.fromhex(one) for line, all_ in lines.items() for one in all_)
            need([ref, sha(b"".join(told))] in pack["files"][name]["told"], f"a pupil's cells in {name[:12]} differ")
    return found


def main(arguments: list[str]) -> int:
    """Check the pack named on the command line and say what it proves; 0 when it holds."""
    parser = argparse.ArgumentParser(description="Check an evidence pack.")
    for name in ("pack", "--key", "--file"):
        parser.add_argument(name)
    given = parser.parse_args(arguments)
    try:
        pack = json.loads(zipfile.Path(given.pack, "evidence.json").read_text("utf-8"))
        found = check(pack, given.key and Path(given.key).read_text("utf-8"))
        files = {one[0]["file_sha256"] for one in found.values()}
        need(not given.file or sha(Path(given.file).read_bytes()) in files, "the file is none of this pack's")
    except (Broken, OSError, LookupError, ValueError, TypeError, StopIteration, zipfile.BadZipFile) as fault:
        sys.stdout.write(f"BROKEN: {fault if isinstance(fault, Broken) else f'unreadable ({type(fault).__name__})'}\n")
        return 1
    lines = [f"Evidence about {pack['about']}, under the head of event {pack['head']['seq']}, {pack['head']['at']}"]
    lines += ["The head key is the one you gave." if given.key else "THE HEAD KEY IS THE PACK'S OWN: compare it."]
    for name, (waybill, grounds, signers, when, receipt, told) in found.items():
        lines += [f"\nWaybill {name}: {when}; told of {told['pupils']} pupils, {told['cells']} values"]
        lines += [f"  to: {grounds['recipient']}, for: {grounds['title']}"]
        lines += [f"  signed by {who} as {role} ({key.split()[0]})" for who, role, key in sorted(signers)]
        lines += [f"  {part}: {waybill[part]}" for part in sorted(waybill) if part not in ("fields", "tally")]
        lines += [f"  receipt: {part} {value}" for part, value in sorted(receipt.items())]
        for one in grounds["lines"]:
            lines += [f"  field {one['id']}: notice {one['clause']}, {one['gateway']}: {one['why']}"]
    lines += [f"\nPupil {ref}: told of in {', '.join(cells)}" for ref, cells in pack["pupils"].items()]
    sys.stdout.write("\n".join([*lines, "HOLDS\n"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

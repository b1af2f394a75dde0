"""Check an evidence pack with nothing but Python: `python check_evidence.py PACK.zip [--key KEY.pub] [--file FILE]`.

Belongs here: what can be checked without the system, written again and not imported, for an auditor to read and to run
anywhere. `--key` is the public half of the head key, the auditor's own copy; `--file` a file to hold against the pack.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Part = dict[str, Any]


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


def point(data: bytes) -> tuple[int, int]:
    """Return the curve point of 32 bytes."""
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and len(data) == 32 and x * x % P == square, "a key or signature is no point of the curve")
    return P - x if x & 1 != data[31] >> 7 else x, y


def add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Add two points."""
    x, y = one[0] * other[1] + one[1] * other[0], one[1] * other[1] + one[0] * other[0]
    cross = D * one[0] * one[1] * other[0] * other[1] % P
    return x * pow(1 + cross, -1, P) % P, y * pow(1 - cross, -1, P) % P


def times(number: int, one: tuple[int, int]) -> tuple[int, int]:
    """Multiply a point."""
    rest = times(number >> 1, add(one, one)) if number else (0, 1)
    return add(rest, one) if number & 1 else rest


def signed(public: str, message: bytes, signature: bytes) -> bool:
    """Say whether an ed25519 signature (RFC 8032) is that of a key, `ssh-ed25519 <base64>`, over the message."""
    line = base64.b64decode(public.split()[1])
    need(line.startswith(b"\0\0\0\x0bssh-ed25519\0\0\0 ") and len(line) == 51, "a key is not ed25519")
    key, scalar = line[19:], int.from_bytes(signature[32:], "little")
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    right = add(point(signature[:32]), times(hashed, point(key)))
    return len(signature) == 64 and scalar < L and times(scalar, point(bytes([88]) + bytes([102]) * 31)) == right


def root_of(event: Part, size: int) -> str:
    """Return the Merkle root to which an event's hash and path lead (RFC 9162, 2.1.3)."""
    parts = [event[name].encode() for name in ("at", "kind", "body")]
    data = bytes.fromhex(event["prev"]) + event["seq"].to_bytes(8, "big")
    leaf = hashlib.sha256(data + b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
    at, made, right = event["seq"] - 1, hashlib.sha256(b"\0" + leaf).digest(), []
    while size > 1:
        half = 1 << (size - 1).bit_length() - 1
        right.append(at >= half)
        at, size = (at - half, size - half) if at >= half else (at, half)
    for step, after in zip(map(bytes.fromhex, event["path"]), reversed(right), strict=True):
        made = hashlib.sha256(b"\1" + (step + made if after else made + step)).digest()
    return made.hex()


def holding(before: list[Any], people: list[Part], school: str, at: str) -> tuple[list[tuple[str, ...]], str]:
    """Return the signatures that hold for a school at a moment (a passkey's: check_passkeys.py), and others' faults."""
    found, faults, lent = list[tuple[str, ...]](), "", dict[tuple[str, ...], str]()
    ended = [body["delegation"] for kind, _, body in before if kind == "delegation ended"]
    for body in [one for *_, one in before if "statement" in one and one.get("delegation") not in ended]:
        told, key, terms = body["statement"], body["public_key"], body.get("lent")
        who, role, since = told["signer"], told["role"], told["signed_at"]
        person = next((of for of in people if [of["id"], of["public_key"]] == [who, key]), {"roles": (), "schools": ()})
        theirs = key.startswith("webauthn ") or signed(key, text(told), base64.b64decode(body["signature"]))
        own = role in person["roles"] and {"*", school} & set(person["schools"])
        may = own or (person["roles"] and not terms and lent.get((who, role, school), "~") <= since)
        if not (theirs and may and since[:19] <= at[:19] < told["not_after"][:19]):
            faults += f"; that of {who} as {role} does not hold"
        elif not terms:
            found.append((told["type"], told.get("waybill", told.get("standing")), who, role, key))
        elif [sha(text(terms)), terms["by"], terms["role"]] == [told["delegation"], who, role]:
            lent.setdefault((terms["to"], role, terms["school"]), since)
    return found, faults


def check_authority(
    name: str, waybill: Part, parts: Part, before: list[Any], sending: list[Any]
) -> set[tuple[str, ...]]:
    """Check who let a file leave, by what was recorded before it was sent; return the signers."""
    at, subject, what = sending[1], sending[2]["detail"].get("standing", name), f"waybill {name[:12]}"
    done = {(body.get("act", kind), body.get("waybill", body.get("standing"))) for kind, _, body in before}
    need(("approved", name) in done, f"{what} was sent before it was approved")
    need(not {("revoke", name), ("standing release off", subject)} & done, f"{what} was called off before it was sent")
    if subject != name:
        release = next(body["release"] for *_, body in before if sha(text(body.get("release"))) == subject)
        same = all(release[part] == waybill[part] for part in ("agreement_sha256", "notice_sha256"))
        held = same and waybill["school"] in release["schools"] and release["starts"] <= at[:10] <= release["ends"]
        need(held, f"standing release {subject[:12]} is not for {waybill['agreement']} of that school and day")
    found, faults = holding(before, parts["register"]["people"], waybill["school"], at)
    wanted = {("release" if subject == name else "standing-release", subject): json.loads(parts["grounds"])["signing"]}
    wanted |= {("override", name): ["data_manager", "head"]} if waybill["tally"]["blocking"] else {}
    for act, roles in wanted.items():
        given = [one for one in found if one[:2] == act]
        few = min(len({one[at] for one in given}) for at in (2, 4)) < max(2, len(roles))
        need(not few and {one[3] for one in given} >= set(roles), f"{what}: the {act[0]} lacks a signer{faults}")
    return {one for one in found if one[:2] in wanted}


def check_file(name: str, parts: Part, every: list[Any]) -> tuple[Any, ...]:
    """Check one file of a pack: waybill, grounds, signatures, sending, receipt, what was told."""
    waybill, grounds = json.loads(parts["waybill"]), parts["grounds"].encode()
    own = [(at, *one) for at, one in enumerate(every) if one[2].get("waybill") == name]
    need(sha(parts["waybill"].encode()) == name, f"waybill {name[:12]} is not the one of that name")
    recorded = next(body["detail"] for _, kind, _, body in own if kind == "prepared").get("grounds_sha256")
    need(recorded in (None, sha(grounds)), f"the grounds of {name[:12]} are not those recorded")
    need(sha(text(parts["register"])) == waybill["approvers_sha256"], f"the register of {name[:12]} is another")
    for part in ("agreement", "notice"):
        need(parts[part] is None or sha(parts[part].encode()) == waybill[f"{part}_sha256"], f"the {part} is another")
    sending = [at for at, kind, *_ in own if kind == "sending"][-1]
    signers = check_authority(name, waybill, parts, every[:sending], every[sending])
    _, state, at, settled = next(one for one in own if "disclosures" in one[3])
    receipt, told = settled["detail"].get("receipt", {}), settled["disclosures"]
    wire = every[sending][2]["detail"].get("sealed", {"sha256": waybill["file_sha256"]})["sha256"]
    need(state == "delivered-unverified" or receipt.get("read_back_sha256") == wire, f"{name[:12]} is not what arrived")
    entries = b"".join(bytes.fromhex(ref + sha256) for ref, sha256 in parts["told"])
    need(sha(entries) == told["sha256"] and len(parts["told"]) == told["pupils"], f"the pupils of {name[:12]} differ")
    return waybill, json.loads(grounds), signers, f"sent {every[sending][1]}, {state} {at}", receipt, told


def check(pack: Part, key: str | None = None) -> dict[str, tuple[Any, ...]]:
    """Check a whole pack; return what was found of each file. Raises Broken."""
    need(pack["type"] == "waybill evidence pack 1", "this is no evidence pack of this version")
    says = {name: value for name, value in pack["head"].items() if name != "signature"}
    message, signature = text({**says, "type": "waybill ledger head 2"}), bytes.fromhex(pack["head"]["signature"])
    need(signed(key or pack["head_key"], message, signature), "the head is not signed with the head key")
    for event in pack["events"]:
        need(root_of(event, says["seq"]) == says["root"], f"event {event['seq']} is not in the ledger of this head")
    every = [
        (one["kind"], one["at"], json.loads(one["body"])) for one in sorted(pack["events"], key=lambda of: of["seq"])
    ]
    found = {name: check_file(name, parts, every) for name, parts in pack["files"].items()}
    for ref, name, lines in [(ref, *cells) for ref, told in pack["pupils"].items() for cells in told.items()]:
        cells = sorted(f"{line}\x1f".encode() + bytes.fromhex(one) for line, all_ in lines.items() for one in all_)
        need([ref, sha(b"".join(cells))] in pack["files"][name]["told"], f"a pupil's cells in {name[:12]} differ")
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
        files = {of for one in found.values() for of in (one[0]["file_sha256"], one[4].get("read_back_sha256"))}
        need(not given.file or sha(Path(given.file).read_bytes()) in files, "the file is none of this pack's")
    except (Broken, OSError, LookupError, ValueError, TypeError, StopIteration, zipfile.BadZipFile) as fault:
        sys.stdout.write(f"BROKEN: {fault if isinstance(fault, Broken) else f'unreadable ({type(fault).__name__})'}\n")
        return 1
    lines = [f"Evidence about {pack['about']}, under the head of event {pack['head']['seq']}, {pack['head']['at']}"]
    lines += ["The head key is the one you gave." if given.key else "THE HEAD KEY IS THE PACK'S OWN: compare it."]
    for name, (waybill, grounds, signers, when, receipt, told) in found.items():
        lines += [f"\nWaybill {name}: {when}; told of {told['pupils']} pupils, {told['cells']} values"]
        lines += [f"  to: {grounds['recipient']}, for: {grounds['title']}"]
        lines += [f"  {of[0]} signed by {of[2]} as {of[3]} ({of[4].split()[0]})" for of in sorted(signers)]
        lines += [f"  {part}: {waybill[part]}" for part in sorted(waybill) if part not in ("fields", "tally")]
        lines += [f"  receipt: {part} {value}" for part, value in sorted(receipt.items())]
        lines += [f"  field {of['id']}: notice {of['clause']}, {of['gateway']}: {of['why']}" for of in grounds["lines"]]
    lines += [f"\nPupil {ref}: told of in {', '.join(cells)}" for ref, cells in pack["pupils"].items()]
    sys.stdout.write("\n".join([*lines, "HOLDS\n"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

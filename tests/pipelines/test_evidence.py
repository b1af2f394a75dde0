"""Evidence packs: made by the command line, checked on their own by one script in a bare Python."""

import json
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exports import check_evidence
from exports.check_evidence import Broken, check, signed
from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.audited import DAY, SCHOOL


@pytest.fixture(scope="module")
def packs(audited, tmp_path_factory):
    """The three packs, in a folder with nothing of the installation beside them but the public key."""
    folder = tmp_path_factory.mktemp("packs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAYBILL_HOME", str(audited.door.home))
        patch.setenv("WAYBILL_TRUST", str(audited.door.trust))
        for kind, name in (("file", audited.joiners), ("pupil", audited.rows[0]["UPN"]), ("day", DAY)):
            audited.door.done("pack", kind, name, "--to", str(folder / f"{kind}.zip"), "--as", "daniel")
    shutil.copy(audited.door.settings.keys / "ledger-head.pub", folder / "ledger-head.pub")
    shutil.copy(check_evidence.__file__, folder / "check_evidence.py")
    return folder


def body(packs, kind="file"):
    with zipfile.ZipFile(packs / f"{kind}.zip") as archive:
        return json.loads(archive.read("evidence.json"))


def run(packs, *arguments):
    """Run the script alone, in an isolated Python that sees no installed package and no other file of ours."""
    command = [sys.executable, "-I", "-S", "check_evidence.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=packs)


@pytest.mark.parametrize("kind", ["file", "pupil", "day"])
def test_a_pack_holds_by_itself(packs, kind):
    done = run(packs, f"{kind}.zip", "--key", "ledger-head.pub")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "HOLDS"
    assert "The head key is the one you gave." in done.stdout


def test_the_questions_about_a_file_are_answered_from_its_pack_alone(packs, auditor):
    """With the pack, the key, the file as the recipient has it, and no database."""
    (file,) = auditor.demo.received.rglob(f"{SCHOOL}_new_pupils_*.csv")
    said = run(packs, "file.zip", "--key", "ledger-head.pub", "--file", file).stdout
    for answer in (
        f"Waybill {auditor.joiners}", "Local authority 823", "priya as data_manager", "helen as head",
        "sent 2026-10-01T", "delivered 2026-10-01T", f"told of {len(auditor.rows)} pupils",
        "receipt: read_back_sha256 ", "agreement_sha256: ", "notice_version: ", f"remote_name: {file.name}",
        "field la_new_pupils.joiner.surname: notice ", f"school: {SCHOOL}",
    ):  # fmt: skip
        assert answer in said
    other = packs / "other.csv"
    other.write_bytes(file.read_bytes() + b"x")
    assert "BROKEN: the file is none of this pack's" in run(packs, "file.zip", "--file", other).stdout


def test_a_pack_says_whose_key_it_was_checked_with(packs):
    assert "THE HEAD KEY IS THE PACK'S OWN" in run(packs, "file.zip").stdout
    key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    (packs / "other.pub").write_bytes(key)
    assert run(packs, "file.zip", "--key", "other.pub").stdout.startswith("BROKEN: the head is not signed")
    (packs / "no.zip").write_bytes(b"nothing")
    assert run(packs, "no.zip").stdout.startswith("BROKEN: unreadable")


def test_no_value_and_no_name_is_in_a_pack(packs, auditor):
    texts = [json.dumps(body(packs, kind), ensure_ascii=False) for kind in ("file", "pupil", "day")]
    values = [value for row in auditor.rows for value in (row["UPN"], f'"{row["Surname"]}"')]
    assert values
    assert [value for value in values for text in texts if value in text] == []


def leaves(value, path=()):
    """Every text and number of a pack, by the way to it."""
    if isinstance(value, dict):
        return [leaf for name, one in value.items() for leaf in leaves(one, (*path, name))]
    if isinstance(value, list):
        return [leaf for at, one in enumerate(value) for leaf in leaves(one, (*path, at))]
    return [path] if isinstance(value, str | int) and value != "" else []


HARMLESS = {("about",), ("type",), ("head_key",)}
"""What a reader is told beside the evidence; with a key of the reader's own the pack's is not used."""


def test_whatever_is_changed_in_a_pack_is_found(packs):
    pack, chance = body(packs, "pupil"), random.Random(7)  # noqa: S311  a seed, not a secret
    key = (packs / "ledger-head.pub").read_text()
    check(pack, key)
    paths = [path for path in leaves(pack) if path not in HARMLESS]
    for path in chance.sample(paths, 60):
        spoilt = json.loads(json.dumps(pack))
        holder = spoilt
        for step in path[:-1]:
            holder = holder[step]
        value = holder[path[-1]]
        holder[path[-1]] = value + 1 if isinstance(value, int) else value[:-1] + chr(ord(value[-1]) ^ 1)
        with pytest.raises((Broken, ValueError, LookupError, TypeError, StopIteration)):
            check(spoilt, key)


@pytest.mark.parametrize("kind", ["prepared", "signature", "approved", "sending", "delivered"])
def test_an_event_that_is_left_out_of_a_pack_is_missed(packs, kind):
    pack = body(packs)
    at = next(at for at, event in enumerate(pack["events"]) if event["kind"] == kind)
    del pack["events"][at]
    with pytest.raises((Broken, LookupError, StopIteration)):
        check(pack)


def test_a_pupil_who_is_left_out_of_a_file_is_missed(packs):
    pack = body(packs)
    (name,) = pack["files"]
    pack["files"][name]["told"].pop()
    with pytest.raises(Broken, match="the pupils of"):
        check(pack)


def test_nothing_that_left_is_nothing_to_prove(auditor, tmp_path):
    answer = auditor.door.run("pack", "day", "2026-10-02", "--to", str(tmp_path / "p.zip"), "--as", "daniel")
    assert answer.code == EXIT_CODES["nothing_to_prove"]
    assert not (tmp_path / "p.zip").exists()


def test_ed25519_agrees_with_the_library():
    chance = random.Random(3)  # noqa: S311
    for _ in range(10):
        key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        message = chance.randbytes(chance.randrange(200))
        right = key.sign(message)
        assert signed(public, message, right)
        assert not signed(public, message + b"x", right)
        at = chance.randrange(64)
        wrong = right[:at] + bytes([right[at] ^ 1 << chance.randrange(8)]) + right[at + 1 :]
        try:
            assert not signed(public, message, wrong)
        except Broken:
            continue


def test_the_script_is_short_enough_to_be_read():
    assert len(Path(check_evidence.__file__).read_text(encoding="utf-8").splitlines()) <= 200

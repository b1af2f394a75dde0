"""The command line as a newcomer meets it: what each command prints, in eighty columns, and how it ends."""

import json
import re

import pytest

from pipelines import cli, exit_codes
from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.front_door import AUTUMN, CENSUS, CLEAN, FAULTY

WHOLE = re.compile(r"[0-9a-f]{64}|/\S{40,}")
"""What may stand on a line of its own, however long: a hash, a path."""


def test_the_way_of_a_file_through_the_commands(door):
    waybill = door.waybill()
    assert f"waybill {waybill.sha256[:12]}" in door.done("status", "--as", "priya").out
    assert "Nothing holds the release" in door.done("findings", CLEAN, AUTUMN, "--as", "priya").out
    page = door.done("show", waybill.sha256[:10], "--as", "helen").out
    for words in (
        "UNVERIFIED LAYOUT", "Department for Education", "It ends as: handed over", "pupil.upn", waybill.file_sha256,
        "This is the first file under this agreement", "Still to sign: data_manager, head",
    ):  # fmt: skip
        assert words in page
    first = door.sign(waybill, "priya", "data_manager")
    assert (first.code, "Still to sign, each by another person: head" in first.out) == (0, True)
    second = door.sign(waybill, "helen", "head")
    assert (second.code, f"waybill release {CENSUS} {CLEAN} {AUTUMN}" in second.out) == (0, True)
    with door.recipient():
        assert "Sent: handed over." in door.done("release", CENSUS, CLEAN, AUTUMN).out
        assert "Not sent again" in door.done("release", CENSUS, CLEAN, AUTUMN).out
    here = door.installation()
    upn = (here.settings.on_the_day / f"{CLEAN}-{AUTUMN}.csv").read_text().splitlines()[1].partition(",")[0]
    looks = len(here.ledger.events("looked up"))
    told = door.done("trace", upn, "--as", "daniel").out
    assert "pupil.upn" in told
    assert "Signed by priya as data_manager, helen as head" in told
    assert "Department for Education: handed over" in told
    assert len(door.installation().ledger.events("looked up")) == looks + 1
    assert "The ledger is intact" in door.done("verify").out


@pytest.mark.parametrize(
    ("arguments", "members"),
    [
        (("status", "--as", "priya"), {"waybill", "slot", "state"}),
        (("findings", FAULTY, AUTUMN, "--as", "priya"), {"school", "verdict", "causes"}),
        (("agreements",), {"id", "faults"}),
        (("verify",), {"events", "head", "faults"}),
        (("approvers", "list"), {"id", "roles", "public_key"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_json_is_data_alone(door, arguments, members):
    data = json.loads(door.run(*arguments, "--json").out)
    assert members <= (data[0] if isinstance(data, list) else data).keys()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("prepare", "2026-autum"), "partition_unknown", "2026-autumn, 2027-spring"),
        (("prepare", AUTUMN, "--school", "1"), "trust_folder", "900002"),
        (("findings", "900001", AUTUMN, "--as", "priya"), "nothing_prepared", "waybill prepare 2026-autumn --school"),
        (("findings", CLEAN, AUTUMN, "--as", "nobody"), "not_allowed", "--as ID"),
        (("show", "zz", "--as", "priya"), "not_named", "waybill status"),
        (("release", "nobody", CLEAN, AUTUMN), "trust_folder", CENSUS),
        (("release", CENSUS, "900001", AUTUMN), "nothing_signed", "Prepare it"),
        (("release", CENSUS, CLEAN, AUTUMN), "not_signed", "data_manager"),
        (("trace", "A123", "--as", "daniel"), "pupil_unknown", "former UPN"),
        (("note", CLEAN, AUTUMN, "1510", "x", "--as", "priya"), "nothing_to_explain", "give a text"),
        (("lodge", "--as", "daniel"), "head_unreachable", "move it away"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_refusal_says_what_to_do_next_and_has_its_own_exit_code(door, arguments, code, words):
    answer = door.run(*arguments)
    assert answer.code == EXIT_CODES[code]
    assert words in " ".join(answer.err.split())
    assert f"Exit code {answer.code}" in answer.err
    assert "Traceback" not in answer.err


def test_resolve_says_when_nothing_is_in_doubt(door):
    answer = door.run("resolve", door.waybill().sha256[:12])
    assert answer.code == EXIT_CODES["not_unknown"]


def test_a_waybill_must_be_named_to_be_signed(door):
    waybill = door.waybill()
    answer = door.run(
        "sign", waybill.sha256, "--role", "head", "--key", door.key("helen"), "--as", "helen", "--named", "12345678"
    )
    assert answer.code == EXIT_CODES["not_named"]
    assert "Nothing was signed" in answer.err


def test_a_wrong_passphrase_signs_nothing(door, monkeypatch):
    monkeypatch.setenv("WAYBILL_PASSPHRASE", "guess")
    assert door.sign(door.waybill(), "helen", "head").code == EXIT_CODES["key_unreadable"]


def test_what_is_called_off_stays_called_off(door):
    waybill = door.approve()
    answer = door.run("revoke", waybill.sha256, "--role", "head", "--key", door.key("helen"), "--as", "helen")
    assert (answer.code, answer.out) == (0, "Called off. Nothing was sent.\n")
    assert door.release().code == EXIT_CODES["nothing_signed"]
    assert door.sign(waybill, "priya", "data_manager").code == EXIT_CODES["too_late_to_sign"]


def test_every_line_fits_eighty_columns(door):
    waybill = door.waybill(FAULTY)
    for arguments in (
        ("status", "--as", "priya"),
        ("findings", FAULTY, AUTUMN, "--as", "priya"),
        ("show", waybill.sha256, "--as", "priya"),
        ("agreements",),
        ("approvers", "list"),
        ("findings", "900001", AUTUMN, "--as", "priya"),
    ):
        answer = door.run(*arguments)
        long = [line for line in (answer.out + answer.err).splitlines() if len(line) > 80 and not WHOLE.search(line)]
        assert long == [], arguments


def test_findings_say_counts_and_where_to_fix(door):
    answer = door.run("findings", FAULTY, AUTUMN, "--as", "priya")
    assert answer.code == exit_codes.HELD
    assert re.search(r"^1510  blocks: 1 found, 0 explained$", answer.out, re.MULTILINE)
    assert "Fix: " in answer.out
    assert f"https://mis.fernhill.example/{FAULTY}/students/" in answer.out
    assert f"waybill prepare {AUTUMN} --school {FAULTY}" in " ".join(answer.out.split())


def test_a_fault_of_the_program_says_its_type_and_place_and_not_its_words(door, monkeypatch):
    def faulty(ctx):
        del ctx
        message = "Zebedee Quillfeather was born on 1 May"
        raise RuntimeError(message)

    monkeypatch.setattr(cli.following, "status", faulty)
    answer = door.run("status")
    assert answer.code == exit_codes.FAULT
    assert "RuntimeError at test_cli.py" in " ".join(answer.err.split())
    assert "Zebedee" not in answer.err + answer.out
    assert "Traceback" not in answer.err


def test_a_new_key_is_encrypted_and_never_written_over(door):
    path = door.home / "mine"
    public = door.done("approvers", "new-key", str(path)).data["public_key"]
    assert public.startswith("ssh-ed25519 ")
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes() or b"OPENSSH" in path.read_bytes()
    before = path.read_bytes()
    assert door.run("approvers", "new-key", str(path)).code == exit_codes.USAGE
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["not JSON", "{}", "[1]", '[{"id": "x"}]'])
def test_a_people_file_that_cannot_be_read_is_refused(door, text):
    people = door.home / "people.json"
    people.write_text(text)
    answer = door.run("approvers", "propose", str(people), str(door.home / "change.json"))
    assert answer.code == EXIT_CODES["register_malformed"]


def test_the_register_is_set_up_once(door):
    people = door.home / "people.json"
    people.write_text(json.dumps(door.people()))
    assert door.run("approvers", "bootstrap", str(people)).code == EXIT_CODES["register_exists"]


def test_without_keys_the_first_thing_to_do_is_said(tmp_path, door, monkeypatch):
    monkeypatch.setenv("WAYBILL_HOME", str(tmp_path / "nowhere"))
    answer = door.run("status")
    assert answer.code == EXIT_CODES["not_initialised"]
    assert "waybill init" in answer.err


def test_without_a_request_there_is_nothing_to_follow_and_nothing_to_confirm(door):
    assert "Waiting for a confirmation: 0" in door.done("deletions", "list", "--as", "priya").out
    census = door.waybill()
    answer = door.run("deletions", "confirm", census.sha256, "--reference", "T-7", "--as", "priya")
    assert answer.code == EXIT_CODES["no_such_request"]
    assert door.run("deletions", "list", "--as", "nobody").code == EXIT_CODES["not_allowed"]

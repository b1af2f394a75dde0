"""Every question to the record by the command line, its answer held against the files as their recipients have them."""

import hashlib

import pytest

from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.audited import DAY, JOINERS, SCHOOL

UPN, SURNAME = "UPN", "Surname"


def files(auditor, pattern="*.csv"):
    return sorted(path for path in auditor.demo.received.rglob(pattern) if path.is_file())


def test_a_file_is_told_with_all_that_it_rests_on(auditor):
    found = auditor.data("trace", "file", auditor.joiners[:12])
    (file,) = files(auditor, f"{SCHOOL}_new_pupils_*")
    assert found["waybill"]["file_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found["receipt"]["read_back_sha256"] == found["waybill"]["file_sha256"]
    assert found["sent"]["pupils"] == len(auditor.rows)
    assert found["sent"]["signers"] == [["priya", "data_manager"], ["helen", "head"]]
    kinds = [step["kind"] for step in found["steps"] if step["kind"] != "looked up"]
    assert kinds == [
        "prepared", "release signed as data_manager", "release signed as head", "approved", "sending", "delivered",
    ]  # fmt: skip
    words = " ".join(auditor.door.done("trace", "file", auditor.joiners, "--as", "daniel").out.split())
    assert "Local authority 823" in words
    assert f"Receipt: read_back_sha256 {found['waybill']['file_sha256']}" in words


@pytest.mark.parametrize("by", ["recipient", "day", "agreement"])
def test_files_are_found_by(auditor, by):
    name = {"recipient": "la_823", "day": DAY, "agreement": JOINERS}[by]
    found = auditor.data("trace", by, name)
    folder = {"recipient": "la-823/**/*.csv", "day": "*", "agreement": "*_new_pupils_*"}[by]
    names = {path.name for path in files(auditor, folder)}
    told = {one["remote_name"] for one in found}
    assert told <= names
    assert by == "day" or told == {one for one in names if by == "recipient" or "_823" not in one} & told
    assert auditor.joiners in {one["release"]["waybill"] for one in found}
    assert f"Files: {len(found)}" in auditor.door.done("trace", by, name, "--as", "daniel").out
    assert auditor.data("trace", by, "2026-10-02" if by == "day" else "nobody") == []


def test_files_are_found_by_a_clause_of_the_notice(auditor):
    found = auditor.data("trace", "clause", "2.1")
    fields = {one["release"]["waybill"]: {ground["clause"] for ground in grounds} for one, grounds in found}
    assert fields[auditor.joiners] == {"2.1"}
    assert auditor.data("trace", "clause", "99.9") == []
    assert "Under the clause: " in auditor.door.done("trace", "clause", "2.1", "--as", "daniel").out


def test_a_cell_is_traced_back_to_the_list_it_was_read_from(auditor):
    upn = auditor.rows[0][UPN]
    found = auditor.data("trace", "cell", auditor.joiners, upn, "joiner.surname")
    (line,) = found["lines"]
    assert line == f"{JOINERS}.joiner.surname"
    assert found["lines"][line]["clause"]
    assert found["lines"][line]["gateway"].startswith("si-2024-208")
    (source, *_) = [one for one in found["sources"] if one["column"] == "pupil.surname"]
    assert (source["resource"], source["path"]) == ("students", "person.legalLastName")
    assert source["revision"] > 0
    assert found["steps"][line][0] == "snapshot"
    assert "transform as_is" in found["steps"][line] or "transform nfc" in found["steps"][line]
    assert found["object"]
    assert found["results"] == []
    words = " ".join(auditor.door.done("trace", "cell", auditor.joiners, upn, "surname", "--as", "daniel").out.split())
    assert "Notice clause" in words
    assert auditor.rows[0][SURNAME] not in words


def test_a_cell_that_the_file_did_not_tell_is_refused(auditor):
    answer = auditor.door.run("trace", "cell", auditor.joiners, auditor.rows[0][UPN], "joiner.shoe", "--as", "daniel")
    assert answer.code == EXIT_CODES["cell_unknown"]


def test_who_had_a_value_is_told_without_its_text(auditor):
    row = auditor.rows[0]
    found = auditor.data("who-had", row[UPN], "surname")
    assert auditor.joiners in {one["holder"]["disclosure"]["waybill"] for one in found}
    assert {one["value"] for one in found} == {1}
    right = auditor.data("who-had", row[UPN], "joiner.surname", "--value", row[SURNAME])
    assert [one["holder"]["disclosure"]["waybill"] for one in right] == [auditor.joiners]
    assert auditor.data("who-had", row[UPN], "joiner.surname", "--value", f"{row[SURNAME]}x") == []
    assert auditor.data("who-had", row[UPN], "joiner.surname", "--before", DAY) == []
    assert len(auditor.data("who-had", row[UPN], "joiner.surname", "--before", "2026-10-02")) == 1
    assert "Tellings: 1" in auditor.door.done("who-had", row[UPN], "joiner.surname", "--as", "daniel").out


def test_a_breach_says_how_many_what_and_to_whom(auditor, tmp_path):
    inside, outside = auditor.rows[0][UPN], "A000000000000"
    (tmp_path / "roll.txt").write_text(f"{inside}\n{outside}\n", encoding="utf-8")
    found = auditor.data("breach", auditor.joiners, "--upns", str(tmp_path / "roll.txt"))
    assert len(found["subjects"]) == len({row[UPN] for row in auditor.rows})
    assert found["among"] == [inside]
    assert f"{JOINERS}.joiner.surname" in found["kinds"]["personal"]
    assert "72 hours" in auditor.door.done("breach", auditor.joiners, "--as", "daniel").out


def test_a_copy_that_was_found_is_known_by_its_bytes(auditor, tmp_path):
    (file,) = files(auditor, f"{SCHOOL}_new_pupils_*")
    copy = tmp_path / "found-on-a-train.csv"
    copy.write_bytes(file.read_bytes())
    assert auditor.data("trace", "copy", str(copy)) == [auditor.data("trace", "file", auditor.joiners)]
    assert f"Waybill {auditor.joiners}" in auditor.door.done("trace", "copy", str(copy), "--as", "daniel").out
    copy.write_bytes(file.read_bytes()[:-1] + b"x")
    other = auditor.door.run("trace", "copy", str(copy), "--as", "daniel")
    assert other.code == EXIT_CODES["not_named"]
    assert "waybill trace day" in " ".join(other.err.split())


def test_every_look_up_is_for_people_in_the_register_and_is_recorded(auditor):
    ledger = auditor.demo.installation.ledger
    upn, (file,) = auditor.rows[0][UPN], files(auditor, f"{SCHOOL}_new_pupils_*")
    for arguments in (
        ("trace", "pupil", upn), ("trace", "file", auditor.joiners), ("trace", "day", DAY), ("trace", "clause", "2.1"),
        ("trace", "cell", auditor.joiners, upn, "surname"), ("who-had", upn, "surname"), ("breach", auditor.joiners),
        ("trace", "copy", str(file)),
    ):  # fmt: skip
        before = len(ledger.events("looked up"))
        assert auditor.door.run(*arguments, "--as", "nobody").code == EXIT_CODES["not_allowed"]
        assert len(ledger.events("looked up")) == before
        auditor.door.done(*arguments, "--as", "daniel")
        assert ledger.events("looked up")[-1].body["by"] == "daniel"
        assert len(ledger.events("looked up")) == before + 1


def test_a_upn_by_itself_is_a_pupil(auditor):
    upn = auditor.rows[0][UPN]
    assert auditor.data("trace", upn) == auditor.data("trace", "pupil", upn)

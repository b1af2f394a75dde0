"""Files that a MIS made, at the command line: checked without any key, compared, and adopted through the same gate."""

import json
import re
from pathlib import Path

import pytest

from exports.census_file import read_return
from exports.preparation import artefact, open_batch
from exports.waybill import sha256
from ledger.states import State
from pipelines.exit_codes import EXIT_CODES, HELD
from tests.exports import independent_writer as writer
from tests.pipelines.front_door import AUTUMN, CENSUS, CLEAN, FAULTY

PUPILS = re.compile(r"[A-Z]\d{12}")


def ours(door, school=CLEAN) -> bytes:
    """The file that was prepared for a school."""
    here = door.installation()
    return here.vault.open(artefact(here.ledger, door.waybill(school).sha256, "file"))


@pytest.fixture
def theirs(door, tmp_path) -> Path:
    """The same pupils as the school's MIS writes them."""
    path = tmp_path / "theirs.xml"
    path.write_bytes(writer.write(read_return(ours(door), "ours").frames))
    return path


def changed(path: Path, old: str, new: str) -> Path:
    data = path.read_bytes()
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new.encode(), 1))
    return path


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """No state folder, no trust folder."""
    monkeypatch.setenv("WAYBILL_HOME", str(tmp_path / "nothing"))
    monkeypatch.delenv("WAYBILL_TRUST")


@pytest.mark.usefixtures("nowhere")
def test_check_needs_no_key_and_no_folder(door, theirs, tmp_path):
    changed(theirs, "<DOB>", "<DOB> ")
    answer = door.run("check", str(theirs))
    assert (answer.code, "PupilIdentifiers/DOB" in answer.out) == (HELD, True)
    assert not (tmp_path / "nothing").exists()


def test_with_the_trusts_registers_a_clean_file_passes(door, theirs):
    answer = door.done("check", str(theirs))
    assert "Nothing was found." in answer.out


def test_check_names_the_fault_and_the_pupil_only_when_asked(door, theirs):
    changed(theirs, "<Sex>M</Sex>", "<Gender>M</Gender>")
    quiet, loud = (door.run("check", str(theirs), *more) for more in ((), ("--pupils",)))
    assert quiet.code == loud.code == HELD
    assert "PupilIdentifiers/Gender" in quiet.out
    assert not PUPILS.search(quiet.out)
    assert PUPILS.search(loud.out)
    data = json.loads(door.run("check", str(theirs), "--json").out)
    assert data["faults"][0]["path"].endswith("PupilIdentifiers/Gender")
    assert not PUPILS.search(json.dumps(data))


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("content", [b"", b"not xml", b"<Other/>", b"<Message><Header/></Message>"], ids=len)
def test_what_is_no_census_file_is_refused_with_its_line(door, tmp_path, content):
    path = tmp_path / "x.xml"
    path.write_bytes(content)
    answer = door.run("check", str(path))
    assert answer.code == EXIT_CODES["census_file_unfit"]
    assert "x.xml, line 1" in answer.err


@pytest.mark.usefixtures("nowhere")
def test_diff_of_files_needs_no_key(door, theirs, tmp_path):
    other = tmp_path / "other.xml"
    other.write_bytes(theirs.read_bytes())
    assert "They say the same." in door.done("diff", str(theirs), str(other)).out
    changed(other, "<Language>ENG", "<Language>GUJ")
    answer = door.run("diff", str(theirs), str(other))
    assert (answer.code, "pupil.language values not the same: 1" in " ".join(answer.out.split())) == (HELD, True)
    assert not PUPILS.search(answer.out)
    assert PUPILS.search(door.run("diff", str(theirs), str(other), "--pupils").out)


def test_diff_takes_prepared_returns_by_name_and_by_slot(door, theirs):
    waybill = door.waybill()
    assert "They say the same." in door.done("diff", waybill.sha256[:10], f"{CLEAN}:{AUTUMN}", "--as", "priya").out
    assert "They say the same." in door.done("diff", f"{CLEAN}:{AUTUMN}", str(theirs), "--as", "helen").out
    two = door.run("diff", f"{CLEAN}:{AUTUMN}", f"{FAULTY}:{AUTUMN}", "--as", "priya", "--json")
    assert len(two.data["changes"]["added"]) == two.data["right"]["pupils"]
    assert two.data["changes"]["added"][0] is None
    assert two.data["left"]["content_sha256"] == waybill.content_sha256


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("900001:2026-autumn", "900002:2026-autumn", "--as", "priya"), "nothing_prepared"),
        (("900002:2026-autumn", "900003:2026-autumn", "--as", "nobody"), "not_allowed"),
        (("900002:2026-autumn", "900003:2026-autumn", "--as", "daniel", "--pupils"), "not_allowed"),
        (("900002:2026-autumn", "--as", "priya"), "not_named"),
        (("900002:2026-autumn", "--last-delivered", "--as", "priya"), "not_named"),
        (("no-such.xml", "900003:2026-autumn"), "census_file_unfit"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_diff_refuses_what_names_nothing_or_is_not_for_the_actor(door, arguments, code):
    assert door.run("diff", *arguments).code == EXIT_CODES[code]


def test_the_files_own_return_is_adopted_signed_released_and_traced(door, theirs):
    before, upn = door.waybill(), read_return(theirs.read_bytes(), "theirs").frames["pupil"]["upn"].iloc[3]
    refs = set(cells(door, before).refs)
    assert "Adopted" in door.done("adopt", str(theirs), CLEAN, AUTUMN, "--as", "priya").out
    adopted = door.waybill()
    assert door.state(before) is State.WITHDRAWN
    assert adopted.file_sha256 == sha256(theirs.read_bytes())
    assert set(cells(door, adopted).refs) == refs
    page = " ".join(door.done("show", adopted.sha256, "--as", "helen").out.split())
    assert "FILE MADE BY THE MIS (AnotherMIS 26.3)" in page
    assert "Nothing holds the release" in door.done("findings", CLEAN, AUTUMN, "--as", "priya").out
    assert door.release().code == EXIT_CODES["not_signed"]
    door.approve()
    with door.recipient():
        assert "Sent: handed over." in door.done("release", CENSUS, CLEAN, AUTUMN).out
        assert list(door.tree().values()) == [theirs.read_bytes()]
    assert "pupil.upn" in door.done("trace", upn, "--as", "daniel").out
    assert "The ledger is intact" in door.done("verify").out


def test_what_an_adopted_file_says_of_a_pupil_is_recorded_as_ours_would_be(door, theirs):
    before = door.waybill()
    door.done("adopt", str(theirs), CLEAN, AUTUMN, "--as", "priya")
    told = {ref: set(of) for ref, of in zip(*parts(cells(door, before)), strict=True)}
    again = {ref: set(of) for ref, of in zip(*parts(cells(door, door.waybill())), strict=True)}
    assert told == again


def test_adopting_again_changes_nothing(door, theirs):
    door.done("adopt", str(theirs), CLEAN, AUTUMN, "--as", "priya")
    waybill = door.waybill()
    again = door.done("adopt", str(theirs), CLEAN, AUTUMN, "--as", "priya", "--json")
    assert again.data == {"outcome": "unchanged", "waybill": waybill.sha256}


def test_the_nightly_preparation_leaves_an_adopted_file_that_waits(door, theirs):
    door.done("adopt", str(theirs), CLEAN, AUTUMN, "--as", "priya")
    adopted = door.waybill()
    door.done("prepare", AUTUMN, "--school", CLEAN)
    assert (door.waybill(), door.state(adopted)) == (adopted, State.PREPARED)
    door.done("revoke", adopted.sha256, "--role", "data_manager", "--key", door.key("priya"), "--as", "priya")
    door.done("prepare", AUTUMN, "--school", CLEAN)
    assert door.waybill().file_sha256 != adopted.file_sha256


REFUSED = {
    "an element nobody named": ("<Sex>M</Sex>", "<Sex>M</Sex><Religion>x</Religion>", "PupilIdentifiers/Religion"),
    "another case": ("<DOB>", "<Dob>", None),
    "an attribute": ("<Sex>M</Sex>", '<Sex note="x">M</Sex>', "Sex: a namespace, an attribute"),
    "a comment": ("<Sex>M</Sex>", "<!-- x --><Sex>M</Sex>", "PupilIdentifiers: a namespace, an attribute, a comment"),
    "text between elements": ("<Sex>M</Sex>", "x<Sex>M</Sex>", "text outside a value"),
    "an item of another phase": ("<Language>", "<YSSA>YES</YSSA><Language>", "pupil.yssa is not collected"),
    "an item of another term": ("<Language>", "<Language>ENG</Language><Language>", "Language: more than once"),
    "another school": ("<Estab>2909", "<Estab>2910", "header.estab is not"),
    "another day": (
        "<ReferenceDate>2026-10-01",
        "<ReferenceDate>2026-10-02",
        "header.reference_date is not 2026-10-01",
    ),
    "another term": ("AUT</Term>\r\n<Year>2026", "SPR</Term>\r\n<Year>2027", "names the collection 2027-spring"),
    "a guest": ("<EnrolStatus>C", "<EnrolStatus>G", "1 guest pupils"),
    "no UPN": ("<UPN>", "<FormerUPN>", None),
    "too long": ("<Surname>", "<Surname>" + "Q" * 36, "pupil.surname is too long"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_agreement_does_not_let_leave_is_refused_and_listed(door, theirs, name):
    old, new, words = REFUSED[name]
    changed(theirs, old, new)
    if words is None:  # the end tag too
        changed(theirs, f"</{old[1:]}", f"</{new[1:]}")
    waybill = door.waybill()
    answer = door.run("adopt", str(theirs), CLEAN, AUTUMN, "--as", "priya")
    assert answer.code in {EXIT_CODES["not_adopted"], EXIT_CODES["census_file_unfit"]}
    assert (words or "") in " ".join(answer.err.split())
    assert door.state(waybill) is State.PREPARED


def test_only_a_data_manager_adopts(door, theirs):
    for person in ("helen", "nobody"):
        answer = door.run("adopt", str(theirs), CLEAN, AUTUMN, "--as", person)
        assert answer.code == EXIT_CODES["not_allowed"]


def test_blocking_errors_of_an_adopted_file_hold_it_as_they_hold_ours(door, theirs):
    upn = read_return(theirs.read_bytes(), "theirs").frames["pupil"]["upn"].iloc[0]
    changed(theirs, upn, ("B" if upn[0] == "A" else "A") + upn[1:])
    door.done("adopt", str(theirs), CLEAN, AUTUMN, "--as", "priya")
    assert door.waybill().tally.blocking
    door.approve()
    assert door.release().code in {EXIT_CODES["blocking_errors_open"], EXIT_CODES["queries_unexplained"]}


def cells(door, waybill):
    here = door.installation()
    return open_batch(here.vault.open(artefact(here.ledger, waybill.sha256, "cells")))


def parts(batch):
    return batch.refs, batch.cells

"""Answering the police and a court: asked by people alone, sealed, signed by two, handed over, recorded, withheld."""

import csv
import datetime as dt
import io
import shutil
import stat

import pytest

from ledger.states import State
from pipelines.actions.legal import OPENED, PREPARED
from pipelines.exit_codes import EXIT_CODES, FAULT, USAGE
from tests.pipelines.legal_desk import COURT, FAMILY, POLICE, UPN, index_of, someone


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def events(desk, kind):
    return desk.installation().ledger.events(kind)


def test_an_answer_goes_from_the_request_to_the_officer_and_to_nobody_else(desk):
    assert desk.prepare().code == 0
    waybill = desk.signed()
    assert desk.hand_over(waybill).code == 0

    ((name, sealed),) = desk.handed_over().items()
    assert name == f"{POLICE}/900004_2026-09-28_001.zip.age"
    assert b"Parent1" not in sealed
    files = desk.opened_by_the_officer(sealed)
    assert list(files) == ["index.json", "pupil.csv", "address.csv", "contact.csv", "attendance_mark.csv"]
    assert index_of(files)["reference"] == "IVC/2026/04417"
    assert [row["surname"] for row in rows(files["pupil.csv"])] == ["Surname1"]
    assert rows(files["contact.csv"]) == [
        {"person": "1", "forename": "Anna", "surname": "Parent1", "phone": "+44 7412 345678"}
    ]
    told = [(row["date"], row["session"], row["code"]) for row in rows(files["attendance_mark.csv"])]
    assert told == [("2026-09-01", "AM", "/"), ("2026-09-01", "PM", "\\"), ("2026-09-02", "AM", "I")]
    assert desk.state(waybill) is State.HANDED_OVER
    assert stat.S_IMODE((desk.settings.handed_over / name).stat().st_mode) == 0o600
    desk.done("verify")


def test_only_what_the_case_names_is_asked_of_the_mis_and_leaves(desk):
    assert desk.prepare().code == 0
    (plan,) = desk.mis["900004"].asked
    assert "email" not in plan.tables["contact"]
    assert "suspension" not in plan.tables
    assert (plan.attendance_from, plan.attendance_to) == (dt.date(2026, 9, 1), dt.date(2026, 9, 28))
    out = desk.home / "bundle.zip"
    desk.done("legal", "open", desk.waybills()[0].sha256, "--out", str(out), "--as", "helen")
    held = out.read_bytes()
    assert b"Surname1" in held
    assert not any(word in held for word in (FAMILY.encode(), UPN.encode(), b"Surname2", b"PP"))


def test_a_bundle_is_opened_by_its_signers_alone_once_and_that_is_recorded(desk):
    assert desk.prepare().code == 0
    (waybill,) = desk.waybills()
    out = desk.home / "bundle.zip"
    opening = ("legal", "open", waybill.sha256, "--out", str(out), "--as")
    assert desk.run(*opening, "amina").code == EXIT_CODES["not_allowed"]
    assert desk.run(*opening, "priya").code == EXIT_CODES["not_named"]
    assert not out.exists()
    assert events(desk, OPENED) == []
    desk.done(*opening, "daniel")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [event.body["by"] for event in events(desk, OPENED)] == ["daniel"]
    assert desk.run(*opening, "daniel").code == FAULT
    assert len(events(desk, OPENED)) == 1


def test_a_case_of_two_schools_is_read_whole_or_not_at_all(desk):
    desk.mis["900004"].torn = True
    assert desk.prepare(COURT).code == EXIT_CODES["torn_snapshot"]
    assert (desk.waybills(COURT), events(desk, PREPARED)) == ([], [])
    desk.mis["900004"].torn = False
    assert desk.prepare(COURT).code == 0
    assert sorted(waybill.school for waybill in desk.waybills(COURT)) == ["900002", "900004"]


def test_the_same_content_keeps_its_waybill_although_its_seal_is_another_each_time(desk):
    assert desk.prepare().code == 0
    (first,) = desk.waybills()
    answer = desk.prepare()
    assert "unchanged" in answer.out
    assert [waybill.sha256 for waybill in desk.waybills()] == [first.sha256]
    desk.holds("900004", someone("1", fields={"surname": "Corrected"}))
    assert desk.prepare().code == 0
    assert [waybill.sha256 for waybill in desk.waybills()] != [first.sha256]
    assert desk.state(first) is State.WITHDRAWN


@pytest.mark.parametrize(
    ("case", "pupils"),
    [
        (POLICE, ("900004:1", "900004:2")),
        (POLICE, ("900004:1", "900004:1")),
        (POLICE, ("900002:1",)),
        (POLICE, ("900004:77",)),
        (COURT, ("900004:1", "900004:2")),
        (COURT, ("900002:1",)),
    ],
)
def test_other_pupils_than_the_case_is_about_are_refused(desk, case, pupils):
    answer = desk.prepare(case, *pupils)
    assert answer.code == EXIT_CODES["case_pupils_differ"]
    assert (desk.waybills(case), events(desk, PREPARED)) == ([], [])


def test_pupils_may_stand_in_a_file_but_never_in_the_trust_folder(desk):
    listed = desk.home / "pupils.txt"
    listed.write_text("900004:1\n\n", encoding="utf-8")
    inside = desk.trust / "cases" / "pupils.txt"
    shutil.copy(listed, inside)
    assert desk.run("legal", "prepare", POLICE, "--pupils", str(inside), "--as", "daniel").code == USAGE
    desk.done("legal", "prepare", POLICE, "--pupils", str(listed), "--as", "daniel")
    assert len(desk.waybills()) == 1
    inside.unlink()
    assert not any(b"900004:1" in path.read_bytes() for path in desk.trust.rglob("*") if path.is_file())


@pytest.mark.parametrize("named", ["900004", "900004:", ":1", ""])
def test_a_pupil_is_named_by_school_and_id(desk, named):
    assert desk.run("legal", "prepare", POLICE, "--pupil", named, "--as", "daniel").code == USAGE


@pytest.mark.parametrize("actor", ["priya", "ruth", "nobody"])
def test_only_those_who_sign_the_case_prepare_it(desk, actor):
    assert desk.prepare(actor=actor).code == EXIT_CODES["not_allowed"]
    assert desk.mis["900004"].asked == []


def test_one_signature_is_not_enough_and_another_role_does_not_count(desk):
    assert desk.prepare().code == 0
    (waybill,) = desk.waybills()
    assert desk.sign(waybill, "priya", "data_manager").code == EXIT_CODES["not_named"]
    assert desk.sign(waybill, "helen", "dpo").code == EXIT_CODES["role_not_held"]
    assert desk.sign(waybill, "helen", "head").code == 0
    assert desk.hand_over(waybill).code == EXIT_CODES["not_signed"]
    assert desk.handed_over() == {}
    assert desk.sign(waybill, "daniel", "dpo").code == 0
    assert desk.hand_over(waybill).code == 0


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("necessity: >-", "necessity: >-\n  Changed.", "agreement_changed"),
        ("answer_by: 2026-10-12", "answer_by: 2026-09-29", "agreement_not_in_force"),
        ("legal_name", "legal_name", None),
    ],
)
def test_what_was_signed_for_is_what_is_handed_over(desk, old, new, code):
    assert desk.prepare().code == 0
    waybill = desk.signed()
    if code is not None:
        desk.rewrite(POLICE, old, new)
    assert desk.hand_over(waybill).code == (EXIT_CODES[code] if code else 0)
    assert bool(desk.handed_over()) is (code is None)


def test_another_public_key_voids_the_signatures(desk):
    assert desk.prepare().code == 0
    waybill = desk.signed()
    other = type(desk.officer).generate().to_public()
    desk.rewrite(POLICE, str(desk.officer.to_public()), str(other))
    assert desk.hand_over(waybill).code == EXIT_CODES["recipient_changed"]


def test_nothing_to_tell_is_recorded_and_said(desk):
    desk.rewrite(COURT, "  - why: says which children the answer is about\n"
                        "    items: [pupil.surname, pupil.forename, pupil.dob]\n", "")  # fmt: skip
    desk.rewrite(COURT, "subject_informed:", "not_released: the order names marks alone.\nsubject_informed:")
    desk.holds("900004", {**someone("2"), "attendance_mark": []})
    answer = desk.prepare(COURT)
    assert answer.code == 0
    assert "nothing to hand over" in answer.out
    assert [waybill.school for waybill in desk.waybills(COURT)] == ["900002"]

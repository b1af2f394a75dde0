"""Requests as an office meets them: entered, checked, timed, and the disclosure part of an access request."""

import datetime as dt
import json
import time

import pytest

from exports.rights import REQUEST, STEP
from ledger.verify import verify
from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.front_door import at
from tests.pipelines.rights_desk import ME, SCHOOL, SIBLING, UPN, made_office, opened_office

CANARIES = ("Quillfeather", "Canary Wharf", "passport seen", "aged six")
CENSUS = {"pupil.surname": "Quillfeather", "pupil.upn": UPN}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_office(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    return opened_office(made, tmp_path)


@pytest.fixture
def told(office):
    """Me and a sibling in the census, me in a return to the authority."""
    office.told("dfe_autumn_census", {ME: CENSUS, SIBLING: CENSUS}, period="2026-autumn")
    office.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}})
    return office


def report(office, number, *more, who="daniel", form=".json"):
    path = office.home / f"report{number}{form}"
    office.done("rights", "access", str(number), "--to", str(path), *more, "--as", who)
    return json.loads(path.read_text()) if form == ".json" else path.read_bytes()


def test_one_command_says_who_was_told_what_when_why_and_from_where(told):
    number = told.asked("access")
    told.checked(number)
    began = time.monotonic()
    made = report(told, number)
    assert time.monotonic() - began < 10
    files = {one["recipient"]: one for one in made["tellings"] if one["known"].startswith("proved")}
    census = files["Department for Education"]
    assert census["times"] == [["2026-10-01", "2026-autumn", "arrived, and was read back to make sure"]]
    assert census["kind"] == "the Department for Education"
    assert census["basis"] == "legal obligation"
    assert "Arbor" in census["source"]
    assert all("2013" in what[2] for what in census["what"])
    assert all(what[1][0].isdigit() and ": " in what[1] for what in census["what"])
    assert len(files) == 2
    assert "National Pupil Database" in made["onward"]
    assert {one["category"] for one in made["retention"]} >= {"Admission and attendance registers"}
    assert "proved by 2 files" in made["limits"][0]
    assert "2026" in made["limits"][0]


def test_a_file_of_a_register_that_the_record_never_had_is_not_proved(told):
    named = told.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}}, period="2026-10-02")
    answer = told.run("pack", "file", named, "--to", str(told.home / "pack.zip"), "--as", "daniel")
    assert answer.code == EXIT_CODES["ledger_broken"]
    assert "waybill verify" in answer.err


def test_the_report_holds_nobody_else_and_no_value(told):
    number = told.asked("access")
    told.checked(number)
    said = json.dumps(report(told, number))
    assert "Parent Quillfeather" in said  # the requester, once, as addressee
    for absent in ("priya", "helen", "mis-1", "mis-2", SIBLING[1], UPN, "passport"):
        assert absent not in said.replace("Parent Quillfeather", "")


def test_the_onward_paragraph_is_for_pupils_the_department_was_told_of(office):
    office.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}})
    office.edit("observed/dfe_daily_attendance.yaml", '"900004", ', "")
    number = office.asked("access")
    office.checked(number)
    assert report(office, number)["onward"] == ""


@pytest.mark.parametrize("form", [".html", ".pdf"])
def test_the_report_is_a_page_for_a_family(told, form):
    number = told.asked("access")
    told.checked(number)
    page = report(told, number, form=form)
    assert page.startswith(b"<!doctype html>" if form == ".html" else b"%PDF")
    if form == ".html":
        assert b"Privacy notice" in page
        assert b"<script" not in page


def test_nothing_is_answered_before_it_is_checked(told):
    number = told.asked("access")
    target = str(told.home / "early.json")
    early = told.run("rights", "access", str(number), "--to", target, "--as", "daniel")
    assert early.code == EXIT_CODES["rights_request_not_ready"]
    assert told.run("rights", "step", str(number), "answered", "--as", "daniel").code == early.code
    told.checked(number)
    assert told.run("rights", "access", str(number), "--to", target, "--as", "daniel").code == 0


def test_a_protected_pupils_report_waits_for_the_officer(told):
    number = told.asked("access")
    told.checked(number)
    told.done("protect", "add", SCHOOL, "--pupil", ME[0], "--upn", UPN, "--kind", "safe_address", "--review",
              "2027-07-01", "--as", "ruth")  # fmt: skip
    target = told.home / "held.json"
    arguments = ("rights", "access", str(number), "--to", str(target), "--as", "daniel")
    assert told.run(*arguments).code == EXIT_CODES["access_report_held"]
    assert not target.exists()
    waybill = told.told("supplier_texts", {ME: {"roll.surname": "Quillfeather"}})
    told.done("rights", "exempt", str(number), waybill, "--why", "names the town", "--as", "daniel")
    made = report(told, number, "--protection-considered")
    assert "Texts" not in json.dumps(made["tellings"])
    assert len([one for one in made["tellings"] if one["known"].startswith("proved")]) == 2


def test_a_court_order_found_when_checking_holds_it_too(told):
    number = told.asked("access")
    told.checked(number, orders="a prohibited steps order")
    target = str(told.home / "held.json")
    answer = told.run("rights", "access", str(number), "--to", target, "--as", "daniel")
    assert answer.code == EXIT_CODES["access_report_held"]


def test_what_an_exemption_withholds_from_the_family_is_left_out(told):
    entry = (
        "disclose", "record", SCHOOL, "--upn", UPN, "--recipient", "Invented Vale Constabulary", "--to", "PC Canary",
        "--kind", "legal", "--on", "2026-09-30", "--field", "pupil.surname", "--basis", "6(1)(e)", "--clause", "7.5",
        "--gateway", "dpa-2018-sch2-2", "--method", "telephone", "--as", "priya",
    )  # fmt: skip
    told.done(*entry, "--withhold", "Schedule 2 paragraph 2", "--withhold-until", "2026-12-31")
    number = told.asked("access")
    told.checked(number)
    assert "Constabulary" not in json.dumps(report(told, number))
    told.done(*entry)
    again = told.asked("access")
    told.checked(again)
    said = json.dumps(report(told, again))
    assert "Constabulary" in said
    assert "PC Canary" not in said  # a person, not a body


def test_the_clock_stops_and_goes_on_and_is_extended_once(office):
    number = str(office.asked("access", "--received", "2026-10-01"))

    def due():
        return office.done("rights", "show", number, "--as", "daniel", "--json").data["clock"]["due"]

    assert due() == "2026-11-01"
    office.done("rights", "step", number, "identity asked", "--on", "2026-10-02", "--as", "priya")
    assert due() is None
    office.done("rights", "step", number, "identity proved", "--on", "2026-10-08", "--as", "priya")
    assert due() == "2026-11-08"
    office.done("rights", "step", number, "paused", "--why", "which years?", "--on", "2026-10-10", "--as", "priya")
    assert due() is None
    office.done("rights", "step", number, "resumed", "--on", "2026-10-20", "--as", "priya")
    assert due() == "2026-11-18"
    longer = ("rights", "step", number, "extended", "--why", "twelve years of records", "--as")
    assert office.run(*longer, "priya").code == EXIT_CODES["not_allowed"]
    office.done(*longer, "daniel")
    assert due() == "2027-01-18"
    assert office.run(*longer, "daniel").code == EXIT_CODES["rights_request_unfit"]


@pytest.mark.parametrize(
    ("right", "step", "why"),
    [
        ("rectification", "paused", "which"),
        ("access", "paused", ""),
        ("access", "resumed", ""),
        ("access", "identity proved", ""),
        ("access", "refused", " "),
    ],
)
def test_a_step_out_of_place_is_refused_and_changes_nothing(office, right, step, why):
    number = office.asked(right)
    before = len(office.installation().ledger.events(STEP))
    answer = office.run("rights", "step", str(number), step, "--why", why, "--as", "daniel")
    assert answer.code == EXIT_CODES["rights_request_unfit"]
    assert len(office.installation().ledger.events(STEP)) == before


def test_the_educational_record_is_promised_in_school_days(office):
    number = office.asked("educational_record", "--received", "2026-10-01")
    shown = office.done("rights", "show", str(number), "--as", "daniel", "--json").data
    assert shown["clock"]["due"] == "2026-10-22"
    office.edit("trust.toml", "educational_record_school_days = 15", "educational_record_school_days = 5")
    shown = office.done("rights", "show", str(number), "--as", "daniel", "--json").data
    assert shown["clock"]["due"] == "2026-10-08"
    office.edit("trust.toml", "educational_record_school_days = 5", "educational_record_school_days = 0")
    assert office.run("rights", "list", "--as", "daniel").code == EXIT_CODES["trust_folder"]


def test_late_requests_are_shown_first_and_an_answered_one_is_not_late(office):
    first, second = office.asked("access", "--received", "2026-09-01"), office.asked("erasure")
    listed = office.done("rights", "list", "--as", "daniel", "--json").data
    assert [(one["request"]["number"], one["late"]) for one in listed] == [(first, False), (second, False)]
    office.now += dt.timedelta(days=1)
    assert "LATE: due 2026-10-01" in office.done("rights", "list", "--as", "daniel").out
    office.checked(first)
    office.done("rights", "step", str(first), "answered", "--as", "daniel")
    listed = office.done("rights", "list", "--all", "--as", "daniel", "--json").data
    assert not any(one["late"] for one in listed)
    again = office.run("rights", "step", str(first), "refused", "--why", "no", "--as", "daniel")
    assert again.code == EXIT_CODES["rights_request_unfit"]


def test_a_pupil_of_whom_nothing_is_known_gets_an_answer_too(office):
    said = office.done(
        "rights", "open", "access", SCHOOL, "--pupil", "nobody", "--requester", "A Parent", "--relation", "father",
        "--contact", "post", "--asked", "all", "--as", "priya",
    ).out  # fmt: skip
    assert "Nothing that left the trust is known" in said


def test_no_name_is_outside_the_seal_and_the_ledger_verifies(told):
    number = told.asked("access")
    told.checked(number)
    told.done("rights", "step", str(number), "paused", "--why", "Quillfeather was unclear", "--as", "priya")
    report(told, number)
    (told.home / f"report{number}.json").unlink()
    state = b"".join(path.read_bytes() for path in told.home.rglob("*") if path.is_file() and "trust" not in path.parts)
    assert [name for name in CANARIES if name.encode() in state] == []
    assert verify(told.settings.ledger).faults == []
    assert {event.kind for event in told.installation().ledger.events()} >= {REQUEST, STEP}

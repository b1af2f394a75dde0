"""`waybill disclose record`: what somebody told by hand stands in the trace beside what was sent."""

import datetime as dt
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports import by_hand
from exports.observed import MARK
from exports.signing import public_text
from ledger.verify import verify
from pipelines.actions import approving
from pipelines.actions.context import Context
from pipelines.exit_codes import EXIT_CODES
from pipelines.installation import Installation, initialise
from pipelines.settings import Settings
from schemas.identifiers import upn_check_letter
from simulator.deployment import PEOPLE
from tests.exports.trust_folder import FOLDER
from tests.pipelines.front_door import EVENING, FrontDoor, at

BODY = "823490925001"
UPN = upn_check_letter(BODY) + BODY
OTHER = upn_check_letter("823490925002") + "823490925002"
POLICE = (
    "--recipient", "Invented Vale Constabulary", "--to", "the constable on duty", "--kind", "legal",
    "--on", "2026-09-30", "--field", "pupil.surname", "--field", "address.postcode", "--basis", "6(1)(e)",
    "--clause", "7.5", "--gateway", "dpa-2018-sch2-2", "--method", "telephone", "--note", "case reference INV-1",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A state folder with keys and an approver register, and nothing prepared."""
    home = tmp_path_factory.mktemp("made") / "home"
    shutil.copytree(FOLDER, home / "trust", ignore=shutil.ignore_patterns("la_*", "dfe_*census*", "nhs_*", "s*_*"))
    settings = Settings(home, home / "trust")
    initialise(settings, lambda: EVENING)
    people = [{**person, "public_key": public_text(Ed25519PrivateKey.generate())} for person in PEOPLE]
    here = Installation.open(settings, lambda: EVENING)
    approving.bootstrap_register(Context(here, "priya"), people)
    return home


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    home = tmp_path / "home"
    shutil.copytree(made, home)
    at(monkeypatch, home)
    return FrontDoor(home, 0, tmp_path / "received")


def record(office, *more, who="priya", school="900004"):
    return office.run("disclose", "record", school, *POLICE, *more, "--as", who)


def test_a_disclosure_by_hand_stands_in_the_trace(office):
    answer = record(office, "--upn", UPN)
    assert (answer.code, answer.err) == (0, "")
    assert "about 1 pupil," in answer.out
    told = " ".join(office.done("trace", UPN, "--as", "daniel").out.split())
    for words in (
        "Invented Vale Constabulary: RECORDED BY HAND, made on 2026-09-30 by telephone", "To the constable on duty",
        "Entered by priya", "pupil.surname, address.postcode", "dpa-2018-sch2-2, notice 7.5 (version 3.2)", "INV-1",
        "Disclosures: 1, of them files that left and named the pupil: 0, recorded by hand: 1",
    ):  # fmt: skip
        assert words in told
    assert verify(office.settings.ledger).faults == []


def test_the_trace_shows_the_observed_flows_of_the_pupils_school(office):
    record(office, "--upn", UPN)
    told = " ".join(office.done("trace", UPN, "--as", "daniel").out.split())
    assert f"Department for Education: {MARK}" in told
    assert f"Arbor Education Partners Limited: {MARK}" in told
    assert "Tapestry" not in told  # not at this school
    data = office.done("trace", UPN, "--as", "daniel", "--json").data
    assert [flow["id"] for flow in data["observed"]] == ["arbor", "dfe_daily_attendance"]
    assert data["by_hand"][0]["disclosure"]["method"] == "telephone"


def test_one_entry_about_two_pupils_is_found_from_each_and_from_no_other(office):
    record(office, "--upn", UPN, "--upn", OTHER)
    assert "2 pupils in the entry" in " ".join(office.done("trace", OTHER, "--as", "daniel").out.split())
    unknown = upn_check_letter("823490925003") + "823490925003"
    assert office.run("trace", unknown, "--as", "daniel").code == EXIT_CODES["pupil_unknown"]


def test_the_same_pupil_keeps_one_reference(office):
    record(office, "--upn", UPN)
    record(office, "--upn", UPN)
    here = office.installation()
    assert len({tuple(event.body["subjects"]) for event in here.ledger.events(by_hand.KIND)}) == 1
    assert len(here.pupils.by_upn(UPN)) == 1


def test_an_id_of_the_mis_leads_to_the_pupil_that_a_file_named(office):
    (key,) = office.installation().pupils.pupils("900004", ["17"], [UPN])
    assert record(office, "--pupil", "17").code == 0
    (event,) = office.installation().ledger.events(by_hand.KIND)
    assert event.body["subjects"] == [key.ref.hex()]
    assert "recorded by hand: 1" in " ".join(office.done("trace", UPN, "--as", "daniel").out.split())


REFUSED = [
    (("--pupil", "17"), {}, "pupil_unknown", "no pupil with that id"),
    (("--upn", "A" + BODY), {}, "disclosure_incomplete", "1 of the UPNs cannot be right"),
    ((), {}, "disclosure_incomplete", "no pupil is named"),
    (("--upn", UPN, "--clause", "7.9"), {}, "disclosure_incomplete", "no clause 7.9"),
    (("--upn", UPN, "--on", "2026-10-02"), {}, "disclosure_incomplete", "future"),
    (("--upn", UPN), {"who": "nobody"}, "not_allowed", "approver register"),
    (("--upn", UPN), {"school": "911111"}, "trust_folder", "no school 911111"),
]


@pytest.mark.parametrize(("more", "how", "code", "says"), REFUSED, ids=[row[3] for row in REFUSED])
def test_what_cannot_stand_as_a_record_is_refused_and_nothing_is_entered(office, more, how, code, says):
    events = len(office.installation().ledger.events())
    answer = record(office, *more, **how)
    assert answer.code == EXIT_CODES[code]
    assert says in " ".join(answer.err.split())
    assert len(office.installation().ledger.events()) == events


def test_what_is_of_concern_is_recorded_and_said(office):
    answer = record(office, "--upn", UPN, "--field", "pupil.ethnicity")
    assert answer.code == 0
    assert "OF CONCERN" in answer.out
    assert "OF CONCERN: pupil.ethnicity is special data" in " ".join(
        office.done("trace", UPN, "--as", "daniel").out.split()
    )
    twin = record(office, "--upn", UPN, "--field", "pupil.ethnicity", "--article-9", "9(2)(g)", "--schedule-1", "10")
    assert "OF CONCERN" not in twin.out


def test_the_day_of_the_entry_may_be_the_day_it_was_made(office):
    assert record(office, "--upn", UPN, "--on", dt.date(2026, 10, 1).isoformat()).code == 0


def test_what_an_exemption_keeps_back_is_in_the_officers_trace_and_not_in_the_ordinary_one(office):
    exemption = ("--withhold", "DPA 2018 Schedule 2 paragraph 2", "--withhold-until", "2027-03-31")
    assert record(office, "--upn", UPN, *exemption).code == 0
    ordinary = " ".join(office.done("trace", UPN, "--as", "daniel").out.split())
    assert "recorded by hand: 0" in ordinary
    assert "Constabulary" not in ordinary
    officers = " ".join(office.done("trace", UPN, "--as", "daniel", "--include-withheld").out.split())
    assert "NOT FOR THE FAMILY'S REPORT until 2027-03-31: DPA 2018 Schedule 2 paragraph 2" in officers
    office.now = dt.datetime(2027, 4, 1, 9, 0, tzinfo=dt.UTC)
    assert "recorded by hand: 1" in " ".join(office.done("trace", UPN, "--as", "daniel").out.split())

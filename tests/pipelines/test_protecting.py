"""The protection register as a safeguarding lead meets it: enter, confirm, decide; and what each stops at the gate."""

import datetime as dt

import pytest

from exports.protection import KIND
from exports.protection_log import CONFIRMED, DECIDED
from exports.readings import newest_reading
from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.front_door import AUTUMN, CENSUS, CLEAN

SAFE = ("--kind", "safe_address", "--review", "2027-07-01")


def refused(door) -> str:
    """The refusal that a release ends with, and that nothing left."""
    with door.recipient():
        code = door.release().code
    assert door.tree() == {}
    return next((name for name, number in EXIT_CODES.items() if number == code), str(code))


def pupil_of(door) -> tuple[str, str]:
    """MIS id and UPN of a pupil in the census that waits."""
    tables = newest_reading(door.installation().vault, CLEAN, AUTUMN).tables
    row = tables["pupil"].iloc[0]
    return str(row["pupil_id"]), str(row["upn"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", CLEAN, "--pupil", "7", *SAFE, "--as", "priya"), "not_allowed"),
        (("add", CLEAN, "--pupil", "7", "--kind", "safe_address", "--as", "ruth"), "protection_record_unfit"),
        (("add", CLEAN, "--upn", "B801200001002", *SAFE, "--as", "ruth"), "protection_record_unfit"),
        (("add", CLEAN, "--pupil", "7", "--kind", "objection", "--review", "2027-07-01", "--about", "nhs",
          "--as", "ruth"), "protection_record_unfit"),
        (("add", CLEAN, "--pupil", "7", "--kind", "consent", "--about", "dentists", "--as", "ruth"),
         "protection_record_unfit"),
        (("confirm", "--as", "helen"), "not_allowed"),
        (("decide", CENSUS, CLEAN, "7", "send", "--why", "x", "--as", "helen"), "not_allowed"),
        (("decide", CENSUS, CLEAN, "7", "send", "--why", "x", "--as", "ruth"), "decision_unfit"),
        (("decide", CENSUS, CLEAN, "7", "send", "--why", " ", "--kind", "court_order", "--as", "ruth"),
         "decision_unfit"),
        (("decide", "no_such", CLEAN, "7", "send", "--why", "x", "--as", "ruth"), "decision_unfit"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_has_its_own_code_and_changes_nothing(door, arguments, code):
    before = len(door.installation().ledger.events())
    answer = door.run("protect", *arguments)
    assert answer.code == EXIT_CODES[code]
    assert len(door.installation().ledger.events()) == before


def test_each_school_is_confirmed_or_all_of_the_leads(door):
    door.done("protect", "confirm", CLEAN, "--as", "ruth")
    door.done("protect", "confirm", "--as", "ruth")
    one, every = door.installation().ledger.events(CONFIRMED)[-2:]
    assert one.body == {"schools": [CLEAN], "term": "2026-autumn", "records": 0, "by": "ruth"}
    assert every.body["schools"] == sorted(door.installation().trust.schools)


def test_an_address_waits_for_the_terms_confirmation(door):
    door.approve()
    door.now = dt.datetime(2027, 1, 4, 9, tzinfo=dt.UTC)
    assert refused(door) == "protection_unconfirmed"
    door.done("protect", "confirm", "--as", "ruth")
    assert refused(door) != "protection_unconfirmed"


def test_a_safe_address_holds_the_census_until_the_lead_has_decided(door):
    pupil, upn = pupil_of(door)
    door.approve()
    said = door.done("protect", "add", CLEAN, "--pupil", pupil, "--upn", upn, *SAFE, "--as", "ruth").out
    assert f"{CENSUS}, school {CLEAN}, {AUTUMN}" in said
    assert door.installation().ledger.events(KIND)[-1].body["by"] == "ruth"
    assert refused(door) == "protection_changed"
    door.done("prepare", AUTUMN, "--school", CLEAN)
    causes = door.run("findings", CLEAN, AUTUMN, "--as", "ruth", "--json").data["causes"]
    (held,) = (cause for cause in causes if cause["rule"] == "L-protection-held")
    assert (held["kind"], held["pupils"]) == ("blocks", [pupil])
    door.approve()
    assert refused(door) == "protection_held"
    door.done("protect", "decide", CENSUS, CLEAN, pupil, "withhold", "--why", "the refuge asked", "--as", "ruth")
    (decided,) = (event for event in door.installation().ledger.events(DECIDED) if event.body["by"] == "ruth"
                  and event.body["flags"] == ["safe_address"])  # fmt: skip
    assert decided.body["ruling"] == "withhold"
    assert refused(door) == "protection_changed"


def test_whoever_has_the_address_already_is_named(door):
    pupil, upn = pupil_of(door)
    door.approve()
    with door.recipient():
        assert door.release().code == 0
    said = door.done("protect", "add", CLEAN, "--pupil", pupil, "--upn", upn, *SAFE, "--as", "ruth").out
    assert "Department for Education has" in " ".join(said.split())
    listed = door.done("protect", "list", "--as", "ruth", "--json").data
    assert [(one["flag"], one["pupil_id"], one["review"]) for one in listed] == [("safe_address", pupil, "2027-07-01")]

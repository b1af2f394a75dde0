"""`waybill protect` and `waybill why-not`, as a person meets them."""

import datetime as dt

import pytest

from exports.protection import KIND
from exports.readings import newest_reading
from exports.trust_findings import keep
from ledger.states import State
from pipelines.actions.protecting import LISTED
from pipelines.actions.tracing import LOOKED_UP
from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.hits import Hit, as_findings
from schemas.census.who import who
from tests.pipelines.front_door import AUTUMN, CLEAN, FAULTY

NOBODY_HAS = "B801200005001"
DAY = collection(AUTUMN).reference_date


def reading(door, school=CLEAN):
    return newest_reading(door.installation().vault, school, AUTUMN)


def pupils(door, school=CLEAN):
    """Return UPN and id of every pupil of the return, by section."""
    frame = reading(door, school).tables["pupil"]
    return {
        section: list(zip(rows["upn"], rows["pupil_id"], strict=True)) for section, rows in frame.groupby("section")
    }


def absent(door):
    """Return the UPN of somebody of the snapshot who is not in the return."""
    read = reading(door)
    upns = read.snapshot["upn"]
    return upns.loc[~upns["pupil_id"].isin(read.tables["pupil"]["pupil_id"]), "upn"].iloc[0]


def conditions(answer):
    (one,) = answer.data
    return one["section"], {each["asked"]: each["holds"] for each in [*one["conditions"], *one["agreements"]]}


@pytest.mark.parametrize("section", ["on_roll", "off_roll"])
def test_why_a_child_is_in_the_return(door, section):
    upn, _ = pupils(door)[section][0]
    told, held = conditions(door.done("why-not", upn, AUTUMN, "--as", "priya", "--json"))
    assert told == section
    assert held[f"on roll on census day, {DAY}"] == (section == "on_roll")
    assert held["registered here, not a guest"]
    assert held["in the file of dfe_autumn_census"]
    grounds = [holds for asked, holds in held.items() if asked.startswith(("a susp", "attendance", "a school", "year"))]
    assert any(grounds) == (section == "off_roll")


def test_why_a_child_is_not_in_the_return(door):
    told, held = conditions(door.done("why-not", absent(door), AUTUMN, "--as", "priya", "--json"))
    assert told is None
    assert not held["in the file of dfe_autumn_census"]
    text = door.done("why-not", absent(door), AUTUMN, "--as", "priya").out
    assert "NOT in the return" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_look_up_is_recorded_without_the_upn(door):
    upn, _ = pupils(door)["on_roll"][0]
    door.done("why-not", upn, AUTUMN, "--as", "daniel")
    event = door.installation().ledger.events(LOOKED_UP)[-1]
    assert (event.body["by"], event.body["period"]) == ("daniel", AUTUMN)
    assert upn not in str(event.body)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((NOBODY_HAS, AUTUMN, "--as", "priya"), 207), ((NOBODY_HAS, AUTUMN, "--as", "nobody"), 60),
     ((NOBODY_HAS, "2026-winter", "--as", "priya"), 33), ((NOBODY_HAS, "2027-spring", "--as", "priya"), 31)],
)  # fmt: skip
def test_what_cannot_be_asked_ends_with_its_own_code(door, arguments, code):
    answer = door.run("why-not", *arguments)
    assert answer.code == code
    assert NOBODY_HAS not in answer.out + answer.err


def test_a_record_is_set_apart_by_head_or_dpo_alone(door):
    assert door.run("protect", "add", CLEAN, "--pupil", "7", "--as", "priya").code == 60
    assert door.run("protect", "list", "--as", "priya").code == 60
    assert door.run("protect", "add", CLEAN, "--as", "helen").code == 2
    assert not door.installation().ledger.events(KIND)
    door.done("protect", "add", CLEAN, "--pupil", "7", "--as", "helen")
    (listed,) = door.done("protect", "list", "--as", "daniel", "--json").data
    assert (listed["urn"], listed["pupil_id"], listed["by"]) == (CLEAN, "7", "helen")
    assert door.installation().ledger.events(LISTED)[-1].body == {"by": "daniel"}
    door.done("protect", "remove", CLEAN, "--pupil", "7", "--as", "daniel")
    assert door.done("protect", "list", "--as", "daniel", "--json").data == []


def test_what_waits_is_refused_until_it_is_prepared_again(door):
    upn, pupil = pupils(door)["on_roll"][0]
    before = door.approve()
    (old,) = door.installation().pupils.by_upn(upn)
    door.done("protect", "add", CLEAN, "--pupil", pupil, "--upn", upn, "--as", "helen")
    with door.recipient():
        assert door.release().code == 56
    assert door.tree() == {}
    assert door.installation().pupils.by_upn(upn) == (old,)
    door.now += dt.timedelta(minutes=1)
    door.done("prepare", AUTUMN, "--school", CLEAN)
    assert door.waybill().sha256 != before.sha256
    assert door.state(before) is State.WITHDRAWN
    door.approve()
    with door.recipient():
        assert door.release().code == 0


def test_findings_of_comparing_the_schools_are_told_to_each_and_hold_its_release(door):
    door.approve()
    here = door.installation()
    _, pupil = pupils(door)["on_roll"][0]
    hit = Hit("L-trust-two-rolls", "pupil", pupil, f"{FAULTY} The other school")
    found = as_findings([hit], catalogue("2026-27"))
    named = who(reading(door).snapshot, found, DAY)
    keep(here.ledger, here.vault, AUTUMN, {CLEAN: {"finding": found, "who": named}}, here.now())
    result = door.run("findings", CLEAN, AUTUMN, "--as", "priya", "--json").data
    cause = next(one for one in result["causes"] if one["rule"] == "L-trust-two-rolls")
    assert (cause["pupils"], cause["found"][0]["row"]) == ([pupil], f"{FAULTY} The other school")
    with door.recipient():
        assert door.release().code == 84
        door.done("note", CLEAN, AUTUMN, "L-trust-two-rolls", "The other school ends it today.", "--as", "priya")
        assert door.release().code == 0
    assert door.done("findings", CLEAN, AUTUMN, "--as", "priya").code == 0
    assert door.run("findings", FAULTY, AUTUMN, "--as", "priya", "--json").data["causes"] != []

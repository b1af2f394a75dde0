"""What the MIS says of protection: an access note is never assumed absent, and the last answer on a consent counts."""

import pytest

from schemas.mis_flags import MIS_FLAGS, Said, reads, said
from tests.schemas.snapshots import day, pupil, snapshot


def contact(name, *, order=False):
    return {"contact_id": name, "priority": 1, "court_order": order}


@pytest.mark.parametrize(
    ("contacts", "flagged"),
    [
        ([contact("a"), contact("b"), contact("c", order=True)], True),
        ([contact("a"), contact("b")], False),
        ([contact("a"), contact("b", order=None)], True),
        ([], True),
    ],
    ids=["a third contact's note", "none", "one not known", "no contact"],
)
def test_an_access_note_counts_wherever_it_is_and_is_never_assumed_absent(contacts, flagged):
    found = said(snapshot(pupil("1", contact=contacts), pupil("2", contact=[contact("d")])), MIS_FLAGS)
    assert found.flags == {"court_order": frozenset({"1"} if flagged else ())}


def test_a_flag_the_trust_does_not_go_by_is_not_looked_at():
    assert said(snapshot(pupil("1", contact=[contact("a", order=True)])), ()).flags == {}


def answer(given, on, purpose="dental_survey"):
    return {"purpose": purpose, "given": given == "yes", "on": on and day(on)}


@pytest.mark.parametrize(
    ("answers", "consenting", "refusing"),
    [
        ([answer("yes", "2026-09-02")], True, False),
        ([answer("no", "2026-09-02")], False, True),
        ([answer("no", "2026-09-03"), answer("yes", "2026-09-02")], False, True),
        ([answer("no", "2026-09-02"), answer("yes", "2026-09-03")], True, False),
        ([answer("yes", None), answer("no", "2020-01-01")], False, True),
        ([answer("yes", "2026-09-02", "photographs")], False, False),
        ([], False, False),
    ],
    ids=["yes", "no", "withdrawn", "given later", "a date beats none", "to something else", "never asked"],
)
def test_the_last_answer_counts_and_for_its_purpose_alone(answers, consenting, refusing):
    found = said(snapshot(pupil("1", consent=answers)), ())
    assert ("1" in found.consenting.get("dental_survey", ()), "1" in found.refusing.get("dental_survey", ())) == (
        consenting,
        refusing,
    )


def test_every_upn_leads_to_its_pupil_former_ones_too():
    upns = [{"upn": "OLD", "start_date": day("2018-09-01")}, {"upn": "NEW", "start_date": day("2020-09-01")}]
    found = said(snapshot(pupil("1", upn=None) | {"upn": [{"pupil_id": "1", **row} for row in upns]}), ())
    assert found.upns == {"OLD": "1", "NEW": "1"}


def test_it_is_the_same_after_it_was_sealed():
    found = said(snapshot(pupil("1", consent=[answer("yes", "2026-09-02")])), MIS_FLAGS)
    assert Said.read(found.body()) == found


@pytest.mark.parametrize(
    ("flags", "consent", "asked"), [((), False, set()), (MIS_FLAGS, False, {"contact"}), ((), True, {"consent"})]
)
def test_nothing_is_asked_of_the_mis_that_nobody_goes_by(flags, consent, asked):
    assert set(reads(flags, consent=consent)) == asked

"""A record that is set apart has no past in any table and is found by no other record."""

import datetime as dt

import pandas as pd
import pytest

from schemas.census.catalogue import catalogue
from schemas.census.engine import run_rules
from schemas.feeds import DATASETS
from schemas.feeds.dataset import Taking
from schemas.separation import MATCHING, Separated, findings_apart, without_links
from tests.schemas.snapshots import AUTUMN, LONG_AGO, REF, conformed, day, one, pupil, snapshot

URN, OLD, NEW = "123456", "B801200001001", "B801200001002"
APART = Separated(records=frozenset({(URN, "1")}))
JULY = day("2026-07-01")


def renamed(changed="2026-07-01"):
    """A pupil who had another UPN and another surname, and one who had not."""
    upns = [
        {"upn": OLD, "start_date": LONG_AGO, "end_date": day(changed) - dt.timedelta(days=1)},
        {"upn": NEW, "start_date": day(changed)},
    ]
    child = {**pupil("1"), "upn": [{"pupil_id": "1", **row} for row in upns],
             "former_surname": [{"pupil_id": "1", "surname": "Before", "end_date": JULY}]}  # fmt: skip
    return snapshot(child, pupil("2", upn="B801200001003"))


def ids(separated, snap):
    return separated.ids(URN, snap["upn"])


@pytest.mark.parametrize(
    ("separated", "expected"),
    [(APART, {"1"}), (Separated(upns=frozenset({NEW})), {"1"}), (Separated(upns=frozenset({OLD})), {"1"}),
     (Separated(records=frozenset({("654321", "1")})), set()), (Separated(), set())],
)  # fmt: skip
def test_a_record_is_named_by_school_and_id_or_by_any_upn(separated, expected):
    assert ids(separated, renamed()) == expected


def test_upns_may_come_as_a_mapping():
    assert Separated(upns=frozenset({NEW})).ids(URN, {"7": NEW, "8": None}) == {"7"}


def test_no_former_upn_and_no_former_surname_is_returned():
    before, after = (conformed(snap) for snap in (renamed(), without_links(renamed(), frozenset({"1"}))))
    assert (one(before, "former_upn"), one(before, "former_surname")) == (OLD, "Before")
    assert (one(after, "former_upn"), one(after, "former_surname")) == (None, None)
    assert one(after, "upn") == NEW


def test_the_last_upn_is_returned_even_as_at_a_day_before_it():
    late = renamed("2026-10-20")
    assert one(conformed(late), "upn") == OLD
    assert one(conformed(without_links(late, frozenset({"1"}))), "upn") == NEW


def test_no_table_of_the_snapshot_tells_of_two():
    cut = without_links(renamed(), frozenset({"1"}))
    texts = {str(value) for frame in cut.values() for name in frame for value in frame[name]}
    assert NEW in texts
    assert not texts & {OLD, "Before"}


def test_other_records_keep_their_past():
    snap = renamed()
    pd.testing.assert_frame_equal(without_links(snap, frozenset({"2"}))["former_surname"], snap["former_surname"])
    assert without_links(snap, frozenset()) is snap


@pytest.mark.parametrize(("apart", "told"), [((), True), (("1",), False), (("2",), True)])
@pytest.mark.parametrize(("table", "dates"), [("joiner", {"entry": JULY}), ("leaver", {"leaving": JULY})])
def test_it_is_neither_joiner_nor_leaver(table, dates, apart, told):
    snap = snapshot(pupil("1", **dates))
    made = DATASETS[table].make(snap, Taking(REF, day("2026-06-01"), apart=frozenset(apart)))
    assert list(made[table]["pupil_id"]) == (["1"] if told else [])


def test_it_stays_on_the_roll():
    made = DATASETS["roll"].make(snapshot(pupil("1")), Taking(REF, REF, apart=frozenset({"1"})))
    assert list(made["roll"]["pupil_id"]) == ["1"]


def matched(*pupils, apart=frozenset()):
    """Return (rule, pupil) of what matching rules find."""
    frames = conformed(snapshot(*pupils)).frames
    found = findings_apart(lambda given: run_rules(given, AUTUMN, catalogue("2026-27")), frames, apart)
    return {
        (rule, pupil_id) for rule, pupil_id in zip(found["rule"], found["pupil_id"], strict=True) if rule in MATCHING
    }


TWIN = {"fields": {"surname": "Ashe", "forename": "Ann", "sex": "F"}}


@pytest.mark.parametrize("apart", ["1", "2"])
def test_two_records_are_not_found_by_each_other(apart):
    records = [pupil(number, **TWIN) for number in ("1", "2", "3")]
    everybody = {("L-duplicate-pupil", number) for number in ("1", "2", "3")}
    assert matched(*records) == everybody
    assert matched(*records, apart=frozenset({apart})) == everybody - {("L-duplicate-pupil", apart)}
    assert matched(*records[:2], apart=frozenset({apart})) == set()


def test_a_former_upn_does_not_lead_to_a_record_set_apart():
    upns = [{"pupil_id": "2", "upn": OLD, "start_date": LONG_AGO, "end_date": JULY},
            {"pupil_id": "2", "upn": NEW, "start_date": JULY}]  # fmt: skip
    records = [pupil("1", upn=OLD), {**pupil("2"), "upn": upns}]
    assert matched(*records) == {("L-former-upn-differs", "2")}
    assert matched(*records, apart=frozenset({"1"})) == set()


def test_other_findings_of_the_record_stay():
    snap = snapshot(pupil("1", fields={"sex": "X"}))
    frames = conformed(snap).frames

    def run(given):
        return run_rules(given, AUTUMN, catalogue("2026-27"))

    found = findings_apart(run, frames, frozenset({"1"}))
    pd.testing.assert_frame_equal(found, run(frames))
    assert ("L-sex", "1") in set(zip(found["rule"], found["pupil_id"], strict=True))

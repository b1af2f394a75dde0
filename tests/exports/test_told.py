"""An event is told once, and known by its day: what another period's file has told stays out of the next."""

import dataclasses
import datetime as dt

import pytest

from exports.disclosed import cell_columns, subjects
from exports.minimise import minimise
from exports.told import not_yet_told
from ledger.disclosures import digests
from ledger.states import State
from ledger.store import Ledger, Slot
from tests.exports.trust_folder import agreement, feed
from tests.ledger.histories import waybill
from vault.pupils import PupilKeys

URN, UPN = "900004", "A823432126001"
LEAVING, TUESDAY = dt.date(2026, 10, 16), dt.date(2026, 10, 6)
RETURN = agreement("la_deletions")


@dataclasses.dataclass
class Desk:
    """A ledger, the keys of pupils, and files of an agreement delivered day by day."""

    ledger: Ledger
    pupils: PupilKeys

    def deliver(self, frames, terms, day, apart=()):
        """Deliver a file of these rows as that day's period."""
        told = minimise(frames, terms)
        named = subjects(told)
        keys = self.pupils.pupils(URN, named, [UPN] * len(named) if apart else [None] * len(named), set(apart))
        now = dt.datetime.combine(day, dt.time(9), dt.UTC)
        name = waybill(f"{terms.id}{day}")
        with self.ledger.transaction() as tx:
            tx.prepare(name, Slot(URN, day.isoformat(), terms.recipient.id, terms.id, 1), now, {"bytes": 1})
            tx.move(name, State.APPROVED, now, {})
        batch = digests(cell_columns(told, terms, named), keys)
        with self.ledger.transaction() as tx:
            tx.claim(name, now, {})
            tx.settle(name, State.DELIVERED, now, batch, {})

    def left(self, frames, terms, day):
        """The pupils still to tell of on a day."""
        kept = not_yet_told(frames, terms, self.ledger, self.pupils, school=URN, period=day.isoformat())
        return list(kept[terms.dataset]["pupil_id"])


@pytest.fixture
def desk(tmp_path):
    ledger, pupils = Ledger(tmp_path / "ledger.sqlite"), PupilKeys(tmp_path / "keys.sqlite", b"k" * 32)
    yield Desk(ledger, pupils)
    ledger.close()
    pupils.close()


def leaver(**changes):
    return feed("leaver", {"leaving_date": LEAVING, "removal_ground": "a", **changes})


def days(number):
    return TUESDAY + dt.timedelta(days=number)


def test_a_leaver_told_ahead_is_not_told_again_on_any_day_to_the_last_and_after(desk):
    assert desk.left(leaver(), RETURN, TUESDAY) == ["1"]
    desk.deliver(leaver(), RETURN, TUESDAY)
    assert [desk.left(leaver(), RETURN, days(number)) for number in (1, 9, 10, 11)] == [[], [], [], []]


def test_the_same_period_prepared_again_keeps_it(desk):
    desk.deliver(leaver(), RETURN, TUESDAY)
    assert desk.left(leaver(), RETURN, TUESDAY) == ["1"]


def test_a_leaving_date_put_right_is_told(desk):
    desk.deliver(leaver(), RETURN, TUESDAY)
    assert desk.left(leaver(leaving_date=LEAVING - dt.timedelta(days=1)), RETURN, days(1)) == ["1"]


def test_a_record_set_apart_is_known_by_its_upn(desk):
    terms = agreement("la_suspensions_823")
    frames = feed(terms.dataset, {"start_date": TUESDAY, "upn": UPN})
    desk.deliver(frames, terms, TUESDAY, apart={"1"})
    assert desk.left(frames, terms, days(1)) == []


def test_another_pupil_and_another_agreement_have_not_been_told(desk):
    desk.deliver(leaver(), RETURN, TUESDAY)
    two = feed("leaver", {"leaving_date": LEAVING}, {"leaving_date": LEAVING})
    assert desk.left(two, RETURN, days(1)) == ["2"]
    assert desk.left(leaver(), dataclasses.replace(RETURN, id="another"), days(1)) == ["1"]


def test_each_suspension_of_a_pupil_is_told_once(desk):
    terms = agreement("la_suspensions_823")
    first, second = {"start_date": TUESDAY}, {"start_date": days(6)}
    desk.deliver(feed(terms.dataset, first), terms, TUESDAY)
    both = feed(terms.dataset, first, second)[terms.dataset]
    same = {terms.dataset: both.assign(pupil_id="1").astype(both.dtypes)}
    kept = not_yet_told(same, terms, desk.ledger, desk.pupils, school=URN, period=days(1).isoformat())
    assert list(kept[terms.dataset]["start_date"]) == [days(6)]


def test_a_suspension_without_a_first_day_is_never_taken_to_be_told(desk):
    terms = agreement("la_suspensions_823")
    desk.deliver(feed(terms.dataset, {}), terms, TUESDAY)
    assert desk.left(feed(terms.dataset, {}), terms, days(1)) == ["1"]


@pytest.mark.parametrize(("delivered", "left"), [(LEAVING, []), (LEAVING - dt.timedelta(days=1), ["1"])])
def test_an_agreement_that_does_not_send_the_day_goes_by_when_the_file_arrived(desk, delivered, left):
    without = tuple(line for line in RETURN.lines if line.field != "leaver.leaving_date")
    terms = dataclasses.replace(RETURN, lines=without)
    desk.deliver(leaver(), terms, delivered)
    assert desk.left(leaver(), terms, LEAVING + dt.timedelta(days=3)) == left


def test_a_state_is_told_every_time(desk):
    terms = agreement("la_next_steps_823")
    frames = feed(terms.dataset, {"nc_year": "11"})
    desk.deliver(frames, terms, TUESDAY)
    assert desk.left(frames, terms, days(1)) == ["1"]

"""Transfer files that wait: handed over and not collected, or not sent although the school days run out."""

import datetime as dt
import hashlib

import pytest
from pyrage.x25519 import Identity

from exports.chasing import COLLECTED, NotToCollect, collect, pending, uncollected
from ledger.disclosures import NIL
from ledger.states import State
from ledger.store import Ledger, Slot
from tests.exports.transfer_frames import AS_AT, CASTLE_MOOR, made, plain
from tests.schemas.snapshots import day
from vault.frames import pack
from vault.store import Vault

NOW = dt.datetime(2026, 10, 1, 19, 0, tzinfo=dt.UTC)
OURS, SCHOOL, PERIOD = frozenset({"ctf_next_school"}), "900004", "2026-10-01"
TERMS = [{"term_id": "1", "start_date": day("2026-09-02"), "end_date": day("2026-10-23")}]
WAY = (State.APPROVED, State.SENDING, State.HANDED_OVER)


class Desk:
    """A ledger and a vault with transfer files in them."""

    def __init__(self, folder):
        self.ledger = Ledger(folder / "ledger.sqlite")
        self.vault = Vault(folder / "vault", Identity.generate())

    def file(self, destination=CASTLE_MOOR, *, at=NOW, upto=State.PREPARED, agreement="ctf_next_school", period=PERIOD):
        """Enter a file and take it as far as a state."""
        waybill = hashlib.sha256(f"{destination}{agreement}{period}".encode()).hexdigest()
        slot = Slot(SCHOOL, period, f"next_school-{destination}", agreement, 1)
        with self.ledger.transaction() as tx:
            release = tx.prepare(waybill, slot, at, {})
            for state in WAY if upto is State.HANDED_OVER else ():
                release = _moved(tx, waybill, state, at)
        return release

    def tables(self, *pupils, period=PERIOD, ended="2026-10-01T18:30:00Z"):
        """Seal what the files of a period were made from."""
        data = pack(made(*pupils, term=TERMS), {"certificate": {"ended": ended}, "ledger_seq": 0})
        artefact = self.vault.seal(data, kind="feeds/tables", purge_on=dt.date(2026, 11, 1))
        self.vault.record("run", "feeds/tables", f"{SCHOOL}|{period}", artefact)

    def waits(self, today=AS_AT):
        return pending(self.ledger, self.vault, OURS, {SCHOOL}, today)

    def left(self, days=0):
        return uncollected(self.ledger, OURS, {SCHOOL}, NOW + dt.timedelta(days=days))


def _moved(tx, waybill, state, at):
    if state is State.SENDING:
        return tx.claim(waybill, at, {})
    return tx.settle(waybill, state, at, NIL, {}) if state is State.HANDED_OVER else tx.move(waybill, state, at, {})


@pytest.fixture
def desk(tmp_path):
    made_here = Desk(tmp_path)
    yield made_here
    made_here.ledger.close()
    made_here.vault.close()


def test_a_file_is_chased_from_the_day_it_was_handed_over_until_somebody_says_it_was_collected(desk):
    release = desk.file(upto=State.HANDED_OVER)
    assert [(one.waybill, one.destination, one.days) for one in desk.left(6)] == [(release.waybill, CASTLE_MOOR, 6)]
    for _ in range(2):
        collect(desk.ledger, release, OURS, "priya", NOW)
    assert desk.left(6) == ()
    (event,) = desk.ledger.events(COLLECTED)
    assert event.body == {"waybill": release.waybill, "by": "priya"}


@pytest.mark.parametrize(
    ("upto", "agreement"), [(State.PREPARED, "ctf_next_school"), (State.HANDED_OVER, "la_deletions")]
)
def test_only_a_transfer_file_that_was_handed_over_can_be_collected(desk, upto, agreement):
    release = desk.file(upto=upto, agreement=agreement)
    assert desk.left() == ()
    with pytest.raises(NotToCollect, match="chase list"):
        collect(desk.ledger, release, OURS, "priya", NOW)
    assert not desk.ledger.events(COLLECTED)


@pytest.mark.parametrize(
    ("today", "late"), [("2026-10-01", 0), ("2026-10-09", 0), ("2026-10-10", 1), ("2026-10-13", 2)]
)
def test_a_file_that_has_not_gone_is_listed_with_the_first_day_it_is_due(desk, today, late):
    desk.tables(plain("1"), plain("2", leaving=day("2026-09-21")), plain("3", to=None))
    desk.file()
    (one,) = desk.waits(day(today))
    assert (one.pupils, one.due, one.late, one.state) == (2, day("2026-10-09"), late, State.PREPARED)


def test_only_the_newest_file_for_a_destination_waits_and_the_first_due_comes_first(desk):
    desk.tables(plain("1"), plain("2", to=None, leaving=day("2026-09-10")), period="2026-10-02")
    desk.file(period="2026-10-01")
    desk.file(period="2026-10-02", at=NOW + dt.timedelta(days=1))
    desk.file("XXXXXXX", period="2026-10-02", at=NOW + dt.timedelta(days=1))
    assert [(one.destination, one.period) for one in desk.waits()] == [
        ("XXXXXXX", "2026-10-02"), (CASTLE_MOOR, "2026-10-02"),
    ]  # fmt: skip


def test_a_file_that_has_gone_waits_no_more(desk):
    desk.tables(plain("1"))
    desk.file(upto=State.HANDED_OVER)
    assert desk.waits() == ()


def test_a_file_whose_tables_were_purged_is_still_listed(desk):
    desk.file()
    (one,) = desk.waits()
    assert (one.pupils, one.due, one.late) == (None, None, 0)


def test_a_school_that_is_not_asked_about_is_not_told_of(desk):
    desk.file(upto=State.HANDED_OVER)
    assert uncollected(desk.ledger, OURS, {"900002"}, NOW) == ()

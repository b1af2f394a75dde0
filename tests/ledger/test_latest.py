"""The latest releases: as many as asked for, newest first, of what was asked for."""

import datetime as dt

import pytest

from ledger.latest import latest, latest_settled
from ledger.states import State
from ledger.store import Ledger, Slot

NOON = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def ledger(tmp_path):
    found = Ledger(tmp_path / "ledger.sqlite")
    with found.transaction() as tx:
        for number in range(6):
            slot = Slot(f"90000{number % 2}", f"2026-10-0{number + 1}", "la", "la_new_pupils", 1)
            tx.prepare(f"{number:064x}", slot, NOON + dt.timedelta(hours=number), {})
    return found


def test_the_latest_come_first_and_no_more_than_asked_for(ledger):
    assert [int(one.waybill, 16) for one in latest(ledger, 3)] == [5, 4, 3]
    assert [int(one.waybill, 16) for one in latest(ledger, 9, school="900001")] == [5, 3, 1]
    assert latest(ledger, 9, state=State.DELIVERED.value) == []
    assert latest_settled(ledger, 9) == []
    assert latest_settled(ledger, 9, (NOON, NOON + dt.timedelta(days=1)), agreement="la_new_pupils") == []


def test_a_name_that_is_no_column_is_refused(ledger):
    with pytest.raises(ValueError, match="releases have no"):
        latest(ledger, 1, **{"1 OR 1": "x"})

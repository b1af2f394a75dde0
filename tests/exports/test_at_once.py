"""Whoever starts what at one moment, and however often it is started again: one file of each version leaves."""

import threading
from collections import Counter

from exports.approvers import current
from ledger.states import CONSUMING, State
from ledger.verify import verify
from schemas.refusal import Refusal
from tests.exports.standing_desk import FIVE, SCHOOL, standing_desk

LAUNCHES = 50


def at_once(what) -> Counter:
    """Start something fifty times at one moment; count what each came to."""
    start, said = threading.Barrier(LAUNCHES), []

    def launch() -> None:
        start.wait()
        try:
            said.append(what())
        except Refusal as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=launch) for _ in range(LAUNCHES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(said)


def test_fifty_launches_approve_once_and_send_once(tmp_path):
    with standing_desk(tmp_path) as desk:
        desk.left()
        desk.stand()
        waybill = desk.prepared()
        approvals = at_once(lambda: desk.put_under(waybill) is not None)
        assert approvals == Counter({True: 1, False: LAUNCHES - 1})
        sent = at_once(lambda: desk.send(waybill))
        assert sent == Counter({State.DELIVERED: 1, "already_sent": LAUNCHES - 1})
        assert len(desk.stores.ledger.events(State.SENDING, waybill=waybill.sha256)) == 1
        assert len(list(desk.folder.rglob("*.csv"))) == 2
        again = at_once(lambda: desk.send(waybill))  # as after a restart
        assert again == Counter({"already_sent": LAUNCHES})
        taken = [one for one in desk.stores.ledger.releases(school=SCHOOL) if one.state in CONSUMING]
        assert len({(one.slot.period, one.slot.recipient, one.slot.version) for one in taken}) == len(taken) == 2
        assert verify(desk.stores.ledger.place).faults == []


def test_fifty_preparations_leave_one_that_waits(tmp_path):
    with standing_desk(tmp_path) as desk:
        outcomes = at_once(lambda: desk.prepare(FIVE).outcome)
        assert outcomes.total() == LAUNCHES
        waiting = desk.stores.ledger.releases(state=State.PREPARED.value)
        assert len(waiting) == 1
        assert set(outcomes) <= {"prepared", "unchanged", "move_refused"}
        assert current(desk.stores.ledger).version == 1

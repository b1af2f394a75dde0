import sqlite3
from itertools import product

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.disclosures import NIL
from ledger.states import CONSUMING, MOVES, SETTLED, State
from ledger.store import AlreadySent, Ledger, MoveRefused, UnknownRelease
from ledger.verify_server import verify_place
from schemas.refusal import Refusal
from tests.ledger.histories import NOW, approved, slot, waybill

ROADS = {
    State.PREPARED: [],
    State.APPROVED: [State.APPROVED],
    State.WITHDRAWN: [State.WITHDRAWN],
    State.SENDING: [State.APPROVED, State.SENDING],
    State.UNKNOWN: [State.APPROVED, State.SENDING, State.UNKNOWN],
    State.DELIVERED: [State.APPROVED, State.SENDING, State.DELIVERED],
    State.DELIVERED_UNVERIFIED: [State.APPROVED, State.SENDING, State.DELIVERED_UNVERIFIED],
    State.HANDED_OVER: [State.APPROVED, State.SENDING, State.HANDED_OVER],
    State.REFUSED: [State.APPROVED, State.SENDING, State.REFUSED],
    State.SUPERSEDED: [State.APPROVED, State.SENDING, State.DELIVERED, State.SUPERSEDED],
    State.RECALLED: [State.APPROVED, State.SENDING, State.DELIVERED, State.RECALLED],
}


REFUSED = (sqlite3.IntegrityError, psycopg2.IntegrityError)


def step(ledger: Ledger, name: str, to: State):
    """Take one step by whichever verb leads there."""
    with ledger.transaction() as tx:
        if to is State.SENDING:
            return tx.claim(name, NOW, {})
        if to in SETTLED and tx.release(name).settled_at is None:
            return tx.settle(name, to, NOW, NIL, {})
        return tx.move(name, to, NOW, {})


def test_every_state_has_a_road_and_a_row():
    assert set(ROADS) == set(MOVES) == set(State)


@pytest.mark.parametrize("state", State)
def test_from_each_state_only_the_moves_of_the_table_are_possible(ledger, state):
    for number, to in enumerate(State):
        name, at = waybill(number), slot(f"day {number}")
        with ledger.transaction() as tx:
            tx.prepare(name, at, NOW, {})
        for stage in ROADS[state]:
            step(ledger, name, stage)
        before = ledger.head()
        if to in MOVES[state]:
            assert step(ledger, name, to).state is to
            assert ledger.release(name).state is to
        else:
            with pytest.raises((MoveRefused, AlreadySent)):
                step(ledger, name, to)
            assert ledger.head() == before
            assert ledger.release(name).state is state
    assert verify_place(ledger.place).faults == []


def test_unknown_is_left_only_by_what_reading_back_can_tell():
    assert {State.DELIVERED, State.HANDED_OVER, State.REFUSED} == MOVES[State.UNKNOWN]


def test_only_a_release_of_which_nothing_was_left_behind_leads_back_to_sending():
    reachable = {State.SENDING}
    for _ in State:
        reachable |= {to for state in reachable for to in MOVES[state]}
    assert {state for state in reachable if State.SENDING in MOVES[state]} == {State.REFUSED}


@pytest.mark.parametrize("state", [State.SENDING, *sorted(SETTLED)])
def test_sending_and_settling_are_not_plain_moves(ledger, state):
    name = approved(ledger, "one", slot())
    with pytest.raises(ValueError, match="claim or settle"), ledger.transaction() as tx:
        tx.move(name, state, NOW, {})


@pytest.mark.parametrize("state", sorted(set(State) - SETTLED))
def test_nothing_settles_in_a_state_that_is_not_settled(ledger, state):
    name = approved(ledger, "one", slot())
    with ledger.transaction() as tx:
        tx.claim(name, NOW, {})
        with pytest.raises(ValueError, match="is not a settled state"):
            tx.settle(name, state, NOW, NIL, {})
    assert ledger.release(name).state is State.SENDING


@pytest.mark.parametrize("state", sorted(CONSUMING))
def test_a_version_that_left_cannot_be_prepared_or_claimed_again(ledger, state):
    first, second = approved(ledger, 1, slot()), approved(ledger, 2, slot())
    for stage in ROADS[state][1:]:
        step(ledger, first, stage)
    with pytest.raises(AlreadySent, match="a correction needs the next version"):
        step(ledger, second, State.SENDING)
    with pytest.raises(AlreadySent):
        approved(ledger, 3, slot())
    with pytest.raises(AlreadySent, match="was used and is"):
        step(ledger, first, State.SENDING)
    assert step(ledger, approved(ledger, 4, slot(version=2)), State.SENDING).state is State.SENDING


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN])
def test_a_version_that_never_left_may_be_prepared_again_under_a_new_waybill(ledger, state):
    with ledger.transaction() as tx:
        tx.prepare(waybill(1), slot(), NOW, {})
    for stage in ROADS[state]:
        step(ledger, waybill(1), stage)
    assert step(ledger, approved(ledger, 2, slot()), State.SENDING).state is State.SENDING
    with pytest.raises((MoveRefused, AlreadySent)):
        step(ledger, waybill(1), State.SENDING)


def test_a_refused_release_goes_out_later_and_a_withdrawn_one_never(ledger):
    refused, withdrawn = approved(ledger, 1, slot()), approved(ledger, 2, slot("another day"))
    for stage in (State.SENDING, State.REFUSED):
        step(ledger, refused, stage)
    step(ledger, withdrawn, State.WITHDRAWN)
    assert step(ledger, refused, State.SENDING).state is State.SENDING
    with pytest.raises(MoveRefused):
        step(ledger, withdrawn, State.SENDING)
    assert verify_place(ledger.place).faults == []


def test_the_database_itself_allows_a_slot_once(ledger):
    names = [approved(ledger, number, slot()) for number in range(2)]
    step(ledger, names[0], State.SENDING)
    with (
        pytest.raises(REFUSED, match=r"UNIQUE|unique"),
        ledger.transaction() as tx,
    ):
        tx._connection.execute("UPDATE releases SET state = 'sending' WHERE waybill = ?", (names[1],))


def test_a_waybill_is_prepared_once(ledger):
    approved(ledger, 1, slot())
    with pytest.raises(MoveRefused, match="already in the ledger"):
        approved(ledger, 1, slot(version=2))


def test_the_next_version_counts_what_left(ledger):
    assert ledger.next_version("100001", "2026-10-01", "la_demo", "la_joiner") == 1
    name = approved(ledger, 1, slot())
    assert ledger.next_version("100001", "2026-10-01", "la_demo", "la_joiner") == 1
    step(ledger, name, State.SENDING)
    assert ledger.next_version("100001", "2026-10-01", "la_demo", "la_joiner") == 2
    step(ledger, name, State.REFUSED)
    assert ledger.next_version("100001", "2026-10-01", "la_demo", "la_joiner") == 1
    assert ledger.next_version("100001", "2026-10-01", "la_demo", "la_leaver") == 1


def test_releases_are_found_by_their_columns(ledger):
    for number, (period, version) in enumerate(product(("a", "b"), (1, 2))):
        approved(ledger, number, slot(period, version))
    step(ledger, waybill(2), State.SENDING)
    assert {release.waybill for release in ledger.releases(period="a")} == {waybill(0), waybill(1)}
    assert [release.waybill for release in ledger.releases(state="sending")] == [waybill(2)]
    assert ledger.releases(period="a", version=2)[0].slot == slot("a", 2)
    with pytest.raises(ValueError, match="releases have no colour"):
        ledger.releases(colour="red")
    with pytest.raises(UnknownRelease):
        ledger.release(waybill("never"))


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(State)), max_size=40))
def test_whatever_is_tried_the_ledger_holds_and_no_slot_leaves_twice(lasting_places, steps):
    ledger = lasting_places.ledger()
    for number, to in steps:
        name, at = waybill(number), slot(f"day {number % 2}")
        try:
            if to is State.PREPARED and not ledger.releases(waybill=name):
                with ledger.transaction() as tx:
                    tx.prepare(name, at, NOW, {})
            else:
                step(ledger, name, to)
        except Refusal:
            continue
    left = [release.slot for release in ledger.releases() if release.state in CONSUMING]
    assert len(left) == len(set(left))
    assert verify_place(ledger.place).faults == []
    ledger.close()

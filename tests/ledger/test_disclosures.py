from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.disclosures import NIL, Batch, CellColumn, bit_map, digest, digests, members
from ledger.states import State
from ledger.store import Ledger
from ledger.trace import in_file, trace, who_had
from ledger.verify_server import verify_place
from tests.ledger.histories import NOW, approved, pupil, slot

LINE = "la_joiner.pupil.surname"


def deliver(ledger: Ledger, name: object, batch: Batch, to: State = State.DELIVERED) -> str:
    """Deliver a batch as a file of its own."""
    sent = approved(ledger, name, slot(f"day {name}"))
    with ledger.transaction() as tx:
        tx.claim(sent, NOW, {})
        tx.settle(sent, to, NOW, batch, {})
    return sent


def one(number: int, **texts: str | None) -> Batch:
    """Give the batch of a file about one pupil."""
    columns = [CellColumn(f"la_joiner.{field.replace('__', '.')}", [0], [text]) for field, text in texts.items()]
    return digests(columns, [pupil(number)])


cells = st.lists(st.tuples(st.sampled_from(["a.t.x", "a.t.y", "b.t.x"]), st.integers(0, 3), st.none() | st.text()))


@given(cells)
def test_the_fast_form_is_the_definition(drawn):
    people = [pupil(number) for number in range(4)]
    by_line = {line: [(owner, text) for at, owner, text in drawn if at == line] for line, _, _ in drawn}
    columns = [CellColumn(line, [o for o, _ in rows], [t for _, t in rows]) for line, rows in by_line.items()]
    batch = digests(columns, people)
    for owner, person in enumerate(people):
        expected = {
            f"{line}\x1f".encode() + digest(person.key, line, text)
            for line, at, text in drawn
            if at == owner and text is not None
        }
        assert set(batch.cells[owner]) == expected


def test_a_digest_depends_on_key_line_and_text():
    base = digest(b"k" * 32, LINE, "Oak")
    assert len(base) == 16
    others = {digest(b"l" * 32, LINE, "Oak"), digest(b"k" * 32, f"{LINE}s", "Oak"), digest(b"k" * 32, LINE, "Oaks")}
    assert len(others | {base}) == 4


def test_a_pupil_is_in_a_batch_once():
    with pytest.raises(ValueError, match="twice"):
        digests([], [pupil(1), pupil(1)])


@given(st.sets(st.integers(0, 400)))
def test_a_bit_map_reads_back(numbers):
    assert list(members(bit_map(numbers))) == sorted(numbers)


def test_a_trace_names_every_file_and_its_lines(ledger):
    first = deliver(ledger, 1, one(7, pupil__surname="Oak", pupil__upn="A1", pupil__uln=None))
    deliver(ledger, 2, one(8, pupil__surname="Oak"))
    third = deliver(ledger, 3, one(7, pupil__surname="Elm"), to=State.HANDED_OVER)
    told = trace(ledger, pupil(7).ref)
    assert [(found.waybill, found.state) for found in told] == [(first, State.DELIVERED), (third, State.HANDED_OVER)]
    assert told[0].lines == ("la_joiner.pupil.surname", "la_joiner.pupil.upn")
    assert told[0].slot == slot("day 1")
    assert told[0].at == NOW
    assert trace(ledger, pupil(9).ref) == []


def test_a_file_knows_its_pupils(ledger):
    sent = deliver(ledger, 1, digests([CellColumn(LINE, [0, 1], ["Oak", None])], [pupil(2), pupil(1)]))
    assert set(in_file(ledger, sent)) == {pupil(1).ref, pupil(2).ref}
    assert in_file(ledger, deliver(ledger, 2, NIL)) == []
    assert verify_place(ledger.place).faults == []


def test_equal_values_in_several_rows_are_one_cell(ledger):
    deliver(ledger, 1, digests([CellColumn(LINE, [0, 0, 0], ["Oak", "Elm", "Oak"])], [pupil(7)]))
    (holder,) = who_had(ledger, pupil(7).ref, "pupil.surname")
    assert len(holder.digests) == 2
    assert verify_place(ledger.place).faults == []


def test_who_had_finds_a_value_without_keeping_it(ledger):
    old = deliver(ledger, 1, one(7, address__line_1="1 Old Road", address__town="York"))
    new = deliver(ledger, 2, one(7, address__line_1="2 New Road", address__town="York"))
    person = pupil(7)
    every = who_had(ledger, person.ref, "address.line_1")
    assert [holder.disclosure.waybill for holder in every] == [old, new]
    assert every[0].digests != every[1].digests
    for value, expected in [("1 Old Road", [old]), ("2 New Road", [new]), ("3 No Road", [])]:
        found = who_had(ledger, person.ref, "address.line_1", person.key, value)
        assert [holder.disclosure.waybill for holder in found] == expected
    assert len(who_had(ledger, person.ref, "la_joiner.address.town", person.key, "York")) == 2
    assert who_had(ledger, person.ref, "la_joiner.address.town", pupil(8).key, "York") == []
    assert who_had(ledger, person.ref, "ine_1") == []
    with pytest.raises(ValueError, match="key is needed"):
        who_had(ledger, person.ref, "address.town", value="York")


def test_only_what_was_delivered_becomes_a_disclosure(ledger):
    sent = approved(ledger, 1, slot())
    with ledger.transaction() as tx:
        tx.claim(sent, NOW, {})
        tx.move(sent, State.UNKNOWN, NOW, {})
    assert trace(ledger, pupil(7).ref) == []
    with ledger.transaction() as tx:
        tx.settle(sent, State.DELIVERED, NOW, one(7, pupil__surname="Oak"), {})
    assert len(trace(ledger, pupil(7).ref)) == 1
    assert verify_place(ledger.place).faults == []


def test_a_later_read_back_does_not_tell_again(ledger):
    sent = deliver(ledger, 1, one(7, pupil__surname="Oak"), to=State.DELIVERED_UNVERIFIED)
    with ledger.transaction() as tx:
        tx.move(sent, State.DELIVERED, NOW, {})
    assert [found.state for found in trace(ledger, pupil(7).ref)] == [State.DELIVERED]
    assert verify_place(ledger.place).faults == []


def size(ledger: Ledger) -> int:
    """Return the bytes of the tables and indexes, with nothing left in a log."""
    if isinstance(ledger.place, str):
        with ledger.reading() as connection:
            statement = """
                SELECT sum(pg_total_relation_size(oid)) FROM pg_class
                WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"""
            return int(connection.execute(statement).fetchone()[0])
    ledger.close()
    return ledger.place.stat().st_size


def test_an_unchanged_pupil_costs_few_bytes_a_file(ledger):
    file = isinstance(ledger.place, Path)
    people = [pupil(number) for number in range(500)]
    columns = [CellColumn(f"dfe.pupil.column_{at}", range(500), [f"{at} {n}" for n in range(500)]) for at in range(40)]
    batch = digests(columns, people)
    deliver(ledger, 0, batch)
    first = size(ledger)
    assert first / (500 * 40) < (40 if file else 80)
    for number in range(1, 21):
        deliver(ledger, number, batch)
    assert (size(ledger) - first) / (500 * 20) < (60 if file else 120)  # PostgreSQL heads each row with 28 bytes


def test_a_pupil_with_more_cells_than_a_row_holds_reads_back(ledger):
    texts = {f"pupil__c{at}": f"value {at}" for at in range(100)}
    deliver(ledger, 1, one(7, **texts))
    deliver(ledger, 2, one(7, **(texts | {f"pupil__d{at}": "more" for at in range(33)})))
    assert [len(found.lines) for found in trace(ledger, pupil(7).ref)] == [100, 133]
    with ledger.reading() as connection:
        lengths = [row[0] for row in connection.execute("SELECT length(packed) / 20 FROM cells ORDER BY first")]
    assert lengths == [32, 32, 32, 4, 32, 1]
    assert verify_place(ledger.place).faults == []

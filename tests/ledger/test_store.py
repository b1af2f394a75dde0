import datetime as dt
import hashlib
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import canonical
from ledger.store import GENESIS, AlreadySent, Event, Head, Ledger, LedgerBroken
from ledger.verify_server import verify_place
from tests.ledger.histories import CANARIES, NOW, approved, history, slot
from vault.database import DatabaseUnfit


def test_the_first_event_follows_the_genesis_hash(ledger):
    assert ledger.head() == Head(0, GENESIS)
    event = ledger.append("run", {"b": 1, "a": [True, None, "ü"]}, NOW)
    assert event == Event(1, NOW, "run", {"a": [True, None, "ü"], "b": 1}, GENESIS, event.hash)
    assert ledger.head() == Head(1, event.hash)


def test_an_event_that_is_not_there_has_no_hash(ledger):
    event = ledger.append("run", {}, NOW)
    assert [ledger.hash_of(seq) for seq in (0, 1, 2)] == [None, event.hash, None]


def test_the_hash_is_what_the_documentation_says(ledger):
    event = ledger.append("run", {"b": 1, "a": "ü"}, NOW)
    content = GENESIS + (1).to_bytes(8, "big")
    for part in (b"2026-10-01T09:00:00.000000+00:00", b"run", '{"a":"ü","b":1}'.encode()):
        content += len(part).to_bytes(8, "big") + part
    assert event.hash == hashlib.sha256(content).digest()


def test_time_is_kept_in_utc_and_must_say_its_offset(ledger):
    summer = dt.datetime(2026, 7, 1, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert ledger.append("run", {}, summer).at == dt.datetime(2026, 7, 1, 9, 0, tzinfo=dt.UTC)
    with pytest.raises(ValueError, match="offset from UTC"):
        ledger.append("run", {}, dt.datetime(2026, 7, 1, 10, 0))  # noqa: DTZ001  the fault under test


def test_events_are_found_by_kind_and_by_what_their_body_says(ledger):
    for number in range(6):
        ledger.append("run" if number % 2 else "note", {"waybill": f"w{number // 2}", "rows": number}, NOW)
    assert [event.seq for event in ledger.events()] == [1, 2, 3, 4, 5, 6]
    assert [event.seq for event in ledger.events("run")] == [2, 4, 6]
    assert [event.seq for event in ledger.events(waybill="w1")] == [3, 4]
    assert [event.seq for event in ledger.events("note", waybill="w1", rows=2)] == [3]
    with pytest.raises(ValueError, match="names at the top"):
        ledger.events(**{"a') OR 1 = 1 --": "x"})


@pytest.mark.parametrize("kind", ["prepared", "sending", "handed over"])
def test_a_release_state_cannot_be_appended_as_an_event(ledger, kind):
    with pytest.raises(ValueError, match="is a release state"):
        ledger.append(kind, {}, NOW)


@pytest.mark.parametrize("statement", ["UPDATE events SET kind = 'x'", "DELETE FROM events"])
def test_the_file_itself_refuses_to_change_or_delete_events(ledger, statement):
    ledger.append("run", {}, NOW)
    with (
        pytest.raises(REFUSED, match="append only"),
        ledger.transaction() as tx,
    ):
        tx._connection.execute(statement)


def on_its_table(ledger: Ledger) -> str:
    """What PostgreSQL wants to hear when a trigger is dropped."""
    return " ON events" if isinstance(ledger.place, str) else ""


def test_nothing_is_added_to_an_end_that_does_not_hold(ledger):
    ledger.append("run", {}, NOW)
    with ledger.transaction() as tx:
        tx._connection.execute(f"DROP TRIGGER events_stay{on_its_table(ledger)}")
        tx._connection.execute("UPDATE events SET body = '{\"a\":1}'")
    with pytest.raises(LedgerBroken, match="event 1 was changed"):
        ledger.append("run", {}, NOW)


def test_a_transaction_is_kept_whole_or_not_at_all(ledger):
    with pytest.raises(RuntimeError), ledger.transaction() as tx:  # noqa: PT012  the second line is the fault
        tx.append("run", {}, NOW)
        raise RuntimeError
    assert ledger.events() == []


def test_another_programs_file_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / "other.sqlite")
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    (tmp_path / "noise.sqlite").write_bytes(b"not a database at all" * 300)
    for name in ("other.sqlite", "noise.sqlite"):
        with pytest.raises(DatabaseUnfit, match=name):
            Ledger(tmp_path / name)


REFUSED = (sqlite3.IntegrityError, psycopg2.DatabaseError)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), plain, max_size=5))
def test_canonical_text_reads_back_and_does_not_depend_on_order(value):
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(dict(reversed(value.items()))) == text


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": 1.5}, "body.a is a float"),
        ({"a": [{"b": NOW}]}, r"body.a\[0\].b is a datetime"),
        ({"a": b"x"}, "body.a is a bytes"),
        ({"a": 2**53}, "body.a is an integer outside"),
        ({"a": "\ud800"}, "body.a holds text"),
        ({1: "x"}, "body has a key that is not text"),
    ],
)
def test_what_has_no_one_text_is_refused_by_place(value, place):
    with pytest.raises((TypeError, ValueError), match=place):
        canonical(value)


def test_many_threads_append_to_one_chain(ledger):
    threads = [
        threading.Thread(target=lambda: [ledger.append("run", {"n": n}, NOW) for n in range(10)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in ledger.events()] == list(range(1, 81))
    assert verify_place(ledger.place).faults == []


CLAIMS = """
import sys, threading, datetime as dt
from pathlib import Path
from ledger.store import AlreadySent, Ledger
place, name, threads = sys.argv[1:]
ledger = Ledger(place if "://" in place else Path(place))
sys.stdin.readline()
def claim():
    try:
        with ledger.transaction() as tx:
            tx.claim(name, dt.datetime(2026, 10, 1, tzinfo=dt.UTC), {})
        sys.stdout.write("won\\n")
    except AlreadySent:
        sys.stdout.write("already sent\\n")
running = [threading.Thread(target=claim) for _ in range(int(threads))]
for thread in running: thread.start()
for thread in running: thread.join()
"""
ROOT = Path(__file__).parents[2]


def child(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program of our own that waits for a line on its input."""
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_of_fifty_claims_in_five_processes_exactly_one_wins(ledger):
    name = approved(ledger, "one", slot())
    children = [child(CLAIMS, str(ledger.place), name, "10") for _ in range(5)]
    for process in children:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [line for process in children for line in process.communicate(timeout=60)[0].splitlines()]
    assert sorted(said) == ["already sent"] * 49 + ["won"]
    assert [event.kind for event in ledger.events(waybill=name)] == ["prepared", "approved", "sending"]
    assert verify_place(ledger.place).faults == []


def test_of_claims_for_one_slot_by_different_files_one_wins(ledger):
    names = [approved(ledger, number, slot()) for number in range(10)]
    won = []

    def claim(name: str) -> None:
        try:
            with ledger.transaction() as tx:
                won.append(tx.claim(name, NOW, {}))
        except AlreadySent:
            return

    threads = [threading.Thread(target=claim, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert verify_place(ledger.place).faults == []


CRASH = """
import sys, datetime as dt
from pathlib import Path
from ledger.store import Ledger
place, name, after = sys.argv[1:]
now = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
def wait():
    print("here", flush=True)
    sys.stdin.readline()
ledger = Ledger(place if "://" in place else Path(place))
with ledger.transaction() as tx:
    tx.append("run", {}, now)
    if after == "append": wait()
    tx.claim(name, now, {})
    if after == "claim": wait()
wait()
"""


@pytest.mark.parametrize(("after", "kept"), [("append", 0), ("claim", 0), ("commit", 2)])
def test_a_killed_process_leaves_all_of_its_transaction_or_nothing(ledger, after, kept):
    name = approved(ledger, "one", slot())
    process = child(CRASH, str(ledger.place), name, after)
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    again = Ledger(ledger.place)
    assert len(again.events()) == 2 + kept
    assert again.append("run", {}, NOW).seq == 3 + kept
    again.close()
    assert verify_place(ledger.place).faults == []


def test_no_told_value_is_in_the_file(tmp_path):
    ledger = history(tmp_path / "ledger.sqlite", deliveries=10)
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"la_joiner.pupil.surname" in raw
    assert [canary for canary in CANARIES if canary.encode() in raw] == []
    ledger.close()

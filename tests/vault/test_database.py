import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vault.database import Database

TABLE = ("CREATE TABLE t (a INTEGER)",)


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "folder" / "file.sqlite", TABLE, 7)
    yield opened
    opened.close()


def rows(database):
    return [a for (a,) in database.connection.execute("SELECT a FROM t ORDER BY a")]


def test_it_waits_writes_through_and_keeps_a_log(database):
    asked = [
        database.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
    ]
    assert asked == ["wal", 2, 60_000, 1]


def test_a_failed_block_leaves_nothing(database):
    with database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(KeyboardInterrupt), database.writing() as connection:  # noqa: PT012  the second line is the fault
        connection.execute("INSERT INTO t VALUES (2)")
        raise KeyboardInterrupt
    assert rows(database) == [1]


def test_a_reading_block_sees_one_state(database):
    def write():
        with database.writing() as connection:
            connection.execute("INSERT INTO t VALUES (1)")

    with database.reading():
        assert rows(database) == []
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        assert rows(database) == []
    assert rows(database) == [1]


def test_a_thread_that_ended_leaves_no_connection(database):
    assert rows(database) == []
    for _ in range(5):
        thread = threading.Thread(target=rows, args=(database,))
        thread.start()
        thread.join()
    gc.collect()
    assert len(database._all) == 1


def test_it_opens_again_after_closing(database):
    database.close()
    assert rows(database) == []


CREATE = """
import sys
from pathlib import Path
from vault.database import Database
sys.stdin.readline()
database = Database(Path(sys.argv[1]), ("CREATE TABLE t (a INTEGER)",), 7)
with database.writing() as connection:
    connection.execute("INSERT INTO t VALUES (1)")
"""


def test_many_processes_may_create_it_at_once(tmp_path):
    path = tmp_path / "file.sqlite"
    command = [sys.executable, "-c", CREATE, str(path)]
    root = Path(__file__).parents[2]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd=root) for _ in range(8)]
    for process in children:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in children:
        process.communicate(timeout=60)
    assert [process.returncode for process in children] == [0] * 8
    database = Database(path, TABLE, 7)
    assert rows(database) == [1] * 8
    database.close()

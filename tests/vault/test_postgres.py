import threading

import pytest

from tests import postgres_server
from vault.database import DatabaseUnfit
from vault.postgres import DatabaseUnreachable, PostgresDatabase, connect, translated

pytestmark = pytest.mark.server
TABLE = ("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB) STRICT, WITHOUT ROWID",)


@pytest.fixture(scope="module")
def server():
    with postgres_server.serving() as running:
        yield running


@pytest.fixture
def url(server):
    name = f"s{next(server.names)}"
    yield server.url(name)
    server.forget(name)


@pytest.fixture
def database(url):
    opened = PostgresDatabase(url, TABLE, 7)
    yield opened
    opened.close()


def rows(database):
    return [a for (a,) in database.connection.execute("SELECT a FROM t ORDER BY a")]


def add(database, number, content=b""):
    with database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (?, ?)", (number, content))


def test_bytes_come_back_as_bytes_and_every_commit_waits_for_the_disk(database):
    add(database, 1, bytes(range(256)))
    assert database.connection.execute("SELECT b FROM t").fetchone() == (bytes(range(256)),)
    assert database.connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_a_failed_block_leaves_nothing(database):
    with pytest.raises(KeyboardInterrupt), database.writing() as connection:  # noqa: PT012  the second line is the fault
        connection.execute("INSERT INTO t VALUES (2, NULL)")
        raise KeyboardInterrupt
    assert rows(database) == []


def test_a_reading_block_sees_one_state_and_blocks_do_not_nest(database):
    with database.reading():
        assert rows(database) == []
        writer = threading.Thread(target=add, args=(database, 1))
        writer.start()
        writer.join()
        assert rows(database) == []
        with pytest.raises(RuntimeError, match="does not nest"), database.writing():
            pass
    assert rows(database) == [1]


def test_a_writer_waits_for_the_other(database):
    order = []

    def other():
        with database.writing():
            order.append("second")

    with database.writing():
        waiting = threading.Thread(target=other)
        waiting.start()
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_rows_come_in_portions(database):
    with database.writing() as connection:
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(number, b"") for number in range(12_000)])
    with database.reading() as connection:
        assert [a for a, _ in connection.stream("SELECT * FROM t ORDER BY a")] == list(range(12_000))


def test_many_may_create_it_at_once(url):
    made = []
    threads = [threading.Thread(target=lambda: made.append(PostgresDatabase(url, TABLE, 7))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    add(made[0], 1)
    assert [rows(database) for database in made] == [[1]] * 6
    for database in made:
        database.close()


def test_a_crash_of_the_server_loses_nothing_that_was_committed(server, database):
    add(database, 1)
    with pytest.raises(Exception, match=r"terminat|closed|server"), database.writing() as connection:  # noqa: PT012
        connection.execute("INSERT INTO t VALUES (2, NULL)")
        server.crash()
        connection.execute("INSERT INTO t VALUES (3, NULL)")
    assert rows(database) == [1]
    add(database, 4)
    assert rows(database) == [1, 4]


def test_another_programs_schema_is_refused(url):
    raw = connect(url)
    raw.cursor().execute("CREATE TABLE mine (a INTEGER)")
    raw.close()
    with pytest.raises(DatabaseUnfit, match="holds other tables"):
        PostgresDatabase(url, TABLE, 7)


def test_another_kind_of_database_is_refused(url, database):
    with pytest.raises(DatabaseUnfit, match="another program's"):
        PostgresDatabase(url, TABLE, 8)
    assert database.has_table("t")
    assert not database.has_table("u")


def test_a_server_that_is_not_there_is_a_refusal(tmp_path):
    with pytest.raises(DatabaseUnreachable, match="does not answer"):
        PostgresDatabase(f"postgresql://nobody@/none?host={tmp_path}", TABLE, 7)


def test_only_the_words_that_create_tables_differ():
    assert translated(TABLE[0]) == "CREATE TABLE t (a INTEGER PRIMARY KEY, b BYTEA)"
    assert translated("CREATE TABLE u (a TEXT NOT NULL) STRICT") == 'CREATE TABLE u (a TEXT COLLATE "C" NOT NULL)'

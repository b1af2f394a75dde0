"""The ledger's tables, as SQL for SQLite; PostgreSQL gets the same (`vault.postgres`) but for its triggers.

Belongs here: what creates them. The verifiers know them by a hash, so that a missing trigger or index is noticed; a
change here is a new ledger format and needs a migration.
"""

from typing import Final

from ledger.states import CONSUMING

APPLICATION_ID: Final = 0x77617962  # "wayb"

_CONSUMING = ", ".join(f"'{state}'" for state in sorted(CONSUMING))

_EVENTS: Final = (
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        prev BLOB NOT NULL, hash BLOB NOT NULL) STRICT""",
    "CREATE INDEX events_by_waybill ON events (json_extract(body, '$.waybill'))",
    "CREATE INDEX events_by_kind ON events (kind, json_extract(body, '$.waybill'))",
)

_APPEND_ONLY: Final = (
    "CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append only'); END",
    "CREATE TRIGGER events_last BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append only'); END",
)

_APPEND_ONLY_POSTGRES: Final = (
    """CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'events are append only'; END $$""",
    "CREATE TRIGGER events_stay BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION append_only()",
    "CREATE TRIGGER events_last BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION append_only()",
    "CREATE TRIGGER events_all BEFORE TRUNCATE ON events EXECUTE FUNCTION append_only()",
)

CHECKPOINTS: Final = """CREATE TABLE checkpoints (level INTEGER NOT NULL, no INTEGER NOT NULL, hash BLOB NOT NULL,
        PRIMARY KEY (level, no)) STRICT, WITHOUT ROWID"""
"""Nodes of the tree over the events (`ledger.merkle`); an older ledger gets the table when it is opened."""

# A projection of the events; `ledger.verify` works it out again from them and compares.
_RELEASES: Final = (
    """CREATE TABLE releases (
        waybill TEXT PRIMARY KEY, school TEXT NOT NULL, period TEXT NOT NULL, recipient TEXT NOT NULL,
        agreement TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, settled_at TEXT
        ) STRICT, WITHOUT ROWID""",
    f"""CREATE UNIQUE INDEX releases_once ON releases (school, period, recipient, agreement, version)
        WHERE state IN ({_CONSUMING})""",
    "CREATE INDEX releases_by_state ON releases (state)",
)

# Who was told what. A subject's cells are numbered from 0; one row holds up to 32 that a file brought, from number
# `first` on, each as its line (4 bytes, big endian) and digest (16). `members` is a bit map over them: bit n is cell n.
_DISCLOSURES: Final = (
    "CREATE TABLE lines (no INTEGER PRIMARY KEY, line TEXT NOT NULL UNIQUE) STRICT",
    "CREATE TABLE files (no INTEGER PRIMARY KEY, waybill TEXT NOT NULL UNIQUE) STRICT",
    "CREATE TABLE subjects (no INTEGER PRIMARY KEY, ref BLOB NOT NULL UNIQUE) STRICT",
    """CREATE TABLE cells (subject INTEGER NOT NULL, first INTEGER NOT NULL, packed BLOB NOT NULL,
        PRIMARY KEY (subject, first)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE sets (subject INTEGER NOT NULL, no INTEGER NOT NULL, hash BLOB NOT NULL, members BLOB NOT NULL,
        PRIMARY KEY (subject, no)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE disclosures (subject INTEGER NOT NULL, file INTEGER NOT NULL, cell_set INTEGER NOT NULL,
        PRIMARY KEY (subject, file)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX disclosures_by_file ON disclosures (file)",
)

STATEMENTS: Final = (*_EVENTS, *_APPEND_ONLY, *_RELEASES, *_DISCLOSURES, CHECKPOINTS)
POSTGRES_STATEMENTS: Final = (*_EVENTS, *_APPEND_ONLY_POSTGRES, *_RELEASES, *_DISCLOSURES, CHECKPOINTS)

"""How far back the record reaches, and how long ago pupils were last told of.

Belongs here: the days that a report's limits and the end of a pupil's key hang on. Who was told what is `ledger.trace`.
"""

import datetime as dt

from ledger.store import Ledger


def began(ledger: Ledger) -> dt.date | None:
    """Return the day of the first event; None of an empty ledger."""
    with ledger.reading() as connection:
        first = connection.execute("SELECT at FROM events WHERE seq = 1").fetchone()
    return dt.datetime.fromisoformat(first[0]).date() if first else None


def last_told(ledger: Ledger, day: dt.date) -> list[bytes]:
    """Return the references of pupils whom every file named on or before a day; none where no file is so old."""
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC).isoformat(timespec="microseconds")
    statement = """
        SELECT ref FROM subjects JOIN disclosures ON subject = subjects.no JOIN files ON file = files.no
        JOIN releases USING (waybill) GROUP BY ref HAVING max(settled_at) < ? ORDER BY ref"""
    with ledger.reading() as connection:
        oldest = connection.execute("SELECT min(settled_at) FROM releases").fetchone()[0]
        if oldest is None or oldest >= end:
            return []
        return [bytes(ref) for (ref,) in connection.execute(statement, (end,))]

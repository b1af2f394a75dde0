"""The latest releases, as many as a page shows, however long the ledger is.

Belongs here: queries with a bound. Every release of a kind is `Ledger.releases`, which reads them all.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import fields
from typing import Final

from ledger.store import Event, Ledger, Release, Slot, event_of

_COLUMNS: Final = frozenset({*(field.name for field in fields(Slot)), "state"})


def latest(ledger: Ledger, most: int, **match: str | int) -> list[Release]:
    """Return the releases that moved last, newest first, by school, period, recipient, agreement, version or state."""
    return _latest(ledger, "at", most, "", (), match)


def latest_settled(
    ledger: Ledger, most: int, between: tuple[dt.datetime, dt.datetime] | None = None, **match: str | int
) -> list[Release]:
    """Return the releases that a recipient had last, newest first; of those it first had from one moment to another."""
    moments = [moment.astimezone(dt.UTC).isoformat(timespec="microseconds") for moment in between or ()]
    when = " AND settled_at >= ? AND settled_at < ?" if moments else " AND settled_at IS NOT NULL"
    return _latest(ledger, "settled_at", most, when, moments, match)


def latest_by_school(ledger: Ledger, agreement: str, states: Collection[str]) -> dict[str, Release]:
    """Return the release of an agreement that moved last at each school, of those in some states."""
    several = ", ".join("?" for _ in states)
    placed = "row_number() OVER (PARTITION BY school ORDER BY at DESC, waybill)"
    of = f"SELECT waybill, {placed} AS place FROM releases WHERE agreement = ? AND state IN ({several})"  # noqa: S608  marks
    wanted = f"SELECT waybill FROM ({of}) AS placed WHERE place = 1"  # noqa: S608  made above
    with ledger.reading() as connection:
        found = [str(row[0]) for row in connection.execute(wanted, [agreement, *states])]
    return {one.slot.school: one for one in map(ledger.release, found)}


def numbered(ledger: Ledger, seq: int) -> Event | None:
    """Return one event by its number; None when there is none."""
    with ledger.reading() as connection:
        row = connection.execute("SELECT * FROM events WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else event_of(row)


def counted_by_detail(ledger: Ledger, kind: str, member: str) -> dict[str, int]:
    """Return how many events of a kind name each value of a member of their detail."""
    wanted = f"SELECT {_of_detail(member)} AS said, count(*) FROM events WHERE kind = ? GROUP BY said"  # noqa: S608  checked
    with ledger.reading() as connection:
        return {str(said): int(count) for said, count in connection.execute(wanted, (kind,)) if said is not None}


def latest_by_detail(ledger: Ledger, kind: str, member: str, value: str, most: int) -> list[Event]:
    """Return the last events of a kind with a value in a member of their detail, newest first."""
    wanted = f"SELECT * FROM events WHERE kind = ? AND {_of_detail(member)} = ? ORDER BY seq DESC LIMIT ?"  # noqa: S608  checked
    with ledger.reading() as connection:
        return [event_of(row) for row in connection.execute(wanted, (kind, value, most))]


def _of_detail(member: str) -> str:
    """Say where a member of an event's detail stands, in words that both databases know."""
    if not member.isidentifier():
        message = "a member of an event's detail is named by one word"
        raise ValueError(message)
    return f"json_extract(json_extract(body, '$.detail'), '$.{member}')"


def _latest(
    ledger: Ledger, order: str, most: int, when: str, moments: list[str] | tuple[()], match: dict[str, str | int]
) -> list[Release]:
    if unknown := match.keys() - _COLUMNS:
        message = f"releases have no {', '.join(sorted(unknown))}"
        raise ValueError(message)
    named = "".join(f" AND {name} = ?" for name in match)
    wanted = f"SELECT waybill FROM releases WHERE TRUE{when}{named} ORDER BY {order} DESC, waybill LIMIT ?"  # noqa: S608  names checked above
    with ledger.reading() as connection:
        found = [str(row[0]) for row in connection.execute(wanted, [*moments, *match.values(), most])]
    return [ledger.release(waybill) for waybill in found]

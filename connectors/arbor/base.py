"""What the last reading of a school found, kept sealed so that the next one may be an increment on it.

Belongs here: what is kept, for how long it may be built on, and what else must be as it was. Only long lists are kept:
one of a page or two costs no more to read again than its change log does (docs/adr/0071). Rows of a list are kept
with their revisions; what is kept of the others is only which properties the MIS gave.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from connectors.arbor.resources import ENTITIES
from connectors.arbor.rows import REVISION
from connectors.arbor.walk import Logged, Walked
from connectors.arbor.window import opened, sealed, told_of
from connectors.mis import Notes

WEEK: Final = dt.timedelta(days=7)
"""A full reading is built on for so long; the change log is not known to tell of everything (facts: mis/arbor.md)."""
SHORT: Final = 2
"""Pages of a list that is read whole every time."""


class Unfit(Exception):  # noqa: N818  the reading goes on as a full one
    """Nothing may be built on the base; the text says why, without a value."""


@dataclass(frozen=True)
class Base:
    """What a reading left for the next.

    Attributes:
        certificate: SHA-256 of the certificate of that reading.
        at: the instant of which it tells.
        full_at: the instant of the last full reading, itself or before it.
        silent_at: when a full reading last found changes of which the log had not told; None = never.
        doors: entity -> the way in.
        absent: entity with rows -> properties that it was not given.
        lists: the long ones.

    """

    certificate: str
    at: dt.datetime
    full_at: dt.datetime
    silent_at: dt.datetime | None
    doors: Mapping[str, str]
    absent: Mapping[str, frozenset[str]]
    lists: Mapping[str, Walked]

    def refuse_unfit(self, now: dt.datetime, doors: Mapping[str, str]) -> None:
        """Raise Unfit when a full reading is due, or when the ways in are others than they were."""
        if not self.lists:
            message = "no list is long and tells its revisions"
            raise Unfit(message)
        if not dt.timedelta() <= now - self.full_at < WEEK:
            message = "the last full reading is a week old"
            raise Unfit(message)
        if self.silent_at is not None and now - self.silent_at < WEEK:
            message = "the change log was found to keep silent less than a week ago"
            raise Unfit(message)
        if dict(doors) != dict(self.doors):
            message = "what may be read, or by which door, is not what it was"
            raise Unfit(message)

    def refuse_other_fields(self, found: Iterable[Walked]) -> None:
        """Raise Unfit when a list that was read whole has other properties than it had."""
        for walked in found:
            name = walked.entity.name
            if walked.table.num_rows and walked.absent != self.absent.get(name, walked.absent):
                message = f"{name} is given with other properties than it was"
                raise Unfit(message)


def based_on(
    lists: Mapping[str, Walked],
    certificate: Mapping[str, Any],
    at: dt.datetime,
    doors: Mapping[str, str],
    before: Base | None,
) -> Base:
    """Return what a reading leaves for the next; `before` is the base of an increment, None after a full reading."""
    silent = any(certificate.get("reconciled", {}).values())
    silent_at = at if silent else None if before is None else before.silent_at
    return Base(
        hashlib.sha256(json.dumps(certificate, sort_keys=True).encode()).hexdigest(),
        at,
        at if before is None else before.full_at,
        silent_at,
        dict(doors),
        {name: walked.absent for name, walked in lists.items() if walked.table.num_rows},
        {name: _to_build_on(walked) for name, walked in lists.items() if _may_be_built_on(walked)},
    )


def _may_be_built_on(walked: Walked) -> bool:
    """Say whether a list is long, and each row of it says which revision it has."""
    dated = walked.newest and not walked.table[REVISION].null_count
    whole = walked.narrowed.keys() <= {f"{name}.{end}" for name in walked.entity.dates for end in ("from", "to")}
    return bool(dated and whole and walked.pages > SHORT and not walked.entity.lookup)


def _to_build_on(walked: Walked) -> Walked:
    until, anchors = (walked.logged.until, walked.logged.anchors) if walked.logged else _known(walked.newest)
    return replace(walked, confirmed="", logged=Logged(until, until, anchors))


def _known(newest: tuple[tuple[str, int], ...]) -> tuple[int, tuple[tuple[str, int], ...]]:
    return newest[0][1], newest


class Bases:
    """The base of one school and plan.

    Args:
        notes: where it is kept.
        urn: the school.
        asked: what is read, in words that change with it: a base of another plan is not found.

    """

    def __init__(self, notes: Notes, urn: str, asked: str) -> None:
        self._notes = notes
        self._name = f"base-{urn}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"

    def load(self) -> Base | None:
        """Return the base; None when there is none, or not all of it as it was saved."""
        data = self._notes.load(self._name)
        if data is None:
            return None
        index: dict[str, Any] = json.loads(data)
        lists = {}
        for name, told in index["lists"].items():
            rows = self._notes.load(told["note"])
            if rows is None or hashlib.sha256(rows).hexdigest() != told["rows_sha256"]:
                return None
            lists[name] = opened(ENTITIES[name], told, rows)
        return Base(
            index["certificate"], _moment(index["at"]), _moment(index["full_at"]),
            _moment(index["silent_at"]) if index["silent_at"] else None, index["doors"],
            {name: frozenset(absent) for name, absent in index["absent"].items()}, lists,
        )  # fmt: skip

    def save(self, base: Base) -> None:
        """Save a base in place of the one before it; what the index names is whole, or it is no base."""
        told = {name: self._saved(name, walked) for name, walked in base.lists.items()}
        index = {
            "certificate": base.certificate, "at": base.at.isoformat(), "full_at": base.full_at.isoformat(),
            "silent_at": base.silent_at.isoformat() if base.silent_at else None, "doors": dict(base.doors),
            "absent": {name: sorted(absent) for name, absent in base.absent.items()}, "lists": told,
        }  # fmt: skip
        self._notes.save(self._name, json.dumps(index).encode())

    def _saved(self, name: str, walked: Walked) -> dict[str, Any]:
        note, rows = f"{self._name}-{name}", sealed(walked.table)
        self._notes.save(note, rows)
        return told_of(walked, note) | {"rows_sha256": hashlib.sha256(rows).hexdigest()}


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)

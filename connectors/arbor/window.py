"""One certificate window: what has been read of it so far, kept so that a run that was killed goes on where it was.

Belongs here: the notes of a window, and when a window is over. A list is kept when it has been read to its end, under
the round in which it was; the index is written after it, so that what the index names is whole. An index of another
plan, or older than a window may be, is not looked at.
"""

import datetime as dt
import hashlib
import io
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import pyarrow as pa
from pyarrow import ipc

from connectors.arbor.resources import ENTITIES, Entity
from connectors.arbor.walk import Logged, Walked
from connectors.mis import NoNotes, Notes

LONGEST: Final = dt.timedelta(hours=2)
"""After this a window is over: what was read in it would be older than a reader expects."""


class Window:
    """The notes of one school and plan.

    Args:
        notes: where they are kept.
        urn: the school.
        asked: what is read, in words that change with it.
        now: when the run began.

    Attributes:
        started: when the window began; earlier than `now` when a run is resumed.
        resumed: how many runs have gone on with it.
        requests: asked in earlier runs of it, as far as noted.

    """

    def __init__(self, notes: Notes, urn: str, asked: str, now: dt.datetime) -> None:
        self._notes = notes
        self._name = f"{urn}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
        self._writing = threading.Lock()
        index = self._index(now)
        self.started = dt.datetime.fromisoformat(index["started"]) if index else now
        self.resumed = index["resumed"] + 1 if index else 0
        self.requests = int(index["requests"]) if index else 0
        self._done: dict[str, dict[str, Any]] = index["done"] if index else {}
        self._begun: dict[str, str] = index["begun"] if index else {}

    def _index(self, now: dt.datetime) -> dict[str, Any] | None:
        data = self._notes.load(self._name)
        if data is None:
            return None
        index: dict[str, Any] = json.loads(data)
        if now - dt.datetime.fromisoformat(index["started"]) <= LONGEST:
            return index
        self._notes.forget([*self._names(index["done"]), self._name])
        return None

    def begin(self, reading: int, now: dt.datetime) -> dt.datetime:
        """Return when a round began: in the first run that came so far, and now if that is this one."""
        return dt.datetime.fromisoformat(self._begun.setdefault(str(reading), now.isoformat()))

    def done(self, entity: str, reading: int) -> Walked | None:
        """Return a list that was read to its end in a round; None when it was not."""
        told = self._done.get(f"{entity}@{reading}")
        if told is None:
            return None
        data = self._notes.load(told["note"])
        return None if data is None else opened(ENTITIES[entity], told, data)

    def keep(self, entity: str, reading: int, walked: Walked, requests: int) -> None:
        """Note that a list was read to its end in a round; one that was found again keeps its rows where they are."""
        if isinstance(self._notes, NoNotes):
            return
        key = f"{entity}@{reading}"
        with self._writing:
            before = self._done.get(f"{entity}@{reading - 1}", {})
            same = before.get("sha256") == walked.sha256 and walked.confirmed
            note = before["note"] if same else f"{self._name}-{key}"
            if not same:
                self._notes.save(note, sealed(walked.table))
            self._done[key] = told_of(walked, note)
            index = {
                "started": self.started.isoformat(), "resumed": self.resumed,
                "requests": self.requests + requests, "done": self._done, "begun": self._begun,
            }  # fmt: skip
            self._notes.save(self._name, json.dumps(index).encode())

    def close(self) -> None:
        """Forget the window: it has become a snapshot, or cannot."""
        self._notes.forget([*self._names(self._done), self._name])

    @staticmethod
    def _names(done: Mapping[str, Mapping[str, Any]]) -> list[str]:
        return sorted({told["note"] for told in done.values()})


def sealed(table: pa.Table) -> bytes:
    """Return rows as the bytes that are kept of them."""
    sink = io.BytesIO()
    with ipc.new_stream(sink, table.schema, options=ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return sink.getvalue()


def told_of(walked: Walked, note: str) -> dict[str, Any]:
    """Return what else is to be known of a list, with the name of the note that has its rows."""
    return {
        "note": note, "pages": walked.pages, "page_rows": walked.page_rows, "listed": walked.listed,
        "fetched": walked.fetched, "absent": sorted(walked.absent), "partial": sorted(walked.partial),
        "unsaid": walked.unsaid, "narrowed": dict(walked.narrowed), "sha256": walked.sha256,
        "confirmed": walked.confirmed, "newest": walked.newest,
        "logged": asdict(walked.logged) if walked.logged else None,
    }  # fmt: skip


def opened(entity: Entity, told: Mapping[str, Any], data: bytes) -> Walked:
    """Return a list from what `told_of` and `sealed` made of it."""
    logged = told["logged"]
    return Walked(
        entity,
        ipc.open_stream(data).read_all(),
        told["pages"],
        told["page_rows"],
        told["listed"],
        told["fetched"],
        frozenset(told["absent"]),
        frozenset(told["partial"]),
        unsaid=told["unsaid"],
        narrowed=told["narrowed"],
        sha256=told["sha256"],
        confirmed=told["confirmed"],
        newest=_pairs(told["newest"]),
        logged=Logged(**{**logged, **{each: _pairs(logged[each]) for each in ("anchors", "lacking")}})
        if logged
        else None,
    )


def _pairs(told: Sequence[Sequence[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((str(href), int(revision)) for href, revision in told)

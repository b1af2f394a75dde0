"""One school behind the server: its rows, what has been encoded of them, and what changed.

Belongs here: state. Rows come from a store that is never changed; drift works on a copy of one entity's list.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from simulator.arbor import encode, query
from simulator.arbor.encode import Row
from simulator.arbor.knobs import Drift, Knobs
from simulator.arbor.names import href

_NO_ROWS: Final[Sequence[Row]] = ()
_REMEMBERED: Final = 50_000
"""Encoded rows kept; a school's attendance is larger and is read once."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a change log."""

    href: str
    entity: str
    kind: str
    before: int
    after: int


@dataclass
class School:
    """What one school's MIS holds and has been asked.

    Attributes:
        urn: the school.
        store: rows of every entity; each has `id` and `revision`.
        requests: how many requests were authenticated as this school.
        pages: pages served of each entity.
        chosen: what GraphQL's arguments chose, and `told` what it told of rows; remembered as long as nothing moves.

    """

    urn: str
    store: dict[str, Sequence[Row]]
    knobs: Knobs
    requests: int = 0
    pages: Counter[str] = field(default_factory=Counter)
    chosen: dict[object, Sequence[Row]] = field(default_factory=dict)
    told: dict[object, dict[object, str]] = field(default_factory=dict)
    _logged: list[Change] = field(default_factory=list)
    _late: dict[tuple[str, object], int] = field(default_factory=dict)
    _removed: dict[str, Row] = field(default_factory=dict)
    _encoded: dict[tuple[str, bool, frozenset[str]], dict[object, bytes]] = field(default_factory=dict)
    _selected: dict[object, Sequence[int]] = field(default_factory=dict)
    _by_id: dict[str, dict[str, Row]] = field(default_factory=dict)
    _drifts: int = 0
    _ended_early: Counter[str] = field(default_factory=Counter)

    def places(self, entity: str, conditions: tuple[query.Filter, ...], by: str | None) -> Sequence[int]:
        """Return where the rows of a list request are, in order; remembered, since every page of a walk asks again."""
        key = (entity, conditions, by)
        if key not in self._selected:
            rows = self.store.get(entity, _NO_ROWS)
            wanted = () if self.knobs.ignored_filters else conditions
            places = query.order(rows, query.select(rows, wanted), by)
            if self.knobs.lossy_filters and len(conditions) > 1:
                places = [place for number, place in enumerate(places) if number % 3]
            if entity in self.knobs.twice and places:
                middle = len(places) // 2
                places = [*places[:middle], places[0], *places[middle:]]
            self._selected[key] = places
        return self._selected[key]

    def ends_early(self, entity: str) -> bool:
        """Say whether a page after the first is to be empty this once."""
        if self._ended_early[entity] >= self.knobs.early_end.get(entity, 0):
            return False
        self._ended_early[entity] += 1
        return True

    def row(self, entity: str, row_id: str) -> Row | None:
        """Return one row by its id as text."""
        if entity not in self._by_id:
            self._by_id[entity] = {str(row["id"]): row for row in self.store.get(entity, _NO_ROWS)}
        return self._by_id[entity].get(row_id)

    def encoded(self, entity: str, rows: Iterable[Row], *, stub: bool) -> list[bytes]:
        """Return the bytes of each row; remembered until the row changes."""
        withheld = self.withheld(entity)
        known = self._encoded.setdefault((entity, stub, withheld), {})
        if len(known) >= _REMEMBERED:
            known.clear()
        told = []
        for row in rows:
            if (one := known.get(row["id"])) is None:
                one = encode.stub(entity, row) if stub else encode.full(entity, row, self.knobs, withheld)
                known[row["id"]] = one
            told.append(one)
        return told

    def withheld(self, entity: str) -> frozenset[str]:
        """Return the properties of an entity that are not granted, or no longer."""
        dropped = {name for name, pages in self.knobs.drops.items() if self.pages[entity] >= pages}
        named = {*self.knobs.withheld, *dropped}
        return frozenset(name.partition(".")[2] for name in named if name.startswith(f"{entity}."))

    def changes(self, entity: str, since: int, until: int | None) -> list[Change]:
        """Return changes after revision `since`, up to and with `until`."""
        alive = (
            Change(href(entity, row["id"]), entity, "create", 0, row["revision"])
            for row in self.store.get(entity, _NO_ROWS)
            if row["revision"] > since
        )
        logged = (change for change in self._logged if change.entity == entity and change.after > since)
        kept = (change for change in itertools.chain(alive, logged) if change.after >= self.knobs.log_from)
        told = sorted((one for one in kept if until is None or one.after <= until), key=lambda one: one.after)
        return told[: self.knobs.log_most]

    def served(self, entity: str) -> None:
        """Count a page, and let the world move if that was the page it waited for."""
        self.pages[entity] += 1
        drift = self.knobs.drift
        if drift is None or drift.entity != entity or self._drifts >= drift.times:
            return
        if self.pages[entity] >= drift.after_pages * (self._drifts + 1):
            self._drifts += 1
            self._move(drift)

    def replace(self, store: Mapping[str, Sequence[Row]]) -> None:
        """Take a later state of the world; rows that are no longer there become deletes of the change log.

        A row that is new has a revision that nobody has seen, whatever the world numbers it.
        """
        seen = self._latest()
        revision = max(seen + 1, self._revision(store))
        for entity, rows in self.store.items():
            known, left = ({row["id"] for row in each} for each in (rows, store.get(entity, _NO_ROWS)))
            for row in rows:
                if row["id"] not in left:
                    self._log(entity, row, "delete", revision)
            late = (row for row in store.get(entity, _NO_ROWS) if row["id"] not in known and row["revision"] <= seen)
            self._late |= {(entity, row["id"]): revision for row in late}
        self.store = {entity: self._dated(entity, rows) for entity, rows in store.items()}
        self._forget()

    def _dated(self, entity: str, rows: Sequence[Row]) -> Sequence[Row]:
        if not any(late == entity for late, _ in self._late):
            return rows
        return [{**row, "revision": self._late.get((entity, row["id"]), row["revision"])} for row in rows]

    def _move(self, drift: Drift) -> None:
        rows = list(self.store[drift.entity])
        if not rows:
            return
        revision = self._latest() + 1
        place = {"front": 0, "middle": len(rows) // 2, "end": len(rows) - 1}[drift.place]
        one = rows[place]
        match drift.action:
            case "remove":
                del rows[place]
                self._removed[drift.entity] = one
                if drift.logged:
                    self._log(drift.entity, one, "delete", revision)
            case "add":
                own = self._next_id(drift.entity, rows)
                new = {**one, "id": own, "revision": revision if drift.logged else 0}
                new |= {"code": own} if "code" in one and isinstance(own, str) else {}
                rows.insert(place + (drift.place == "end"), new)
            case "restore" if drift.entity in self._removed:
                rows.insert(place, {**self._removed.pop(drift.entity), "revision": revision})
            case "update":
                rows[place] = self._changed(one, revision if drift.logged else one["revision"])
        self.store[drift.entity] = rows
        self._forget()

    @staticmethod
    def _changed(row: Row, revision: int) -> Row:
        """Return a row with one of its words changed."""
        named = {"id", "code", "displayName"}
        name = next((name for name, value in row.items() if isinstance(value, str) and name not in named), None)
        return {**row, "revision": revision} | ({name: f"{row[name]} II"} if name else {})

    def _log(self, entity: str, row: Row, kind: str, revision: int) -> None:
        self._logged.append(Change(href(entity, row["id"]), entity, kind, row["revision"], revision))

    def _forget(self) -> None:
        self._encoded.clear()
        self._selected.clear()
        self._by_id.clear()
        self.chosen.clear()
        self.told.clear()

    def _next_id(self, entity: str, rows: Sequence[Row]) -> object:
        """Return an id that no row has or had: what was removed may come back."""
        ids = [row["id"] for row in (*rows, *filter(None, [self._removed.get(entity)]))]
        if all(isinstance(row_id, int) for row_id in ids):
            return max(ids) + 1
        return next(name for name in map("USER__{}".format, itertools.count(len(ids))) if name not in ids)

    def _latest(self) -> int:
        return max(self._revision(self.store), max((change.after for change in self._logged), default=0))

    @staticmethod
    def _revision(store: Mapping[str, Sequence[Row]]) -> int:
        return max((row["revision"] for rows in store.values() for row in rows), default=0)

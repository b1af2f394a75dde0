"""One list by its change log: the rows of an earlier reading, and those that the log names read again.

Belongs here: what has changed, whether the log reaches back far enough, and the rows then. A row is left out when the
log says that it was deleted, and for no other reason: a list that ends early, or a row that is not given, leaves nobody
out. Where the log cannot be relied on the reading is no increment: `connectors.arbor.base.Unfit`.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.arbor.base import Base, Unfit
from connectors.arbor.resources import Entity
from connectors.arbor.rows import HREF, REVISION, Change, Page, join, newest
from connectors.arbor.walk import Listing, Logged, Narrowing, Walked

Listed = Callable[[Listing], Sequence[Page]]
"""Reads the pages of a list."""
Some = Callable[[Listing, Iterable[str]], Iterable[Page]]
"""Reads rows by their references."""
Changes = Callable[[Entity, int], list[Change] | None]
"""Asks an entity's log for everything after a revision, and perhaps at it."""
_DAY: Final = dt.timedelta(days=1)
_FEW: Final = 20
"""Requests for rows by reference; where more would be needed the list is read for them instead."""


class ByLog:
    """Reads the long lists of a school by their change logs.

    Args:
        base: what is built on.
        changes: asks an entity's log for everything after a revision, and perhaps at it.

    """

    def __init__(self, base: Base, changes: Changes) -> None:
        self._base, self._changes = base, changes

    def before(self, entity: str) -> Walked | None:
        """Return the rows that a list is built on; None for one that is read whole."""
        return self._base.lists.get(entity)

    def read(self, listing: Listing, before: Walked, some: Some, listed: Listed | None) -> Walked:
        """Return a list as it is now.

        Args:
            listing: what is read.
            before: the base's reading of it, or an earlier one of this increment.
            some: reads rows by reference.
            listed: reads the list for rows, where that costs less; None when it cannot give them.

        """
        assert before.logged is not None  # noqa: S101  what a base has
        until = before.logged.until
        told = self._told(listing.entity, before.logged.anchors)
        named = {change.href: change for change in sorted(told, key=lambda change: change.revision)}
        fresh = {href: change for href, change in named.items() if change.revision > until}
        gone = frozenset(href for href, change in fresh.items() if change.kind.lower().startswith("delete"))
        wanted = {href: least for href, least in before.logged.lacking if href not in gone}
        wanted |= {href: change.revision for href, change in fresh.items() if href not in gone}
        sample = self._sample(before, named) if before is self.before(listing.entity.name) else {}
        pages = list(_rows(self._recent(listing), {**sample, **wanted}, some, listed))
        self._refuse_other_fields(listing, before, pages)
        found = _found(listing, pages, wanted)
        self._refuse_silent(listing, before, sample, _found(listing, pages, sample))
        kept = found if listing.narrowing is None else listing.narrowing.cut(found)
        table = _merged(before.table, kept, gone.union(found[HREF].to_pylist()))
        given = set(found[HREF].to_pylist())
        lacking = tuple((href, least) for href, least in wanted.items() if href not in given)
        anchors = newest([*(one for one in before.logged.anchors if one[0] not in fresh), *_alive(fresh, gone)])
        logged = Logged(
            before.logged.since, max([until, *(change.revision for change in told)]), anchors,
            before.logged.changed + len(given), before.logged.deleted + len(gone), lacking,
        )  # fmt: skip
        return replace(
            before, table=table, listed=table.num_rows + len(lacking), fetched=table.num_rows,
            sha256=_digest(before, told, pages), confirmed="", logged=logged,
        )  # fmt: skip

    def unlogged(self, now: Walked) -> int | None:
        """Count rows that differ between the base and a full reading and that the log does not name.

        None when the log does not reach back to the base.
        """
        before = self._base.lists[now.entity.name]
        assert before.logged is not None  # noqa: S101  what a base has
        try:
            told = self._told(now.entity, before.logged.anchors)
        except Unfit:
            return None
        named = {change.href for change in told if change.revision > before.logged.until}
        left = before.table.filter(pc.invert(pc.is_in(before.table[HREF], value_set=_hrefs(now.table))))
        return len({*_changed(before.table, now.table), *left[HREF].to_pylist()} - named)

    def _told(self, entity: Entity, anchors: Sequence[tuple[str, int]]) -> list[Change]:
        """Ask the log from just before the last changes that are known, of which it must still tell, to its end.

        A log may tell of a row once, by its last change: one of the anchors at least has to stand as it was. Whether
        one answer has all is not known: it is asked again from the newest entry until nothing is new.
        """
        told: dict[Change, None] = {}
        since, known = max(min((revision for _, revision in anchors), default=0) - 1, 0), -1
        while len(told) > known:
            known = len(told)
            answer = self._changes(entity, since)
            if answer is None:
                message = f"the change log of {entity.path} may not be read"
                raise Unfit(message)
            told |= dict.fromkeys(answer)
            since = max([since, *(change.revision for change in answer)])
        still = {(change.href, change.revision) for change in told}
        if not (still.intersection(anchors) and {href for href, _ in anchors} <= {href for href, _ in still}):
            message = f"the change log of {entity.path} has a gap: it does not reach back to the last reading"
            raise Unfit(message)
        return list(told)

    @staticmethod
    def _sample(before: Walked, named: Mapping[str, Change]) -> dict[str, int]:
        """Choose the newest row of which the log has nothing new: it shows whether what may be read is as it was."""
        if not before.table.num_rows:
            return {}
        last = before.table.take(pc.select_k_unstable(before.table, 1, [(REVISION, "descending")]))
        href, revision = last[HREF][0].as_py(), last[REVISION][0].as_py()
        return {} if href in named and named[href].revision > revision else {href: revision}

    @staticmethod
    def _refuse_other_fields(listing: Listing, before: Walked, pages: Iterable[Page]) -> None:
        wanted = frozenset(listing.properties)
        for page in pages:
            lacking = (wanted - page.present) | (page.ragged if page.writes_null else frozenset())
            if page.rows and lacking != before.absent:
                message = f"{listing.entity.name} is given with other properties than it was"
                raise Unfit(message)

    @staticmethod
    def _refuse_silent(listing: Listing, before: Walked, sample: Mapping[str, int], found: pa.Table) -> None:
        if found.num_rows < len(sample) or len(_changed(before.table, found)):
            message = f"a row of {listing.entity.path} changed of which the log says nothing"
            raise Unfit(message)

    def _recent(self, listing: Listing) -> Listing:
        """Return the list from about the base's day on, which has most of what is new where rows have a day."""
        narrowing = listing.narrowing
        if narrowing is None or narrowing.among is not None:
            return listing
        since = self._base.at.date() - _DAY
        return replace(listing, narrowing=Narrowing(narrowing.name, max(since, narrowing.since or since)))


def reconcile(base: Base, lists: Mapping[str, Walked], changes: Changes) -> dict[str, int]:
    """Hold a full reading against the base before it: by list, how many changes the log kept silent about.

    A list whose log no longer reaches back to the base, or may not be read, is not among them.
    """
    log = ByLog(base, changes)
    found = {lists[name].entity.path: log.unlogged(lists[name]) for name in sorted(base.lists.keys() & lists.keys())}
    return {path: count for path, count in found.items() if count is not None}


def _rows(listing: Listing, wanted: Mapping[str, int], some: Some, listed: Listed | None) -> Iterable[Page]:
    if not wanted:
        return
    if listed is None or len(wanted) <= _FEW:
        yield from some(listing, wanted)
        return
    pages = listed(listing)
    yield from pages
    found = set(_found(listing, pages, wanted)[HREF].to_pylist())
    yield from some(listing, [href for href in wanted if href not in found])


def _found(listing: Listing, pages: Iterable[Page], wanted: Mapping[str, int]) -> pa.Table:
    """Return the wanted rows, each once and at least at the revision that the log told of."""
    names = pa.array(list(wanted), pa.string())
    least = pa.array(list(wanted.values()), pa.int64())
    kept: list[pa.Table] = []
    seen: set[str] = set()
    for page in pages:
        table = page.table.filter(pc.is_in(page.table[HREF], value_set=names))
        if table[REVISION].null_count:
            message = f"rows of {listing.entity.path} no longer say which revision they have"
            raise Unfit(message)
        known = least.take(pc.index_in(table[HREF].combine_chunks(), value_set=names))
        table = table.filter(pc.greater_equal(table[REVISION].combine_chunks(), known))
        hrefs = table[HREF].to_pylist()
        first = [href not in seen and href not in hrefs[:place] for place, href in enumerate(hrefs)]
        seen.update(hrefs)
        kept.append(table.filter(pa.array(first, pa.bool_())))
    return pa.concat_tables(kept) if kept else join([], listing.properties)


def _alive(fresh: Mapping[str, Change], gone: frozenset[str]) -> list[tuple[str, int]]:
    return [(href, change.revision) for href, change in fresh.items() if href not in gone]


def _hrefs(table: pa.Table) -> pa.Array:
    return table[HREF].combine_chunks()


def _changed(before: pa.Table, now: pa.Table) -> list[str]:
    """Return the references of rows that are new, or differ in anything."""
    places = pc.index_in(_hrefs(now), value_set=_hrefs(before))
    then, same = before.take(places), pc.is_valid(places)
    for name in now.column_names:
        one, other = then[name].combine_chunks(), now[name].combine_chunks()
        neither = pc.and_(pc.is_null(one), pc.is_null(other))
        same = pc.and_(same, pc.or_(pc.fill_null(pc.equal(one, other), fill_value=False), neither))
    return now.filter(pc.invert(same))[HREF].to_pylist()  # type: ignore[no-any-return]


def _merged(before: pa.Table, rows: pa.Table, named: frozenset[str]) -> pa.Table:
    """Put rows where those with the same reference stood, new ones at the end; what else is named is left out."""
    new_places = pc.index_in(_hrefs(before), value_set=_hrefs(rows))
    own_places = pa.array(range(before.num_rows), pa.int64())
    places = pc.if_else(pc.is_valid(new_places), pc.add(new_places.cast(pa.int64()), before.num_rows), own_places)
    out = pc.and_(pc.is_in(_hrefs(before), value_set=pa.array(named, pa.string())), pc.is_null(new_places))
    added = rows.filter(pc.invert(pc.is_in(_hrefs(rows), value_set=_hrefs(before))))
    held = pa.concat_tables([before, rows]).take(places.filter(pc.invert(out)))
    return pa.concat_tables([held, added]).combine_chunks()


def _digest(before: Walked, told: Sequence[Change], pages: Iterable[Page]) -> str:
    digest = hashlib.sha256(before.sha256.encode())
    digest.update(repr([tuple(change) for change in told]).encode())
    for page in pages:
        digest.update(page.sha256)
    return digest.hexdigest()

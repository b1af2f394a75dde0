"""One list, whole: pages until there is nothing new, whatever the server makes of page numbers.

Belongs here: what is to be listed, when a list has ended, and what was seen on the way. The API tells neither totals
nor where pages begin nor how large they may be (facts: mis/arbor.md, section 5): each is found out. A reading is held
against the one before, page by page, so that an unchanged list is kept once. Who asks for pages is a door's business.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.arbor import rows
from connectors.arbor.resources import Entity
from connectors.arbor.rows import HREF, REVISION, Page
from schemas.wording import counted

PREFIX: Final = "/rest-v2/"
_NO_PAGE: Final = hashlib.sha256().hexdigest()
_COUNTED: Final = ("pages", "listed", "stale", "raw", "longest")
_STALE_PAGES: Final = 2
"""Pages without anything new after which a list has ended: one may be page 0 again under the number 1."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which rows of a list are wanted, by one property alone: filters in combination have lost rows.

    What the server sends beside them is dropped here: a filter that is ignored or read otherwise changes nothing.

    Attributes:
        name: the property; "" stands for the rows' own references.
        since: first day wanted; None = from the first there is.
        until: last day wanted; None = to the last. The server is not asked to apply it.
        among: references wanted; None when the property is a date.

    """

    name: str
    since: dt.date | None = None
    until: dt.date | None = None
    among: tuple[str, ...] | None = None

    def cut(self, table: pa.Table) -> pa.Table:
        """Return the rows that are wanted."""
        values = table[self.name]
        if self.among is not None:
            return table.filter(pc.is_in(values, value_set=pa.array(self.among, pa.string())))
        days = pc.utf8_slice_codeunits(values, 0, 10)
        if self.since is not None:
            table, days = _kept(table, days, pc.greater_equal(days, self.since.isoformat()))
        if self.until is not None:
            table, days = _kept(table, days, pc.less_equal(days, self.until.isoformat()))
        return table

    def said(self) -> dict[str, str]:
        """Say what was wanted, for the certificate."""
        if self.among is not None:
            return {self.name: counted(len(self.among), "reference")}
        ends = {"from": self.since, "to": self.until}
        return {f"{self.name}.{name}": day.isoformat() for name, day in ends.items() if day is not None}


def _kept(table: pa.Table, days: pa.ChunkedArray, mask: pa.ChunkedArray) -> tuple[pa.Table, pa.ChunkedArray]:
    every = pc.all(mask, skip_nulls=False).as_py()  # as a rule: the server was asked for them alone
    return (table, days) if every else (table.filter(mask), days.filter(mask))


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to read: an entity, the properties wanted of it, and which rows."""

    entity: Entity
    properties: tuple[str, ...]
    narrowing: Narrowing | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """What a list owes to the change log, when its rows are those of an earlier reading and what has changed since.

    Attributes:
        since: revision up to which the earlier reading knew everything.
        until: revision up to which this one does.
        anchors: (reference, revision) of the last changes known, of which a log that has no gap still tells.
        changed: rows that the log named and that were read again.
        deleted: rows that are left out because the log says that they were deleted; nothing else leaves a row out.
        lacking: (reference, revision) of rows that the log names and that the MIS has not given yet.

    """

    since: int
    until: int
    anchors: tuple[tuple[str, int], ...]
    changed: int = 0
    deleted: int = 0
    lacking: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Walked:
    """One list as it was read.

    Attributes:
        entity: what was listed.
        table: its rows, `href`, `revisionId` and the planned properties, each reference once.
        pages: pages with rows.
        page_rows: most rows of one of them.
        listed: rows of all pages, those that came again included.
        fetched: rows with properties.
        absent: planned properties that no row has: not granted, or unknown to this MIS.
        partial: planned properties that some rows lack, of a MIS that writes null for "none".
        unsaid: there is no row, and no answer had the list at all.
        narrowed: what was wanted, if not all of it.
        sha256: over the answers of the first reading that stands, in order.
        confirmed: over those of the reading that found it again (by its bytes: as the first had them); "" before that.
        newest: (reference, revision) of a few of the newest rows that came, those that are not wanted included.
        logged: what it owes to the change log; None for a list that was read whole.
        answers: (hash, rows) of each, where none had a row of another; empty for a list that an earlier run read.

    """

    entity: Entity
    table: pa.Table
    pages: int
    page_rows: int
    listed: int
    fetched: int
    absent: frozenset[str]
    partial: frozenset[str]
    unsaid: bool
    narrowed: Mapping[str, str]
    sha256: str
    confirmed: str = ""
    newest: tuple[tuple[str, int], ...] = ()
    logged: Logged | None = None
    answers: tuple[tuple[bytes, int], ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """Say why this reading cannot stand, whatever the next one finds."""
        found = []
        if not self.listed == self.fetched == self.table.num_rows:
            found.append(f"{self.listed:,} listed, {self.fetched:,} fetched, {counted(self.table.num_rows, 'row')}")
        if self.partial:
            found.append(f"some rows lack {', '.join(sorted(self.partial))}")
        return tuple(found)

    @property
    def revisions(self) -> tuple[int, int] | None:
        """First and last revision of the rows; None when none carries one."""
        ends: dict[str, int | None] = pc.min_max(self.table[REVISION]).as_py()
        return None if ends["min"] is None or ends["max"] is None else (ends["min"], ends["max"])

    def same_rows(self, other: "Walked") -> bool:
        """Say whether another reading has the same rows, in whatever order."""
        if self.table is other.table or self.table.equals(other.table):
            return True
        return self.table.num_rows == other.table.num_rows and _in_order(self.table).equals(_in_order(other.table))

    def confirmed_by(self, other: "Walked") -> "Walked":
        """Return this reading, found again by another."""
        return replace(self, confirmed=other.sha256)


def _in_a_row(hrefs: pa.Array) -> str:
    """Return references as one text, which is quicker made than a text of each."""
    whole = pa.ListArray.from_arrays(pa.array([0, len(hrefs)], pa.int32()), hrefs)
    return str(pc.binary_join(whole, " ")[0].as_py())


def nothing(listing: Listing) -> Walked:
    """Return a list of which no row is wanted, and for which nothing was asked."""
    narrowed = listing.narrowing.said() if listing.narrowing else {}
    none = frozenset[str]()
    empty = rows.join([], listing.properties)
    return Walked(listing.entity, empty, 0, 0, 0, 0, none, none, unsaid=False, narrowed=narrowed, sha256=_NO_PAGE)


def _in_order(table: pa.Table) -> pa.Table:
    return table.sort_by(HREF).combine_chunks()


@dataclass(frozen=True, slots=True)
class PageAsk:
    """One page to ask for.

    Attributes:
        listing: of which list.
        number: as the server counts.
        size: rows of a page; None = as many as usual.
        may_not_exist: a server that says so is believed.

    """

    listing: Listing
    number: int
    size: int | None
    may_not_exist: bool


@dataclass(slots=True)
class Paging:
    """What a server makes of page numbers, found out on one list for the next.

    Attributes:
        first: number of the first page; None = not known yet.
        largest: most rows that a page had.
        exact: as far as is known, an answer that says the same has the same bytes, whatever the size of its page.

    """

    first: int | None = None
    largest: int = 0
    exact: bool = True


@dataclass
class Walk:
    """One reading of one list in progress: told of each page in turn, it says which to ask for next, or that it ended.

    Args:
        listing: what is read.
        paging: what is known of the server.
        held: the rows of an earlier reading to hold this one against.
        strict: go on to a page with nothing new, however short the last one was.
        size: rows to ask for in a page; None = as many as usual.

    """

    listing: Listing
    paging: Paging
    held: pa.Table | None = None
    strict: bool = True
    size: int | None = None
    number: int = 0
    ended: bool = False
    stub: bool = False
    _place: int = 0
    _same: bool = True
    _pages: list[pa.Table] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _prints: set[int] = field(default_factory=set)
    _counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    _present: set[str] = field(default_factory=set)
    _lacking: set[str] = field(default_factory=set)
    _rooted: bool = False
    _newest: tuple[tuple[str, int], ...] = ()
    _answers: list[tuple[bytes, int]] = field(default_factory=list)
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        """Begin where pages begin."""
        self.number = self.paging.first or 0

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._counts["listed"]

    @property
    def ask(self) -> PageAsk:
        """Say which page to ask for. While nobody knows whether there is a page 0, it may not exist."""
        return PageAsk(self.listing, self.number, self.size, self.number == 0 and self.paging.first is None)

    def take(self, page: Page | None) -> None:
        """Take the answer to the page that was asked for; None = there is no such page."""
        if page is None:
            self.number, self.paging.first = 1, 1
            return
        self._digest.update(page.sha256)
        self._rooted = self._rooted or page.rooted
        if not page.rows:
            self._nothing_there()
            return
        self._answers.append((page.sha256, page.rows))
        told = hash(_in_a_row(page.table[HREF].combine_chunks()))
        again = told in self._prints
        self._prints.add(told)
        self._learn_base(rows=True, again=again)
        if again:
            self._counts["stale"] += 1
        else:
            self._keep(page)
        short = page.rows < self.paging.largest and not self.strict
        self.paging.largest = max(self.paging.largest, page.rows)
        self.ended = self._counts["stale"] >= _STALE_PAGES or (short and self.paging.first is not None and not again)
        self.number += 1

    def _nothing_there(self) -> None:
        if self.number == 0 and self.paging.first is None:
            self.number = 1  # perhaps pages begin at 1
            return
        self._learn_base(rows=False, again=False)
        self.ended = True

    def _learn_base(self, *, rows: bool, again: bool) -> None:
        """Tell from what follows page 0 whether it was the first page, the first page by another name, or no page."""
        if self.paging.first is not None or self.number == 0:
            return
        if self.number == 1 and not again:
            self.paging.first = 0 if self._counts["raw"] else (1 if rows else None)
        elif self.number > 1:
            self.paging.first = 0 if again else 1

    def _keep(self, page: Page) -> None:
        self._counts["raw"] += page.rows
        self._counts["longest"] = max(self._counts["longest"], page.rows)
        self._counts["pages"] += 1
        self._look_at_properties(page)
        narrowing = self.listing.narrowing
        table = page.table if narrowing is None or self.stub else narrowing.cut(page.table)
        if self._same_as_held(table):
            self._place += table.num_rows
            self._counts["listed"] += table.num_rows
            return
        self._part_from_held()
        new = dict.fromkeys(hrefs := table[HREF].to_pylist())
        self._counts["listed"] += len(hrefs)
        if len(new) == len(hrefs) and self._seen.isdisjoint(new):
            self._pages.append(table)
            self._counts["stale"] = 0
        else:
            fresh = [href not in self._seen and href not in hrefs[:place] for place, href in enumerate(hrefs)]
            self._counts["stale"] = 0 if any(fresh) else self._counts["stale"] + 1
            self._pages.append(table.filter(pa.array(fresh)))
        self._seen.update(new)

    def _same_as_held(self, table: pa.Table) -> bool:
        if self.held is None or not self._same:
            return False
        return bool(self.held.slice(self._place, table.num_rows).equals(table))

    def _part_from_held(self) -> None:
        """From here on this reading is kept: what came before was the same."""
        if self._same and self.held is not None and self._place:
            before = self.held.slice(0, self._place)
            self._pages.append(before)
            self._seen.update(before[HREF].to_pylist())
        self._same = False

    def _look_at_properties(self, page: Page) -> None:
        wanted = frozenset(self.listing.properties)
        self._newest = rows.newest_with(self._newest, page.table)
        self._present |= page.present
        self.stub = self.stub or bool(wanted and not page.present and self._counts["pages"] == 1)
        if page.writes_null:
            self._lacking |= (wanted - page.present) | page.ragged

    def done(self, items: Sequence[Page] | None = None) -> Walked:
        """Return what was read; `items` are the rows of a list that gave only stubs, one by one."""
        if items is not None:
            return self._of_items(items)
        unchanged = self._same and self.held is not None and self._place == self.held.num_rows
        if self._same and not unchanged:
            self._part_from_held()
        table = self.held if unchanged else self._joined(self._pages)
        return self._walked(table, self._counts["listed"], table.num_rows)

    def _of_items(self, items: Sequence[Page]) -> Walked:
        for item in items:
            self._digest.update(item.sha256)
            self._look_at_properties(item)
        table = self._joined([item.table for item in items])
        listed, fetched = self._counts["listed"], table.num_rows
        if self.listing.narrowing is not None:
            table = self.listing.narrowing.cut(table)
            listed, fetched = listed - fetched + table.num_rows, table.num_rows
        return self._walked(table, listed, fetched)

    def stubs(self) -> list[str]:
        """Return the references whose items have to be read one by one, in order."""
        return sorted(self._seen)

    def _joined(self, tables: Sequence[pa.Table]) -> pa.Table:
        return pa.concat_tables(tables) if tables else rows.join([], self.listing.properties)

    def _walked(self, table: pa.Table, listed: int, fetched: int) -> Walked:
        wanted = frozenset(self.listing.properties)
        absent = wanted - self._present if self._counts["raw"] else frozenset[str]()
        distinct = listed == table.num_rows and len(self._answers) == self._counts["pages"] and not self.stub
        return Walked(
            self.listing.entity,
            table,
            self._counts["pages"],
            self._counts["longest"],
            listed,
            fetched,
            absent,
            frozenset(self._lacking) - absent,
            unsaid=not self._rooted and not self._counts["raw"],
            narrowed=self.listing.narrowing.said() if self.listing.narrowing else {},
            sha256=self._digest.hexdigest(),
            newest=self._newest,
            answers=tuple(self._answers) if distinct else (),
        )

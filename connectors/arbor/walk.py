"""One list, whole: pages until no row is new, references once each, and proof afterwards that nothing moved meanwhile.

Belongs here: paging and the checks of it. The API tells neither totals nor where pages begin or how large they may be
(facts: mis/arbor.md, section 5), so each is found out: the base by comparing pages 0 and 1, the size by the largest
page seen.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.arbor import rows
from connectors.arbor.client import Client
from connectors.arbor.resources import Entity
from connectors.arbor.rows import HREF, REVISION, Page

PREFIX: Final = "/rest-v2/"
_NO_SUCH_PAGE: Final = frozenset({400, 404, 422})
_GONE: Final = frozenset({404})


@dataclass(frozen=True)
class Walked:
    """One list as it was read.

    Attributes:
        entity: what was listed.
        table: its rows, `href`, `revisionId` and the planned properties.
        pages: pages read.
        listed: rows of all pages, those seen twice included.
        fetched: distinct references for which a row with properties was had.
        absent: planned properties that no row has: not granted, or unknown to this MIS.
        filters: query of the list, if not all of it.
        since: a revision that the school had reached before the walk began; None when rows carry none.
        ends: hrefs of the first and of the last page with rows, by page number.
        digest: SHA-256 over the bytes of the answers, in order.

    """

    entity: Entity
    table: pa.Table
    pages: int
    listed: int
    fetched: int
    absent: frozenset[str]
    filters: Mapping[str, str]
    since: int | None
    ends: Mapping[int, tuple[str, ...]]
    digest: str

    @property
    def revisions(self) -> tuple[int, int] | None:
        """First and last revision of the rows; None when none carries one."""
        ends: dict[str, int | None] = pc.min_max(self.table[REVISION]).as_py()
        return None if ends["min"] is None or ends["max"] is None else (ends["min"], ends["max"])


class Walker:
    """Walks lists of one school; what it finds out about paging on one list serves the next.

    Args:
        client: the school's Arbor.
        page_size: rows to ask for in one page; the server may give fewer.
        progress: told of every page.

    Attributes:
        blind: rows carry no revision, so that the change log has to be read before each walk too.

    """

    def __init__(self, client: Client, page_size: int, progress: Callable[[str, int], None]) -> None:
        self._client = client
        self._page_size = page_size
        self._progress = progress
        self._base: int | None = None
        self._largest = 0
        self._revision: int | None = None
        self.blind = False

    def walk(self, entity: Entity, properties: Sequence[str], filters: Mapping[str, str] | None = None) -> Walked:
        """Read a whole list, and its items one by one where the list gives only stubs.

        Raises what `Client.get` raises.
        """
        filters = dict(filters or {})
        digest = hashlib.sha256()
        pages, seen, listed = list[Page](), set[str](), 0
        since = self._logged(entity) if self.blind else self._revision
        number = self._first_page(entity, properties, filters)
        ends: dict[int, tuple[str, ...]] = {}
        while True:
            page = self._page(entity, properties, filters, number, digest)
            new = set(page.hrefs) - seen
            if not pages:
                since = _highest(since, page.table)
            if not new:
                break
            pages.append(page)
            seen |= new
            listed += len(page.hrefs)
            ends = dict([*list(ends.items())[:1], (number, tuple(page.hrefs))])
            self._progress(entity.path, len(seen))
            short = len(page.hrefs) < self._largest
            self._largest = max(self._largest, len(page.hrefs))
            if short or len(new) < len(page.hrefs):
                break
            number += 1
        listing = rows.join(pages, properties)
        present = frozenset[str]().union(*(page.present for page in pages))
        fetched = len(seen)
        if pages and properties and not present:
            items = self._items(entity, properties, sorted(seen), digest)
            listing = rows.join(items, properties)
            present = frozenset[str]().union(*(item.present for item in items))
            fetched = len(items)
        walked = Walked(
            entity,
            listing,
            len(pages),
            listed,
            fetched,
            frozenset(properties) - present if pages else frozenset(),
            filters,
            since,
            ends,
            digest.hexdigest(),
        )
        self.blind = self.blind or (bool(seen) and not walked.revisions)
        self._revision = _highest(self._revision, listing)
        return walked

    def moved(self, walked: Walked) -> str | None:
        """Say what moved since a list was walked, or None: by the change log, and by both ends of a paged list.

        A change is told apart from one that the walk has already seen by the revision of the row. The ends find rows
        that
        shifted while a change log was silent, and rows that came into a filtered list; lookups have their code to go
        by.
        """
        if walked.pages > 1 or walked.filters:
            for number, hrefs in walked.ends.items():
                page = self._page(walked.entity, (), walked.filters, number, hashlib.sha256())
                if tuple(page.hrefs) != hrefs:
                    return f"page {number} is no longer the same"
        if walked.entity.lookup:
            return None
        return _missed(self._changes(walked.entity, walked.since), walked)

    def _first_page(self, entity: Entity, properties: Sequence[str], filters: Mapping[str, str]) -> int:
        """Return the number of the first page: 0 if page 0 has a row that page 1 has not."""
        if self._base is None:
            first = self._page(entity, properties, filters, 1, hashlib.sha256())
            zeroth = self._tolerant_page(entity, properties, filters, 0)
            if set(zeroth) - set(first.hrefs):
                self._base = 0
            elif first.hrefs:
                self._base = 1
        return 1 if self._base is None else self._base

    def _page(
        self,
        entity: Entity,
        properties: Sequence[str],
        filters: Mapping[str, str],
        number: int,
        digest: "hashlib._Hash",
    ) -> Page:
        def read(body: bytes) -> Page:
            page = rows.read_list(body, entity, properties)
            digest.update(body)
            return page

        page = self._client.get(entity.path, PREFIX + entity.path, self._query(filters, number), read)
        assert page is not None  # noqa: S101  no status is tolerated
        return page

    def _tolerant_page(
        self, entity: Entity, properties: Sequence[str], filters: Mapping[str, str], number: int
    ) -> list[str]:
        page = self._client.get(
            entity.path, PREFIX + entity.path, self._query(filters, number),
            lambda body: rows.read_list(body, entity, properties), _NO_SUCH_PAGE,
        )  # fmt: skip
        return [] if page is None else page.hrefs

    def _query(self, filters: Mapping[str, str], number: int) -> dict[str, str]:
        paging = {"page-number": str(number), "page-size": str(self._page_size)}
        return {"format": "json", **paging, **filters}

    def _items(
        self, entity: Entity, properties: Sequence[str], hrefs: Sequence[str], digest: "hashlib._Hash"
    ) -> list[Page]:
        """Read items one by one. Only the id is taken from an href: a link of an answer is never opened."""
        items = []
        for href in hrefs:
            path = f"{PREFIX}{entity.path}/{href.rpartition('/')[2]}"

            def read(body: bytes) -> Page:
                digest.update(body)
                return rows.read_item(body, entity, properties)

            item = self._client.get(entity.path, path, {"format": "json"}, read, _GONE)
            if item is not None:
                items.append(item)
            self._progress(entity.path, len(items))
        return items

    def _changes(self, entity: Entity, since: int | None) -> list[tuple[str, str, int]]:
        asked = {} if since is None else {"from-revision": str(since)}
        path = f"{PREFIX}{entity.path}/changelog"
        return self._client.get(entity.path, path, {"format": "json", **asked}, rows.read_changes) or []

    def _logged(self, entity: Entity) -> int | None:
        """Return the last revision in an entity's change log; lookups have none that is read."""
        changes = [] if entity.lookup else self._changes(entity, None)
        return max((revision for _, _, revision in changes), default=0)


def _highest(since: int | None, table: pa.Table) -> int | None:
    highest: int | None = pc.max(table[REVISION]).as_py()
    return max((revision for revision in (since, highest) if revision is not None), default=None)


def _missed(changes: Sequence[tuple[str, str, int]], walked: Walked) -> str | None:
    """Count changes that the walk cannot have seen."""
    held = dict(zip(walked.table[HREF].to_pylist(), walked.table[REVISION].to_pylist(), strict=True))
    latest = {href: (kind, revision) for href, kind, revision in sorted(changes, key=lambda change: change[2])}
    missed = sum(
        _is_missed(held, href, kind, revision, filtered=bool(walked.filters))
        for href, (kind, revision) in latest.items()
    )
    return f"{missed} of its rows changed" if missed else None


def _is_missed(held: Mapping[str, int | None], href: str, kind: str, revision: int, *, filtered: bool) -> bool:
    if href not in held:
        return not kind.startswith("delete") and not filtered
    known = held[href]
    return kind.startswith("delete") or known is None or known < revision

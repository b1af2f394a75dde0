"""The REST v2 door: one list in one request, page by page; items one by one where a list gives only stubs.

Belongs here: paths and query strings (facts: mis/arbor.md, sections 3 and 5). Only the id is taken from an href: a link
of an answer is never opened.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import httpx

from connectors.arbor import rows
from connectors.arbor.resources import Entity
from connectors.arbor.rows import Change, Page
from connectors.arbor.walk import PREFIX, Listing, Narrowing, PageAsk
from connectors.mis import MisSettings
from connectors.wire import REFUSED_AT_ONCE, Ask, Wire

_NO_SUCH_PAGE: Final = frozenset({400, 404, 422})
_NO_LOG: Final = frozenset({400, 403, 404, 405})
_GONE: Final = frozenset({404})
_JSON: Final = {"format": "json"}


def wire_to(settings: MisSettings, *, circuit: int | None = REFUSED_AT_ONCE) -> Wire:
    """Return a wire to a school's Arbor: HTTP Basic, and the application that chooses the school on a shared host."""
    auth = httpx.BasicAuth(settings.application, settings.secret)
    return Wire(settings, auth, {"x-mis-application-id": settings.application}, circuit=circuit)


class RestDoor:
    """Arbor's REST v2.

    Args:
        wire: to the school's MIS.
        page_size: rows to ask for in one page; the server may give fewer.

    """

    name = "rest"
    picks = 1

    def __init__(self, wire: Wire, page_size: int) -> None:
        self._wire, self._page_size = wire, page_size

    def groups(self, listings: Sequence[Listing]) -> list[list[Listing]]:
        """Put each list into a request of its own."""
        return [[listing] for listing in listings]

    def pages(self, asked: Sequence[PageAsk]) -> list[Page | None]:
        """Return each page; None for one that does not exist."""
        return [self._page(one) for one in asked]

    def body(self, asked: PageAsk) -> bytes:
        """Return the answer to a page as it came."""
        body = self._wire.ask(_ask(asked, self._page_size), bytes)
        assert body is not None  # noqa: S101  no status is tolerated
        return body

    def can_pick(self, listing: Listing) -> bool:  # noqa: ARG002  what every door is asked
        """Say that any row can be asked for by its reference."""
        return True

    def some(self, listing: Listing, hrefs: Iterable[str]) -> Iterator[Page]:
        """Yield rows, each by a request of its own; those that have gone since they were listed are left out."""
        found = (self._item(listing, href) for href in hrefs)
        return (page for page in found if page is not None)

    def _item(self, listing: Listing, href: str) -> Page | None:
        entity = listing.entity
        path = f"{PREFIX}{entity.path}/{href.rpartition('/')[2]}"
        ask = Ask(entity.path, path, _JSON, tolerated=_GONE)
        return self._wire.ask(ask, lambda body: rows.read_item(body, entity, listing.properties))

    def changes(self, entity: Entity, since: int) -> list[Change] | None:
        """Return changes after a revision, and perhaps at it: whether `from` is inclusive is not known.

        None when the log may not be read, or there is none.
        """
        parameters = {**_JSON, "from-revision": str(since)}
        ask = Ask(entity.path, f"{PREFIX}{entity.path}/changelog", parameters, tolerated=_NO_LOG)
        return self._wire.ask(ask, rows.read_changes)

    def _page(self, asked: PageAsk) -> Page | None:
        entity, properties = asked.listing.entity, asked.listing.properties
        return self._wire.ask(_ask(asked, self._page_size), lambda body: rows.read_list(body, entity, properties))


def _ask(asked: PageAsk, usual: int) -> Ask:
    entity = asked.listing.entity
    paging = {"page-number": str(asked.number), "page-size": str(asked.size or usual)}
    parameters = {**_JSON, **paging, **_filters(asked.listing.narrowing)}
    tolerated = _NO_SUCH_PAGE if asked.may_not_exist else frozenset[int]()
    return Ask(entity.path, PREFIX + entity.path, parameters, tolerated=tolerated)


def _filters(narrowing: Narrowing | None) -> dict[str, str]:
    """One filter, as wide as any reading of its bounds needs: whether `from` is inclusive is not known."""
    if narrowing is None:
        return {}
    if narrowing.among is not None:
        return {f"filters.{narrowing.name}.in[{place}]": href for place, href in enumerate(narrowing.among)}
    if narrowing.since is None:
        return {}
    return {f"filters.{narrowing.name}.from": f"{narrowing.since - dt.timedelta(days=1)} 00:00:00"}

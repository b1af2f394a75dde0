"""What an application may read of one school's Arbor, found out with one row of each list.

Belongs here: asking little and telling apart "not granted", "none yet" and "given". A snapshot refuses on its own
account; this tells a person before.
"""

from collections.abc import Iterable, Sequence

from connectors.arbor.doors import GRAPHQL, Doors
from connectors.arbor.rows import Page
from connectors.arbor.walk import Listing, PageAsk
from connectors.availability import Availability, Grant, Origin
from connectors.mis import MisRefused

_FIRST_TWO = (0, 1)
"""Pages begin at one of these."""


def probe(doors: Doors, listings: Sequence[Listing]) -> Availability:
    """Ask every list for one row. Raises MisRefused when the application is not let in at all."""
    grants: dict[Origin, Grant] = {}
    for listing in listings:
        name = listing.entity.name
        if doors.names()[name] == GRAPHQL:
            found = dict.fromkeys(listing.properties, Grant.READ)
        else:
            found = _by_rest(doors, listing)
        grants |= {Origin(name, one): grant for one, grant in found.items()}
        grants[Origin(name, "")] = (
            Grant.ABSENT if Grant.ABSENT in found.values() and not _any_read(found.values()) else Grant.READ
        )
    notes = (f"GraphQL is not used: {doors.why_not}",) if doors.why_not else ()
    return Availability(grants, doors.names(), notes)


def _any_read(found: Iterable[Grant]) -> bool:
    return any(grant is not Grant.ABSENT for grant in found)


def _by_rest(doors: Doors, listing: Listing) -> dict[str, Grant]:
    page = None
    for number in _FIRST_TWO:
        page = _page(doors, listing, number)
        if page is None or page.rows:
            break
    if page is None:
        return dict.fromkeys(listing.properties, Grant.ABSENT)
    if not page.rows:
        return dict.fromkeys(listing.properties, Grant.UNSEEN)
    if listing.properties and not page.present:
        page = next(doors.rest.some(listing, page.hrefs[:1]), page)
    return {name: Grant.READ if name in page.present else Grant.ABSENT for name in listing.properties}


def _page(doors: Doors, listing: Listing, number: int) -> Page | None:
    """Return a page of one row; None when the list is not granted."""
    plain = Listing(listing.entity, listing.properties)
    try:
        (page,) = doors.rest.pages([PageAsk(plain, number, 1, may_not_exist=True)])
    except MisRefused as refusal:
        if refusal.everything:
            raise
        return None
    return page if page is not None else doors.rest.pages([PageAsk(plain, 1, 1, may_not_exist=False)])[0]

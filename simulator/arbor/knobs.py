"""What nobody outside the vendor knows of the API, and what goes wrong with it: each as one setting.

Belongs here: the settings alone; how each is carried out is in `server` and `school`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What one request meets instead of its answer."""

    RATE_LIMIT = "429"
    SERVER_ERROR = "500"
    ERROR_IN_ENVELOPE = "200 whose response.code is 500"
    HTML = "200 with a sign-in page"
    TRUNCATED = "200 with half a body"
    REDIRECT_AWAY = "302 to another host"


@dataclass(frozen=True, slots=True)
class Drift:
    """A row added to, removed from or changed in an entity while somebody walks its pages.

    Attributes:
        entity: whose rows move.
        action: "add", "remove" or "update"; always at the front, so that later pages shift.
        after_pages: how many pages are served first.
        logged: whether the change log tells of it.

    """

    entity: str
    action: str
    after_pages: int = 1
    logged: bool = True


@dataclass(frozen=True, slots=True)
class Knobs:
    """How this server answers.

    Attributes:
        page_base: number of the first page, 0 or 1.
        default_page_size: rows in a page when the caller names no size.
        max_page_size: rows in a page at most, whatever the caller asks.
        honour_paging: False = every page is the whole list.
        stub_lists: rows of a list carry only entityType, id, href and displayName.
        text_scalars: numbers and booleans arrive as strings ("1" for true).
        filled_tags: `userTags` is an object, not the empty array.
        revision_ids: rows carry `revisionId`.
        empty_list_missing: an empty list has no root at all.
        withheld: "Entity.property" names that are not granted, and therefore absent.
        forbidden: entities that answer 403.
        revoke_after: number of requests of one school after which its secret is dead.
        retry_after: value of the Retry-After header of a 429; None = no header.
        faults: what the n-th request (from 1) of a school meets.
        drift: a change in the middle of a walk.
        gone: hrefs that a list still shows and that answer 404.

    """

    page_base: int = 1
    default_page_size: int = 100
    max_page_size: int = 3000
    honour_paging: bool = True
    stub_lists: bool = False
    text_scalars: bool = False
    filled_tags: bool = False
    revision_ids: bool = True
    empty_list_missing: bool = False
    withheld: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    revoke_after: int | None = None
    retry_after: str | None = "0"
    faults: Mapping[int, Fault] = field(default_factory=dict)
    drift: Drift | None = None
    gone: frozenset[str] = frozenset()

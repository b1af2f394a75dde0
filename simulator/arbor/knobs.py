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
    BAD_GATEWAY = "502"
    GATEWAY_TIMEOUT = "504"
    ERROR_IN_ENVELOPE = "200 whose response.code is 500"
    HTML = "200 with a sign-in page"
    TRUNCATED = "200 with half a body"
    REDIRECT_AWAY = "302 to another host"
    RESET = "a connection that is reset before the answer"
    CUT = "a connection that ends inside the answer"
    HANG = "no answer at all"
    DRIP = "an answer a few bytes at a time, for ever"


@dataclass(frozen=True, slots=True)
class Drift:
    """A row added to, removed from or changed in an entity while somebody walks its pages.

    Attributes:
        entity: whose rows move.
        action: "add", "remove", "update" or "restore" (the row that was removed last, under a new revision).
        after_pages: how many pages are served first.
        logged: whether the change log tells of it; what it does not tell of keeps its revision.
        place: "front", so that later pages shift, "middle" or "end".
        times: how often, once for each so many pages served.

    """

    entity: str
    action: str
    after_pages: int = 1
    logged: bool = True
    place: str = "front"
    times: int = 1


@dataclass(frozen=True, slots=True)
class Knobs:
    """How this server answers.

    Attributes:
        page_base: number of the first page, 0 or 1.
        default_page_size: rows in a page when the caller names no size.
        max_page_size: rows in a page at most, whatever the caller asks.
        before_first: what a page before the first is: "clamp" (the first), "empty" or "refuse" (404).
        honour_paging: False = every page is the whole list.
        loop: a page after the last is the first again, and so on.
        uneven: every other page has two rows fewer than it might.
        stub_lists: rows of a list carry only entityType, id, href and displayName.
        text_scalars: numbers and booleans arrive as strings ("1" for true).
        filled_tags: `userTags` is an object, not the empty array.
        revision_ids: rows carry `revisionId`.
        empty_list: how a list without rows is written: "[]", "{}", "null" or "missing" (no root at all).
        nulls: how a property that has none is written: "null", "missing" or "[]".
        xml: who does not ask for JSON gets XML.
        links: an answer names a next page on another host.
        withheld: "Entity.property" names that are not granted, and therefore absent.
        drops: "Entity.property" names that are given in so many pages of the entity, and not after.
        forbidden: entities that are not granted.
        no_permission: what they answer: "403" or "empty" (200 without the list).
        early_end: entity -> how often a page of it after the first is empty though there are rows.
        twice: entities whose lists have their first row once more, in the middle.
        ignored_filters: filters change nothing.
        lossy_filters: two filters or more lose every third row.
        graphql: the GraphQL door: "open", "closed" (404) or "dark" (no introspection).
        graphql_dates: how it writes a day: "date", "datetime" or "iso".
        graphql_revisions: whether it knows `revisionId`.
        revoke_after: number of requests of one school after which its secret is dead.
        retry_after: value of the Retry-After header of a 429; None = no header.
        faults: what the n-th request (from 1) of a school meets.
        drift: a change in the middle of a walk.
        gone: hrefs that a list still shows and that answer 404.
        log: the change logs: "open" or "closed" (403).
        log_from: the change logs have forgotten every revision before this.
        log_most: entries of a change log in one answer; None = all.

    """

    page_base: int = 1
    default_page_size: int = 100
    max_page_size: int = 3000
    before_first: str = "clamp"
    honour_paging: bool = True
    loop: bool = False
    uneven: bool = False
    stub_lists: bool = False
    text_scalars: bool = False
    filled_tags: bool = False
    revision_ids: bool = True
    empty_list: str = "[]"
    nulls: str = "null"
    xml: bool = False
    links: bool = False
    withheld: frozenset[str] = frozenset()
    drops: Mapping[str, int] = field(default_factory=dict)
    forbidden: frozenset[str] = frozenset()
    no_permission: str = "403"
    early_end: Mapping[str, int] = field(default_factory=dict)
    twice: frozenset[str] = frozenset()
    ignored_filters: bool = False
    lossy_filters: bool = False
    graphql: str = "open"
    graphql_dates: str = "date"
    graphql_revisions: bool = True
    revoke_after: int | None = None
    retry_after: str | None = "0"
    faults: Mapping[int, Fault] = field(default_factory=dict)
    drift: Drift | None = None
    gone: frozenset[str] = frozenset()
    log: str = "open"
    log_from: int = 0
    log_most: int | None = None

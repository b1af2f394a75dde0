"""A long list found again without being read again: its bytes say that it is the same (docs/adr/0087).

Belongs here: the second reading of a list of many pages. It asks for pages of half the size, and two halves put
together must be, byte for byte, the answer that the first reading got: the envelope, every row and their order. What
was made of that answer stands, and finding it again costs a hash. Other pages are asked for, since a server that ends
early after the same page would do so twice. Whatever does not fit is read as any list is (`walk`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from connectors.arbor.rows import Page
from connectors.arbor.walk import Listing, PageAsk, Walked

LONG: Final = 4
"""Pages from which on reading a list costs more than asking for twice as many pages."""
_BETWEEN: Final = (b",", b", ")
"""What may stand between two rows."""

Body = Callable[[PageAsk], bytes]
"""Asks for one page and returns the answer as it came."""
OnePage = Callable[[PageAsk], Page | None]
"""Asks for one page and reads it."""


def half_a_page(held: Walked) -> int | None:
    """Return how many rows half a page of a list has; None when it is short, or a page before the last was not full."""
    sizes = [rows for _, rows in held.answers]
    if len(sizes) < LONG or len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0] or sizes[0] % 2:
        return None
    return sizes[0] // 2


def found_again(listing: Listing, held: Walked, half: int, first: int, body: Body, page: OnePage) -> Walked | None:
    """Return the list as a further reading found it, when its answers are those of the reading before.

    Args:
        listing: what is read.
        held: the reading before.
        half: rows of half a page.
        first: number of the first page.
        body: for pages that may be those of the reading before.
        page: for the one after the last, which must be empty.

    Returns:
        None where any byte differs: the list has to be read.

    """
    number = first
    for sha256, rows in held.answers:
        parts = [body(_ask(listing, number, half))]
        if rows > half:
            parts.append(body(_ask(listing, number + 1, half)))
        if not any(_joined(parts, between) == sha256 for between in _BETWEEN):
            return None
        number += len(parts)
    after = page(_ask(listing, number, half))
    return None if after is None or after.rows else replace(held, confirmed="")


def _ask(listing: Listing, number: int, half: int) -> PageAsk:
    return PageAsk(listing, number, half, may_not_exist=False)


def _joined(parts: list[bytes], between: bytes) -> bytes:
    """Return the hash of the answer that has the rows of one or two answers in one list, in the envelope of both."""
    if len(parts) == 1:
        return hashlib.sha256(parts[0]).digest()
    one, other = (memoryview(part) for part in parts)
    digest = hashlib.sha256(one[: max(parts[0].rfind(b"]"), 0)])
    digest.update(between)
    digest.update(other[parts[1].find(b"[") + 1 :])
    return digest.digest()

"""One answer of Wonde: its rows, its next cursor, and values by path.

Belongs here: JSON. Included objects may be wrapped in {"data": ...} or not; days come as text or as an object.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.wire import AskAgain, Unreadable


def read_page(body: bytes, host: str) -> tuple[list[dict[str, Any]], str | None]:
    """Return the rows of a page and the cursor of the next; None when it is the last.

    Raises Unreadable: not what is promised, or a next page on another host, or more rows and no next page.
    """
    try:
        told = json.loads(body)
        rows, paging = told["data"], told["meta"]["pagination"]
        following, more = paging["next"], bool(paging["more"])
    except ValueError:
        message = "not JSON: perhaps a sign-in or maintenance page, or half an answer"
        raise AskAgain(message, garbled=True) from None
    except (KeyError, TypeError):
        message = "no data, or no pagination"
        raise Unreadable(message) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
        message = "data is not a list of objects with an id"
        raise Unreadable(message)
    return rows, _cursor(following, host, more=more)


def _cursor(following: str | None, host: str, *, more: bool) -> str | None:
    if not following:
        if more:
            message = "there are more rows, and no way to them"
            raise Unreadable(message)
        return None
    parts = urlsplit(following)
    if parts.netloc and parts.netloc != host:
        message = "the next page is on another host, where nothing of ours is sent"
        raise Unreadable(message)
    found = parse_qs(parts.query).get("cursor")
    if not found:
        message = "the next page has no cursor"
        raise Unreadable(message)
    return found[0]


def read_object(body: bytes) -> Mapping[str, Any]:
    """Return one object. Raises as `read_page`."""
    try:
        told = json.loads(body)["data"]
    except ValueError:
        message = "not JSON"
        raise AskAgain(message, garbled=True) from None
    except (KeyError, TypeError):
        message = "no data"
        raise Unreadable(message) from None
    if not isinstance(told, dict):
        message = "data is no object"
        raise Unreadable(message)
    return told


def value(row: Mapping[str, Any], alternatives: str) -> str | None:
    """Return the first of several paths that leads to something, as text."""
    for path in alternatives.split("|"):
        found: Any = row
        for step in path.split("."):
            found = _unwrapped(found.get(step)) if isinstance(found, Mapping) else None
        text = _text(found)
        if text:
            return text
    return None


def members(row: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of an included list."""
    held = _unwrapped(row.get(name))
    for each in held if isinstance(held, list) else ():
        yield {key: _unwrapped(one) for key, one in each.items()}


def _unwrapped(found: Any) -> Any:  # noqa: ANN401
    return found["data"] if isinstance(found, Mapping) and found.keys() == {"data"} else found


def _text(found: Any) -> str | None:  # noqa: ANN401
    if isinstance(found, Mapping):
        found = found.get("date")
    if found is None or isinstance(found, list | Mapping):
        return None
    if isinstance(found, bool):
        return "true" if found else "false"
    return " ".join(str(found).split()) or None

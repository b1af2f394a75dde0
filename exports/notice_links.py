"""The links of a notice: whether each is well formed and, when asked, whether it leads anywhere.

Belongs here: finding them in the text and judging their form, which needs no network. Reaching one is a function that
is given; nothing is asked of the network unless somebody asked for it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

_LINK: Final = re.compile(
    r"\]\(([^)\s]*)\)|<((?:https?|mailto|ftp):[^>\s]*)>|(?<![(<\w@])((?:https?://|ftp://|www\.)[^\s<>)]+)"
)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_TRAILING: Final = ".,;:"

Reach: TypeAlias = Callable[[str], str | None]
"""Asks for an address; returns what was wrong, or None when it leads somewhere."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link or e-mail address; `wrong` says what is wrong with it, None when nothing was found."""

    line: int
    address: str
    wrong: str | None


def check_links(text: str, reach: Reach | None = None) -> tuple[Link, ...]:
    """Return every link and e-mail address of a text, in order.

    Args:
        text: of the notice.
        reach: asks for an address; without it only the form is looked at.

    """
    return tuple(_checked(line, address, reach) for line, address in _found(text))


def _found(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        links = list(_LINK.finditer(line))
        yield from ((number, next(group for group in match.groups() if group is not None)) for match in links)
        rest = _LINK.sub(" ", line)
        yield from ((number, match[0]) for match in _EMAIL.finditer(rest))


def _checked(line: int, address: str, reach: Reach | None) -> Link:
    bare = address.rstrip(_TRAILING) if not address.startswith("mailto:") else address
    wrong = malformed(bare)
    if wrong is None and reach is not None and bare.startswith("https://"):
        wrong = reach(bare)
    return Link(line, bare, wrong)


def malformed(address: str) -> str | None:
    """Say what is wrong with the form of an address, None when nothing is."""
    email = address.removeprefix("mailto:")
    if "://" not in address and "@" in email:
        return None if _HOST.fullmatch(email.rpartition("@")[2]) else "the e-mail address has no domain"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return "it is not a web address"
    if parts.scheme != "https":
        return "it does not begin with https://"
    if parts.username or parts.password:
        return "it holds a user name"
    return None if _HOST.fullmatch(host) else "its host has no domain"

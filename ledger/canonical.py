"""One text for one value: JSON as RFC 8785 writes it, for the few types an event may hold.

Belongs here: the check of types and the writing. What goes into an event is its caller's affair.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

Plain: TypeAlias = "str | int | bool | Sequence[Plain] | Mapping[str, Plain] | None"


def canonical(value: Mapping[str, Plain]) -> str:
    """Return the RFC 8785 text of a mapping.

    Raises TypeError for a type whose text could differ between programs (a float, a date, bytes) and ValueError for
    an integer outside 53 bits or text that UTF-8 cannot hold; the message names the place, never the value.
    """
    _check(value, "body")
    return rfc8785.dumps(value).decode()


def _check(value: object, place: str) -> None:
    match value:
        case None | bool():
            return
        case str():
            surrogate = not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value)
            _refuse(surrogate, f"{place} holds text that UTF-8 cannot")
        case int():
            _refuse(abs(value) >= 1 << 53, f"{place} is an integer outside 53 bits")
        case list() | tuple():
            for number, item in enumerate(value):
                _check(item, f"{place}[{number}]")
        case Mapping():
            for key, item in value.items():
                _refuse(not isinstance(key, str), f"{place} has a key that is not text")
                _check(key, f"a key of {place}")
                _check(item, f"{place}.{key}")
        case _:
            message = f"{place} is a {type(value).__name__}; an event holds text, integers, true, false and null"
            raise TypeError(message)


def _refuse(wrong: bool, message: str) -> None:  # noqa: FBT001  read as a sentence where it is called
    if wrong:
        raise ValueError(message)

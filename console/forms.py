"""Reading what a form holds, a text, a day, a whole number, and saying what is wrong with it.

Belongs here: turning what somebody typed into what an action takes. What it may be is the action's.
"""

import datetime as dt
import re
from typing import Final

from console.visit import Visit
from schemas.refusal import Refusal

NO_DAY: Final = "Enter the day, as it stands in a calendar."
_DIGITS: Final = 10
"""Longer counts are a slip of the pen."""


def text(visit: Visit, name: str) -> str:
    """What was typed into a field, its lines ended as on this machine: a browser sends two characters for each."""
    return visit.form.get(name, "").replace("\r\n", "\n").strip()


def day(visit: Visit, name: str) -> dt.date | None:
    """The day in a field; None when it holds none."""
    try:
        return dt.date.fromisoformat(text(visit, name))
    except ValueError:
        return None


def sentence(refusal: Refusal) -> str:
    """A refusal as a sentence beside a field: the option of the command line that it names means nothing here."""
    said = re.sub(r" \(--[^)]*\)", "", str(refusal)).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


def count(written: str) -> int | None:
    """A whole number from 0; None when it is written otherwise."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) < _DIGITS else None

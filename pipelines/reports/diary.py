"""The calendar as an iCalendar file (RFC 5545), for the diaries that people already look at.

Belongs here: the format alone. What is in it is `pipelines.actions.calendar`.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from pipelines.actions.calendar import Entry

_LINE: Final = 75
"""Octets of a content line; a longer one goes on in the next, which begins with a space."""


def icalendar(name: str, entries: Iterable[Entry], made_at: dt.datetime) -> bytes:
    """Write entries as events that last the day; the same entry has the same identity in every file."""
    stamp = made_at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Waybill//calendar//EN", f"X-WR-CALNAME:{_text(name)}")
    lines = [*head, *(line for entry in entries for line in _event(entry, stamp)), "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _event(entry: Entry, stamp: str) -> Iterator[str]:
    after = entry.day + dt.timedelta(days=1)
    schools = " ".join(entry.schools)
    identity = hashlib.sha256(f"{entry.day}|{entry.subject}|{entry.what}|{schools}".encode()).hexdigest()[:32]
    yield "BEGIN:VEVENT"
    yield f"UID:{identity}@waybill"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{after:%Y%m%d}"
    yield f"SUMMARY:{_text(f'{entry.subject}: {entry.what}')}"
    if schools:
        yield f"DESCRIPTION:{_text(f'Schools {schools}')}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(words: str) -> str:
    return words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Fold by octets, never inside a character."""
    parts, room = [bytearray()], _LINE
    for character in line:
        octets = character.encode()
        if len(parts[-1]) + len(octets) > room:
            parts.append(bytearray(b" "))
        parts[-1] += octets
    return b"\r\n".join(bytes(part) for part in parts) + b"\r\n"

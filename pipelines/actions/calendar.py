"""The calendar for people: what is missing from it, what comes when, and the same for their own diaries.

Belongs here: the verbs `gaps`, `coming`, `diary` and `change`. Reading the file is `pipelines.calendar_file`, what is
due on a day is `pipelines.due`. To look, the trust folder is enough; a change is an event of the ledger.
"""

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from exports.agreements import Compiled
from exports.approvers import WHOLE_TRUST
from exports.signing import Role
from pipelines.actions.context import Context
from pipelines.calendar_file import read_calendar
from pipelines.due import due_at_night, due_on_census_day, reminders_on
from pipelines.trust import Trust
from schemas.census.collection import COLLECTIONS
from schemas.deployment import Calendar, Limit
from vault.files import write_whole

FILE: Final = "calendar.csv"
CHANGED: Final = "calendar changed"
MAY_CHANGE: Final = (Role.DATA_MANAGER,)
_AHEAD = dt.timedelta(days=120)
"""How far ahead a collection must stand in the calendar."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the calendar on one day.

    Attributes:
        schools: URNs; empty stands for every school that the thing concerns.
        run: whether the program does it; otherwise a person does.

    """

    day: dt.date
    subject: str
    what: str
    schools: tuple[str, ...] = ()
    run: bool = False


def gaps(trust: Trust, today: dt.date) -> tuple[str, ...]:
    """What the calendar does not say and should: each with the row to add."""
    return tuple(chain(_of_agreements(trust), _of_collections(trust.calendar, today), _of_terms(trust, today)))


def change(ctx: Context, text: str) -> None:
    """Replace calendar.csv by a text that reads without a fault; that it was changed, and by whom, is recorded.

    Raises CalendarFaulty, naming row and column of every fault; NotAllowed.
    """
    here = ctx.installation
    person = ctx.person(WHOLE_TRUST, MAY_CHANGE)
    file, data = here.trust.folder / FILE, text.replace("\r\n", "\n").encode()
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / FILE
        trial.write_bytes(data)
        read_calendar(trial, here.trust.schools)
    mode = file.stat().st_mode
    write_whole(file, data)
    file.chmod(mode)
    told = {"by": person.id, "sha256": hashlib.sha256(data).hexdigest()}
    here.ledger.append(CHANGED, told, here.now())
    here.lodged.lodge(here.now())


def coming(trust: Trust, first: dt.date, days: int) -> tuple[Entry, ...]:
    """What comes in the given number of days, in order."""
    return tuple(chain.from_iterable(_on(trust, first + dt.timedelta(days=n)) for n in range(days)))


def diary(trust: Trust) -> tuple[Entry, ...]:
    """Every date of the calendar on which a person must do something, in order."""
    return tuple(sorted(_dates(trust), key=lambda entry: (entry.day, entry.subject, entry.what)))


def _of_agreements(trust: Trust) -> Iterator[str]:
    have = {row.subject for row in trust.calendar.occasions}
    feeds = {one.id for one in trust.agreements if not _of_census(one)}
    for name in sorted(feeds - have):
        yield f"no row of kind feed for the agreement {name}: it is never prepared"
    for name in sorted(have - feeds - COLLECTIONS.keys()):
        yield f"the row of {name} names no agreement of the trust folder: nothing is prepared by it"


def _of_census(compiled: Compiled) -> bool:
    return compiled.agreement is not None and compiled.agreement.dataset == "census"


def _of_collections(calendar: Calendar, today: dt.date) -> Iterator[str]:
    have = {row.subject for row in calendar.occasions}
    for key, one in COLLECTIONS.items():
        if key not in have and today <= one.deadline and one.reference_date - today <= _AHEAD:
            yield f"no row of kind collection for {key}, whose census day is {one.reference_date}"


def _of_terms(trust: Trust, today: dt.date) -> Iterator[str]:
    if not trust.calendar.terms:
        yield "no rows of kind term: school days are taken to be all weekdays"
        return
    for urn in trust.schools:
        if not any(urn in term.schools and term.last >= today for term in trust.calendar.terms):
            yield f"no term of school {urn} ends on or after {today}: add the next one"


def _on(trust: Trust, day: dt.date) -> Iterator[Entry]:
    calendar, keys = trust.calendar, tuple(COLLECTIONS)
    due = chain(due_at_night(calendar, keys, day, day, lambda _: True), due_on_census_day(calendar, keys, day))
    for one in due:
        yield Entry(day, one.key, f"prepared ({one.why})", run=True)
    for told in reminders_on(calendar, keys, trust.schools, day):
        yield Entry(day, told.subject, told.what, told.schools)
    yield from (entry for entry in diary(trust) if entry.day == day)


def _dates(trust: Trust) -> Iterator[Entry]:
    calendar = trust.calendar
    for row in calendar.occasions:
        if row.subject in COLLECTIONS:
            yield Entry(row.opens, row.subject, "dry runs begin")
            yield Entry(row.as_at, row.subject, "census day")
            yield from _deadlines(trust, row.subject)
        elif row.cadence is None:
            yield Entry(row.due, row.subject, f"last day for the feed of {row.period}")
    for one in calendar.dated:
        listed = tuple(sorted(one.schools))
        if one.kind is Limit.FAMILIARISATION and one.opens is not None:
            yield Entry(one.opens, one.subject, "familiarisation begins", listed)
            yield Entry(one.due, one.subject, "familiarisation ends", listed)
        elif one.kind is Limit.AUTHORITY:
            yield Entry(one.due, one.subject, "the local authority's deadline", listed)
    for term in calendar.terms:
        yield Entry(term.first, term.key, "first day of term")
        yield Entry(term.last, term.key, "last day of term")


def _deadlines(trust: Trust, subject: str) -> Iterator[Entry]:
    by_day: dict[dt.date, list[str]] = {}
    for urn in trust.schools:
        by_day.setdefault(trust.calendar.deadline(subject, urn), []).append(urn)
    for day, schools in by_day.items():
        yield Entry(day, subject, "the Department's deadline", tuple(schools))

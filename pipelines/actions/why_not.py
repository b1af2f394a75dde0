"""Why a child is, or is not, in a return: what the return hangs on, read from the snapshot it was made from.

Belongs here: the verb `why_not`, and in what words a condition is told; no more of the child than the condition needs.
What the conditions are is `schemas.census.standing`; what an agreement takes, `exports.minimise`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from exports.populations import CONDITIONS
from exports.readings import Reading, newest_reading
from exports.signing import Role
from exports.terms import Agreement
from pipelines.actions.context import Context, NothingPrepared
from pipelines.actions.tracing import PupilUnknown, note_look_up
from schemas.census.collection import Collection, Window, collection
from schemas.census.standing import AIM, ATTENDANCE, PLACEMENT, SUSPENSION, Standing, standings
from schemas.table import Frames

MAY_ASK: Final = (Role.DATA_MANAGER, Role.HEAD, Role.DPO)
_SAID_ON_THE_DAY: Final = ("learner_fam", "learner_support")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: what is asked, whether it holds, and what it rests on."""

    asked: str
    holds: bool
    because: str


@dataclass(frozen=True, slots=True)
class WhyNot:
    """One record of the child at one school.

    Attributes:
        school: URN; `name` of the school.
        read: when the reading of the MIS ended, ISO 8601.
        section: how the return lists the child: `on_roll`, `off_roll`, or None for not at all.
        conditions: what that hangs on, in the order it is asked.
        agreements: for each census agreement, whether its file takes the child.

    """

    school: str
    name: str
    period: str
    read: str
    section: str | None
    conditions: tuple[Condition, ...]
    agreements: tuple[Condition, ...]


def why_not(ctx: Context, upn: str, period: str, school: str | None = None) -> tuple[WhyNot, ...]:
    """Say what put a child into, or left them out of, the latest returns of the schools the actor may ask of.

    The look-up is recorded. Of one school alone where it is named.

    Raises:
        NoSuchCollection: the period is no collection.
        NotAllowed: the actor may ask of no school.
        NothingPrepared: no reading of any of these schools is sealed any more.
        PupilUnknown: none of them has the UPN.

    """
    asked, here = collection(period), ctx.installation
    schools = [urn for urn in ctx.schools(MAY_ASK) if school in {None, urn}]
    note_look_up(ctx, {"period": period}, here.pupils.by_upn(upn))
    readings = {urn: reading for urn in schools if (reading := newest_reading(here.vault, urn, period))}
    if not readings:
        message = f"No reading of the MIS for {period} is kept any more. Run: waybill prepare {period}"
        raise NothingPrepared(message)
    found = tuple(one for urn, reading in readings.items() for one in _at(ctx, urn, reading, upn, asked))
    if not found:
        whose = "the MIS of any school that you may ask of" if school is None else f"the MIS of school {school}"
        message = f"No pupil with this UPN was in {whose} when {period} was last read from it."
        raise PupilUnknown(message)
    return found


def _at(ctx: Context, urn: str, reading: Reading, upn: str, asked: Collection) -> Iterator[WhyNot]:
    upns = reading.snapshot["upn"]
    ids = sorted(set(upns.loc[(upns["upn"] == upn).fillna(value=False).astype(bool), "pupil_id"]))
    trust = ctx.installation.trust
    agreements = [one.agreement for one in trust.agreements if one.agreement and asked.term_code in one.agreement.terms]
    for pupil_id in ids:
        pupil = reading.tables["pupil"]
        row = pupil[(pupil["pupil_id"] == pupil_id).astype(bool)]
        theirs = _of(reading.snapshot, pupil_id)
        yield WhyNot(
            school=urn,
            name=trust.school(urn).name,
            period=asked.key,
            read=reading.ended,
            section=None if row.empty else str(row["section"].iloc[0]),
            conditions=tuple(_conditions(theirs, reading.tables, pupil_id, asked)),
            agreements=tuple(_taken(agreement, urn, row, asked) for agreement in agreements),
        )


def _of(snapshot: Frames, pupil_id: str) -> Frames:
    return {
        name: frame[(frame["pupil_id"] == pupil_id).astype(bool)] if "pupil_id" in frame else frame
        for name, frame in snapshot.items()
    }


def _conditions(theirs: Frames, tables: Frames, pupil_id: str, asked: Collection) -> Iterator[Condition]:
    standing = standings(theirs, asked).get(pupil_id)
    if standing is None:
        entries = [day for day in theirs["enrolment"]["entry_date"] if not pd.isna(day)]
        because = f"joins on {min(entries)}" if entries else "the MIS has no enrolment that had begun"
        yield Condition(f"joined by census day, {asked.reference_date}", holds=False, because=because)
        return
    joined = f"joined on {standing.joined}" if standing.joined else "the MIS has no day of joining"
    stays = "not left before it" if standing.left is None else f"left on {standing.left}"
    yield Condition(f"on roll on census day, {asked.reference_date}", standing.left is None, f"{joined}, {stays}")
    yield Condition("registered here, not a guest", not standing.guest, f"registration status {standing.status}")
    if standing.left is not None and not standing.guest:
        yield from _grounds(standing, tables, pupil_id, asked)


def _grounds(standing: Standing, tables: Frames, pupil_id: str, asked: Collection) -> Iterator[Condition]:
    """The grounds of rule 1925Q, of which one is enough to be returned as no longer on roll."""
    windows = {
        SUSPENSION: ("a suspension or exclusion started", asked.exclusions),
        PLACEMENT: ("a school-arranged placement touches", asked.ap),
        AIM: ("year 12 or above with a programme that touches", asked.learning_aims),
    }
    for ground, (words, window) in windows.items():
        if window is not None:
            dates = standing.grounds.get(ground, ())
            because = f"started on {', '.join(map(_said, dates))}" if dates else "none"
            yield Condition(f"{words} {_between(window)}", ground in standing.grounds, because)
    yield Condition(
        f"attendance: joined before {asked.current_term_start}, left on or after {asked.previous_term_start}, aged 4 "
        "to 15, not boarding",
        ATTENDANCE in standing.grounds,
        _attendance(standing, asked),
    )
    said = any((tables[name]["pupil_id"] == pupil_id).any() for name in _SAID_ON_THE_DAY)
    because = "the on-the-day file has a line" if said else "the on-the-day file has none"
    yield Condition("learner support, or funding and monitoring", said, because)


def _attendance(standing: Standing, asked: Collection) -> str:
    """What is wrong with the ground of attendance, or that nothing is."""
    wrong = []
    if standing.joined is not None and standing.joined >= asked.current_term_start:
        wrong.append(f"joined on {standing.joined}")
    if standing.left is not None and standing.left < asked.previous_term_start:
        wrong.append(f"left on {standing.left}")
    if not standing.of_attendance_age:
        wrong.append(f"not aged 4 to 15 on {asked.attendance_age_date}")
    if standing.boards:
        wrong.append("a boarder")
    if ATTENDANCE not in standing.grounds and not wrong:
        wrong.append("a nursery school returns no leavers")
    return ", ".join(wrong) or "every part holds"


def _taken(agreement: Agreement, urn: str, row: pd.DataFrame, asked: Collection) -> Condition:
    words = f"in the file of {agreement.id}"
    if not agreement.covers(urn):
        return Condition(words, holds=False, because="the agreement does not cover the school")
    if agreement.terms and asked.term_code not in agreement.terms:
        return Condition(words, holds=False, because=f"the agreement is not for {asked.term_code}")
    if row.empty:
        return Condition(words, holds=False, because="not in the return it is made from")
    known = row.assign(nc_year=row["nc_year_actual"])
    for predicate in agreement.population:
        if not CONDITIONS[predicate.name].holds(known, predicate, asked.reference_date).all():
            return Condition(words, holds=False, because=f"its population is {predicate.name}")
    return Condition(words, holds=True, because="its population takes the pupil")


def _between(window: Window) -> str:
    return f"from {window.start} to {window.end}"


def _said(day: dt.date | None) -> str:
    return str(day) if day else "a day the MIS does not have"

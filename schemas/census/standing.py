"""Where each pupil stands towards a return, worked out one pupil after another.

Belongs here: a second, independent answer to "who ought to be in it": it shares no code with `membership`, `blocks`,
`attendance` or `conform`, so that one mistake cannot hide in both. `omissions` compares the two; `waybill why-not`
prints this one. Not here: what is reported of a pupil.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from schemas.census.collection import Collection, Window
from schemas.table import Frames

Row: TypeAlias = Mapping[str, Any]
ByPupil: TypeAlias = Mapping[str, Sequence[Row]]

GUEST: Final = "G"
SUSPENSION, ATTENDANCE, PLACEMENT, AIM = "suspension", "attendance", "placement", "programme aim"
_NURSERY: Final = "NS"
_SIXTH_FORM_PHASES: Final = frozenset({"SS", "AT", "PR"})
_SIXTH_FORM_YEARS: Final = frozenset({"12", "13", "14"})
_SUBSIDIARY: Final = "S"
_YOUNGEST, _OLDEST = 4, 15
_LONG_AGO: Final = dt.date.min


@dataclass(frozen=True, slots=True)
class Standing:
    """One pupil, as at census day.

    Attributes:
        pupil_id: the MIS's id.
        joined: first day of the spell that counts; None when the MIS has none.
        left: last day on roll, when that is before census day.
        status: registration status on census day, or on a leaver's last day.
        attendance_age: age at the 31 August before the reported period.
        boards: a boarder on that day.
        grounds: why a leaver is still returned (rule 1925Q), each with the dates of what it rests on. What the
            on-the-day file says (learner support, funding and monitoring) is no part of it.

    """

    pupil_id: str
    joined: dt.date | None
    left: dt.date | None
    status: str | None
    attendance_age: int | None
    boards: bool
    grounds: Mapping[str, tuple[dt.date | None, ...]]

    @property
    def guest(self) -> bool:
        """Say whether the pupil is registered elsewhere and only visits: no return counts guests."""
        return self.status == GUEST

    @property
    def of_attendance_age(self) -> bool:
        """Say whether the pupil is of an age whose attendance is reported."""
        return self.attendance_age is not None and _YOUNGEST <= self.attendance_age <= _OLDEST

    @property
    def attends(self) -> bool:
        """Say whether the pupil's attendance is reported where there is any."""
        return self.of_attendance_age and not self.boards

    @property
    def on_roll(self) -> bool:
        """Say whether the pupil is in the return as on roll."""
        return self.left is None and not self.guest

    @property
    def no_longer_on_roll(self) -> bool:
        """Say whether the pupil is in the return as a leaver."""
        return self.left is not None and not self.guest and bool(self.grounds)

    @property
    def returned(self) -> bool:
        """Say whether the pupil is in the return at all."""
        return self.on_roll or self.no_longer_on_roll


def standings(snapshot: Frames, collection: Collection) -> dict[str, Standing]:
    """Return everybody who was ever on roll by census day, by id; who joins later stands nowhere yet."""
    held = {name: by_pupil(snapshot, name) for name in _READ}
    born = {pupil: rows[0]["dob"] for pupil, rows in held["pupil"].items()}
    phase = snapshot["school"]["phase"].iloc[0]
    found = {}
    for pupil_id, spells in held["enrolment"].items():
        rows = {name: held[name].get(pupil_id, ()) for name in _READ}
        begun = [spell for spell in spells if _begun(spell, rows["enrol_status"], collection.reference_date)]
        if begun:
            found[pupil_id] = _standing(pupil_id, begun, rows, born.get(pupil_id), phase, collection)
    return found


_READ: Final = (
    "pupil", "enrolment", "enrol_status", "boarding", "nc_year", "suspension", "ap_placement", "programme_aim",
)  # fmt: skip


def by_pupil(snapshot: Frames, table: str) -> dict[str, list[Row]]:
    """Return the rows of a table as mappings, by pupil, in its order; none of a table the term does not ask for."""
    rows: dict[str, list[Row]] = defaultdict(list)
    if table not in snapshot:
        return rows
    for row in pa.Table.from_pandas(snapshot[table], preserve_index=False).to_pylist():
        rows[row["pupil_id"]].append(row)
    return rows


def marked(snapshot: Frames, window: Window) -> frozenset[str]:
    """Return the pupils with at least one coded session mark in a window."""
    marks = pa.Table.from_pandas(snapshot["attendance_mark"][["pupil_id", "date", "code"]], preserve_index=False)
    day = pc.field("date")
    coded = marks.filter(pc.field("code").is_valid() & (day >= window.start) & (day <= window.end))
    return frozenset(coded["pupil_id"].unique().to_pylist())


def suspensions(rows: Sequence[Row], collection: Collection) -> list[Row]:
    """Return those that STARTED in the window; when governors reviewed one, or when it ended, selects nothing."""
    window = collection.exclusions
    return [row for row in rows if row["start_date"] and window.start <= row["start_date"] <= window.end]


def placements(rows: Sequence[Row], collection: Collection, left: dt.date | None) -> list[Row]:
    """Return those that touch the window; one left open ends with the pupil's last day."""
    return [row for row in rows if touches(row["start_date"], row["end_date"] or left, collection.ap)]


def touches(first: dt.date | None, last: dt.date | None, window: Window) -> bool:
    """Say whether a period shares a day with a window; without a first or last day it reaches back or on."""
    return (first is None or first <= window.end) and (last is None or last >= window.start)


def _begun(spell: Row, statuses: Sequence[Row], day: dt.date) -> bool:
    """Say whether a spell has begun; one without a first day has, unless all that is known of the pupil is later."""
    if spell["entry_date"] is not None:
        return bool(spell["entry_date"] <= day)
    return not statuses or any(row["start_date"] is None or row["start_date"] <= day for row in statuses)


def _standing(
    pupil_id: str,
    begun: Sequence[Row],
    rows: Mapping[str, Sequence[Row]],
    dob: dt.date | None,
    phase: str | None,
    collection: Collection,
) -> Standing:
    census_day = collection.reference_date
    here = [spell for spell in begun if spell["leaving_date"] is None or spell["leaving_date"] >= census_day]
    spell = max(here or begun, key=lambda one: (one["entry_date"] or _LONG_AGO, one["leaving_date"] or dt.date.max))
    left = None if here else spell["leaving_date"]
    day = left or census_day
    status = _on(rows["enrol_status"], "status", day)
    standing = Standing(
        pupil_id=pupil_id,
        joined=spell["entry_date"],
        left=left,
        status=status,
        attendance_age=_age(dob, collection.attendance_age_date),
        boards=_on(rows["boarding"], "boarder", day) not in {None, "N"},
        grounds={},
    )
    if left is None or phase == _NURSERY:
        return standing
    older = phase in _SIXTH_FORM_PHASES and _on(rows["nc_year"], "nc_year", day) in _SIXTH_FORM_YEARS
    studies = rows["programme_aim"] if older and status != _SUBSIDIARY else ()
    found = {
        SUSPENSION: tuple(row["start_date"] for row in suspensions(rows["suspension"], collection)),
        ATTENDANCE: (standing.joined, left) if _attended(standing, collection) else (),
        PLACEMENT: tuple(row["start_date"] for row in placements(rows["ap_placement"], collection, left)),
        AIM: tuple(row["start_date"] for row in studies if _studied(row, left, collection)),
    }
    return replace(standing, grounds={ground: dates for ground, dates in found.items() if dates})


def _attended(standing: Standing, collection: Collection) -> bool:
    joined_before = standing.joined is None or standing.joined < collection.current_term_start
    left_since = standing.left is not None and standing.left >= collection.previous_term_start
    return joined_before and left_since and standing.attends


def _studied(aim: Row, left: dt.date, collection: Collection) -> bool:
    window = collection.learning_aims
    return window is not None and touches(aim["start_date"], aim["actual_end_date"] or left, window)


def _on(rows: Sequence[Row], column: str, day: dt.date) -> str | None:
    """Return what the row that held on a day says; of several, the one that began last."""
    holding = [row for row in rows if touches(row["start_date"], row["end_date"], Window(day, day))]
    last = max(holding, key=lambda row: (row["start_date"] or _LONG_AGO, row["source"]), default=None)
    return None if last is None else last[column]


def _age(dob: dt.date | None, day: dt.date) -> int | None:
    if dob is None:
        return None
    return day.year - dob.year - ((day.month, day.day) < (dob.month, dob.day))

"""The figures of a return that a head reads before signing it: counts, and no pupil.

Belongs here: counting a return's tables into sections of labelled figures. Does not belong here: how they look
(`pipelines.reports.summary_page`), or judging them (rules). A figure is a count over one whole school; small ones can
still point at a child, so whoever shows them says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from schemas.census.collection import Collection
from schemas.census.tables import OFF_ROLL, ON_ROLL
from schemas.census.vocabulary import year_order
from schemas.codesets import codes_meaning
from schemas.dates import certain
from schemas.table import Frames

_SEX: Final = {"F": "Girls", "M": "Boys"}
_SEN: Final = {"N": "No special educational need", "K": "SEN support", "E": "Education, health and care plan"}
_MEALS: Final = {"TFSM": "Targeted", "EFSM": "Expanded"}
_SUSPENDED: Final = {"SUSP": "Suspensions", "PERM": "Permanent exclusions", "LNCH": "Lunchtime suspensions"}
_SESSIONS: Final = {
    "present": "Present",
    "approved_activity": "Approved educational activity",
    "authorised_absence": "Authorised absence",
    "unauthorised_absence": "Unauthorised absence",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One labelled count; `among` is what it is a part of, 0 when a share says nothing."""

    label: str
    count: int
    among: int = 0

    @property
    def share(self) -> float | None:
        """The count as a part of `among`, 0 to 1; None without one."""
        return self.count / self.among if self.among else None


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the report."""

    title: str
    counted: str
    figures: tuple[Figure, ...]

    def count(self, label: str) -> int:
        """The count under a label: 0 when the return had nothing to put under it."""
        return next((figure.count for figure in self.figures if figure.label == label), 0)


def summary(frames: Frames, collection: Collection) -> tuple[Section, ...]:
    """Count a return, section by section; a section has the same title in every term, so that terms compare."""
    pupil = frames["pupil"]
    on_roll = pupil[pupil["section"] == ON_ROLL]
    return (
        _roll(pupil, on_roll),
        _years(on_roll),
        _coded("Sex", "pupils on roll", on_roll["sex"], _SEX),
        _coded("Special educational needs", "pupils on roll", on_roll["sen_provision"], _SEN),
        _meals(frames["fsm_period"], on_roll, collection),
        _attendance(frames),
        _suspensions(frames["exclusion"]),
    )


def _roll(pupil: pd.DataFrame, on_roll: pd.DataFrame) -> Section:
    left = pupil[pupil["section"] == OFF_ROLL]
    figures = (
        Figure("On roll", len(on_roll)),
        Figure("of them dual registered here and elsewhere", int(on_roll["enrol_status"].isin(["M", "S"]).sum())),
        Figure("of them part-time", int(certain(on_roll["part_time"]).sum())),
        Figure("No longer on roll, and reported", len(left)),
    )
    return Section("Pupils in the return", "pupils", figures)


def _years(on_roll: pd.DataFrame) -> Section:
    years = on_roll["nc_year_actual"]
    order = year_order(years)
    named = sorted(set(zip(order.fillna(99), years.fillna("not recorded"), strict=True)))
    counts = years.fillna("not recorded").value_counts()
    figures = tuple(Figure(_year_name(year), int(counts[year]), len(on_roll)) for _, year in named)
    return Section("Year group", "pupils on roll", figures)


def _year_name(year: str) -> str:
    if year.isdigit():
        return f"Year {year}"
    return {"R": "Reception", "X": "No year group", "not recorded": "Not recorded"}.get(year, f"Early years {year}")


def _coded(title: str, counted: str, values: pd.Series, labels: dict[str, str]) -> Section:
    counts = values.value_counts()
    known = [Figure(label, int(counts.get(code, 0)), len(values)) for code, label in labels.items()]
    other = len(values) - sum(figure.count for figure in known)
    return Section(title, counted, (*known, *_if_any("Not recorded, or another code", other, len(values))))


def _if_any(label: str, count: int, among: int = 0) -> Iterable[Figure]:
    return (Figure(label, count, among),) if count else ()


def _meals(periods: pd.DataFrame, on_roll: pd.DataFrame, collection: Collection) -> Section:
    day = collection.reference_date
    open_that_day = certain(periods["start_date"] <= day) & ~certain(periods["end_date"] < day)
    holding = periods[open_that_day & periods["pupil_id"].isin(on_roll["pupil_id"])]
    by_category = holding.groupby(holding["category"].fillna(""))["pupil_id"].nunique()
    everybody = len(on_roll)
    figures = [Figure("Eligible on census day", int(holding["pupil_id"].nunique()), everybody)]
    figures += [Figure(label, int(by_category.get(code, 0)), everybody) for code, label in _MEALS.items()]
    unsaid = int(by_category.drop(list(_MEALS), errors="ignore").sum())
    return Section("Free school meals", "pupils on roll", (*figures, *_if_any("No category", unsaid, everybody)))


def _attendance(frames: Frames) -> Section:
    possible = int(frames["attendance"]["sessions_possible"].sum())
    details = frames["session_detail"]
    figures = [Figure("Possible sessions", possible)]
    for group, label in _SESSIONS.items():
        of_group = details["code"].isin(list(codes_meaning("ATTENDANCE_GROUP", group)))
        figures.append(Figure(label, int(details.loc[of_group, "sessions"].sum()), possible))
    return Section("Attendance", "sessions of the reported term", tuple(figures))


def _suspensions(exclusion: pd.DataFrame) -> Section:
    counts = exclusion["category"].value_counts()
    figures = [Figure(label, int(counts.get(code, 0))) for code, label in _SUSPENDED.items()]
    figures.append(Figure("Pupils concerned", int(exclusion["pupil_id"].nunique())))
    figures.append(Figure("Sessions lost", int(exclusion["sessions"].sum())))
    return Section("Suspensions and exclusions", "that began in the two terms before", tuple(figures))

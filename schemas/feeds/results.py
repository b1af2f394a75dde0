"""Results of statutory assessments that a school returns: the early years profile, phonics, Key Stage 2 judgements.

Belongs here: two datasets for each assessment, because authorities take either form: wide (one row a pupil, one column
a goal or subject) and long (one row a result). The cohort is who was on roll in the year group on the last day of June,
or on the day told of where that is earlier; a pupil of it without a result has an empty row in the wide form, so that
the gap is seen before sending. CTF codes of subject and component are in no published list that could be read: of a
component only its number is used, and none is written into a wide file (facts early_years_ap.md, ctf.md section 7).
A partial CTF is made from the canonical results by its own format.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import pandas as pd

from schemas.asat import spells
from schemas.canonical import CANONICAL
from schemas.feeds import people
from schemas.feeds.dataset import Dataset, Reads, Taking
from schemas.feeds.people import PERS, ROLL
from schemas.table import Column, Frames, Table, date, text

SUMMER_BEGINS: Final = 5
"""Month from which the assessments told of are this calendar year's."""
_WHO: Final = tuple(
    ROLL[name]
    for name in (
        "pupil_id", "urn", "school_name", "upn", "surname", "forename", "middle_names", "sex", "dob", "nc_year",
        "registration_group",
    )
)  # fmt: skip
_LONG: Final = tuple(
    CANONICAL["assessment_result"][name]
    for name in ("year", "subject", "method", "component", "status", "qualifier", "result", "result_date")
)

GOALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "listening": "Listening, attention and understanding",
        "speaking": "Speaking",
        "self_regulation": "Self-regulation",
        "managing_self": "Managing self",
        "relationships": "Building relationships",
        "gross_motor": "Gross motor skills",
        "fine_motor": "Fine motor skills",
        "comprehension": "Comprehension",
        "word_reading": "Word reading",
        "writing": "Writing",
        "number": "Number",
        "numerical_patterns": "Numerical patterns",
        "past_and_present": "Past and present",
        "people_and_communities": "People, culture and communities",
        "natural_world": "The natural world",
        "creating": "Creating with materials",
        "being_imaginative": "Being imaginative and expressive",
    },
)
"""The early learning goals in the order of the statutory framework, by which they are numbered 1 to 17."""
_PHONICS: Final = MappingProxyType(
    {"mark": "Marks out of forty", "outcome": "Whether the standard was met, or why there is no mark"}
)
_SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {"REA": "reading", "WRI": "writing", "MAT": "mathematics", "SCI": "science"}
)


class Judgement(NamedTuple):
    """What is looked at to place one result in a wide table."""

    subject: str | None
    method: str | None
    component: str | None
    result: str | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One statutory assessment.

    Attributes:
        stage: of `assessment_result`.
        years: year groups that have it; of these `due` must have a result, the others have one when they took it again.
        columns: of the wide table, with what each means.
        place: the column of a result; None for a result that is no part of the return.

    """

    name: str
    title: str
    stage: str
    years: tuple[str, ...]
    due: tuple[str, ...]
    columns: Mapping[str, str]
    place: Callable[[Judgement], str | None]

    @property
    def wide(self) -> Table:
        """The table of one row a pupil."""
        columns: tuple[Column, ...] = tuple(text(name, PERS, meaning) for name, meaning in self.columns.items())
        return Table(self.name, f"one pupil's {self.title}", (*_WHO, *columns, _ASSESSED), key=("pupil_id",))

    @property
    def long(self) -> Table:
        """The table of one row a result."""
        return Table(f"{self.name}_result", f"one result of the {self.title}", (*_WHO, *_LONG))


_ASSESSED: Final = date("assessed_on", PERS, "Day of the latest result")


def _goal(judged: Judgement) -> str | None:
    number = "".join(letter for letter in judged.component or "" if letter.isdigit())
    return dict(enumerate(GOALS, start=1)).get(int(number)) if number else None


def _check(judged: Judgement) -> str:
    return "mark" if (judged.result or "").isdigit() else "outcome"


def _subject(judged: Judgement) -> str | None:
    return _SUBJECTS.get(judged.subject or "") if judged.method == "TA" else None


EYFSP: Final = Assessment("eyfsp", "early years foundation stage profile", "FSP", ("R",), ("R",), GOALS, _goal)
PHONICS: Final = Assessment("phonics", "phonics screening check", "PHO", ("1", "2"), ("1",), _PHONICS, _check)
KEY_STAGE_2: Final = Assessment(
    "ks2_assessment",
    "Key Stage 2 teacher assessment",
    "KS2",
    ("6",),
    ("6",),
    MappingProxyType({name: f"Judgement of {name}" for name in _SUBJECTS.values()}),
    _subject,
)
ASSESSMENTS: Final = (EYFSP, PHONICS, KEY_STAGE_2)


def wide(assessment: Assessment, snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return the cohort, one row a pupil; of two results in one place the later counts."""
    who = _cohort(assessment, snapshot, taking)
    found = _placed(assessment, snapshot, taking)
    latest = found.sort_values("result_date", kind="stable").drop_duplicates(["pupil_id", "place"], keep="last")
    beside = latest.pivot_table(index="pupil_id", columns="place", values="result", aggfunc="last")
    days = latest.groupby("pupil_id")["result_date"].max().rename(_ASSESSED.name)
    told = who[who["nc_year"].isin(assessment.due) | who["pupil_id"].isin(beside.index)]
    told = told.merge(beside.reindex(columns=list(assessment.columns)), on="pupil_id", how="left")
    table = assessment.wide
    return {table.name: people.rows(table, told.merge(days, on="pupil_id", how="left"))}


def long(assessment: Assessment, snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return the cohort's results, one row each, by subject and component."""
    order = ["subject", "component", "qualifier", "result_date"]
    found = _placed(assessment, snapshot, taking).sort_values(order, kind="stable")
    table = assessment.long
    return {table.name: people.rows(table, _cohort(assessment, snapshot, taking).merge(found, on="pupil_id"))}


def _day(taking: Taking) -> dt.date:
    year = taking.as_at.year - (taking.as_at.month < SUMMER_BEGINS)
    return min(dt.date(year, 6, 30), taking.as_at)


def _cohort(assessment: Assessment, snapshot: Frames, taking: Taking) -> pd.DataFrame:
    present, _ = spells(snapshot, _day(taking))
    who = people.people(snapshot, present)
    return who[who["nc_year"].isin(assessment.years)]


def _placed(assessment: Assessment, snapshot: Frames, taking: Taking) -> pd.DataFrame:
    """Return the results of the summer that are part of the return, each with its place."""
    results = snapshot["assessment_result"]
    summer = results[(results["stage"] == assessment.stage) & (results["year"] == _day(taking).year)]
    parts = summer[list(Judgement._fields)]
    judged = parts.astype(object).where(parts.notna(), None).itertuples(index=False, name=None)
    places = pd.Series([assessment.place(Judgement(*each)) for each in judged], index=summer.index, dtype=object)
    return summer.drop(columns="source").assign(place=places)[places.notna()]


def _reads(fields: frozenset[str]) -> Reads:
    return {**people.reads(fields), "assessment_result": frozenset(CANONICAL["assessment_result"].names)}


def _datasets(assessment: Assessment) -> tuple[Dataset, Dataset]:
    return (
        Dataset(
            assessment.wide.name,
            f"the {assessment.title} of the last summer, one row a pupil",
            (assessment.wide,),
            lambda snapshot, taking: wide(assessment, snapshot, taking),
            _reads,
        ),
        Dataset(
            assessment.long.name,
            f"the {assessment.title} of the last summer, one row a result",
            (assessment.long,),
            lambda snapshot, taking: long(assessment, snapshot, taking),
            _reads,
        ),
    )


DATASETS: Final = tuple(dataset for assessment in ASSESSMENTS for dataset in _datasets(assessment))

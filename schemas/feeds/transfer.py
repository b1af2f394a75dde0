"""Transfer files and the two messages of their shape: who is told of, where the file goes, and by when.

Belongs here: the three datasets. What they say of a pupil is `schemas.feeds.transfer_blocks`; which of it is written,
and in which order, is `schemas.ctf.layout`. A file goes to the school that the MIS names by its number and to no other:
no name is ever looked up, for two schools may share one.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pandas as pd

from schemas.canonical import CANONICAL
from schemas.dates import certain, within
from schemas.establishments import Establishment
from schemas.feeds.dataset import Dataset, Reads, Taking
from schemas.feeds.people import ever_here, joiners, leavers
from schemas.feeds.transfer_attendance import academic_year, attendance, marks_needed
from schemas.feeds.transfer_blocks import BLOCKS, next_school
from schemas.feeds.transfer_tables import AUTHORITY, COLUMNS, OUTSIDE, UNKNOWN, family_tables
from schemas.school_days import school_day_after
from schemas.table import Frames, date

SUPPLIER: Final = "Waybill"
SCHOOL_DAYS: Final = 15
"""School days after leaving by which the file must have gone (SI 2005/1437 regulation 9)."""

_ELSEWHERE: Final = "f"
_DIED: Final = "k"
"""Grounds of regulation 9(1): a parent's notice of education otherwise, and a death, after which nothing is sent."""

_NUMBER: Final = re.compile(r"[0-9]{7}")
_DAY: Final = date("day", COLUMNS["header"][1][0].sensitivity, "a day").dtype


@dataclass(frozen=True, slots=True)
class _Family:
    """One kind of file.

    Attributes:
        who: the pupils it tells of, each with `told_of` and `due`.
        destination: where each one's file goes.
        qualifier: full, or partial and the qualifier of the data.

    """

    who: Callable[[Frames, Taking], pd.DataFrame]
    destination: Callable[[Frames, pd.DataFrame, Taking], pd.Series]
    qualifier: tuple[str, str | None]


def _all_leavers(snapshot: Frames, taking: Taking) -> pd.DataFrame:
    """Everybody who left in the window, those who completed the school among them: each goes to another."""
    everybody = ever_here(snapshot, taking)
    gone = everybody[within(everybody["leaving_date"], taking.window_start, taking.as_at)]
    gone = gone[~certain(gone["removal_ground"] == _DIED)]
    terms = _terms(snapshot, taking)
    due = [school_day_after(day, SCHOOL_DAYS, terms) for day in gone["leaving_date"]]
    return gone.assign(told_of=gone["leaving_date"], due=pd.Series(due, index=gone.index, dtype=_DAY))


def _returned(
    dataset: Callable[[Frames, Taking], dict[str, pd.DataFrame]], name: str, day: str
) -> Callable[[Frames, Taking], pd.DataFrame]:
    """Return who a return of joiners or leavers tells of, and its due day."""

    def who(snapshot: Frames, taking: Taking) -> pd.DataFrame:
        told = dataset(snapshot, taking)[name]
        told = told.rename(columns={day: "told_of"})[["pupil_id", "told_of", "due"]]
        return ever_here(snapshot, taking).merge(told, on="pupil_id")

    return who


def _terms(snapshot: Frames, taking: Taking) -> list[tuple[dt.date, dt.date]]:
    """Return the school's terms, or its years where the MIS tells no terms."""
    dated = snapshot["term"].dropna(subset=["start_date", "end_date"])
    terms = list(zip(dated["start_date"], dated["end_date"], strict=True))
    return terms or [(year.first, year.last) for year in taking.years]


def _next_school(_snapshot: Frames, gone: pd.DataFrame, taking: Taking) -> pd.Series:
    numbers = gone["destination_la"] + gone["destination_estab"]
    places = [
        _place(None if pd.isna(number) else number, ground, taking.establishments)
        for number, ground in zip(numbers, gone["removal_ground"], strict=True)
    ]
    return pd.Series(places, index=gone.index, dtype=object)


def _place(number: str | None, ground: object, register: Mapping[str, Establishment]) -> str:
    """Return where a leaver's file goes; a number that the register lacks stays, to be put right before it is sent."""
    if number is not None and _NUMBER.fullmatch(number):
        school = register.get(number)
        return OUTSIDE if school is not None and school.outside_the_sector else number
    return OUTSIDE if ground == _ELSEWHERE else UNKNOWN


def _own_authority(snapshot: Frames, who: pd.DataFrame, _taking: Taking) -> pd.Series:
    return pd.Series(snapshot["school"].iloc[0]["la_number"] + AUTHORITY, index=who.index, dtype=object)


_FAMILIES: Final[Mapping[str, _Family]] = MappingProxyType(
    {
        "transfer": _Family(_all_leavers, _next_school, ("full", None)),
        "cml": _Family(_returned(leavers, "leaver", "leaving_date"), _own_authority, ("partial", "CML")),
        "cmj": _Family(_returned(joiners, "joiner", "entry_date"), _own_authority, ("partial", "CMJ")),
    },
)


def _make(name: str, snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return the tables of one family."""
    family = _FAMILIES[name]
    who = family.who(snapshot, taking).sort_values("pupil_id", ignore_index=True)
    goes_to = dict(zip(who["pupil_id"], family.destination(snapshot, who, taking), strict=True))
    declared = {table.name.removeprefix(f"{name}_"): table for table in family_tables(name)}
    made = {block: fill(snapshot, who) for block, fill in BLOCKS.items() if block in declared}
    if "attendance" in declared:
        made["attendance"], made["marks"] = attendance(snapshot, who)
    if name == "cml":
        made["school"] = pd.concat([made["school"], next_school(who)])
    made = {block: _sent(frame, goes_to) for block, frame in made.items()}
    made["header"] = _headers(snapshot, taking, family, sorted(set(goes_to.values())))
    return {
        table.name: table.frame({column: made[block][column] for column in table.names if column in made[block]})
        for block, table in declared.items()
    }


def _sent(frame: pd.DataFrame, goes_to: Mapping[str, str]) -> pd.DataFrame:
    """Return a table in the order of its pupils, each row with where it goes."""
    in_order = frame.sort_values("pupil_id", kind="stable", ignore_index=True)
    return in_order.assign(destination=in_order["pupil_id"].map(goes_to))


def _whole(name: str, frames: Frames) -> dict[str, pd.DataFrame]:
    """Return the tables without the headers of files in which no pupil is left."""
    places = frames[f"{name}_pupil"]["destination"]
    header = frames[f"{name}_header"]
    return {**frames, f"{name}_header": header[header["destination"].isin(places)].reset_index(drop=True)}


def _headers(snapshot: Frames, taking: Taking, family: _Family, places: Iterable[str]) -> pd.DataFrame:
    here = snapshot["school"].iloc[0]
    qualifier, of_data = family.qualifier
    return pd.DataFrame(
        [
            {
                "destination": place,
                "date_time": taking.taken,
                "qualifier": qualifier,
                "data_qualifier": of_data,
                "supplier": SUPPLIER,
                "la_number": here["la_number"],
                "estab": here["estab"],
                "urn": here["urn"],
                "school_name": here["name"],
                "academic_year": academic_year(taking.as_at),
                "dest_la": place[:3],
                "dest_estab": place[3:],
                "dest_urn": _urn(taking, place),
            }
            for place in places
        ],
        columns=["destination", *(column.name for column in COLUMNS["header"][1])],
    )


def _urn(taking: Taking, place: str) -> str | None:
    """Return the URN of a receiver that the register has open on the day; its absence is what the checks look for."""
    school = taking.establishments.get(place)
    return school.urn if school is not None and school.is_open(taking.as_at) else None


_ALWAYS: Final = ("school", "upn", "enrolment", "enrol_status", "nc_year")
_OF_TABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "language": "pupil", "disability": "pupil", "phone": "pupil", "fsm": "fsm", "sen": "sen_status",
        "sen_need": "sen_need", "contact": "contact", "contact_phone": "contact", "attendance": "attendance_mark",
        "marks": "attendance_mark", "stage": "assessment_result", "result": "assessment_result",
        "school": "school_history",
    },
)  # fmt: skip
_OF_COLUMN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "former_surname": "former_surname",
        "in_care": "in_care",
        "care_authority": "in_care",
        **dict.fromkeys(CANONICAL["address"].names, "address"),
    },
)


def _reads(name: str, fields: frozenset[str]) -> Reads:
    """Return what a family asks of the MIS for these fields; how long it may take is told by the terms."""
    taken = [tuple(field.removeprefix(f"{name}_").split(".")) for field in sorted(fields)]
    tables = {_OF_TABLE[block] for block, _ in taken if block in _OF_TABLE}
    tables |= {_OF_COLUMN[column] for block, column in taken if block == "pupil" and column in _OF_COLUMN}
    wanted = {table: frozenset(CANONICAL[table].names) for table in (*_ALWAYS, "term", *sorted(tables - {"pupil"}))}
    own = {column for block, column in taken if _OF_TABLE.get(block, block) == "pupil" and column in CANONICAL["pupil"]}
    return {**wanted, "pupil": frozenset({"pupil_id", "source", "dob"} | own)}


def _dataset(name: str, meaning: str) -> Dataset:
    tables = family_tables(name)
    return Dataset(
        name,
        meaning,
        tables,
        lambda snapshot, taking: _make(name, snapshot, taking),
        lambda fields: _reads(name, fields),
        marks=marks_needed if any(table.name == "transfer_marks" for table in tables) else None,
        event_day=f"{name}_pupil.told_of",
        whole=lambda frames: _whole(name, frames),
    )


DATASETS: Final = (
    _dataset("transfer", "each pupil who left in the period, for the next school: one file for each destination"),
    _dataset("cml", "each pupil whose name is deleted in the period, as a message to the authority (CML)"),
    _dataset("cmj", "each pupil whose name was entered in the period, as a message to the authority (CMJ)"),
)

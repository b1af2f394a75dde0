"""What a receiver's import, or the exchange between schools, would refuse in a transfer file, known before it is sent.

Belongs here: checks of minimised tables. Lengths, codes and what may not be missing are those of `schemas.ctf.layout`;
the rest is what that table cannot say. A problem names what to change in the MIS; nothing is changed here.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from exports.formats.ctf_xml import SUPPLIED, TYPES
from exports.formats.problems import Problem
from exports.terms import Agreement
from schemas.census.layout import Item
from schemas.ctf.layout import VERSIONS, allowed, ctf_layout
from schemas.dates import certain
from schemas.feeds.transfer_tables import AUTHORITY, OUTSIDE, UNKNOWN
from schemas.identifiers import postcode_valid, uln_valid, upn_valid
from schemas.table import Frames, Kind

MOST_SESSIONS: Final = 400

PROVISIONAL: Final = (
    "no schema of version 26.0 was found: the category and verification date of free school meals, the end of a period "
    "of SEN provision, a contact's middle names and the candidate identifier stand where the Department's own programs "
    "or an older version have them"
)
"""What the signers of a transfer file are told."""

_UNSEEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        UNKNOWN: "the MIS has no school number for where this pupil goes, so the file would go to the store of lost "
        "pupils. Ask the family and the authority; enter the school when it is known. Send it so only when fifteen "
        "school days have brought no answer, and say here who was asked",
        OUTSIDE: "this pupil goes outside the maintained sector, so the file would go to the store that authorities "
        "search. Say here who looked at it",
    },
)


def _phone_valid(phones: pd.Series) -> pd.Series:
    return certain(phones.str.fullmatch(r"\+?[0-9]+"))


_FORMS: Final[Mapping[str, tuple[Callable[[pd.Series], pd.Series], str]]] = MappingProxyType(
    {
        "upn": (upn_valid, "correct the UPN: the check letter, the authority or the form is wrong"),
        "former_upn": (upn_valid, "correct the former UPN: the check letter, the authority or the form is wrong"),
        "uln": (uln_valid, "correct the ULN: ten digits with the right check digit"),
        "phone": (_phone_valid, "write the telephone number in digits, with a + before them at most"),
        "postcode": (postcode_valid, "enter a full United Kingdom postcode, in capitals with one space"),
    },
)


def mismatches(agreement: Agreement) -> Iterator[str]:
    """Yield what in an agreement would keep these checks from being made."""
    if agreement.dataset and agreement.dataset not in TYPES:
        yield f"the ctf checks are for {', '.join(TYPES)}"
    elif agreement.dataset == "transfer" and "transfer_header.dest_urn" not in agreement.fields:
        yield "the destination is checked by its URN: name transfer_header.dest_urn"


def problems(frames: Frames, agreement: Agreement) -> tuple[Problem, ...]:
    """Return everything that would be refused, and every pupil whose file would go where nobody looks."""
    family = agreement.dataset
    found: list[Problem] = []
    for item in ctf_layout(next(iter(VERSIONS)), family).items:
        if item.field in agreement.fields and item.column not in SUPPLIED:
            found += _of_item(frames[item.table], item, family)
    found += _destinations(frames, family)
    found += _records(frames, family)
    return tuple(found)


def _of_item(frame: pd.DataFrame, item: Item, family: str) -> Iterator[Problem]:
    values = frame[item.column]
    if item.cardinality == "1":
        yield from _told(frame, item.field, values.isna(), "enter it: the file may not lack it")
    if item.kind is not Kind.TEXT:
        return
    if item.max_length is not None:
        long = certain(values.str.len() > item.max_length)
        yield from _told(frame, item.field, long, f"shorten it to {item.max_length} characters")
    if codes := allowed(family).get(item.field):
        wrong = values.notna() & ~values.isin(codes)
        yield from _told(frame, item.field, wrong, f"choose one of the codes {', '.join(sorted(codes))}")
    if item.column in _FORMS:
        right, advice = _FORMS[item.column]
        yield from _told(frame, item.field, values.notna() & ~right(values), advice)


def _destinations(frames: Frames, family: str) -> Iterator[Problem]:
    header, pupils = frames[f"{family}_header"], frames[f"{family}_pupil"]
    for place, advice in _UNSEEN.items():
        yield from _told(pupils, f"{family}_header.dest_estab", pupils["destination"] == place, advice)
    if "dest_urn" not in header:
        return
    named = ~header["destination"].isin(_UNSEEN) & ~header["destination"].str.endswith(AUTHORITY)
    closed = header.loc[named & header["dest_urn"].isna(), "destination"]
    advice = (
        "the school this pupil goes to is not open in the register of schools on the day: correct the destination in "
        "the MIS, or take a new register from GIAS into registers/establishments.csv"
    )
    yield from _told(pupils, f"{family}_header.dest_urn", pupils["destination"].isin(closed), advice)


def _records(frames: Frames, family: str) -> Iterator[Problem]:
    """Yield what two values together make unfit; a table the agreement leaves out is passed over."""
    pupils = frames[f"{family}_pupil"]
    if {"in_care", "care_authority"} <= set(pupils):
        lacking = certain(pupils["in_care"]) & pupils["care_authority"].isna()
        yield from _told(pupils, f"{family}_pupil.care_authority", lacking, "enter the authority that looks after them")
    sen = frames.get(f"{family}_sen")
    if sen is not None and {"provision", "start_date"} <= set(sen):
        undated = sen["provision"].isin(["K", "E"]) & sen["start_date"].isna()
        yield from _told(sen, f"{family}_sen.start_date", undated, "enter the day the provision began")
    if f"{family}_attendance" in frames:
        yield from _attendance(frames, family)


def _attendance(frames: Frames, family: str) -> Iterator[Problem]:
    years = frames[f"{family}_attendance"]
    field = f"{family}_attendance.possible"
    absent = years["authorised"] + years["unauthorised"]
    many = certain(years["possible"] > MOST_SESSIONS)
    yield from _told(years, field, many, f"look at the register: a year has at most {MOST_SESSIONS} sessions")
    over = certain(absent > years["possible"])
    yield from _told(years, field, over, "look at the register: more sessions absent than possible")
    marks = frames.get(f"{family}_marks")
    if marks is not None:
        without = certain(years["possible"] > 0) & ~years["row_id"].isin(marks["row_id"])
        advice = (
            "nothing to change: a code of two characters has no known place in a string of marks, so this pupil's "
            "marks are left out; the session totals are sent and count"
        )
        yield from _told(years, f"{family}_marks.marks", without, advice)


def _told(frame: pd.DataFrame, field: str, rows: pd.Series, advice: str) -> list[Problem]:
    if "pupil_id" not in frame:
        return [Problem(field, None, advice)] if rows.any() else []
    return [Problem(field, str(pupil), advice) for pupil in frame.loc[rows, "pupil_id"].unique()]

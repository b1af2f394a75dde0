"""Lists for health teams that have no published file layout: which fields each may hold, of which year groups.

Belongs here: one table, and the rules that follow from it. Column names are the agreement's own (`as: ...`): each team
gets the header that its software wants, whatever it is. No conformance with any software is claimed: what `provisional`
says is shown to the signers. Facts: nhs/ncmp_and_others.md. The lists of Mavis, whose importer is known to the letter,
are `exports.formats.mavis`.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pandas as pd

from exports.formats.problems import Problem
from exports.terms import Agreement
from schemas.identifiers import nhs_number_valid
from schemas.table import Frames

_NAMES: Final = frozenset({"surname", "forename"})
_PREFERRED: Final = frozenset({"preferred_surname", "preferred_forename"})
_SCHOOL: Final = frozenset({"urn", "school_name"})
_PLACE: Final = frozenset({"nc_year", "registration_group"})
_ADDRESS: Final = frozenset({"line1", "line2", "town", "postcode"})
_PARENTS: Final = frozenset(
    f"contact{number}_{part}"
    for number in (1, 2)
    for part in ("title", "forename", "surname", "relationship", "email", "phone")
)
_WHOLE_YEAR: Final = frozenset({"whole_roll", "year_groups"})
_SEXES: Final = frozenset({"M", "F"})
_AGE_AT_YEAR: Final[Mapping[str, int]] = MappingProxyType(
    {"R": 5, **{str(year): year + 5 for year in range(1, 14)}},
)
"""Birthday that a pupil in step with their age has between 1 September and 31 August."""


@dataclass(frozen=True, slots=True)
class ClassList:
    """What one kind of list may be.

    Attributes:
        called: what a person calls it.
        kind: kind of recipient that it goes to.
        gateway: its only ground: data asked for under another belong to another agreement.
        required: fields that it is useless without, and whose blanks are reported.
        allowed: every field that it may hold, by what the facts say of it.
        years: the only year groups it may name; None is any.
        in_step: pupils whose birthday lies outside their year group are reported.
        provisional: what is not known of the recipient's own layout or limits.

    """

    called: str
    kind: str
    gateway: str
    required: tuple[str, ...]
    allowed: frozenset[str]
    years: frozenset[str] | None
    in_step: bool
    provisional: str


LISTS: Final[Mapping[str, ClassList]] = MappingProxyType(
    {
        "ncmp": ClassList(
            called="an NCMP class list",
            kind="nhs_other",
            gateway="nhs-2006-sch1-7a",
            required=("urn", "surname", "forename", "dob", "sex", "nc_year"),
            allowed=_SCHOOL | _NAMES | _PREFERRED | {"dob", "sex", "ethnicity"} | _PLACE | _ADDRESS | _PARENTS,
            years=frozenset({"R", "6"}),
            in_step=True,
            provisional="a class list for the measuring team; the column names of the NCMP system itself are not "
            "published, so nothing says that the system could load this file",
        ),
        "school_nursing": ClassList(
            called="a school nursing list",
            kind="nhs_other",
            gateway="public-task-school-nursing",
            required=("urn", "surname", "forename", "dob", "nc_year"),
            allowed=_SCHOOL | _NAMES | _PREFERRED | {"dob", "sex", "nhs_number"} | _PLACE | _ADDRESS,
            years=None,
            in_step=False,
            provisional="school nursing teams have no national layout: agree the columns with the team",
        ),
        "vision": ClassList(
            called="a vision screening first list",
            kind="nhs_other",
            gateway="public-task-vision-screening",
            required=("surname", "forename", "dob", "registration_group"),
            allowed=_SCHOOL | _NAMES | {"dob"} | _PLACE | _ADDRESS | _PARENTS,
            years=frozenset({"R"}),
            in_step=False,
            provisional="vision screening teams have no national layout: agree the columns with the team",
        ),
        "dental": ClassList(
            called="a dental survey first list",
            kind="nhs_other",
            gateway="si-2012-3094-dental",
            required=("surname", "forename", "dob", "registration_group"),
            allowed=_NAMES | {"urn", "dob", "registration_group"},
            years=frozenset({"R", "1"}),
            in_step=False,
            provisional="the minimum to draw the sample from; the survey team itself asks each family for consent to "
            "examine, and whatever else it needs it asks for with that consent",
        ),
        "immunisation": ClassList(
            called="an immunisation list",
            kind="nhs_immunisation",
            gateway="public-task-immunisation",
            required=("surname", "forename", "dob", "postcode"),
            allowed=_SCHOOL | _NAMES | _PREFERRED | {"dob", "sex", "nhs_number"} | _PLACE | _ADDRESS | _PARENTS,
            years=None,
            in_step=False,
            provisional="the team's software has no published layout: the columns are those the team has asked for",
        ),
    },
)
"""Every list, by the name of its profile."""


def mismatches(wanted: ClassList, agreement: Agreement) -> Iterator[str]:
    """Yield what in an agreement does not make this list."""
    columns = {line.column for line in agreement.lines}
    if extra := sorted(columns - wanted.allowed - {""}):
        yield f"{wanted.called} never holds {', '.join(extra)}"
    if missing := [column for column in wanted.required if column not in columns]:
        yield f"{wanted.called} needs {', '.join(missing)}"
    if agreement.recipient.kind not in {"", wanted.kind}:
        yield f"{wanted.called} goes to a recipient of kind {wanted.kind} only"
    if any(line.gateway not in {"", wanted.gateway} for line in agreement.lines):
        yield f"{wanted.called} rests on {wanted.gateway} alone: another purpose needs an agreement of its own"
    if agreement.dialect is not None and agreement.dialect.encoding != "utf-8-sig":
        yield f"{wanted.called} is written as utf-8-sig"
    yield from _years(wanted, agreement)


def problems(wanted: ClassList, frames: Frames, agreement: Agreement) -> tuple[Problem, ...]:
    """Return what a person has to put right before the list is of use."""
    frame = frames[agreement.dataset]
    found = [problem for line in agreement.lines for problem in _blanks(wanted, frame, line.column, line.field)]
    for line in agreement.lines:
        check = _CHECKS.get(line.column)
        if check is not None:
            wrong, what_to_change = check
            bad = frame[line.column].notna() & ~wrong(frame[line.column])
            found += [Problem(line.field, str(pupil), what_to_change) for pupil in frame.loc[bad, "pupil_id"]]
    if wanted.in_step:
        found += _out_of_step(frame, agreement)
    return tuple(found)


def _years(wanted: ClassList, agreement: Agreement) -> Iterator[str]:
    if any(predicate.name and predicate.name not in _WHOLE_YEAR for predicate in agreement.population):
        yield f"{wanted.called} is the whole of its year groups, or is not sent"
    if wanted.years is None:
        return
    for predicate in agreement.population:
        if predicate.name == "whole_roll" or set(predicate.values) - wanted.years:
            yield f"{wanted.called} is for year groups {', '.join(sorted(wanted.years))} only"


def _blanks(wanted: ClassList, frame: pd.DataFrame, column: str, field: str) -> Iterator[Problem]:
    """Yield the empty cells of a field that the list is useless without.

    An address may be empty because it is withheld, and only somebody without any contact is such a pupil.
    """
    if column not in wanted.required:
        return
    empty = frame[column].isna()
    if column in _ADDRESS:
        held = [name for name in frame.columns if name in _ADDRESS | _PARENTS]
        empty &= frame[held].notna().any(axis=1)
    for pupil in frame.loc[empty, "pupil_id"]:
        yield Problem(field, str(pupil), f"enter it in the MIS: {wanted.called} needs it")


def _out_of_step(frame: pd.DataFrame, agreement: Agreement) -> Iterator[Problem]:
    """Yield pupils whose birthday is not one of their year group's, which the measuring system holds it against."""
    starts = agreement.recipient.ends.year - 1  # a health agreement ends by 31 August of its school year
    for pupil, year, born in zip(frame["pupil_id"], frame["nc_year"], frame["dob"], strict=True):
        if pd.isna(year) or pd.isna(born) or year not in _AGE_AT_YEAR:
            continue
        age = _AGE_AT_YEAR[year]
        if not dt.date(starts - age, 9, 1) <= born < dt.date(starts - age + 1, 9, 1):
            yield Problem(f"{agreement.dataset}.dob", str(pupil), "check year group and date of birth: taught out of "
                          "year is right in itself, but tell the measuring team")  # fmt: skip


def _sex_known(values: pd.Series) -> pd.Series:
    return values.isin(_SEXES)


_CHECKS: Final = MappingProxyType(
    {
        "sex": (_sex_known, "the sex must be M or F"),
        "nhs_number": (nhs_number_valid, "correct the NHS number: ten digits with the right check digit"),
    },
)
"""What is checked of a value that is there, and what to do when it is wrong."""

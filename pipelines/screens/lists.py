"""What a list for people says: findings for the desk, work for the school's office, queries for COLLECT.

Belongs here: columns, order of rows and words. A list's form (CSV, workbook) is `exports.sheets`; that it was made is
recorded by `pipelines.actions.taking_out`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from exports.sheets import Column, Sheet
from pipelines.actions.findings import Cause, FindingsResult, Found, Pupil
from pipelines.actions.noting import Query
from pipelines.screens.findings import by_number
from schemas.census.catalogue import LOCAL_PREFIX

PUPIL_DATA = "Holds pupils' personal data: keep it where such data may be, and delete it when the work is done."
_NOBODY = Pupil("", None, None, None, None, None, None)

_WHO = (Column("Surname", 18), Column("Forename", 14), Column("Year", 6), Column("Registration group", 13))
_UPN, _PAGE = Column("UPN", 16), Column("Page in the MIS", 9, link=True)


class Listing(NamedTuple):
    """A list, and how many pupils are in it."""

    sheet: Sheet
    pupils: int


def findings_list(result: FindingsResult) -> Listing:
    """Every finding, a row each, in the order of the screen."""
    rows = [
        (
            cause.kind, cause.severity, cause.rule, cause.message, *_who(pupil), pupil.upn, one.pupil, one.row,
            cause.where_to_fix, cause.fields, cause.funding or None, _standing(one), _text(one), _by(one), pupil.page,
        )
        for cause, one, pupil in _findings(result)
    ]  # fmt: skip
    columns = (
        Column("Kind", 11), Column("Severity", 9), Column("Rule", 9), Column("What was found", 40), *_WHO, _UPN,
        Column("Id in the MIS", 11), Column("Which entry", 13), Column("Where to fix it", 34), Column("Fields", 24),
        Column("Funding", 13), Column("Standing", 18), Column("Explanation", 34), Column("By", 18), _PAGE,
    )  # fmt: skip
    sheet = Sheet("Findings", f"Findings, {_title(result)}", (PUPIL_DATA,), columns, tuple(rows))
    return Listing(sheet, _pupils(one for _, one, _ in _findings(result)))


def office_list(result: FindingsResult, wanted_by: dt.date) -> Listing:
    """What the school's office has to put right: nothing that is explained before, nothing it cannot change.

    Sorted by registration group and name, so that each form's pages can be handed on; the school's own details first.
    A UPN is not needed to find a pupil in the MIS and is left out.
    """
    day = f"{wanted_by:%d %B %Y}"
    open_ones = [
        (cause, one, pupil)
        for cause, one, pupil in _findings(result)
        if cause.evaluated and cause.level in {"pupil", "school"} and not (one.note or one.carried)
    ]
    rows = [
        (pupil.registration_group, *_who(pupil)[:3], "correct" if cause.severity == "error" else "check",
         cause.message.removeprefix(LOCAL_PREFIX), one.row, cause.where_to_fix, pupil.page, day, None, cause.rule)
        for cause, one, pupil in sorted(open_ones, key=_by_form)
    ]  # fmt: skip
    columns = (
        _WHO[3], *_WHO[:3], Column("Do", 8), Column("What is wrong", 38), Column("Which entry", 13),
        Column("Where to put it right", 38), _PAGE, Column("Wanted by", 17), Column("Done", 7), Column("Rule", 9),
    )  # fmt: skip
    notices = (
        f"Please put right in the MIS by {day}, with the date from which it holds. Where it says check: correct it,",
        "or tell the data manager why it is right.",
        PUPIL_DATA,
    )
    sheet = Sheet("For the office", f"To put right, {_title(result)}", notices, columns, tuple(rows))
    return Listing(sheet, _pupils(one for _, one, _ in open_ones))


def queries_list(result: FindingsResult, queries: Sequence[Query]) -> Listing:
    """Remaining queries with their texts, in COLLECT's order as we understand it."""
    rows = []
    for query in queries:
        cause, one = query.cause, query.found
        pupil = result.pupils.get(one.pupil or "", _NOBODY)
        rows.append(
            (cause.rule, cause.severity, cause.level, pupil.upn, *_who(pupil)[:2], cause.message, one.row, _text(one),
             _standing(one), _by(one))
        )  # fmt: skip
    columns = (
        Column("Rule", 9), Column("Severity", 9), Column("Level", 8), _UPN, *_WHO[:2], Column("What was found", 38),
        Column("Which entry", 13), Column("Explanation", 50), Column("Standing", 18), Column("By", 18),
    )  # fmt: skip
    order = "By rule number, level, UPN: the order of COLLECT's All Errors list as we understand it."
    title = f"Queries and explanations, {_title(result)}"
    sheet = Sheet("Queries", title, (order, PUPIL_DATA), columns, tuple(rows))
    return Listing(sheet, _pupils(query.found for query in queries))


def _pupils(found: Iterable[Found]) -> int:
    return len({one.pupil for one in found} - {None})


def _title(result: FindingsResult) -> str:
    return f"{result.name} ({result.school}), {result.period}"


def _findings(result: FindingsResult) -> Iterator[tuple[Cause, Found, Pupil]]:
    for cause in result.causes:
        for one in cause.found:
            yield cause, one, result.pupils.get(one.pupil or "", _NOBODY)


def _by_form(row: tuple[Cause, Found, Pupil]) -> tuple[str, str, str, str, str]:
    cause, one, pupil = row
    return (
        by_number(pupil.registration_group), pupil.surname or "", pupil.forename or "", one.pupil or "", cause.rule,
    )  # fmt: skip


def _who(pupil: Pupil) -> tuple[str | None, ...]:
    return pupil.surname, pupil.forename, pupil.nc_year, pupil.registration_group


def _standing(one: Found) -> str:
    if one.note:
        return "explained"
    return f"carried forward from {one.carried.period}, confirm" if one.carried else "no explanation"


def _text(one: Found) -> str | None:
    said = one.note or one.carried
    return said.text if said else None


def _by(one: Found) -> str | None:
    said = one.note or one.carried
    return f"{said.author}, {said.at:%Y-%m-%d %H:%M} UTC" if said else None

"""The batch check of eligibility for free school meals: its two forms, header for header, and what a row must hold.

Belongs here: what the checking service refuses in a file or a row (facts la_feeds.md section 6). Headers are compared
in lower case there, and written here as its template writes them. How many rows it takes is set where it runs; the
smallest limit seen is the one kept here, and is provisional.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from exports.formats.cells import cells
from exports.formats.problems import Problem
from exports.terms import Agreement
from schemas.table import Frames

_PARENT: Final = ("Parent First Name", "Parent Last Name", "Parent Date of Birth")
LAST_NAME, BORN = _PARENT[1:]
ASYLUM: Final = "Parent Asylum Seeker Reference Number"
_CHILD: Final = ("Child First Name", "Child Last Name", "Child Date of Birth")
HEADERS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "meal_check": ((*_PARENT, "Parent National Insurance Number", ASYLUM),),
        "meal_check_child": (
            (*_PARENT, "Parent National Insurance number", *_CHILD),
            (*_PARENT, "Parent National Insurance number", *_CHILD, "Child School Urn"),
        ),
    },
)
"""The headers of each form, exact and in order; the second of the child's form is a local authority's."""
MOST_ROWS: Final = 250
PROVISIONAL: Final = "how many rows the service takes at once is not published: 250 is the smallest limit seen"

_NINO: Final = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")
_NASS: Final = re.compile(r"\d{2}(?:0[1-9]|1[0-2])\d{5,6}")
_DATE: Final = re.compile(r"\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2}")


def mismatches(agreement: Agreement) -> Iterator[str]:
    """Yield what in an agreement the service could never take."""
    forms = HEADERS.get(agreement.dataset)
    if forms is None:
        yield f"a meals check is made from {' or '.join(HEADERS)}"
    elif agreement.outputs not in forms:
        written = "; or ".join(",".join(form) for form in forms)
        yield f"the columns of a meals check are exactly, in this order: {written}"
    if agreement.recipient.kind not in {"", "local_authority"}:
        yield "a meals check goes to a local authority only"
    dialect = agreement.dialect
    if dialect is not None and dialect.formula != "raw":
        yield "a meals check is written with formula: raw, or a name could be matched with an apostrophe before it"


def problems(frames: Frames, agreement: Agreement) -> tuple[Problem, ...]:
    """Return everything the service would refuse in minimised frames, in the file's order."""
    table = cells(frames, agreement)
    fields = {line.output: line.field for line in agreement.lines if line.output is not None}
    found = [
        Problem(fields[name], pupil, message)
        for name in agreement.outputs
        for pupil, message in _column_problems(name, table[name])
    ]
    return (*_file_problems(table), *found, *_without_number(table, fields))


def _file_problems(table: pd.DataFrame) -> Iterator[Problem]:
    if len(table) > MOST_ROWS:
        yield Problem("file", None, f"split the list by year group: at most {MOST_ROWS} rows are checked at once")


def _column_problems(name: str, column: pd.Series) -> Iterator[tuple[str, str]]:
    for pupil, text in zip(column.index, column, strict=True):
        if pd.isna(text):
            if name not in _EITHER:
                yield str(pupil), f"enter it: {name} may not be blank"
        elif name in CHECKS and (message := CHECKS[name](text)):
            yield str(pupil), message


def _without_number(table: pd.DataFrame, fields: Mapping[str, str]) -> Iterator[Problem]:
    numbers = [name for name in table if name in _EITHER]
    for pupil in table.index[table[numbers].isna().all(axis=1)]:
        wanted = "a National Insurance number" + (" or an asylum support reference" if ASYLUM in numbers else "")
        yield Problem(fields[numbers[0]], str(pupil), f"enter {wanted} of the parent: nothing can be checked without")


def _nino(text: str) -> str | None:
    return (
        None if _NINO.fullmatch(text.upper()) else "correct the National Insurance number: AB123456C, A to D at the end"
    )


def _nass(text: str) -> str | None:
    return None if _NASS.fullmatch(text) else "correct the asylum support reference: year, month and five or six digits"


def _date(text: str) -> str | None:
    return None if _DATE.fullmatch(text) else "it must be written DD/MM/YYYY or YYYY-MM-DD"


_EITHER: Final = ("Parent National Insurance Number", "Parent National Insurance number", ASYLUM)
CHECKS: Final[Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {_EITHER[0]: _nino, _EITHER[1]: _nino, ASYLUM: _nass, BORN: _date, "Child Date of Birth": _date},
)
"""What is checked of each column; a column not here is free text."""

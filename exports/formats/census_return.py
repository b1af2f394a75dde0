"""The entry of the school census in the registry of formats: which layout a return has, its writer and its reader.

Belongs here: choosing the layout from the return's own header. Writing is `exports.formats.census_xml`, reading back is
`exports.reread`, comparing is `exports.comparison`.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from exports.comparison import differences
from exports.formats.census_xml import render_census
from exports.formats.facts import Format
from exports.reread import reread_census
from exports.terms import Agreement
from schemas.census.layout import Layout, layout
from schemas.census.spec import Emitted, emitted
from schemas.table import Frames

_LETTER_OF_TERM: Final = {"AUT": "A", "SPR": "S", "SUM": "U"}
_SEPTEMBER: Final = 9
_CHOOSES: Final = ("header.reference_date", "header.term")
"""What a header says of its layout: without them, or with them told otherwise, no layout can be chosen."""
_CHANGES_EACH_TIME: Final = re.compile(rb"<(SerialNo|DateTime)>[^<]*</\1>")


def layout_of(frames: Frames) -> Layout:
    """Return the layout of a return: the year and term its header names."""
    header = frames["header"].iloc[0]
    day = header["reference_date"]
    year = day.year if day.month >= _SEPTEMBER else day.year - 1
    return _of_term(f"{year}-{(year + 1) % 100:02d}", _LETTER_OF_TERM[header["term"]])


@cache
def _of_term(academic_year: str, term: str) -> Layout:
    return layout(academic_year).for_term(term)


def _render(frames: Frames, _agreement: Agreement) -> bytes:
    return render_census(frames, layout_of(frames))


def _content(data: bytes) -> bytes:
    """Leave out the serial number and the time of the header: what is left tells an unchanged return."""
    head, end, rest = data.partition(b"</Header>")
    return _CHANGES_EACH_TIME.sub(b"", head) + end + rest


def _emitted(frames: Frames) -> Emitted:
    return emitted(frames, layout_of(frames))


def _disagreements(data: bytes, frames: Frames, agreement: Agreement) -> tuple[str, ...]:
    chosen = layout_of(frames)
    read = reread_census(data, chosen, frozenset(agreement.fields))
    return tuple(f"{table}.{column}: {rows} rows" for table, column, rows in differences(frames, read, chosen))


def _mismatches(agreement: Agreement) -> Iterator[str]:
    if agreement.dialect is not None:
        yield "a census_xml file has no dialect"
    plain = {line.field for line in agreement.lines if line.transform in {"", "as_is"}}
    if missing := [field for field in _CHOOSES if field not in plain]:
        yield f"a census_xml file always has {' and '.join(missing)}, as it stands"


FORMAT: Final = Format(
    kind="xml",
    datasets=frozenset({"census"}),
    mismatches=_mismatches,
    render=_render,
    content=_content,
    disagreements=_disagreements,
    emitted=_emitted,
)

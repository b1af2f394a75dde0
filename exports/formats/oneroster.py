"""The OneRoster 1.2 package: a zip of comma-separated files from which a supplier makes accounts and classes.

Belongs here: writing one, and what an agreement may not ask of one. It is always a bulk package: whole, and whoever is
missing is to be deleted. `demographics.csv`, `userProfiles.csv` and the column `password` have no table to be filled
from. The columns are `exports.oneroster_files`; what the bytes say is checked by `exports.reread_oneroster`, which
shares no code with this module. The same tables give the same bytes: fixed times, order and compression.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from exports.formats.facts import Format
from exports.formats.problems import Problem
from exports.oneroster_files import Column, files
from exports.reread_oneroster import disagreements
from exports.terms import Agreement
from schemas.census.spec import Emitted
from schemas.refusal import Refusal
from schemas.table import Frames

TABLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "orgs": ("roster_org",),
        "academicSessions": ("roster_session",),
        "courses": ("roster_course",),
        "classes": ("roster_class",),
        "users": ("roster_pupil", "roster_staff"),
        "roles": ("roster_pupil_role", "roster_staff_role"),
        "enrollments": ("roster_pupil_enrolment", "roster_staff_enrolment"),
    },
)
"""The tables each file is written from; a file that is not here is always absent."""

_FILE_OF: Final[Mapping[str, str]] = MappingProxyType(
    {table: name for name, tables in TABLES.items() for table in tables},
)
VERSIONS: Final = (("manifest.version", "1.0"), ("oneroster.version", "1.2"))
_BULK, _ABSENT = "bulk", "absent"
_FIRST_DAY_OF_ZIP: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16
_NEEDS_QUOTES: Final = re.compile(r'[",]')
_LINE_BREAK: Final = r"[\r\n]"
_QUOTE: Final = '"'


class RosterUnwritable(Refusal):
    """Some cells hold a line break, which no field of a package may; the message names the columns and counts."""

    code: ClassVar[str] = "roster_unwritable"


def mismatches(agreement: Agreement) -> Iterator[str]:
    """Yield what in an agreement could never be a package: fields the binding needs and the agreement does not name."""
    if agreement.dialect is not None:
        yield "a roster has no dialect: the binding says how it is written"
    for line in agreement.lines:
        if line.table in _FILE_OF and line.column not in _fields(_FILE_OF[line.table]):
            yield f"{_FILE_OF[line.table]}.csv has no column for {line.field}"
    named = {name: _named(agreement, name) for name in TABLES}
    for name, tables in named.items():
        for table, fields in tables.items():
            needed = [column for column in files()[name] if column.required and column.field not in fields]
            if needed:
                yield f"{name}.csv needs {', '.join(f'{table}.{column.field}' for column in needed)}"
        for column in files()[name]:
            used = any(column.field in fields for fields in tables.values())
            if column.references and used and not named[column.references]:
                wanted = TABLES[column.references][0]
                yield f"{name}.csv refers to {column.references}.csv, so fields of {wanted} are needed"


def not_a_roster(agreement: Agreement) -> Iterator[str]:
    """Yield why an agreement has nothing that the checks of a roster could be made on."""
    if agreement.format and agreement.format != "oneroster":
        yield "the profile oneroster belongs to the format oneroster"


def render(frames: Frames, agreement: Agreement) -> bytes:
    """Write the package.

    Raises:
        RosterUnwritable: a cell holds a line break.

    """
    tables = {name: _table(frames, agreement, name) for name in TABLES}
    if broken := list(_line_breaks(tables)):
        message = f"the roster of agreement {agreement.id} has line breaks, which no cell may hold: {', '.join(broken)}"
        raise RosterUnwritable(message)
    present = [name for name, table in tables.items() if len(table)]
    members = {"manifest.csv": _manifest(present)}
    members |= {f"{name}.csv": _csv(tables[name]) for name in present}
    return _zipped(members)


def problems(frames: Frames, agreement: Agreement) -> tuple[Problem, ...]:
    """Return what of each pupil no package can hold: a required cell that is empty, a line break."""
    return tuple(
        Problem(f"{table}.{column.field}", pupil, what)
        for name, tables in TABLES.items()
        for table in tables
        if "pupil_id" in frames.get(table, ())
        for column in files()[name]
        if column.field in _named(agreement, name).get(table, ())
        for pupil, what in _column_problems(frames[table], column)
    )


def _column_problems(frame: pd.DataFrame, column: Column) -> Iterator[tuple[str, str]]:
    texts = _texts(frame[column.field])
    broken = pc.fill_null(pc.match_substring_regex(texts, _LINE_BREAK), fill_value=False).to_pylist()
    for pupil, is_broken, missing in zip(frame["pupil_id"], broken, frame[column.field].isna(), strict=True):
        if column.required and missing:
            yield str(pupil), f"enter it: {column.name} may not be empty in a roster"
        if is_broken:
            yield str(pupil), f"put it on one line: {column.name} may not hold a line break"


def _named(agreement: Agreement, name: str) -> dict[str, frozenset[str]]:
    """Return the fields an agreement names of each table of a file; a table it does not name is left out."""
    return {
        table: frozenset(line.column for line in agreement.lines if line.table == table)
        for table in TABLES[name]
        if table in agreement.tables
    }


def _table(frames: Frames, agreement: Agreement, name: str) -> pd.DataFrame:
    """Return the texts of one file, every column of the binding in order, rows by `sourcedId`."""
    parts = []
    for table, fields in _named(agreement, name).items():
        frame = frames[table]
        nothing = pa.nulls(len(frame), pa.string())
        parts.append(
            pa.table([_texts(frame[c.field]) if c.field in fields else nothing for c in files()[name]], _names(name))
        )
    if not parts:
        return pd.DataFrame(columns=_names(name))
    whole = pa.concat_tables(parts)
    ordered = whole.take(pc.sort_indices(whole, [("sourcedId", "ascending")]))
    return pd.DataFrame({name: pd.Series(pd.arrays.ArrowExtensionArray(ordered[name])) for name in _names(name)})


def _fields(name: str) -> frozenset[str]:
    return frozenset(column.field for column in files()[name] if column.field)


def _names(name: str) -> list[str]:
    return [column.name for column in files()[name]]


def _texts(values: pd.Series) -> pa.ChunkedArray:
    """Return values as the binding writes them: dates YYYY-MM-DD, booleans true or false, the rest as it stands."""
    return pa.chunked_array(pc.cast(values.array.__arrow_array__(), pa.string()))


def _line_breaks(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    for name, table in tables.items():
        for column in table:
            rows = int(table[column].str.contains(_LINE_BREAK).fillna(value=False).sum()) if len(table) else 0
            if rows:
                yield f"{name}.csv {column}: {rows} rows"


def _manifest(present: list[str]) -> bytes:
    states = [(f"file.{name}", _BULK if name in present else _ABSENT) for name in files()]
    return _lines([("propertyName", "value"), *VERSIONS, *states])


def _csv(table: pd.DataFrame) -> bytes:
    columns = [table[name].astype(object).where(table[name].notna(), "") for name in table]
    return _lines([tuple(table.columns), *zip(*columns, strict=True)])


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    """Write rows by RFC 4180, in UTF-8; commas, those of a list too, are inside quotes."""
    return "".join(",".join(_quoted(cell) for cell in row) + "\r\n" for row in rows).encode()


def _quoted(cell: str) -> str:
    return f'"{cell.replace(_QUOTE, _QUOTE * 2)}"' if _NEEDS_QUOTES.search(cell) else cell


def _zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, _FIRST_DAY_OF_ZIP)
            entry.create_system, entry.external_attr = _UNIX, _READABLE  # or the bytes would tell the machine
            package.writestr(entry, data, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def _content(data: bytes) -> bytes:
    return data


def _emitted(_frames: Frames) -> Emitted:
    return Emitted()


FORMAT: Final = Format(
    kind="zip",
    datasets=frozenset({"roster"}),
    mismatches=mismatches,
    render=render,
    content=_content,
    disagreements=disagreements,
    emitted=_emitted,
)

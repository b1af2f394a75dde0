"""Reading a OneRoster package back, to prove that it is one and says what the tables say and nothing more.

Belongs here: an independent reading, which shares no code with `exports.formats.oneroster`; only the binding's columns
(`exports.oneroster_files`) are common, because they are facts. The package is judged as a supplier's importer would
judge it (the zip, the manifest, headings, forms, words, references), then every cell is held against the tables.
Findings name files, columns and counts, never a value.
"""

import csv
import datetime as dt
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import pandas as pd

from exports.oneroster_files import Column, files
from exports.strict_zip import NotPlain, members
from exports.terms import Agreement
from schemas.table import Frames

Rows: TypeAlias = list[dict[str, str]]
"""The rows of one file: text by heading, empty where there is none."""

_FILE_OF_TABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "roster_org": "orgs",
        "roster_session": "academicSessions",
        "roster_course": "courses",
        "roster_class": "classes",
        "roster_pupil": "users",
        "roster_staff": "users",
        "roster_pupil_role": "roles",
        "roster_staff_role": "roles",
        "roster_pupil_enrolment": "enrollments",
        "roster_staff_enrolment": "enrollments",
    },
)
"""The file each table is found in; no other file may be in a package."""

_NEVER_FILLED: Final = frozenset({"password", "status", "dateLastModified"})
_MANIFEST: Final = "manifest.csv"
_MANIFEST_HEADER: Final = ["propertyName", "value"]
_MANIFEST_VALUES: Final = {"manifest.version": "1.0", "oneroster.version": "1.2"}
_GUID: Final = re.compile(r"[0-9a-zA-Z._/@-]{1,255}")
_UPN: Final = re.compile(r"[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]")
_YEAR: Final = re.compile(r"\d{4}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class _Broken(Exception):  # noqa: N818 - how a reading ends early; its text is a finding
    """The bytes cannot be read far enough to go on."""


def disagreements(data: bytes, frames: Frames, agreement: Agreement) -> tuple[str, ...]:
    """Return all that is wrong with a package, or differs from the minimised tables; empty when nothing is."""
    try:
        texts = _members(data)
        read = {name: _rows(name, text) for name, text in texts.items() if name != _MANIFEST}
        found = [*_manifest(texts), *_unexpected(read)]
    except _Broken as broken:
        return (str(broken),)
    packaged = {name.removesuffix(".csv"): rows for name, rows in read.items()}
    for name, rows in packaged.items():
        found += _forms(name, rows)
    found += [*_references(packaged), *_sense(packaged)]
    return (*found, *_against_tables(packaged, frames, agreement))


def _members(data: bytes) -> dict[str, str]:
    """Return the text of each file of the zip, in its order."""
    try:
        found = members(data)
    except NotPlain:
        raise _Broken("the zip is damaged, or holds more than its files") from None  # noqa: EM101, TRY003
    if not set(found) <= {_MANIFEST, *(f"{name}.csv" for name in files())}:
        raise _Broken("the zip holds a file in a folder, or under a name no package has")  # noqa: EM101, TRY003
    return {name: _text(name, raw) for name, raw in found.items()}


def _text(name: str, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _Broken(f"{name} is not UTF-8") from None  # noqa: EM102, TRY003
    if text.startswith("\ufeff") or not text.endswith("\r\n") or "\r" in text.replace("\r\n", ""):
        raise _Broken(f"{name} begins with a mark or has lines that do not end as RFC 4180 has it")  # noqa: EM102, TRY003
    return text


def _table_of_texts(name: str, text: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise _Broken(f"{name}: its quoting is broken") from None  # noqa: EM102, TRY003
    if len(rows) != text.count("\n"):
        raise _Broken(f"{name}: a cell holds a line break") from None  # noqa: EM102, TRY003
    return rows


def _rows(name: str, text: str) -> Rows:
    header, *body = _table_of_texts(name, text)
    if header != [column.name for column in files()[name.removesuffix(".csv")]]:
        raise _Broken(f"{name}: its headings are not the binding's, in order and letter by letter")  # noqa: EM102, TRY003
    if not body:
        raise _Broken(f"{name}: a file without rows is forbidden, it should be absent")  # noqa: EM102, TRY003
    if any(len(row) != len(header) for row in body):
        raise _Broken(f"{name}: a row has more or fewer cells than the headings")  # noqa: EM102, TRY003
    return [dict(zip(header, row, strict=True)) for row in body]


def _manifest(texts: Mapping[str, str]) -> Iterator[str]:
    if _MANIFEST not in texts:
        raise _Broken("there is no manifest.csv")  # noqa: EM101, TRY003
    if next(iter(texts)) != _MANIFEST:
        yield "manifest.csv is not the first file"
    header, *body = _table_of_texts(_MANIFEST, texts[_MANIFEST])
    if header != _MANIFEST_HEADER or any(len(row) != len(_MANIFEST_HEADER) for row in body):
        raise _Broken("manifest.csv: its headings are propertyName and value, and nothing else")  # noqa: EM101, TRY003
    said = dict(body)
    states = {f"file.{name}": "bulk" if f"{name}.csv" in texts else "absent" for name in files()}
    wanted = _MANIFEST_VALUES | states
    if len(said) < len(body) or said.keys() != wanted.keys():
        yield "manifest.csv: a property is missing, twice there, or not one of the binding's"
    wrong = [name for name in wanted if said.get(name, wanted[name]) != wanted[name]]
    if wrong:
        yield f"manifest.csv: {', '.join(wrong)} is not as the package is"


def _unexpected(read: Mapping[str, Rows]) -> Iterator[str]:
    order = [f"{name}.csv" for name in dict.fromkeys(_FILE_OF_TABLE.values())]
    if list(read) != [name for name in order if name in read]:
        yield "the files are not in their order, or one of them may never be in a package"


def _forms(name: str, rows: Rows) -> Iterator[str]:
    """Judge each cell by itself, as the binding does."""
    for column in files()[name]:
        texts = [row[column.name] for row in rows]
        if column.name in _NEVER_FILLED and any(texts):
            yield f"{name}.csv {column.name}: {sum(map(bool, texts))} cells are filled, which none may be"
        if missing := (sum(not text for text in texts) if column.required else 0):
            yield f"{name}.csv {column.name}: {missing} required cells are empty"
        if bad := sum(not _well_formed(text, column) for text in texts if text):
            yield f"{name}.csv {column.name}: {bad} cells are no {column.format}"
    ids = Counter(row["sourcedId"] for row in rows)
    if len(ids) < len(rows):
        yield f"{name}.csv sourcedId: {len(rows) - len(ids)} are not unique"


def _well_formed(text: str, column: Column) -> bool:
    if column.words and not column.format.endswith("List"):
        return text in column.words
    parts = text.split(",") if column.format.endswith("List") else [text]
    return all(_FORMS.get(column.format.removesuffix(" List"), bool)(part) for part in parts)


def _guid(text: str) -> bool:
    """A GUID of the right alphabet that is not, and does not hold, a UPN."""
    return bool(_GUID.fullmatch(text)) and not _UPN.search(text)


def _date(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def _year(text: str) -> bool:
    return bool(_YEAR.fullmatch(text))


_FORMS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {"GUID": _guid, "GUID Reference": _guid, "Date": _date, "Year": _year},
)


def _references(packaged: Mapping[str, Rows]) -> Iterator[str]:
    """A bulk package is complete: whatever a row refers to is in it."""
    known = {name: {row["sourcedId"] for row in rows} for name, rows in packaged.items()}
    for name, rows in packaged.items():
        for column in files()[name]:
            if column.references:
                there = known.get(column.references, set())
                cells = (row[column.name].split(",") for row in rows if row[column.name])
                if lost := sum(not set(cell) <= there for cell in cells):
                    yield f"{name}.csv {column.name}: {lost} refer to what {column.references}.csv does not have"


def _sense(packaged: Mapping[str, Rows]) -> Iterator[str]:
    """Judge what cells say together."""
    for name, first, last in (("academicSessions", "startDate", "endDate"), ("enrollments", "beginDate", "endDate")):
        if turned := sum(bool(row[last]) and row[last] < row[first] for row in packaged.get(name, [])):
            yield f"{name}.csv {last}: {turned} lie before {first}"
    primary = Counter(
        (row["userSourcedId"], row["orgSourcedId"]) for row in packaged.get("roles", []) if row["roleType"] == "primary"
    )
    if several := sum(count > 1 for count in primary.values()):
        yield f"roles.csv roleType: {several} users have two primary roles at one organisation"
    school = {row["sourcedId"]: row["schoolSourcedId"] for row in packaged.get("classes", [])}
    enrolled = packaged.get("enrollments", [])
    if elsewhere := sum(row["schoolSourcedId"] != school.get(row["classSourcedId"]) for row in enrolled):
        yield f"enrollments.csv schoolSourcedId: {elsewhere} are not the school of their class"
    roles = {row["userSourcedId"]: row["role"] for row in packaged.get("roles", [])}
    if misplaced := sum(row["role"] != roles.get(row["userSourcedId"], row["role"]) for row in enrolled):
        yield f"enrollments.csv role: {misplaced} are not the user's"


def _against_tables(packaged: Mapping[str, Rows], frames: Frames, agreement: Agreement) -> Iterator[str]:
    """Hold every cell against the tables; a cell that no field of the agreement fills must be empty."""
    headings = {name: {column.field: column.name for column in columns} for name, columns in files().items()}
    wanted: defaultdict[str, Rows] = defaultdict(list)
    for table, name in _FILE_OF_TABLE.items():
        fields = {line.column: headings[name][line.column] for line in agreement.lines if line.table == table}
        if fields:
            wanted[name] += _expected(frames[table], fields)
    for name in sorted(wanted.keys() | packaged.keys()):
        rows = sorted(wanted[name], key=lambda row: row.get("sourcedId", ""))
        found = packaged.get(name, [])
        if len(found) != len(rows):
            yield f"{name}.csv has {len(found)} rows and its tables {len(rows)}"
            continue
        for column in files()[name]:
            pairs = zip(found, rows, strict=True)
            if wrong := sum(one[column.name] != other.get(column.name, "") for one, other in pairs):
                yield f"{name}.csv {column.name}: {wrong} cells differ from the tables"


def _expected(frame: pd.DataFrame, fields: Mapping[str, str]) -> Rows:
    """Return the rows a table should make, by heading."""
    columns = {heading: [_said(value) for value in frame[field]] for field, heading in fields.items()}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _said(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)

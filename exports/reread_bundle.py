"""Reading a bundle back, to prove that it says what the tables say and nothing more.

Belongs here: an independent reading, which shares no code with `exports.formats.bundle`. The zip itself is taken apart
too: nothing may lie before, between or behind its members, and no member may say more than its name and bytes. What is
found is told by file, field and count, never by value.
"""

import codecs
import csv
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from exports.terms import Agreement
from schemas.table import Frames

_LOCAL: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
_LOCAL_BYTES, _END_BYTES = 30, 22
_START_OF_DIRECTORY: Final = 16
_INDEX_KEYS: Final = ["case", "reference", "to", "subject", "persons", "reading", "tables"]
_ENTRY_KEYS: Final = ["file", "rows", "sha256"]


class _Unlike(Exception):  # noqa: N818  what was found, not a fault of this program
    """The bytes are not a bundle of this case; says how."""


def disagreements(data: bytes, frames: Frames, agreement: Agreement) -> tuple[str, ...]:
    """Return where the bundle and the tables differ: files, fields and counts; empty when they agree."""
    try:
        files = _files(data, [f"{name}.csv" for name in agreement.tables])
        index = _index(files.pop("index.json"))
    except _Unlike as unlike:
        return (str(unlike),)
    found = list(_index_found(index, files, frames, agreement))
    for name in agreement.tables:
        found += _table_found(files[f"{name}.csv"], frames, agreement, name)
    return tuple(found)


def _files(data: bytes, tables: list[str]) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = package.infolist()
            held = {member.filename: package.read(member) for member in members}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
        message = f"the bundle is not a zip that can be read ({type(error).__name__})"
        raise _Unlike(message) from None
    if [member.filename for member in members] != ["index.json", *tables]:
        message = "the bundle's members are not the index and the tables of the case, in order"
        raise _Unlike(message)
    if any(member.compress_type or member.extra or member.comment or member.flag_bits & ~0x800 for member in members):
        message = "a member of the bundle is packed, locked or has something beside its bytes"
        raise _Unlike(message)
    if any(member.date_time != (1980, 1, 1, 0, 0, 0) for member in members):
        message = "a member of the bundle tells a time"
        raise _Unlike(message)
    _refuse_hidden(data, members)
    return held


def _refuse_hidden(data: bytes, members: list[zipfile.ZipInfo]) -> None:
    """Refuse bytes that no member accounts for: a zip may carry them before, between and behind its members."""
    at = 0
    for member in members:
        if member.header_offset != at or data[at : at + 4] != _LOCAL:
            message = "the bundle has bytes that belong to no member"
            raise _Unlike(message)
        at += _LOCAL_BYTES + len(member.filename.encode()) + member.compress_size
    end = data[-_END_BYTES:]
    (directory,) = struct.unpack("<I", end[_START_OF_DIRECTORY : _START_OF_DIRECTORY + 4])
    if end[:4] != _END or directory != at:
        message = "the bundle has bytes that belong to no member"
        raise _Unlike(message)


def _index(data: bytes) -> dict[str, Any]:
    try:
        index = json.loads(data.decode("utf-8"), object_pairs_hook=_named_once)
        shaped = list(index) == _INDEX_KEYS and all(list(entry) == _ENTRY_KEYS for entry in index["tables"])
    except (ValueError, TypeError, KeyError):
        shaped = False
    if not shaped:
        message = "the index does not say what an index of a bundle says"
        raise _Unlike(message)
    read: dict[str, Any] = index
    return read


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is there twice: all but the last would be read by nobody."""
    if len(dict(pairs)) < len(pairs):
        message = "twice"
        raise ValueError(message)
    return dict(pairs)


def _index_found(index: dict[str, Any], files: dict[str, bytes], frames: Frames, agreement: Agreement) -> Iterator[str]:
    expected = {
        "case": agreement.id,
        "reference": agreement.recipient.sharing_reference,
        "to": agreement.recipient.legal_name,
        "subject": agreement.title,
        "persons": len(_persons(frames)),
        "reading": "Cells are exactly as held. Open them as text: a spreadsheet may run a cell as a formula.",
    }
    yield from (f"index: {key} differs from the case" for key, value in expected.items() if index[key] != value)
    tables = [
        {"file": name, "rows": len(frames[name[:-4]]), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    ]
    if index["tables"] != tables:
        yield "index: the tables listed are not the tables of the bundle, by name, rows and SHA-256"


def _table_found(data: bytes, frames: Frames, agreement: Agreement, name: str) -> Iterator[str]:
    columns = [line.field[len(name) + 1 :] for line in agreement.lines if line.field.startswith(f"{name}.")]
    try:
        rows = _rows(data, name, ["person", *columns])
    except _Unlike as unlike:
        yield str(unlike)
        return
    frame = frames[name]
    if len(rows) != len(frame):
        yield f"{name}: the file has {len(rows)} rows and the table {len(frame)}"
        return
    persons = _persons(frames)
    theirs = [str(persons.index(str(pupil)) + 1) for pupil in frame["pupil_id"]]
    if wrong := sum(row[0] != number for row, number in zip(rows, theirs, strict=True)):
        yield f"{name}: {wrong} rows are another person's"
    for at, column in enumerate(columns, start=1):
        wrong = sum(row[at] != _held(value) for row, value in zip(rows, frame[column].tolist(), strict=True))
        if wrong:
            yield f"{name}.{column}: {wrong} cells differ from the table"


def _rows(data: bytes, name: str, columns: list[str]) -> list[list[str]]:
    if not data.startswith(codecs.BOM_UTF8) or not data.endswith(b"\r\n"):
        message = f"{name}: its byte order mark or its last line is not as it should be"
        raise _Unlike(message)
    try:
        text = data[len(codecs.BOM_UTF8) :].decode("utf-8", errors="strict")
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (ValueError, csv.Error):
        message = f"{name}: it is not UTF-8, or its quoting is broken"
        raise _Unlike(message) from None
    if header != columns:
        message = f"{name}: its columns are not exactly those the case names, in order"
        raise _Unlike(message)
    if any(len(row) != len(header) for row in rows):
        message = f"{name}: a row has more or fewer cells than the header"
        raise _Unlike(message)
    return rows


def _persons(frames: Frames) -> list[str]:
    return sorted({str(pupil) for frame in frames.values() for pupil in frame["pupil_id"].tolist()})


def _held(value: object) -> str:
    """Return what a cell must say: dates and numbers print as ISO 8601 and decimal, a missing value as nothing."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  not-a-number alone differs from itself
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)

"""Reading a comma-separated file back, to prove that it says what the tables say and nothing more.

Belongs here: an independent reading, which shares no code with `exports.formats.csv_file` or
`exports.formats.cells`: each cell is turned back into a value and held against the table. Any column the agreement
does not name is refused.
"""

import codecs
import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

import pandas as pd
import pyarrow as pa

from exports.terms import Agreement, Dialect, Line
from schemas.refusal import Refusal
from schemas.table import Frames

_TEXT: Final = pd.ArrowDtype(pa.string())
_STARTS_FORMULA: Final = frozenset("=+-@\t\r")
_CELL: Final = re.compile(r'(?P<cell>"(?:[^"]|"")*"|[^",\r\n]*)(?P<end>,|\r\n|\r|\n)')
_LINE_ENDS: Final[Mapping[str, str]] = MappingProxyType({"crlf": "\r\n", "lf": "\n"})


class FileUnreadable(Refusal):
    """The bytes are not a file of this agreement: wrong encoding, another header, or a row of another width."""

    code: ClassVar[str] = "file_unreadable"


def reread(data: bytes, agreement: Agreement) -> pd.DataFrame:
    """Return every cell as text, null where empty, one column for each that the agreement names.

    Raises:
        FileUnreadable: another encoding or dialect, a column missing, added or out of order, or a ragged row.

    """
    text = _decoded(data, agreement)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header, *body = rows
    except (ValueError, csv.Error):
        raise _unreadable(agreement, "it is empty or its quoting is broken") from None
    if tuple(header) != agreement.outputs:
        raise _unreadable(agreement, "its columns are not exactly those the agreement names, in order")
    if any(len(row) != len(header) for row in body):
        raise _unreadable(agreement, "a row has more or fewer cells than the header")
    if agreement.dialect is not None:
        for reason in _other_dialect(text, agreement.dialect, alone=len(header) == 1):
            raise _unreadable(agreement, reason)
    plain = agreement.dialect is not None and agreement.dialect.formula == "neutralise"
    read = _without_apostrophe if plain else _same
    columns = {name: [read(row[at]) or None for row in body] for at, name in enumerate(header)}
    return pd.DataFrame({name: pd.Series(values, dtype=_TEXT) for name, values in columns.items()})


def disagreements(data: bytes, frames: Frames, agreement: Agreement) -> tuple[str, ...]:
    """Return where the file and the minimised table differ: fields and counts, never a value; empty when they agree."""
    read = reread(data, agreement)
    frame = frames[agreement.dataset]
    if len(read) != len(frame):
        return (f"the file has {len(read)} rows and the table {len(frame)}",)
    order = sorted(range(len(frame)), key=_sort_key(frame, agreement))
    return tuple(_compared(read, frame, order, agreement))


def _decoded(data: bytes, agreement: Agreement) -> str:
    marked = data.startswith(codecs.BOM_UTF8)
    wanted = agreement.dialect is not None and agreement.dialect.encoding == "utf-8-sig"
    if marked != wanted:
        raise _unreadable(agreement, "its byte order mark is not as declared")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        raise _unreadable(agreement, "it is not UTF-8") from None


def _other_dialect(text: str, dialect: Dialect, *, alone: bool) -> Iterator[str]:
    """Yield where the file is not written as the agreement declares; `alone`: a row has one cell, quoted when empty."""
    found = list(_CELL.finditer(text))
    cells = [each["cell"] for each in found]
    if {each["end"] for each in found} - {",", _LINE_ENDS[dialect.newline]} or not text.endswith(("\r\n", "\n")):
        yield "its lines do not end as declared"
    inner = [cell[1:-1] if cell.startswith('"') else cell for cell in cells]
    if any(
        cell.startswith('"') is not _quoted(text, dialect, alone=alone) for cell, text in zip(cells, inner, strict=True)
    ):
        yield "its cells are not quoted as declared"
    if dialect.formula == "neutralise" and any(text[:1] in _STARTS_FORMULA for text in inner if text):
        yield "a cell that begins like a formula stands as it is"


def _quoted(text: str, dialect: Dialect, *, alone: bool) -> bool:
    return dialect.quoting == "all" or any(each in text for each in ',"\r\n') or (alone and not text)


def _unreadable(agreement: Agreement, reason: str) -> FileUnreadable:
    return FileUnreadable(f"the file of agreement {agreement.id} was refused on reading it back: {reason}")


def _same(text: str) -> str:
    return text


def _without_apostrophe(text: str) -> str:
    bare = text.lstrip("'")
    return text[1:] if text.startswith("'") and bare[:1] in _STARTS_FORMULA and bare else text


def _sort_key(frame: pd.DataFrame, agreement: Agreement) -> Callable[[int], tuple[tuple[bool, object], ...]]:
    """Return the key of a row: value of each sorted column, empty cells last, then the pupil's id."""
    sort = agreement.dialect.sort if agreement.dialect is not None else ()
    names = [*(field.partition(".")[2] for field in sort), "pupil_id"]
    columns = [[(True, "") if pd.isna(value) else (False, value) for value in frame[name]] for name in names]
    return lambda row: tuple(column[row] for column in columns)


def _plain(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _compared(read: pd.DataFrame, frame: pd.DataFrame, order: list[int], agreement: Agreement) -> Iterator[str]:
    for name in agreement.outputs:
        lines = [line for line in agreement.lines if line.output == name]
        written = [_plain(text) for text in read[name]]
        expected = _expected_parts(frame, order, lines)
        back = READ_BACK[lines[0].transform]
        wrong = sum(not back(text, parts) for text, parts in zip(written, expected, strict=True))
        if wrong:
            yield f"{' and '.join(line.field for line in lines)}: {wrong} cells differ from the table"


def _expected_parts(frame: pd.DataFrame, order: list[int], lines: list[Line]) -> list[list[str]]:
    columns = [[_plain(value) for value in frame[line.column]] for line in lines]
    return [[column[row] for column in columns] for row in order]


def _text_agrees(text: str, parts: list[str]) -> bool:
    return text == parts[0]


def _nfc_agrees(text: str, parts: list[str]) -> bool:
    return unicodedata.is_normalized("NFC", text) and text == unicodedata.normalize("NFC", parts[0])


def _parts_agree(text: str, parts: list[str]) -> bool:
    return text == " ".join(unicodedata.normalize("NFC", part) for part in parts if part)


def _uk_agrees(text: str, parts: list[str]) -> bool:
    if not parts[0] or not text:
        return text == parts[0]
    try:
        return dt.datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=dt.UTC).date().isoformat() == parts[0]
    except ValueError:
        return False


def _flag_agrees(text: str, parts: list[str]) -> bool:
    return {"Y": "True", "N": "False", "": ""}.get(text) == parts[0]


def _year_agrees(text: str, parts: list[str]) -> bool:
    """A number is the year group; no number is right only for those that have none."""
    code = parts[0]
    if not text:
        return not code or code in {"E1", "E2", "X", "M"}
    return {"-2": "N1", "-1": "N2", "0": "R"}.get(text, text) == code


def _relationship_agrees(text: str, parts: list[str]) -> bool:
    return {"Mum": "PAM", "Dad": "PAF"}.get(text, text) == parts[0]


READ_BACK: Final[Mapping[str, Callable[[str, list[str]], bool]]] = MappingProxyType(
    {
        "as_is": _text_agrees,
        "date_iso": _text_agrees,
        "date_uk": _uk_agrees,
        "yes_no": _flag_agrees,
        "nfc": _nfc_agrees,
        "name_part": _parts_agree,
        "year_number": _year_agrees,
        "relationship_words": _relationship_agrees,
    },
)
"""For each transform: does the text of a cell say what the values say?"""

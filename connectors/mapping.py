"""The mapping file of a school's reports: which report and which heading feed which column, and how values are written.

Belongs here: reading the file and a cell. It names no pupil, so it is part of the trust folder.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors.mis import MisLacks
from schemas.canonical import CANONICAL
from schemas.table import Kind

_OLDEST_HOURS: Final = 36
_TRUE: Final = ("true", "yes", "y", "1", "t")
_FALSE: Final = ("false", "no", "n", "0", "f")


@dataclass(frozen=True, slots=True)
class Mapped:
    """One report, or one sheet of it, that feeds one table.

    Attributes:
        table: canonical table.
        file: name of the report in the school's folder.
        sheet: of an XLSX file; "" = its first.
        columns: canonical column -> heading.
        date: how a day is written, as `strptime` has it.

    """

    table: str
    file: str
    sheet: str
    columns: Mapping[str, str]
    date: str

    @property
    def key(self) -> str:
        """What the manifest calls it."""
        return f"{self.file}#{self.sheet}" if self.sheet else self.file

    def _day(self, text: str) -> dt.date:
        """Read a day as the mapping says; a spreadsheet has its own kind of day, which needs no saying."""
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return dt.datetime.strptime(text, self.date).date()  # noqa: DTZ007  a day has no zone

    def read(self, kind: Kind, text: str) -> object:
        """Return a value of its kind; raises ValueError without a word of it."""
        match kind:
            case Kind.DATE:
                return self._day(text[:10])
            case Kind.BOOLEAN:
                said = text.strip().lower()
                if said not in _TRUE + _FALSE:
                    raise ValueError
                return said in _TRUE
            case Kind.INTEGER:
                return int(text)
            case Kind.DECIMAL:
                return float(text)
            case Kind.TEXT:
                return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class ReportMapping:
    """What a school's reports supply.

    Attributes:
        tables: what feeds each table.
        none: tables of which the school has nothing, as a person has said.
        oldest: how old reports may be.

    """

    tables: tuple[Mapped, ...]
    none: frozenset[str]
    oldest: dt.timedelta


def read_mapping(file: Path, urn: str) -> ReportMapping:
    """Read a mapping file. Raises MisLacks, naming file, table and column."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as fault:
        what = f"{file.name} cannot be read: {fault}. Write which report feeds which table"
        raise MisLacks(urn, what) from None
    tables = tuple(_mapped(file, urn, one) for one in told.get("table", ()))
    none = frozenset(told.get("none", ()))
    _refuse(file, urn, none - CANONICAL.keys(), "under `none`")
    return ReportMapping(tables, none, dt.timedelta(hours=told.get("oldest_hours", _OLDEST_HOURS)))


def _mapped(file: Path, urn: str, told: Mapping[str, Any]) -> Mapped:
    try:
        name, report, columns = told["table"], told["file"], told["columns"]
    except KeyError as missing:
        what = f"{file.name}: a table lacks {missing}"
        raise MisLacks(urn, what) from None
    _refuse(file, urn, {name} - CANONICAL.keys(), "as a table")
    _refuse(file, urn, columns.keys() - set(CANONICAL[name].names), f"as a column of {name}")
    if Path(report).name != report or Path(report).suffix not in (".csv", ".xlsx"):
        what = f"{file.name}: {name} must name a .csv or .xlsx file of the school's folder"
        raise MisLacks(urn, what)
    return Mapped(name, report, told.get("sheet", ""), columns, told.get("date", "%Y-%m-%d"))


def _refuse(file: Path, urn: str, unknown: set[str] | frozenset[str], where: str) -> None:
    if unknown:
        what = f"{file.name} names {', '.join(sorted(unknown))} {where}, which there is not"
        raise MisLacks(urn, what)

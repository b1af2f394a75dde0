"""Where the department's material is kept: the trust folder's `spec/<academic year>/`, with `index.json`.

Belongs here: storing a file beside those of its year and reading the index back. What a file says is
`exports.spec_import`; running it is `exports.official`. The index names for each file what it confirms, so that a
person can read and compare it; nothing in it comes from a pupil.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Final

from exports.waybill import utc_moment, utc_text
from schemas.census.spec import Confirmed
from schemas.refusal import Refusal

FOLDER: Final = "spec"
_INDEX: Final = "index.json"
_YEAR: Final = re.compile(r"20\d\d-\d\d")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class Kind(StrEnum):
    """What a stored file is."""

    WORKBOOK = "rules workbook"
    SCHEMA = "schema"
    STYLESHEET = "stylesheet"
    LEARNED = "learned"


class SpecFolderFault(Refusal):
    """The folder of the department's material does not hold what its index says."""

    code: ClassVar[str] = "spec_folder"


@dataclass(frozen=True, slots=True)
class Imported:
    """One file of the department's material, as the index has it.

    Attributes:
        name: the file's name when it was imported; a later file of the same kind and name replaces it.
        kind: what it is.
        sha256: of its bytes; begins the name under which it is stored.
        source: where it came from, in the words of whoever imported it.
        imported_at: aware UTC.
        by: person id in the approver register.
        confirms: what it confirms of our layout, code sets and rules.

    """

    name: str
    kind: Kind
    sha256: str
    source: str
    imported_at: dt.datetime
    by: str
    confirms: Confirmed

    @property
    def stored_as(self) -> str:
        """The file's name in the folder."""
        return f"{self.sha256[:12]}-{_UNSAFE.sub('_', self.name)}"

    def body(self) -> dict[str, Any]:
        """This, as an object of the index."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "sha256": self.sha256,
            "source": self.source,
            "imported_at": utc_text(self.imported_at),
            "by": self.by,
            "confirms": {
                "paths": sorted(self.confirms.paths),
                "codes": [list(pair) for pair in sorted(self.confirms.codes)],
                "rules": sorted(self.confirms.rules),
            },
        }


def place(trust: Path, year: str) -> Path:
    """Return the folder of a year. Raises SpecFolderFault for what is no academic year."""
    if not _YEAR.fullmatch(year) or int(year[2:4]) + 1 != int(year[5:]):
        message = f"{year!r} is no academic year: write it as 2026-27"
        raise SpecFolderFault(message)
    return trust / FOLDER / year


def index(trust: Path, year: str) -> tuple[Imported, ...]:
    """Return everything imported for a year, oldest first; empty when nothing was.

    Raises:
        SpecFolderFault: the index cannot be read, or a file is not the one that was imported.

    """
    folder = place(trust, year)
    if not (folder / _INDEX).is_file():
        return ()
    try:
        found = tuple(_imported(body) for body in json.loads((folder / _INDEX).read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError):
        message = f"{folder / _INDEX} cannot be read: restore it, or import the files of the folder again"
        raise SpecFolderFault(message) from None
    for each in found:
        content(trust, year, each)
    return found


def in_use(trust: Path, year: str) -> tuple[Imported, ...]:
    """Return the latest file of each kind and name."""
    return tuple({(each.kind, each.name): each for each in index(trust, year)}.values())


def content(trust: Path, year: str, imported: Imported) -> bytes:
    """Return the bytes of a stored file. Raises SpecFolderFault when they are not those that were imported."""
    file = place(trust, year) / imported.stored_as
    data = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(data).hexdigest() != imported.sha256:
        message = (
            f"{file} is not the file that {imported.by} imported on {imported.imported_at:%Y-%m-%d}: restore it, or "
            f"take its entry out of {_INDEX} and import it again"
        )
        raise SpecFolderFault(message)
    return data


def store(trust: Path, year: str, imported: Imported, data: bytes) -> bool:
    """Put a file into the folder and the index; False when the very same file is in use already."""
    if any((each.kind, each.name, each.sha256) == _identity(imported) for each in in_use(trust, year)):
        return False
    folder = place(trust, year)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / imported.stored_as, data)
    bodies = [each.body() for each in (*index(trust, year), imported)]
    _write(folder / _INDEX, (json.dumps(bodies, indent=2, ensure_ascii=False) + "\n").encode())
    return True


def confirmed(trust: Path, year: str) -> Confirmed:
    """Return what the material in use confirms for a year, all of it together."""
    found = Confirmed()
    for each in in_use(trust, year):
        found |= each.confirms
    return found


def _identity(imported: Imported) -> tuple[Kind, str, str]:
    return imported.kind, imported.name, imported.sha256


def _imported(body: Mapping[str, Any]) -> Imported:
    confirms = body["confirms"]
    return Imported(
        name=body["name"],
        kind=Kind(body["kind"]),
        sha256=body["sha256"],
        source=body["source"],
        imported_at=utc_moment(body["imported_at"]),
        by=body["by"],
        confirms=Confirmed(
            frozenset(confirms["paths"]),
            frozenset((name, code) for name, code in confirms["codes"]),
            frozenset(confirms["rules"]),
        ),
    )


def _write(file: Path, data: bytes) -> None:
    """Write whole or not at all: a run may be reading."""
    fresh = file.with_name(file.name + ".new")
    fresh.write_bytes(data)
    fresh.replace(file)

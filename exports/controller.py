"""What the trust says of itself for its records: who it is, its officer, how long it keeps things, how it guards them.

Belongs here: reading `controller.toml` of the trust folder. Article 30(1) of the UK GDPR asks for these beside what
agreements and observed flows say. Does not belong here: the record made of it all (`exports.ropa`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Final

from schemas.refusal import Refusal

FILE: Final = "controller.toml"


class ControllerUnreadable(Refusal):
    """The trust's word on itself is missing or incomplete."""

    code: ClassVar[str] = "controller_unreadable"


@dataclass(frozen=True, slots=True)
class Body:
    """The controller: the trust as a legal person.

    Attributes:
        registration: number under which it pays the data protection fee.
        website: its own, https; the domain of its addresses follows from it.

    """

    legal_name: str
    number: str
    registration: str
    address: str
    email: str
    website: str


@dataclass(frozen=True, slots=True)
class Officer:
    """The Data Protection Officer."""

    name: str
    address: str
    email: str


@dataclass(frozen=True, slots=True)
class Kept:
    """How long the trust keeps one category of data, and what says so."""

    category: str
    keep: str
    source: str


@dataclass(frozen=True, slots=True)
class Controller:
    """All of it. `security`: technical and organisational measures, one sentence each."""

    body: Body
    officer: Officer
    retention: tuple[Kept, ...]
    security: tuple[str, ...]


def load_controller(folder: Path) -> Controller:
    """Read a trust folder's `controller.toml`.

    Raises:
        ControllerUnreadable: the file is not there, or a part of it is missing, blank or unknown.

    """
    path = folder / FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        message = f"{FILE} cannot be read: {error}"
        raise ControllerUnreadable(message) from None
    for name in ("retention", "security"):
        if not data.get(name):
            message = f"{FILE}: {name} is missing or empty; Article 30(1) asks for it"
            raise ControllerUnreadable(message)
    return Controller(
        body=Body(**_texts(data.get("controller", {}), Body, "controller")),
        officer=Officer(**_texts(data.get("officer", {}), Officer, "officer")),
        retention=tuple(Kept(**_texts(row, Kept, "retention")) for row in data["retention"]),
        security=tuple(str(measure) for measure in data["security"]),
    )


def _texts(given: Mapping[str, Any], wanted: type[Body | Officer | Kept], place: str) -> dict[str, str]:
    names = {field.name for field in fields(wanted)}
    if unknown := given.keys() - names:
        message = f"{FILE}: [{place}] has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(names))}"
        raise ControllerUnreadable(message)
    blank = sorted(name for name in names if not str(given.get(name, "")).strip())
    if blank:
        message = f"{FILE}: [{place}] lacks {', '.join(blank)}"
        raise ControllerUnreadable(message)
    return {name: str(given[name]) for name in names}

"""The register of legal gateways: which enactment lets which item leave, whom it binds and since when.

Belongs here: reading the register (`data/gateways.csv`) and asking it whether a gateway is in force. None of it is
legal advice: `reviewed_by` of a row stays empty until a trust's own adviser has confirmed it.

`in_force_from` is the first day the register vouches for, which may be later than commencement; empty means that
commencement is not known, so the gateway is never in force. `kind`: `duty` and `power` are gateways; `exemption`
lifts a restriction in a single case; `condition` is a Schedule 1 paragraph, which says how special data may be used
and opens nothing by itself.
"""

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Final

from exports.terms import Agreement
from schemas.refusal import Refusal

REGISTER: Final = Path(__file__).parent / "data" / "gateways.csv"
BINDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "maintained": frozenset({"maintained"}),
        "academy": frozenset({"academy"}),
        "both": frozenset({"maintained", "academy"}),
    },
)
KINDS: Final = frozenset({"duty", "power", "exemption", "condition"})
CONFIDENCES: Final = frozenset({"H", "M", "L"})


class RegisterUnreadable(Refusal):
    """A row of the gateway register is incomplete or contradicts itself."""

    code: ClassVar[str] = "gateway_register_unreadable"


@dataclass(frozen=True, slots=True)
class Gateway:
    """One paragraph of one instrument.

    Attributes:
        binds: `maintained`, `academy` or `both`.
        regulation: which regulation of the instrument applies the paragraph to whom, in words.
        in_force_from: None when commencement is not known.
        in_force_to: last day in force; None while it is.
        confidence: H read, M second-hand, L from memory.

    """

    id: str
    kind: str
    instrument: str
    paragraph: str
    items: str
    binds: str
    regulation: str
    in_force_from: dt.date | None
    in_force_to: dt.date | None
    confidence: str
    reviewed_by: str

    def in_force(self, day: dt.date) -> bool:
        """Say whether it is in force on that day, both ends included; never when commencement is not known."""
        return self.overlaps(day, day)

    def overlaps(self, first: dt.date, last: dt.date) -> bool:
        """Say whether it is in force on any day of the period."""
        if self.in_force_from is None:
            return False
        return self.in_force_from <= last and (self.in_force_to is None or first <= self.in_force_to)

    def binds_establishment(self, establishment: str) -> bool:
        """Say whether it binds that type of school: `maintained` or `academy`."""
        return establishment in BINDS[self.binds]


def load_gateways(path: Path = REGISTER) -> Mapping[str, Gateway]:
    """Read the register, by id.

    Raises:
        RegisterUnreadable: an id twice, an instrument, `binds`, kind or confidence missing or unknown, or a bad date.

    """
    register: dict[str, Gateway] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, strict=True), start=2):
            place = f"{path.name}:{number}"
            gateway = _gateway(row, place)
            if gateway.id in register:
                raise _unreadable(place, "this id is there twice")
            register[gateway.id] = gateway
    return MappingProxyType(register)


def not_in_force(agreement: Agreement, register: Mapping[str, Gateway], today: dt.date) -> tuple[str, ...]:
    """Return the ids of the agreement's gateways that are not in force on that day, in order, each once."""
    cited = dict.fromkeys(line.gateway for line in agreement.lines)
    return tuple(name for name in cited if name not in register or not register[name].in_force(today))


def _gateway(row: Mapping[str, str | None], place: str) -> Gateway:
    values = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    for name in ("id", "instrument", "items"):
        if not values[name]:
            message = f"{name} is empty"
            raise _unreadable(place, message)
    for name, words in (("binds", BINDS), ("kind", KINDS), ("confidence", CONFIDENCES)):
        if values[name] not in words:
            message = f"{name} must be one of {', '.join(sorted(words))}"
            raise _unreadable(place, message)
    return Gateway(
        id=values["id"],
        kind=values["kind"],
        instrument=values["instrument"],
        paragraph=values["paragraph"],
        items=values["items"],
        binds=values["binds"],
        regulation=values["regulation"],
        in_force_from=_day(values["in_force_from"], place),
        in_force_to=_day(values["in_force_to"], place),
        confidence=values["confidence"],
        reviewed_by=values["reviewed_by"],
    )


def _day(text: str, place: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise _unreadable(place, "a date must be written YYYY-MM-DD") from None


def _unreadable(place: str, message: str) -> RegisterUnreadable:
    return RegisterUnreadable(f"{place}: {message}")


_COLUMNS: Final = tuple(Gateway.__dataclass_fields__)

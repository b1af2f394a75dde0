"""Who is told: `alerts.toml` of the trust folder.

Belongs here: reading the file. An address holds a password as often as not, so it is named by reference as every secret
is (`env:NAME` or `file:NAME`), never written into the trust folder.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipelines.failure_classes import CLASSES
from schemas.refusal import Refusal

EVERY: Final = "*"
_KEYS: Final = frozenset({"name", "address", "classes", "reminders"})


class AlertsUnreadable(Refusal):
    """alerts.toml cannot be used."""

    code = "alerts_unreadable"


@dataclass(frozen=True, slots=True)
class Route:
    """One way to somebody.

    Attributes:
        name: as people call it.
        address: reference of an address that apprise understands (mailtos://, msteams://, slack://, jsons:// ...).
        classes: classes of failure that go this way.
        reminders: whether the calendar's reminders do too.

    """

    name: str
    address: str
    classes: frozenset[str]
    reminders: bool

    def takes(self, failure: str) -> bool:
        """Say whether a class of failure goes this way."""
        return failure in self.classes


def read_routes(folder: Path) -> tuple[Route, ...]:
    """Read the routes of a trust folder; none without the file.

    Raises AlertsUnreadable, naming the route.
    """
    file = folder / "alerts.toml"
    if not file.is_file():
        return ()
    try:
        listed = tomllib.loads(file.read_text(encoding="utf-8")).get("route", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file} cannot be read: {type(error).__name__}"
        raise AlertsUnreadable(message) from None
    routes = tuple(_route(file, number, entry) for number, entry in enumerate(listed, 1))
    if len({route.name for route in routes}) != len(routes):
        message = f"{file}: two routes have one name"
        raise AlertsUnreadable(message)
    return routes


def _route(file: Path, number: int, entry: Any) -> Route:  # noqa: ANN401  whatever the file says
    unknown = sorted(set(entry) - _KEYS) if isinstance(entry, dict) else ["the entry itself"]
    if unknown or not {"name", "address"} <= entry.keys():
        message = f"{file}: route number {number} needs name and address, and knows {', '.join(sorted(_KEYS))} only"
        raise AlertsUnreadable(message)
    if not str(entry["address"]).startswith(("env:", "file:")):
        message = (
            f"{file}: the address of {entry['name']} must be a reference, env:NAME or file:NAME in the keys folder"
        )
        raise AlertsUnreadable(message)
    asked = entry.get("classes", [EVERY])
    if not isinstance(asked, list) or set(asked) - {EVERY} - CLASSES.keys():
        message = f'{file}: the classes of {entry["name"]} are those of docs/cards, or "*" for all'
        raise AlertsUnreadable(message)
    classes = frozenset(CLASSES if EVERY in asked else asked)
    return Route(str(entry["name"]), str(entry["address"]), classes, bool(entry.get("reminders", False)))

"""How Arbor spells an entity in a path and in a body (facts: mis/arbor.md, sections 3 and 4).

Belongs here: pure text rules. The server accepts every spelling that a known client sends.
"""

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import quote

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

PREFIX = "/rest-v2/"


def plural(entity: str) -> str:
    """Pluralise naively, as the vendor does: persons, statuses, ethnicities, basises."""
    if entity.endswith(("ch", "s")):
        return entity + "es"
    if entity.endswith("y") and not entity.endswith("ay"):
        return entity[:-1] + "ies"
    return entity + "s"


def kebab(name: str) -> str:
    """Camel case to dashes, lower case; the underscore after a module stays: uk-dfe_upn-assignments."""
    return _CAMEL.sub("-", name).lower()


def href(entity: str, row_id: object) -> str:
    """Return the reference of one object."""
    return f"{_collection(entity)}{row_id if isinstance(row_id, int) else quote(str(row_id), safe='')}"


@cache
def _collection(entity: str) -> str:
    return f"{PREFIX}{kebab(plural(entity))}/"


def item_root(entity: str) -> str:
    """Return the key of one object in a body: upnAssignment, ukDfe_UpnAssignment."""
    return entity[0].lower() + entity[1:]


def list_root(entity: str) -> str:
    """Return the key of a list in a body."""
    return item_root(plural(entity))


def spellings(entities: Iterable[str]) -> dict[str, str]:
    """Index entities by every tolerated spelling, folded by `fold`."""
    return {fold(name): entity for entity in entities for name in (entity, plural(entity))}


def fold(segment: str) -> str:
    """Make kebab, camel, any case and any mixture of them one."""
    return segment.replace("-", "").lower()

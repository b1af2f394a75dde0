"""What a plan would ask of a MIS, and what the MIS lets this application read of it.

Belongs here: the answer's shape. How it is found out is each connector's; what a missing property costs an agreement or
a return is `assets.plan`'s to say, since only it knows what is wanted for what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias


class Grant(StrEnum):
    """What is known of one property."""

    READ = "may be read"
    ABSENT = "not given"
    UNSEEN = "no row yet, so not known"
    NEVER = "this MIS has none"


class Origin(NamedTuple):
    """A place in a MIS that a canonical column comes from.

    Attributes:
        resource: what is listed, as the connector names it.
        path: where in a row of it, in the vendor's words; one property, or several on the way.

    """

    resource: str
    path: str


Origins: TypeAlias = Mapping[tuple[str, str], frozenset[Origin]]
"""(canonical table, column) -> every place it is made from; none when the MIS has none."""


def worst(origins: frozenset[Origin], grants: Mapping[Origin, Grant]) -> Grant:
    """Return the worst of what is known of the places a column is made from."""
    known = [grants.get(one, Grant.UNSEEN) for one in origins]
    if not known:
        return Grant.NEVER
    return next((one for one in (Grant.ABSENT, Grant.UNSEEN) if one in known), Grant.READ)


@dataclass(frozen=True)
class Asked:
    """What a plan asks of a MIS.

    Attributes:
        entities: by name, the properties of it that are read, in order.
        narrowed: by name, which rows alone; the others are read whole.
        origins: where each wanted column comes from.

    """

    entities: Mapping[str, tuple[str, ...]]
    narrowed: Mapping[str, Mapping[str, str]]
    origins: Origins


@dataclass(frozen=True)
class Availability:
    """What the MIS lets this application read of a plan.

    Attributes:
        grants: of each property of each entity that the plan asks for; "" stands for the entity itself.
        doors: by entity, the way in.
        notes: what else a person should know, such as why a door is not used.

    """

    grants: Mapping[Origin, Grant]
    doors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

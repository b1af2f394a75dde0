"""What a plan would ask of a MIS, and what the MIS lets this application read of it.

Belongs here: the answer's shape. How it is found out is each connector's; what a missing property costs an agreement or
a return is `assets.plan`'s to say, since only it knows what is wanted for what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Grant(StrEnum):
    """What is known of one property."""

    READ = "may be read"
    ABSENT = "not given"
    UNSEEN = "no row yet, so not known"
    NEVER = "this MIS has none"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a canonical column comes from in a MIS: entities and their properties; empty when the MIS has none."""

    properties: frozenset[tuple[str, str]] = frozenset()

    def worst(self, grants: Mapping[tuple[str, str], Grant]) -> Grant:
        """Return the worst of what is known of its properties; of alternatives, one that may be read is enough."""
        known = [grants.get(one, Grant.UNSEEN) for one in self.properties]
        if not known:
            return Grant.NEVER
        return next((one for one in (Grant.ABSENT, Grant.UNSEEN) if one in known), Grant.READ)


Origins = Mapping[tuple[str, str], Origin]
"""(canonical table, column) -> where it comes from."""


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
        grants: of each (entity, property) that the plan asks for.
        doors: by entity, the way in.
        notes: what else a person should know, such as why a door is not used.

    """

    grants: Mapping[tuple[str, str], Grant]
    doors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

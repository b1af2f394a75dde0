"""Which way in serves which entity: GraphQL where the school chose it and the entity is granted there, else REST.

Belongs here: the choice. It is made once, before anything is read, and stands in the certificate.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from connectors.arbor.collect import Door
from connectors.arbor.graphql import GraphqlDoor
from connectors.arbor.introspection import Served, introspect
from connectors.arbor.resources import Entity
from connectors.arbor.rest import RestDoor
from connectors.arbor.rows import REVISION
from connectors.arbor.walk import Listing
from connectors.mis import MisSettings
from connectors.wire import Wire

REST: Final = "rest"
GRAPHQL: Final = "graphql"
DOORS: Final = (REST, GRAPHQL)


class Doors:
    """The ways into one school's Arbor.

    Args:
        wire: to it.
        settings: which door the school chose.
        listings: what will be read.

    Attributes:
        why_not: why GraphQL serves nothing though it was chosen; "" when it does, or was not.

    """

    def __init__(self, wire: Wire, settings: MisSettings, listings: Sequence[Listing]) -> None:
        self.rest = RestDoor(wire, settings.page_size)
        self.why_not = ""
        self._names = {listing.entity.name: REST for listing in listings}
        self._graphql: GraphqlDoor | None = None
        if settings.door == GRAPHQL:
            self._open(wire, settings, listings)

    def of(self, entity: Entity) -> Door:
        """Return the door for an entity."""
        return self._graphql if self._graphql and self._names[entity.name] == GRAPHQL else self.rest

    def names(self) -> Mapping[str, str]:
        """Return entity -> name of the door it is read by."""
        return self._names

    def _open(self, wire: Wire, settings: MisSettings, listings: Sequence[Listing]) -> None:
        served = introspect(wire, self._names)
        self.why_not = served.why_not
        revisions = frozenset(name for name, fields in served.fields.items() if REVISION in fields)
        door = GraphqlDoor(wire, settings.urn, settings.page_size, served.arguments, revisions)
        offered = [one for one in listings if _serves(served, one) and door.can_narrow(one)]
        if not offered:
            return
        denied = {entity for entity, _ in door.probe(offered)}
        granted = [one.entity.name for one in offered if one.entity.name not in denied]
        self._graphql = door
        self._names.update(dict.fromkeys(granted, GRAPHQL))


def _serves(served: Served, listing: Listing) -> bool:
    fields = served.fields.get(listing.entity.name, frozenset())
    return bool(fields) and set(listing.properties) <= fields

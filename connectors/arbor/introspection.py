"""What the GraphQL door serves: its root fields with their arguments, and the fields of each type.

Belongs here: asking, and the answer. Whether an application may read what is served is only told when it asks for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.arbor.graphql import PATH, Denied, document
from connectors.mis import MisAnswerUnreadable, MisRefused, MisUnavailable
from connectors.wire import Ask, Unreadable, Wire

_CLOSED: Final = frozenset({400, 404, 405})
_ROOTS: Final = "{ __schema { queryType { fields { name args { name } } } } }"


@dataclass(frozen=True)
class Served:
    """What there is.

    Attributes:
        arguments: entity with a root field -> names of its arguments.
        fields: entity -> names of its fields.
        why_not: why nothing is served by this door; "" when something is.

    """

    arguments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    why_not: str = ""


def introspect(wire: Wire, entities: Iterable[str]) -> Served:
    """Find out what is served of some entities; a door that does not open or does not say serves nothing.

    Raises MisRefused when the application is not let in at all.
    """
    try:
        return _served(wire, entities)
    except MisRefused as refusal:
        if refusal.everything:
            raise
        why = "this application may not use it"
    except (KeyError, TypeError):
        why = "it does not say what it serves"
    except (MisAnswerUnreadable, MisUnavailable):
        why = "it did not answer"
    return Served(why_not=why)


def _served(wire: Wire, entities: Iterable[str]) -> Served:
    told = _asked(wire, _ROOTS)
    if told is None:
        return Served(why_not="there is none at this address")
    roots = told["__schema"]["queryType"]["fields"]
    arguments = {root["name"]: frozenset(arg["name"] for arg in root["args"]) for root in roots}
    known = sorted(set(entities) & arguments.keys())
    query = " ".join(f't{n}: __type(name: "{name}") {{ name fields {{ name }} }}' for n, name in enumerate(known))
    types = (_asked(wire, f"{{ {query} }}") or {}).values() if known else ()
    fields = {each["name"]: frozenset(one["name"] for one in each["fields"]) for each in types if each}
    return Served(arguments, fields, "" if fields else "it serves nothing that is needed")


def _asked(wire: Wire, query: str) -> dict[str, Any] | None:
    def read(body: bytes) -> dict[str, Any]:
        try:
            return document(body)
        except Denied:
            message = "introspection is not granted"
            raise Unreadable(message) from None

    return wire.ask(Ask("GraphQL's description of itself", PATH, body={"query": query}, tolerated=_CLOSED), read)

"""Reading the way to a recipient from an agreement file: a server, or a person who does the sending.

Belongs here: the shape of the key `delivery`. Which combinations are refused is `exports.route_rules`.
"""

from typing import Final

from exports import vocabularies as words
from exports.terms import ByHand, Legacy, Route, Seal
from exports.yaml_file import Fault, Section

_BY_HAND_KEYS: Final = frozenset({"by_hand", "filename", "seal"})
_SERVER_KEYS: Final = frozenset(Route.__dataclass_fields__) - {"by_hand"}
OUTBOX: Final = "outbox"
"""Stands for the host of a route on which a person does the sending: a folder of this installation."""


def read_route(name: str, top: Section, faults: list[Fault]) -> Route:
    """Read the delivery of the agreement `name`."""
    entry = top.raw("delivery")
    part = Section(entry, "the delivery", _BY_HAND_KEYS | _SERVER_KEYS, faults)
    if not part.has("by_hand"):
        return _server(Section(entry, "the delivery", _SERVER_KEYS, faults), faults)
    part = Section(entry, "the delivery by a person", _BY_HAND_KEYS, faults)
    way = Section(part.raw("by_hand"), "by_hand", frozenset(ByHand.__dataclass_fields__), faults)
    return Route(
        host=OUTBOX,
        port=0,
        user="",
        key_ref="",
        host_key="",
        directory=f"/{name}",
        filename=part.text("filename"),
        read_back=True,
        ends_as="handed over",
        seal=_seal(part, faults) if part.has("seal") else None,
        by_hand=ByHand(
            channel=way.choice("channel", words.CHANNELS),
            address=way.text("address"),
            confirm_within_days=way.number("confirm_within_days", 1, 60),
        ),
    )


def _server(part: Section, faults: list[Fault]) -> Route:
    return Route(
        host=part.text("host"),
        port=part.number("port", 1, 65535),
        user=part.text("user"),
        key_ref=part.text("key_ref"),
        host_key=part.text("host_key"),
        directory=part.text("directory"),
        filename=part.text("filename"),
        read_back=part.flag("read_back"),
        ends_as=part.choice("ends_as", words.ENDS_AS),
        next_host_key=part.optional("next_host_key"),
        placing=part.choice("placing", words.PLACING) if part.has("placing") else "renamed",
        staging=part.optional("staging"),
        trigger=part.optional("trigger"),
        legacy=_legacy(part, faults) if part.has("legacy") else None,
        seal=_seal(part, faults) if part.has("seal") else None,
    )


def _seal(route: Section, faults: list[Fault]) -> Seal:
    part = Section(route.raw("seal"), "the delivery's seal", frozenset(Seal.__dataclass_fields__), faults)
    return Seal(kind=part.choice("kind", words.SEALS), key=part.text("key"))


def _legacy(route: Section, faults: list[Fault]) -> Legacy:
    part = Section(route.raw("legacy"), "the delivery's legacy", frozenset(Legacy.__dataclass_fields__), faults)
    return Legacy(
        algorithms=part.words("algorithms", words.LEGACY_ALGORITHMS),
        until=part.day("until"),
        why=part.text("why"),
    )

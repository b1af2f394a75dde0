"""The grounds a file leaves on, as they stood when it was prepared: kept with the waybill, for agreements change.

Belongs here: what a signer reads and what a trace gives as reasons. It holds no value of a pupil. The agreement itself
is `exports.terms`; that it has not changed since is for the gate.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import rfc8785

from exports.terms import Agreement


@dataclass(frozen=True, slots=True)
class Ground:
    """Why one field may leave.

    Attributes:
        field: `<table>.<column>`.
        shown_as: what the recipient's file calls it, where that has names of its own.

    """

    field: str
    shown_as: str
    clause: str
    gateway: str
    why: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What one agreement said.

    Attributes:
        recipient: legal name.
        title: what the sharing is for.
        ends_as: `delivered` or `handed over`.
        signing: roles that must sign.
        lines: by agreement line id, in file order.

    """

    recipient: str
    title: str
    ends_as: str
    signing: tuple[str, ...]
    lines: Mapping[str, Ground]


def grounds_of(agreement: Agreement) -> Grounds:
    """Take the grounds from an agreement."""
    return Grounds(
        recipient=agreement.recipient.legal_name,
        title=agreement.title,
        ends_as=agreement.delivery.ends_as,
        signing=agreement.signing,
        lines={
            line.id: Ground(line.field, line.output or line.field, line.clause, line.gateway, line.why)
            for line in agreement.lines
        },
    )


def write(grounds: Grounds) -> bytes:
    """The grounds as RFC 8785 JSON; lines are a list, so that their order is kept."""
    lines = [{"id": line_id, **asdict(ground)} for line_id, ground in grounds.lines.items()]
    body: dict[str, Any] = {
        "recipient": grounds.recipient,
        "title": grounds.title,
        "ends_as": grounds.ends_as,
        "signing": list(grounds.signing),
        "lines": lines,
    }
    return rfc8785.dumps(body)


def read(body: Mapping[str, Any]) -> Grounds:
    """The grounds from what `write` wrote, parsed."""
    return Grounds(
        recipient=body["recipient"],
        title=body["title"],
        ends_as=body["ends_as"],
        signing=tuple(body["signing"]),
        lines={line["id"]: Ground(**{name: line[name] for name in Ground.__slots__}) for line in body["lines"]},
    )

"""The grounds a file leaves on, as they stood when it was prepared: kept with the waybill, for agreements change.

Belongs here: what a signer reads and what a trace gives as reasons. It holds no value of a pupil. The agreement itself
is `exports.terms`; that it has not changed since is for the gate.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import rfc8785

from exports.formats.profiles import PROFILES
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
class Protected:
    """What the agreement says of one kind of protection, where pupils of the file have it.

    Attributes:
        effect: a word of `vocabularies.EFFECTS`.
        why: the agreement's reason where the effect is `sent`: a legal duty that goes on despite an objection, say.
        pupils: how many, those left out of the file included.

    """

    kind: str
    effect: str
    why: str | None
    pupils: int


@dataclass(frozen=True, slots=True)
class Grounds:
    """What one agreement said.

    Attributes:
        recipient: legal name.
        title: what the sharing is for.
        ends_as: `delivered` or `handed over`.
        signing: roles that must sign.
        lines: by agreement line id, in file order.
        protected: the kinds of protection that pupils of the file have.
        provisional: what is not known of the recipient's own layout; empty when it is known.
        withheld: why the file is left out of an answer to the family's access request; None is not left out.
        basis: Article 6 basis.
        kind: a word of `vocabularies.RECIPIENT_KINDS`.

    """

    recipient: str
    title: str
    ends_as: str
    signing: tuple[str, ...]
    lines: Mapping[str, Ground]
    protected: tuple[Protected, ...] = ()
    provisional: str = ""
    withheld: str | None = None
    basis: str = ""
    kind: str = ""


def grounds_of(agreement: Agreement, counted: Mapping[str, int] = MappingProxyType({})) -> Grounds:
    """Take the grounds from an agreement.

    Args:
        agreement: as it says now.
        counted: of how many pupils each kind of protection is known.

    """
    return Grounds(
        recipient=agreement.recipient.legal_name,
        title=agreement.title,
        ends_as=agreement.delivery.ends_as,
        signing=agreement.signing,
        lines={
            line.id: Ground(line.field, line.output or line.field, line.clause, line.gateway, line.why)
            for line in agreement.lines
        },
        protected=tuple(
            Protected(kind, agreement.protection[kind].name, agreement.protection[kind].why, pupils)
            for kind, pupils in counted.items()
        ),
        provisional=PROFILES[agreement.profile].provisional if agreement.profile else "",
        withheld=agreement.withheld,
        basis=agreement.basis,
        kind=agreement.recipient.kind,
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
        "protected": [asdict(kind) for kind in grounds.protected],
        "provisional": grounds.provisional,
        "withheld": grounds.withheld,
        "basis": grounds.basis,
        "kind": grounds.kind,
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
        protected=tuple(Protected(**kind) for kind in body["protected"]),
        provisional=body["provisional"],
        withheld=body["withheld"],
        basis=body.get("basis", ""),
        kind=body.get("kind", ""),
    )

"""Who has been told something of a pupil, by whichever way: files, entries by hand, and flows that are only observed.

Belongs here: one list of all three, each marked with how it is known, so that nobody is forgotten when a value is put
right or erased. What must be done about each is `exports.duties`; what an access report says of them,
`pipelines.actions.accessing`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from exports import by_hand
from exports.observed import Flow
from exports.preparation import read_grounds
from ledger.store import Ledger
from ledger.trace import Disclosure, trace, who_had
from vault.pupils import PupilKeys
from vault.store import Vault


class Known(StrEnum):
    """How the trust knows that somebody was told."""

    FILE = "file"  # proved: the bytes were read back, or handed over, and the digests were written then
    BY_HAND = "by hand"  # a person entered it
    OBSERVED = "observed"  # the trust folder says that a flow runs; nobody saw a pupil in it


@dataclass(frozen=True, slots=True)
class Field:
    """What is looked for: a field, of one value or as told before a day; all of a pupil when `name` is None."""

    name: str | None = None
    value: str | None = None
    before: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """One telling.

    Attributes:
        named: the waybill, the number of the entry by hand, or the id of the flow.
        recipient: id, or the kind of recipient of an entry by hand.
        body: legal name.
        agreement: id of the agreement or flow; "" for an entry by hand.
        lines: agreement lines or fields that were told.

    """

    known: Known
    named: str
    recipient: str
    body: str
    agreement: str
    school: str
    on: dt.date
    lines: tuple[str, ...]


def holders(
    ledger: Ledger, vault: Vault, pupils: PupilKeys, refs: Sequence[bytes], field: Field = Field(),
    flows: Iterable[Flow] = (),
) -> tuple[Holder, ...]:  # fmt: skip
    """Return everybody who was told, oldest first.

    Args:
        refs: the pupil's references.
        field: what of the pupil; the value is compared by its digest.
        flows: those observed that cover the pupil's schools.

    Raises PupilKeyGone where a value is looked for and the key was destroyed.
    """
    found = [one for ref in refs for one in _of_files(ledger, vault, pupils, ref, field)]
    found += [one for ref in refs for one in _of_hand(ledger, vault, ref, field)]
    found += [one for flow in flows for one in _of_flow(flow, field)]
    unique = {(one.known, one.named): one for one in found}
    return tuple(sorted(unique.values(), key=lambda one: (one.on, one.known, one.named)))


def _of_files(ledger: Ledger, vault: Vault, pupils: PupilKeys, ref: bytes, field: Field) -> Iterator[Holder]:
    for told, lines in _told(ledger, pupils, ref, field):
        if field.before is None or told.at.date() < field.before:
            body = read_grounds(ledger, vault, told.waybill).recipient
            slot = told.slot
            yield Holder(
                Known.FILE, told.waybill, slot.recipient, body, slot.agreement, slot.school, told.at.date(), lines
            )


def _told(ledger: Ledger, pupils: PupilKeys, ref: bytes, field: Field) -> list[tuple[Disclosure, tuple[str, ...]]]:
    if field.name is None:
        return [(told, told.lines) for told in trace(ledger, ref)]
    key = pupils.key(ref).key if field.value is not None else None
    found = who_had(ledger, ref, field.name, key, field.value)
    return [(holder.disclosure, (holder.line,)) for holder in found]


def _of_hand(ledger: Ledger, vault: Vault, ref: bytes, field: Field) -> Iterator[Holder]:
    """Give the entries of a pupil; which value was told by hand is not known, so each that told the field counts."""
    for number, entry in by_hand.numbered(ledger, vault, ref):
        told = entry.disclosure
        lines = tuple(name for name in told.fields if field.name is None or name.endswith(field.name))
        if lines and (field.before is None or told.on < field.before):
            yield Holder(Known.BY_HAND, str(number), told.kind, told.recipient, "", told.school, told.on, lines)


def _of_flow(flow: Flow, field: Field) -> Iterator[Holder]:
    lines = tuple(name for name in flow.fields if field.name is None or name.endswith(field.name))
    if lines:
        recipient = flow.recipient
        yield Holder(Known.OBSERVED, flow.id, recipient.id, recipient.legal_name, flow.id, "", flow.since, lines)

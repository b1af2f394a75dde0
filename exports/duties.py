"""Duties towards recipients: whoever had a value that was put right, restricted or erased must be told (Article 19).

Belongs here: one duty for each recipient and way of telling, and its states. A notice that was sent off closes
nothing: only the recipient's confirmation does, or the officer's decision, with its reason, that telling is impossible
or out of proportion. Who had it is `exports.holders`; what a duty follows from is a request (`exports.rights`).
"""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final

from exports.holders import Holder, Known
from exports.rights import KEEP, Request, subjects_of
from ledger.store import Event, Ledger, Tx
from schemas.refusal import Refusal
from vault.store import ArtefactGone, Vault

if TYPE_CHECKING:
    from ledger.canonical import Plain

DUTY: Final = "recipient duty"
STEP: Final = "recipient duty step"


class DutyState(StrEnum):
    """Where a duty stands; `overdue` is not a state but a day that has passed in any of the first three."""

    OPEN = "open"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    CONFIRMED = "confirmed"
    WAIVED = "waived"


CLOSED: Final = frozenset({DutyState.CONFIRMED, DutyState.WAIVED})
MOVES: Final[Mapping[DutyState, frozenset[DutyState]]] = MappingProxyType(
    {
        DutyState.OPEN: frozenset({DutyState.NOTIFIED, DutyState.WAIVED}),
        DutyState.NOTIFIED: frozenset(DutyState) - {DutyState.OPEN},  # notified again is a reminder
        DutyState.ACKNOWLEDGED: frozenset({DutyState.NOTIFIED, DutyState.CONFIRMED, DutyState.WAIVED}),
        DutyState.CONFIRMED: frozenset(),
        DutyState.WAIVED: frozenset(),
    },
)


class DutyUnfit(Refusal):
    """A duty is not known, or cannot go where it was asked to go."""

    code: ClassVar[str] = "duty_unfit"


@dataclass(frozen=True, slots=True)
class Moved:
    """One step of a duty; `words` say by which way, or why, and are None once erased."""

    to: DutyState
    on: dt.date
    by: str
    words: str | None


@dataclass(frozen=True, slots=True)
class Duty:
    """One recipient that must act.

    Attributes:
        number: of its event in the ledger.
        request: number of the request it follows from.
        body: legal name of the recipient, its id once that is erased.
        named: the waybills, entries or flow by which the recipient was told.
        act: what the recipient is asked to do.
        due: day by which it should be closed.
        steps: oldest first.

    """

    number: int
    request: int
    known: Known
    recipient: str
    body: str
    agreement: str
    school: str
    subjects: tuple[bytes, ...]
    named: tuple[str, ...]
    lines: tuple[str, ...]
    act: str
    due: dt.date
    steps: tuple[Moved, ...]

    @property
    def state(self) -> DutyState:
        """Where it stands."""
        return self.steps[-1].to if self.steps else DutyState.OPEN

    @property
    def closed(self) -> bool:
        """Say whether nothing more is to be done."""
        return self.state in CLOSED

    def overdue(self, today: dt.date) -> bool:
        """Say whether its day has passed and it is not closed."""
        return today > self.due and not self.closed


def impose(  # noqa: PLR0913  a duty names all it hangs on
    ledger: Ledger, vault: Vault, request: Request, found: Iterable[Holder],
    *, act: str, due: dt.date, by: str, at: dt.datetime,
) -> int:  # fmt: skip
    """Enter a duty for each recipient and way of telling that has none for this request yet; returns how many.

    A later file to the same recipient is a duty of its own, so nothing told meanwhile is forgotten.
    """
    known = {(one.known, name) for one in duties(ledger, vault) if one.request == request.number for name in one.named}
    new = sorted((one for one in found if (one.known, one.named) not in known), key=_together)
    entered = 0
    for (how, recipient, agreement, school), told in groupby(new, key=_together):
        theirs = list(told)
        sealed = json.dumps({"body": theirs[-1].body}).encode()
        body: dict[str, Plain] = {
            "request": request.number, "known": how, "recipient": recipient, "agreement": agreement, "school": school,
            "subjects": [ref.hex() for ref in request.subjects], "named": [one.named for one in theirs],
            "lines": sorted({line for one in theirs for line in one.lines}), "act": act, "due": due.isoformat(),
            "by": by, "artefact": vault.seal(sealed, kind=DUTY, purge_on=at.date() + KEEP).address,
        }  # fmt: skip
        ledger.append(DUTY, body, at)
        entered += 1
    return entered


def move(  # noqa: PLR0913  a step names all it hangs on
    ledger: Ledger, vault: Vault, number: int, to: DutyState, *, words: str, by: str, on: dt.date, at: dt.datetime
) -> Duty:
    """Record what became of a duty; returns it as it stood before. Raises DutyUnfit."""
    duty = next((one for one in duties(ledger, vault) if one.number == number), None)
    if duty is None:
        message = f"there is no duty {number}. List them with: waybill rights duties"
        raise DutyUnfit(message)
    if to not in MOVES[duty.state]:
        message = f"duty {number} is {duty.state} and cannot become {to}"
        raise DutyUnfit(message)
    if not words.strip():
        message = "say by which way, who confirmed, or why (--how)"
        raise DutyUnfit(message)
    address = vault.seal(json.dumps({"words": words}).encode(), kind=DUTY, purge_on=at.date() + KEEP).address
    body = {"duty": number, "to": to.value, "on": on.isoformat(), "by": by, "artefact": address}
    ledger.append(STEP, body | {"subjects": [ref.hex() for ref in duty.subjects]}, at)
    return duty


def duties(
    ledger: Ledger | Tx, vault: Vault, *, requests: Collection[int] | None = None, closed: bool = True,
    most: int | None = None,
) -> tuple[Duty, ...]:  # fmt: skip
    """Return duties, oldest first; what is not asked for is not unsealed.

    Args:
        ledger: where they are entered.
        vault: where their words are sealed.
        requests: that follow from these; None for all.
        closed: closed ones too.
        most: so many of the latest; None for all.

    """
    steps: dict[int, list[Event]] = {}
    for event in ledger.events(STEP):
        steps.setdefault(int(str(event.body["duty"])), []).append(event)
    found = [
        event
        for event in ledger.events(DUTY)
        if (requests is None or int(str(event.body["request"])) in requests)
        and (closed or not any(one.body["to"] in CLOSED for one in steps.get(event.seq, [])))
    ]
    return tuple(_duty(vault, event, steps.get(event.seq, [])) for event in found[-most if most else None :])


def _together(one: Holder) -> tuple[str, str, str, str]:
    entry = one.named if one.known is Known.BY_HAND else one.agreement
    return one.known.value, one.recipient, entry, one.school


def _duty(vault: Vault, event: Event, steps: Sequence[Event]) -> Duty:
    body, sealed = event.body, _opened(vault, event.body["artefact"])
    named: Sequence[str] = body["named"]  # type: ignore[assignment]
    lines: Sequence[str] = body["lines"]  # type: ignore[assignment]
    return Duty(
        number=event.seq,
        request=int(str(body["request"])),
        known=Known(str(body["known"])),
        recipient=str(body["recipient"]),
        body=sealed.get("body", str(body["recipient"])),
        agreement=str(body["agreement"]),
        school=str(body["school"]),
        subjects=subjects_of(event),
        named=tuple(named),
        lines=tuple(lines),
        act=str(body["act"]),
        due=dt.date.fromisoformat(str(body["due"])),
        steps=tuple(_moved(vault, one) for one in steps),
    )


def _moved(vault: Vault, event: Event) -> Moved:
    body, words = event.body, _opened(vault, event.body["artefact"]).get("words")
    return Moved(DutyState(str(body["to"])), dt.date.fromisoformat(str(body["on"])), str(body["by"]), words)


def _opened(vault: Vault, address: object) -> dict[str, str]:
    try:
        opened: dict[str, str] = json.loads(vault.open(str(address)))
    except ArtefactGone:
        return {}
    return opened

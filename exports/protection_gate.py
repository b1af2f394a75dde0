"""What protection stops at the gate, whatever was true when the file was prepared.

Belongs here: the three refusals that come before all others. Each reads the ledger again inside the transaction that
records the intent to send, so a flag entered or a consent withdrawn a moment ago still stops the file.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from exports.protection import Change, register
from exports.protection_effects import tells_contacts
from exports.protection_log import confirmed, decided_since
from exports.protection_standing import bears_on
from exports.terms import Agreement
from ledger.store import Ledger, Tx
from schemas.refusal import Refusal
from schemas.wording import counted
from vault.pupils import PupilKeys
from vault.store import Vault


class ProtectionChanged(Refusal):
    """The protection register, or a decision of the safeguarding lead, changed after the file was prepared."""

    code: ClassVar[str] = "protection_changed"


class ProtectionUnconfirmed(Refusal):
    """The school's protection register is not confirmed this term, and the file holds an address or a contact."""

    code: ClassVar[str] = "protection_unconfirmed"


class ProtectionHeld(Refusal):
    """The file holds a protected pupil of whom the safeguarding lead has not decided."""

    code: ClassVar[str] = "protection_held"


@dataclass(frozen=True)
class Stores:
    """Where protection is read."""

    ledger: Ledger | Tx
    vault: Vault
    pupils: PupilKeys


@dataclass(frozen=True)
class Waiting:
    """A file that waits to be sent.

    Attributes:
        seq: number of the ledger's event that entered it.
        refs: pupils in it.
        held: how many of them wait for a decision.

    """

    agreement: Agreement
    school: str
    seq: int
    refs: frozenset[bytes]
    held: int


def refuse_unprotected(stores: Stores, file: Waiting, today: dt.date) -> None:
    """Refuse a file that protection keeps back.

    Raises:
        ProtectionChanged: what it was prepared on no longer holds.
        ProtectionUnconfirmed: nobody has gone through the register this term.
        ProtectionHeld: a decision is missing.

    """
    if is_void(stores, file):
        message = (
            f"the protection register, or a decision on a pupil, has changed for school {file.school} since the file "
            "was prepared: prepare it again and have it signed"
        )
        raise ProtectionChanged(message)
    if tells_contacts(file.agreement) and not confirmed(stores.ledger, file.school, today):
        message = (
            f"the protection register of school {file.school} is not confirmed this term, so no address or contact "
            "leaves: the safeguarding lead confirms it (waybill protect confirm), then prepare the file again"
        )
        raise ProtectionUnconfirmed(message)
    if file.held:
        message = (
            f"{counted(file.held, 'pupil in the file waits', 'pupils in the file wait')} for a decision of "
            "the safeguarding lead: record each with "
            f"'waybill protect decide {file.agreement.id}', then prepare the file again"
        )
        raise ProtectionHeld(message)


def is_void(stores: Stores, file: Waiting) -> bool:
    """Say whether something changed after a file was entered that can make a difference to it."""
    return changed_since(
        stores,
        file.agreement,
        file.school,
        file.seq,
        lambda upn: bool(file.refs.intersection(stores.pupils.by_upn(upn))),
    )


def changed_since(stores: Stores, agreement: Agreement, school: str, seq: int, holds: Callable[[str], bool]) -> bool:
    """Say whether the register, or a decision, changed for a file after an event of the ledger.

    Args:
        seq: number of that event.
        holds: whether the pupil of a UPN is in the file; a flag counts at whichever school it was entered.

    """
    if decided_since(stores.ledger, seq, agreement.id, school):
        return True
    later = [change for change in register(stores.ledger, stores.vault).changes if change.seq > seq]
    return any(_concerns(change, school, holds) for change in _bearing(later, agreement))


def _bearing(changes: Iterable[Change], agreement: Agreement) -> Iterable[Change]:
    return (change for change in changes if bears_on(change.flag, change.about, agreement))


def _concerns(change: Change, school: str, holds: Callable[[str], bool]) -> bool:
    return change.urn == school or (change.upn is not None and holds(change.upn))

"""Legal holds: what must be kept although its time has come, or somebody asks for it to be erased.

Belongs here: placing, lifting and asking. The ledger says for whom, by reference, since when and by whom; the reason is
sealed. What a hold stops is `exports.erasure` and `exports.retention`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from exports.rights import subjects_of
from ledger.store import Event, Ledger, Tx
from schemas.refusal import Refusal
from vault.store import Vault

if TYPE_CHECKING:
    from ledger.canonical import Plain

PLACED: Final = "legal hold placed"
LIFTED: Final = "legal hold lifted"
_KEEP: Final = dt.timedelta(days=26 * 366)


class HoldUnfit(Refusal):
    """A hold lacks its reason, or there is none of that number."""

    code: ClassVar[str] = "hold_unfit"


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold that stands.

    Attributes:
        number: of its event in the ledger.
        subjects: references of the pupils; none is everybody.
        review: day by which somebody looks at it again; it holds beyond that day.

    """

    number: int
    subjects: tuple[bytes, ...]
    review: dt.date
    by: str
    at: dt.datetime

    def covers(self, refs: Iterable[bytes]) -> bool:
        """Say whether it holds what is kept about any of these pupils."""
        return not self.subjects or bool(set(self.subjects) & set(refs))


def place(
    ledger: Ledger, vault: Vault, refs: Sequence[bytes], why: str, *, review: dt.date, by: str, at: dt.datetime
) -> int:
    """Place a hold; returns its number. Raises HoldUnfit."""
    if not why.strip():
        message = "a hold needs its reason (--why)"
        raise HoldUnfit(message)
    body: dict[str, Plain] = {"subjects": sorted(ref.hex() for ref in refs), "review": review.isoformat(), "by": by}
    return ledger.append(PLACED, body | {"artefact": _seal(vault, why, at)}, at).seq


def lift(ledger: Ledger, vault: Vault, number: int, why: str, *, by: str, at: dt.datetime) -> None:
    """Lift a hold, with the reason. Raises HoldUnfit."""
    found = next((hold for hold in standing(ledger) if hold.number == number), None)
    if found is None or not why.strip():
        message = f"hold {number} does not stand, or no reason was given (--why). List them with: waybill hold list"
        raise HoldUnfit(message)
    body: dict[str, Plain] = {"hold": number, "by": by, "artefact": _seal(vault, why, at)}
    ledger.append(LIFTED, body | {"subjects": [ref.hex() for ref in found.subjects]}, at)


def standing(ledger: Ledger | Tx) -> tuple[Hold, ...]:
    """Return the holds that stand, oldest first."""
    lifted = {event.body["hold"] for event in ledger.events(LIFTED)}
    return tuple(_hold(event) for event in ledger.events(PLACED) if event.seq not in lifted)


def held(ledger: Ledger | Tx, refs: Iterable[bytes]) -> tuple[Hold, ...]:
    """Return the holds that keep something of any of these pupils."""
    named = list(refs)
    return tuple(hold for hold in standing(ledger) if hold.covers(named))


def _seal(vault: Vault, why: str, at: dt.datetime) -> str:
    return vault.seal(json.dumps({"words": why}).encode(), kind=PLACED, purge_on=at.date() + _KEEP).address


def _hold(event: Event) -> Hold:
    body = event.body
    review = dt.date.fromisoformat(str(body["review"]))
    return Hold(event.seq, subjects_of(event), review, str(body["by"]), event.at)

"""The life of a release: its states, and the one table of moves between them.

Belongs here: the table and what a state means. Moving is `ledger.store.Tx`; when to move is `exports`.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where a release stands. Attempted is never shown as acknowledged."""

    PREPARED = "prepared"  # the waybill exists and waits for signatures
    APPROVED = "approved"  # the signatures are complete
    WITHDRAWN = "withdrawn"  # replaced or called off before anything was sent
    SENDING = "sending"  # intent recorded; bytes may be on the wire
    UNKNOWN = "unknown"  # the wire broke; only reading back can tell
    DELIVERED = "delivered"  # read back, and the hash is the waybill's
    DELIVERED_UNVERIFIED = "delivered-unverified"  # accepted, but the recipient forbids reading back
    HANDED_OVER = "handed over"  # with a person, or at the trust's own upload point, for sending on
    REFUSED = "refused"  # nothing was left with the recipient
    SUPERSEDED = "superseded"  # a later version was delivered
    RECALLED = "recalled"  # the recipient has been asked to destroy it


SETTLED: Final = frozenset({State.DELIVERED, State.DELIVERED_UNVERIFIED, State.HANDED_OVER})
"""The recipient has the bytes: entering one of these records the disclosures, in the same transaction."""

CONSUMING: Final = SETTLED | {State.SENDING, State.UNKNOWN, State.SUPERSEDED, State.RECALLED}
"""The recipient has or may have the bytes: one release per school, period, recipient, agreement and version."""

MOVES: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.PREPARED: frozenset({State.APPROVED, State.WITHDRAWN}),
        State.APPROVED: frozenset({State.PREPARED, State.SENDING, State.WITHDRAWN}),  # prepared: a signature fell away
        State.WITHDRAWN: frozenset(),
        State.SENDING: SETTLED | {State.UNKNOWN, State.REFUSED},
        State.UNKNOWN: frozenset({State.DELIVERED, State.HANDED_OVER, State.REFUSED}),  # each by read-back, no resend
        State.DELIVERED: frozenset({State.SUPERSEDED, State.RECALLED}),
        State.DELIVERED_UNVERIFIED: frozenset({State.DELIVERED, State.SUPERSEDED, State.RECALLED}),
        State.HANDED_OVER: frozenset({State.SUPERSEDED, State.RECALLED}),
        State.REFUSED: frozenset({State.SENDING, State.WITHDRAWN}),  # not a byte left: the signatures still stand
        State.SUPERSEDED: frozenset({State.RECALLED}),
        State.RECALLED: frozenset(),
    },
)

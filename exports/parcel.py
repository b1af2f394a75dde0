"""What goes on the wire: a name, a length and a hash, by which the bytes are sent, read back and looked for.

Belongs here: the `Parcel` alone. For most files it says what the waybill says; of a file sealed to its recipient it
says the sealed bytes, while the waybill keeps saying what is inside (ADR 0029). Sealing is `exports.sealing`.
"""

from dataclasses import dataclass
from typing import Any

from exports.waybill import Waybill
from ledger.canonical import Plain
from ledger.states import State
from ledger.store import Ledger, Tx


@dataclass(frozen=True, slots=True)
class Parcel:
    """The bytes that a transport handles, without the bytes.

    Attributes:
        waybill: hash of the waybill they go under; names them in messages and in temporary names.
        remote_name: name at the recipient, in the closed alphabet.
        length: number of bytes on the wire.
        file_sha256: of the bytes on the wire.
        seal: kind of seal around the file that was signed; "" where it goes as it is.

    """

    waybill: str
    remote_name: str
    length: int
    file_sha256: str
    seal: str = ""

    @classmethod
    def of(cls, waybill: Waybill) -> "Parcel":
        """The parcel of a file that goes as it was signed."""
        return cls(waybill.sha256, waybill.remote_name, waybill.length, waybill.file_sha256)

    @classmethod
    def intended(cls, tx: Ledger | Tx, waybill: Waybill) -> "Parcel":
        """The parcel of the last attempt, as its intent was recorded: what may lie at the recipient."""
        intents = tx.events(State.SENDING, waybill=waybill.sha256)
        detail: Any = intents[-1].body["detail"] if intents else {}
        if "sealed" not in detail:
            return cls.of(waybill)
        sealed = detail["sealed"]
        return cls(waybill.sha256, waybill.remote_name, sealed["length"], sealed["sha256"], sealed["seal"])

    def intent(self) -> dict[str, Plain]:
        """What the record of an intent says beside the waybill: nothing for a file that goes as it was signed."""
        if not self.seal:
            return {}
        return {"sealed": {"seal": self.seal, "sha256": self.file_sha256, "length": self.length}}

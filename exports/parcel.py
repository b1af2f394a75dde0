"""What goes on the wire: a name, a length and a hash, by which the bytes are sent, read back and looked for.

Belongs here: the `Parcel` alone. For most files it says what the waybill says; of a file sealed to its recipient it
says the sealed bytes, while the waybill keeps saying what is inside (ADR 0029). Sealing is `exports.sealing`.
"""

from dataclasses import dataclass

from exports.waybill import Waybill


@dataclass(frozen=True, slots=True)
class Parcel:
    """The bytes that a transport handles, without the bytes.

    Attributes:
        waybill: hash of the waybill they go under; names them in messages and in temporary names.
        remote_name: name at the recipient, in the closed alphabet.
        length: number of bytes on the wire.
        file_sha256: of the bytes on the wire.

    """

    waybill: str
    remote_name: str
    length: int
    file_sha256: str

    @classmethod
    def of(cls, waybill: Waybill) -> "Parcel":
        """The parcel of a file that goes as it was signed."""
        return cls(waybill.sha256, waybill.remote_name, waybill.length, waybill.file_sha256)

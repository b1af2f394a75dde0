"""Reading a zip that may hold its files and nothing else: no comment, no gap, no second truth in another header.

Belongs here: the container. Programs differ in which of a zip's headers they believe, so one that could be read in two
ways is refused: both headers of every file are read here, and every byte has to be accounted for. What is in the files
is their reader's business. Source: APPNOTE.TXT of the .ZIP file format, sections 4.3.7, 4.3.12 and 4.3.16.
"""

import struct
import zlib
from typing import Final

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_DIRECTORY: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20
_MADE_ON_UNIX: Final = 3 << 8 | _VERSION
_NO_FLAGS: Final = 0
_DEFLATED: Final = 8
_NO_TIME: Final = (0, 33)  # 1 January 1980, the earliest there is: any other tells when a file was made
_ANYBODY_READS: Final = 0o100644 << 16
_RAW: Final = -15


class NotPlain(ValueError):  # noqa: N818 - what the bytes are, not what went wrong
    """The bytes are no zip, or one with more in it than its files."""


def members(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name, in order.

    Raises:
        NotPlain: it is damaged, encrypted, not deflated, has times, comments or extra fields, a name twice, or bytes
            between, before or after the files.

    """
    try:
        return _members(data)
    except (struct.error, zlib.error, UnicodeDecodeError):
        raise _not_plain() from None


def _members(data: bytes) -> dict[str, bytes]:
    signature, *disks, here, total, length, start, comment = _END.unpack(data[-_END.size :])
    at, directory, found = 0, start, {}
    for _ in range(total):
        name, crc, size, full = _entry(data, directory, at)
        directory += _DIRECTORY.size + len(name)
        at += _LOCAL.size + len(name)
        found[name.decode("ascii")] = _inflated(data[at : at + size], crc, full)
        at += size
    end = (signature, disks, here, length, comment, at, directory, len(found))
    if end != (b"PK\x05\x06", [0, 0], total, directory - start, 0, start, len(data) - _END.size, total):
        raise _not_plain()
    return found


def _entry(data: bytes, directory: int, at: int) -> tuple[bytes, int, int, int]:
    """Return (name, CRC, size compressed, full size) of one file, whose two headers must agree."""
    crc, size, full, length = _DIRECTORY.unpack_from(data, directory)[7:11]
    name = data[directory + _DIRECTORY.size : directory + _DIRECTORY.size + length]
    common = (_VERSION, _NO_FLAGS, _DEFLATED, *_NO_TIME, crc, size, full, len(name), 0)
    local = _LOCAL.pack(b"PK\x03\x04", *common) + name
    entry = _DIRECTORY.pack(b"PK\x01\x02", _MADE_ON_UNIX, *common, 0, 0, 0, _ANYBODY_READS, at) + name
    if not (data.startswith(local, at) and data.startswith(entry, directory)):
        raise _not_plain()
    return name, crc, size, full


def _inflated(compressed: bytes, crc: int, full: int) -> bytes:
    inflate = zlib.decompressobj(_RAW)
    raw = inflate.decompress(compressed)
    if not inflate.eof or inflate.unused_data or (zlib.crc32(raw), len(raw)) != (crc, full):
        raise _not_plain()
    return raw


def _not_plain() -> NotPlain:
    return NotPlain("it is no zip, or one with more in it than its files")

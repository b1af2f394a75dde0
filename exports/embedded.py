"""A last look at a file's bytes: no image, document or archive hides in it, as itself or written out as text.

Belongs here: the signatures and the search. No table has a column for a photograph, an identity document or a recording
(`exports.line_rules`), so what is found came in through a column that is for something else; the file does not leave.
Positions and kinds are told, never the bytes. Sources of the signatures: the formats' own specifications.
"""

import base64
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

SIGNATURES: Final[Mapping[str, tuple[bytes, ...]]] = MappingProxyType(
    {
        "a PNG image": (b"\x89PNG\r\n\x1a\n",),
        "a JPEG image": (b"\xff\xd8\xff",),
        "a GIF image": (b"GIF87a", b"GIF89a"),
        "a TIFF image": (b"II*\x00", b"MM\x00*"),
        "a WebP image or a sound": (b"RIFF",),
        "an MP4 or HEIC recording": (b"\x00\x00\x00\x18ftyp", b"\x00\x00\x00\x1cftyp", b"\x00\x00\x00\x20ftyp"),
        "a PDF document": (b"%PDF-",),
        "a zip archive or an Office document": (b"PK\x03\x04",),
        "an old Office document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
        "a gzip archive": (b"\x1f\x8b\x08",),
        "a program": (b"\x7fELF", b"MZ\x90\x00"),
    },
)
"""What files of each kind begin with."""

_PRINTABLE: Final = frozenset({b"RIFF"})
"""Signatures that are plain letters, which a name may hold: they count only where a text was decoded to them."""
_LONGEST_SIGNATURE: Final = max(len(each) for signatures in SIGNATURES.values() for each in signatures)
_DATA_ADDRESS: Final = re.compile(rb"data:[a-z]+/[a-z0-9.+-]+;base64,", re.IGNORECASE)
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{40,}(?:\r?\n[A-Za-z0-9+/_-]+)*")
_HEXADECIMAL: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}){16,}")
_LONGEST_RUN: Final = 200
"""No value of any table is this long without a space, a stop or a comma; longer is data in disguise."""
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def embedded(data: bytes, kind: str) -> tuple[str, ...]:
    """Return what hides in a file, each in words; nothing for a clean one.

    Args:
        data: the file.
        kind: what it is on the wire (`Format.kind`): a zip is opened and each of its members looked at as text.

    """
    if kind != "zip":
        return tuple(_in_text(data))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return tuple(
            f"member {number}: {found}"
            for number, name in enumerate(archive.namelist(), start=1)
            for found in _in_text(archive.read(name))
        )


def _in_text(data: bytes) -> Iterator[str]:
    for name, beginnings in SIGNATURES.items():
        if any(beginning in data for beginning in beginnings if beginning not in _PRINTABLE):
            yield f"{name} as it is"
    if (control := _NO_TEXT.search(data)) is not None:
        yield f"a byte that no text has, at {control.start()}"
    if (address := _DATA_ADDRESS.search(data)) is not None:
        yield f"a file written into an address, at {address.start()}"
    for run in _BASE64.finditer(data):
        yield from (f"{name} written out in base64, at {run.start()}" for name in _beginning(_decoded(run[0])))
        if len(run[0]) >= _LONGEST_RUN:
            yield f"{len(run[0])} characters without a break, at {run.start()}"
    for run in _HEXADECIMAL.finditer(data):
        plain = bytes.fromhex(run[0].decode("ascii"))
        yield from (f"{name} written out in hexadecimal, at {run.start()}" for name in _beginning((plain,)))


def _beginning(decoded: Iterable[bytes]) -> Iterator[str]:
    beginnings = tuple(each[:_LONGEST_SIGNATURE] for each in decoded)
    for name, signatures in SIGNATURES.items():
        if any(each.startswith(signatures) for each in beginnings):
            yield name


def _decoded(run: bytes) -> Iterator[bytes]:
    """Decode a run of base64 from each of the four places where its first group may begin."""
    letters = b"".join(run.split()).translate(_URL_SAFE)
    for start in range(4):
        whole = (len(letters) - start) // 4 * 4
        yield base64.b64decode(letters[start : start + whole])

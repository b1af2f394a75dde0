"""File formats: from minimised tables to bytes, and the independent reading that proves the bytes.

Belongs here: the registry. A format is one module in this folder, one independent reader beside it in `exports`,
and one entry in `FORMATS`. What may leave was decided before (`exports.minimise`); where it goes is decided after
(`exports.release`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from exports.embedded import embedded
from exports.formats import bundle, census_return, cme_xml, csv_return, ctf_xml, oneroster
from exports.formats.facts import FileFacts, Format
from exports.terms import Agreement
from schemas.refusal import Refusal
from schemas.table import Frames

__all__ = ["FORMATS", "BinaryEmbedded", "FileDisagrees", "FileFacts", "Format", "verified"]

FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "bundle": bundle.FORMAT,
        "census_xml": census_return.FORMAT,
        **cme_xml.FORMATS,
        "csv": csv_return.FORMAT,
        **ctf_xml.FORMATS,
        "oneroster": oneroster.FORMAT,
    },
)
"""Every format an agreement may name (`vocabularies.FORMATS`), and the bundle of a case, which none may."""


class FileDisagrees(Refusal):
    """The bytes, read back by independent code, do not say what the tables say."""

    code: ClassVar[str] = "file_disagrees"


class BinaryEmbedded(Refusal):
    """The file holds an image, a document or an archive, as itself or written out as text."""

    code: ClassVar[str] = "binary_embedded"


def verified(data: bytes, frames: Frames, agreement: Agreement) -> FileFacts:
    """Read a file back, hold every cell against the minimised tables and count what it holds.

    Raises:
        FileDisagrees: a cell differs, or the file holds what the agreement does not name; fields and counts only.
        BinaryEmbedded: an image, a document or an archive is in it; its kind and place only.

    """
    kind = FORMATS[agreement.format]
    if found := kind.disagreements(data, frames, agreement):
        message = f"the file of agreement {agreement.id} does not say what its tables say: {'; '.join(found)}"
        raise FileDisagrees(message)
    if hidden := embedded(data, kind.kind):
        message = f"the file of agreement {agreement.id} hides what is no text ({'; '.join(hidden)}): nothing leaves"
        raise BinaryEmbedded(message)
    return FileFacts(
        pupils=_pupils(frames),
        cells=_cells(frames, agreement),
        emitted=kind.emitted(frames),
    )


def _pupils(frames: Frames) -> int:
    return len({str(pupil) for frame in frames.values() if "pupil_id" in frame for pupil in frame["pupil_id"].unique()})


def _cells(frames: Frames, agreement: Agreement) -> int:
    return sum(int(frames[line.table][line.column].notna().sum()) for line in agreement.lines)

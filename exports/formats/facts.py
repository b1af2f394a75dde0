"""What a format can do, and what is known of a file that was verified."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exports.terms import Agreement
from schemas.census.spec import Emitted
from schemas.table import Frames


def _any_name(_name: str, _frames: Frames, _agreement: Agreement) -> Iterator[str]:
    """Take every name."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    Attributes:
        kind: what it is on the wire: xml, csv or zip.
        datasets: the datasets it can write.
        mismatches: what in an agreement it could never write, in plain English.
        render: minimised tables to bytes; the same tables give the same bytes.
        content: the bytes without what changes from one preparation to the next, to tell an unchanged file.
        disagreements: where the bytes, read back by independent code, differ from the tables; fields and counts only.
        emitted: element paths and codes of the department's layout that the tables put into the file.
        misnamed: what is wrong with the name a file is delivered under, where the name says what the file says.

    """

    kind: str
    datasets: frozenset[str]
    mismatches: Callable[[Agreement], Iterator[str]]
    render: Callable[[Frames, Agreement], bytes]
    content: Callable[[bytes], bytes]
    disagreements: Callable[[bytes, Frames, Agreement], tuple[str, ...]]
    emitted: Callable[[Frames], Emitted]
    misnamed: Callable[[str, Frames, Agreement], Iterator[str]] = _any_name


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file holds: pupils named, values, and paths and codes of the department's layout."""

    pupils: int
    cells: int
    emitted: Emitted

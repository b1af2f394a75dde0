"""What a format can do, and what is known of a file that was verified."""

from collections.abc import Callable
from dataclasses import dataclass

from exports.terms import Agreement
from schemas.table import Frames


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    Attributes:
        render: minimised tables to bytes; the same tables give the same bytes.
        content: the bytes without what changes from one preparation to the next, to tell an unchanged file.
        disagreements: where the bytes, read back by independent code, differ from the tables; fields and counts only.
        unverified: paths that the file emits and that nobody outside has confirmed (architecture, decision 5).

    """

    render: Callable[[Frames, Agreement], bytes]
    content: Callable[[bytes], bytes]
    disagreements: Callable[[bytes, Frames, Agreement], tuple[str, ...]]
    unverified: Callable[[Frames], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Counts of one file: pupils named, values held, and emitted paths nobody has confirmed."""

    pupils: int
    cells: int
    unverified_paths: int

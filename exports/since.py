"""What one file tells that the last one did not, from the digests of both: no value is opened.

Belongs here: comparing two batches of one agreement. What a person makes of the counts is the page they sign; what a
standing release allows of them is `exports.envelope`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.disclosures import DIGEST_BYTES, Batch

_TAIL: Final = DIGEST_BYTES + 1  # the digest and the separator before it


@dataclass(frozen=True, slots=True)
class Difference:
    """Counts of what differs.

    Attributes:
        joined: pupils in this file and not in the last; `left` the other way round.
        changed: values that pupils of both files had otherwise, or not at all, in the last.
        values: of each agreement line, how many values the last file did not tell.
        newly_filled: lines that tell something of a pupil for whom, and for all others, the last told nothing.

    """

    joined: int
    left: int
    changed: int
    values: Mapping[str, int]
    newly_filled: tuple[str, ...]


def difference(before: Batch, now: Batch) -> Difference:
    """Compare the digests of two files under one agreement."""
    then = {ref: frozenset(cells) for ref, cells in zip(before.refs, before.cells, strict=True)}
    values: Counter[str] = Counter()
    changed = 0
    for ref, cells in zip(now.refs, now.cells, strict=True):
        told = Counter(map(_line, set(cells) - then.get(ref, frozenset())))
        values += told
        changed += told.total() if ref in then else 0
    refs = frozenset(now.refs)
    return Difference(
        joined=len(refs - then.keys()),
        left=len(then.keys() - refs),
        changed=changed,
        values=dict(sorted(values.items())),
        newly_filled=tuple(sorted(set(_lines(now)) - set(_lines(before)))),
    )


def _lines(batch: Batch) -> Iterator[str]:
    return (_line(cell) for cells in batch.cells for cell in cells)


def _line(cell: bytes) -> str:
    return cell[:-_TAIL].decode()

"""Explanations that a trust keeps ready: `explanations.csv` of the trust folder, several texts a rule.

Belongs here: reading the file and saying what is wrong with it, by line. That a text is used for a finding is
`exports.notes`. The texts are the trust's own: what the Department accepts for a return, it says itself.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from typing import ClassVar, Final, TypeAlias

from schemas.refusal import Refusal

COLUMNS: Final = ("rule", "text")

Library: TypeAlias = Mapping[str, tuple[str, ...]]
"""Texts by rule, in the file's order; a person names one by its place, from 1."""


class LibraryUnreadable(Refusal):
    """The library of explanations has faults; every one is named with its line."""

    code: ClassVar[str] = "explanations_unreadable"


def read_library(text: str, label: str, rules: Container[str]) -> Library:
    """Read the library.

    Args:
        text: the file's content.
        label: how a message calls the file.
        rules: every rule there is; a text for any other would never be offered.

    Raises:
        LibraryUnreadable: the header is another, or lines lack a rule or a text, say it twice, or name no rule.

    """
    reader = csv.reader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}")))
    found: dict[str, list[str]] = defaultdict(list)
    faults = list(_faults(reader, rules, found))
    if faults:
        message = f"{'; '.join(f'{label}:{line}: {fault}' for line, fault in faults)}. Nothing of it was used."
        raise LibraryUnreadable(message)
    return {rule: tuple(texts) for rule, texts in found.items()}


def _faults(
    reader: Iterator[list[str]], rules: Container[str], found: dict[str, list[str]]
) -> Iterator[tuple[int, str]]:
    """Put good lines into `found` and give the others' faults."""
    if tuple(next(reader, [])) != COLUMNS:
        yield 1, f"the header must be {','.join(COLUMNS)}"
        return
    for row in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]
        if not row:
            continue
        if len(row) != len(COLUMNS):
            yield line, f"it has {len(row)} values, not 2; put a text with a comma in double quotes"
            continue
        rule, words = (value.strip() for value in row)
        if rule not in rules:
            yield line, "no rule has that number; `docs/rules.md` lists them"
        elif not words:
            yield line, "the text is empty"
        elif words in found[rule]:
            yield line, "the same text stands there already"
        else:
            found[rule].append(words)

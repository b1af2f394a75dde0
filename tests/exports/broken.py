"""Forty-two agreements, each broken on purpose: the files of `broken_agreements`, and the faults that each says it has.

A file ends with a comment that lists its faults by line, in the order of the file; `...` stands for any words, where a
fault quotes a list that grows.
"""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "broken_agreements"
FILES = sorted(FOLDER.glob("*.yaml"))
_FAULT = re.compile(r"^#   line (\d+): (.+)$", re.MULTILINE)


@cache
def expected(file: Path) -> tuple[re.Pattern[str], ...]:
    """One pattern for each fault of a file, in the compiler's words."""
    return tuple(
        re.compile(rf"{file.stem}\.yaml line {line}: {re.escape(words).replace(re.escape('...'), '.+')}")
        for line, words in _FAULT.findall(file.read_text(encoding="utf-8"))
    )

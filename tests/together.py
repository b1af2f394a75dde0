"""Which test files go to the same process, those that share something that takes long to make, and which go first.

Belongs here: telling the first from what a file's tests ask for. What is shared is made once in a process, so that two
processes with such files would make it twice. A long file that starts last is what the other processes wait for.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from xdist.scheduler import LoadFileScheduling

_SHARED: Final = {
    "console": {"shared": "the desk"},
    "pipelines": {
        "door": "the prepared schools", "prepared": "the prepared schools", "sent": "the prepared schools",
        "audited": "the released trust", "auditor": "the released trust",
    },
}  # fmt: skip
"""Fixtures of a whole test run by the folder whose tests have them, and what they give."""
_FIRST: Final = ("tests/schemas/test_rules.py",)
"""Long, and by their name among the last."""
_ASKS: Final = r"def \w+\([^)]*\b({})\b"


class Together(LoadFileScheduling):
    """Files one by one, and those of a group as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        return group(self.config.rootpath / super()._split_scope(nodeid))


@cache
def group(file: Path) -> str:
    """Name what the tests of a file share with others; the file itself when that is nothing."""
    fixtures = _SHARED.get(file.parent.name, {})
    asked = re.search(_ASKS.format("|".join(fixtures)), file.read_text(encoding="utf-8")) if fixtures else None
    return fixtures[asked[1]] if asked else str(file)


def scheduler(config: pytest.Config, log: object) -> Together | None:
    """Return what deals out the files; nothing where they are not dealt out by file."""
    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


def late(item: pytest.Item) -> bool:
    """Say whether a test need not go first."""
    return item.location[0] not in _FIRST

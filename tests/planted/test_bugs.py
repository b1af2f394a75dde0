"""The list of planted bugs fits the code as it is: each place is there once, and the tests that are named exist."""

from pathlib import Path

import pytest

from tests.planted.bugs import BUGS

ROOT = Path(__file__).parents[2]


def test_there_are_thirty_or_more_and_no_two_are_the_same():
    assert len({(bug.file, bug.now, bug.bug) for bug in BUGS}) == len(BUGS) >= 30


@pytest.mark.parametrize("bug", BUGS, ids=[bug.what for bug in BUGS])
def test_a_bug_can_be_planted(bug):
    assert (ROOT / bug.file).read_text(encoding="utf-8").count(bug.now) == 1
    assert (ROOT / bug.tests).is_file()

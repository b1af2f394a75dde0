"""Files that share a fixture of the whole run are dealt out together, and that fixture is one of the whole run."""

import re
from pathlib import Path

import pytest

from tests.together import _SHARED, group

TESTS = Path(__file__).parent


@pytest.mark.parametrize(
    ("file", "shared"),
    [
        ("console/test_pages.py", "the desk"),
        ("pipelines/test_refusals.py", "the prepared schools"),
        ("pipelines/test_look_ups.py", "the released trust"),
    ],
)
def test_a_file_says_by_what_it_asks_for_with_whom_it_goes(file, shared):
    assert group(TESTS / file) == shared


@pytest.mark.parametrize("file", ["connectors/test_again.py", "console/test_words.py", "pipelines/test_exit_codes.py"])
def test_a_file_that_shares_nothing_goes_by_itself(file):
    assert group(TESTS / file) == str(TESTS / file)


@pytest.mark.parametrize("folder", _SHARED)
def test_what_is_shared_is_a_fixture(folder):
    text = (TESTS / folder / "conftest.py").read_text(encoding="utf-8")
    assert set(_SHARED[folder]) <= set(re.findall(r"@pytest\.fixture.*\ndef (\w+)", text))

"""How many, in words."""

import pytest

from schemas.wording import counted


@pytest.mark.parametrize(
    ("number", "nouns", "said"),
    [
        (0, ("pupil",), "0 pupils"), (1, ("pupil",), "1 pupil"), (2, ("pupil",), "2 pupils"),
        (1200, ("pupil",), "1,200 pupils"), (1, ("query", "queries"), "1 query"),
        (2, ("query", "queries"), "2 queries"),
        (1, ("finding blocks", "findings block"), "1 finding blocks"),
    ],
)  # fmt: skip
def test_one_is_one(number, nouns, said):
    assert counted(number, *nouns) == said

"""Randomised hostile runs: every one ends equal to the source or with a refusal by name, within its deadline."""

import pytest

from tests.connectors.hostile import played
from tests.nightly import NIGHTLY

RUNS, BATCH = (10_000, 500) if NIGHTLY else (300, 50)


@pytest.mark.parametrize("first", range(0, RUNS, BATCH))
def test_no_run_loses_anything_in_silence_or_hangs(stage, first, record_property):
    ended, wrong = played(range(first, first + BATCH), stage)
    for said, count in ended.items():
        record_property(said, count)
    assert wrong == []
    assert ended.total() == BATCH
    assert ended["equal"] > BATCH / 4, ended
    assert len(ended) > 2, ended

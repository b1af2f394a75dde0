"""A trust of more schools than the demo's, prepared by one run, small: one school's failure is its own."""

from pathlib import Path

from bench.trust_run import measured
from simulator.world.schools import Scale


def test_one_run_prepares_every_school_but_the_one_that_fails(tmp_path: Path) -> None:
    figures = measured(tmp_path / "home", Scale(schools=3, pupils=12), failing="900003")
    assert figures.result.failed == ("900003",)
    assert len({one.slot.school for one in figures.result.releases}) == 2
    assert figures.reading > 0
    assert figures.work > 0
    assert 0 < figures.orchestration < figures.cpu

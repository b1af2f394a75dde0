"""A deployed demo trust of thirty pupils a school, on free ports, its clock stopped on census day's evening."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.deployment import Deployment, deployed
from simulator.world.schools import TINY
from simulator.world.trust import Trust, make_trust

EVENING = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def tiny_world() -> Trust:
    return make_trust(scale=TINY)


@pytest.fixture
def demo(tmp_path: Path, tiny_world: Trust) -> Iterator[Deployment]:
    with deployed(tmp_path / "home", trust=tiny_world, clock=lambda: EVENING, arbor_port=0, sftp_port=0) as running:
        yield running


@pytest.fixture(scope="module")
def shared_demo(tmp_path_factory: pytest.TempPathFactory, tiny_world: Trust) -> Iterator[Deployment]:
    home = tmp_path_factory.mktemp("home") / "home"
    with deployed(home, trust=tiny_world, clock=lambda: EVENING, arbor_port=0, sftp_port=0) as running:
        yield running

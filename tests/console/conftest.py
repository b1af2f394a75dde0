"""The desk on a small trust whose census of two schools is prepared, served to a browser without a screen."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.testclient import TestClient

from simulator.world.faults import with_faults
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.console.at_the_desk import AtTheDesk, at_the_desk, enter_for
from tests.console.hostile import with_hostile_names
from tests.pipelines.front_door import CLEAN, FAULTS, FAULTY

EVENING = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AtTheDesk]:
    """One desk for a test process; tests of it change nothing that another reads."""
    home = tmp_path_factory.mktemp("desk") / "home"
    world = with_hostile_names(with_faults(make_trust(scale=TINY), FAULTY, FAULTS), FAULTY)
    with at_the_desk(home, world, EVENING) as desk:
        for school in (CLEAN, FAULTY):
            enter_for(desk, school)
        yield desk


@pytest.fixture(scope="module", autouse=True)
def one_loop() -> Iterator[None]:
    """One event loop for the tests of a file: a client by itself starts one, in a thread, for each request."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[AtTheDesk]:
    """A desk of a test's own, with nothing prepared."""
    with at_the_desk(tmp_path / "home", make_trust(scale=TINY), EVENING, ()) as desk:
        yield desk

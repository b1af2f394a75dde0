"""One port for all connector tests, and a connector to any school behind it."""

import pytest
import stamina

from simulator.arbor import ArborServer, Knobs, serve
from simulator.world import days
from tests.connectors.arbor_school import Mis, Stage, trust


@pytest.fixture(scope="session")
def stage():
    stage = Stage()
    with serve(stage) as stage.url:
        yield stage


@pytest.fixture
def mis(stage):
    """A function from a URN, settings and knobs to a connector."""

    def made(urn="900004", knobs=None, app=None, **settings):
        stage.app = app or ArborServer(trust(), days.CENSUS_DAY, knobs or Knobs())
        return Mis(stage.url, stage.app, urn, **settings)

    return made


@pytest.fixture(autouse=True)
def no_waiting():
    """Retries happen at once, as many as in earnest."""
    with stamina.set_testing(testing=True, attempts=5):
        yield

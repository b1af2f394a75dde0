"""The release sensors: they ask for what two people have signed, once, and for nothing else."""

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData

from exports.preparation import read_waybill
from ledger.states import State
from pipelines.actions import preparing, signing
from simulator.deployment import Deployment
from tests.pipelines.whole_run import SIGNERS, definitions, run

ALL_THROUGH, TERM, NHS = "900005", "2026-autumn-term", "nhs_immunisation"


@pytest.fixture(scope="module")
def defs(shared_demo: Deployment) -> dg.Definitions:
    return definitions(shared_demo)


@pytest.fixture(scope="module")
def waiting(shared_demo: Deployment, defs: dg.Definitions) -> str:
    """The waybill of one class list, prepared and not signed."""
    result = preparing.prepare(shared_demo.installation, TERM, school=ALL_THROUGH, definitions=lambda: defs)
    assert result.failed == ()
    waybill, = (release.waybill for release in result.releases)  # fmt: skip
    here = shared_demo.installation
    tally = read_waybill(here.ledger, here.vault, waybill).tally
    assert (tally.blocking, tally.unexplained) == (0, 0)
    return waybill


def _tick(demo: Deployment, defs: dg.Definitions, sensor: str) -> SensorExecutionData:
    repository = defs.get_repository_def()
    with preparing.instance_of(demo.installation) as instance:
        context = dg.build_sensor_context(instance, repository_def=repository)
        return repository.get_sensor_def(f"{sensor}_what_is_signed").evaluate_tick(context)


def _sign(demo: Deployment, waybill: str, who: int) -> None:
    role, person = SIGNERS[who]
    signing.sign_release(demo.acting(person), waybill, role, demo.key(person), waybill[:8])


@pytest.mark.filterwarnings("ignore:Non-compliant tag keys:DeprecationWarning")  # Dagster calls its own tags that
def test_from_nothing_signed_to_delivered_once(shared_demo: Deployment, defs: dg.Definitions, waiting: str) -> None:
    unsigned = _tick(shared_demo, defs, "release_feeds")
    assert not unsigned.run_requests
    assert unsigned.skip_message == "Nothing is fully signed and waiting."

    _sign(shared_demo, waiting, 0)
    assert not _tick(shared_demo, defs, "release_feeds").run_requests

    _sign(shared_demo, waiting, 1)
    request, = _tick(shared_demo, defs, "release_feeds").run_requests  # fmt: skip
    assert request.run_key == waiting
    assert request.asset_selection == [dg.AssetKey([NHS, "delivery"])]
    assert request.partition_key == f"{TERM}|{ALL_THROUGH}"
    assert request.run_config == {}
    assert not _tick(shared_demo, defs, "release").run_requests
    assert _tick(shared_demo, defs, "release_feeds").run_requests[0].run_key == waiting  # the daemon knows the run key

    result = run(shared_demo, defs, "release_feeds", request.partition_key, *request.asset_selection)
    assert result.success
    assert [event.asset_key for event in result.get_asset_materialization_events()] == request.asset_selection
    assert shared_demo.installation.ledger.release(waiting).state is State.DELIVERED
    landed = [file for file in shared_demo.received.rglob("*") if file.is_file()]
    waybill = read_waybill(shared_demo.installation.ledger, shared_demo.installation.vault, waiting)
    assert [(file.name, file.stat().st_size) for file in landed] == [(waybill.remote_name, waybill.length)]

    assert not _tick(shared_demo, defs, "release_feeds").run_requests

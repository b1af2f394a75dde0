"""The release sensors: they ask for what two people have signed, once, and for nothing else."""

import json

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData

from exports.preparation import read_waybill
from ledger.states import State
from pipelines.actions import preparing, signing
from pipelines.schedules import Signed, release_sensor
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
    waybill, = (release.waybill for release in result.releases if release.slot.agreement == NHS)  # fmt: skip
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
    assert unsigned.skip_message == "Nothing more is fully signed and waiting."

    _sign(shared_demo, waiting, 0)
    assert not _tick(shared_demo, defs, "release_feeds").run_requests

    _sign(shared_demo, waiting, 1)
    request, = _tick(shared_demo, defs, "release_feeds").run_requests  # fmt: skip
    assert request.asset_selection == [dg.AssetKey([NHS, "delivery"])]
    assert request.partition_key == f"{TERM}|{ALL_THROUGH}"
    assert request.run_config == {}
    assert not _tick(shared_demo, defs, "release").run_requests
    again, = _tick(shared_demo, defs, "release_feeds").run_requests  # fmt: skip
    assert again.run_key == request.run_key  # a daemon that lost the cursor still knows the run key

    result = run(shared_demo, defs, "release_feeds", request.partition_key, *request.asset_selection)
    assert result.success
    assert [event.asset_key for event in result.get_asset_materialization_events()] == request.asset_selection
    assert shared_demo.installation.ledger.release(waiting).state is State.DELIVERED
    landed = [file for file in shared_demo.received.rglob("*") if file.is_file()]
    waybill = read_waybill(shared_demo.installation.ledger, shared_demo.installation.vault, waiting)
    assert [(file.name, file.stat().st_size) for file in landed] == [(waybill.remote_name, waybill.length)]

    assert not _tick(shared_demo, defs, "release_feeds").run_requests


MONDAY, TUESDAY = "2026-10-05", "2026-10-06"
TEXTS, ROLL, OTHER = (
    Signed(ALL_THROUGH, MONDAY, "texts", "11" * 32),
    Signed(ALL_THROUGH, MONDAY, "roll", "22" * 32),
    Signed("900006", TUESDAY, "texts", "33" * 32),
)


def _ask(waiting: list[Signed], cursor: str | None = None) -> tuple[dict[str, list[str]], set[str], str | None]:
    """What the sensor asks for by partition, its run keys, and its cursor."""

    @dg.job
    def sends() -> None:
        return None

    context = dg.build_sensor_context(cursor=cursor)
    said = list(release_sensor(sends, "what_is_signed", "period", lambda: waiting)(context))
    requests = [one for one in said if isinstance(one, dg.RunRequest)]
    asked = {one.partition_key: [key.path[0] for key in one.asset_selection] for one in requests}
    return asked, {one.run_key for one in requests}, context.cursor


def test_files_of_one_school_and_period_go_in_one_run() -> None:
    asked, keys, _ = _ask([OTHER, TEXTS, ROLL])
    assert asked == {f"{MONDAY}|{ALL_THROUGH}": ["roll", "texts"], f"{TUESDAY}|900006": ["texts"]}
    assert len(keys) == 2


def test_two_files_of_one_agreement_are_one_step() -> None:
    asked, _, _ = _ask([TEXTS, Signed(ALL_THROUGH, MONDAY, "texts", "44" * 32)])
    assert asked == {f"{MONDAY}|{ALL_THROUGH}": ["texts"]}


def test_what_was_asked_for_and_still_waits_is_not_asked_for_again() -> None:
    _, _, cursor = _ask([TEXTS])
    assert _ask([TEXTS], cursor)[0] == {}
    asked, _, cursor = _ask([TEXTS, ROLL], cursor)
    assert asked == {f"{MONDAY}|{ALL_THROUGH}": ["roll"]}
    assert json.loads(cursor or "") == [TEXTS.waybill, ROLL.waybill]


def test_a_file_that_waits_again_is_asked_for_again() -> None:
    """It was asked for, refused, and signed anew."""
    _, _, cursor = _ask([TEXTS])
    _, _, cursor = _ask([], cursor)
    assert _ask([TEXTS], cursor)[0] != {}


def test_the_order_in_which_files_are_listed_makes_no_other_run() -> None:
    assert _ask([TEXTS, ROLL])[1] == _ask([ROLL, TEXTS])[1]

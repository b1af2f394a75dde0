"""Nights before census day: by the MIS's change log, and nothing that came of one is signed."""

import datetime as dt

import dagster as dg
import pytest

from exports.release import SnapshotNotWhole
from exports.signing import Role
from ledger.states import State
from pipelines.actions import signing
from simulator.arbor import Drift, Knobs
from simulator.deployment import deployed
from tests.pipelines.whole_run import AUTUMN, definitions, run
from vault.frames import unpack

URN = "900004"
NIGHTS = [dt.datetime(2026, 9, day, 2, tzinfo=dt.UTC) for day in (29, 30)]
CENSUS_DAY = dt.datetime(2026, 10, 1, 17, tzinfo=dt.UTC)


def prepared(demo, defs):
    """Prepare the census of one school; return the waybill that waits, and the certificate of what was read for it."""
    done = run(demo, defs, "prepare_census", dg.MultiPartitionKey({"school": URN, "collection": AUTUMN}))
    assert done.success
    here = demo.installation
    (waiting,) = here.ledger.releases(
        school=URN, period=AUTUMN, agreement="dfe_autumn_census", state=State.PREPARED.value
    )
    read = here.vault.find(done.run_id, "census/snapshot", f"{URN}|{AUTUMN}")
    return waiting.waybill, unpack(here.vault.open(read.address))[1]["certificate"]


def sign(demo, waybill):
    return signing.sign_release(demo.acting("helen"), waybill, Role.HEAD, demo.key("helen"), waybill[:8])


def test_dry_runs_go_by_the_change_log_and_census_day_does_not(tmp_path, tiny_world):
    clock = [NIGHTS[0]]
    knobs = Knobs(max_page_size=300)  # a school this small has no list of three pages of the usual size
    with deployed(
        tmp_path / "home", trust=tiny_world, as_of=NIGHTS[0].date(), clock=lambda: clock[0], knobs=knobs,
        arbor_port=0, sftp_port=0,
    ) as demo:  # fmt: skip
        defs = definitions(demo)
        first, before = prepared(demo, defs)
        clock[0] = NIGHTS[1]
        demo.arbor.set_as_of(NIGHTS[1].date())
        demo.arbor.school(URN)._move(Drift("UkDfe_UpnAssignment", "remove"))
        waybill, night = prepared(demo, defs)
        assert (before["reading"], night["reading"]) == ("full", "increment")
        assert night["full_at"] == night["base_at"] == before["at"]
        assert waybill != first
        with pytest.raises(SnapshotNotWhole, match="for a dry run"):
            sign(demo, waybill)
        clock[0] = CENSUS_DAY
        again, read = prepared(demo, defs)
        assert read["reading"] == "full"
        assert again != waybill, "the same content, and still not the dry run's file"
        sign(demo, again)

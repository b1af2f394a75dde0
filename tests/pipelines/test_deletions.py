"""Leavers of a learning platform: their deletion is asked for by a file as every other, and followed at the desk."""

import dataclasses
import datetime as dt
import json

import pytest

from exports.signing import Role
from ledger.states import State
from ledger.trace import in_file
from pipelines.actions import preparing, releasing, signing
from pipelines.actions.context import Context
from pipelines.exit_codes import EXIT_CODES, HELD
from pipelines.installation import Installation
from simulator.deployment import PASSPHRASE
from tests.pipelines.conftest import EVENING
from tests.pipelines.front_door import FrontDoor

SCHOOL = "900004"
ROSTER, LEAVERS = "supplier_roster", "supplier_roster_leavers"
FIRST_DAY, CENSUS_DAY = "2026-09-02", "2026-10-01"
CALENDAR = f"""kind,subject,schools,period,as_at,window_start,opens,due,note
feed,{ROSTER},,2026-09,{FIRST_DAY},{FIRST_DAY},{FIRST_DAY},2026-09-09,
feed,{LEAVERS},,2026-10,{CENSUS_DAY},{FIRST_DAY},{CENSUS_DAY},2026-10-15,
feed,{LEAVERS},,2026-11,{CENSUS_DAY},{FIRST_DAY},{CENSUS_DAY},2026-11-15,
"""


@pytest.fixture
def desk(demo, monkeypatch):
    """The command line at a deployment whose calendar has the roster and its requests only."""
    (demo.settings.trust / "calendar.csv").write_text(CALENDAR, encoding="utf-8")
    for name, value in (("HOME", demo.settings.home), ("TRUST", demo.settings.trust), ("PASSPHRASE", PASSPHRASE)):
        monkeypatch.setenv(f"WAYBILL_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "80")
    return FrontDoor(demo.settings.home, demo.sftp_port, demo.received, now=EVENING)


def delivered(demo, agreement, period):
    """Prepare, sign and send one file; returns its waybill, or None for a nil."""
    here = Installation.open(demo.settings, lambda: EVENING)
    found = preparing.prepare(here, period, school=SCHOOL)
    assert found.failures == ()
    if not found.releases:
        return None
    (release,) = found.releases
    for role, person in ((Role.DATA_MANAGER, "priya"), (Role.HEAD, "helen")):
        signing.sign_release(Context(here, person), release.waybill, role, demo.key(person), release.waybill[:8])
    request = releasing.ReleaseRequest(agreement, SCHOOL, period)
    assert [one.state for one in releasing.release(Context(here, "priya"), request)] == [State.DELIVERED]
    return release.waybill


@pytest.mark.nightly
def test_who_left_after_the_roster_is_asked_for_once_and_the_request_is_followed_to_its_end(demo, desk):
    roster, request = delivered(demo, ROSTER, "2026-09"), delivered(demo, LEAVERS, "2026-10")
    ledger = demo.installation.ledger
    assert request is not None
    assert set(in_file(ledger, request)) < set(in_file(ledger, roster))
    assert delivered(demo, LEAVERS, "2026-11") is None
    (file,) = (demo.received / "roster" / "deletions").iterdir()
    assert len(file.read_text(encoding="utf-8-sig").splitlines()) == len(in_file(ledger, request)) + 1

    listed = desk.done("deletions", "list", "--as", "daniel", "--json").data
    assert [one["waybill"] for one in listed["requests"]] == [request]
    assert listed["unasked"] == ["supplier_cpoms"]
    assert desk.run("deletions", "list", "--as", "helen").code == EXIT_CODES["not_allowed"]

    late = dataclasses.replace(desk, now=EVENING + dt.timedelta(days=29))
    answer = late.run("deletions", "list", "--as", "priya")
    assert answer.code == HELD
    assert "OVERDUE" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80

    wrong = desk.run("deletions", "confirm", roster, "--reference", "T-7", "--as", "priya")
    assert wrong.code == EXIT_CODES["no_such_request"]
    named = desk.run("deletions", "confirm", request, "--reference", "Ann Example", "--as", "priya")
    assert named.code == EXIT_CODES["reference_unfit"]
    desk.done("deletions", "confirm", request[:12], "--reference", "T-7", "--as", "priya")
    assert "before" in desk.done("deletions", "confirm", request, "--reference", "T-8", "--as", "daniel").out
    assert "confirmed 2026-10-01, T-7" in late.done("deletions", "list", "--all", "--as", "priya").out
    assert json.loads(late.done("deletions", "list", "--as", "priya", "--json").out)["overdue"] == []
    desk.done("verify")

"""F1: kill -9 at any point of the release path, and a restart. F11: many launches at one moment."""

import getpass
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from ledger.states import SETTLED, State
from simulator import sftp as servers
from tests.faults.forks import ROOT
from tests.faults.killing import Plan

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """An account at a real OpenSSH server: what a plan needs to know of it."""
    if not servers.SSHD.exists():
        pytest.skip("OpenSSH is not installed")
    key, user = servers.demo_user_key(), getpass.getuser()
    named = servers.Account(user, servers.public_text(key))
    with servers.serving(tmp_path_factory.mktemp("sshd"), [named], program=servers.Program.OPENSSH) as server:
        yield {
            "inbox": str(server.root / user / "in"), "port": server.port, "user": user,
            "key": servers.private_text(key), "host_key": server.host_key,
        }  # fmt: skip


def carried_out(program, account, work, points, seeds):
    """Carry out a plan, in an inbox of its own; return what it printed."""
    inbox = Path(account["inbox"]) / work.name
    inbox.mkdir()
    plan = Plan(work=str(work), points=points, seeds=seeds, **{**account, "inbox": str(inbox)})
    ended = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{program}"], cwd=ROOT, input=json.dumps(asdict(plan)), text=True,
        capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def check(verdicts, points):
    assert [one for one in verdicts if one["wrong"]] == []
    assert {one["ended"] for one in verdicts} <= {*SETTLED, State.UNKNOWN}
    died = [one for one in verdicts if one["killed"]]
    assert len({(one["seed"], *one["point"]) for one in died}) >= points * 0.98


@pytest.mark.fault("F1")
def test_wherever_it_is_killed_a_restart_completes_or_stops_at_unknown(account, tmp_path):
    check(carried_out("killing", account, tmp_path, 10, (1,)), 10)


@pytest.mark.nightly
@pytest.mark.fault("F1")
def test_wherever_it_is_killed_a_restart_completes_or_stops_at_unknown_at_length(account, tmp_path):
    check(carried_out("killing", account, tmp_path, 200, tuple(range(20))), 200 * 20)


def check_launches(rounds, launches):
    for one in rounds:
        assert one["wrong"] == []
        assert len(one["said"]) == launches
        assert one["said"].count("sent") == 1
        assert set(one["said"]) <= {"sent", "had it", "outcome_unknown", "already_sent"}


@pytest.mark.fault("F11")
def test_of_many_launches_at_one_moment_one_sends(account, tmp_path):
    check_launches(carried_out("launching", account, tmp_path, 50, (1,)), 50)


@pytest.mark.nightly
@pytest.mark.fault("F11")
def test_of_many_launches_at_one_moment_one_sends_at_length(account, tmp_path):
    check_launches(carried_out("launching", account, tmp_path, 50, tuple(range(20))), 50)

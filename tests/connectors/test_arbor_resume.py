"""A reading that is killed at any request and begun again: nothing lost, nothing twice, nothing finished read again."""

import datetime as dt
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from connectors import connect
from connectors.arbor.collect import Collector
from connectors.arbor.window import LONGEST
from connectors.wire import Wire
from simulator.arbor import Drift, Knobs
from tests.connectors.arbor_school import NOON, plan
from vault.notes import SealedNotes

TABLES = ("upn", "sen_status")


class Killed(BaseException):
    """Nothing of ours catches it."""


@pytest.fixture
def kill(monkeypatch):
    """A function that has the n-th request of any wire from now on end everything."""
    sent, send = [], Wire._answer

    def answer(wire, ask):
        sent.append(ask)
        if len(sent) in killed:
            raise Killed
        return send(wire, ask)

    killed = set()
    monkeypatch.setattr(Wire, "_answer", answer)

    def kill_at(number):
        killed.clear()
        killed.add(len(sent) + number)

    return kill_at


@pytest.fixture
def notes(tmp_path):
    return SealedNotes(tmp_path / "notes", Identity.generate())


def same(one, other):
    return all(one.frames[name].equals(other.frames[name]) for name in one.frames)


def read(school, at=NOON):
    return connect(school.kind, school.settings).snapshot(plan(*TABLES), lambda *_: None, lambda: at)


@pytest.fixture
def finished(monkeypatch):
    """What has been read to its end so far: (round, entity), as often as it was."""
    lists, ended = [], Collector._ended

    def told(collector, walk, reading, held):
        walked = ended(collector, walk, reading, held)
        lists.append((reading, walked.entity.name))
        return walked

    monkeypatch.setattr(Collector, "_ended", told)
    return lists


@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_killed_at_any_request_and_begun_again(mis, kill, notes, finished, door):
    """Equal to a reading that nobody killed, and no list is read to its end twice in one round.

    Two lists are read at once, so how many requests a reading takes differs by a few from run to run.
    """
    whole = read(mis(door=door))
    total, every = whole.certificate["requests"], Counter(finished)
    resumed = 0
    for number in range(1, total + 1):
        school = mis(door=door, notes=notes)
        finished.clear()
        kill(number)
        try:
            read(school)
        except Killed:
            pass
        else:
            break
        kill(10**9)
        again = read(school)
        assert same(whole, again), number
        assert Counter(finished) == every, number
        resumed += again.certificate["resumed"]
        assert list(Path(notes._folder).iterdir()) == [], "a finished window leaves nothing behind"
    assert number > total * 0.9
    assert resumed > total / 2


def test_a_change_between_the_two_runs_is_found(mis, kill, notes):
    school = mis(knobs=Knobs(max_page_size=25), notes=notes)
    kill(9)
    with pytest.raises(Killed):
        read(school)
    kill(10**9)
    state = school.app.school(school.urn)
    state._move(Drift("UkDfe_UpnAssignment", "update"))
    again = read(school)
    assert again.certificate["resumed"] == 1
    assert sorted(again.frames["upn"]["upn"]) == sorted(row["upn"] for row in state.store["UkDfe_UpnAssignment"])


@pytest.mark.parametrize(("later", "resumed"), [(LONGEST, 1), (LONGEST + dt.timedelta(seconds=1), 0)])
def test_a_window_is_over_after_a_while(mis, kill, notes, later, resumed):
    school = mis(knobs=Knobs(max_page_size=25), notes=notes)
    kill(9)
    with pytest.raises(Killed):
        read(school)
    kill(10**9)
    again = read(school, NOON + later)
    assert again.certificate["resumed"] == resumed
    assert again.certificate["started"] == (NOON if resumed else NOON + later).isoformat()
    assert list(Path(notes._folder).iterdir()) == []


SCRIPT = """
import sys
from collections import Counter
from pathlib import Path
from pyrage.x25519 import Identity
from connectors import connect
from connectors.mis import MisSettings
from tests.connectors.arbor_school import NOON, plan
from vault.notes import SealedNotes
url, application, secret, urn, la, estab, folder, identity = sys.argv[1:]
notes = SealedNotes(Path(folder), Identity.from_str(identity))
settings = MisSettings(url, application, secret, urn, la, estab, page_size=25, notes=notes)
told = connect("arbor", settings).snapshot(plan("upn", "sen_status"), lambda *_: None, lambda: NOON)
print(told.certificate["resumed"], sorted(told.frames["upn"]["upn"]))
"""


def test_a_process_that_is_killed_outright_goes_on(mis, tmp_path):
    """SIGKILL, sent while the server answers: nothing of the process runs after it."""
    school = mis()
    settings, state = school.settings, school.app.school(school.urn)
    identity = str(Identity.generate())
    command = [
        sys.executable, "-c", SCRIPT, settings.url, settings.application, settings.secret, settings.urn,
        settings.la_number, settings.estab, str(tmp_path / "notes"), identity,
    ]  # fmt: skip
    served, running = state.served, []

    def kill(entity):
        served(entity)
        if state.pages.total() == 9:
            os.kill(running[0].pid, signal.SIGKILL)

    state.served = kill
    with subprocess.Popen(command, stdout=subprocess.PIPE) as first:
        running.append(first)
        assert first.wait(60) == -signal.SIGKILL
    state.served = served
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.split(" ", 1) == ["1", f"{sorted(row['upn'] for row in school.store['UkDfe_UpnAssignment'])}\n"]

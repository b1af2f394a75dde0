"""What a reader would wait for is worked out once, ahead; what fails is told to whoever asks."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from console.ahead import Ahead
from pipelines.actions import summarising
from tests.console.at_the_desk import AUTUMN, CLEAN, FAULTY


@pytest.fixture
def read(monkeypatch):
    """How often the file of a return was read."""
    files = []
    reading = summarising.read_return
    monkeypatch.setattr(summarising, "read_return", lambda data, label: files.append(label) or reading(data, label))
    return files


def cell(shared, school):
    release = shared.demo.installation.ledger.releases(school=school, agreement="dfe_autumn_census")[0]
    return SimpleNamespace(waybill=release.waybill, school=school, period=AUTUMN)


def test_the_board_has_the_totals_of_what_waits_worked_out_before_they_are_asked_for(shared, read):
    summarising._counted.cache_clear()
    desk = replace(shared.desk, ahead=Ahead())
    desk.ahead.of(desk.context("priya"), [cell(shared, CLEAN), cell(shared, CLEAN), cell(shared, FAULTY)])
    desk.ahead.of(desk.context("priya"), [cell(shared, FAULTY)])
    desk.ahead.finish()
    assert len(read) == 2  # each once
    assert shared.enter("priya").get(f"/schools/{CLEAN}/{AUTUMN}/summary").status_code == 200
    assert len(read) == 2
    desk.ahead.stop()


def test_what_is_worked_out_for_somebody_opens_no_page_to_another(shared):
    ahead = Ahead()
    ahead.of(shared.desk.context("priya"), [cell(shared, CLEAN)])
    ahead.finish()
    assert shared.enter("tom").get(f"/schools/{CLEAN}/{AUTUMN}/summary").status_code == 403


def test_what_fails_stops_nothing(shared):
    ahead = Ahead()
    ahead.of(shared.desk.context("nobody"), [cell(shared, CLEAN)])
    ahead.finish()

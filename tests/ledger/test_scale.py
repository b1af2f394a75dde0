"""The synthetic history in small: answers stay fast, bytes a row stay what they are. `make bench` has the full size."""

import pytest

from bench.history import Size, measure, say, verify_events

SMALL, LARGER = Size(2, 2, 60), Size(2, 8, 60)


def test_a_history_answers_fast_and_grows_in_proportion(tmp_path, capsys):
    found = []
    for name, size in (("small", SMALL), ("larger", LARGER)):
        (tmp_path / name).mkdir()
        found.append(measure(tmp_path / name, size))
        say(size, found[-1])
    small, larger = found
    assert larger.rows == 4 * small.rows
    assert larger.bytes_a_row < small.bytes_a_row * 1.1
    assert max(larger.trace_worst, larger.who_had_worst) < 1
    assert larger.report_worst < 10
    assert "bytes a pupil and year" in capsys.readouterr().out


def test_twenty_thousand_events_are_verified_fast(tmp_path):
    _, cpu = verify_events(tmp_path, 20_000)
    assert cpu < 30 / 50


@pytest.mark.nightly
def test_a_million_events_are_verified_in_half_a_minute(tmp_path):
    _, cpu = verify_events(tmp_path, 1_000_000)
    assert cpu < 30

"""Complaints about data protection: acknowledged within thirty days, steps, outcome."""

import datetime as dt

import pytest

from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.front_door import at
from tests.pipelines.rights_desk import SCHOOL, made_office, opened_office

DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_office(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    return opened_office(made, tmp_path)


def opened(office, *more):
    said = office.done(
        "complaints", "open", SCHOOL, "--complainant", "Zebedee Quillfeather", "--contact", "by post", "--about",
        "my son's address was told", *more, "--as", "priya",
    ).out  # fmt: skip
    return said.split()[1].rstrip(".")


def listed(office, *more):
    return office.done("complaints", "list", *more, "--as", "daniel", "--json").data


def step(office, number, taken, *more, who="daniel"):
    return office.run("complaints", "step", number, taken, "--what", "we wrote", *more, "--as", who)


def test_it_is_late_on_the_thirty_first_day_unless_acknowledged(office):
    number = opened(office, "--on", "2026-10-01")
    office.now += 30 * DAY
    assert [(one["due"], one["late"]) for one in listed(office)] == [("2026-10-31", False)]
    office.now += DAY
    assert [one["late"] for one in listed(office)] == [True]
    assert "LATE, to acknowledge by 2026-10-31" in office.done("complaints", "list", "--as", "daniel").out
    assert step(office, number, "acknowledged", "--on", "2026-10-31").code == 0
    assert [one["late"] for one in listed(office)] == [False]


def test_it_goes_through_its_steps_to_an_outcome(office):
    number = opened(office)
    assert step(office, number, "outcome given").code == EXIT_CODES["complaint_unfit"]  # not acknowledged yet
    for taken in ("acknowledged", "looked into", "told of progress"):
        assert step(office, number, taken, who="priya").code == 0
    assert step(office, number, "outcome given", who="priya").code == EXIT_CODES["not_allowed"]
    assert step(office, number, "outcome given").code == 0
    assert step(office, number, "looked into").code == EXIT_CODES["complaint_unfit"]
    assert listed(office) == []
    (one,) = listed(office, "--all")
    assert [taken["step"] for taken in one["complaint"]["steps"]][-1] == "outcome given"


@pytest.mark.parametrize(
    "more",
    [("--what", " "), ("--on", "2026-09-30"), ("--on", "2026-10-02")],
    ids=["says nothing", "before it came", "in the future"],
)
def test_a_step_that_says_nothing_or_lies_elsewhere_is_refused(office, more):
    number = opened(office)
    assert step(office, number, "acknowledged", *more).code == EXIT_CODES["complaint_unfit"]
    assert step(office, "999", "acknowledged").code == EXIT_CODES["complaint_unfit"]


def test_who_complains_and_of_what_is_outside_the_seal_nowhere(office):
    opened(office)
    state = b"".join(path.read_bytes() for path in office.home.rglob("*") if path.is_file())
    assert b"Quillfeather" not in state
    assert b"address was told" not in state

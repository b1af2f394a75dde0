"""The dry runs of spring and summer 2027, for a small trust: through the real jobs, nothing signed, nothing sent.

Every school's file is read again; nothing is in it that the term, the phase or the pupil's age does not ask for.
"""

import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from exports.comparison import differences
from exports.minimise import minimise
from exports.preparation import artefact
from exports.readings import newest_reading
from exports.reread import reread_census
from ledger.states import State
from pipelines.installation import Installation
from pipelines.settings import Settings
from schemas.census.collection import collection
from schemas.census.layout import layout
from schemas.census.tables import OFF_ROLL
from simulator import demo
from simulator.dry_run import dry_run, folder
from simulator.watching import out
from simulator.world.days import AGE_DAY, age_on
from simulator.world.schools import DEMO_SCHOOLS, Scale
from tests.nightly import NIGHTLY
from tests.pipelines.demo_returns import AGREEMENTS, agreement

SMALL = Scale(pupils=60)
KEYS = ("2027-spring", "2027-summer") if NIGHTLY else ("2027-spring",)
URNS = [f"90000{n}" for n in range(1, 8)]
SECTIONS = ("PupilsOnRoll", "PupilsNoLongerOnRoll")
AGES = {
    "pupil.funded_hours": (0, 4),
    "pupil.hours_at_setting": (0, 4),
    "pupil.eyppr": (0, 4),
    "pupil.language": (5, 20),
    "pupil.ethnicity": (0, 20),
    "pupil.yssa": (12, 20),
    "learner_support.support_code": (15, 20),
}
"""Ages at 31 August between which an item may be given."""


class DryRun(NamedTuple):
    """What a term's dry run left.

    Attributes:
        key: of the census.
        home: the state folder.
        code: what the run ended with.
        printed: what a person at the console saw.
        made: each school's minimised tables and its file, which waits for its signatures.

    """

    key: str
    home: Path
    code: int
    printed: str
    made: dict


@pytest.fixture(scope="module", params=KEYS)
def term(request, tmp_path_factory):
    key = request.param
    home = tmp_path_factory.mktemp(key) / "home"
    with out.capture() as printed:
        code = dry_run(key, home, scale=SMALL, arbor_port=0, sftp_port=0)
    here = installation(home)
    return DryRun(key, home, code, printed.get(), {urn: _prepared(here, key, urn) for urn in URNS})


def installation(home):
    return Installation.open(Settings(home, home / "trust"))


def _prepared(here, key, urn):
    reading = newest_reading(here.vault, urn, key)
    (waiting,) = here.ledger.releases(school=urn, period=key, agreement=AGREEMENTS[key])
    minimised = minimise(reading.tables, agreement(AGREEMENTS[key]))
    return minimised, here.vault.open(artefact(here.ledger, waiting.waybill, "file"))


@cache
def asked(key):
    census = collection(key)
    return layout(census.academic_year).for_term(census.term)


def paths(element, path=""):
    """Yield the path of every element with text."""
    here = f"{path}/{element.tag}" if path else element.tag
    if (element.text or "").strip():
        yield here
    for child in element:
        yield from paths(child, here)


@pytest.mark.parametrize("urn", URNS)
def test_a_file_reads_back_to_its_tables(term, urn):
    key = term.key
    frames, file = term.made[urn]
    fields = frozenset(agreement(AGREEMENTS[key]).fields)
    assert differences(frames, reread_census(file, asked(key), fields), asked(key)) == ()


@pytest.mark.parametrize("urn", URNS)
def test_nothing_is_given_that_the_term_and_the_phase_do_not_ask_for(term, urn):
    key = term.key
    frames, file = term.made[urn]
    phase = frames["school"]["phase"].iloc[0]
    allowed = {item.path for item in asked(key).items if phase in item.phases}
    assert set(paths(ET.fromstring(file))) <= allowed  # noqa: S314  a file of our own making


@pytest.mark.parametrize("urn", URNS)
def test_nothing_is_given_at_the_wrong_age(term, urn):
    frames = term.made[urn][0]
    born = frames["pupil"].set_index("pupil_id")["dob"]
    ages = born.map(lambda dob: age_on(dob, AGE_DAY))
    for field, (youngest, oldest) in AGES.items():
        table, column = field.split(".")
        if table in frames and column in frames[table]:
            given = frames[table].dropna(subset=[column])["pupil_id"].map(ages)
            assert given.between(youngest, oldest).all(), field


def test_every_school_but_the_nursery_reports_leavers(term):
    with_leavers = {urn for urn, (frames, _) in term.made.items() if (frames["pupil"]["section"] == OFF_ROLL).any()}
    assert with_leavers == set(URNS) - {"900001"}


def test_every_school_is_prepared_and_nothing_is_signed_or_sent(term):
    assert term.code == 0
    releases = installation(term.home).ledger.releases()
    assert {(one.slot.school, one.state) for one in releases} == {(urn, State.PREPARED) for urn in URNS}
    assert not [path for path in (term.home / "recipients").rglob("*") if path.is_file()]


def test_it_prints_each_file_with_its_size_and_hash(term):
    assert all(school.name in term.printed for school in DEMO_SCHOOLS)
    assert len(set(re.findall(r"^    [0-9a-f]{64}$", term.printed, re.MULTILINE))) == len(URNS)
    assert len(re.findall(r"pupils \d+, bytes [\d,]+, findings: ", term.printed)) == len(URNS)


def test_it_prints_what_was_found_by_severity_and_what_to_do(term):
    local = {"2027-spring": 6, "2027-summer": 3}[term.key]
    assert f"Findings: blocking errors 1, queries 1, local checks {local}, not evaluated 0" in term.printed
    assert term.printed.count("findings: none") == len(URNS) - 1
    assert "UNVERIFIED LAYOUT" in term.printed
    assert "Files that recipients have: 0." in term.printed
    assert f"export WAYBILL_HOME={term.home}" in term.printed


@pytest.mark.parametrize("key", KEYS)
def test_its_state_is_kept_apart_from_the_demonstrations(key):
    kept = folder(key)
    assert kept.name == f".waybill-{key}"
    assert kept.parent == Settings.from_environment({}).home.parent
    ignored = (kept.parent / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert any(kept.match(pattern.rstrip("/")) for pattern in ignored)


def test_only_a_census_that_the_world_lives_through_is_run(capsys):
    with pytest.raises(SystemExit) as ended:
        demo.main(["2028-spring"])
    assert ended.value.code == 2
    assert "2027-spring" in capsys.readouterr().err

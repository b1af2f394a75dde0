"""Spring and summer 2027 prepared for the whole tiny trust on the evening of census day, through the real jobs.

Every school's file is read again; nothing is in it that the term, the phase or the pupil's age does not ask for.
"""

import datetime as dt
import xml.etree.ElementTree as ET
from functools import cache

import dagster as dg
import pytest

from exports.comparison import differences
from exports.minimise import minimise
from exports.preparation import artefact
from exports.reread import reread_census
from ledger.states import State
from schemas.census.collection import collection
from schemas.census.layout import layout
from schemas.census.tables import OFF_ROLL
from simulator.deployment import deployed
from simulator.world.days import AGE_DAY, age_on
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.pipelines.demo_returns import AGREEMENTS, agreement
from tests.pipelines.whole_run import definitions, run
from vault.frames import unpack

KEYS = ("2027-spring", "2027-summer")
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


@pytest.fixture(scope="module", params=KEYS)
def term(request, tmp_path_factory):
    """What a term's jobs left: its key, and each school's tables and file."""
    key = request.param
    day = collection(key).reference_date
    evening = dt.datetime.combine(day, dt.time(17, 30), dt.UTC)
    home = tmp_path_factory.mktemp(key) / "home"
    world = make_trust(scale=TINY)
    with deployed(home, trust=world, as_of=day, clock=lambda: evening, arbor_port=0, sftp_port=0) as demo:
        made = {urn: _prepared(demo, key, urn) for urn in URNS}
    return key, made


def _prepared(demo, key, urn):
    """A school's minimised tables and its file, which waits for its signatures."""
    ledger, vault = demo.installation.ledger, demo.installation.vault
    slot = dg.MultiPartitionKey({"school": urn, "collection": key})
    done = run(demo, definitions(demo), "prepare_census", slot)
    assert done.success
    tables = vault.find(done.run_id, "census/tables", f"{urn}|{key}")
    (waiting,) = ledger.releases(school=urn, period=key, agreement=AGREEMENTS[key], state=State.PREPARED.value)
    minimised = minimise(unpack(vault.open(tables.address))[0], agreement(AGREEMENTS[key]))
    return minimised, vault.open(artefact(ledger, waiting.waybill, "file"))


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
    key, made = term
    frames, file = made[urn]
    fields = frozenset(agreement(AGREEMENTS[key]).fields)
    assert differences(frames, reread_census(file, asked(key), fields), asked(key)) == ()


@pytest.mark.parametrize("urn", URNS)
def test_nothing_is_given_that_the_term_and_the_phase_do_not_ask_for(term, urn):
    key, made = term
    frames, file = made[urn]
    phase = frames["school"]["phase"].iloc[0]
    allowed = {item.path for item in asked(key).items if phase in item.phases}
    assert set(paths(ET.fromstring(file))) <= allowed  # noqa: S314  a file of our own making


@pytest.mark.parametrize("urn", URNS)
def test_nothing_is_given_at_the_wrong_age(term, urn):
    frames = term[1][urn][0]
    born = frames["pupil"].set_index("pupil_id")["dob"]
    ages = born.map(lambda dob: age_on(dob, AGE_DAY))
    for field, (youngest, oldest) in AGES.items():
        table, column = field.split(".")
        if table in frames and column in frames[table]:
            given = frames[table].dropna(subset=[column])["pupil_id"].map(ages)
            assert given.between(youngest, oldest).all(), field


def test_every_school_but_the_nursery_reports_leavers(term):
    with_leavers = {urn for urn, (frames, _) in term[1].items() if (frames["pupil"]["section"] == OFF_ROLL).any()}
    assert with_leavers == set(URNS) - {"900001"}

"""One census day, prepared on three days: what was recorded since changes the return exactly as it should.

Prepared on 1, 13 and 28 October through the real jobs, each return is compared pupil by pupil with what the world's
own facts say (`simulator.world.expected`, which knows no product code).
"""

import datetime as dt
import itertools
from pathlib import Path

import dagster as dg
import pytest

from exports.preparation import artefact
from ledger.states import State
from simulator.deployment import deployed, write_on_the_day
from simulator.world.expected import expected_off_roll, expected_on_roll
from tests.nightly import NIGHTLY
from tests.pipelines.whole_run import AUTUMN, definitions, run
from vault.frames import unpack

CENSUS_DAY = dt.date(2026, 10, 1)
DAYS = (CENSUS_DAY, dt.date(2026, 10, 13), dt.date(2026, 10, 28))
SCHOOLS = {"SS": "900004"} | ({"PS": "900002", "PR": "900007"} if NIGHTLY else {})
FILE = "dfe_autumn_census"
SECTIONS = {"on_roll": expected_on_roll, "off_roll": expected_off_roll}


class Prepared:
    """Each school's three returns: tables and file, by school and day."""

    def __init__(self, home: Path, world) -> None:
        self.world, self.frames, self.files = world, {}, {}
        clock = [DAYS[0]]
        now = lambda: dt.datetime.combine(clock[0], dt.time(17, 30), dt.UTC)  # noqa: E731
        with deployed(home, trust=world, clock=now, arbor_port=0, sftp_port=0) as demo:
            defs, vault = definitions(demo), demo.installation.vault
            for day in DAYS:
                clock[0] = day
                demo.arbor.set_as_of(day)
                write_on_the_day(demo.settings, world, AUTUMN, day)
                for urn in SCHOOLS.values():
                    slot = dg.MultiPartitionKey({"school": urn, "collection": AUTUMN})
                    done = run(demo, defs, "prepare_census", slot)
                    assert done.success
                    tables = vault.find(done.run_id, "census/tables", f"{urn}|{AUTUMN}")
                    self.frames[urn, day] = unpack(vault.open(tables.address))[0]
                    self.files[urn, day] = vault.open(_prepared_file(demo.installation.ledger, urn))


def _prepared_file(ledger, urn):
    """Where the file lies that now waits for its signatures."""
    (waiting,) = ledger.releases(school=urn, period=AUTUMN, agreement=FILE, state=State.PREPARED.value)
    return artefact(ledger, waiting.waybill, "file")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, tiny_world):
    return Prepared(tmp_path_factory.mktemp("three") / "home", tiny_world)


def items(frames, section):
    """What a return says of each pupil of a section, item by item as the world names them; null is None."""
    pupils = frames["pupil"][frames["pupil"]["section"] == section]
    said = pupils.set_index("pupil_id").astype(object)
    rows = said.where(said.notna(), None).to_dict("index")
    counts = {"fsm_periods": _counted(frames["fsm_period"]), "exclusions": _counted(frames["exclusion"])}
    possible = frames["attendance"].set_index(["pupil_id", "period"])["sessions_possible"].to_dict()
    for pupil_id, row in rows.items():
        row.update({name: each.get(pupil_id, 0) for name, each in counts.items()})
        row["sessions_possible"] = possible.get((pupil_id, "term"))
        row["sessions_possible_half2"] = possible.get((pupil_id, "half_term_2"))
    return rows


def _counted(frame):
    return frame["pupil_id"].value_counts().to_dict()


@pytest.mark.parametrize("section", sorted(SECTIONS))
@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("phase", sorted(SCHOOLS))
def test_every_pupil_and_item_is_as_the_world_says(phase, day, section, prepared):
    urn = SCHOOLS[phase]
    expected = SECTIONS[section](prepared.world, urn, CENSUS_DAY, day)
    said = items(prepared.frames[urn, day], section)
    assert said.keys() == expected.keys()
    assert expected
    wrong = {
        (pupil_id, item): (said[pupil_id].get(item, "no such item"), value)
        for pupil_id, listed in expected.items()
        for item, value in listed.items()
        if said[pupil_id].get(item, "no such item") != value
    }
    assert wrong == {}


def edited(prepared, urn, kind):
    return {str(pupil_id) for pupil_id in prepared.world.school(urn).edits[kind]}


@pytest.mark.parametrize("phase", sorted(SCHOOLS))
def test_who_joined_on_5_october_is_out_and_who_left_is_in(phase, prepared):
    urn = SCHOOLS[phase]
    for day in DAYS:
        on_roll = items(prepared.frames[urn, day], "on_roll").keys()
        assert edited(prepared, urn, "left") <= on_roll
        assert not edited(prepared, urn, "joined") & on_roll


@pytest.mark.parametrize("phase", sorted(SCHOOLS))
def test_who_was_found_to_have_left_changes_section_on_the_last_day(phase, prepared):
    urn = SCHOOLS[phase]
    found = edited(prepared, urn, "found to have left")
    sections = [
        [found <= items(prepared.frames[urn, day], section).keys() for day in DAYS]
        for section in ("on_roll", "off_roll")
    ]
    assert sections == [[True, True, False], [False, False, True]]


EXPECTED_CHANGES = {
    "upn replaced": ("upn", "former_upn"), "dob corrected": ("dob",), "sen backdated": ("sen_provision",),
    "meals backdated": ("fsm_periods",), "moved house earlier": ("postcode",), "surname corrected": ("surname",),
}  # fmt: skip
SINCE = dict.fromkeys(EXPECTED_CHANGES, 1) | {"surname corrected": 2}


@pytest.mark.parametrize("kind", sorted(EXPECTED_CHANGES))
@pytest.mark.parametrize("phase", sorted(SCHOOLS))
def test_a_correction_counts_from_the_day_it_was_recorded(phase, kind, prepared):
    urn = SCHOOLS[phase]
    for item in EXPECTED_CHANGES[kind]:
        for pupil_id in edited(prepared, urn, kind):
            said = [items(prepared.frames[urn, day], "on_roll")[pupil_id][item] for day in DAYS]
            assert [value != said[0] for value in said] == [n >= SINCE[kind] for n in range(3)], item


@pytest.mark.parametrize("phase", sorted(SCHOOLS))
def test_a_move_after_census_day_changes_nothing(phase, prepared):
    urn = SCHOOLS[phase]
    for pupil_id in edited(prepared, urn, "moved house") | edited(prepared, urn, "left"):
        said = [items(prepared.frames[urn, day], "on_roll")[pupil_id] for day in DAYS]
        assert said[0] == said[1] == said[2]


@pytest.mark.parametrize("phase", sorted(SCHOOLS))
def test_no_pupil_but_those_of_the_timeline_differs(phase, prepared):
    urn = SCHOOLS[phase]
    touched = {kind: edited(prepared, urn, kind) for kind in prepared.world.school(urn).edits}
    since_13 = {*EXPECTED_CHANGES} - {"surname corrected"}
    allowed = [
        frozenset[str]().union(*(touched[kind] for kind in since_13)),
        touched["found to have left"] | touched["surname corrected"],
    ]
    for (before, after), whom in zip(itertools.pairwise(DAYS), allowed, strict=True):
        assert differing(prepared.frames[urn, before], prepared.frames[urn, after]) == whom


def differing(before, after):
    """Pupils of whom any table of the two returns says another thing."""
    found = set()
    for name in before.keys() - {"header", "school"}:
        rows = [
            {tuple(map(str, row)) for row in frame.itertuples(index=False, name=None)}
            for frame in (before[name], after[name])
        ]
        place = list(before[name].columns).index("pupil_id") if "pupil_id" in before[name] else None
        if place is None:
            assert rows[0] == rows[1]
        else:
            found |= {row[place] for row in rows[0] ^ rows[1]}
    return found


@pytest.mark.parametrize("phase", sorted(SCHOOLS))
def test_the_three_files_are_three(phase, prepared):
    assert len({prepared.files[SCHOOLS[phase], day] for day in DAYS}) == 3

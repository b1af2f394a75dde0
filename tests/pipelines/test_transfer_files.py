"""Transfer files of the demo trust: from the MIS over HTTP to files that our own reader of incoming files takes."""

import datetime as dt
from functools import cache

from assets.plan import feed_plan
from connectors import connect
from connectors.ctf import read_ctf
from connectors.mis import MisSettings
from exports.formats import FORMATS
from exports.formats.profiles import problems
from exports.minimise import minimise
from exports.parts import parts
from pipelines.trust import load_trust
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.establishments import establishments
from schemas.feeds import DATASETS
from schemas.feeds.dataset import Taking
from simulator.arbor import ArborServer, serve
from simulator.deployment import FOLDER
from simulator.world.schools import TINY
from simulator.world.trust import make_trust

TRUST = load_trust(FOLDER)
REGISTER = establishments((FOLDER / "registers" / "establishments.csv").read_text(encoding="utf-8"))
AS_AT = dt.date(2026, 10, 1)
SCHOOLS = ("900001", "900002", "900004")
AGREEMENTS = {one.id: one.agreement for one in TRUST.agreements if one.agreement}


def read(school, url, agreement, taking):
    identity = school.identity
    settings = MisSettings(
        url=url, application=identity.application_id, secret=identity.secret, urn=school.urn,
        la_number=identity.la_number, estab=identity.estab,
    )  # fmt: skip
    noon = dt.datetime.combine(AS_AT, dt.time(12), dt.UTC)
    plan = feed_plan([(agreement, taking)])
    snapshot = connect("arbor", settings).snapshot(plan, lambda *_: None, lambda: noon)
    return {**{name: table.empty() for name, table in CANONICAL.items()}, **snapshot.frames}


@cache
def made():
    """The minimised tables of three schools, by URN, with the agreement that covers it and the pupils before it."""
    world = make_trust(scale=TINY)
    found = {}
    with serve(ArborServer(world, AS_AT)) as url:
        for school in (one for one in world.schools if one.urn in SCHOOLS):
            agreement = AGREEMENTS["ctf_next_school_900001" if school.urn == "900001" else "ctf_next_school"]
            years = TRUST.school(school.urn).years
            taking = Taking(AS_AT, dt.date(2026, 5, 1), years, taken="2026-10-01T12:00:00", establishments=REGISTER)
            tables = DATASETS["transfer"].make(read(school, url, agreement, taking), taking)
            for table in DATASETS["transfer"].tables:
                conforms(tables[table.name], table)
            found[school.urn] = agreement, minimise(tables, agreement, as_at=AS_AT), tables["transfer_pupil"]
    return found


def files():
    return [
        (urn, agreement, place, frames)
        for urn, (agreement, minimised, _) in made().items()
        for place, frames in parts(minimised).items()
    ]


def test_the_trust_has_leavers_for_several_schools_and_for_none():
    places = {place for _, _, place, _ in files()}
    assert any(place.isdecimal() for place in places)
    assert places & {"XXXXXXX", "MMMMMMM"}


def test_every_file_says_its_tables_and_reads_back_as_the_same_pupils():
    for urn, agreement, place, frames in files():
        kind = FORMATS[agreement.format]
        data = kind.render(frames, agreement)
        assert kind.disagreements(data, frames, agreement) == ()
        school = TRUST.school(urn)
        name = agreement.delivery.remote_name(
            la=school.la_number, estab=school.estab, urn=urn, period="2026-10-01", version=1, dest=place, serial=1
        )
        assert list(kind.misnamed(name, frames, agreement)) == []
        read_back = read_ctf(data, "the file")
        assert read_back.passed_over == {}
        for table in ("pupil", "contact", "sen", "fsm", "school", "result"):
            told, ours = read_back.frames[f"transfer_{table}"], frames[f"transfer_{table}"]
            columns = [name for name in ours if name not in {"pupil_id", "row_id"}]
            assert told[columns].equals(ours[columns])


def test_what_is_told_of_a_leaver_names_field_and_pupil_only():
    said = [one for agreement, minimised, _ in made().values() for one in problems(minimised, agreement)]
    assert all(one.field in AGREEMENTS["ctf_next_school"].fields for one in said)


def test_every_leaver_has_a_day_by_which_the_file_must_have_gone():
    for _, _, pupils in made().values():
        assert (pupils["due"] >= pupils["told_of"]).all()
        assert len(pupils)

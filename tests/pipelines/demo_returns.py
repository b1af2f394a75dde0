"""The demo trust at its full size, read over HTTP and made into returns: once for each process that tests it."""

import dataclasses
import datetime as dt
from functools import cache
from typing import NamedTuple

import pandas as pd

from assets.plan import census_plan, feed_plan
from connectors import connect
from connectors.mis import MisSettings
from exports.agreements import Agreement
from exports.formats import FORMATS
from exports.minimise import minimise
from exports.protection_standing import Standing
from pipelines.trust import Trust, load_trust
from schemas.canonical import CANONICAL
from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.conform import Software, conform
from schemas.census.engine import run_rules
from schemas.census.school_file import read_school_file
from schemas.census.supplement import read_supplement
from schemas.feeds import DATASETS
from schemas.feeds.dataset import Taking
from schemas.mis_flags import said
from schemas.table import Frames
from simulator.arbor import ArborServer, serve
from simulator.deployment import FOLDER
from simulator.world import trust as world
from simulator.world.schools import MIDDLE_DEEMED_PRIMARY

AUTUMN = collection("2026-autumn")
CENSUS_DAY = AUTUMN.reference_date
AGREEMENTS = {
    "2026-autumn": "dfe_autumn_census",
    "2027-spring": "dfe_spring_census",
    "2027-summer": "dfe_summer_census",
}


class Return(NamedTuple):
    """One school's census: minimised tables, file, findings."""

    frames: Frames
    file: bytes
    findings: pd.DataFrame


class ClassList(NamedTuple):
    """One school's class list: the roll it was made from, `noted` where a contact has an access note, and the file."""

    roll: pd.DataFrame
    file: bytes


@cache
def deployment() -> Trust:
    return load_trust(FOLDER)


@cache
def demo_world() -> world.Trust:
    return world.make_trust()


def agreement(name: str) -> Agreement:
    return next(c.agreement for c in deployment().agreements if c.id == name and c.agreement)


def findings(frames: Frames, key: str = AUTUMN.key) -> pd.DataFrame:
    """What the rules find, with the demo trust's registers."""
    census = collection(key)
    return run_rules(frames, census, catalogue(census.academic_year), deployment().registers)


def census_snapshot(school: world.School, url: str, key: str = AUTUMN.key) -> Frames:
    """What the MIS held of a school at noon of census day, read over HTTP; a table the term does not read is empty."""
    census = collection(key)
    noon = dt.datetime.combine(census.reference_date, dt.time(12), dt.UTC)
    held = _connected(school, url).snapshot(census_plan(census), lambda *_: None, lambda: noon).frames
    return {**{name: table.empty() for name, table in CANONICAL.items()}, **held}


def census_tables(school: world.School, snapshot: Frames, key: str = AUTUMN.key) -> Frames:
    """A school's return before anything is left out, with what the school itself says of census day."""
    census = collection(key)
    return conform(
        snapshot,
        census,
        supplement=read_supplement(school.on_the_day(key), "on the day"),
        school_file=read_school_file(school.school_file(key), "school file"),
        serial_no=1,
        date_time=f"{census.reference_date}T12:00:00",
        software=Software("Waybill", "0", census.academic_year),
    ).frames


@cache
def returns(key: str = AUTUMN.key) -> dict[str, Return]:
    """The census of every school, by URN."""
    with serve(ArborServer(demo_world(), collection(key).reference_date)) as url:
        return {school.urn: _return(school, url, key) for school in demo_world().schools}


@cache
def deemed_primary(key: str = AUTUMN.key) -> Return:
    """The census of the one phase that the demo trust lacks, under the same agreement made to cover that school."""
    (school,) = world.trust_of(MIDDLE_DEEMED_PRIMARY).schools
    with serve(ArborServer(world.Trust((school,)), collection(key).reference_date)) as url:
        return _return(school, url, key, schools=(school.urn,))


@cache
def class_lists() -> dict[str, ClassList]:
    """The class list of every school that has one, by URN."""
    ours = agreement("nhs_immunisation")
    with serve(ArborServer(demo_world(), CENSUS_DAY)) as url:
        return {s.urn: _class_list(s, url, ours) for s in demo_world().schools if ours.covers(s.urn)}


def _return(school: world.School, url: str, key: str, **changed: object) -> Return:
    tables = census_tables(school, census_snapshot(school, url, key), key)
    ours = dataclasses.replace(agreement(AGREEMENTS[key]), **changed)
    minimised = minimise(tables, ours)
    return Return(minimised, FORMATS[ours.format].render(minimised, ours), findings(tables, key))


def _class_list(school: world.School, url: str, ours: Agreement) -> ClassList:
    noon = dt.datetime.combine(CENSUS_DAY, dt.time(12), dt.UTC)
    taking = Taking(CENSUS_DAY, CENSUS_DAY, deployment().school(school.urn).years)
    flags = deployment().mis_flags
    plan = feed_plan([(ours, taking)], flags)
    snapshot = _connected(school, url).snapshot(plan, lambda *_: None, lambda: noon)
    unasked = {name: table.empty() for name, table in CANONICAL.items()}
    made = DATASETS[ours.dataset].make({**unasked, **snapshot.frames}, taking)
    noted = {pupil: frozenset(flags) for pupil in said(snapshot.frames, flags).flags["court_order"]}
    minimised = minimise(made, ours, as_at=CENSUS_DAY, standing=Standing(flags=noted))
    return ClassList(made["roll"].assign(noted=made["roll"]["pupil_id"].isin(list(noted))),
                     FORMATS[ours.format].render(minimised, ours))  # fmt: skip


def _connected(school: world.School, url: str):
    identity = school.identity
    settings = MisSettings(
        url=url, application=identity.application_id, secret=identity.secret,
        urn=school.urn, la_number=identity.la_number, estab=identity.estab,
    )  # fmt: skip
    return connect("arbor", settings)

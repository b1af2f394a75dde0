"""The demo trust at its full size, read over HTTP and made into returns: once for each process that tests it."""

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
from pipelines.trust import Trust, load_trust
from schemas.canonical import CANONICAL
from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.conform import Software, conform
from schemas.census.engine import run_rules
from schemas.census.supplement import read_supplement
from schemas.feeds import roll_tables
from schemas.table import Frames
from simulator.arbor import ArborServer, serve
from simulator.deployment import FOLDER
from simulator.world import trust as world

AUTUMN = collection("2026-autumn")
CENSUS_DAY = AUTUMN.reference_date
NOON = dt.datetime.combine(CENSUS_DAY, dt.time(12), dt.UTC)


class Return(NamedTuple):
    """One school's census: minimised tables, file, findings."""

    frames: Frames
    file: bytes
    findings: pd.DataFrame


class ClassList(NamedTuple):
    """One school's class list: the roll it was made from, and the file."""

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


def findings(frames: Frames) -> pd.DataFrame:
    """What the rules find, with the demo trust's registers."""
    return run_rules(frames, AUTUMN, catalogue(AUTUMN.academic_year), deployment().registers)


def census_tables(school: world.School, url: str) -> Frames:
    """A school's return, read over HTTP, before anything is left out."""
    snapshot = _connected(school, url).snapshot(census_plan(AUTUMN), lambda *_: None, lambda: NOON)
    supplement = read_supplement(school.on_the_day("2026-autumn"), "on the day")
    software = Software("Waybill", "0", AUTUMN.academic_year)
    return conform(
        snapshot.frames, AUTUMN, supplement=supplement, serial_no=1, date_time="2026-10-01T12:00:00", software=software
    ).frames


@cache
def returns() -> dict[str, Return]:
    """The census of every school, by URN."""
    with serve(ArborServer(demo_world(), CENSUS_DAY)) as url:
        return {school.urn: _return(school, url) for school in demo_world().schools}


@cache
def class_lists() -> dict[str, ClassList]:
    """The class list of every school that has one, by URN."""
    ours = agreement("nhs_immunisation")
    with serve(ArborServer(demo_world(), CENSUS_DAY)) as url:
        return {s.urn: _class_list(s, url, ours) for s in demo_world().schools if ours.covers(s.urn)}


def _return(school: world.School, url: str) -> Return:
    tables, ours = census_tables(school, url), agreement("dfe_autumn_census")
    minimised = minimise(tables, ours)
    return Return(minimised, FORMATS[ours.format].render(minimised, ours), findings(tables))


def _class_list(school: world.School, url: str, ours: Agreement) -> ClassList:
    snapshot = _connected(school, url).snapshot(feed_plan([ours], CENSUS_DAY), lambda *_: None, lambda: NOON)
    unasked = {name: table.empty() for name, table in CANONICAL.items()}
    years = deployment().school(school.urn).years
    made = roll_tables({**unasked, **snapshot.frames}, as_at=CENSUS_DAY, window_start=CENSUS_DAY, years=years)
    return ClassList(made["roll"], FORMATS[ours.format].render(minimise(made, ours, as_at=CENSUS_DAY), ours))


def _connected(school: world.School, url: str):
    identity = school.identity
    settings = MisSettings(
        url=url, application=identity.application_id, secret=identity.secret,
        urn=school.urn, la_number=identity.la_number, estab=identity.estab,
    )  # fmt: skip
    return connect("arbor", settings)

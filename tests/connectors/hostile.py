"""One randomised hostile run: a small school, a server that misbehaves as a seed draws it, and what came of it."""

import datetime as dt
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from random import Random

import stamina

from connectors import connect
from connectors.limits import Limits
from connectors.mis import MisSettings, Plan
from schemas.refusal import Refusal
from simulator.arbor import ArborServer, Drift, Fault, Knobs, serve
from simulator.arbor.names import href
from simulator.arbor.school import School
from simulator.world import days
from simulator.world.schools import Scale
from simulator.world.trust import make_trust
from tests.connectors.arbor_school import NOON, Stage

PROGRESS = 100
NIGHT_AFTER = NOON + dt.timedelta(hours=14)
LIMITS = Limits(connect_seconds=2, read_seconds=0.2, answer_seconds=0.4, total_seconds=12, rounds=4)
SLACK_SECONDS = 3
SCHOOLS = ("900002", "900004")


@cache
def trust():
    return make_trust(scale=Scale(pupils=10))


@cache
def store(urn):
    """The rows of a school, with marks of the window and a few days around it: a year of them is for `bench`."""
    held = dict(trust().school(urn).entities(days.CENSUS_DAY))
    first, last = (day + dt.timedelta(days=around) for day, around in zip(WINDOW, (-1, 1), strict=True))
    held["AttendanceRollCallRecord"] = [
        row for row in held["AttendanceRollCallRecord"] if first <= row["recordDate"] <= last
    ]
    return held


class Kept(dict):
    """Notes in memory."""

    load, save = dict.get, dict.__setitem__

    def forget(self, names):
        for name in names:
            self.pop(name, None)


def _of_pupils(held, entity):
    """Rows of an entity whose pupil the school still has; the others are of nobody, and nobody is told of them."""
    students = {row["id"] for row in held["Student"]} | {None}
    persons = {row["person"].id for row in held["Student"]} | {None}
    for row in held[entity]:
        person, student = row.get("person"), row.get("student")
        if (student.id if student else None) in students and (person.id if person else None) in persons:
            yield row


def _code(rows, key):
    return {row["id"]: row[key] for row in rows}


def _upn(held):
    return {href("UkDfe_UpnAssignment", row["id"]): row["upn"] for row in _of_pupils(held, "UkDfe_UpnAssignment")}


def _former(held):
    return {href("PersonFormerName", row["id"]): row["legalLastName"] for row in _of_pupils(held, "PersonFormerName")}


def _sen(held):
    codes = _code(held["SenStatus"], "d00229")
    return {
        href("SenStatusAssignment", row["id"]): codes.get(row["senStatus"].id, row["senStatus"].id)
        for row in _of_pupils(held, "SenStatusAssignment")
    }


def _pupil(held):
    names = {row["id"]: row["legalLastName"] for row in held["Person"]}
    return {href("Student", row["id"]): names.get(row["person"].id) for row in held["Student"]}


def _group(held):
    names = {row["id"]: row["shortName"] for row in held["RegistrationForm"]}
    rows = list(_of_pupils(held, "RegistrationFormMembership"))
    return {href("RegistrationFormMembership", row["id"]): names.get(row["registrationForm"].id) for row in rows}


def _fsm(held):
    return {href("EligibilityRecord", row["id"]): row["startDate"] for row in _of_pupils(held, "EligibilityRecord")}


def _mark(held):
    codes = _code(held["AttendanceMark"], "attendanceMark")
    first, last = WINDOW
    return {
        href("AttendanceRollCallRecord", row["id"]): codes.get(row["attendanceMark"].id, row["attendanceMark"].id)
        for row in _of_pupils(held, "AttendanceRollCallRecord")
        if first <= row["recordDate"] <= last
    }


WINDOW = (days.CENSUS_DAY.replace(month=6, day=15), days.CENSUS_DAY.replace(month=6, day=16))
TABLES = {
    "upn": ("upn", _upn, ("UkDfe_UpnAssignment",)),
    "former_surname": ("surname", _former, ("PersonFormerName",)),
    "sen_status": ("provision", _sen, ("SenStatusAssignment", "SenStatus")),
    "pupil": ("surname", _pupil, ("Student", "Person")),
    "registration_group": ("name", _group, ("RegistrationFormMembership", "RegistrationForm")),
    "fsm": ("start_date", _fsm, ("EligibilityRecord",)),
    "attendance_mark": ("code", _mark, ("AttendanceRollCallRecord", "AttendanceMark")),
}
PROPERTIES = {
    "UkDfe_UpnAssignment": "upn", "PersonFormerName": "legalLastName", "SenStatusAssignment": "startDate",
    "Person": "legalLastName", "RegistrationForm": "shortName", "EligibilityRecord": "endDate",
    "AttendanceRollCallRecord": "attendanceMark", "Student": "person", "SenStatus": "d00229",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run, as the seed has it."""

    seed: int
    urn: str
    tables: tuple[str, ...]
    door: str
    page_size: int
    knobs: Knobs
    edits: tuple[Drift, ...] | None = None
    """What happened since a full reading, on which this one may be built; None = there was none."""


def drawn(seed):
    """Draw a run: each way of misbehaving by itself is rare enough that many runs have a few of them."""
    rng = Random(seed)  # noqa: S311  a seed that repeats is the point
    urn = rng.choice(SCHOOLS)
    tables = tuple(rng.sample(sorted(TABLES), rng.choice((1, 1, 1, 2))))
    entities = sorted({entity for table in tables for entity in TABLES[table][2]})
    knobs = Knobs(
        page_base=rng.choice((0, 1)),
        before_first=rng.choice(("clamp", "clamp", "empty", "refuse")),
        max_page_size=rng.choice((9, 15, 40, 3000, 3000)),
        honour_paging=rng.random() > 0.06,
        loop=rng.random() < 0.05,
        uneven=rng.random() < 0.1,
        stub_lists=rng.random() < 0.06,
        text_scalars=rng.random() < 0.15,
        filled_tags=rng.random() < 0.15,
        revision_ids=rng.random() > 0.15,
        empty_list=rng.choice(("[]", "[]", "{}", "null", "missing")),
        nulls=rng.choice(("null", "null", "null", "missing", "[]")),
        links=rng.random() < 0.1,
        retry_after=rng.choice(("0", "1", None, "3600")),
        graphql=rng.choice(("open", "open", "open", "closed", "dark")),
        graphql_dates=rng.choice(("date", "datetime", "iso")),
        graphql_revisions=rng.random() > 0.3,
        ignored_filters=rng.random() < 0.1,
        lossy_filters=rng.random() < 0.1,
        no_permission=rng.choice(("403", "empty")),
    )
    entity = rng.choice(entities)
    knobs = _rarer(rng, knobs, entity, PROPERTIES.get(entity))
    door, page_size = rng.choice(("rest", "graphql")), rng.choice((13, 2000, 2000))
    edits = None
    if rng.random() < 1 / 3:
        edits, knobs = tuple(_edits(rng, entities)), _log(rng, knobs)
    return Run(seed, urn, tables, door, page_size, knobs, edits)


def _log(rng, knobs):
    """Draw what the change log is like. It cannot tell of what is not in it: that is for the weekly reading."""
    if knobs.drift is not None:
        knobs = replace(knobs, drift=replace(knobs.drift, logged=True))
    return replace(
        knobs, max_page_size=9, log=rng.choice(("open",) * 9 + ("closed",)),
        log_from=rng.choice((0,) * 9 + (10**6,)), log_most=rng.choice((None,) * 3 + (20,)),
    )  # fmt: skip


def _edits(rng, entities):
    for _ in range(rng.randint(0, 12)):
        action = rng.choice(("add", "remove", "remove", "restore", "update", "update"))
        yield Drift(rng.choice(entities), action, place=rng.choice(("front", "middle", "end")))


def _rarer(rng, knobs, entity, property_):
    """Draw what goes wrong with one entity, and what one request meets."""
    if rng.random() < 0.35:
        knobs = replace(knobs, drift=Drift(
            entity, rng.choice(("add", "remove", "update")), rng.randint(1, 5), rng.random() < 0.5,
            rng.choice(("front", "middle", "end")), rng.choice((1, 1, 2, 99)),
        ))  # fmt: skip
    if rng.random() < 0.4:
        several = [rng.choice(list(Fault)) for _ in range(rng.randint(1, 4))]
        knobs = replace(knobs, faults={rng.randint(1, 40): fault for fault in several})
    property_ = f"{entity}.{property_}" if property_ else None
    if property_ and rng.random() < 0.08:
        knobs = replace(knobs, withheld=frozenset({property_}))
    if property_ and rng.random() < 0.08:
        knobs = replace(knobs, drops={property_: rng.randint(1, 4)})
    if rng.random() < 0.08:
        knobs = replace(knobs, forbidden=frozenset({entity}))
    if rng.random() < 0.1:
        knobs = replace(knobs, early_end={entity: rng.choice((1, 2, 99))})
    if rng.random() < 0.05:
        knobs = replace(knobs, twice=frozenset({entity}))
    if rng.random() < 0.06:
        knobs = replace(knobs, revoke_after=rng.randint(0, 40))
    return knobs


@dataclass(frozen=True)
class Outcome:
    """How a run ended: "equal", the code of a refusal, or what must never be."""

    said: str
    seconds: float

    @property
    def sound(self):
        return not self.said.startswith("NOT SOUND")


def play(run: Run, stage) -> Outcome:
    """Read once from a server that misbehaves as drawn."""
    identity = trust().school(run.urn).identity
    settings = MisSettings(
        stage.url, identity.application_id, identity.secret, run.urn, identity.la_number, identity.estab,
        page_size=run.page_size, door=run.door, limits=LIMITS, bases=Kept(),
    )  # fmt: skip
    columns = {name: frozenset({TABLES[name][0]}) for name in run.tables}
    mis = connect("arbor", settings)
    wanted = Plan(columns, *WINDOW, increments=run.edits is not None)
    rows = dict(store(run.urn))
    if run.edits is not None:
        usual = Knobs(page_base=run.knobs.page_base, max_page_size=run.knobs.max_page_size)
        before = served(stage, run, rows, usual)
        mis.snapshot(wanted, lambda *_: None, lambda: NOON)
        for edit in run.edits:
            before._move(edit)
        rows = before
    school = served(stage, run, rows, run.knobs)
    states, move = [dict(school.store)], school._move

    def moved(drift):
        move(drift)
        states.append(dict(school.store))

    school._move = moved
    began = time.monotonic()
    try:
        snapshot = mis.snapshot(wanted, lambda *_: None, lambda: NIGHT_AFTER)
    except Refusal as refusal:
        said = refusal.code
    else:
        said = _held_against(snapshot, states, run)
    return Outcome(said, time.monotonic() - began)


def served(stage, run, rows, knobs):
    """Put a school on the stage, or the same one with other knobs, as if it had not been asked before."""
    stage.app = ArborServer(trust(), days.CENSUS_DAY, knobs)
    if isinstance(rows, School):
        rows = replace(rows, knobs=knobs, requests=0, pages=Counter(), chosen={}, told={}, _encoded={}, _selected={})
    else:
        rows = School(run.urn, rows, knobs)
    stage.app._schools[run.urn] = rows
    return rows


def _held_against(snapshot, states, run):
    told = {(default.table, default.column) for default in snapshot.defaults if default.name == "not-granted"}
    if any(all(_same(snapshot, name, state, told) for name in run.tables) for state in states):
        if snapshot.certificate["reading"] == "increment":
            return "equal, by the change log"
        return "equal" if not told else "equal, and what is not granted is told"
    return f"NOT SOUND: seed {run.seed}: rows differ from every state of the school"


def _same(snapshot, name, state, told):
    column, expected, _ = TABLES[name]
    frame = snapshot.frames[name]
    held = dict(zip(frame["source"], frame[column].astype(object).where(frame[column].notna(), None), strict=True))
    wanted = expected(state)
    if (name, column) in told:
        return held.keys() == wanted.keys()
    return held == wanted and len(held) == len(frame)


def main(arguments):
    """Play runs from any seed on, telling how far it is: `python -m tests.connectors.hostile FIRST COUNT`."""
    first, count = (int(arguments[n]) if len(arguments) > n else default for n, default in enumerate((0, 10_000)))
    stage, ended, wrong, began = Stage(), Counter(), [], time.monotonic()
    stamina.instrumentation.set_on_retry_hooks([])  # they are what the runs are for
    with serve(stage) as stage.url, stamina.set_testing(testing=True, attempts=5):
        for place in range(first, first + count, PROGRESS):
            here, faults = played(range(place, min(place + PROGRESS, first + count)), stage)
            ended, wrong = ended + here, wrong + faults
            done, seconds = ended.total(), time.monotonic() - began
            told = ", ".join(f"{said} {number}" for said, number in ended.most_common())
            print(f"{done:,} of {count:,} runs, {seconds / done:.3f} s each; go on from seed {first + done}: {told}")
            print("\n".join(faults), end="\n" if faults else "", flush=True)
    return 1 if wrong else 0


def played(seeds, stage) -> tuple[Counter, list[str]]:
    """Play runs; return how they ended, and everything that must never be."""
    ended, wrong = Counter(), []
    for seed in seeds:
        outcome = play(drawn(seed), stage)
        ended[outcome.said if outcome.sound else "NOT SOUND"] += 1
        if not outcome.sound:
            wrong.append(outcome.said)
        if outcome.seconds > LIMITS.total_seconds + SLACK_SECONDS:
            wrong.append(f"seed {seed}: went on for {outcome.seconds:.0f} seconds")
    return ended, wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

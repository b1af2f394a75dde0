"""What every connector keeps to, whatever it speaks to: one suite, run on each kind of source."""

import dataclasses
import datetime as dt
import json

import pytest

from connectors import KINDS, connect
from connectors.availability import worst
from connectors.mis import MisLacks, MisSettings, Plan, WrongSchool
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.refusal import Refusal
from tests.connectors.arbor_school import NOON
from tests.connectors.sources import SOURCES


@pytest.fixture(params=SOURCES)
def source(request, stage, tmp_path):
    with SOURCES[request.param](stage, tmp_path) as made:
        yield made


def test_every_kind_of_the_registry_is_run_here(stage, tmp_path):
    kinds = set()
    for name, make in SOURCES.items():
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        with make(stage, folder) as made:
            kinds.add(made.kind)
    assert kinds == set(KINDS)


def test_the_tables_of_the_plan_come_as_declared_each_row_with_its_source(source):
    snapshot = source.snapshot()
    assert set(snapshot.frames) == set(source.plan.tables)
    for name, frame in snapshot.frames.items():
        conforms(frame, CANONICAL[name])
        assert frame["source"].notna().all() if "source" in frame else True
    assert len(snapshot.frames["pupil"]) > 1


def test_two_readings_of_what_did_not_change_are_the_same(source):
    one, other = source.snapshot(), source.snapshot()
    assert all(one.frames[name].equals(other.frames[name]) for name in one.frames)


def test_only_the_columns_that_the_plan_names_are_filled(source):
    snapshot = source.snapshot(Plan({"pupil": frozenset({"surname"})}))
    pupils = snapshot.frames["pupil"]
    assert {name for name in pupils if pupils[name].notna().any()} == {"pupil_id", "source", "surname"}


def test_the_certificate_says_stable_when_how_much_and_by_which_bytes(source):
    told = source.snapshot().certificate
    assert (told["kind"], told["state"], told["stable"]) == (source.kind, "stable", True)
    moments = [dt.datetime.fromisoformat(told[name]) for name in ("started", "at", "ended")]
    assert all(moment.tzinfo for moment in moments)
    assert moments[0] <= moments[2] <= NOON
    for resource in told["resources"].values():
        assert resource["listed"] == resource["fetched"] == resource["rows"]
        assert len(resource["sha256"]) == 64 or resource["rows"] == 0
    assert json.loads(json.dumps(told)) == told


def test_the_certificate_and_the_settings_hold_no_value_and_no_secret(source):
    snapshot = source.snapshot()
    told = json.dumps(snapshot.certificate)
    surnames = {name for name in snapshot.frames["pupil"]["surname"].dropna() if len(name) > 4}
    assert not {name for name in surnames if name in told}
    assert source.settings.secret not in told + repr(source.settings)


@pytest.mark.parametrize("wrong", [{"urn": "900003"}, {"la_number": "999"}, {"estab": "0001"}])
def test_another_school_is_refused(source, wrong):
    if source.kind == "ctf" and "urn" in wrong:
        wrong = {"la_number": "001"}  # a transfer file names its receiver by authority and number
    with pytest.raises(WrongSchool):
        source.snapshot(**wrong)


def test_what_is_spoilt_is_refused_by_name_and_nothing_is_kept(source):
    source.snapshot()
    source.spoil()
    with pytest.raises(Refusal) as caught:
        source.snapshot()
    assert source.settings.urn in str(caught.value) or source.kind == "ctf"
    assert source.settings.secret not in str(caught.value) or not source.settings.secret


def test_a_table_that_it_cannot_supply_is_refused_before_anything_is_read(source):
    lacking = sorted(CANONICAL.keys() - source.plan.tables.keys())
    if source.kind in ("arbor", "reports"):
        assert connect(source.kind, source.settings).asked(Plan({"boarding": frozenset({"boarder"})})).origins
        return
    for name in lacking:
        with pytest.raises(MisLacks, match=name):
            source.snapshot(Plan({name: frozenset(CANONICAL[name].names)}))


def test_what_would_be_asked_is_said_without_asking_and_shrinks_with_the_plan(source):
    mis = connect(source.kind, dataclasses.replace(source.settings, url=source.settings.url))
    whole, less = mis.asked(source.plan), mis.asked(Plan({"pupil": frozenset({"surname"})}))

    def properties(asked):
        return {(entity, name) for entity, names in asked.entities.items() for name in names}

    assert len(less.origins) == 1
    assert less.origins["pupil", "surname"]
    assert len(less.entities) <= len(whole.entities)
    if source.kind == "arbor":
        assert properties(less) < properties(whole)


def test_a_probe_says_what_may_be_read(source):
    found = connect(source.kind, source.settings).probe(source.plan)
    origins = connect(source.kind, source.settings).asked(source.plan).origins
    assert worst(origins["pupil", "surname"], found.grants) == "may be read"


def test_a_password_over_plain_http_is_refused():
    with pytest.raises(Refusal, match="https"):
        MisSettings("http://school.example", "a", "b", "900002", "823", "2909")

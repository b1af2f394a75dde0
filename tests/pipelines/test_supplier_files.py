"""What leaves for each supplier of the demo trust, read from the MIS over HTTP, and what never does."""

import csv
import dataclasses
import datetime as dt
import io
import re
import zipfile
from functools import cache

import pytest

from assets.plan import feed_plan
from exports.formats import FORMATS, verified
from exports.formats.profiles import problems
from exports.minimise import minimise
from schemas.canonical import CANONICAL
from schemas.feeds import DATASETS
from schemas.feeds.dataset import Taking
from simulator.arbor import ArborServer, serve
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.pipelines.demo_returns import _connected, agreement, deployment

DAY = dt.date(2026, 10, 1)
SCHOOL = "900004"
SUPPLIERS = (
    "supplier_catering", "supplier_catering_leavers", "supplier_cpoms", "supplier_roster", "supplier_roster_leavers",
    "supplier_texts", "supplier_texts_leavers", "supplier_tracking", "supplier_tracking_leavers",
)  # fmt: skip
HEADINGS = {
    "supplier_cpoms": "Pupil_ID Surname Forename Known_As Date_Of_Birth Year Form Contact_1_Name"
    " Contact_1_Relationship Contact_1_Parental_Responsibility Contact_1_Phone Contact_2_Name Contact_2_Relationship"
    " Contact_2_Parental_Responsibility Contact_2_Phone",
    "supplier_tracking": "Pupil_ID Surname Forename Date_Of_Birth Gender Year_Group Form Date_Of_Entry",
    "supplier_texts": "Pupil_ID Surname Forename Year Form Contact_1 Mobile_1 Contact_2 Mobile_2",
    "supplier_catering": "Pupil_ID Surname Forename Year Form Free_Meals Dietary_Needs",
    "supplier_tracking_leavers": "Pupil_ID",
    "supplier_roster_leavers": "sourcedId",
}
TAKING = Taking(DAY, dt.date(2026, 9, 1), deployment().school(SCHOOL).years)


@cache
def snapshots():
    """What the MIS is asked for, by agreement, of one small school, and all that it holds."""
    world = make_trust(scale=TINY)
    school = next(one for one in world.schools if one.urn == SCHOOL)
    noon = dt.datetime.combine(DAY, dt.time(12), dt.UTC)
    with serve(ArborServer(world, DAY)) as url:
        mis = _connected(school, url)
        plans = {name: feed_plan([(agreement(name), TAKING)]) for name in SUPPLIERS}
        return {name: mis.snapshot(plan, lambda *_: None, lambda: noon).frames for name, plan in plans.items()}


@cache
def file_of(name):
    """Minimised tables and file of one supplier, verified by the independent reading."""
    terms = agreement(name)
    held = {table: declared.empty() for table, declared in CANONICAL.items()} | dict(snapshots()[name])
    frames = minimise(DATASETS[terms.dataset].make(held, TAKING), terms, as_at=DAY)
    data = FORMATS[terms.format].render(frames, terms)
    assert verified(data, frames, terms).pupils
    return frames, data


def texts(name):
    data = file_of(name)[1]
    if not name.endswith("roster"):
        return {name: data.decode("utf-8-sig")}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {each: package.read(each).decode() for each in package.namelist()}


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_every_agreement_with_a_supplier_is_tested_here():
    kinds = {c.id for c in deployment().agreements if c.agreement and c.agreement.recipient.kind == "supplier"}
    assert kinds == set(SUPPLIERS)


@pytest.mark.parametrize("name", sorted(HEADINGS))
def test_the_columns_are_the_suppliers_own(name):
    assert texts(name)[name].splitlines()[0].split(",") == HEADINGS[name].split()


@pytest.mark.parametrize("name", SUPPLIERS)
def test_no_supplier_gets_a_upn_or_a_number_of_a_register(name):
    told = "".join(texts(name).values())
    assert not re.search(r"\b[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]\b", told)
    for table, column in (("upn", "upn"), ("pupil", "uln"), ("pupil", "nhs_number")):
        held = snapshots()[name].get(table)
        known = [] if held is None else held[column].dropna().tolist()
        assert not [number for number in known if number in told]


@pytest.mark.parametrize("name", SUPPLIERS)
def test_a_file_is_the_same_however_much_more_the_mis_was_asked_for(name):
    terms = agreement(name)
    everything = {table: declared.empty() for table, declared in CANONICAL.items()}
    for frames in snapshots().values():
        everything |= {table: frame for table, frame in frames.items() if len(frame.columns) and table != "pupil"}
    everything["pupil"] = snapshots()[name].get("pupil", everything["pupil"])
    frames = minimise(DATASETS[terms.dataset].make(everything, TAKING), terms, as_at=DAY)
    assert FORMATS[terms.format].render(frames, terms) == file_of(name)[1]


@pytest.mark.parametrize("name", ["supplier_tracking_leavers", "supplier_roster_leavers"])
def test_a_request_to_delete_reads_nothing_of_a_person_and_says_an_id(name):
    read = snapshots()[name]
    assert not read.keys() & {"contact", "address"}
    assert read["pupil"].drop(columns=["pupil_id", "source"]).isna().all(axis=None)
    assert len(set(texts(name)[name].splitlines())) == len(file_of(name)[0]["former"]) + 1


def test_the_dining_room_knows_who_has_free_meals_and_what_nobody_may_eat_and_no_contact():
    told = rows(texts("supplier_catering")["supplier_catering"])
    assert {row["Free_Meals"] for row in told} == {"Y", "N"}
    assert not snapshots()["supplier_catering"].keys() & {"contact", "address", "sen_status"}


def test_the_roster_is_of_years_7_to_11_with_a_class_and_a_teacher_for_each_pupil():
    package = texts("supplier_roster")
    users, roles, enrolled = (rows(package[f"{name}.csv"]) for name in ("users", "roles", "enrollments"))
    pupils = {row["userSourcedId"] for row in roles if row["role"] == "student"}
    assert {row["grades"] for row in users if row["sourcedId"] in pupils} <= {"7", "8", "9", "10", "11"}
    assert pupils == {row["userSourcedId"] for row in enrolled if row["role"] == "student"}
    taught = {row["classSourcedId"] for row in enrolled if row["role"] == "teacher"}
    assert taught <= {row["sourcedId"] for row in rows(package["classes.csv"])}
    assert all(row["email"] for row in users)
    assert problems(file_of("supplier_roster")[0], agreement("supplier_roster")) == ()


def test_no_roster_asks_for_a_birth_date_to_send_or_a_sex_or_an_ethnicity():
    held = snapshots()["supplier_roster"]["pupil"]
    assert held[["sex", "ethnicity", "uln", "nhs_number"]].isna().all(axis=None)
    born = {day.isoformat() for day in held["dob"].dropna()}
    assert not [text for text in texts("supplier_roster").values() if any(day in text for day in born)]


@pytest.mark.parametrize(("formula", "cell"), [("neutralise", "'=1+1"), ("raw", "=1+1")])
def test_a_formula_in_a_name_is_handled_as_the_agreement_declares(formula, cell):
    terms = agreement("supplier_texts")
    terms = dataclasses.replace(terms, dialect=dataclasses.replace(terms.dialect, formula=formula))
    frame = file_of("supplier_texts")[0]["roll"]
    frames = {"roll": frame.assign(surname=frame["surname"].mask(frame.index == 0, "=1+1"))}
    data = FORMATS["csv"].render(frames, terms)
    assert verified(data, frames, terms)
    assert [row["Surname"] for row in rows(data.decode("utf-8-sig"))].count(cell) == 1

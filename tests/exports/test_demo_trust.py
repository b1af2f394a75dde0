"""The demo trust's folder agrees with itself and with the invented schools."""

import pytest

from exports.gateways import load_gateways
from pipelines.trust import load_trust
from schemas.census.collection import COLLECTIONS, collection
from schemas.census.layout import layout
from simulator.world.schools import DEMO_SCHOOLS
from tests.exports.trust_folder import FOLDER, compiled

TRUST = load_trust(FOLDER)
TERMS = ("AUT", "SPR", "SUM")
RETURNS = {"joiner", "leaver", "absence", "sickness", "suspension_notice"}
"""What every school tells its authority by law, whatever else."""
SAME = ("urn", "la_number", "estab", "name", "phase", "establishment")


def test_its_schools_are_the_simulators():
    told = [tuple(getattr(school, name) for name in SAME) for school in TRUST.schools.values()]
    assert told == [tuple(getattr(school, name) for name in SAME) for school in DEMO_SCHOOLS]
    asked = {school.urn: school.mis.application for school in TRUST.schools.values() if school.mis.kind == "arbor"}
    assert asked == {each.urn: each.application_id for each in DEMO_SCHOOLS if each.urn in asked}
    assert {school.mis.kind for school in TRUST.schools.values()} == {"arbor", "reports"}


def test_no_secret_is_written_down():
    text = (FOLDER / "trust.toml").read_text(encoding="utf-8")
    assert all(school.secret not in text for school in DEMO_SCHOOLS)
    assert all(school.mis.secret.startswith("env:") for school in TRUST.schools.values() if school.mis.kind == "arbor")
    assert all(not school.mis.secret for school in TRUST.schools.values() if school.mis.kind == "reports")


def test_the_calendar_speaks_of_every_agreement_and_of_nothing_else():
    subjects = {row.subject for row in TRUST.calendar.occasions}
    feeds = {name for name, each in compiled().items() if each.agreement.dataset != "census"}
    assert subjects == feeds | set(COLLECTIONS)


@pytest.mark.parametrize("key", list(COLLECTIONS))
def test_the_calendar_has_the_census_dates_of_the_collection(key):
    (row,) = [row for row in TRUST.calendar.occasions if row.subject == key]
    census = collection(key)
    assert (row.as_at, row.due) == (census.reference_date, census.deadline)


@pytest.mark.parametrize("urn", list(TRUST.schools))
def test_every_school_has_a_census_agreement_for_each_term_and_its_own_authoritys_returns(urn):
    covering = [each.agreement for each in compiled().values() if each.agreement.covers(urn)]
    department = [each for each in covering if each.recipient.id == "dfe"]
    assert sorted((each.dataset, *each.terms) for each in department) == [("census", term) for term in TERMS]
    authority = [each for each in covering if each.recipient.kind == "local_authority"]
    assert {each.dataset for each in authority} >= RETURNS
    assert {each.recipient.number for each in authority} == {TRUST.schools[urn].la_number}


@pytest.mark.parametrize("census", COLLECTIONS.values(), ids=list(COLLECTIONS))
def test_the_agreement_of_a_term_names_every_item_of_its_layout_and_no_other(census):
    items = {item.field for item in layout(census.academic_year).for_term(census.term).items}
    found = [each.agreement for each in compiled().values() if census.term_code in each.agreement.terms]
    assert all(set(each.fields) == items for each in found)
    assert [each.id for each in found if each.recipient.id == "dfe"] == [f"dfe_{census.key.partition('-')[2]}_census"]


def test_every_agreement_cites_gateways_that_bind_all_its_schools():
    register = load_gateways()
    for each in compiled().values():
        kinds = {TRUST.schools[urn].establishment for urn in each.agreement.schools}
        assert all(register[line.gateway].binds_establishment(kind) for line in each.agreement.lines for kind in kinds)

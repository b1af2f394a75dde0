"""What the MIS is asked for: a census asks for nothing that only feeds read."""

import pytest

from assets.plan import census_plan
from connectors.arbor.sources import own_fields, requests
from connectors.mis import Plan
from schemas.canonical import CANONICAL, FEEDS_ONLY
from schemas.census.collection import COLLECTIONS, collection

FEED_ENTITIES = {
    "Guardian", "StudentGuardianRelationship", "StudentDestination", "StudentStandardizedAssessmentMark", "Staff",
    "AcademicUnit", "AcademicUnitEnrolment", "Term", "Consent", "ChildProtectionStatusAssignment", "MedicalCondition",
    "DietaryRequirement", "PersonImpairment", "UkDfe_PupilPremiumRecipient", "UkJcq_UciAssignment",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(COLLECTIONS))
def test_a_census_asks_for_nothing_that_only_feeds_read(key):
    plan = census_plan(collection(key))
    assert not any(columns & FEEDS_ONLY.get(name, frozenset()) for name, columns in plan.tables.items())
    assert not requests(plan).keys() & FEED_ENTITIES
    assert own_fields(plan) <= {"service_child", "full_time_employed"}


def test_everything_there_is_asks_for_all_of_it():
    everything = Plan({name: frozenset(table.names) for name, table in CANONICAL.items()})
    assert requests(everything).keys() >= FEED_ENTITIES
    assert own_fields(everything) >= {"nino", "nass", "sharing_refused"}

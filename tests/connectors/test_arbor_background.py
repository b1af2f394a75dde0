"""Tables that no census reads, held against the store behind the server."""

import datetime as dt

import pytest

from connectors.arbor.sources import requests
from connectors.mis import TornSnapshot
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.canonical_feeds import FEED_TABLES
from schemas.wording import counted
from simulator.arbor import ArborServer
from simulator.arbor.names import href
from simulator.world import days
from simulator.world.refs import Ref
from tests.connectors.arbor_school import Mis, plan, trust
from tests.connectors.test_arbor_tables import Oracle, dated, held, records

TABLES = [table.name for table in FEED_TABLES]


@pytest.fixture(scope="module", params=["900002", "900004"])
def both(request, stage):
    """A snapshot of a primary and a secondary school, and the store it came from."""
    stage.app = ArborServer(trust(), days.CENSUS_DAY)
    school = Mis(stage.url, stage.app, request.param)
    return school.snapshot(plan(*TABLES, "pupil", "enrolment")), Oracle(school.store)


def test_every_table_is_as_declared(both):
    frames = both[0].frames
    for name in TABLES:
        conforms(frames[name], CANONICAL[name])


def test_dated_tables_are_the_store_again(both):
    frames, oracle = both[0].frames, both[1]
    expected = {
        ("social_worker", "kind"): dated(oracle, "ChildProtectionStatusAssignment", "childProtectionStatus.code"),
        ("pupil_premium",): dated(oracle, "UkDfe_PupilPremiumRecipient"),
    }
    for (name, *columns), rows in expected.items():
        assert held(frames[name], "pupil_id", *columns, "start_date", "end_date") == rows, name


def test_school_history_names_each_school_by_its_numbers(both):
    frames, oracle = both[0].frames, both[1]
    where = ("localAuthority.authorityCode", "establishmentNumber", "urn", "educationalInstitutionName")
    paths = [("educationalInstitution", *path.split(".")) for path in where]
    assert held(frames["school_history"], "pupil_id", "la_number", "estab", "urn", "name", "leaving_date") == {
        href("StudentEducationalHistory", row["id"]): (
            str(row["student"].id), *(oracle.get(row, *path) for path in paths), row["leavingDate"],
        )
        for row in oracle["StudentEducationalHistory"]
    }  # fmt: skip


def test_statutory_results_are_told_and_the_schools_own_left_out_and_counted(both):
    snapshot, oracle = both
    frame = snapshot.frames["assessment_result"]
    rows = oracle["StudentStandardizedAssessmentMark"]
    own = [row for row in rows if row["standardizedAssessment"].id == "SPELLING_AGE"]
    assert held(frame, "pupil_id", "year", "result") == {
        href("StudentStandardizedAssessmentMark", row["id"]): (
            str(row["student"].id), row["assessmentDate"].year,
            row["markGrade"].id if row["markGrade"] else str(row["markInteger"]),
        )
        for row in rows if row not in own
    }  # fmt: skip
    assert frame["stage"].isin(["FSP", "PHO", "KS1", "KS2", "MTC"]).all()
    left_out = {default.name: default.count for default in snapshot.defaults}
    assert left_out.get("assessment-not-statutory", 0) == len(own)


def test_pupils_have_what_is_recorded_in_rows_of_their_own(both):
    frames, oracle = both[0].frames, both[1]

    def of(entity, owner, value):
        return {row[owner]: value(row) for row in oracle[entity]}

    emails = of("EmailAddress", "emailAddressOwner", lambda row: row["emailAddress"])
    numbers = of("UkJcq_UciAssignment", "student", lambda row: row["uci"])
    ill = {row["person"] for row in oracle["MedicalCondition"] if row["endDate"] is None}
    expected = {}
    for row in oracle["Student"]:
        who = Ref("Student", row["id"])
        diets = sorted(
            need["dietaryRequirementType"].id.replace("_", " ").capitalize()
            for need in oracle["DietaryRequirement"]
            if need["person"] == who
        )
        expected[href("Student", row["id"])] = (
            emails.get(who), numbers.get(who), ", ".join(diets) or None, True if who in ill else None,
            oracle.get(row, "homeLocalAuthority", "authorityCode"), row["ethnicitySource"],
        )  # fmt: skip
    columns = ("email", "uci", "dietary", "medical_flag", "home_la", "ethnicity_source")
    assert held(frames["pupil"], *columns) == expected


def test_contacts_have_second_numbers_lines_and_what_a_meals_check_asks(both):
    frames, oracle = both[0].frames, both[1]
    second = {r["numberOwner"]: r["number"] for r in oracle["TelephoneNumber"] if r["telephoneNumberRanking"] == 2}
    own = {(r["entity"], r["userDefinedField"].id): r["value"] for r in oracle["UserDefinedRecord"]}
    assert held(frames["contact"], "phone2", "middle_names", "dob", "nino", "nass") == {
        href("StudentGuardianRelationship", row["id"]): (
            second.get(row["guardian"]), oracle.get(row, "guardian", "person", "legalMiddleNames"),
            oracle.get(row, "guardian", "person", "dateOfBirth"), own.get((row["guardian"], "NINO")),
            own.get((row["guardian"], "NASS")),
        )
        for row in oracle["StudentGuardianRelationship"]
    }  # fmt: skip
    contact = frames["contact"]
    apart = contact[contact["address"].notna()]
    assert len(apart) > 0
    assert contact.loc[contact["address"].isna(), ["line1", "line2", "town", "postcode"]].isna().all(axis=None)
    for line1, postcode, address in records(apart, "line1", "postcode", "address"):
        assert address.replace(",", "").startswith(line1.replace(",", ""))
        assert address.endswith(postcode)


def test_plans_come_from_the_schools_own_fields_one_row_a_pupil(both):
    frames, oracle = both[0].frames, both[1]
    said = {}
    for row in oracle["UserDefinedRecord"]:
        if row["entity"].entity == "Student":
            said.setdefault(str(row["entity"].id), {})[row["userDefinedField"].id] = row["value"]
    expected = {
        (
            pupil, values.get("INTENDED_ACTIVITY"), values.get("INTENDED_PROVIDER"),
            {"true": True, "false": False}.get(values.get("OFFER_MADE")),
            {"true": True, "false": False}.get(values.get("SHARING_REFUSED")),
            dt.date.fromisoformat(values["INTENTION_RECORDED"]),
        )
        for pupil, values in said.items() if "INTENTION_RECORDED" in values
    }  # fmt: skip
    columns = ("pupil_id", "activity", "provider", "offer", "sharing_refused", "recorded_date")
    assert set(records(frames["intended_destination"], *columns)) == expected


def test_groups_hang_together_and_headings_are_none(both):
    frames, oracle = both[0].frames, both[1]
    groups = set(frames["teaching_group"]["group_id"])
    assert groups == set(frames["group_pupil"]["group_id"]) == set(frames["group_staff"]["group_id"])
    assert len(groups) == len(oracle["AcademicUnit"]) - 1
    assert set(frames["group_staff"]["staff_id"]) <= set(frames["staff"]["staff_id"])
    assert set(frames["teaching_group"]["academic_year"]) <= set(frames["academic_year"]["academic_year"])
    assert set(frames["staff"]["role"]) == {"HEAD_TEACHER", "OFFICE", "TEACHER"}
    assert frames["staff"]["email"].str.startswith("staff").all()
    assert len(frames["term"]) == len(oracle["Term"])


def test_a_leavers_destination_has_its_numbers_and_its_kind(both):
    frames, oracle = both[0].frames, both[1]
    going = {row["student"].id: row for row in oracle["StudentDestination"]}
    left = [row for row in oracle["EducationalInstitutionEnrolment"] if row["leavingDate"]]
    assert {row[0]: row[1:] for row in records(
        frames["enrolment"].dropna(subset=["leaving_date"]), "pupil_id", "destination", "destination_la",
        "destination_estab", "destination_type",
    )} == {
        str(row["student"].id): _where(oracle, going.get(row["student"].id)) for row in left
    }  # fmt: skip


def _where(oracle, row):
    if row is None:
        return (None, None, None, None)
    linked = row["linkedRecord"]
    school = linked if linked is not None and linked.entity == "EducationalInstitution" else None
    return (
        oracle.get(school, "educationalInstitutionName") if school else None,
        oracle.get(school, "localAuthority", "authorityCode") if school else None,
        oracle.get(school, "establishmentNumber") if school else None,
        row["studentDestinationType"].id,
    )


@pytest.mark.parametrize(
    ("linked", "torn"),
    [(Ref("Company", 1), False), (None, False), (Ref("EducationalInstitution", 9_999), True)],
    ids=["an employer", "nothing", "a school that is not listed"],
)
def test_a_destination_that_is_no_school_is_not_a_broken_reference(mis, linked, torn):
    school = mis("900004")
    rows = school.store["StudentDestination"]
    school.store["StudentDestination"] = [{**row, "linkedRecord": linked} for row in rows]
    if torn:
        with pytest.raises(TornSnapshot, match="EducationalInstitution"):
            school.snapshot(plan("enrolment"))
        return
    frame = school.snapshot(plan("enrolment")).frames["enrolment"]
    assert frame["destination"].isna().all()
    assert frame["destination_type"].notna().sum() == len(rows)


AGREED, REFUSED = dt.datetime(2026, 9, 4), dt.datetime(2026, 9, 22)  # noqa: DTZ001 - Arbor's days have no zone


@pytest.mark.parametrize(
    ("consented", "rejected", "answer"),
    [
        (AGREED, None, (True, AGREED.date())), (None, REFUSED, (False, REFUSED.date())),
        (AGREED, REFUSED, (False, REFUSED.date())), (REFUSED, AGREED, (True, REFUSED.date())), (None, None, None),
    ],
    ids=["given", "refused", "withdrawn", "given after all", "not answered"],
)  # fmt: skip
def test_the_latest_answer_is_the_consent(mis, consented, rejected, answer):
    school = mis("900002")
    first, *others = school.store["Consent"]
    school.store["Consent"] = [{**first, "consentedDatetime": consented, "rejectedDatetime": rejected}, *others]
    frame = school.snapshot(plan("consent")).frames["consent"]
    found = held(frame, "given", "on", "by", "purpose").get(href("Consent", first["id"]))
    assert found == (None if answer is None else (*answer, "parent", first["consentType"].id.lower()))


@pytest.mark.parametrize(
    ("tables", "fields"),
    [
        (("service_child",), {"SERVICE_CHILD"}), (("contact",), {"NINO", "NASS"}),
        (("service_child", "contact"), {"SERVICE_CHILD", "NINO", "NASS"}),
    ],
    ids=["service", "parents", "both"],
)  # fmt: skip
def test_only_the_schools_own_fields_that_are_needed_are_read(mis, tables, fields):
    school = mis("900004")
    resource = school.snapshot(plan(*tables)).certificate["resources"]["user-defined-records"]
    assert resource["rows"] == sum(row["userDefinedField"].id in fields for row in school.store["UserDefinedRecord"])
    assert set(resource["filters"].values()) == {counted(len(fields), "reference")}


def test_a_school_that_has_none_of_the_fields_gives_no_value_of_any(mis):
    school = mis("900004")
    school.store["UserDefinedField"] = [{**row, "identifier": "OTHER"} for row in school.store["UserDefinedField"]]
    snapshot = school.snapshot(plan("contact"))
    assert snapshot.certificate["resources"]["user-defined-records"]["rows"] == 0
    assert snapshot.frames["contact"]["nino"].isna().all()


def test_requests_stay_bounded_whatever_the_pupils(both):
    assert both[0].certificate["requests"] < 4 * len(requests(plan(*TABLES, "pupil", "enrolment"))), (
        "each list is read in two rounds"
    )

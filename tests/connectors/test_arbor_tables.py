"""The connector against a server equals the store behind the server, told again here row by row and slowly."""

import datetime as dt

import pytest

from connectors.mis import Plan
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from simulator.arbor import ArborServer
from simulator.arbor.names import href
from simulator.world import days
from simulator.world.refs import Ref
from tests.connectors.arbor_school import Mis, plan, trust

URNS = [school.urn for school in trust().schools]
SPRING = days.CENSUS_DAYS["2027-spring"]


class Oracle:
    """The store, followed reference by reference."""

    def __init__(self, store):
        self.store = store
        self.rows = {}

    def __getitem__(self, entity):
        return self.store[entity]

    def get(self, ref, *names):
        for name in names:
            if ref is None:
                return None
            if isinstance(ref, Ref):
                if ref.entity not in self.rows:
                    self.rows[ref.entity] = {row["id"]: row for row in self.store[ref.entity]}
                ref = self.rows[ref.entity][ref.id]
            ref = ref[name]
        return ref


def records(frame, *columns):
    return [
        tuple(row) for row in frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None).to_numpy()
    ]


def by_source(rows, entity, make):
    return {href(entity, row["id"]): make(row) for row in rows}


def held(frame, *columns):
    return {row[0]: row[1:] for row in records(frame, "source", *columns)}


def dated(oracle, entity, *paths, start="startDate", end="endDate"):
    return by_source(
        oracle[entity], entity,
        lambda row: (
            str(row["student"].id), *(oracle.get(row, *path.split(".")) for path in paths), row[start], row[end],
        ),
    )  # fmt: skip


def one_day_less(moment):
    return moment and (moment - dt.timedelta(days=1)).date()


@pytest.fixture(scope="module", params=URNS)
def both(request, stage):
    """A snapshot of one school of each kind, and the store it came from."""
    stage.app = ArborServer(trust(), days.CENSUS_DAY)
    school = Mis(stage.url, stage.app, request.param)
    return school.snapshot(plan()).frames, Oracle(school.store)


def test_every_table_is_the_store_again(both):
    frames, oracle = both
    assert set(frames) == set(CANONICAL)
    for name, frame in frames.items():
        conforms(frame, CANONICAL[name])
    dates = ("start_date", "end_date")
    simple = {
        "nc_year": (("nc_year",), dated(oracle, "AcademicLevelMembership", "academicLevel.curriculumGrade.d00020")),
        "registration_group": (("name",), dated(oracle, "RegistrationFormMembership", "registrationForm.shortName")),
        "attendance_pattern": (
            ("part_time",),
            dated(oracle, "StudentAttendancePattern", "attendancePattern.isPartTime"),
        ),
        "sen_status": (
            ("provision", "sen_unit", "resourced"),
            dated(oracle, "SenStatusAssignment", "senStatus.d00229", "isMemberOfSenUnit", "hasResourcedProvision"),
        ),
        "sen_need": (
            ("sen_type", "rank"),
            dated(oracle, "SenNeed", "senNeedType.d00237", "ranking", start="effectiveDate"),
        ),
    }
    for name, (columns, expected) in simple.items():
        assert held(frames[name], "pupil_id", *columns, *dates) == expected, name
    assert held(frames["upn"], "pupil_id", "upn", *dates) == by_source(
        oracle["UkDfe_UpnAssignment"], "UkDfe_UpnAssignment",
        lambda row: (str(row["student"].id), row["upn"], row["startDatetime"].date(), one_day_less(row["endDatetime"])),
    )  # fmt: skip
    assert held(frames["enrol_status"], "pupil_id", "status", *dates) == by_source(
        oracle["EnrolmentModeAssignment"], "EnrolmentModeAssignment",
        lambda row: (
            str(oracle.get(row, "academicYearEnrolment", "student").id), oracle.get(row, "enrolmentMode", "d00018"),
            row["startDate"], row["endDate"],
        ),
    )  # fmt: skip
    spell = ("entry_date", "leaving_date", "removal_ground", "leaving_reason")
    assert held(frames["enrolment"], "pupil_id", *spell) == by_source(
        oracle["EducationalInstitutionEnrolment"], "EducationalInstitutionEnrolment",
        lambda row: (
            str(row["student"].id), row["entryDate"], row["leavingDate"], row["removalGrounds"],
            oracle.get(row, "unenrolmentReason", "d00206"),
        ),
    )  # fmt: skip
    marks = by_source(
        oracle["AttendanceRollCallRecord"], "AttendanceRollCallRecord",
        lambda row: (
            str(row["student"].id), row["recordDate"], row["attendanceRollCall"].id,
            oracle.get(row, "attendanceMark", "attendanceMark"),
        ),
    )  # fmt: skip
    assert held(frames["attendance_mark"], "pupil_id", "date", "session", "code") == marks


def test_pupils_are_the_store_again(both):
    frames, oracle = both
    first = {row["person"]: oracle.get(row, "language") for row in oracle["LanguageAbility"] if row["isFirstLanguage"]}
    columns = (
        "surname",
        "forename",
        "middle_names",
        "preferred_surname",
        "sex",
        "dob",
        "uln",
        "ethnicity",
        "funded_hours",
        "language",
    )

    def expected(row):
        language = first.get(Ref("Student", row["id"])) or first.get(row["person"])
        uln, hours = row["uniqueLearnerNumber"], row["fundedHours"]
        return (
            str(row["id"]), oracle.get(row, "person", "legalLastName"), oracle.get(row, "person", "legalFirstName"),
            oracle.get(row, "person", "legalMiddleNames"), oracle.get(row, "person", "preferredLastName"),
            {"MALE": "M", "FEMALE": "F"}[oracle.get(row, "person", "gender").id],
            oracle.get(row, "person", "dateOfBirth"),
            uln and str(uln), oracle.get(row, "ethnicity", "d00005"), hours and float(hours),
            language and (oracle.get(language, "d00011Alpha4") or oracle.get(language, "d00011Alpha3")),
        )  # fmt: skip

    assert held(frames["pupil"], "pupil_id", *columns) == by_source(oracle["Student"], "Student", expected)


def test_the_school_is_itself_and_not_a_partner(both):
    frames, oracle = both
    own = next(row for row in oracle["EducationalInstitution"] if row["censusSchoolPhase"])
    identity = next(school.identity for school in trust().schools if school.urn == own["urn"])
    columns = (
        "urn",
        "la_number",
        "estab",
        "ukprn",
        "name",
        "phase",
        "lowest_nc_year",
        "highest_nc_year",
        "email",
        "phone",
    )
    expected = (
        identity.urn, identity.la_number, identity.estab, identity.ukprn, identity.name, identity.phase,
        identity.lowest_nc_year, identity.highest_nc_year, identity.email, identity.phone,
    )  # fmt: skip
    assert records(frames["school"], *columns) == [expected]


def test_contacts_have_their_details(both):
    frames, oracle = both
    emails = {row["emailAddressOwner"]: row["emailAddress"] for row in reversed(oracle["EmailAddress"])}
    homes = {
        row["occupant"]: row["postalAddress"] for row in oracle["PostalAddressOccupancy"] if row["endDate"] is None
    }

    def expected(row):
        theirs = homes.get(row["guardian"])
        return (
            str(row["student"].id), oracle.get(row, "guardian", "person", "legalLastName"), row["isLegalGuardian"],
            row["emergencyContactPriority"] and int(row["emergencyContactPriority"]), emails.get(row["guardian"]),
            bool(row["accessNotes"]), None if theirs is None else theirs == homes.get(row["student"]),
        )  # fmt: skip

    columns = ("surname", "parental_responsibility", "priority", "email", "court_order", "lives_with_pupil")
    relationships = oracle["StudentGuardianRelationship"]
    assert held(frames["contact"], "pupil_id", *columns) == by_source(
        relationships, "StudentGuardianRelationship", expected
    )
    assert frames["contact"].loc[frames["contact"]["lives_with_pupil"].fillna(value=False), "address"].isna().all()


def test_addresses_are_structured_or_lines_and_never_both(both):
    frames, _ = both
    address = frames["address"]
    assert (address["paon"].notna() ^ address["line1"].notna()).all()
    assert address["postcode"].dropna().str.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}").all()


def test_study_hangs_together(mis):
    frames = mis("900004").snapshot(plan("programme_aim", "learning_aim", "work_placement", "post16_year")).frames
    programmes, aims = frames["programme_aim"], frames["learning_aim"]
    assert len(programmes) > 0
    assert len(aims) > 0
    assert set(aims["programme_id"]) <= set(programmes["programme_id"])
    assert set(frames["work_placement"]["aim_id"]) <= set(aims["aim_id"]) | set(programmes["programme_id"])
    assert set(programmes["status"].dropna()) <= set("1234")


def test_only_what_the_plan_names_is_asked_for_and_kept(mis):
    school = mis("900002")
    snapshot = school.snapshot(Plan({"sen_status": frozenset({"provision"}), "pupil": frozenset({"dob"})}))
    asked = {entity for entity, pages in school.app.school("900002").pages.items() if pages}
    assert asked == {
        "EducationalInstitution",
        "LocalAuthority",
        "Student",
        "Person",
        "SenStatusAssignment",
        "SenStatus",
    }
    assert set(snapshot.frames) == {"sen_status", "pupil"}
    filled = {
        name: {column for column in frame if frame[column].notna().any()} for name, frame in snapshot.frames.items()
    }
    assert filled["pupil"] == {"pupil_id", "source", "dob"}
    assert filled["sen_status"] <= {"pupil_id", "source", "provision", "start_date", "end_date"}


def test_attendance_is_read_for_the_window_alone(mis):
    school = mis("900002")
    first, last = dt.date(2026, 6, 15), dt.date(2026, 6, 19)
    marks = school.snapshot(plan("attendance_mark", attendance_from=first, attendance_to=last)).frames[
        "attendance_mark"
    ]
    expected = [row for row in school.store["AttendanceRollCallRecord"] if first <= row["recordDate"] <= last]
    assert len(marks) == len(expected) > 0
    assert (marks["date"].min(), marks["date"].max()) == (first, last)


def test_values_that_the_mis_does_not_give_are_named_and_counted(mis):
    snapshot = mis("900002").snapshot(plan("fsm", "service_child"))
    supplied = {(default.name, default.table, default.column): default.count for default in snapshot.defaults}
    assert supplied["fsm-country", "fsm", "uk_country"] == len(snapshot.frames["fsm"]) > 0
    assert supplied["service-child-start", "service_child", "start_date"] > 0


def test_an_unknown_code_is_carried_through_and_a_renamed_one_is_mapped(mis):
    school = mis("900002")
    store = school.app.school("900002").store
    store["EligibilityRecord"] = [
        {**row, "eligibility": Ref("Eligibility", "USER__MEALS")} for row in store["EligibilityRecord"]
    ]
    store["SenStatus"] = [{**row, "d00229": None} for row in store["SenStatus"]]
    frames = school.snapshot(plan("fsm", "sen_status")).frames
    assert set(frames["fsm"]["category"]) == {"USER__MEALS"}
    assert set(frames["sen_status"]["provision"]) <= {str(row["id"]) for row in store["SenStatus"]}
    named = mis("900002", app=school.app, codes={"eligibility": {"USER__MEALS": "TFSM"}})
    assert set(named.snapshot(plan("fsm")).frames["fsm"]["category"]) == {"TFSM"}


def test_the_certificate_counts_every_list_and_tells_no_value(mis):
    school = mis("900004")
    snapshot = school.snapshot(plan())
    resources = snapshot.certificate["resources"]
    for entry in resources.values():
        assert entry["listed"] == entry["fetched"] == entry["rows"]
        assert len(entry["sha256"]) == 64
    assert resources["students"]["rows"] == len(school.store["Student"])
    assert snapshot.certificate["stable"] is True
    assert snapshot.certificate["requests"] == school.app.school("900004").requests
    surnames = {row["legalLastName"] for row in school.store["Person"]}
    assert not {word for word in surnames if word and len(word) > 3 and word in str(snapshot.certificate)}
    assert school.progress["attendance-roll-call-records"] == resources["attendance-roll-call-records"]["rows"]


def test_suspensions_count_sessions_and_rank_reasons(both):
    frames, oracle = both
    more = {}
    for row in oracle["ExclusionExclusionReason"]:
        more.setdefault(row["exclusion"], []).append(oracle.get(row, "exclusionReason", "d00024"))

    def expected(row):
        days, sessions = row["statisticalDaysExcluded"], row["schoolDefinedSessionsExcluded"]
        reasons = [oracle.get(row, "exclusionReason", "d00024"), *more.get(Ref("FixedPeriodExclusion", row["id"]), [])]
        return (
            str(row["student"].id), "LNCH" if row["dailyStartTime"] else "SUSP", row["fromDatetime"].date(),
            round(days * 2) if sessions is None else sessions, *[*reasons, None, None][:3],
        )  # fmt: skip

    frame = frames["suspension"]
    fixed = frame[frame["category"] != "PERM"]
    columns = ("category", "start_date", "sessions", "reason1", "reason2", "reason3")
    assert held(fixed, "pupil_id", *columns) == by_source(
        oracle["FixedPeriodExclusion"], "FixedPeriodExclusion", expected
    )
    kept = {
        href("PermanentExclusion", row["id"])
        for row in oracle["PermanentExclusion"]
        if not row["excludeFromSchoolCensus"]
    }
    assert set(frame[frame["category"] == "PERM"]["source"]) == kept


def test_care_and_what_came_after_it_are_told_apart(both):
    frames, oracle = both
    counts = {True: set(), False: set()}
    for row in oracle["InCareStatusAssignment"]:
        counts[oracle.get(row, "inCareStatus", "countsAsInCareStatus")].add(str(row["student"].id))
    assert set(frames["in_care"]["pupil_id"]) == counts[True]
    assert set(frames["pupil"].loc[frames["pupil"]["plaa"].notna(), "pupil_id"]) == counts[False]
    assert set(frames["pupil"]["plaa"].dropna()) <= set("AGRCO")


@pytest.mark.parametrize("urn", URNS)
def test_a_young_carer_has_who_said_so_and_since_when(mis, urn):
    """Nobody is one on the autumn census day, so the store is that of the spring."""
    school = mis(urn, app=ArborServer(trust(), SPRING))
    rows = school.store["UkDfe_YoungCarerStatusAssignment"]
    expected = by_source(
        rows, "UkDfe_YoungCarerStatusAssignment",
        lambda row: (
            str(row["student"].id), {"PARENT": "P", "SCHOOL": "S"}[row["identifiedBy"]], row["startDate"],
            row["endDate"],
        ),
    )  # fmt: skip
    frame = school.snapshot(plan("young_carer")).frames["young_carer"]
    assert held(frame, "pupil_id", "status", "start_date", "end_date") == expected
    assert set(frame["status"]) == {"P", "S"}
    assert frame["end_date"].notna().any()


@pytest.mark.parametrize(("identified", "status"), [("SCHOOL", "S"), ("Social worker", "Social worker"), (None, None)])
def test_who_identified_a_carer_is_mapped_carried_through_or_missing(mis, identified, status):
    school = mis("900002", app=ArborServer(trust(), SPRING))
    store = school.store
    store["UkDfe_YoungCarerStatusAssignment"] = [
        {**row, "identifiedBy": identified} for row in store["UkDfe_YoungCarerStatusAssignment"]
    ]
    frame = school.snapshot(plan("young_carer")).frames["young_carer"]
    assert [value for (value,) in records(frame, "status")] == [status] * 3


def test_a_school_that_says_carer_in_its_own_words_names_them_in_its_settings(mis):
    school = mis("900002", app=ArborServer(trust(), SPRING), codes={"young_carer": {"PARENT": "S"}})
    assert set(school.snapshot(plan("young_carer")).frames["young_carer"]["status"]) == {"S"}

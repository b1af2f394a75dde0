"""A school census writer that owes nothing to ours: strings put together by hand, as a MIS might.

It was written from the published structure of the return (`structure.md` of the facts), for the autumn term, and knows
neither the layout table nor the renderer. It indents, ends lines as Windows does and escapes only what must be. Asked
to, it plants differences of tag, case, place, order, window and value, each by its name in `DIFFERENCES`.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import pandas as pd

TAG_SURNAME = "tag: Surname is called LastName"
TAG_SESSIONS = "tag: Sessions has its name of 2019"
TAG_RELIGION = "tag: an item that nobody collects"
CASE_DOB = "case: DOB is Dob"
CASE_FSM = "case: FSMperiod is FSMPeriod"
CASE_SEN = "case: SENprovision is SenProvision"
PLACE_SERVICE = "place: ServiceChild is in the status"
ORDER_MIDDLE = "order: MiddleNames after PreferredSurname"
ORDER_PART_TIME = "order: PartTime before EntryDate"
ORDER_ATTENDANCE = "order: Attendance before Exclusions"
WINDOW_FSM = "window: free school meals that ended long ago"
WINDOW_SUSPENSION = "window: a suspension of two years ago"
VALUE_LANGUAGE = "value: one pupil's language"
VALUE_ENTRY = "value: one entry date in British form"
VALUE_POSSIBLE = "value: one pupil's possible sessions"

DIFFERENCES = (
    TAG_SURNAME, TAG_SESSIONS, TAG_RELIGION, CASE_DOB, CASE_FSM, CASE_SEN, PLACE_SERVICE, ORDER_MIDDLE, ORDER_PART_TIME,
    ORDER_ATTENDANCE, WINDOW_FSM, WINDOW_SUSPENSION, VALUE_LANGUAGE, VALUE_ENTRY, VALUE_POSSIBLE,
)  # fmt: skip

Row = Mapping[str, Any]
CRLF = "\r\n"


def write(frames: Mapping[str, pd.DataFrame], planted: Container[str] = ()) -> bytes:
    """Return a file of the pupils of some tables, with the differences asked for."""
    return ('<?xml version="1.0" encoding="utf-8"?>' + CRLF + Writer(frames, planted).message()).encode()


class Writer:
    """One file being written."""

    def __init__(self, frames: Mapping[str, pd.DataFrame], planted: Container[str]) -> None:
        self.planted = planted
        self.tables = {name: rows_of(frame) for name, frame in frames.items()}
        self.by_pupil: dict[tuple[str, str], list[Row]] = {}
        for name, rows in self.tables.items():
            for row in rows:
                self.by_pupil.setdefault((name, row.get("pupil_id", "")), []).append(row)
        self.first = next(
            row["pupil_id"] for row in self.tables["pupil"] if row["section"] == "on_roll" and row["language"]
        )
        self.suspended = self.tables["exclusion"][0]["pupil_id"]

    def tag(self, usual: str, difference: str, planted: str) -> str:
        return planted if difference in self.planted else usual

    def message(self) -> str:
        on = [row for row in self.tables["pupil"] if row["section"] == "on_roll"]
        off = [row for row in self.tables["pupil"] if row["section"] == "off_roll"]
        pupils = box("PupilsOnRoll", [self.pupil("PupilOnRoll", row) for row in on])
        pupils += box("PupilsNoLongerOnRoll", [self.pupil("PupilNoLongerOnRoll", row) for row in off])
        return box("Message", [self.header(), self.school(), box("Pupils", [pupils])])

    def header(self) -> str:
        row = self.tables["header"][0]
        return box("Header", [
            box("CollectionDetails", [
                item("Collection", "SC"), item("Term", "AUT"), item("Year", row["year"]),
                item("ReferenceDate", row["reference_date"]),
            ]),
            box("Source", [
                item("SourceLevel", "S"), item("LEA", row["lea"]), item("Estab", row["estab"]), item("URN", row["urn"]),
                item("SoftwareCode", "AnotherMIS"), item("Release", "26.3"), item("Xversion", "1.0"),
                item("SerialNo", 7), item("DateTime", "2026-10-02T08:15:00"),
            ]),
        ])  # fmt: skip

    def school(self) -> str:
        row = self.tables["school"][0]
        return box("School", [box("SchoolCharacteristics", [
            item("SchoolName", row["school_name"]), item("Phase", row["phase"]), item("SchoolType", row["school_type"]),
            item("HighestNCyear", row["highest_nc_year"]), item("LowestNCyear", row["lowest_nc_year"]),
            item("Intake", row["intake"]), item("Governance", row["governance"]), item("Email", row["email"]),
            item("PhoneNo", row["phone_no"]),
        ])])  # fmt: skip

    def pupil(self, tag: str, row: Row) -> str:
        exclusions = box("Exclusions", [self.exclusion(each) for each in self.of("exclusion", row)])
        attendance = self.attendance(row)
        early = ORDER_ATTENDANCE in self.planted
        return box(tag, [
            self.identifiers(row), self.characteristics(row), self.status(row), self.needs(row),
            attendance if early else "", exclusions, self.home(row), "" if early else attendance,
            box("ProgrammeAims", [self.programme(each) for each in self.of("programme_aim", row)]),
            box("APPlacementDetails", [placement(each) for each in self.of("ap_placement", row)]),
        ])  # fmt: skip

    def of(self, table: str, row: Row, *keys: str) -> list[Row]:
        theirs = self.by_pupil.get((table, row["pupil_id"]), [])
        return [each for each in theirs if all(each[name] == row[name] for name in keys)]

    def identifiers(self, row: Row) -> str:
        middle, preferred = item("MiddleNames", row["middle_names"]), item("PreferredSurname", row["preferred_surname"])
        names = [preferred, middle] if ORDER_MIDDLE in self.planted else [middle, preferred]
        return box("PupilIdentifiers", [
            item("UPN", row["upn"]), item("UniqueLearnerNumber", row["uln"]), item("FormerUPN", row["former_upn"]),
            item(self.tag("Surname", TAG_SURNAME, "LastName"), row["surname"]), item("Forename", row["forename"]),
            *names, item("FormerSurname", row["former_surname"]), item("Sex", row["sex"]),
            item(self.tag("DOB", CASE_DOB, "Dob"), row["dob"]),
        ])  # fmt: skip

    def characteristics(self, row: Row) -> str:
        periods = [self.fsm(each) for each in self.of("fsm_period", row)]
        if WINDOW_FSM in self.planted and row["pupil_id"] == self.first:
            periods.append(self.fsm({"start_date": "2019-09-02", "end_date": "2020-07-17", "uk_country": "ENG"}))
        another = VALUE_LANGUAGE in self.planted and row["pupil_id"] == self.first
        return box("PupilCharacteristics", [
            box("FSMeligibility", periods),
            item("SchoolLunchTaken", row["school_lunch_taken"]),
            item("YSSA", row["yssa"]),
            item("Language", "GUJ" if another else row["language"]),
            "" if PLACE_SERVICE in self.planted else item("ServiceChild", row["service_child"]),
            item("FundedHours", row["funded_hours"]), item("ExtendedHours", row["extended_hours"]),
            item("ExpandedHours", row["expanded_hours"]), item("EligibilityCode", row["eligibility_code"]),
            item("HoursAtSetting", row["hours_at_setting"]), item("DAFIndicator", row["daf"]),
            box("FundingBasisItems", [item("FundingBasis", each["basis"]) for each in self.of("funding_basis", row)]),
            item("EYPPR", row["eyppr"]), item("EYPPBF", row["eyppbf"]),
            item("TopUpFunding", row["top_up_funding"]), item("PLAA", row["plaa"]),
            box("LearnerFAMs", [
                box("LearnerFAM", [item("LearnerFAMType", each["fam_type"]), item("LearnerFAMCode", each["fam_code"])])
                for each in self.of("learner_fam", row)
            ]),
            item("Religion", "not said") if TAG_RELIGION in self.planted else "",
        ])  # fmt: skip

    def fsm(self, row: Row) -> str:
        return box(self.tag("FSMperiod", CASE_FSM, "FSMPeriod"), [
            item("FSMstartDate", row["start_date"]), item("FSMEligibilityVerificationDate", row.get("verified_date")),
            item("FSMendDate", row["end_date"]), item("UKcountry", row["uk_country"]),
            item("FSMCategory", row.get("category")),
        ])  # fmt: skip

    def status(self, row: Row) -> str:
        british = VALUE_ENTRY in self.planted and row["pupil_id"] == self.first
        entry = item("EntryDate", f"{row['entry_date']:%d/%m/%Y}" if british else row["entry_date"])
        part_time = item("PartTime", row["part_time"])
        dates = [entry, item("LeavingDate", row["leaving_date"])]
        ordered = [part_time, *dates] if ORDER_PART_TIME in self.planted else [*dates, part_time]
        return box("PupilStatus", [
            item("EnrolStatus", row["enrol_status"]), item("ClassType", row["class_type"]), *ordered,
            item("Boarder", row["boarder"]), item("NCyearActual", row["nc_year_actual"]),
            item("NCyearLeaving", row["nc_year_leaving"]),
            item("QualHrs", row["qual_hrs"]), item("Non_qualHrs", row["non_qual_hrs"]),
            item("QualHrsPreviousYear", row["qual_hrs_previous_year"]),
            item("Non_qualHrsPreviousYear", row["non_qual_hrs_previous_year"]),
            item("TLevelQualHrs", row["t_level_qual_hrs"]), item("TLevelNonQualHrs", row["t_level_non_qual_hrs"]),
            item("FTEmp", row["ft_emp"]),
            *(
                item(f"{subject}GCSE{what}", row[f"{subject.lower()}_{name}"])
                for subject in ("Maths", "English")
                for what, name in (
                    ("HighestPriorAttainment", "grade"), ("PriorAttainmentYear11", "year11"),
                    ("FundingExemption", "exemption"), ("HighestPriorAttainmentPreviousYear", "grade_previous"),
                )
            ),
            item("ServiceChild", row["service_child"]) if PLACE_SERVICE in self.planted else "",
        ])  # fmt: skip

    def needs(self, row: Row) -> str:
        return box("SpecialEducationalNeeds", [
            item(self.tag("SENprovision", CASE_SEN, "SenProvision"), row["sen_provision"]),
            item("SENunitIndicator", one_or_nought(row["sen_unit"])),
            item("ResourcedProvisionIndicator", one_or_nought(row["resourced"])),
        ])  # fmt: skip

    def exclusion(self, row: Row) -> str:
        early = WINDOW_SUSPENSION in self.planted and row is self.tables["exclusion"][0]
        return box("TermlyExclusion", [
            item("Category", row["category"]), item("Reason1", row["reason1"]), item("Reason2", row["reason2"]),
            item("Reason3", row["reason3"]), item("StartDate", "2024-11-04" if early else row["start_date"]),
            item("Sessions", row["sessions"]), item("SENprovision", row["sen_provision"]),
        ])  # fmt: skip

    def home(self, row: Row) -> str:
        named = box("BS7666Address", [
            item("SAON", row["saon"]), item("PAON", row["paon"]), item("Street", row["street"]),
            item("Locality", row["locality"]), item("Town", row["town"]),
            item("AdministrativeArea", row["administrative_area"]), item("PostTown", row["post_town"]),
        ])  # fmt: skip
        lines = box("LineAddressFormat", [item(f"AddressLine{n}", row[f"line{n}"]) for n in range(1, 6)])
        where = [item("PostCode", row["postcode"]), item("UniquePropertyReferenceNumber", row["uprn"]), named, lines]
        return box("HomeInformation", [box("Address", where)])

    def attendance(self, row: Row) -> str:
        tags = {"term": "TermlyAttendance", "half_term_2": "SummerHalfTerm2Attendance"}
        periods = {each["period"]: each for each in self.of("attendance", row)}
        return box("Attendance", [self.period(tag, periods[name]) for name, tag in tags.items() if name in periods])

    def period(self, tag: str, row: Row) -> str:
        possible = row["sessions_possible"]
        if VALUE_POSSIBLE in self.planted and row is self.tables["attendance"][0]:
            possible += 4
        sessions = self.tag("Sessions", TAG_SESSIONS, "AbsenceSessions")
        details = [
            box("SessionDetail", [item("AttendanceReason", each["code"]), item(sessions, each["sessions"])])
            for each in self.of("session_detail", row, "period")
        ]
        return box(tag, [item("SessionsPossible", possible), box("SessionDetails", details)])

    def programme(self, row: Row) -> str:
        aims = [self.aim(each) for each in self.of("learning_aim", row, "programme_id")]
        return box("ProgrammeAim", [
            item("QN", row["qn"]), item("ProgType", row["prog_type"]), item("ProgrammeStartDate", row["start_date"]),
            item("ProgrammePlannedEndDate", row["planned_end_date"]),
            item("ProgrammeActualEndDate", row["actual_end_date"]), item("ProgrammeAimStatus", row["status"]),
            item("ProgrammeAimWithdrawalReason", row["withdrawal_reason"]), box("LearningAims", aims),
        ])  # fmt: skip

    def aim(self, row: Row) -> str:
        placements = [
            box("WorkPlacement", [
                item("WPStartDate", each["start_date"]), item("WPEndDate", each["end_date"]),
                item("WPHours", each["hours"]), item("WPMode", each["mode"]),
            ])
            for each in self.of("work_placement", row, "aim_id")
        ]  # fmt: skip
        return box("LearningAim", [
            item("QN", row["qn"]), item("SCC", row["scc"]), item("LearningStartDate", row["start_date"]),
            item("LearningPlannedEndDate", row["planned_end_date"]),
            item("LearningActualEndDate", row["actual_end_date"]), item("LearningAimStatus", row["status"]),
            item("LearningAimWithdrawalReason", row["withdrawal_reason"]), item("CoreAim", row["core"]),
            item("PartnerUKPRN", row["partner_ukprn"]), box("WorkPlacements", placements),
        ])  # fmt: skip


def placement(row: Row) -> str:
    return box("APPlacementDetail", [
        item("URN", row["urn"]), item("UKPRN", row["ukprn"]), item("CompanyNumber", row["company_number"]),
        item("APSettingType", row["setting_type"]), item("APPlacementPostcode", row["postcode"]),
        item("PlacementReason", row["reason"]), item("EntryDate", row["entry_date"]),
        item("LeavingDate", row["leaving_date"]), item("APAttendancePattern", row["pattern"]),
        item("APSessionsPerWeek", row["sessions_per_week"]), item("SENprovisionEntry", row["sen_entry"]),
        item("SENprovisionLeaving", row["sen_leaving"]),
    ])  # fmt: skip


def rows_of(frame: pd.DataFrame) -> list[Row]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def item(tag: str, value: object) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else f"{value:.2f}" if isinstance(value, float) else str(value)
    return f"<{tag}>{text.replace('&', '&amp;').replace('<', '&lt;')}</{tag}>{CRLF}"


def box(tag: str, content: Sequence[str]) -> str:
    inside = "".join(content)
    return f"<{tag}>{CRLF}{inside}</{tag}>{CRLF}" if inside else ""


def one_or_nought(value: bool | None) -> int | None:  # noqa: FBT001  a value of the file
    return None if value is None else int(value)

"""What a MIS holds, in one shape for every MIS: the tables of a snapshot.

Belongs here: the declaration of each table that a census reads, and the registry of all; what only feeds read is
declared in `schemas.canonical_feeds`. Every row keeps `source`, the reference of the object it came from.
Dated rows carry `start_date` and `end_date`, both inclusive: the last day the row holds; null = open.
What a value was on a day is `schemas.asat`; what a return needs of it is `schemas.census.conform`.
CBDS numbers: school census items (facts: school_census/items.csv).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.canonical_columns import CONT, END, IDENT, PERS, PROT, PUPIL_ID, REF, SOURCE, SPEC, START
from schemas.canonical_feeds import FEED_TABLES
from schemas.table import Table, boolean, date, decimal, integer, tables, text

SCHOOL = Table(
    "school",
    "the school itself; exactly one row",
    (
        SOURCE,
        text("urn", REF, "GIAS unique reference number, six digits", "200003", required=True),
        text("la_number", REF, "Local authority number, three digits", "200001", required=True),
        text("estab", REF, "Establishment number, four digits", "200002", required=True),
        text("ukprn", REF, "UK provider reference number, eight digits"),
        text("name", REF, "Name of the school", "200039"),
        text("phase", REF, "Phase, codeset PHASE", "200006"),
        text("school_type", REF, "School type, codeset SCHOOL_TYPE", "200632"),
        text("intake", REF, "Admissions type, codeset INTAKE", "200014"),
        text("governance", REF, "Governance, codeset GOVERNANCE", "200015"),
        text("lowest_nc_year", REF, "Lowest year group provided for, codeset NCYEAR", "200012"),
        text("highest_nc_year", REF, "Highest year group provided for, codeset NCYEAR", "200013"),
        text("email", REF, "Monitored official mailbox", "200022"),
        text("phone", REF, "Telephone number, digits only", "200118"),
    ),
    key=("urn",),
)

PUPIL = Table(
    "pupil",
    "one pupil the school has or had on roll",
    (
        PUPIL_ID,
        SOURCE,
        text("surname", PERS, "Legal surname", "100003", as_extracted=True),
        text("forename", PERS, "Legal first name", "100004", as_extracted=True),
        text("middle_names", PERS, "Middle names separated by spaces", "100006", as_extracted=True),
        text(
            "preferred_surname",
            PERS,
            "Surname commonly used; null when the MIS holds none",
            "100011",
            as_extracted=True,
        ),
        text("preferred_forename", PERS, "First name commonly used; null when the MIS holds none", as_extracted=True),
        text("sex", PERS, "M or F", "100008", as_extracted=True),
        date("dob", PERS, "Date of birth", "100007", as_extracted=True),
        text("uln", IDENT, "Unique learner number, ten digits", "100016", as_extracted=True),
        text("nhs_number", IDENT, "NHS number, ten digits", as_extracted=True),
        text("ethnicity", SPEC, "Ethnicity, codeset ETHNICITY", as_extracted=True),
        text("yssa", PERS, "Youth support services agreement, codeset YSSA", "100488", as_extracted=True),
        text("language", PERS, "First language, codeset LANGUAGE", "100047", as_extracted=True),
        text("plaa", PROT, "Post looked-after arrangements, codeset PLAA", "100512", as_extracted=True),
        decimal("funded_hours", PERS, "Weekly universal or disadvantaged funded hours", "100290", as_extracted=True),
        decimal("extended_hours", PERS, "Weekly extended (working parent) hours, ages 3 and 4", as_extracted=True),
        decimal("expanded_hours", PERS, "Weekly working-family hours, nine months to two years", as_extracted=True),
        decimal("hours_at_setting", PERS, "Total weekly hours at the setting", "100291", as_extracted=True),
        text("eligibility_code", IDENT, "Childcare eligibility code (DERN), eleven digits", as_extracted=True),
        text("maths_grade", PERS, "Highest GCSE mathematics grade", as_extracted=True),
        text("maths_year11", PERS, "When mathematics was attained, codeset GCSE_YEAR11", as_extracted=True),
        text("maths_exemption", PERS, "Mathematics condition-of-funding exemption", as_extracted=True),
        text("maths_grade_previous", PERS, "Mathematics grade reported for the previous year", as_extracted=True),
        text("english_grade", PERS, "Highest GCSE English grade", as_extracted=True),
        text("english_year11", PERS, "When English was attained, codeset GCSE_YEAR11", as_extracted=True),
        text("english_exemption", PERS, "English condition-of-funding exemption", as_extracted=True),
        text("english_grade_previous", PERS, "English grade reported for the previous year", as_extracted=True),
        integer("t_level_non_qual_hours", PERS, "Planned T level non-qualification hours", as_extracted=True),
        text("uci", IDENT, "Unique candidate identifier (examinations), thirteen characters", as_extracted=True),
        text("ethnicity_source", PERS, "Who said the ethnicity, CTF code: C P S T O", as_extracted=True),
        text("home_la", PERS, "Number of the local authority where the pupil lives", as_extracted=True),
        text("email", CONT, "The pupil's own e-mail address", "100172", as_extracted=True),
        text("phone", CONT, "The pupil's own telephone number", "100218", as_extracted=True),
        text("dietary", SPEC, "Dietary requirements, in words, separated by commas", as_extracted=True),
        boolean("medical_flag", SPEC, "A medical condition is recorded; else null", "100084", as_extracted=True),
        text("disability", SPEC, "Disabilities as the MIS codes them, with commas", "100469", as_extracted=True),
    ),
    key=("pupil_id",),
)

UPN = Table(
    "upn",
    "one UPN a pupil holds or held at this school",
    (PUPIL_ID, SOURCE, text("upn", IDENT, "Unique pupil number, thirteen characters", "100001"), START, END),
)
FORMER_SURNAME = Table(
    "former_surname",
    "one earlier legal surname",
    (PUPIL_ID, SOURCE, text("surname", PERS, "Earlier legal surname", "100009"), END),
)
ENROLMENT = Table(
    "enrolment",
    "one spell on the school's roll",
    (
        PUPIL_ID,
        SOURCE,
        date("entry_date", PERS, "Day the pupil joined the school", "100063"),
        date("leaving_date", PERS, "Last day on roll; null while on roll", "100064"),
        text("leaving_reason", PERS, "Reason for leaving as the MIS codes it"),
        text("removal_ground", PERS, "Ground of deletion, SI 2024/208 regulation 9(1): a to o"),
        text("destination", PERS, "Name of the destination school, where known"),
        date("destination_start", PERS, "First day at the destination school, where known"),
        text("destination_la", PERS, "Local authority number of the destination school, where known"),
        text("destination_estab", PERS, "Establishment number of the destination school, where known"),
        text("destination_type", PERS, "Kind of destination as the MIS codes it; null where none is recorded"),
    ),
)
ENROL_STATUS = Table(
    "enrol_status",
    "one dated registration status",
    (PUPIL_ID, SOURCE, text("status", PERS, "Codeset ENROL_STATUS: C M S F O G", "100060"), START, END),
)
NC_YEAR = Table(
    "nc_year",
    "one dated year group",
    (PUPIL_ID, SOURCE, text("nc_year", PERS, "Codeset NCYEAR", "100068"), START, END),
)
REGISTRATION_GROUP = Table(
    "registration_group",
    "one dated registration group",
    (PUPIL_ID, SOURCE, text("name", PERS, "Short name of the registration form"), START, END),
)
ATTENDANCE_PATTERN = Table(
    "attendance_pattern",
    "one dated full- or part-time pattern",
    (PUPIL_ID, SOURCE, boolean("part_time", PERS, "Fewer than ten sessions a week", "100065"), START, END),
)
BOARDING = Table(
    "boarding",
    "one dated boarding pattern",
    (PUPIL_ID, SOURCE, text("boarder", PERS, "Codeset BOARDER: B 6 7 N", "100067"), START, END),
)
SEN_STATUS = Table(
    "sen_status",
    "one dated SEN provision",
    (
        PUPIL_ID,
        SOURCE,
        text("provision", SPEC, "Codeset SEN_PROVISION: N K E", "100472"),
        boolean("sen_unit", SPEC, "Member of an SEN unit", "100075"),
        boolean("resourced", SPEC, "In resourced provision", "100076"),
        START,
        END,
    ),
)
SEN_NEED = Table(
    "sen_need",
    "one dated SEN need",
    (
        PUPIL_ID,
        SOURCE,
        text("sen_type", SPEC, "Codeset SEN_TYPE"),
        integer("rank", SPEC, "1 = primary need"),
        START,
        END,
    ),
)
ADDRESS = Table(
    "address",
    "one dated home address",
    (
        PUPIL_ID,
        SOURCE,
        text("saon", CONT, "Secondary addressable object: flat or room"),
        text("paon", CONT, "Primary addressable object: house number or name"),
        text("street", CONT, "Street"),
        text("locality", CONT, "Locality"),
        text("town", CONT, "Town"),
        text("administrative_area", CONT, "Administrative area"),
        text("post_town", CONT, "Post town"),
        text("line1", CONT, "Address line 1, where the address is not structured", "100128"),
        text("line2", CONT, "Address line 2", "100129"),
        text("line3", CONT, "Address line 3", "100130"),
        text("line4", CONT, "Address line 4", "100131"),
        text("line5", CONT, "Address line 5", "100132"),
        text("postcode", CONT, "Postcode, upper case, one space", "100121"),
        text("uprn", CONT, "Unique property reference number, up to twelve digits"),
        START,
        END,
    ),
)
FSM = Table(
    "fsm",
    "one period of free school meal eligibility",
    (
        PUPIL_ID,
        SOURCE,
        date("start_date", PERS, "First day of eligibility", "100484"),
        date("end_date", PERS, "Last day of eligibility; null while open", "100485"),
        date("verified_date", PERS, "Day eligibility was last verified"),
        text("uk_country", PERS, "Codeset FSM_UKCOUNTRY", "200634"),
        text("category", PERS, "TFSM targeted, EFSM expanded, LOCAL for a locally funded scheme"),
    ),
)
SERVICE_CHILD = Table(
    "service_child",
    "one dated service-child status",
    (PUPIL_ID, SOURCE, text("status", PERS, "Codeset SERVICE_CHILD: Y N U R", "100330"), START, END),
)
YOUNG_CARER = Table(
    "young_carer",
    "one dated young-carer status",
    (PUPIL_ID, SOURCE, text("status", SPEC, "Codeset YOUNG_CARER: P S; nobody has a row that says no"), START, END),
)
IN_CARE = Table(
    "in_care",
    "one dated looked-after period",
    (PUPIL_ID, SOURCE, text("responsible_la", PROT, "Number of the caring local authority"), START, END),
)
TOP_UP = Table("top_up", "one dated period of high-needs top-up funding", (PUPIL_ID, SOURCE, START, END))
EYPP = Table(
    "eypp",
    "one dated early years pupil premium receipt",
    (PUPIL_ID, SOURCE, text("basis", PERS, "Codeset EYPPBF: RE RO RB RU"), START, END),
)
TWO_YEAR_BASIS = Table(
    "two_year_basis",
    "one basis of a two-year-old's funding",
    (PUPIL_ID, SOURCE, text("basis", PERS, "Codeset TYO_FUNDING_BASIS: ECO HSD LAA")),
)
ATTENDANCE_MARK = Table(
    "attendance_mark",
    "one session mark of one pupil",
    (
        PUPIL_ID,
        SOURCE,
        date("date", PERS, "Day", required=True),
        text("session", PERS, "AM or PM", required=True),
        text("code", SPEC, "Codeset ATTENDANCE (codes I, M, R, T speak of health or belief)", "100481"),
    ),
)
SUSPENSION = Table(
    "suspension",
    "one suspension or permanent exclusion",
    (
        PUPIL_ID,
        SOURCE,
        text("category", PERS, "Codeset EXCL_CATEGORY: SUSP PERM LNCH", "100087"),
        date("start_date", PERS, "First day", "100090"),
        date("end_date", PERS, "Last day; null for a permanent exclusion"),
        integer("sessions", PERS, "Sessions lost", "100093"),
        text("reason1", PERS, "Main reason, codeset EXCL_REASON", "100088"),
        text("reason2", PERS, "Second reason"),
        text("reason3", PERS, "Third reason"),
        date("reviewed_date", PERS, "Day governors reviewed it; selects nothing"),
    ),
)
POST16_YEAR = Table(
    "post16_year",
    "one academic year's planned hours of one student",
    (
        PUPIL_ID,
        SOURCE,
        date("start_date", PERS, "First day of the academic-year enrolment"),
        date("end_date", PERS, "Last day of the academic-year enrolment"),
        integer("qual_hours", PERS, "Planned qualification hours"),
        integer("non_qual_hours", PERS, "Planned employability, enrichment and pastoral hours"),
        integer("t_level_qual_hours", PERS, "Planned T level qualification hours"),
        boolean("full_time_employed", PERS, "In full-time employment"),
    ),
)
PROGRAMME_AIM = Table(
    "programme_aim",
    "one post-16 programme of one student",
    (
        PUPIL_ID,
        SOURCE,
        text("programme_id", REF, "Id of the programme, unique in the school", required=True),
        text("qn", PERS, "Qualification number (T levels), eight characters"),
        text("prog_type", PERS, "Codeset PROG_TYPE: 1 30 31"),
        date("start_date", PERS, "Programme start"),
        date("planned_end_date", PERS, "Planned end"),
        date("actual_end_date", PERS, "Actual end; null while continuing"),
        text("status", PERS, "Codeset AIM_STATUS: 1 2 3 4"),
        text("withdrawal_reason", PERS, "Codeset WITHDRAWAL_REASON; with status 3 only"),
    ),
    key=("programme_id",),
)
LEARNING_AIM = Table(
    "learning_aim",
    "one learning aim inside a programme",
    (
        PUPIL_ID,
        SOURCE,
        text("programme_id", REF, "The programme it belongs to", required=True),
        text("aim_id", REF, "Id of the aim, unique in the school", required=True),
        text("qn", PERS, "Qualification number, eight characters", "100255"),
        text("scc", PERS, "Subject classification code, four characters", "100337"),
        date("start_date", PERS, "Learning start", "100256"),
        date("planned_end_date", PERS, "Planned end", "100257"),
        date("actual_end_date", PERS, "Actual end; null while continuing", "100258"),
        text("status", PERS, "Codeset AIM_STATUS: 1 2 3 4", "100478"),
        text("withdrawal_reason", PERS, "Codeset WITHDRAWAL_REASON; with status 3 only"),
        boolean("core", PERS, "The core aim of the programme"),
        text("partner_ukprn", PERS, "UKPRN of a subcontractor"),
    ),
    key=("aim_id",),
)
WORK_PLACEMENT = Table(
    "work_placement",
    "one T level industry placement",
    (
        PUPIL_ID,
        SOURCE,
        text("aim_id", REF, "The learning aim it belongs to", required=True),
        date("start_date", PERS, "First day"),
        date("end_date", PERS, "Last day"),
        integer("hours", PERS, "Hours"),
        text("mode", PERS, "Codeset WP_MODE: 1 internal, 2 external"),
    ),
)
AP_ENTRY = Table(
    "ap_entry",
    "why a pupil came to this pupil referral unit or AP academy",
    (
        PUPIL_ID,
        SOURCE,
        text("prev_urn", PERS, "URN of the last school"),
        text("reason", PERS, "Codeset AP_REASON"),
        text("sen_provision", SPEC, "SEN provision at entry"),
    ),
)
AP_PLACEMENT = Table(
    "ap_placement",
    "one alternative-provision placement arranged by the school",
    (
        PUPIL_ID,
        SOURCE,
        text("urn", PERS, "URN of the setting"),
        text("ukprn", PERS, "UKPRN of the setting"),
        text("company_number", PERS, "Companies House number of the setting"),
        text("setting_type", PERS, "Codeset AP_SETTING_TYPE"),
        text("postcode", PERS, "Postcode of the setting"),
        text("reason", PERS, "Codeset AP_PLACEMENT_REASON"),
        START,
        END,
        text("pattern", PERS, "Codeset AP_PATTERN: FT PT"),
        integer("sessions_per_week", PERS, "Sessions a week, 1 to 10"),
    ),
)
CANONICAL = tables(
    SCHOOL, PUPIL, UPN, FORMER_SURNAME, ENROLMENT, ENROL_STATUS, NC_YEAR, REGISTRATION_GROUP, ATTENDANCE_PATTERN,
    BOARDING, SEN_STATUS, SEN_NEED, ADDRESS, FSM, SERVICE_CHILD, YOUNG_CARER, IN_CARE, TOP_UP, EYPP, TWO_YEAR_BASIS,
    ATTENDANCE_MARK, SUSPENSION, POST16_YEAR, PROGRAMME_AIM, LEARNING_AIM, WORK_PLACEMENT, AP_ENTRY, AP_PLACEMENT,
    *FEED_TABLES,
)  # fmt: skip
"""Every table of a snapshot, by name."""

_PUPIL_FEEDS_ONLY: Final = (
    "preferred_forename nhs_number uci ethnicity_source home_la email phone dietary medical_flag disability"
)
_ENROLMENT_FEEDS_ONLY: Final = (
    "leaving_reason removal_ground destination destination_start destination_la destination_estab destination_type"
)
FEEDS_ONLY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **{table.name: frozenset(table.names) for table in FEED_TABLES},
        "pupil": frozenset(_PUPIL_FEEDS_ONLY.split()),
        "enrolment": frozenset(_ENROLMENT_FEEDS_ONLY.split()),
    },
)
"""Columns that no census reads, by table: it does not ask the MIS for them."""

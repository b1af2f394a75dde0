"""A return as at its reference date: the tables that rules read and the layout renders.

Belongs here: the declaration of each table. They are made by `schemas.census.conform` from a snapshot;
an item that does not apply to a pupil (phase, term, age) is null here, so that a null is never rendered
and a rule can speak of what ought to be there. `pupil_id` joins them; it is never emitted.
"""

from schemas.table import Sensitivity, Table, boolean, date, decimal, integer, tables, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL
CONT, SPEC, PROT = Sensitivity.CONTACT, Sensitivity.SPECIAL, Sensitivity.PROTECTED

ON_ROLL = "on_roll"
OFF_ROLL = "off_roll"
TERM = "term"
HALF_TERM_2 = "half_term_2"

_PUPIL = text("pupil_id", REF, "The MIS's own id of the pupil", required=True)

HEADER = Table(
    "header",
    "the header; exactly one row. `serial_no` and `date_time` are given by the caller (decision 8)",
    (
        text("collection", REF, "SC", required=True),
        text("term", REF, "AUT SPR SUM", required=True),
        integer("year", REF, "Calendar year of the census day", "800003", required=True),
        date("reference_date", REF, "Census day", required=True),
        text("source_level", REF, "S for school", required=True),
        text("lea", REF, "Local authority number", "200001", required=True),
        text("estab", REF, "Establishment number", "200002", required=True),
        text("urn", REF, "Unique reference number", "200003", required=True),
        text("software_code", REF, "Producing software", "800006"),
        text("release", REF, "Release of the software", "800008"),
        text("xversion", REF, "Version label of the specification", "800009"),
        integer("serial_no", REF, "Versions handed over so far plus one", "800007", required=True),
        text("date_time", REF, "End of the snapshot, YYYY-MM-DDThh:mm:ss", "800010", required=True),
    ),
)
SCHOOL = Table(
    "school",
    "the school's own characteristics; exactly one row",
    (
        text("school_name", REF, "Name", "200039"),
        text("phase", REF, "Codeset PHASE", "200006"),
        text("school_type", REF, "Codeset SCHOOL_TYPE", "200632"),
        text("highest_nc_year", REF, "Codeset NCYEAR", "200013"),
        text("lowest_nc_year", REF, "Codeset NCYEAR", "200012"),
        text("intake", REF, "Codeset INTAKE", "200014"),
        text("governance", REF, "Codeset GOVERNANCE", "200015"),
        text("email", REF, "Official mailbox", "200022"),
        text("phone_no", REF, "Digits only", "200118"),
        boolean("child_mothers", REF, "Provision for pregnant pupils and young mothers (spring, PRU and AP)", "200023"),
        integer("teen_mother_places", REF, "Number of such places", "200354"),
        boolean("childcare_places", REF, "Childcare for teenage mothers", "200024"),
        integer("free_meals_taken", REF, "Free meals taken on census day (spring)", "200147"),
    ),
)
SPECIAL_SCHOOL = Table(
    "special_school",
    "what a special school is approved for; at most one row (spring)",
    (
        text("accommodation", REF, "Codeset ACCOMMODATION", "200030"),
        integer("max_day_pupils", REF, "Approved maximum of day pupils", "200031"),
        integer("max_boarders", REF, "Approved maximum of boarders", "200032"),
        integer("min_male_age", REF, "Youngest age of boys", "200033"),
        integer("max_male_age", REF, "Oldest age of boys", "200035"),
        integer("min_female_age", REF, "Youngest age of girls", "200034"),
        integer("max_female_age", REF, "Oldest age of girls", "200036"),
    ),
)
SPECIAL_SCHOOL_TYPE = Table(
    "special_school_type",
    "one approved provision of a special school (spring)",
    (text("sen_type", REF, "Codeset SEN_TYPE", "200085"),),
)
APPEALS = Table(
    "appeals",
    "admission appeals for the start of this academic year; at most one row of each kind (spring)",
    (
        text("kind", REF, "secondary or infant", required=True),
        integer("lodged", REF, "Appeals lodged", "200139"),
        integer("withdrawn", REF, "Withdrawn before a hearing", "200140"),
        integer("heard", REF, "Heard by an independent committee", "200141"),
        integer("upheld", REF, "Decided for the parent", "200142"),
        integer("rejected", REF, "Not upheld", "200143"),
    ),
    key=("kind",),
)
RECONCILIATION = Table(
    "reconciliation",
    "pupils in no class at the selected time; at most one row (spring)",
    (
        integer("part_time_not_in", REF, "Part-timers not due in", "200169"),
        integer("private_study", REF, "In private study", "200170"),
        integer("at_other_school", REF, "At another school or provider", "200171"),
        integer("work_experience", REF, "On work experience", "200172"),
        integer("fe_college", REF, "At a further education college", "200173"),
    ),
)
SCHOOL_CLASS = Table(
    "school_class",
    "one class taught at the selected time (spring)",
    (
        text("class_name", REF, "Label, unique in the return", "200185"),
        integer("teachers", REF, "Teachers in the class", "200190"),
        integer("non_teachers", REF, "Other adults in the class", "200191"),
        text("year_group", REF, "Codeset NCYEAR, M for mixed", "200560"),
        text("class_type", REF, "N nursery, O other", "200552"),
        text("key_stage", REF, "Codeset KEY_STAGE_CLASS", "200562"),
        text("class_activity", REF, "Codeset CLASS_ACTIVITY", "200195"),
        integer("home_pupils", REF, "Own pupils", "200201"),
        integer("guest_pupils", REF, "Pupils of other schools", "200202"),
        integer("ppa_teachers", REF, "Teachers on planning, preparation and assessment time"),
        *(integer(f"exception_{letter}", REF, f"Excepted pupils, ground {letter.upper()}") for letter in "abcdefgh"),
    ),
)
CHILDCARE = Table(
    "childcare",
    "one type of childcare (spring)",
    (
        text("type_of_childcare", REF, "Codeset CHILDCARE_TYPE"),
        text("on_site", REF, "Y or N"),
        text("signposting", REF, "Codeset CHILDCARE_SIGNPOST"),
        text("opening_time", REF, "hh:mm"),
        text("closing_time", REF, "hh:mm"),
        integer("places", REF, "Places"),
        integer("weeks_open", REF, "Weeks open a year"),
        text("provider", REF, "Codeset CHILDCARE_PROVIDER"),
        text("other_schools", REF, "Y, N or U: used by pupils of other schools"),
        text("places_availability", REF, "YES NO UNKNOWN"),
        text("before_8am", REF, "Offered before eight"),
        text("covers_8am_to_6pm", REF, "Codeset CHILDCARE_COVER"),
        text("until_6pm", REF, "Offered until six"),
        text("holiday_provider_hours", REF, "Hours of the holiday provider"),
    ),
)
PUPIL = Table(
    "pupil",
    "one pupil of the return, on roll or no longer on roll",
    (
        _PUPIL,
        text("section", REF, "on_roll or off_roll", required=True),
        # pupil identifiers
        text("upn", IDENT, "UPN open on census day (or last held, when off roll)", "100001"),
        text("uln", IDENT, "ULN", "100016", as_extracted=True),
        text("former_upn", IDENT, "Last UPN held at this school before the present one", "100002"),
        text("surname", PERS, "Legal surname", "100003", as_extracted=True),
        text("forename", PERS, "Legal first name", "100004", as_extracted=True),
        text("middle_names", PERS, "Middle names", "100006", as_extracted=True),
        text(
            "preferred_surname",
            PERS,
            "Preferred surname; the legal one when the MIS holds none",
            "100011",
            as_extracted=True,
        ),
        text("former_surname", PERS, "Latest earlier legal surname", "100009"),
        text("sex", PERS, "M or F", "100008", as_extracted=True),
        date("dob", PERS, "Date of birth", "100007", as_extracted=True),
        # pupil characteristics
        text("ethnicity", SPEC, "Codeset ETHNICITY (spring)", "100319", as_extracted=True),
        boolean("school_lunch_taken", PERS, "School lunch taken on census day"),
        text("yssa", PERS, "Codeset YSSA", "100488", as_extracted=True),
        text("language", PERS, "Codeset LANGUAGE", "100047", as_extracted=True),
        text("service_child", PERS, "Codeset SERVICE_CHILD", "100330"),
        decimal("funded_hours", PERS, "Hours", "100290", as_extracted=True),
        decimal("extended_hours", PERS, "Hours", as_extracted=True),
        decimal("expanded_hours", PERS, "Hours", as_extracted=True),
        text("eligibility_code", IDENT, "DERN, eleven digits", as_extracted=True),
        decimal("hours_at_setting", PERS, "Hours", "100291", as_extracted=True),
        boolean("daf", SPEC, "Disability access fund received"),
        text("eyppr", PERS, "Y or N"),
        text("eyppbf", PERS, "Codeset EYPPBF"),
        integer("unit_contact_time", PERS, "Contact hours a week at the unit (spring)", "100418"),
        boolean("top_up_funding", PERS, "High-needs top-up on census day", "100511"),
        text("plaa", PROT, "Codeset PLAA", "100512", as_extracted=True),
        text("young_carer", SPEC, "Codeset YOUNG_CARER (spring)"),
        # pupil status
        text("enrol_status", PERS, "Codeset ENROL_STATUS", "100060"),
        text("class_type", PERS, "N nursery, O other", "100325"),
        date("entry_date", PERS, "Day of joining", "100063"),
        date("leaving_date", PERS, "Day of leaving; off roll only", "100064"),
        boolean("part_time", PERS, "Part-time", "100065"),
        text("boarder", PERS, "Codeset BOARDER", "100067"),
        text("nc_year_actual", PERS, "Year group on census day; on roll only", "100068"),
        text("nc_year_leaving", PERS, "Year group on leaving; off roll only", "100486"),
        integer("qual_hrs", PERS, "Planned qualification hours this year"),
        integer("non_qual_hrs", PERS, "Planned other hours this year"),
        integer("qual_hrs_previous_year", PERS, "Planned qualification hours last year"),
        integer("non_qual_hrs_previous_year", PERS, "Planned other hours last year"),
        integer("t_level_qual_hrs", PERS, "Planned T level qualification hours"),
        integer("t_level_non_qual_hrs", PERS, "Planned T level other hours"),
        boolean("ft_emp", PERS, "Full-time employed"),
        text("maths_grade", PERS, "Codeset GCSE_GRADE", as_extracted=True),
        text("maths_year11", PERS, "Codeset GCSE_YEAR11", as_extracted=True),
        text("maths_exemption", PERS, "Codeset GCSE_EXEMPTION", as_extracted=True),
        text("maths_grade_previous", PERS, "Codeset GCSE_GRADE", as_extracted=True),
        text("english_grade", PERS, "Codeset GCSE_GRADE", as_extracted=True),
        text("english_year11", PERS, "Codeset GCSE_YEAR11", as_extracted=True),
        text("english_exemption", PERS, "Codeset GCSE_EXEMPTION", as_extracted=True),
        text("english_grade_previous", PERS, "Codeset GCSE_GRADE", as_extracted=True),
        # special educational needs
        text("sen_provision", SPEC, "Codeset SEN_PROVISION", "100472"),
        boolean("sen_unit", SPEC, "SEN unit", "100075"),
        boolean("resourced", SPEC, "Resourced provision", "100076"),
        # home
        text("postcode", CONT, "Postcode", "100121"),
        text("uprn", CONT, "UPRN"),
        text("saon", CONT, "Flat or room"),
        text("paon", CONT, "House number or name"),
        text("street", CONT, "Street"),
        text("locality", CONT, "Locality"),
        text("town", CONT, "Town"),
        text("administrative_area", CONT, "Administrative area"),
        text("post_town", CONT, "Post town"),
        text("line1", CONT, "Address line 1", "100128"),
        text("line2", CONT, "Address line 2", "100129"),
        text("line3", CONT, "Address line 3", "100130"),
        text("line4", CONT, "Address line 4", "100131"),
        text("line5", CONT, "Address line 5", "100132"),
        # alternative provision (PRU and AP academies)
        text("prev_urn", PERS, "URN of the last school"),
        text("ap_reason", PERS, "Codeset AP_REASON"),
        text("ap_sen_entry", SPEC, "SEN provision at entry"),
        # not emitted: what rules and selections need
        integer("age", PERS, "Age at 31 August before the academic year"),
        integer("attendance_age", PERS, "Age at 31 August before the reported attendance period"),
    ),
    key=("pupil_id",),
)
FSM_PERIOD = Table(
    "fsm_period",
    "one FSM period touching the window",
    (
        _PUPIL,
        date("start_date", PERS, "Start", "100484"),
        date("verified_date", PERS, "Last verified"),
        date("end_date", PERS, "End", "100485"),
        text("uk_country", PERS, "Codeset FSM_UKCOUNTRY", "200634"),
        text("category", PERS, "Codeset FSM_CATEGORY"),
    ),
)
FUNDING_BASIS = Table(
    "funding_basis",
    "one basis of a two-year-old's funding",
    (_PUPIL, text("basis", PERS, "ECO HSD LAA")),
)
LEARNER_FAM = Table(
    "learner_fam",
    "one learner funding and monitoring pair",
    (_PUPIL, text("fam_type", PERS, "Codeset LEARNER_FAM_TYPE"), text("fam_code", PERS, "Codeset LEARNER_FAM_CODE")),
)
LEARNER_SUPPORT = Table(
    "learner_support",
    "one learner support award (spring and summer)",
    (_PUPIL, text("support_code", PERS, "Codeset LEARNER_SUPPORT", "100491")),
)
SEN_NEED = Table(
    "sen_need",
    "one ranked SEN need (spring)",
    (_PUPIL, integer("rank", SPEC, "1 or 2"), text("sen_type", SPEC, "Codeset SEN_TYPE")),
)
EXCLUSION = Table(
    "exclusion",
    "one suspension or exclusion whose start lies in the window",
    (
        _PUPIL,
        text("category", PERS, "Codeset EXCL_CATEGORY", "100087"),
        text("reason1", PERS, "Codeset EXCL_REASON", "100088"),
        text("reason2", PERS, "Codeset EXCL_REASON"),
        text("reason3", PERS, "Codeset EXCL_REASON"),
        date("start_date", PERS, "First day", "100090"),
        integer("sessions", PERS, "Sessions lost", "100093"),
        text("sen_provision", SPEC, "SEN provision on the start date", "100472"),
    ),
)
ATTENDANCE = Table(
    "attendance",
    "one attendance period of one pupil",
    (
        _PUPIL,
        text("period", REF, "term or half_term_2", required=True),
        integer("sessions_possible", PERS, "Possible sessions", "100228"),
    ),
    key=("pupil_id", "period"),
)
SESSION_DETAIL = Table(
    "session_detail",
    "the sessions of one code in one attendance period",
    (
        _PUPIL,
        text("period", REF, "term or half_term_2", required=True),
        text("code", SPEC, "Codeset ATTENDANCE", "100481"),
        integer("sessions", PERS, "Sessions", "100233"),
    ),
)
PROGRAMME_AIM = Table(
    "programme_aim",
    "one programme aim",
    (
        _PUPIL,
        text("programme_id", REF, "Joins learning aims; not emitted", required=True),
        text("qn", PERS, "Qualification number"),
        text("prog_type", PERS, "Codeset PROG_TYPE"),
        date("start_date", PERS, "Start"),
        date("planned_end_date", PERS, "Planned end"),
        date("actual_end_date", PERS, "Actual end"),
        text("status", PERS, "Codeset AIM_STATUS"),
        text("withdrawal_reason", PERS, "Codeset WITHDRAWAL_REASON"),
    ),
    key=("programme_id",),
)
LEARNING_AIM = Table(
    "learning_aim",
    "one learning aim",
    (
        _PUPIL,
        text("programme_id", REF, "The programme it belongs to; not emitted", required=True),
        text("aim_id", REF, "Joins work placements; not emitted", required=True),
        text("qn", PERS, "Qualification number", "100255"),
        text("scc", PERS, "Subject classification code", "100337"),
        date("start_date", PERS, "Start", "100256"),
        date("planned_end_date", PERS, "Planned end", "100257"),
        date("actual_end_date", PERS, "Actual end", "100258"),
        text("status", PERS, "Codeset AIM_STATUS", "100478"),
        text("withdrawal_reason", PERS, "Codeset WITHDRAWAL_REASON"),
        boolean("core", PERS, "Core aim"),
        text("partner_ukprn", PERS, "Subcontractor's UKPRN"),
    ),
    key=("aim_id",),
)
WORK_PLACEMENT = Table(
    "work_placement",
    "one industry placement",
    (
        _PUPIL,
        text("aim_id", REF, "The learning aim it belongs to; not emitted", required=True),
        date("start_date", PERS, "First day"),
        date("end_date", PERS, "Last day"),
        integer("hours", PERS, "Hours"),
        text("mode", PERS, "Codeset WP_MODE"),
    ),
)
AP_PLACEMENT = Table(
    "ap_placement",
    "one alternative-provision placement arranged by the school",
    (
        _PUPIL,
        text("urn", PERS, "URN of the setting"),
        text("ukprn", PERS, "UKPRN of the setting"),
        text("company_number", PERS, "Companies House number"),
        text("setting_type", PERS, "Codeset AP_SETTING_TYPE"),
        text("postcode", PERS, "Postcode of the setting"),
        text("reason", PERS, "Codeset AP_PLACEMENT_REASON"),
        date("entry_date", PERS, "First day"),
        date("leaving_date", PERS, "Last day"),
        text("pattern", PERS, "Codeset AP_PATTERN"),
        integer("sessions_per_week", PERS, "1 to 10"),
        text("sen_entry", SPEC, "SEN provision on the first day"),
        text("sen_leaving", SPEC, "SEN provision on the last day"),
    ),
)

CENSUS = tables(
    HEADER, SCHOOL, SPECIAL_SCHOOL, SPECIAL_SCHOOL_TYPE, APPEALS, RECONCILIATION, SCHOOL_CLASS, CHILDCARE,
    PUPIL, FSM_PERIOD, FUNDING_BASIS, LEARNER_SUPPORT, LEARNER_FAM, SEN_NEED, EXCLUSION, ATTENDANCE, SESSION_DETAIL,
    PROGRAMME_AIM, LEARNING_AIM, WORK_PLACEMENT, AP_PLACEMENT,
)  # fmt: skip
"""Every table of a census return, by name."""

SCHOOL_BLOCKS = tuple(
    table.name for table in (SPECIAL_SCHOOL, SPECIAL_SCHOOL_TYPE, APPEALS, RECONCILIATION, SCHOOL_CLASS, CHILDCARE)
)
"""Tables of the school itself that no MIS holds; a person fills in a file for them."""

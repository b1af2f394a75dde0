"""What a MIS holds that no census reads: contacts, school history, results, staff and groups, consents.

Belongs here: the declaration of each table, in the manner of `schemas.canonical`, whose registry holds them all. The
MIS is asked for one of these only when a feed's agreement takes something of it.
CTF codesets: facts ctf/ctf_items.csv.
"""

from schemas.canonical_columns import CONT, END, PERS, PROT, PUPIL_ID, REF, SOURCE, START
from schemas.table import Table, boolean, date, integer, text

CONTACT = Table(
    "contact",
    "one parent or carer of one pupil",
    (
        PUPIL_ID,
        SOURCE,
        text("contact_id", REF, "The MIS's id of the guardian", required=True),
        integer("priority", PERS, "Emergency contact order; 1 is first"),
        text("title", CONT, "Title"),
        text("forename", CONT, "First name"),
        text("middle_names", CONT, "Middle names separated by spaces"),
        text("surname", CONT, "Surname"),
        text("relationship", CONT, "Relationship, CTF code"),
        boolean("parental_responsibility", CONT, "Has parental responsibility"),
        boolean("lives_with_pupil", CONT, "The pupil normally lives with this person"),
        text("email", CONT, "E-mail address"),
        text("phone", CONT, "First telephone number"),
        text("phone2", CONT, "Second telephone number"),
        boolean("court_order", PROT, "The MIS holds an access note on this person"),
        text("address", CONT, "Address as one line; null when it is the pupil's"),
        text("line1", CONT, "First line of the address; null when it is the pupil's"),
        text("line2", CONT, "Second and third line of the address"),
        text("town", CONT, "Town of the address"),
        text("postcode", CONT, "Postcode of the address, upper case, one space"),
        date("dob", CONT, "The parent's date of birth (a meals check asks for it)"),
        text("nino", CONT, "The parent's National Insurance number, where the school's own field holds it"),
        text("nass", CONT, "The parent's asylum support reference, where the school's own field holds it"),
    ),
    key=("pupil_id", "contact_id"),
)
SCHOOL_HISTORY = Table(
    "school_history",
    "one school that the pupil attended before this one",
    (
        PUPIL_ID,
        SOURCE,
        text("la_number", PERS, "Local authority number of that school, three digits", "200001"),
        text("estab", PERS, "Establishment number of that school, four digits", "200002"),
        text("urn", PERS, "URN of that school; null where it has none", "200003"),
        text("name", PERS, "Name of that school", "200039"),
        date("entry_date", PERS, "Day the pupil joined that school", "100063"),
        date("leaving_date", PERS, "Last day there", "100064"),
        text("leaving_reason", PERS, "Reason for leaving as the MIS codes it"),
    ),
)
ASSESSMENT_RESULT = Table(
    "assessment_result",
    "one result of one pupil in a statutory assessment",
    (
        PUPIL_ID,
        SOURCE,
        text("stage", PERS, "FSP, PHO, KS1, KS2 or MTC (in a CTF, PHO stands under KS1 and MTC under KS2)", "100465"),
        integer("year", PERS, "Calendar year of the assessment"),
        text("subject", PERS, "CTF subject, three characters"),
        text("method", PERS, "TA teacher assessment, TT test or task"),
        text("component", PERS, "CTF component, three characters"),
        text("status", PERS, "Result status: E I P R T"),
        text("qualifier", PERS, "Kind of result, two characters"),
        text("result", PERS, "Score, grade or reason for none, as it is reported"),
        date("result_date", PERS, "Day of the result"),
    ),
)
STAFF = Table(
    "staff",
    "one member of staff",
    (
        SOURCE,
        text("staff_id", REF, "The MIS's own id of the member of staff", required=True),
        text("title", PERS, "Title"),
        text("forename", PERS, "First name: the preferred one, where there is one"),
        text("surname", PERS, "Surname: the preferred one, where there is one"),
        text("email", PERS, "Work e-mail address"),
        text("role", PERS, "What the person is at the school, as the MIS codes it"),
    ),
    key=("staff_id",),
)
TEACHING_GROUP = Table(
    "teaching_group",
    "one class that is taught together, in one academic year",
    (
        SOURCE,
        text("group_id", REF, "The MIS's own id of the group", required=True),
        text("name", REF, "Short name"),
        text("subject", REF, "Subject, as the MIS names it; null for a class taught together in everything"),
        text("nc_year", REF, "Year group of the class, codeset NCYEAR; null where years are mixed"),
        text("academic_year", REF, "The academic year, such as 2026/2027"),
    ),
    key=("group_id",),
)
GROUP_PUPIL = Table(
    "group_pupil",
    "one pupil's dated membership of a teaching group",
    (PUPIL_ID, SOURCE, text("group_id", REF, "The group", required=True), START, END),
)
GROUP_STAFF = Table(
    "group_staff",
    "one member of staff's dated lead of a teaching group",
    (
        SOURCE,
        text("group_id", REF, "The group", required=True),
        text("staff_id", REF, "The member of staff", required=True),
        START,
        END,
    ),
)
ACADEMIC_YEAR = Table(
    "academic_year",
    "one academic year as the school keeps it",
    (
        SOURCE,
        text("academic_year", REF, "Its code, such as 2026/2027", required=True),
        date("start_date", REF, "First day"),
        date("end_date", REF, "Last day"),
    ),
    key=("academic_year",),
)
TERM = Table(
    "term",
    "one term as the school keeps it",
    (
        SOURCE,
        text("term_id", REF, "The MIS's own id of the term", required=True),
        text("name", REF, "Name"),
        date("start_date", REF, "First day"),
        date("end_date", REF, "Last day"),
        text("academic_year", REF, "The academic year it belongs to, such as 2026/2027"),
    ),
    key=("term_id",),
)
INTENDED_DESTINATION = Table(
    "intended_destination",
    "what one pupil means to do after this school year, from the school's own fields",
    (
        PUPIL_ID,
        SOURCE,
        text(
            "activity", PERS, "What it is, as the school says it: sixth form, college, apprenticeship, employment ..."
        ),
        text("provider", PERS, "Who offers it"),
        text("course", PERS, "What is studied or done"),
        text("level", PERS, "Its level"),
        boolean("offer", PERS, "An offer has been made (September guarantee)"),
        boolean(
            "sharing_refused",
            PERS,
            "A parent (under 16) or the pupil (from 16) has said that nothing but name, address, date of birth and a "
            "parent's name and address may be told (Education and Skills Act 2008 s.14, s.72); null = nobody has said",
        ),
        date("recorded_date", PERS, "Day it was recorded"),
    ),
    key=("pupil_id",),
)
SOCIAL_WORKER = Table(
    "social_worker",
    "one dated status on which children's social care works with the pupil",
    (PUPIL_ID, SOURCE, text("kind", PROT, "The status, as the MIS codes it"), START, END),
)
CONSENT = Table(
    "consent",
    "the latest answer to one request for consent; a request not answered has no row",
    (
        PUPIL_ID,
        SOURCE,
        text("purpose", PERS, "What was asked, in the words agreements use (dental_survey)", required=True),
        boolean("given", PERS, "True = given; false = refused, or given and then withdrawn", required=True),
        text("by", PERS, "Who answered: parent or pupil; null where the MIS does not say"),
        date("on", PERS, "Day of the answer"),
    ),
)
PUPIL_PREMIUM = Table("pupil_premium", "one dated pupil premium receipt", (PUPIL_ID, SOURCE, START, END))

FEED_TABLES = (
    CONTACT, SCHOOL_HISTORY, ASSESSMENT_RESULT, STAFF, TEACHING_GROUP, GROUP_PUPIL, GROUP_STAFF, ACADEMIC_YEAR, TERM,
    INTENDED_DESTINATION, SOCIAL_WORKER, CONSENT, PUPIL_PREMIUM,
)  # fmt: skip
"""The tables of this module, for the registry."""

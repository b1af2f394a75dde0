"""A school's roll as at a day: the tables from which every feed that is not the census is minimised.

Belongs here: the declaration of the tables and, below them, how they are made from a snapshot (`roll_tables`).
One row per pupil with the two first contacts beside it, because every recipient's file has that shape.
"""

from schemas.table import Column, Sensitivity, Table, boolean, date, tables, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL
CONT, SPEC, PROT = Sensitivity.CONTACT, Sensitivity.SPECIAL, Sensitivity.PROTECTED


def _contact(n: int) -> tuple[Column, ...]:
    who = {1: "first", 2: "second"}[n]
    return (
        text(f"contact{n}_title", CONT, f"Title of the {who} contact"),
        text(f"contact{n}_forename", CONT, f"First name of the {who} contact"),
        text(f"contact{n}_surname", CONT, f"Surname of the {who} contact"),
        text(f"contact{n}_relationship", CONT, f"Relationship of the {who} contact, CTF code"),
        text(f"contact{n}_email", CONT, f"E-mail of the {who} contact"),
        text(f"contact{n}_phone", CONT, f"Telephone of the {who} contact"),
        text(f"contact{n}_address", CONT, f"Address of the {who} contact, one line; null when it is the pupil's"),
        boolean(f"contact{n}_lives_with_pupil", CONT, f"The pupil normally lives with the {who} contact"),
    )


_PERSON: tuple[Column, ...] = (
    text("pupil_id", REF, "The MIS's own id of the pupil", required=True),
    text("urn", REF, "URN of the school", "200003", required=True),
    text("school_name", REF, "Name of the school", "200039"),
    text("upn", IDENT, "UPN on the day", "100001"),
    text("uln", IDENT, "ULN", "100016"),
    text("nhs_number", IDENT, "NHS number"),
    text("surname", PERS, "Legal surname", "100003"),
    text("forename", PERS, "Legal first name", "100004"),
    text("middle_names", PERS, "Middle names", "100006"),
    text("preferred_surname", PERS, "Preferred surname, null when the MIS holds none", "100011"),
    text("preferred_forename", PERS, "Preferred first name, null when the MIS holds none"),
    text("sex", PERS, "M or F", "100008"),
    date("dob", PERS, "Date of birth", "100007"),
    text("nc_year", PERS, "Year group on the day, codeset NCYEAR", "100068"),
    text("registration_group", PERS, "Registration group on the day"),
    text("enrol_status", PERS, "Codeset ENROL_STATUS", "100060"),
    text("boarder", PERS, "Codeset BOARDER", "100067"),
    date("entry_date", PERS, "Day of joining", "100063"),
    text("line1", CONT, "Address line 1"),
    text("line2", CONT, "Address line 2"),
    text("town", CONT, "Town"),
    text("postcode", CONT, "Postcode", "100121"),
    boolean("court_order", PROT, "A contact of the pupil has an access note in the MIS"),
    *_contact(1),
    *_contact(2),
)

ROLL = Table("roll", "one pupil on roll on the day (guests left out)", _PERSON, key=("pupil_id",))
JOINER = Table(
    "joiner",
    "one pupil whose name was entered in the admission register in the feed's window",
    (*_PERSON, date("due", PERS, "Last day for the new pupil return: the fifth day after the day of entry")),
    key=("pupil_id",),
)
LEAVER = Table(
    "leaver",
    "one pupil whose name is deleted from the admission register in the feed's window",
    (
        *_PERSON,
        date("leaving_date", PERS, "Last day on roll", "100064"),
        text("removal_ground", PERS, "SI 2024/208 regulation 9(1) ground: a to o"),
        text("destination", PERS, "Name of the destination school"),
        date("destination_start", PERS, "First day at the destination school"),
        date("due", PERS, "Day by which the deletion return is due: the day of deletion itself"),
    ),
    key=("pupil_id",),
)

FEEDS = tables(ROLL, JOINER, LEAVER)
"""Every feed table, by name."""



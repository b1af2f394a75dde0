"""The tables of a transfer file and of the two messages of its shape: one table for each element that repeats.

Belongs here: the declarations, made once for every family of `schemas.ctf.layout`. How they are filled is
`schemas.feeds.transfer`. Every table has `destination`, which makes one file of each; `row_id` ties the telephones of a
contact, the marks of a year and the results of a stage to their row. Keys are never emitted.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from schemas.table import Column, Sensitivity, Table, boolean, date, integer, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL
CONT, SPEC, PROT = Sensitivity.CONTACT, Sensitivity.SPECIAL, Sensitivity.PROTECTED

UNKNOWN: Final = "XXXXXXX"
"""Nobody knows where the pupil goes: the file is kept in the Department's store of lost pupils."""

OUTSIDE: Final = "MMMMMMM"
"""The pupil goes outside the maintained sector: abroad, to an independent school, or educated otherwise."""

AUTHORITY: Final = "LLLL"
"""Stands where an establishment number would, in a file for the authority itself."""

_TO = text("destination", PERS, "Where the file goes: authority and school number, or the mark for none", required=True)
_PUPIL = text("pupil_id", REF, "The MIS's own id of the pupil", required=True)
_ROW = text("row_id", REF, "The row of the enclosing table", required=True)


def _lines(whose: str) -> tuple[Column, ...]:
    """An address, either structured (`saon` to `uprn`) or in lines, and what both have."""
    return (
        text("saon", CONT, f"Flat or room of {whose} address"),
        text("paon", CONT, f"House number or name of {whose} address"),
        text("street", CONT, f"Street of {whose} address"),
        text("locality", CONT, f"Locality of {whose} address"),
        text("town", CONT, f"Town of {whose} address"),
        text("administrative_area", CONT, f"Administrative area of {whose} address"),
        text("post_town", CONT, f"Post town of {whose} address"),
        text("uprn", CONT, f"Unique property reference number of {whose} address"),
        *(text(f"line{n}", CONT, f"Line {n} of {whose} address, where it is not structured") for n in range(1, 6)),
        text("county", CONT, f"County of {whose} address"),
        text("postcode", CONT, f"Postcode of {whose} address", "100121"),
        text("zip", CONT, f"Postal code of {whose} address outside the United Kingdom"),
        text("country", CONT, f"Country of {whose} address, where it is not the United Kingdom"),
    )


_PHONE = (
    text("phone_type", CONT, "Kind of telephone: F H A M W D", "100324"),
    text("phone", CONT, "Telephone number", "100218"),
)

COLUMNS: Final[Mapping[str, tuple[str, tuple[Column, ...]]]] = MappingProxyType(
    {
        "header": (
            "one file",
            (
                text("date_time", REF, "When the MIS was read, CCYY-MM-DDThh:mm:ss", required=True),
                text("qualifier", REF, "full for a pupil who moves, partial for one who does not", "800020"),
                text("data_qualifier", REF, "What a partial file holds", "800027"),
                text("data_descriptor", REF, "What a partial file holds, in words", "800026"),
                text("supplier", REF, "The software that wrote the file", "800006"),
                text("la_number", REF, "Local authority of the sender", "200001", required=True),
                text("estab", REF, "Establishment number of the sender", "200002", required=True),
                text("urn", REF, "URN of the sender", "200003", required=True),
                text("school_name", REF, "Name of the sender", "200039"),
                integer("academic_year", REF, "The calendar year in which the academic year began"),
                text("dest_la", PERS, "Local authority of the receiver, XXX or MMM"),
                text("dest_estab", PERS, "Establishment number of the receiver, XXXX, MMMM, or LLLL for an authority"),
                text("dest_urn", PERS, "URN of the receiver, from the register of schools; null when not open there"),
            ),
        ),
        "pupil": (
            "one pupil who is told of",
            (
                date("told_of", PERS, "Day of the event the file tells of: last day on roll, or day of entry"),
                date("due", PERS, "Last day to send: never written into a file; null when the terms are not known"),
                text("upn", IDENT, "UPN on the day", "100001"),
                text("uln", IDENT, "ULN", "100016"),
                text("uci", IDENT, "Unique candidate identifier"),
                text("surname", PERS, "Legal surname", "100003"),
                text("forename", PERS, "Legal first name", "100004"),
                date("dob", PERS, "Date of birth", "100007"),
                text("sex", PERS, "M or F", "100008"),
                text("former_upn", IDENT, "The UPN held before"),
                text("preferred_surname", PERS, "Surname commonly used", "100011"),
                text("preferred_forename", PERS, "First name commonly used"),
                text("former_surname", PERS, "Latest earlier legal surname", "100009"),
                text("former_forename", PERS, "Earlier legal first name"),
                text("middle_names", PERS, "Middle names", "100006"),
                text("nc_year", PERS, "Year group on the day, codeset NCYEAR", "100068"),
                text("ethnicity", SPEC, "Ethnicity, codeset ETHNICITY; REFU where it was refused"),
                text("ethnicity_source", PERS, "Who said so: C P S T O"),
                boolean("medical_flag", SPEC, "A medical condition is recorded; no detail is sent", "100084"),
                text("enrol_status", PERS, "Codeset ENROL_STATUS", "100060"),
                boolean("in_care", PROT, "Looked after on the day", "100038"),
                text("care_authority", PROT, "The authority that looks after the pupil", "100039"),
                *_lines("the pupil's"),
                text("easting", CONT, "Easting of the pupil's address"),
                text("northing", CONT, "Northing of the pupil's address"),
                text("email", CONT, "The pupil's own e-mail address", "100172"),
            ),
        ),
        "language": (
            "one language of one pupil",
            (
                text("language_type", PERS, "What the language is to the pupil; F = first"),
                text("language", PERS, "Codeset LANGUAGE", "100047"),
            ),
        ),
        "disability": ("one disability of one pupil", (text("disability", SPEC, "Code of the disability", "100469"),)),
        "fsm": (
            "one period of eligibility for free school meals",
            (
                date("start_date", PERS, "First day", "100484"),
                date("verified_date", PERS, "Day it was last verified"),
                date("end_date", PERS, "Last day; null while open", "100485"),
                text("uk_country", PERS, "Codeset FSM_UKCOUNTRY"),
                text("category", PERS, "Category of eligibility"),
            ),
        ),
        "sen": (
            "one period of SEN provision",
            (
                date("start_date", SPEC, "First day", "100078"),
                date("end_date", SPEC, "Last day; null while open"),
                text("provision", SPEC, "Codeset SEN_PROVISION", "100472"),
            ),
        ),
        "sen_need": (
            "one need on the day",
            (
                text("sen_type", SPEC, "Codeset SEN_TYPE", "100081"),
                integer("rank", SPEC, "1 = the primary need", "100080"),
            ),
        ),
        "phone": ("one telephone of the pupil's own", _PHONE),
        "contact": (
            "one parent or carer of one pupil; never merged with another's",
            (
                integer("order", CONT, "Order in an emergency"),
                text("title", CONT, "Title"),
                text("surname", CONT, "Surname"),
                text("forename", CONT, "First name"),
                text("gender", CONT, "M or F"),
                text("middle_names", CONT, "Middle names"),
                text("relationship", CONT, "Relationship, CTF code"),
                boolean("responsibility", CONT, "Has parental responsibility"),
                boolean("address_as_pupil", CONT, "Lives at the pupil's address"),
                *_lines("the contact's"),
                text("email", CONT, "E-mail address"),
            ),
        ),
        "contact_phone": ("one telephone of one contact", _PHONE),
        "attendance": (
            "one academic year at this school",
            (
                integer("year", PERS, "The calendar year in which it began"),
                text("la_number", PERS, "Local authority of the school"),
                text("estab", PERS, "Establishment number of the school"),
                text("school_name", PERS, "Name of the school"),
                integer("possible", PERS, "Possible sessions"),
                integer("authorised", PERS, "Sessions of authorised absence"),
                integer("attended", PERS, "Sessions attended, approved activities among them"),
                integer("unauthorised", PERS, "Sessions of unauthorised absence"),
            ),
        ),
        "marks": (
            "the marks of days that follow each other",
            (
                date("start_date", PERS, "The first of the days", "100226"),
                text("marks", PERS, "One character for each session, morning and afternoon of each day", "100482"),
            ),
        ),
        "stage": ("one key stage with results", (text("stage", PERS, "FSP, KS1 or KS2", "100465"),)),
        "result": (
            "one result of a key stage",
            (
                text("locale", PERS, "ENG or WAL"),
                integer("year", PERS, "Calendar year of the assessment"),
                text("subject", PERS, "Subject"),
                text("method", PERS, "Teacher assessment, test or task"),
                text("component", PERS, "Component"),
                text("status", PERS, "Status of the result: E I P R T"),
                text("qualifier", PERS, "Kind of result"),
                text("result", PERS, "The result"),
                date("result_date", PERS, "Day of the result"),
            ),
        ),
        "school": (
            "one school the pupil attended, in order",
            (
                text("la_number", PERS, "Local authority of the school"),
                text("estab", PERS, "Establishment number of the school"),
                text("school_name", PERS, "Name of the school"),
                date("entry_date", PERS, "First day there", "100063"),
                date("leaving_date", PERS, "Last day there", "100064"),
                text("leaving_reason", PERS, "Reason for leaving"),
                boolean("last_school", PERS, "True for the sender"),
                text("removal_ground", PERS, "SI 2024/208 regulation 9(1) ground: a to o"),
            ),
        ),
    },
)
"""By name: what one row is, and its columns in order."""

_ROWS: Final = frozenset({"contact", "contact_phone", "attendance", "marks", "stage", "result"})
_MESSAGE: Final = ("header", "pupil", "phone", "contact", "contact_phone", "school")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"transfer": tuple(COLUMNS), "cml": _MESSAGE, "cmj": _MESSAGE},
)


@cache
def family_tables(family: str) -> tuple[Table, ...]:
    """Return the tables of a family, each named `<family>_<name>`."""
    return tuple(_table(family, name) for name in _NAMES[family])


def _table(family: str, name: str) -> Table:
    description, columns = COLUMNS[name]
    keys = () if name == "header" else (_PUPIL, _ROW) if name in _ROWS else (_PUPIL,)
    unique = {"header": ("destination",), "pupil": ("pupil_id",)}.get(name, ())
    return Table(f"{family}_{name}", description, (*keys, _TO, *columns), key=unique)

"""Leavers with awkward histories, made and minimised as the demo's transfer agreement has them."""

from functools import cache
from pathlib import Path

from exports.minimise import minimise
from exports.parts import parts
from schemas.establishments import establishments
from schemas.feeds import DATASETS
from schemas.feeds.dataset import SchoolYear, Taking
from tests.exports.trust_folder import FOLDER, agreement
from tests.schemas.snapshots import day, marks, pupil, snapshot

REGISTER = establishments(Path(FOLDER, "registers", "establishments.csv").read_text(encoding="utf-8"))
TERMS = agreement("ctf_next_school")
AS_AT = day("2026-10-01")
TAKING = Taking(
    AS_AT,
    day("2026-09-01"),
    (SchoolYear(day("2026-09-02"), day("2027-07-21")),),
    taken="2026-10-01T18:30:00",
    establishments=REGISTER,
)
LEFT = day("2026-09-18")
CASTLE_MOOR, WEAVERS_HILL, CLOSED, INDEPENDENT = "8264903", "8232902", "8232905", "8266107"
UPN = "B823432126001"
_SCHOOL = {
    "urn": "900004", "la_number": "823", "estab": "4909", "name": "Ashdown Vale Academy", "phase": "SS",
    "lowest_nc_year": "7", "highest_nc_year": "14",
}  # fmt: skip
_WEEK = ("/", "\\", "/", "I", "/", "\\", "L", "\\", "/", "O")


def leaver(number, *, to=CASTLE_MOOR, leaving=LEFT, ground="a", upns=None, **tables):
    """One pupil who left for another school; `tables` adds rows, or replaces those of the pupil."""
    gone = {"entry_date": day("2024-09-03"), "leaving_date": leaving, "removal_ground": ground, "leaving_reason": "PM"}
    if to:
        gone |= {"destination_la": to[:3], "destination_estab": to[3:], "destination": "The next school"}
        gone |= {"destination_start": day("2026-09-21")}
    fields = {"surname": f"Leaver{number}", **tables.pop("fields", {})}
    held = upns or [{"upn": UPN, "start_date": day("2017-09-04")}]
    made = pupil(str(number), **{"enrolment": [gone], "fields": fields, **tables})
    return {**made, "upn": [{"pupil_id": str(number), **row} for row in held]}


def plain(number="1", **more):
    """A leaver of whom the MIS holds hardly anything: no address, no contact, no register."""
    return leaver(number, **more)


def rich(number="1", **more):
    """A leaver with something in every table, and most awkward things at once."""
    tables = {
        "fields": {
            "surname": "O'Brien-Ó Súilleabháin", "forename": "Zoë & Chloé", "preferred_forename": "Zo <Z>",
            "middle_names": 'Ann "Nan"', "uln": "1000000000", "uci": "90400412345X", "ethnicity": "REFU",
            "ethnicity_source": "P", "language": "ENG", "medical_flag": True, "disability": "VIS, HEA",
            "email": "zoe@example.org", "phone": "+447412345678",
        },
        "upns": [
            {"upn": "Y823400000001", "start_date": day("2017-09-04"), "end_date": day("2019-07-01")},
            {"upn": UPN, "start_date": day("2019-07-02")},
        ],
        "former_surname": [{"surname": "d'Été", "end_date": day("2018-01-01")}],
        "sen_status": [
            {"provision": code, "start_date": day(start), "end_date": end and day(end)}
            for code, start, end in (
                ("N", "2017-09-04", "2018-01-07"), ("K", "2018-01-08", "2020-03-01"), ("N", "2020-03-02", "2021-09-05"),
                ("K", "2021-09-06", "2024-02-11"), ("E", "2024-02-12", None),
            )
        ],
        "sen_need": [
            {"sen_type": "SLCN", "rank": 2, "start_date": day("2021-09-06")},
            {"sen_type": "ASD", "rank": 1, "start_date": day("2021-09-06")},
            {"sen_type": "MLD", "rank": 1, "start_date": day("2018-01-08"), "end_date": day("2020-03-01")},
        ],
        "fsm": [
            {"start_date": day("2018-01-01"), "end_date": day("2018-12-31"), "uk_country": "SCT"},
            {"start_date": day("2020-10-24"), "uk_country": "ENG", "category": "TFSM",
             "verified_date": day("2026-06-01")},
            {"start_date": day("2026-09-01"), "uk_country": "ENG", "category": "LOCAL"},
        ],
        "in_care": [{"responsible_la": "823", "start_date": day("2022-02-02")}],
        "address": [{"saon": "Flat 2", "paon": "14", "street": "King's Road", "post_town": "Larkfield",
                     "postcode": "LU5 6QD", "uprn": "100012345678", "start_date": day("2022-01-01")}],
        "contact": [
            {"contact_id": "9", "priority": 2, "title": "Mr", "forename": "Seán", "surname": "O'Brien",
             "relationship": "PAF", "parental_responsibility": True, "lives_with_pupil": False,
             "line1": "3 Saint Ann's Court", "line2": "Upper Dell", "town": "Dellbury", "postcode": "MK17 8RB",
             "phone": "07412345601", "phone2": "01525220101", "email": "sean@example.org"},
            {"contact_id": "8", "priority": 1, "title": "Ms", "forename": "Ann", "middle_names": "Mary",
             "surname": "O'Brien", "relationship": "PAM", "parental_responsibility": True, "lives_with_pupil": True,
             "phone": "07412345602"},
            {"contact_id": "7", "title": "Ms", "forename": "Ann", "surname": "O'Brien", "relationship": "OTH",
             "parental_responsibility": True},
        ],
        "attendance_mark": [
            *marks("2026-09-07", *_WEEK), *marks("2026-09-14", "X", "/"), *marks("2025-09-08", "/", "/"),
        ],
        "assessment_result": [
            {"stage": "MTC", "year": 2022, "subject": "MAT", "method": "TT", "component": "MTC", "status": "R",
             "qualifier": "MT", "result": "25"},
            {"stage": "KS2", "year": 2024, "subject": "REA", "method": "TT", "component": "SUB", "status": "R",
             "qualifier": "NM", "result": "104", "result_date": day("2024-07-09")},
            {"stage": "PHO", "year": 2019, "subject": "PHO", "method": "TT", "component": "OUT", "status": "R",
             "qualifier": "NM", "result": "33"},
        ],
        "school_history": [
            {"la_number": "823", "estab": "2902", "name": "Weaver's Hill Primary School",
             "entry_date": day("2017-09-04"), "leaving_date": day("2024-07-19"), "leaving_reason": "PM"},
            {"la_number": "826", "estab": "1104", "name": "Turnpike AP Academy",
             "entry_date": day("2023-01-09"), "leaving_date": day("2023-07-19")},
        ],
    }  # fmt: skip
    fields = {**tables.pop("fields"), **more.pop("fields", {})}
    return leaver(number, fields=fields, **{**tables, **more})


def made(*pupils, name="transfer", taking=TAKING, **tables):
    """The tables of a dataset, before any agreement."""
    held = snapshot(*pupils, school=[_SCHOOL], **tables)
    return DATASETS[name].make(held, taking)


def minimised(*pupils, **more):
    """The tables as the agreement lets them leave."""
    return minimise(made(*pupils, **more), TERMS, as_at=AS_AT)


def of(place, *pupils, **more):
    """The minimised tables of the file for one destination."""
    return parts(minimised(*pupils, **more))[place]


@cache
def usual():
    """The file of one rich pupil and a plain one, for the same school."""
    return of(CASTLE_MOOR, rich("1"), plain("2"))

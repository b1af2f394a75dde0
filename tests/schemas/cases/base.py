"""Small valid synthetic returns of the autumn, one per kind of school, on which no rule finds anything.

Each is a mapping of table to rows; a row is a mapping of column to value. A case changes one thing in one of them.
The other terms' are `tests.schemas.cases.terms`.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pandas as pd

from schemas.census.collection import Collection, collection
from schemas.census.tables import CENSUS
from schemas.identifiers import uln_check_digit, upn_check_letter

AUTUMN = collection("2026-autumn")
EMPTY = {name: table.empty() for name, table in CENSUS.items()}
Row = dict[str, Any]
Return = dict[str, list[Row]]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def upn(serial: int, la: str = "801", ending: str = "") -> str:
    body = f"{la}4321{20:02d}{serial:03d}"
    body = body[: 12 - len(ending)] + ending
    return upn_check_letter(body) + body


def uln(serial: int) -> str:
    body = f"{530000000 + serial}"
    return body + uln_check_digit(body)


@dataclass(frozen=True)
class _Rows:
    """Rows of a table, the same as others that are written the same: a case changes one table and leaves the rest."""

    written: str
    rows: list[Row] = field(compare=False)


def frames(rows: Mapping[str, list[Row]]) -> dict[str, pd.DataFrame]:
    return {
        name: _frame(name, _Rows(repr(rows[name]), rows[name])) if rows.get(name) else EMPTY[name] for name in CENSUS
    }


@lru_cache(maxsize=500)
def _frame(name: str, of: _Rows) -> pd.DataFrame:
    return CENSUS[name].frame({column: [row.get(column) for row in of.rows] for column in CENSUS[name].names})


def header(census: Collection) -> Row:
    return {
        "collection": "SC", "term": census.term_code, "year": census.reference_date.year,
        "reference_date": census.reference_date,
        "source_level": "S", "lea": "801", "estab": "4321", "urn": "123456", "software_code": "waybill",
        "serial_no": 1, "date_time": f"{census.reference_date}T18:00:00",
    }  # fmt: skip


def _school(phase: str, lowest: str, highest: str) -> Row:
    return {
        "school_name": "Synthetic School", "phase": phase, "school_type": "28", "highest_nc_year": highest,
        "lowest_nc_year": lowest, "intake": "COMP", "governance": "CA", "email": "office@school.example",
        "phone_no": "01174960123",
    }  # fmt: skip


def _pupil(number: int, born: str, year: str, **given: Any) -> Row:
    birth = day(born)
    age = years(birth, AUTUMN.age_date)
    return {
        "pupil_id": str(number), "section": "on_roll", "upn": upn(number), "surname": f"Surname{chr(64 + number)}",
        "forename": f"Forename{chr(64 + number)}", "preferred_surname": f"Surname{chr(64 + number)}",
        "sex": "FM"[number % 2],
        "dob": birth, "top_up_funding": False, "plaa": "N", "enrol_status": "C", "entry_date": day("2024-09-03"),
        "part_time": False, "boarder": "N", "nc_year_actual": year, "sen_provision": "N", "postcode": "BS1 4ND",
        "line1": "1 Synthetic Street", "age": age, "attendance_age": years(birth, AUTUMN.attendance_age_date),
        "language": "ENG" if age >= 5 else None,
    } | given  # fmt: skip


def _leaver(number: int, born: str, year: str, **given: Any) -> Row:
    """A leaver; the postcode is asked of schools that may have a sixth form only."""
    on_roll_only = (
        "preferred_surname",
        "top_up_funding",
        "plaa",
        "enrol_status",
        "nc_year_actual",
        "sen_provision",
        "line1",
        "postcode",
    )
    row = _pupil(number, born, year) | {"section": "off_roll", "leaving_date": day("2026-07-17")} | given
    return {column: value for column, value in row.items() if column not in on_roll_only}


def years(birth: dt.date, on: dt.date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def attended(*numbers: int | str, periods: tuple[str, ...] = ("term", "half_term_2")) -> dict[str, list[Row]]:
    """Give each pupil 60 possible sessions in each period: two ill, two suspended, two elsewhere."""
    codes = {"/": 27, "\\": 27, "I": 2, "E": 2, "V": 2, "#": 4}
    keys = [{"pupil_id": str(number), "period": period} for number in numbers for period in periods]
    return {
        "attendance": [key | {"sessions_possible": 60} for key in keys],
        "session_detail": [key | {"code": code, "sessions": count} for key in keys for code, count in codes.items()],
    }


def _suspension(number: int, **given: Any) -> Row:
    return {
        "pupil_id": str(number), "category": "SUSP", "reason1": "PP", "reason2": "VA", "reason3": "DM",
        "start_date": day("2026-06-10"), "sessions": 2, "sen_provision": "K",
    } | given  # fmt: skip


def fsm(number: int, **given: Any) -> Row:
    return {
        "pupil_id": str(number), "start_date": day("2025-09-01"), "verified_date": day("2026-09-01"),
        "uk_country": "ENG", "category": "TFSM",
    } | given  # fmt: skip


def _placement(number: int, **given: Any) -> Row:
    return {
        "pupil_id": str(number), "setting_type": "OOT", "company_number": "AB123456", "postcode": "BS1 5TR",
        "reason": "BHS", "entry_date": day("2026-06-01"), "pattern": "PT", "sessions_per_week": 4,
        "sen_entry": "N",
    } | given  # fmt: skip


def primary() -> Return:
    """A primary school with a nursery."""
    served = {"service_child": "N"}
    infant = served | {"school_lunch_taken": True}
    hours = {"funded_hours": 15.0, "hours_at_setting": 30.0, "class_type": "N"}
    return {
        "header": [header(AUTUMN)],
        "school": [_school("PS", "N1", "6")],
        "pupil": [
            _pupil(1, "2024-03-02", "N1", **hours,
                   expanded_hours=15.0, eligibility_code="50012345678", eyppr="N", entry_date=day("2026-09-03"),
                   line1=None, paon="1", street="Synthetic Road", town="Bristol"),
            _pupil(2, "2023-02-02", "N2", **hours,
                   extended_hours=15.0, eligibility_code="50012345679", eyppr="Y", eyppbf="RE", daf=True),
            _pupil(3, "2022-01-05", "R", **infant, class_type="O"),
            _pupil(4, "2021-01-05", "1", **infant),
            _pupil(5, "2020-01-05", "2", **served,
                   school_lunch_taken=False, sen_provision="K", sen_unit=True, resourced=False),
            _pupil(6, "2017-01-05", "5", **served, former_upn=upn(7, ending="T"), uprn="100012345678"),
            _pupil(7, "2017-03-05", "5", **served, line1=None, paon="7", street="Synthetic Road", town="Bristol"),
            _pupil(10, "2016-03-05", "6", **served),
            _leaver(8, "2015-03-05", "6"),
            _leaver(9, "2015-04-05", "6"),
        ],
        "fsm_period": [fsm(6, end_date=day("2026-07-31")), fsm(6, start_date=day("2026-08-01"), category="EFSM")],
        "funding_basis": [{"pupil_id": "1", "basis": "ECO"}],
        "exclusion": [
            _suspension(5), _suspension(8), _suspension(8, category="LNCH", sessions=1, start_date=day("2026-06-20")),
        ],
        "ap_placement": [_placement(7), _placement(7, entry_date=day("2026-09-10"))],
        **attended(4, 5, 6, 7, 8, 9, 10),
    }  # fmt: skip


def secondary() -> Return:
    """A secondary school with a sixth form."""
    asked = {"yssa": "Yes"}
    served = {"service_child": "N"}
    hours = {
        "qual_hrs": 540, "non_qual_hrs": 60, "qual_hrs_previous_year": 500, "non_qual_hrs_previous_year": 50,
        "maths_grade": "5", "maths_exemption": "N", "english_grade": "3", "english_exemption": "O",
    }  # fmt: skip
    aim = {"start_date": day("2026-09-03"), "planned_end_date": day("2028-07-14"), "status": "1"}
    ended = {
        "start_date": day("2025-09-03"),
        "planned_end_date": day("2027-07-16"),
        "actual_end_date": day("2026-07-17"),
    }
    return {
        "header": [header(AUTUMN)],
        "school": [_school("SS", "7", "14")],
        "pupil": [
            _pupil(1, "2015-03-02", "7", **served, entry_date=day("2026-09-03")),
            _pupil(2, "2014-01-05", "8", **asked, **served,
                   plaa="A", sen_provision="E", sen_unit=True, resourced=False),
            _pupil(3, "2011-11-05", "10", **asked, **served, uln=uln(3)),
            _pupil(4, "2010-01-05", "12", **asked, **hours, uln=uln(4)),
            _pupil(5, "2009-10-05", "12", **asked, **hours, uln=uln(5)),
            _pupil(6, "2012-01-05", "10", **asked, **served, uln=uln(6), boarder="7"),
            _leaver(7, "2011-01-05", "11", uln=uln(7)),
            _leaver(8, "2008-01-05", "13", uln=uln(8), **hours),
            _leaver(9, "2011-02-05", "11", uln=uln(9)),
        ],
        "fsm_period": [fsm(3, uk_country="WLS", end_date=day("2026-07-31"))],
        "learner_fam": [
            {"pupil_id": "4", "fam_type": "NLM", "fam_code": "22"},
            {"pupil_id": "4", "fam_type": "EMH", "fam_code": "01"},
        ],
        "exclusion": [_suspension(2), _suspension(2, start_date=day("2026-03-10"), sessions=80)],
        "programme_aim": [
            {"pupil_id": "4", "programme_id": "p4", "prog_type": "1"} | aim,
            {"pupil_id": "5", "programme_id": "p5", "prog_type": "31", "qn": "60312345"} | aim,
            {"pupil_id": "8", "programme_id": "p8", "prog_type": "1", "status": "3",
             "withdrawal_reason": "98"} | ended,
        ],
        "learning_aim": [
            {"pupil_id": "4", "programme_id": "p4", "aim_id": "a1", "qn": "60147084", "scc": "2.1", "core": True} | aim,
            {"pupil_id": "4", "programme_id": "p4", "aim_id": "a2", "qn": "60147085", "scc": "2.2", "core": False}
            | aim,
            {"pupil_id": "5", "programme_id": "p5", "aim_id": "a3", "qn": "60312345", "scc": "2.1", "core": True} | aim,
            {"pupil_id": "8", "programme_id": "p8", "aim_id": "a4", "qn": "60147084", "scc": "2.1", "core": True,
             "status": "2", "partner_ukprn": "10012345"} | ended,
        ],
        "ap_placement": [
            _placement(3, urn="123457", ukprn="10012346"),
            _placement(7, leaving_date=day("2026-07-10")),
        ],
        **attended(2, 3, 4, 5, 7, 9),
    }  # fmt: skip


def unit() -> Return:
    """A pupil referral unit."""
    placed = {"prev_urn": "123458", "ap_reason": "PEX", "ap_sen_entry": "K", "sen_provision": "K", "yssa": "Yes"}
    served = {"service_child": "N"}
    return {
        "header": [header(AUTUMN)],
        "school": [_school("PR", "1", "11")],
        "pupil": [
            _pupil(1, "2012-03-02", "X", **placed, uln=uln(1)),
            _pupil(2, "2011-11-05", "10", **placed, **served, uln=uln(2)),
            _pupil(3, "2013-03-02", "9", **placed | served | {"ap_reason": "EHC", "sen_provision": "E", "uln": uln(3)}),
            _leaver(4, "2011-03-05", "11", uln=uln(4)),
        ],
        "fsm_period": [fsm(2)],
        "exclusion": [_suspension(2)],
        **attended(1, 2, 3, 4),
    }


def special() -> Return:
    """A special school."""
    placed = ("prev_urn", "ap_reason", "ap_sen_entry")
    rows = unit()
    pupils = [{column: value for column, value in row.items() if column not in placed} for row in rows["pupil"]]
    planned = [row | ({"sen_provision": "E"} if row["section"] == "on_roll" else {}) for row in pupils]
    school = _school("SP", "1", "11") | {"intake": "SPEC"}
    return rows | {"school": [school], "pupil": planned, "ap_placement": [_placement(2)]}


def nursery() -> Return:
    """A nursery school."""
    hours = {"funded_hours": 15.0, "hours_at_setting": 15.0, "eyppr": "N", "part_time": True}
    return {
        "header": [header(AUTUMN)],
        "school": [_school("NS", "E1", "N2")],
        "pupil": [
            _pupil(1, "2022-10-02", "N2", **hours, entry_date=day("2026-01-05")),
            _pupil(2, "2023-02-02", "N2", **hours, entry_date=day("2026-01-05"), sen_provision="K"),
            _pupil(3, "2022-02-02", "N2", **hours, entry_date=day("2026-01-05")),
        ],
        "fsm_period": [fsm(1, start_date=day("2026-01-05"))],
    }


BASES: Mapping[str, Callable[[], Return]] = {"PS": primary, "SS": secondary, "PR": unit, "SP": special, "NS": nursery}
REGISTERS = {
    "qualifications": frozenset({"60147084", "60147085", "60312345"}),
    "establishments": frozenset({"123458"}),
}

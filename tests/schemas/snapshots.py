"""Small hand-made snapshots: every table empty except what a test says."""

import datetime as dt
from functools import cache

from schemas.canonical import CANONICAL
from schemas.census.collection import collection
from schemas.census.conform import Software, conform

AUTUMN = collection("2026-autumn")
REF = AUTUMN.reference_date
SOFTWARE = Software("Waybill", "0.1.0", "2026.1")
LONG_AGO = dt.date(2020, 9, 1)


def day(text):
    return dt.date.fromisoformat(text)


def snapshot(*pupils, phase="SS", **tables):
    """Build a snapshot from pupils (dicts of table -> rows) and whole tables (lists of rows)."""
    school = {
        "urn": "123456", "la_number": "801", "estab": "4001", "name": "Synthetic School", "phase": phase,
        "school_type": "49", "intake": "COMP", "governance": "CA", "lowest_nc_year": "7", "highest_nc_year": "13",
        "email": "office@example.org", "phone": "01174960000",
    }  # fmt: skip
    rows = {"school": [school], **tables}
    for pupil in pupils:
        for table, given in pupil.items():
            rows.setdefault(table, []).extend(given)
    return {name: _frame(table, rows[name]) if rows.get(name) else _empty(name) for name, table in CANONICAL.items()}


def pupil(pupil_id, *, entry=LONG_AGO, leaving=None, dob="2013-03-03", year="8", status="C", upn=None, **tables):
    """Build one ordinary pupil; `tables` replaces the rows of a table."""
    pupil_fields = tables.pop("fields", {})
    rows = {
        "pupil": [{"surname": f"Surname{pupil_id}", "forename": "Ann", "sex": "F", "dob": day(dob), **pupil_fields}],
        "enrolment": [{"entry_date": entry, "leaving_date": leaving}],
        "enrol_status": [{"status": status, "start_date": entry, "end_date": leaving}],
        "nc_year": [{"nc_year": year, "start_date": entry, "end_date": leaving}],
        "upn": [{"upn": upn or f"U{pupil_id}", "start_date": entry, "end_date": leaving}],
        **tables,
    }
    return {name: [{"pupil_id": pupil_id, **row} for row in given] for name, given in rows.items()}


def marks(start, *codes):
    """Build attendance marks, two sessions a day from `start`."""
    return [
        {"date": day(start) + dt.timedelta(days=n // 2), "session": ("AM", "PM")[n % 2], "code": code}
        for n, code in enumerate(codes)
    ]


def conformed(snap, *, when=AUTUMN, supplement=None, school_file=None):
    return conform(
        snap, when, supplement=supplement, school_file=school_file, serial_no=1, date_time="2026-10-02T09:00:00",
        software=SOFTWARE,
    )  # fmt: skip


def table(result, name, *columns):
    """Return a table as a list of tuples (null = None), without the pupil's other columns."""
    values = result.frames[name][list(columns)]
    return [tuple(row) for row in values.astype(object).where(values.notna(), None).to_numpy()]


def one(result, column, pupil_id="1"):
    """Return one value of the pupil table."""
    return dict(table(result, "pupil", "pupil_id", column))[pupil_id]


def sections(result):
    return dict(table(result, "pupil", "pupil_id", "section"))


def defaults(result):
    return {default.field: default.count for default in result.defaults}


@cache
def _empty(name):
    """The empty table of a name, made once: no test changes a frame in place."""
    return CANONICAL[name].empty()


def _frame(table, rows):
    numbered = [{"source": f"/{table.name}/{n}", **row} for n, row in enumerate(rows)]
    return table.frame({name: [row.get(name) for row in numbered] for name in table.names})

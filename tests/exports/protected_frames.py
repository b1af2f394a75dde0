"""Two pupils in every dataset of the demo trust, each with something everywhere; the first is the protected one."""

import datetime as dt
from functools import cache

import pandas as pd

from exports.terms import Agreement
from schemas.census.collection import COLLECTIONS
from schemas.feeds import DATASETS
from schemas.table import Column, Frames, Kind, Sensitivity, Table
from tests.exports import roster_frames, transfer_frames
from tests.exports.trust_folder import agreement
from tests.schemas.snapshots import REF, conformed, day, pupil, snapshot

HIDDEN, OTHER = "1", "2"
"""MIS ids of the protected pupil, and of one of whom nothing is known."""

_HOMES = {
    HIDDEN: ("Quillfeather Road", "MK17 8RB", "07412345601", "quillfeather@example.org"),
    OTHER: ("Vellum Lane", "LU5 6QD", "07412345602", "vellum@example.org"),
}
"""Street, postcode, telephone and e-mail of each: each pupil's own, and their parents' too."""
_NAMES = {HIDDEN: "Aldersyde", OTHER: "Brackenbury"}
_VALUES = {
    Kind.DATE: day("2026-09-21"),
    Kind.BOOLEAN: True,
    Kind.INTEGER: 20,
    Kind.DECIMAL: 1.5,
}
_CODES = {"enrol_status": "C", "sex": "F", "ethnicity": "WBRI", "language": "ENG", "service_child": "Y"}


@cache
def frames(name: str) -> dict[str, pd.DataFrame]:
    """The tables that an agreement's file is made from."""
    terms = agreement(name)
    if terms.dataset == "census":
        return _census(terms)
    if terms.dataset == "transfer":
        return _of_school(transfer_frames.made(*map(_leaver, (HIDDEN, OTHER))), terms)
    if terms.dataset == "roster":
        children = [roster_frames.child(pupil_id, surname=_NAMES[pupil_id], email=_HOMES[pupil_id][3])
                    for pupil_id in (HIDDEN, OTHER)]  # fmt: skip
        return roster_frames.whole(*children)
    return {table.name: _filled(table, terms) for table in DATASETS[terms.dataset].tables}


def as_at() -> dt.date:
    """The day that the tables speak of."""
    return REF


def contacts_of(pupil_id: str) -> tuple[str, ...]:
    """Texts of which any in a file tells where a pupil lives, or how to reach them or their parents."""
    return _HOMES[pupil_id]


def name_of(pupil_id: str) -> str:
    return _NAMES[pupil_id]


def _filled(table: Table, terms: Agreement) -> pd.DataFrame:
    rows = [{column.name: _value(column, pupil_id, terms) for column in table.columns} for pupil_id in (HIDDEN, OTHER)]
    return table.frame({name: [row[name] for row in rows] for name in table.names})


def _value(column: Column, pupil_id: str, terms: Agreement) -> object:
    street, postcode, phone, email = _HOMES[pupil_id]
    name = column.name.rpartition("_")[2]
    if column.kind is not Kind.TEXT:
        return day("2019-05-05") if column.name == "dob" else _VALUES[column.kind]
    if column.name in {"pupil_id", "urn", "nc_year"}:
        return {"pupil_id": pupil_id, "urn": terms.schools[0], "nc_year": _year(terms)}[column.name]
    if column.sensitivity is Sensitivity.CONTACT:
        known = {"postcode": postcode, "phone": phone, "email": email, "relationship": "PAM"}
        return known.get(name, f"{street} {name}")
    if column.name == "surname":
        return _NAMES[pupil_id]
    return _CODES.get(column.name, f"{column.name} of {_NAMES[pupil_id]}")


def _year(terms: Agreement) -> str:
    listed = [year for each in terms.population if each.name == "year_groups" for year in tuple(each.values)]
    return listed[0] if listed else "8"


def _leaver(pupil_id: str) -> dict:
    street, postcode, phone, email = _HOMES[pupil_id]
    contact = {
        "contact_id": f"c{pupil_id}", "priority": 1, "forename": "Ann", "surname": "Parent", "relationship": "PAM",
        "line1": street, "postcode": postcode, "phone": phone, "email": email, "parental_responsibility": True,
    }  # fmt: skip
    return transfer_frames.leaver(
        pupil_id,
        upns=[{"upn": f"B82343212600{pupil_id}", "start_date": day("2017-09-04")}],
        fields={"surname": _NAMES[pupil_id], "email": email, "phone": phone, "ethnicity": "WBRI", "language": "ENG"},
        address=[{"paon": "1", "street": street, "postcode": postcode, "start_date": day("2022-01-01")}],
        contact=[contact],
    )


def _census(terms: Agreement) -> dict[str, pd.DataFrame]:
    (when,) = (one for one in COLLECTIONS.values() if one.term_code in terms.terms and one.academic_year == "2026-27")
    return _of_school(conformed(snapshot(*map(_enrolled, (HIDDEN, OTHER))), when=when).frames, terms)


def _of_school(made: Frames, terms: Agreement) -> dict[str, pd.DataFrame]:
    """The tables as if made at a school that the agreement covers."""
    return {
        name: frame.assign(urn=pd.Series(terms.schools[0], index=frame.index, dtype=frame["urn"].dtype))
        if "urn" in frame
        else frame
        for name, frame in made.items()
    }


def _enrolled(pupil_id: str) -> dict:
    street, postcode, *_ = _HOMES[pupil_id]
    home = {"paon": "1", "street": street, "postcode": postcode, "start_date": day("2022-01-01")}
    return pupil(
        pupil_id, upn=f"B82343212600{pupil_id}", address=[home],
        fields={"surname": _NAMES[pupil_id], "ethnicity": "WBRI", "language": "ENG"},
    )  # fmt: skip

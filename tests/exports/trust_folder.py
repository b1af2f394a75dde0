"""The demo trust's folder, compiled once for the tests of this area, and frames made to fit its agreements."""

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from exports.agreements import Compiled, compile_folder, compile_text
from exports.gateways import load_gateways
from exports.notice import Notice, load_notice
from exports.terms import Agreement
from schemas.feeds import FEEDS

FOLDER = Path(__file__).parents[2] / "trusts" / "demo"


@cache
def notice() -> Notice:
    return load_notice(FOLDER / "notice.md")


@cache
def schools() -> dict[str, SimpleNamespace]:
    trust = tomllib.loads((FOLDER / "trust.toml").read_text())
    return {row["urn"]: SimpleNamespace(**row) for row in trust["school"]}


@cache
def compiled() -> dict[str, Compiled]:
    return {each.id: each for each in compile_folder(FOLDER / "agreements", notice(), load_gateways(), schools())}


def agreement(name: str) -> Agreement:
    found = compiled()[name].agreement
    assert found is not None
    return found


def text_of(name: str) -> str:
    return (FOLDER / "agreements" / f"{name}.yaml").read_text(encoding="utf-8")


def faults_of(text: str, name: str = "changed") -> tuple[str, ...]:
    return compile_text(text.encode(), name, notice(), load_gateways(), schools()).faults


_CHILD = {
    "urn": "900004",
    "surname": "O'Neill-Łuczak",
    "forename": "Siân",
    "dob": dt.date(2013, 11, 5),
    "nc_year": "8",
    "registration_group": "8T5",
    "enrol_status": "C",
    "postcode": "MK40 1AA",
    "contact1_forename": "Anna Maria",
    "contact1_surname": "Łuczak",
    "contact1_relationship": "PAM",
    "contact1_email": "anna@example.org",
    "contact1_phone": "07412 345678",
    "contact1_parental_responsibility": True,
    "contact2_surname": "O'Neill",
    "contact2_relationship": "STP",
    "contact2_phone": "+44 7412 345679",
    "contact2_parental_responsibility": True,
}


def feed(table: str, *changes: dict[str, object]) -> dict[str, pd.DataFrame]:
    """One feed table with a good child for each set of changes."""
    rows = [{"pupil_id": str(number), **_CHILD, **change} for number, change in enumerate(changes, start=1)]
    names = FEEDS[table].names
    return {table: FEEDS[table].frame({name: [row.get(name) for row in rows] for name in names})}


def roll(*changes: dict[str, object]) -> dict[str, pd.DataFrame]:
    return feed("roll", *changes)

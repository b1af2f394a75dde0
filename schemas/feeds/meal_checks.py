"""Checks of eligibility for free school meals: the parents who ask, in the columns that the checking service takes.

Belongs here: two datasets of the same parents, because the service takes two forms: one row a parent, or one row a
parent and child. A parent is in them who has given the school a National Insurance number or an asylum support
reference; both belong to the parent, who is another person than the pupil. What the service refuses in a row is
`exports.formats.fsm_check`.
"""

from typing import Final

import pandas as pd

from schemas.asat import spells
from schemas.canonical import CANONICAL
from schemas.feeds import people
from schemas.feeds.dataset import Dataset, Reads, Taking
from schemas.feeds.people import CONT, PERS, REF, ROLL
from schemas.table import Frames, Table, date, text

_PARENT: Final = (
    text("contact_forename", CONT, "First name of the parent"),
    text("contact_surname", CONT, "Surname of the parent"),
    date("contact_dob", CONT, "Date of birth of the parent"),
    text("contact_nino", CONT, "National Insurance number of the parent"),
    text("contact_nass", CONT, "Asylum support reference of the parent"),
)
_OF_CONTACT: Final = tuple(column.name.removeprefix("contact_") for column in _PARENT)
_CHILD: Final = (ROLL["pupil_id"], ROLL["urn"], ROLL["nc_year"], ROLL["dob"])

MEAL_CHECK = Table(
    "meal_check",
    "one parent to be checked, beside the youngest of their children on roll",
    (*_CHILD, text("parent_id", REF, "The MIS's own id of the parent", required=True), *_PARENT),
    key=("parent_id",),
)
MEAL_CHECK_CHILD = Table(
    "meal_check_child",
    "one parent to be checked and one of their children on roll",
    (
        *_CHILD,
        text("parent_id", REF, "The MIS's own id of the parent", required=True),
        text("surname", PERS, "Legal surname of the child", "100003"),
        text("forename", PERS, "Legal first name of the child", "100004"),
        *_PARENT,
    ),
    key=("pupil_id", "parent_id"),
)


def parents(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return each parent once, whatever the number of their children at the school."""
    youngest_last = _asking(snapshot, taking).sort_values(["dob", "pupil_id"], kind="stable", na_position="first")
    return {MEAL_CHECK.name: people.rows(MEAL_CHECK, youngest_last.drop_duplicates("parent_id", keep="last"))}


def parents_and_children(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return each parent beside each of their children at the school."""
    return {MEAL_CHECK_CHILD.name: people.rows(MEAL_CHECK_CHILD, _asking(snapshot, taking))}


def _asking(snapshot: Frames, taking: Taking) -> pd.DataFrame:
    present, _ = spells(snapshot, taking.as_at)
    contact = snapshot["contact"]
    given = contact[contact["nino"].notna() | contact["nass"].notna()].sort_values("contact_id")
    parent = given[["pupil_id", "contact_id", *_OF_CONTACT]].rename(
        columns={"contact_id": "parent_id", **{name: f"contact_{name}" for name in _OF_CONTACT}}
    )
    return people.people(snapshot, present).merge(parent, on="pupil_id")


def _reads(fields: frozenset[str]) -> Reads:
    return {**people.reads(fields), "contact": frozenset(CANONICAL["contact"].names)}


DATASETS: Final = (
    Dataset(
        MEAL_CHECK.name,
        "the parents whose eligibility for free school meals is to be checked, each once",
        (MEAL_CHECK,),
        parents,
        _reads,
    ),
    Dataset(
        MEAL_CHECK_CHILD.name,
        "the parents whose eligibility for free school meals is to be checked, beside each of their children",
        (MEAL_CHECK_CHILD,),
        parents_and_children,
        _reads,
    ),
)

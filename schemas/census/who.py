"""Whom the findings of a return are about, as a person at the desk names them.

Belongs here: the table and how it is taken from a snapshot, so that a pupil who is missing from the return can be named
too. Not here: who may see it (`pipelines.actions.findings`). It is sealed beside the findings and goes nowhere else.
"""

import datetime as dt
from collections.abc import Iterable

import pandas as pd

from schemas.asat import DAY, as_at, latest_per_pupil, row_of
from schemas.canonical import CANONICAL
from schemas.dates import certain
from schemas.table import Frames, Sensitivity, Table, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL

WHO = Table(
    "who",
    "one pupil whom a finding is about",
    (
        text("pupil_id", REF, "The MIS's own id of the pupil, as text", required=True),
        text("upn", IDENT, "Unique pupil number"),
        text("surname", PERS, "Legal surname"),
        text("forename", PERS, "Legal first name"),
        text("nc_year", PERS, "Year group, codeset NCYEAR"),
        text("registration_group", PERS, "Short name of the registration form"),
    ),
    key=("pupil_id",),
)


def who(snapshot: Frames, findings: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Return a WHO frame of the pupils of a FINDING frame, by id.

    Dated values are those of `day`, or of the last row begun by then for a pupil who has left. A table that was not
    read leaves its column empty.
    """
    ids = pd.Series(sorted(set(findings["pupil_id"].dropna())), dtype=WHO["pupil_id"].dtype)
    asked = pd.DataFrame({"pupil_id": ids}).assign(day=pd.Series(day, index=ids.index, dtype=DAY))
    named = row_of(_table(snapshot, "pupil"), asked)
    return WHO.frame(
        {
            "pupil_id": ids,
            "upn": _last(snapshot, "upn", "upn", asked, day),
            "surname": named["surname"],
            "forename": named["forename"],
            "nc_year": _last(snapshot, "nc_year", "nc_year", asked, day),
            "registration_group": _last(snapshot, "registration_group", "name", asked, day),
        },
    )


def of_findings(named: pd.DataFrame, pupil_ids: Iterable[str]) -> pd.DataFrame:
    """Return the rows of some pupils only."""
    return named[named["pupil_id"].isin(list(pupil_ids))].reset_index(drop=True)


def _last(snapshot: Frames, table: str, column: str, asked: pd.DataFrame, day: dt.date) -> pd.Series:
    dated = _table(snapshot, table)
    begun = dated[dated["start_date"].isna() | certain(dated["start_date"] <= day)]
    last = row_of(latest_per_pupil(begun, by=["start_date"]), asked)[column]
    held: pd.Series = as_at(dated, asked)[column].fillna(last)
    return held


def _table(snapshot: Frames, name: str) -> pd.DataFrame:
    return snapshot[name] if name in snapshot else CANONICAL[name].empty()

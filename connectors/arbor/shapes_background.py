"""What a path cannot say, for tables that no census reads: results, classes, staff, plans, consents.

Belongs here: shapes, as `connectors.arbor.shapes` explains them.
"""

from typing import Final

import pandas as pd

from connectors.arbor.assessments import PARTS
from connectors.arbor.shapes import TEXT, Context, column

_BY: Final = (("/guardians/", "parent"), ("/students/", "pupil"))


def words(codes: pd.Series) -> pd.Series:
    """Write codes as words: USER__NUT_FREE is Nut free."""
    plain = codes.str.replace("^USER__", "", regex=True).str.replace("_", " ").str.lower()
    return plain.str.slice(0, 1).str.upper() + plain.str.slice(1)


def background(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add to pupils what is recorded in rows of their own and in no census: candidate number, diet, health."""
    made: dict[str, pd.Series] = {}
    if "candidates" in context.joins:
        issued = context.joins["candidates"]
        issued = issued[issued["cancelled"].isna()].sort_values("issued", kind="stable", na_position="first")
        made["uci"] = issued.groupby("owner_pupil")["uci"].last()
    if "diets" in context.joins:
        diets = context.joins["diets"].dropna(subset=["code"])
        made["dietary"] = diets.assign(code=words(diets["code"])).groupby("owner_pupil")["code"].agg(_listed)
    if "conditions" in context.joins:
        conditions = context.joins["conditions"]
        lasting = conditions[
            conditions["end"].isna() | (conditions["end"].str.slice(0, 10) >= context.today.isoformat())
        ]
        made["medical_flag"] = lasting.assign(flag="true").groupby("owner_pupil")["flag"].first()
    if "impairments" in context.joins:
        impairments = context.joins["impairments"].dropna(subset=["code"])
        made["disability"] = impairments.groupby("owner_pupil")["code"].agg(_listed)
    return rows.assign(**{name: rows["pupil_id"].map(held).astype(TEXT) for name, held in made.items()})


def _listed(values: pd.Series) -> str:
    return ", ".join(sorted(set(values)))


def assessment_result(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Say what each assessment is in the terms of a transfer file; leave out those that are the school's own."""
    known = context.codes["assessment"]
    statutory = rows["_assessment"].isin(list(known))
    context.supplied(
        "assessment-not-statutory",
        "stage",
        int((~statutory).sum()),
        "left out: results of assessments that are not among the statutory ones the settings name",
    )
    rows = rows[statutory]
    days = rows["_day"].str.slice(0, 4)
    parts = [known[code].split(" ") for code in rows["_assessment"]]
    told = {name: column(rows, [part[place] for part in parts]) for place, name in enumerate(PARTS)}
    return rows.assign(year=days, **told)


def teaching_group(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep units in which somebody is enrolled: the others are headings of the curriculum."""
    taught = set(context.joins["enrolled"]["unit"]) if "enrolled" in context.joins else set()
    rows = rows[rows["source"].isin(taught)]
    return rows.assign(subject=words(rows["subject"])) if "subject" in rows else rows


def staff(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add the first e-mail address and the role that the MIS lists first."""
    for name, join in (("email", "emails"), ("role", "roles")):
        if join in context.joins:
            first = context.joins[join].dropna(subset=["value"]).sort_values("order", kind="stable")
            rows = rows.assign(**{name: rows["source"].map(first.groupby("owner")["value"].first()).astype(TEXT)})
    return rows


def intended_destination(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Make one row a pupil of the school's own fields; the first field's record stands as the source."""
    rows = rows.assign(field=context.ours("field", rows["_field"]))
    rows = rows[rows["field"].isin(PLANS)].sort_values("source", kind="stable")
    first = rows.drop_duplicates("pupil_id")[["pupil_id", "source"]]
    said = {field: held.groupby("pupil_id")["_value"].last() for field, held in rows.groupby("field")}
    told = {PLANS[str(field)]: first["pupil_id"].map(values).astype(TEXT) for field, values in said.items()}
    return first.assign(**told)


PLANS: Final = {
    "intended_activity": "activity",
    "intended_provider": "provider",
    "intended_course": "course",
    "intended_level": "level",
    "offer_made": "offer",
    "sharing_refused": "sharing_refused",
    "intention_recorded": "recorded_date",
}
"""Our names of the school's own fields about plans, and the columns they become."""


def consent(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep answered requests. A refusal after an agreement, or beside it without a later agreement, is what holds."""
    given, refused = rows["_given"], rows["_refused"]
    rows = rows[given.notna() | refused.notna()]
    given, refused = rows["_given"].fillna(""), rows["_refused"].fillna("")
    agreed = given > refused
    by = rows["_by"].fillna("")
    return rows.assign(
        purpose=context.ours("consent", rows["purpose"]).str.lower(),
        given=agreed.map({True: "true", False: "false"}).astype(TEXT),
        on=given.where(agreed, refused),
        by=column(rows, [next((who for path, who in _BY if path in href), None) for href in by]),
    )

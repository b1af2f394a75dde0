"""What a path cannot say, for tables about the school, its pupils and their contacts.

Belongs here: shapes, as `connectors.arbor.shapes` explains them.
"""

import pandas as pd

from connectors.arbor.shapes import TEXT, Context, column, joined_lines, postcode, true

_HOME = ("address1", "address2", "address3", "town", "state", "postcode")


def school(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep the school itself of all institutions the MIS knows, with its year range and its mailbox and telephone."""
    rows = rows[rows["urn"] == context.urn]
    if "levels" in context.joins:
        lowest, highest = _year_range(context)
        rows = rows.assign(lowest_nc_year=lowest, highest_nc_year=highest)
    rows = _reached(rows, "source", context)
    return rows.assign(phone=rows["phone"].str.replace(r"\D", "", regex=True)) if "phone" in rows else rows


def _reached(rows: pd.DataFrame, owner: str, context: Context) -> pd.DataFrame:
    """Add the first e-mail address and telephone number of the owner named by a column."""
    for name, join in (("email", "emails"), ("phone", "phones")):
        if join in context.joins:
            rows = rows.assign(**{name: rows[owner].map(_first(context.joins[join])).astype(TEXT)})
    return rows


def _year_range(context: Context) -> tuple[str | None, str | None]:
    """Return the lowest and highest year among this academic year's levels; of all levels when no year is open.

    X (not following the national curriculum) is outside the order of years.
    """
    levels, today = context.joins["levels"], context.today.isoformat()
    levels = levels[levels["year"] != "X"]
    open_now = levels[(levels["opens"].str.slice(0, 10) <= today) & (levels["closes"].str.slice(0, 10) >= today)]
    levels = levels if open_now.empty else open_now
    years = levels.assign(order=pd.to_numeric(levels["order"], errors="coerce")).sort_values("order")["year"].dropna()
    return (None, None) if years.empty else (years.iloc[0], years.iloc[-1])


def _first(owned: pd.DataFrame) -> pd.Series:
    """Return the first value of each owner, by the MIS's own order."""
    ordered = owned.assign(order=pd.to_numeric(owned["order"], errors="coerce")).sort_values("order", kind="stable")
    return ordered.dropna(subset=["value"]).groupby("owner")["value"].first()


def pupil(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add what is recorded in rows of their own: first language, arrangements after care. Write sex as M or F."""
    if "sex" in rows:
        rows = rows.assign(sex=context.ours("gender", rows["sex"]))
    if "languages" in context.joins:
        languages = context.joins["languages"]
        first = languages[true(languages["first"])].groupby("owner_pupil")["code"].agg(_sole)
        rows = rows.assign(language=rows["pupil_id"].map(first).astype(TEXT))
    if "care" in context.joins:
        care = context.joins["care"]
        after = care[~true(care["counts"])].sort_values("start", kind="stable").groupby("owner_pupil")["status"].last()
        rows = rows.assign(plaa=context.ours("in_care", rows["pupil_id"].map(after).astype(TEXT)))
    return rows


def _sole(codes: pd.Series) -> str | None:
    """Several first languages stay side by side: a finding, not a choice."""
    return ",".join(dict.fromkeys(codes.dropna())) or None


def enrolment(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add where a leaver went: the first destination that starts after the leaving date."""
    if "destinations" not in context.joins:
        return rows
    going: dict[str, list[tuple[str, str | None]]] = {}
    for owner, start, name in context.joins["destinations"][["owner_pupil", "start", "name"]].itertuples(index=False):
        going.setdefault(owner, []).append((start[:10] if isinstance(start, str) else "", name))
    found = [
        _destination(going.get(owner, []), left) for owner, left in zip(rows["pupil_id"], rows["_left"], strict=True)
    ]
    return rows.assign(
        destination=column(rows, [name for _, name in found]),
        destination_start=column(rows, [start or None for start, _ in found]),
    )


def _destination(destinations: list[tuple[str, str | None]], left: object) -> tuple[str, str | None]:
    if not isinstance(left, str):
        return "", None
    return min((found for found in destinations if not found[0] or found[0] >= left[:10]), default=("", None))


def contact(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add how to reach the person, and whether the pupil lives there."""
    if "court_order" in rows:
        rows = rows.assign(court_order=rows["court_order"].notna().map({True: "true", False: "false"}))
    rows = _reached(rows, "_guardian", context)
    if "homes" not in context.joins:
        return rows
    homes = context.joins["homes"]
    homes = homes[homes["end"].isna() | (homes["end"].str.slice(0, 10) >= context.today.isoformat())]
    homes = homes.assign(postcode=postcode(homes["postcode"])).drop_duplicates("owner", keep="last").set_index("owner")
    homes = homes.assign(line=column(homes, joined_lines(homes, _HOME)))
    place, theirs = rows["_pupil"].map(homes["home"]), rows["_guardian"].map(homes["home"])
    together = (place == theirs).fillna(value=False).astype(bool)
    known = theirs.notna()
    return rows.assign(
        lives_with_pupil=together.map({True: "true", False: "false"}).where(known, None).astype(TEXT),
        address=rows["_guardian"].map(homes["line"]).astype(TEXT).mask(together),
    )

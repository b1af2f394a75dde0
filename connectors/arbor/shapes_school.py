"""What a path cannot say, for tables about the school, its pupils and their contacts.

Belongs here: shapes, as `connectors.arbor.shapes` explains them.
"""

from typing import NamedTuple

import pandas as pd

from connectors.arbor.shapes import TEXT, Context, column, joined_lines, numbered, postcode, true
from connectors.arbor.shapes_background import background

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
    """Add the first e-mail address and the first two telephone numbers of the owner named by a column."""
    for name, join, place in (("email", "emails", 0), ("phone", "phones", 0), ("phone2", "phones", 1)):
        if join in context.joins:
            rows = rows.assign(**{name: rows[owner].map(_nth(context.joins[join], place)).astype(TEXT)})
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


def _nth(owned: pd.DataFrame, place: int) -> pd.Series:
    """Return the value of each owner at a place (0 is first), by the MIS's own order."""
    ordered = owned.assign(order=pd.to_numeric(owned["order"], errors="coerce")).sort_values("order", kind="stable")
    known = ordered.dropna(subset=["owner", "value"])
    return known[known.groupby("owner").cumcount() == place].set_index("owner")["value"]


def pupil(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add what is recorded in rows of their own: first language, arrangements after care. Write sex as M or F."""
    if "sex" in rows:
        rows = rows.assign(sex=context.ours("gender", rows["sex"]))
    if "languages" in context.joins:
        languages = context.joins["languages"]
        first = languages[true(languages["first"])]
        rows = rows.assign(
            language=rows["pupil_id"].map(_side_by_side(first["owner_pupil"], first["code"])).astype(TEXT)
        )
    if "care" in context.joins:
        care = context.joins["care"]
        after = care[~true(care["counts"])].sort_values("start", kind="stable").groupby("owner_pupil")["status"].last()
        rows = rows.assign(plaa=context.ours("in_care", rows["pupil_id"].map(after).astype(TEXT)))
    return background(_reached(rows, "source", context), context)


def _side_by_side(owners: pd.Series, codes: pd.Series) -> dict[str, str]:
    """Return the codes of each owner. Several first languages stay side by side: a finding, not a choice."""
    found: dict[str, dict[str, None]] = {}
    for owner, code in zip(owners.to_list(), codes.to_list(), strict=True):
        if isinstance(owner, str) and isinstance(code, str):
            found.setdefault(owner, {})[code] = None
    return {owner: ",".join(each) for owner, each in found.items()}


def enrolment(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add where a leaver went: the first destination that starts after the leaving date."""
    if "destinations" not in context.joins:
        return rows
    going: dict[str, list[_Destination]] = {}
    listed = context.joins["destinations"][["owner_pupil", "start", "name", "la", "estab", "kind"]]
    for owner, start, *rest in listed.itertuples(index=False):
        going.setdefault(owner, []).append(
            _Destination(start[:10] if isinstance(start, str) else "", *map(_given, rest))
        )
    found = [
        _destination(going.get(owner, []), left) for owner, left in zip(rows["pupil_id"], rows["_left"], strict=True)
    ]
    return rows.assign(
        destination=column(rows, [it.name for it in found]),
        destination_start=column(rows, [it.start or None for it in found]),
        destination_la=column(rows, [it.la for it in found]),
        destination_estab=column(rows, [it.estab for it in found]),
        destination_type=column(rows, [it.kind for it in found]),
    )


class _Destination(NamedTuple):
    start: str = ""
    name: str | None = None
    la: str | None = None
    estab: str | None = None
    kind: str | None = None


def _given(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _destination(destinations: list[_Destination], left: object) -> _Destination:
    if not isinstance(left, str):
        return _Destination()
    after = (found for found in destinations if not found.start or found.start >= left[:10])
    return min(after, key=lambda found: found.start, default=_Destination())


def contact(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add how to reach the person, and whether the pupil lives there."""
    if "court_order" in rows:
        rows = rows.assign(court_order=rows["court_order"].notna().map({True: "true", False: "false"}))
    rows = _reached(rows, "_guardian", context)
    if "fields" in context.joins:
        fields = context.joins["fields"].assign(field=context.ours("field", context.joins["fields"]["field"]))
        for name in ("nino", "nass"):
            held = fields[fields["field"] == name].groupby("owner")["value"].last()
            rows = rows.assign(**{name: rows["_guardian"].map(held).astype(TEXT)})
    if "homes" not in context.joins:
        return rows
    homes = context.joins["homes"]
    homes = homes[homes["end"].isna() | (homes["end"].str.slice(0, 10) >= context.today.isoformat())]
    homes = homes.assign(postcode=postcode(homes["postcode"])).drop_duplicates("owner", keep="last").set_index("owner")
    homes = homes.assign(line=column(homes, joined_lines(homes, _HOME)))
    place, theirs = rows["_pupil"].map(homes["home"]), rows["_guardian"].map(homes["home"])
    together = (place == theirs).fillna(value=False).astype(bool)
    known = theirs.notna()
    lines = {name: rows["_guardian"].map(held).astype(TEXT).mask(together) for name, held in _lines(homes).items()}
    return rows.assign(
        **lines,
        lives_with_pupil=together.map({True: "true", False: "false"}).where(known, None).astype(TEXT),
        address=rows["_guardian"].map(homes["line"]).astype(TEXT).mask(together),
    )


def _lines(homes: pd.DataFrame) -> dict[str, pd.Series]:
    """Return addresses as two lines, town and postcode; a house number stands before its street."""
    number = numbered(homes["address1"])
    street, more = column(homes, joined_lines(homes, ("address2", "address3"))), homes["address3"]
    return {
        "line1": homes["address1"].mask(number, homes["address1"] + " " + homes["address2"].fillna("")).str.strip(),
        "line2": street.mask(number, more),
        "town": homes["town"],
        "postcode": homes["postcode"],
    }

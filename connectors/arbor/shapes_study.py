"""What a path cannot say, for post-16 study and alternative provision.

Belongs here: shapes, as `connectors.arbor.shapes` explains them.
"""

import pandas as pd

from connectors.arbor.shapes import TEXT, Context, column, postcode


def post16_year(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep academic years with planned hours; add employment from the school's own field."""
    rows = rows[rows["_planned"].notna()]
    if "fields" not in context.joins:
        return rows
    fields = context.joins["fields"]
    employed = fields[context.ours("field", fields["field"]) == "full_time_employed"]
    return rows.assign(
        full_time_employed=rows["pupil_id"]
        .map(employed.groupby("owner_pupil")["value"].last())
        .astype(TEXT)
        .str.lower(),
    )


def programme_aim(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep enrolments that are programmes; their qualification, if any, is their award's."""
    rows = _study(rows[rows["_type"].notna()], context)
    return rows.assign(prog_type=rows["_type"])


def learning_aim(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep enrolments that are aims; each belongs to the same student's enrolment on the same programme.

    An aim without one keeps the reference of the programme itself: it matches nothing, which is a finding.
    """
    programmes = rows[rows["_type"].notna()].sort_values("start_date", kind="stable", na_position="first")
    found = {
        (owner, programme): row_id
        for owner, programme, row_id in programmes[["pupil_id", "_programme", "aim_id"]].itertuples(index=False)
    }
    aims = _study(rows[rows["_type"].isna()], context)
    keys = zip(aims["pupil_id"], aims["_programme"], strict=True)
    return aims.assign(programme_id=column(aims, [found.get(key, str(key[1])) for key in keys]))


def _study(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    if "status" in rows:
        rows = rows.assign(status=context.ours("completion", rows["status"]))
    if "awards" not in context.joins:
        return rows
    awards = context.joins["awards"].drop_duplicates("owner").set_index("owner")
    rows = rows.assign(qn=rows["_instance"].map(awards["qn"]).astype(TEXT).str.replace("/", ""))
    return rows.assign(scc=rows["_instance"].map(awards["scc"]).astype(TEXT)) if "scc" in awards else rows


def ap_entry(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep spells with a reason for alternative provision; add the school before, and SEN provision on entry."""
    rows = rows[rows["_reason"].notna()]
    entries = list(zip(rows["pupil_id"], rows["_entry"].str.slice(0, 10), strict=True))
    made: dict[str, list[str | None]] = {}
    if "histories" in context.joins:
        histories = context.joins["histories"]
        schools = _by_owner(histories[histories["owner_pupil"].isin(rows["pupil_id"])], "left", "urn")
        made["prev_urn"] = [_last(schools.get(owner, []), entry) for owner, entry in entries]
    if "sen" in context.joins:
        sen = context.joins["sen"]
        made["sen_provision"] = [_open_on(sen, owner, entry) for owner, entry in entries]
    return rows.assign(**{name: column(rows, values) for name, values in made.items()})


def _by_owner(frame: pd.DataFrame, day: str, value: str) -> dict[str, list[tuple[str, str]]]:
    owned: dict[str, list[tuple[str, str]]] = {}
    for owner, when, what in frame[["owner_pupil", day, value]].dropna().itertuples(index=False):
        owned.setdefault(owner, []).append((when[:10], what))
    return owned


def _last(schools: list[tuple[str, str]], entry: object) -> str | None:
    before = [school for school in schools if isinstance(entry, str) and school[0] <= entry]
    return max(before)[1] if before else None


def _open_on(sen: pd.DataFrame, owner: str, day: object) -> str | None:
    rows = sen[(sen["owner_pupil"] == owner) & (sen["start"] <= f"{day} 99")]
    rows = rows[rows["end"].isna() | (rows["end"] >= str(day))].sort_values("start")
    return None if rows.empty else rows["code"].iloc[-1]


def ap_placement(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add the postcode of the setting, from the address of its company."""
    if "occupancies" not in context.joins:
        return rows
    places = context.joins["occupancies"].drop_duplicates("owner", keep="last").set_index("owner")["postcode"]
    return rows.assign(postcode=postcode(rows["_company"].map(places).astype(TEXT)))

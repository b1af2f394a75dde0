"""What a path cannot say, for tables about support, home and attendance: filters, constants, codes of the MIS to ours.

Belongs here: functions from text rows to text rows (pandas, Arrow text; "true" and "false", ISO dates). A value that
the
MIS does not give is a `Default`, counted; a code that is not known is left as it is, to become a finding.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

import pandas as pd
import pyarrow as pa

from connectors.arbor.assessments import STATUTORY
from connectors.mis import Default

TEXT: Final = pd.ArrowDtype(pa.string())
TRUE: Final = ("true", "1")
WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STRUCTURED: Final = ("saon", "paon", "street", "locality", "town", "administrative_area", "post_town")
LINES: Final = ("line1", "line2", "line3", "line4", "line5")

CODES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "eligibility": {"FSM_TARGETED": "TFSM", "FSM_EXPANDED": "EFSM", "FSM_LOCAL": "LOCAL"},
        "in_care": {
            "ADOPTED": "A", "SPECIAL_GUARDIANSHIP": "G", "RESIDENCE_ORDER": "R", "CHILD_ARRANGEMENTS": "C",
                "ADOPTED_ABROAD": "O",
        },
        "top_up": {"TOP_UP": "Y"},
        "gender": {"MALE": "M", "FEMALE": "F"},
        "roll_call": {"AM": "AM", "PM": "PM"},
        "completion": {"CONTINUING": "1", "COMPLETED": "2", "WITHDRAWN": "3", "TRANSFERRED": "4"},
        "young_carer": {"PARENT": "P", "SCHOOL": "S"},
        "field": {
            "SERVICE_CHILD": "service_child", "FULL_TIME_EMPLOYED": "full_time_employed", "NINO": "nino",
            "NASS": "nass", "INTENDED_ACTIVITY": "intended_activity", "INTENDED_PROVIDER": "intended_provider",
            "INTENDED_COURSE": "intended_course", "INTENDED_LEVEL": "intended_level", "OFFER_MADE": "offer_made",
            "SHARING_REFUSED": "sharing_refused", "INTENTION_RECORDED": "intention_recorded",
        },
        "assessment": STATUTORY,
        "consent": {},
    },
)  # fmt: skip
"""Codes that are each school's own data, as first set up; `MisSettings.codes` adds to a map or changes it."""


@dataclass(frozen=True)
class Context:
    """What a shape may look at beside its rows.

    Attributes:
        joins: rows of the source's joins that the plan needs, by name; a join that is not needed is absent.
        codes: maps of the school's own codes to ours.
        urn: the school.
        table: canonical table being made.
        today: the day of the extraction.
        defaults: where a shape says what it supplied.

    """

    joins: Mapping[str, pd.DataFrame]
    codes: Mapping[str, Mapping[str, str]]
    urn: str
    table: str
    today: dt.date
    defaults: list[Default] = field(default_factory=list)

    def supplied(self, name: str, column: str, count: int, meaning: str) -> None:
        """Record a value that the MIS did not give."""
        if count:
            self.defaults.append(Default(name, self.table, column, count, meaning))

    def ours(self, name: str, values: pd.Series) -> pd.Series:
        """Translate codes of the school by the map `name`; an unknown one stays as it is."""
        known = self.codes[name]
        return values.map(lambda code: known.get(code, code), na_action="ignore").astype(TEXT)


Shape: TypeAlias = Callable[[pd.DataFrame, Context], pd.DataFrame]


def as_it_is(rows: pd.DataFrame, context: Context) -> pd.DataFrame:  # noqa: ARG001
    """Keep the rows; their paths said everything."""
    return rows


def true(values: pd.Series) -> pd.Series:
    """Say which values are true; null is not."""
    return values.isin(TRUE)


def postcode(values: pd.Series) -> pd.Series:
    """Write postcodes in upper case with one space before the last three characters."""
    closed = values.str.replace(r"\s+", "", regex=True).str.upper()
    return closed.str.replace(r"^(.+)(.{3})$", r"\1 \2", regex=True)


def column(rows: pd.DataFrame, values: Sequence[str | None]) -> pd.Series:
    """Make a text column for these rows."""
    return pd.Series(list(values), index=rows.index, dtype=TEXT)


def joined_lines(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[str | None]:
    """Join what is there of several columns by a comma; null when nothing is."""
    lists = zip(*(rows[column].tolist() for column in columns), strict=True)
    return [", ".join(part for part in parts if isinstance(part, str)) or None for parts in lists]


def ends_at_midnight(rows: pd.DataFrame, context: Context) -> pd.DataFrame:  # noqa: ARG001
    """Turn an exclusive end at midnight into the last day that the row holds; a later time is that same day."""
    ends = rows["end_date"]
    midnight = ends.str.slice(10).isin(("", " 00:00:00", "T00:00:00"))
    days = pd.to_datetime(ends.where(midnight).str.slice(0, 10), errors="coerce") - pd.Timedelta(days=1)
    return rows.assign(end_date=ends.mask(midnight, days.dt.strftime("%Y-%m-%d").astype(TEXT)))


def boarding(rows: pd.DataFrame, context: Context) -> pd.DataFrame:  # noqa: ARG001
    """Make one boarder code of seven nights: the code that is not N; several different ones stay side by side."""
    nights = zip(*(rows[f"_{day}"].tolist() for day in WEEK), strict=True)
    codes = [sorted({code for code in week if isinstance(code, str)} - {"N"}) or ["N"] for week in nights]
    return rows.assign(boarder=column(rows, [",".join(week) for week in codes]))


_STRUCTURE: Final = r"^(?:(?P<saon>(?:Flat|Room|Unit) \w+), )?(?P<paon>\d+[A-Za-z]?)$"


def numbered(first_lines: pd.Series) -> pd.Series:
    """Say which first lines of an address are a house number, after a flat or not."""
    return first_lines.str.fullmatch(_STRUCTURE).fillna(value=False).astype(bool)


def address(rows: pd.DataFrame, context: Context) -> pd.DataFrame:  # noqa: ARG001
    """Split an address whose first line is a number (after a flat); otherwise leave its lines as lines."""
    parts = rows["_address1"].str.extract(_STRUCTURE)
    numbered = parts["paon"].notna()
    flat = parts["saon"].mask(parts["saon"] == "")  # Arrow gives "" for a group that did not take part
    town, state = rows["_town"], rows["_state"]
    structured = (flat, parts["paon"], rows["_address2"], rows["_address3"], town, state, town)
    lines = (rows["_address1"], rows["_address2"], rows["_address3"], town, state)
    return rows.assign(
        **{name: values.astype(TEXT).where(numbered) for name, values in zip(STRUCTURED, structured, strict=True)},
        **{name: values.mask(numbered) for name, values in zip(LINES, lines, strict=True)},
        postcode=postcode(rows["postcode"]) if "postcode" in rows else None,
    )


def fsm(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Name the category of each eligibility; a code mapped to "" is not about free meals and is left out."""
    rows = rows.assign(category=context.ours("eligibility", rows["_code"]))
    rows = rows[rows["category"] != ""].assign(uk_country="ENG")
    context.supplied(
        "fsm-country", "uk_country", len(rows), "ENG: the MIS holds no country of a free school meal period"
    )
    return rows


def service_child(rows: pd.DataFrame, context: Context) -> pd.DataFrame:  # noqa: ARG001
    """A row of this entity means yes."""
    return rows.assign(status="Y")


def young_carer(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Say who identified the pupil as a carer; how Arbor spells that was not seen (low confidence)."""
    return rows.assign(status=context.ours("young_carer", rows["_identified"]))


def recorded_service_child(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Take no, unknown and refused from the school's own field, which has no date: it holds from the first entry on."""
    rows = rows[context.ours("field", rows["_field"]) == "service_child"]
    if "spells" not in context.joins:
        return rows
    entries = context.joins["spells"].groupby("owner_pupil")["entry"].min()
    started = rows["pupil_id"].map(entries).astype(TEXT).str.slice(0, 10)
    context.supplied(
        "service-child-start",
        "start_date",
        len(rows),
        "the pupil's first entry: the MIS dates only rows that mean yes",
    )
    return rows.assign(start_date=started)


def in_care(rows: pd.DataFrame, context: Context) -> pd.DataFrame:  # noqa: ARG001
    """Keep statuses that count as looked after."""
    return rows[true(rows["_counts"])]


def top_up(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep funding of the top-up type."""
    return rows[context.ours("top_up", rows["_type"]) == "Y"]


_EYPP_BASIS: Final = {(True, True): "RB", (True, False): "RE", (False, True): "RO", (False, False): "RU"}


def eypp(rows: pd.DataFrame, context: Context) -> pd.DataFrame:  # noqa: ARG001
    """Make one basis of two flags."""
    flags = zip(true(rows["_economic"]), true(rows["_other"]), strict=True)
    return rows.assign(basis=column(rows, [_EYPP_BASIS[bool(economic), bool(other)] for economic, other in flags]))


def attendance_mark(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out marks that the MIS itself calls wrong."""
    wrong = rows["_error"].notna()
    context.supplied(
        "attendance-validation-error",
        "code",
        int(wrong.sum()),
        "left out: the MIS marks the record as not to be trusted",
    )
    rows = rows[~wrong] if wrong.any() else rows
    if rows["session"].isin(("AM", "PM")).all():
        return rows
    return rows.assign(session=context.ours("roll_call", rows["session"]))


def suspension(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Tell suspensions from lunchtime exclusions; count sessions as twice the days where the school set none."""
    rows = rows.assign(category=rows["_daily"].isna().map({True: "SUSP", False: "LNCH"}))
    if "sessions" in rows:
        days = pd.to_numeric(rows["_days"], errors="coerce") * 2
        counted = days.map(lambda sessions: str(round(sessions)), na_action="ignore").astype(TEXT)
        rows["sessions"] = rows["sessions"].fillna(counted)
    return _reasons(rows, context)


def permanent_exclusion(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Keep what the school does not leave out of the census, with the latest review."""
    left_out = true(rows["_left_out"])
    context.supplied(
        "excluded-from-census",
        "category",
        int(left_out.sum()),
        "left out: the school marks the exclusion as not for the census",
    )
    rows = _reasons(rows[~left_out].assign(category="PERM"), context)
    if "reviews" not in context.joins:
        return rows
    reviewed = context.joins["reviews"].groupby("owner")["day"].max()
    return rows.assign(reviewed_date=rows["source"].map(reviewed).astype(TEXT))


def _reasons(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Put the reason of the row first, then those listed for it, in order; one that is given twice stays twice."""
    if "reasons" not in context.joins:
        return rows
    listed = context.joins["reasons"].assign(order=lambda reasons: pd.to_numeric(reasons["id"], errors="coerce"))
    more = listed.sort_values("order").groupby("owner")["code"].agg(list).to_dict()
    ranked = [
        [code for code in (first, *more.get(source, ())) if isinstance(code, str)]
        for first, source in zip(rows["_reason"], rows["source"], strict=True)
    ]
    ranks = {f"reason{n + 1}": [codes[n] if n < len(codes) else None for codes in ranked] for n in range(3)}
    return rows.assign(**{name: column(rows, codes) for name, codes in ranks.items()})

"""The pupil table: one row per pupil of the return, each item as at census day (or a leaver's last day).

Belongs here: the items that occur once per pupil, and the condition under which each applies to a pupil.
Does not belong here: terms and phases (the layout, through `Scope`), repeating blocks.
"""

import pandas as pd

from schemas.asat import as_at, latest_per_pupil, row_of
from schemas.census.blocks import NO_SEN, NO_SEN_MEANING
from schemas.census.collection import Collection
from schemas.census.defaults import Defaults
from schemas.census.membership import ATTENDANCE_AGES, NOT_BOARDING
from schemas.census.post16 import hours, in_sixth_form
from schemas.census.scope import SECTIONS, Scope
from schemas.census.supplement import ONE_PER_PUPIL, WHERE_THE_MIS_HOLDS_NONE
from schemas.census.tables import OFF_ROLL, PUPIL
from schemas.dates import certain
from schemas.table import Frames

EARLY_YEARS = ("E1", "E2", "N1", "N2")
COMPULSORY_YEARS = ("R", *(str(year) for year in range(1, 12)))
LUNCH_YEARS = ("R", "1", "2")
UNGROUPED = "X"
SINGLE_REGISTRATIONS = ("C", "F", "O")
_UNGROUPED_LUNCH_AGES = (4, 6)
_LAST_EARLY_AGE = 4
_LANGUAGE_AGE = 5
_YSSA_AGE = 12
_ALWAYS = ("pupil_id", "section", "age", "attendance_age")


def identified(snapshot: Frames, who: pd.DataFrame, collection: Collection) -> pd.DataFrame:
    """Return the pupils with the columns `upn` and `former_upn`.

    On roll: the UPN open on census day. Off roll: the last held. Former UPN: of the others that ended before, the last.
    """
    upns = snapshot["upn"]
    begun = upns[upns["start_date"].isna() | certain(upns["start_date"] <= collection.reference_date)]
    last_held = _first_match(who, latest_per_pupil(begun, by=["start_date"]), "upn")
    upn = as_at(upns, who)["upn"].mask(who["section"] == OFF_ROLL, last_held)
    ended = begun[certain(begun["end_date"] < collection.reference_date)]
    others = ended.merge(who[["pupil_id"]].assign(present=upn), on="pupil_id")
    former = latest_per_pupil(others[certain(others["upn"] != others["present"])], by=["end_date", "start_date"])
    return who.assign(upn=upn, former_upn=_first_match(who, former, "upn"))


def pupil_table(
    snapshot: Frames,
    who: pd.DataFrame,
    asked: Scope,
    collection: Collection,
    *,
    lines: pd.DataFrame,
    with_aims: pd.Series,
    defaults: Defaults,
) -> pd.DataFrame:
    """Return the pupil table.

    Args:
        snapshot: what the MIS held.
        who: the pupils of the return, from `membership.candidates` and `identified`.
        asked: what the school's phase and the term ask for.
        collection: census day and windows.
        lines: on-the-day lines with `pupil_id`.
        with_aims: ids of pupils with a learning aim in the return.
        defaults: counts what stands in for a missing row.

    """
    held = row_of(snapshot["pupil"].drop(columns=["source", "dob"]), who)
    held["young_carer"] = as_at(snapshot["young_carer"], who)["status"]
    said = _on_the_day(who, lines)
    columns = {
        **_columns(PUPIL.frame({"pupil_id": who["pupil_id"]})),
        **_columns(who),
        **_columns(held),
        **_columns(as_at(snapshot["address"], who).drop(columns=["source", "start_date", "end_date"])),
        **_columns(hours(snapshot, who, collection)),
        **_columns(said),
        **{name: held[name].fillna(said[name]) for name in WHERE_THE_MIS_HOLDS_NONE},
        **_columns(_special_needs(snapshot, who)),
        **_columns(_entry_to_ap(snapshot, who)),
        "former_surname": _former_surname(snapshot, who, collection),
        "part_time": as_at(snapshot["attendance_pattern"], who)["part_time"],
        "service_child": as_at(snapshot["service_child"], who)["status"],
        "nc_year_actual": who["nc_year"],
        "nc_year_leaving": who["nc_year"],
        "t_level_non_qual_hrs": _first_match(who, snapshot["pupil"], "t_level_non_qual_hours"),
    }
    table = pd.DataFrame({**columns, **_marks_of_a_row(snapshot, who)})
    table = _only_where_it_applies(table, who, with_aims)
    table = _with_defaults(table, who, asked, defaults)
    return _only_what_is_asked(table, asked)


def _special_needs(snapshot: Frames, who: pd.DataFrame) -> pd.DataFrame:
    return as_at(snapshot["sen_status"], who)[["provision", "sen_unit", "resourced"]].rename(
        columns={"provision": "sen_provision"},
    )


def _entry_to_ap(snapshot: Frames, who: pd.DataFrame) -> pd.DataFrame:
    entries = latest_per_pupil(snapshot["ap_entry"], by=["source"])
    named = entries.rename(columns={"reason": "ap_reason", "sen_provision": "ap_sen_entry"})
    return row_of(named, who)[["prev_urn", "ap_reason", "ap_sen_entry"]]


def _on_the_day(who: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    said = lines.groupby("pupil_id")[list(ONE_PER_PUPIL)].first().reset_index()
    return row_of(said, who)


def _former_surname(snapshot: Frames, who: pd.DataFrame, collection: Collection) -> pd.Series:
    names = snapshot["former_surname"].merge(
        snapshot["pupil"][["pupil_id", "surname"]].rename(columns={"surname": "legal"}), on="pupil_id"
    )
    ended = names["end_date"].isna() | certain(names["end_date"] <= collection.reference_date)
    earlier = names[ended & certain(names["surname"] != names["legal"])]
    return _first_match(who, latest_per_pupil(earlier, by=["end_date"]), "surname")


def _marks_of_a_row(snapshot: Frames, who: pd.DataFrame) -> dict[str, pd.Series]:
    """Return items whose only source is that a row was open on the day: null where none was."""
    premium = as_at(snapshot["eypp"], who)
    top_up = as_at(snapshot["top_up"], who)
    yes = pd.Series(data=True, index=who.index, dtype=PUPIL["top_up_funding"].dtype)
    return {
        "eyppr": premium["basis"].mask(premium["source"].notna(), "Y"),
        "eyppbf": premium["basis"],
        "top_up_funding": yes.where(top_up["source"].notna()),
    }


def _only_where_it_applies(table: pd.DataFrame, who: pd.DataFrame, with_aims: pd.Series) -> pd.DataFrame:
    conditions = applicability(who, with_aims)
    hours_claimed = table["extended_hours"].notna() | table["expanded_hours"].notna()
    conditions["eligibility_code"] = conditions["extended_hours"] & hours_claimed
    return table.assign(**{column: table[column].where(applies) for column, applies in conditions.items()})


def applicability(who: pd.DataFrame, with_aims: pd.Series) -> dict[str, pd.Series]:
    """Return, for each item that not every pupil has, the pupils it applies to (phases and terms apart)."""
    year, age = who["nc_year"], who["age"]
    ungrouped = certain(year == UNGROUPED)
    lunch = certain(year.isin(LUNCH_YEARS)) | (ungrouped & certain(age.between(*_UNGROUPED_LUNCH_AGES)))
    compulsory = certain(year.isin(COMPULSORY_YEARS)) | (ungrouped & certain(age.between(*ATTENDANCE_AGES)))
    # A special school may put nobody in a year group: those too young for reception have nursery hours.
    nursery = certain(year.isin(EARLY_YEARS)) & certain(age <= _LAST_EARLY_AGE)
    early = nursery | (ungrouped & certain(age < _LAST_EARLY_AGE))
    sixth = in_sixth_form(who)
    studying = sixth & who["pupil_id"].isin(with_aims)
    single = certain(who["enrol_status"].isin(SINGLE_REGISTRATIONS))
    return {
        "school_lunch_taken": lunch,
        "yssa": certain(age >= _YSSA_AGE),
        "language": certain(age >= _LANGUAGE_AGE),
        "service_child": compulsory,
        **dict.fromkeys(_EARLY_ITEMS, early),
        **dict.fromkeys(_SIXTH_FORM_ITEMS, sixth),
        **dict.fromkeys(_ATTAINMENT_ITEMS, studying),
        **dict.fromkeys(("prev_urn", "ap_reason", "ap_sen_entry"), single),
    }


_EARLY_ITEMS = (
    "funded_hours", "extended_hours", "expanded_hours", "eligibility_code", "hours_at_setting", "daf", "eyppr",
    "eyppbf",
)  # fmt: skip
_SIXTH_FORM_ITEMS = (
    "qual_hrs", "non_qual_hrs", "qual_hrs_previous_year", "non_qual_hrs_previous_year", "t_level_qual_hrs",
    "t_level_non_qual_hrs", "ft_emp",
)  # fmt: skip
_ATTAINMENT_ITEMS = (
    "maths_grade", "maths_year11", "maths_exemption", "maths_grade_previous",
    "english_grade", "english_year11", "english_exemption", "english_grade_previous",
)  # fmt: skip


def _with_defaults(table: pd.DataFrame, who: pd.DataFrame, asked: Scope, defaults: Defaults) -> pd.DataFrame:
    applies = applicability(who, with_aims=who["pupil_id"].head(0))

    def filled(column: str, *, default: object, meaning: str) -> pd.Series:
        where = asked.asks(who, column) & applies.get(column, True)
        return defaults.fill(f"pupil.{column}", table[column], default, meaning, where=where)

    return table.assign(
        preferred_surname=filled(
            "preferred_surname", default=table["surname"], meaning="no preferred surname: the legal one"
        ),
        **{column: filled(column, default=default, meaning=meaning) for column, default, meaning in _DEFAULTS},
    )


_DEFAULTS = (
    ("boarder", NOT_BOARDING, "no boarding row held on the day: N, no boarder"),
    ("part_time", False, "no attendance pattern held on the day: full-time"),
    ("sen_provision", NO_SEN, NO_SEN_MEANING),
    ("service_child", "U", "no service-child row held on the day: U, unknown"),
    ("top_up_funding", False, "no top-up row held on the day: not funded"),
    ("young_carer", "N", "no young-carer row held on the day: N, not declared"),
    ("plaa", "N", "no post looked-after arrangement recorded: N, not declared"),
    ("eyppr", "N", "no early years pupil premium row held on the day: N, not received"),
)


def _only_what_is_asked(table: pd.DataFrame, asked: Scope) -> pd.DataFrame:
    sections = {name: frozenset(SECTIONS) if name in _ALWAYS else asked.sections(name) for name in PUPIL.names}
    of_sections = {each: table["section"].isin(each) for each in set(sections.values())}
    return PUPIL.frame(
        {
            name: table[name] if of_sections[each].all() else table[name].where(of_sections[each])
            for name, each in sections.items()
        },
    )


def _first_match(who: pd.DataFrame, rows: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of `rows`, which has at most one row per pupil, on the index of `who`."""
    return row_of(rows[["pupil_id", column]], who)[column]


def _columns(frame: pd.DataFrame) -> dict[str, pd.Series]:
    return {str(name): values for name, values in frame.items()}

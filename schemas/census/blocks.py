"""The repeating blocks that hang on a window: meals, exclusions, placements, needs, funding and monitoring.

Belongs here: one function per block. Attendance and post-16 aims have their own modules.
An end after census day had not happened on census day, so it is left out.
"""

import datetime as dt

import pandas as pd

from schemas.asat import as_at, in_order_of, open_on, row_of
from schemas.census.collection import Collection
from schemas.census.defaults import Defaults
from schemas.census.scope import Scope
from schemas.census.tables import (
    AP_PLACEMENT,
    EXCLUSION,
    FSM_PERIOD,
    FUNDING_BASIS,
    LEARNER_FAM,
    LEARNER_SUPPORT,
    SEN_NEED,
)
from schemas.dates import certain, touching, within
from schemas.table import Frames, Table

NO_SEN = "N"
RANKS = (1, 2)
NO_SEN_MEANING = "no SEN provision row held on the day: N, no special educational need"


def fsm_periods(
    snapshot: Frames, who: pd.DataFrame, asked: Scope, collection: Collection, defaults: Defaults
) -> pd.DataFrame:
    """Return the free school meal periods that touch the window; locally funded schemes are never returned."""
    fsm = of_pupils(snapshot["fsm"], asked.pupils(who, "fsm_period"))
    kept = fsm[touching(fsm["start_date"], fsm["end_date"], *collection.fsm) & ~certain(fsm["category"] == "LOCAL")]
    country = defaults.fill("fsm_period.uk_country", kept["uk_country"], "ENG", "the MIS holds no country: England")
    ends = happened(kept["end_date"], collection.reference_date)
    return in_order(FSM_PERIOD, kept.assign(uk_country=country, end_date=ends), by=["pupil_id", "start_date", "source"])


def exclusions(
    snapshot: Frames, who: pd.DataFrame, asked: Scope, collection: Collection, defaults: Defaults
) -> pd.DataFrame:
    """Return the suspensions and exclusions that began in the window, with the SEN provision of that day."""
    suspended = of_pupils(snapshot["suspension"], asked.pupils(who, "exclusion"))
    kept = suspended[within(suspended["start_date"], *collection.exclusions)]
    provision = _provision(snapshot, kept, "start_date")
    filled = defaults.fill("exclusion.sen_provision", provision, NO_SEN, NO_SEN_MEANING)
    return in_order(EXCLUSION, kept.assign(sen_provision=filled), by=["pupil_id", "start_date", "source"])


def ap_placements(
    snapshot: Frames, who: pd.DataFrame, asked: Scope, collection: Collection, defaults: Defaults
) -> pd.DataFrame:
    """Return the school-arranged placements that touch the window; one left open ends with the leaver's last day."""
    placed = of_pupils(snapshot["ap_placement"], asked.pupils(who, "ap_placement"))
    last = placed["end_date"].fillna(placed["leaving_date"])
    kept = placed[touching(placed["start_date"], last, *collection.ap)]
    leaving = happened(kept["end_date"], collection.reference_date)
    entry = defaults.fill("ap_placement.sen_entry", _provision(snapshot, kept, "start_date"), NO_SEN, NO_SEN_MEANING)
    end = _provision(snapshot, kept.assign(end_date=leaving), "end_date")
    exit_ = defaults.fill("ap_placement.sen_leaving", end, NO_SEN, NO_SEN_MEANING, where=leaving.notna())
    described = kept.drop(columns=["leaving_date"]).assign(
        entry_date=kept["start_date"], leaving_date=leaving, sen_entry=entry, sen_leaving=exit_
    )
    return in_order(AP_PLACEMENT, described, by=["pupil_id", "entry_date", "source"])


def funding_bases(snapshot: Frames, pupils: pd.DataFrame, collection: Collection) -> pd.DataFrame:
    """Return the funding bases of two-year-olds with funded hours; `pupils` is the finished pupil table.

    A child who turned three in this term is not yet in the three-year-old band, and still counts as two (rule 5235).
    """
    two = certain(pupils["dob"] > collection.three_year_olds.end) & pupils["funded_hours"].notna()
    bases = snapshot["two_year_basis"]
    kept = bases[bases["pupil_id"].isin(pupils.loc[two, "pupil_id"])]
    return in_order(FUNDING_BASIS, kept, by=["pupil_id", "basis"]).drop_duplicates(ignore_index=True)


def sen_needs(snapshot: Frames, pupils: pd.DataFrame, asked: Scope, collection: Collection) -> pd.DataFrame:
    """Return the first and second ranked need on census day of pupils with SEN provision (spring)."""
    with_sen = pupils.loc[certain(pupils["sen_provision"].isin(["K", "E"])), ["pupil_id", "section"]]
    needs = open_on(snapshot["sen_need"], collection.reference_date)
    of_them = needs["pupil_id"].isin(asked.pupils(with_sen, "sen_need")["pupil_id"])
    ranked = certain(needs["rank"].isin(RANKS))
    return in_order(SEN_NEED, needs[of_them & ranked], by=["pupil_id", "rank", "source"])


def learner_fams(lines: pd.DataFrame, who: pd.DataFrame, asked: Scope) -> pd.DataFrame:
    """Return the learner funding and monitoring pairs of the on-the-day lines (column `pupil_id` joined)."""
    pairs = lines.rename(columns={"learner_fam_type": "fam_type", "learner_fam_code": "fam_code"})
    said = pairs[pairs["fam_type"].notna() | pairs["fam_code"].notna()]
    kept = said[said["pupil_id"].isin(asked.pupils(who, "learner_fam")["pupil_id"])]
    return in_order(LEARNER_FAM, kept, by=["pupil_id", "fam_type", "fam_code"])


def learner_supports(lines: pd.DataFrame, who: pd.DataFrame, asked: Scope) -> pd.DataFrame:
    """Return the learner support of the on-the-day lines (column `pupil_id` joined); spring and summer."""
    said = lines.rename(columns={"learner_support": "support_code"})
    kept = said[said["support_code"].notna() & said["pupil_id"].isin(asked.pupils(who, "learner_support")["pupil_id"])]
    return in_order(LEARNER_SUPPORT, kept, by=["pupil_id", "support_code"])


def happened(days: pd.Series, reference_date: dt.date) -> pd.Series:
    """Return days with those after census day left out: they had not happened."""
    return days.mask(certain(days > reference_date))


def in_order(table: Table, rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return rows as a return table: its columns alone, in an order that does not hang on the MIS."""
    return in_order_of(rows, by)[table.names].reset_index(drop=True)


def of_pupils(frame: pd.DataFrame, pupils: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of some pupils, each with its pupil's `leaving_date`."""
    rows = frame[frame["pupil_id"].isin(pupils["pupil_id"])]
    return rows.assign(leaving_date=row_of(pupils[["pupil_id", "leaving_date"]], rows)["leaving_date"])


def _provision(snapshot: Frames, rows: pd.DataFrame, day: str) -> pd.Series:
    dated = rows[["pupil_id"]].assign(day=rows[day])
    return as_at(snapshot["sen_status"], dated)["provision"].mask(dated["day"].isna())

"""What a transfer file says of each pupil: one function for each table, from a snapshot and the pupils told of.

Belongs here: the pupil's own row and every table below it but attendance (`schemas.feeds.transfer_attendance`). Values
are as at `who.day`; who is told of and where the file goes is `schemas.feeds.transfer`. Nothing is guessed: what the
MIS does not hold is null, and stays out of the file.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from schemas.asat import as_at, latest_per_pupil
from schemas.dates import certain
from schemas.feeds.people import LOCAL_MEALS, people
from schemas.table import Frames

Frame = pd.DataFrame

STAGES: Final[Mapping[str, str]] = MappingProxyType({"PHO": "KS1", "MTC": "KS2"})
"""Assessments that a transfer file tells of under a key stage; any other stage is its own."""

_STRUCTURED: Final = ("saon", "paon", "street", "locality", "town", "administrative_area", "post_town", "uprn")
_LINES: Final = tuple(f"line{number}" for number in range(1, 6))


def pupil(snapshot: Frames, who: Frame) -> Frame:
    """Return one row for each pupil, in the order of `who`."""
    told = people(snapshot, who)
    address = as_at(snapshot["address"], who)
    care = as_at(snapshot["in_care"], who)
    return told.assign(
        told_of=who["told_of"],
        due=who["due"],
        former_upn=_former_upn(snapshot["upn"], told),
        former_surname=_latest(snapshot["former_surname"], who, "surname"),
        in_care=care["source"].notna(),
        care_authority=care["responsible_la"],
        email=told["email"],
        **_address(address),
    )


def _former_upn(upns: Frame, told: Frame) -> pd.Series:
    now = told.set_index("pupil_id")["upn"]
    before = upns[upns["end_date"].notna() & certain(upns["upn"] != upns["pupil_id"].map(now))]
    return _latest(before, told, "upn")


def _latest(dated: Frame, who: Frame, column: str) -> pd.Series:
    """Return a column of the row that ended last; null without one."""
    last = latest_per_pupil(dated, by=["end_date"])
    return who[["pupil_id"]].merge(last, on="pupil_id", how="left")[column].set_axis(who.index)


def _address(address: Frame) -> dict[str, pd.Series]:
    """Return an address in one of its two forms, never in both: in lines where the MIS holds lines."""
    in_lines = address["line1"].notna()
    structured = {name: address[name].mask(in_lines) for name in _STRUCTURED}
    return {**structured, **{name: address[name].where(in_lines) for name in _LINES}, "postcode": address["postcode"]}


def language(snapshot: Frames, who: Frame) -> Frame:
    """Return the first language; the MIS holds no other."""
    held = _of_pupils(snapshot["pupil"], who)
    return held[held["language"].notna()].assign(language_type="F")


def disability(snapshot: Frames, who: Frame) -> Frame:
    """Return one row for each disability; the MIS holds them with commas."""
    held = _of_pupils(snapshot["pupil"], who)
    each = held.assign(disability=held["disability"].astype(object).str.split(",")).explode("disability")
    named = each.assign(disability=each["disability"].str.strip())
    return named[named["disability"].notna() & (named["disability"] != "")]


def fsm(snapshot: Frames, who: Frame) -> Frame:
    """Return every period of eligibility that began by the day; a locally funded scheme is none."""
    known = snapshot["fsm"][~certain(snapshot["fsm"]["category"] == LOCAL_MEALS)]
    return _begun(known, who).sort_values(["pupil_id", "start_date"], kind="stable")


def sen(snapshot: Frames, who: Frame) -> Frame:
    """Return the whole history of SEN provision."""
    known = snapshot["sen_status"][snapshot["sen_status"]["provision"].notna()]
    return _begun(known, who).sort_values(["pupil_id", "start_date"], kind="stable", na_position="first")


def sen_need(snapshot: Frames, who: Frame) -> Frame:
    """Return the needs that held on the day, in order of rank."""
    begun = _begun(snapshot["sen_need"], who)
    held = begun[begun["end_date"].isna() | certain(begun["end_date"] >= begun["day"])]
    return held.sort_values(["pupil_id", "rank"], kind="stable")


def phone(snapshot: Frames, who: Frame) -> Frame:
    """Return the pupil's own telephone; the MIS does not say of which kind it is."""
    held = _of_pupils(snapshot["pupil"], who)
    return held[held["phone"].notna()]


def contact(snapshot: Frames, who: Frame) -> Frame:
    """Return every contact in emergency order; one without an order comes after the others."""
    held = _of_pupils(snapshot["contact"], who)
    held = held.sort_values(["pupil_id", "priority", "contact_id"], na_position="last", ignore_index=True)
    place = (held.groupby("pupil_id").cumcount() + 1).astype(held["priority"].dtype)
    own = held[["address", "line1", "line2", "town", "postcode"]].notna().any(axis=1)
    return held.assign(
        row_id=_row_ids(held["pupil_id"], held["contact_id"]),
        order=held["priority"].fillna(place),
        responsibility=held["parental_responsibility"],
        address_as_pupil=held["lives_with_pupil"].where(certain(held["lives_with_pupil"]) & ~own),
        line1=held["line1"].fillna(held["address"]),
        line3=held["town"],
        town=None,
    )


def contact_phone(snapshot: Frames, who: Frame) -> Frame:
    """Return the telephones of each contact, the first of them first."""
    each = contact(snapshot, who)
    both = pd.concat([each, each.assign(phone=each["phone2"])]).sort_index(kind="stable")
    return both[both["phone"].notna()]


def stage(snapshot: Frames, who: Frame) -> Frame:
    """Return the key stages with results."""
    return result(snapshot, who).drop_duplicates("row_id")


def result(snapshot: Frames, who: Frame) -> Frame:
    """Return every result, under its key stage."""
    held = _of_pupils(snapshot["assessment_result"], who)
    under = held["stage"].replace(dict(STAGES))
    placed = held.assign(stage=under, row_id=_row_ids(held["pupil_id"], under), locale="ENG")
    order = ["pupil_id", "stage", "year", "subject", "method", "component"]
    return placed[placed["stage"].notna()].sort_values(order, kind="stable")


def school(snapshot: Frames, who: Frame) -> Frame:
    """Return the schools before this one and this one, which is the last."""
    before = _of_pupils(snapshot["school_history"], who).assign(school_name=lambda each: each["name"], last_school=None)
    here = snapshot["school"].iloc[0]
    this = who.assign(la_number=here["la_number"], estab=here["estab"], school_name=here["name"], last_school=True)
    own = certain(before["la_number"] + before["estab"] == here["la_number"] + here["estab"])
    same = own & before["entry_date"].isin(who["entry_date"])
    history = before[~same].sort_values(["pupil_id", "entry_date"], kind="stable", na_position="first")
    return pd.concat([history, this.loc[:, this.columns.isin([*history.columns, "removal_ground"])]])


def next_school(who: Frame) -> Frame:
    """Return the school each leaver goes to and the first day there, where the MIS has its number."""
    known = who[who["destination_la"].notna() & who["destination_estab"].notna()]
    return pd.DataFrame(
        {
            "pupil_id": known["pupil_id"],
            "la_number": known["destination_la"],
            "estab": known["destination_estab"],
            "school_name": known["destination"],
            "entry_date": known["destination_start"],
        },
    )


def _begun(dated: Frame, who: Frame) -> Frame:
    """Return the rows of a dated table that began by the pupil's day; a row without a first day reaches back."""
    held = _of_pupils(dated, who).merge(who[["pupil_id", "day"]], on="pupil_id")
    return held[held["start_date"].isna() | certain(held["start_date"] <= held["day"])]


def _of_pupils(frame: Frame, who: Frame) -> Frame:
    return frame[frame["pupil_id"].isin(who["pupil_id"])].reset_index(drop=True)


def _row_ids(pupil_id: pd.Series, within: pd.Series) -> pd.Series:
    return pupil_id + "/" + within


BLOCKS: Final[Mapping[str, Callable[[Frames, Frame], Frame]]] = MappingProxyType(
    {
        "pupil": pupil,
        "language": language,
        "disability": disability,
        "fsm": fsm,
        "sen": sen,
        "sen_need": sen_need,
        "phone": phone,
        "contact": contact,
        "contact_phone": contact_phone,
        "stage": stage,
        "result": result,
        "school": school,
    },
)
"""How each table is filled, by its name without the family."""

"""What a column of a return is declared to be made from is what it is made from."""

import datetime as dt
from functools import cache

import pandas as pd
import pytest

from schemas.canonical import CANONICAL
from schemas.census.collection import collection
from schemas.census.layout import layout
from schemas.census.provenance import HERE, ON_THE_DAY, SCHOOL_FILE, given_by, made_from
from schemas.table import Kind
from tests.schemas.snapshots import conformed, pupil, snapshot

ITEMS = {f"{item.table}.{item.column}": item for item in layout("2026-27").items}
FROM_THE_MIS = sorted(field for field in ITEMS if made_from(field))
MADE_HERE = {
    "collection", "term", "year", "reference_date", "source_level", "software_code", "release", "xversion",
    "serial_no", "date_time",
}  # fmt: skip
RETURNS = [("2026-autumn", "SS"), ("2026-autumn", "NS"), ("2026-autumn", "PR"), ("2027-spring", "SS")]
SOMETHING = {Kind.TEXT: "9", Kind.INTEGER: 1, Kind.DECIMAL: 3.0, Kind.BOOLEAN: True, Kind.DATE: dt.date(2020, 9, 1)}
OTHERWISE = {
    Kind.TEXT: lambda _: "X",
    Kind.INTEGER: lambda value: value + 1,
    Kind.DECIMAL: lambda value: value + 1,
    Kind.BOOLEAN: lambda value: not value,
    Kind.DATE: lambda value: value + dt.timedelta(days=4000),
}
SAID = {"sen_status": {"provision": "K"}, "boarding": {"boarder": "N"}}
DECIDING = {"upn.upn", "nc_year.nc_year", "enrol_status.status", "boarding.boarder", "sen_status.provision",
            "attendance_mark.code", "school.phase", "programme_aim.programme_id", "learning_aim.programme_id",
            "learning_aim.aim_id", "work_placement.aim_id"}  # fmt: skip
"""Texts that decide what is in a return, or how often; no other word may stand for them."""
BY_A_ROW = {"pupil.eyppr", "pupil.top_up_funding"}
"""Made of the fact that a row was there on the day."""
DATES_AND_CODES = {
    field for field in FROM_THE_MIS if ITEMS[field].kind is Kind.DATE or DECIDING & set(made_from(field))
}
TEXTS = [field for field in FROM_THE_MIS if ITEMS[field].kind is Kind.TEXT and field not in DATES_AND_CODES | BY_A_ROW]
COUNTED = [field for field in FROM_THE_MIS if field not in {*TEXTS, *DATES_AND_CODES, *BY_A_ROW}]
DATED = (
    "sen_status", "address", "service_child", "young_carer", "top_up", "eypp", "boarding", "attendance_pattern",
    "sen_need",
)  # fmt: skip


def filled(table, **said):
    """A row with something in every column that is not said."""
    own = [column for column in CANONICAL[table].columns if column.name not in {"pupil_id", "source"}]
    return {column.name: None if column.name == "end_date" else SOMETHING[column.kind] for column in own} | said


def everybody(census):
    """A nursery child, a two-year-old, a pupil with everything, a student and a leaver, all in the windows."""
    aims = census.learning_aims.start if census.learning_aims else census.reference_date
    for number, (born, year) in enumerate((("2023-01-05", "N2"), ("2024-10-20", "E2"), ("2013-03-03", "8"),
                                           ("2009-03-03", "12"), ("2013-03-04", "8")), 1):  # fmt: skip
        name, gone = str(number), census.reference_date - dt.timedelta(days=5) if number == 5 else None
        yield pupil(
            name, dob=born, year=year, leaving=gone,
            fields={key: value for key, value in filled("pupil").items() if key != "dob"},
            upn=f"U{name}",
            former_surname=[{"surname": f"Before{name}", "end_date": dt.date(2022, 1, 1)}],
            two_year_basis=[filled("two_year_basis")],
            attendance_mark=[
                {"date": window.start, "session": half, "code": code}
                for window in census.attendance.values() for half, code in (("AM", "/"), ("PM", "L"))
            ],
            suspension=[filled("suspension", start_date=census.exclusions.start)],
            ap_entry=[filled("ap_entry")],
            ap_placement=[filled("ap_placement", start_date=census.ap.start, end_date=census.ap.start)],
            post16_year=[filled("post16_year", start_date=census.reference_date),
                         filled("post16_year", start_date=aims + dt.timedelta(days=30))],
            programme_aim=[filled("programme_aim", programme_id=name, start_date=aims, actual_end_date=aims)],
            learning_aim=[
                filled("learning_aim", programme_id=name, aim_id=name, start_date=aims, actual_end_date=aims)
            ],
            work_placement=[filled("work_placement", aim_id=name, end_date=aims)],
            fsm=[filled("fsm", end_date=census.fsm.start)],
            **{table: [filled(table, **SAID.get(table, {}))] for table in DATED},
        )  # fmt: skip


@cache
def held(key, phase):
    """A snapshot of a school, in which each pupil has had another UPN before."""
    taken = snapshot(*everybody(collection(key)), phase=phase)
    former = taken["upn"].assign(upn="F" + taken["upn"]["upn"], source="/former", end_date=dt.date(2021, 1, 1))
    upns = pd.concat([former.astype(taken["upn"].dtypes), taken["upn"]], ignore_index=True)
    return taken | {"upn": upns}


@cache
def made(key, phase):
    return conformed(held(key, phase), when=collection(key)).frames


def column(frames, field):
    table, _, name = field.partition(".")
    return frames[table][name].dropna()


def named(frames):
    """The same snapshot, in which each text that decides nothing is the name of its own column."""

    def told(name, column):
        decides = f"{name}.{column.name}" in DECIDING or column.name in {"pupil_id", "source"}
        return column.kind is Kind.TEXT and not decides

    return {
        name: frames[name].assign(**{
            one.name: frames[name][one.name].mask(frames[name][one.name].notna(), f"{name}.{one.name}")
            for one in table.columns if told(name, one)
        })
        for name, table in CANONICAL.items()
    }  # fmt: skip


def changed(frames, source):
    """The same snapshot with one column otherwise."""
    table, _, name = source.partition(".")
    frame, kind = frames[table], CANONICAL[table][name].kind
    values = [None if pd.isna(value) else OTHERWISE[kind](value) for value in frame[name]]
    return {**frames, table: frame.assign(**{name: pd.Series(values, index=frame.index, dtype=frame[name].dtype)})}


def test_every_item_of_the_layout_has_a_source_a_file_or_is_made_here():
    assert {field for field in ITEMS if given_by(field) == HERE} == {f"header.{name}" for name in MADE_HERE}
    assert all(source in {f"{name}.{one}" for name, table in CANONICAL.items() for one in table.names}
               for field in ITEMS for source in made_from(field))  # fmt: skip
    assert {field for field, item in ITEMS.items() if item.supplement} == {
        field for field in ITEMS if given_by(field) == ON_THE_DAY
    }
    assert given_by("school_class.teachers") == given_by("school.free_meals_taken") == SCHOOL_FILE
    assert given_by("pupil.young_carer") == "snapshot, or on-the-day file where the MIS holds none"


def test_every_text_has_a_value_in_one_of_the_returns_that_are_tried():
    assert [field for field in TEXTS if not any(len(column(made(*one), field)) for one in RETURNS)] == []


@pytest.mark.parametrize(("key", "phase"), RETURNS)
def test_a_text_is_that_of_the_column_it_is_declared_to_be_made_from(key, phase):
    frames = conformed(named(held(key, phase)), when=collection(key)).frames
    found = {field: set(column(frames, field)) for field in TEXTS if len(column(frames, field))}
    assert len(found) > 20
    assert found == {field: {made_from(field)[0]} for field in found}


def differs(field, *sources):
    """Say whether a column of a return is another one when these columns of the MIS are."""
    key, phase = next(one for one in RETURNS if len(column(made(*one), field)))
    found = column(otherwise(key, phase, sources), field)
    return sorted(map(str, found)) != sorted(map(str, column(made(key, phase), field)))


@cache
def otherwise(key, phase, sources):
    frames = held(key, phase)
    for source in sources:
        frames = changed(frames, source)
    return conformed(frames, when=collection(key)).frames


@pytest.mark.parametrize("field", sorted((DATES_AND_CODES | BY_A_ROW) - {"school.phase"}))
def test_a_day_or_a_code_changes_with_the_column_it_is_declared_to_be_made_from(field):
    assert differs(field, *made_from(field))


def test_figures_change_with_the_columns_they_are_declared_to_be_made_from():
    sources = tuple(dict.fromkeys(source for field in COUNTED for source in made_from(field)))
    assert [field for field in COUNTED if not differs(field, *sources)] == []

"""What differs between two returns, and that nothing else is said to."""

import datetime as dt

import pandas as pd
import pytest

from bench.data import school
from exports.changes import Change, changes
from schemas.census.tables import CENSUS

FRAMES = school(2, 40)
AT = {upn: row for row, upn in enumerate(FRAMES["pupil"]["upn"])}


def with_(table: str, frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {**FRAMES, table: frame.reset_index(drop=True)}


def set_at(table: str, row: int, column: str, value: object) -> dict[str, pd.DataFrame]:
    frame = FRAMES[table].copy()
    frame.loc[row, column] = value
    return with_(table, frame.astype({column: CENSUS[table][column].dtype}))


def said(right) -> set[tuple[str, Change, int]]:
    return {(item.field, item.change, item.count) for item in changes(FRAMES, right).items}


def test_the_same_return_says_the_same_whatever_the_order_and_the_numbers():
    shuffled = {name: frame.sample(frac=1, random_state=7).reset_index(drop=True) for name, frame in FRAMES.items()}
    for name, frame in shuffled.items():
        for column in {"pupil_id", "programme_id", "aim_id"} & set(frame.columns):
            shuffled[name] = shuffled[name].assign(**{column: ("n" + frame[column]).astype(frame[column].dtype)})
    assert changes(FRAMES, shuffled).none


@pytest.mark.parametrize(
    ("column", "value", "change"),
    [
        ("surname", "Another", Change.CHANGED),
        ("surname", None, Change.VANISHED),
        ("ethnicity", "WBRI", Change.APPEARED),
        ("dob", dt.date(2015, 1, 2), Change.CHANGED),
        ("section", "off_roll", Change.CHANGED),
    ],
)
def test_a_value_that_changed_is_one_change_of_its_pupil(column, value, change):
    found = changes(FRAMES, set_at("pupil", 3, column, value))
    assert [(item.field, item.change, item.count) for item in found.items] == [(f"pupil.{column}", change, 1)]
    assert found.items[0].upns == (FRAMES["pupil"]["upn"].iloc[3],)


def test_serial_number_time_and_software_are_the_files_and_not_the_returns():
    header = FRAMES["header"].assign(serial_no=9, date_time="2026-10-09T00:00:00", software_code="Other")
    assert changes(FRAMES, with_("header", header.astype(FRAMES["header"].dtypes))).none


def test_pupils_added_and_removed_are_named_and_take_their_rows_with_them():
    fewer = with_("pupil", FRAMES["pupil"].drop(index=[0]))
    upn = FRAMES["pupil"]["upn"].iloc[0]
    found = changes(FRAMES, fewer)
    assert (found.removed, found.added, found.items) == ((upn,), (), ())
    assert {moved.name: moved.left - moved.right for moved in found.totals} == {"pupils on roll": 1}
    assert changes(fewer, FRAMES).added == (upn,)
    assert changes(FRAMES, fewer).unnamed().removed == (None,)


def test_without_a_upn_in_common_exact_name_birth_and_sex_decide():
    found = changes(FRAMES, set_at("pupil", 5, "upn", "Z000000000000"))
    assert (found.added, found.removed, found.without_upn) == ((), (), 1)
    assert [(item.field, item.change) for item in found.items] == [("pupil.upn", Change.CHANGED)]


@pytest.mark.parametrize("column", ["surname", "forename", "dob", "sex"])
def test_likeness_is_never_enough(column):
    right = set_at("pupil", 5, "upn", "Z000000000000")
    value = dt.date(2001, 1, 1) if column == "dob" else "X"
    right["pupil"].loc[5, column] = value
    found = changes(FRAMES, right)
    assert (len(found.added), len(found.removed)) == (1, 1)


def test_a_record_set_apart_is_never_matched_by_name():
    right = set_at("pupil", 5, "upn", "Z000000000000")
    for apart in ({"Z000000000000"}, {FRAMES["pupil"]["upn"].iloc[5]}):
        found = changes(FRAMES, right, apart)
        assert (len(found.added), len(found.removed), found.without_upn) == (1, 1, 0)


def test_two_with_one_name_and_birth_are_matched_by_upn_or_not_at_all():
    twins = FRAMES["pupil"].copy()
    for column in ("surname", "forename", "dob", "sex"):
        twins.loc[7, column] = twins.loc[6, column]
    left = with_("pupil", twins)
    right = with_("pupil", twins.assign(upn=twins["upn"].where(~twins.index.isin([6, 7]), "Z" + twins["upn"].str[1:])))
    assert len(changes(left, right).removed) == 2
    assert changes(left, left).none


def test_a_row_more_and_a_row_less():
    details = FRAMES["session_detail"]
    assert said(with_("session_detail", details.drop(index=[0]))) == {("session_detail", Change.VANISHED, 1)}
    more = pd.concat([details, details.iloc[[0]].assign(code="X").astype(details.dtypes)])
    assert said(with_("session_detail", more)) == {("session_detail", Change.APPEARED, 1)}


def test_a_row_whose_key_changed_is_the_same_row_changed():
    assert said(set_at("fsm_period", 0, "start_date", dt.date(2026, 4, 6))) == {
        ("fsm_period.start_date", Change.CHANGED, 1)
    }
    assert said(set_at("session_detail", 0, "code", "Q")) == {("session_detail.code", Change.CHANGED, 1)}


def test_one_cause_is_one_change_with_its_count():
    pupils = FRAMES["pupil"]
    found = changes(FRAMES, with_("pupil", pupils.assign(boarder="B").astype(pupils.dtypes)))
    assert [(item.field, item.count, len(item.upns)) for item in found.items] == [("pupil.boarder", 40, 40)]


def test_what_lies_outside_a_window_is_counted_on_each_side():
    found = changes(FRAMES, set_at("exclusion", 0, "start_date", dt.date(2001, 1, 1)))
    assert [(moved.name, moved.right - moved.left) for moved in found.windows] == [
        ("suspensions that start outside their window", 1)
    ]


def test_a_field_told_for_the_first_time_is_named():
    assert changes(FRAMES, set_at("pupil", 0, "ethnicity", "WBRI")).newly == ("pupil.ethnicity",)
    assert changes(set_at("pupil", 0, "ethnicity", "WBRI"), FRAMES).newly == ()

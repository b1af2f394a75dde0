"""The next year's folder: what moves by rule, what waits for a person, and that nothing of it can be released."""

import csv
import datetime as dt

import pytest

from pipelines.actions.spec import scaffold
from schemas.census import collection as collections
from schemas.census.collection import COLLECTIONS, TO_DECIDE, YEARS, CollectionUndecided, collection, decided, undecided
from schemas.census.layout import layout
from schemas.census.new_year import YearNotNew, easter, new_year, spring_bank_holiday

EASTERS = {2024: "03-31", 2025: "04-20", 2026: "04-05", 2027: "03-28", 2028: "04-16", 2038: "04-25", 2285: "03-22"}
MADE = new_year("2027-28")


def rows():
    return list(csv.DictReader(MADE.files["dates.csv"].splitlines()))


def days(key):
    return {row["name"]: (row["start"], row["end"]) for row in rows() if row["collection"] == key}


@pytest.mark.parametrize("year", EASTERS)
def test_easter_is_where_the_calendars_have_it(year):
    assert easter(year).isoformat() == f"{year}-{EASTERS[year]}"


def test_the_spring_bank_holiday_is_the_last_monday_of_may():
    assert [spring_bank_holiday(year).isoformat() for year in (2026, 2027)] == ["2026-05-25", "2027-05-31"]


def test_what_hangs_on_a_calendar_or_a_feast_moves_with_it():
    autumn, summer = days("2027-autumn"), days("2028-summer")
    assert autumn["age_date"] == ("2027-08-31", "")
    assert autumn["attendance.term"] == ("2027-03-29", "2027-05-30")
    assert autumn["attendance.half_term_2"] == ("2027-05-31", "2027-07-31")
    assert summer["attendance.term"] == ("2028-01-01", "2028-04-16")
    assert summer["current_term_start"] == ("2028-04-17", "")
    assert summer["three_year_olds"] == ("2023-09-01", "2025-03-31")  # not Easter 2025, though 31 March 2024 was Easter


def test_what_only_the_department_knows_is_left_to_decide_and_what_is_known_is_filled_in():
    autumn, spring = days("2027-autumn"), days("2028-spring")
    assert autumn["reference_date"] == (TO_DECIDE, "")
    assert autumn["previous_reference_date"] == ("2027-05-20", "")
    assert autumn["fsm"] == ("2027-05-21", TO_DECIDE)
    assert spring["previous_reference_date"] == (TO_DECIDE, "")
    assert spring["fsm"] == (TO_DECIDE, TO_DECIDE)
    assert all("deadline" in undecided(row for row in rows() if row["collection"] == key)
               for key in ("2027-autumn", "2028-spring", "2028-summer"))  # fmt: skip


def test_every_row_says_where_it_comes_from_and_an_open_one_claims_no_confidence():
    assert {row["confidence"] for row in rows() if TO_DECIDE in (row["start"], row["end"])} == {""}
    assert {row["confidence"] for row in rows() if TO_DECIDE not in (row["start"], row["end"])} == {"medium"}
    assert all("2026-27" in row["source"] for row in rows())


def test_every_other_file_is_last_year_s_and_the_list_names_what_to_do():
    assert {"layout.csv", "blocks.csv", "catalogue.csv", "not_implemented.csv", "dates.csv"} <= MADE.files.keys()
    text = "\n".join(MADE.to_decide)
    assert "2027-autumn: decide reference_date, deadline, fsm, ap, learning_aims" in text
    assert "YEARS" in text
    assert f"hold {len(layout('2026-27').items)} items" in text


@pytest.mark.parametrize("year", ["2026-27", "2028-29", "2027", "2027-29", "../2027-28"])
def test_years_are_made_one_after_the_other(year):
    with pytest.raises(YearNotNew):
        new_year(year)


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    assert scaffold("2027-28", tmp_path).folder == "y2027_28"
    kept = (tmp_path / "y2027_28" / "dates.csv").read_text(encoding="utf-8")
    assert kept == MADE.files["dates.csv"]
    (tmp_path / "y2027_28" / "dates.csv").write_text("decided", encoding="utf-8")
    with pytest.raises(YearNotNew, match="is there already"):
        scaffold("2027-28", tmp_path)
    assert (tmp_path / "y2027_28" / "dates.csv").read_text(encoding="utf-8") == "decided"


def test_a_new_year_is_in_no_list_of_years_and_its_collections_do_not_exist():
    assert "2027-28" not in YEARS
    assert not [key for key in COLLECTIONS if key.startswith("2027-autumn")]


def test_a_collection_with_a_date_to_decide_refuses_and_names_it(monkeypatch):
    open_rows = {key: undecided(row for row in rows() if row["collection"] == key) for key in ("2027-autumn",)}
    monkeypatch.setattr(collections, "UNDECIDED", open_rows)
    with pytest.raises(CollectionUndecided, match="reference_date, deadline, fsm, ap, learning_aims"):
        collection("2027-autumn")
    assert collection("2026-autumn").reference_date == dt.date(2026, 10, 1)


def test_a_registered_year_yields_only_the_collections_that_are_decided():
    autumn = [row for row in rows() if row["collection"] == "2027-autumn"]
    filled = [{name: "2027-10-07" if value == TO_DECIDE else value for name, value in row.items()} for row in autumn]
    all_but_one = [*filled[1:], autumn[0]]
    assert list(decided({"2027-autumn": ("2027-28", filled)})) == ["2027-autumn"]
    assert decided({"2027-autumn": ("2027-28", all_but_one)}) == {}

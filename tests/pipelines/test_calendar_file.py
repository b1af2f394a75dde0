"""calendar.csv: each fault named by row and column, and the year that a right one means."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.calendar_file import COLUMNS, CalendarFaulty, read_calendar
from schemas.cadence import school_day
from schemas.deployment import Calendar, CalendarGap, Limit

SCHOOLS = ("900001", "900002")
RIGHT = (
    "term,2026-autumn-term,,,,,2026-09-02,2026-12-18,",
    "half-term,2026-autumn-term,900001,,,,2026-10-26,2026-10-30,",
    "half-term,2026-autumn-term,900002,,,,2026-10-19,2026-10-30,",
    "collection,2026-autumn,,2026-autumn,2026-10-01,2026-05-22,2026-09-17,2026-10-28,",
    "familiarisation,2026-autumn,,,,,2026-09-07,2026-09-25,",
    "la-deadline,2026-autumn,900001,,,,,2026-10-09,",
    "dfe-deadline,2026-autumn,900002,,,,,2026-11-04,",
    "feed,roll,,every-month,2026-09-30,2026-09-01,2026-09-30,2026-10-15,a note",
    "feed,list,,every-term,2026-10-01,2026-09-01,2026-10-01,2026-10-15,",
    "feed,joiners,,every-day,2026-09-01,2026-09-01,2026-09-01,2026-09-01,",
    "feed,absence,,every-school-day,2026-09-02,2026-09-01,2026-09-02,2026-09-02,",
    "feed,meals,,every-week,2026-09-04,2026-08-29,2026-09-04,2026-09-07,",
    "term,2027-spring-term,,,,,2027-01-04,2027-03-25,",
)
"""Row 2 on; a faulty calendar differs from it in one cell."""
FAULTS = (
    ("an unknown kind", 2, "kind", "holiday", "'holiday' is none of collection, feed"),
    ("a school that is not the trust's", 3, "schools", "900009", "trust.toml has no school 900009"),
    ("a collection for some schools", 5, "schools", "900001", "leave it empty"),
    ("a date the English way", 2, "opens", "02/09/2026", "write a date as YYYY-MM-DD"),
    ("a date without zeros", 2, "opens", "2026-9-2x", "write a date as YYYY-MM-DD"),
    ("a day that is none", 9, "as_at", "2026-02-30", "write a date as YYYY-MM-DD"),
    ("a date left out", 9, "due", "", "fill it in: a row of kind feed needs it"),
    ("a date too many", 7, "as_at", "2026-10-01", "leave it empty: a row of kind la-deadline has none"),
    ("a collection of no year", 5, "subject", "2031-autumn", "'2031-autumn' is no collection that can be made"),
    ("a collection in another period", 5, "period", "2026-autumn-term", "a collection is its own period"),
    ("another census day", 5, "as_at", "2026-10-02", "census day of 2026-autumn is 2026-10-01"),
    ("dry runs after census day", 5, "opens", "2026-10-02", "dry runs begin on or before census day"),
    ("a deadline before census day", 5, "due", "2026-09-30", "it lies before as_at"),
    ("a window that begins too late", 9, "window_start", "2026-10-01", "it lies after as_at"),
    ("a term that ends first", 2, "due", "2026-09-01", "its last day lies before its first"),
    ("familiarisation that ends first", 6, "due", "2026-09-06", "its last day lies before its first"),
    ("a half-term of no term", 3, "subject", "2026-summer-term", "no row of kind term for '2026-summer-term'"),
    ("a half-term beyond its term", 3, "due", "2026-12-19", "the half-term lies outside its term, row 2"),
    ("terms that overlap", 14, "opens", "2026-12-18", "the term overlaps that of row 2"),
    ("a deadline of no collection", 7, "subject", "2027-spring", "no row of kind collection for '2027-spring'"),
    ("an authority's deadline too early", 7, "due", "2026-09-30", "a deadline lies before census day, 2026-10-01"),
    (
        "an authority's deadline too late",
        7,
        "due",
        "2026-11-05",
        "an authority's deadline lies after the Department's, 2026-11-04",
    ),
    ("an agreement's id with a capital", 9, "subject", "Roll", "write the id of an agreement"),
    ("an unknown cadence", 9, "period", "every-fortnight", "'every-fortnight' is none of every-day"),
    ("a period in capitals", 9, "period", "Autumn", "use digits, lower-case letters and hyphens"),
    ("a feed in a collection's period", 9, "period", "2026-autumn", "a feed has no collection for its period"),
)


def _file(folder: Path, rows: tuple[str, ...] = RIGHT) -> Path:
    file = folder / "calendar.csv"
    file.write_text("\n".join([",".join(COLUMNS), *rows, ""]), encoding="utf-8")
    return file


def _with(number: int, column: str, value: str) -> tuple[str, ...]:
    cells = RIGHT[number - 2].split(",")
    cells[COLUMNS.index(column)] = value
    return (*RIGHT[: number - 2], ",".join(cells), *RIGHT[number - 1 :])


@pytest.fixture
def calendar(tmp_path: Path) -> Calendar:
    return read_calendar(_file(tmp_path), SCHOOLS)


@pytest.mark.parametrize(("number", "column", "value", "says"), [row[1:] for row in FAULTS],
                         ids=[row[0] for row in FAULTS])  # fmt: skip
def test_a_fault_is_named_by_row_and_column(tmp_path: Path, number: int, column: str, value: str, says: str) -> None:
    with pytest.raises(CalendarFaulty) as refused:
        read_calendar(_file(tmp_path, _with(number, column, value)), SCHOOLS)
    assert f"row {number}, column {column}: {says}" in str(refused.value)


def test_the_same_said_twice_is_found(tmp_path: Path) -> None:
    with pytest.raises(CalendarFaulty, match="row 15, column subject: row 9 says the same of every school"):
        read_calendar(_file(tmp_path, (*RIGHT, RIGHT[7])), SCHOOLS)


def test_every_fault_is_found_at_once(tmp_path: Path) -> None:
    rows = ("holiday,x,,,,,,,", "term,y,,,,,soon,2026-12-18,")
    with pytest.raises(CalendarFaulty, match=r"2 faults\. row 2, column kind.*; row 3, column opens"):
        read_calendar(_file(tmp_path, rows), SCHOOLS)


@pytest.mark.parametrize(
    "text", ["", "subject,period\n", f"{','.join(COLUMNS)},more\n"], ids=["empty", "older header", "one more column"]
)
def test_another_header_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "calendar.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CalendarFaulty, match="the header must be kind,subject"):
        read_calendar(file, SCHOOLS)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", None], ids=["not text", "no file"])
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes | None) -> None:
    file = tmp_path / "calendar.csv"
    if data:
        file.write_bytes(data)
    with pytest.raises(CalendarFaulty, match="cannot be read as a table"):
        read_calendar(file, SCHOOLS)


@pytest.mark.parametrize("cells", [3, 10], ids=["too few", "too many"])
def test_a_row_of_another_length_is_named(tmp_path: Path, cells: int) -> None:
    with pytest.raises(CalendarFaulty, match="row 2, column note: the row has not 9 cells"):
        read_calendar(_file(tmp_path, (",".join(["feed"] * cells),)), SCHOOLS)


def test_every_term_needs_terms(tmp_path: Path) -> None:
    with pytest.raises(CalendarFaulty, match="row 2, column period: every-term needs rows of kind term"):
        read_calendar(_file(tmp_path, (RIGHT[8],)), SCHOOLS)


TAKINGS = (
    ("roll", "2026-09", "2026-09-30", "2026-09-01", "2026-10-15"),
    ("roll", "2027-02", "2027-02-28", "2027-02-01", "2027-03-15"),
    ("roll", "2028-02", "2028-02-29", "2028-02-01", "2028-03-15"),
    ("meals", "2026-w36", "2026-09-04", "2026-08-29", "2026-09-07"),
    ("meals", "2026-w53", "2027-01-01", "2026-12-26", "2027-01-04"),
    ("joiners", "2027-03-28", "2027-03-28", "2026-09-01", "2027-03-28"),
    ("absence", "2026-10-21", "2026-10-21", "2026-09-01", "2026-10-21"),  # 900001 is open
    ("list", "2027-spring-term", "2027-02-02", "2027-01-03", "2027-02-16"),
)


@pytest.mark.parametrize(("subject", "period", "as_at", "start", "due"), TAKINGS,
                         ids=[f"{row[0]} {row[1]}" for row in TAKINGS])  # fmt: skip
def test_a_row_that_recurs_moves_all_its_days(
    calendar: Calendar, subject: str, period: str, as_at: str, start: str, due: str,
) -> None:  # fmt: skip
    found = calendar.occasion(subject, period)
    assert [day.isoformat() for day in (found.as_at, found.window_start, found.due)] == [as_at, start, due]
    assert found in list(calendar.taken_on(found.as_at))
    assert subject in calendar.subjects(period)


NEVER = (
    ("joiners", "2026-08-31", "before it begins"),
    ("absence", "2026-10-24", "a Saturday"),
    ("absence", "2026-10-28", "the half-term of both schools"),
    ("absence", "2026-12-21", "after term"),
    ("roll", "2026-13", "no month"),
    ("meals", "2026-w54", "no week"),
    ("meals", "2026-w35", "the week before the first"),
    ("list", "2027-summer-term", "a term the file has not"),
    ("roll", "2026-autumn-term", "another kind of period"),
)


@pytest.mark.parametrize(("subject", "period"), [row[:2] for row in NEVER], ids=[row[2] for row in NEVER])
def test_a_period_outside_its_cadence_is_a_gap(calendar: Calendar, subject: str, period: str) -> None:
    assert subject not in calendar.subjects(period)
    with pytest.raises(CalendarGap):
        calendar.occasion(subject, period)


def test_each_school_has_its_own_deadlines(calendar: Calendar) -> None:
    days = {urn: calendar.deadline("2026-autumn", urn).isoformat() for urn in SCHOOLS}
    assert days == {"900001": "2026-10-28", "900002": "2026-11-04"}
    asked = {urn: [one.due for one in calendar.limits("2026-autumn", urn, Limit.AUTHORITY)] for urn in SCHOOLS}
    assert asked == {"900001": [dt.date(2026, 10, 9)], "900002": []}
    assert calendar.last_deadline("2026-autumn") == dt.date(2026, 11, 4)


def test_a_school_day_is_one_on_which_any_school_is_open(calendar: Calendar) -> None:
    october = [dt.date(2026, 10, 16) + dt.timedelta(days=n) for n in range(18)]
    assert [day.day for day in october if school_day(day, calendar.terms)] == [16, 19, 20, 21, 22, 23, 2]


def test_without_terms_every_weekday_is_one() -> None:
    assert [school_day(dt.date(2026, 10, day), ()) for day in (23, 24, 25, 26)] == [True, False, False, True]

import datetime as dt
from itertools import pairwise

import pytest

from schemas.census.collection import COLLECTIONS, NoSuchCollection, Window, collection

DAY = dt.timedelta(days=1)
EACH = pytest.mark.parametrize("each", COLLECTIONS.values(), ids=COLLECTIONS.keys())


def easter(year):
    """Easter Sunday by the anonymous Gregorian algorithm."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = divmod(h + el - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)


def fourth_wednesday_after(day):
    return day + DAY * ((2 - day.weekday() - 1) % 7 + 1) + dt.timedelta(weeks=3)


def spring_bank_holiday(year):
    last = dt.date(year, 5, 31)
    return last - DAY * last.weekday()


@pytest.mark.parametrize(
    ("key", "reference", "deadline", "term", "code"),
    [
        ("2026-autumn", dt.date(2026, 10, 1), dt.date(2026, 10, 28), "A", "AUT"),
        ("2027-spring", dt.date(2027, 1, 21), dt.date(2027, 2, 17), "S", "SPR"),
        ("2027-summer", dt.date(2027, 5, 20), dt.date(2027, 6, 16), "U", "SUM"),
    ],
)
def test_the_published_days(key, reference, deadline, term, code):
    found = collection(key)
    assert (found.reference_date, found.deadline, found.term, found.term_code) == (reference, deadline, term, code)


def test_known_values_of_the_patterns_themselves():
    assert easter(2024) == dt.date(2024, 3, 31)
    assert easter(2026) == dt.date(2026, 4, 5)
    assert easter(2027) == dt.date(2027, 3, 28)
    assert fourth_wednesday_after(dt.date(2022, 10, 6)) == dt.date(2022, 11, 2)
    assert fourth_wednesday_after(dt.date(2026, 1, 15)) == dt.date(2026, 2, 11)
    assert spring_bank_holiday(2026) == dt.date(2026, 5, 25)


@EACH
def test_census_day_is_a_thursday_and_the_deadline_the_fourth_wednesday_after(each):
    assert each.reference_date.strftime("%A") == "Thursday"
    assert each.deadline == fourth_wednesday_after(each.reference_date)


@EACH
def test_windows_that_hang_on_the_census_days(each):
    assert each.fsm == (each.previous_reference_date + DAY, each.reference_date)
    assert each.ap == (each.previous_reference_date, each.reference_date)
    assert each.age_date == dt.date(2026, 8, 31)


def test_the_collections_follow_one_another():
    for before, after in pairwise(COLLECTIONS.values()):
        assert after.previous_reference_date == before.reference_date
        assert after.previous_term_start == before.current_term_start


@pytest.mark.parametrize(
    ("key", "attendance", "exclusions", "attendance_age"),
    [
        (
            "2026-autumn",
            {
                "term": (easter(2026) + DAY, spring_bank_holiday(2026) - DAY),
                "half_term_2": (spring_bank_holiday(2026), dt.date(2026, 7, 31)),
            },
            (dt.date(2026, 1, 1), dt.date(2026, 7, 31)),
            dt.date(2025, 8, 31),
        ),
        (
            "2027-spring",
            {"term": (dt.date(2026, 8, 1), dt.date(2026, 12, 31))},
            (easter(2026) + DAY, dt.date(2026, 12, 31)),
            dt.date(2026, 8, 31),
        ),
        (
            "2027-summer",
            {"term": (dt.date(2027, 1, 1), easter(2027))},
            (dt.date(2026, 8, 1), easter(2027)),
            dt.date(2026, 8, 31),
        ),
    ],
)
def test_windows_that_hang_on_easter(key, attendance, exclusions, attendance_age):
    found = collection(key)
    assert dict(found.attendance) == attendance
    assert found.exclusions == exclusions
    assert found.attendance_age_date == attendance_age


def test_post_16_is_autumn_only():
    assert collection("2026-autumn").learning_aims == Window(dt.date(2025, 8, 1), dt.date(2026, 10, 1))
    assert [each.learning_aims for each in COLLECTIONS.values()][1:] == [None, None]


@EACH
def test_entitlement_bands_join(each):
    assert each.four_year_olds.end + DAY == each.three_year_olds.start
    third_birthday = each.three_year_olds.end.replace(year=each.three_year_olds.end.year + 3)
    assert abs(third_birthday - each.current_term_start) <= 31 * DAY


def test_an_unknown_key_is_refused_with_the_keys_that_exist():
    with pytest.raises(NoSuchCollection, match="2026-autumn, 2027-spring, 2027-summer"):
        collection("2026-winter")

"""What the desk calls things."""

import pytest

from console.words import period, subject


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("2026-autumn", "Autumn 2026"),
        ("2026-autumn-term", "Autumn term 2026"),
        ("2026-w40", "Week 40 of 2026"),
        ("2026-10", "October 2026"),
        ("2026-13", "2026-13"),
        ("2026-27", "2026-27"),
        ("2026-10-01", "1 October 2026"),
        ("2026-10-32", "2026-10-32"),
        ("mock exams", "mock exams"),
        ("", ""),
    ],
)
def test_a_period_is_said_in_words_and_any_other_name_as_it_is(key, said):
    assert period(key) == said


def test_a_row_of_the_calendar_says_what_of():
    assert subject("feeds-2026-10-01") == "Feeds, 1 October 2026"
    assert subject("census-2026-autumn") == "Census, Autumn 2026"

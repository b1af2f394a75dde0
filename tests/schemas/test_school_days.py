import pytest

from schemas.school_days import school_day_after
from tests.schemas.snapshots import day

AUTUMN = ((day("2026-09-02"), day("2026-10-23")), (day("2026-11-02"), day("2026-12-18")))


@pytest.mark.parametrize(
    ("start", "count", "terms", "expected"),
    [
        ("2026-09-18", 1, AUTUMN, "2026-09-21"),
        ("2026-09-19", 1, AUTUMN, "2026-09-21"),
        ("2026-09-18", 5, AUTUMN, "2026-09-25"),
        ("2026-09-18", 15, AUTUMN, "2026-10-09"),
        ("2026-10-22", 2, AUTUMN, "2026-11-02"),
        ("2026-10-22", 2, AUTUMN[::-1], "2026-11-02"),
        ("2026-07-22", 1, AUTUMN, "2026-09-02"),
        ("2026-12-17", 1, AUTUMN, "2026-12-18"),
        ("2026-12-17", 2, AUTUMN, None),
        ("2026-09-18", 1, (), None),
    ],
    ids=[
        "Monday after a Friday", "Monday after a Saturday", "a week", "three weeks", "over half term",
        "terms in any order", "over the summer", "the last day of term", "past what is known", "no terms",
    ],
)  # fmt: skip
def test_school_days_are_weekdays_of_term(start, count, terms, expected):
    assert school_day_after(day(start), count, terms) == (expected and day(expected))

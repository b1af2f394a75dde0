"""Compulsory school age: the prescribed days after the fifth birthday, the last Friday of June at sixteen."""

import pytest

from schemas.school_age import compulsory_school_age
from tests.schemas.snapshots import day


@pytest.mark.parametrize(
    ("born", "begins", "ends"),
    [
        ("2021-08-30", "2026-08-31", "2037-06-26"),
        ("2021-08-31", "2026-08-31", "2037-06-26"),
        ("2021-09-01", "2026-12-31", "2038-06-25"),
        ("2021-12-31", "2026-12-31", "2038-06-25"),
        ("2022-01-01", "2027-03-31", "2038-06-25"),
        ("2022-03-31", "2027-03-31", "2038-06-25"),
        ("2022-04-01", "2027-08-31", "2038-06-25"),
        ("2020-02-29", "2025-03-31", "2036-06-27"),
        ("2010-06-25", "2015-08-31", "2026-06-26"),
        ("2010-06-30", "2015-08-31", "2026-06-26"),
        ("2010-08-31", "2015-08-31", "2026-06-26"),
        ("2010-09-01", "2015-12-31", "2027-06-25"),
    ],
)  # fmt: skip
def test_the_first_and_the_last_day(born, begins, ends):
    assert compulsory_school_age(day(born)) == (day(begins), day(ends))

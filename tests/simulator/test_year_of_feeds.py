"""A year of every feed under standing releases: people sign less than six times a school and month."""

import datetime as dt

import pytest

from simulator.world.schools import Scale
from simulator.year_of_feeds import FIRST, SMALL, TARGET, report, year_of_feeds


def test_the_first_week_is_signed_by_hand_and_standing_releases_follow():
    year = year_of_feeds(Scale(schools=1, pupils=30), FIRST, FIRST + dt.timedelta(days=4))
    assert year.signed_singly >= year.standing_releases > 0
    assert sum(year.signatures.values()) == 2 * (year.signed_singly + year.standing_releases)
    assert year.refused == {}


@pytest.mark.nightly
def test_a_year_asks_for_few_signatures():
    year = year_of_feeds(SMALL)
    assert year.under_standing > 0
    assert year.per_school_and_month(SMALL.schools) < TARGET, report(year, SMALL.schools)

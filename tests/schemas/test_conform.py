import datetime as dt

import pytest

from tests.schemas.snapshots import REF, conformed, day, defaults, one, pupil, sections, snapshot, table

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("entry", "leaving", "expected"),
    [
        (REF, None, "on_roll"),
        (REF + DAY, None, None),
        (day("2026-09-01"), REF, "on_roll"),
        (day("2026-09-01"), REF - DAY, None),
        (day("2020-09-01"), day("2026-10-05"), "on_roll"),
        (day("2026-10-05"), None, None),
        (day("2020-09-01"), REF - DAY, "off_roll"),
        (day("2020-09-01"), day("2026-04-06"), "off_roll"),
        (day("2020-09-01"), day("2026-04-05"), None),
    ],
    ids=[
        "joined on census day", "joined the day after", "left on census day", "joined and left this term",
        "left on 5 October", "joined on 5 October", "here last term, left the day before",
        "left on the first day of last term", "left the day before last term",
    ],
)  # fmt: skip
def test_who_is_in_the_return(entry, leaving, expected):
    result = conformed(snapshot(pupil("1", entry=entry, leaving=leaving)))
    assert sections(result).get("1") == expected


def test_defaults():
    result = conformed(snapshot(pupil("1")))
    assert one(result, "boarder") == "N"
    assert table(result, "header", "term", "year") == [("AUT", 2026)]
    assert defaults(result)

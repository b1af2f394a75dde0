"""The one place that reads the clock. Everything below takes `now` or `today` as an argument."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

Clock = Callable[[], dt.datetime]
LONDON = ZoneInfo("Europe/London")


def system_clock() -> dt.datetime:
    """Now, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def today(clock: Clock) -> dt.date:
    """The day in England at `clock`."""
    return clock().astimezone(LONDON).date()

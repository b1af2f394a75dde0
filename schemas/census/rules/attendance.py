"""Rules on attendance: one term in arrears, in autumn the two halves of the summer term."""

import datetime as dt

import numpy as np
import pandas as pd

from schemas.census.engine import rule
from schemas.census.tables import HALF_TERM_2, TERM
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    above,
    after,
    any_of,
    at_least,
    before,
    between,
    differs,
    duplicated,
    equal,
    in_codeset,
    one_of,
    present,
)  # fmt: skip
from schemas.codesets import codes_meaning

WITH_ATTENDANCE = ("PS", "MP", "MS", "SS", "AT", "SP", "PR")
AGES = (4, 15)
COMPULSORY_AGES = (5, 15)
BOARDERS = ("B", "6", "7")


@rule("2470", on="pupil")
def rule_2470(census: Census) -> Mask:
    age = census.pupil.attendance_age
    outside = (present(age) & ~between(age, *AGES)) | one_of(census.pupil.boarder, *BOARDERS)
    return outside & census.has("pupil", "attendance")


@rule("2485", on="exclusion", phases=WITH_ATTENDANCE)
def rule_2485(census: Census) -> Mask:
    lost = one_of(census.exclusion.category, "SUSP", "PERM")
    return lost & any_of(_suspended_without_mark(census, period) for period in census.collection.attendance)


@rule("2500", on="pupil", phases=WITH_ATTENDANCE)
def rule_2500(census: Census) -> Mask:
    return census.on_roll & _without_attendance(census)


@rule("2502Q", on="attendance", phases=WITH_ATTENDANCE)
def rule_2502q(census: Census) -> Mask:
    return equal(census.attendance.sessions_possible, 0)


@rule("2510", on="pupil", phases=WITH_ATTENDANCE)
def rule_2510(census: Census) -> Mask:
    return census.off_roll & _without_attendance(census)


@rule("2572", on="session_detail", terms="A", phases=WITH_ATTENDANCE)
def rule_2572(census: Census) -> Mask:
    return present(census.session_detail.code) & _wrong_code(census, HALF_TERM_2)


@rule("2574", on="session_detail", terms="A", phases=WITH_ATTENDANCE)
def rule_2574(census: Census) -> Mask:
    return present(census.session_detail.sessions) & _wrong_code(census, HALF_TERM_2)


@rule("L-attendance-code", on="session_detail", phases=WITH_ATTENDANCE)
def local_attendance_code(census: Census) -> Mask:
    return _wrong_code(census, TERM)


@rule("L-attendance-sessions", on="session_detail", phases=WITH_ATTENDANCE)
def local_attendance_sessions(census: Census) -> Mask:
    return ~at_least(census.session_detail.sessions, 1)


@rule("L-attendance-code-repeated", on="session_detail", phases=WITH_ATTENDANCE)
def local_attendance_code_repeated(census: Census) -> Mask:
    detail = census.session_detail
    return duplicated(detail.pupil_id, detail.period, detail.code)


@rule("L-attendance-sum", on="attendance", phases=WITH_ATTENDANCE)
def local_attendance_sum(census: Census) -> Mask:
    possible = _sessions(census, "present", "approved_activity") + _absent(census)
    return differs(census.attendance.sessions_possible, possible)


@rule("L-attendance-maximum", on="attendance", phases=WITH_ATTENDANCE)
def local_attendance_maximum(census: Census) -> Mask:
    row, windows = census.attendance, census.collection.attendance
    most = {period: 2 * _weekdays(*window) for period, window in windows.items()}
    return any_of(equal(row.period, period) & above(row.sessions_possible, limit) for period, limit in most.items())


@rule("L-attendance-half-absent", on="attendance", phases=WITH_ATTENDANCE)
def local_attendance_half_absent(census: Census) -> Mask:
    return above(2 * _absent(census), census.attendance.sessions_possible)


@rule("L-attendance-x", on="session_detail", phases=WITH_ATTENDANCE)
def local_attendance_x(census: Census) -> Mask:
    compulsory = between(census.of_pupil("session_detail", "attendance_age"), *COMPULSORY_AGES)
    return compulsory & equal(census.session_detail.code, "X")


@rule("L-attendance-not-collected", on="pupil", phases=("NS",))
def local_attendance_not_collected(census: Census) -> Mask:
    return census.has("pupil", "attendance")


@rule("L-half-term-2-autumn-only", on="attendance", terms="SU")
def local_half_term_2_autumn_only(census: Census) -> Mask:
    return equal(census.attendance.period, HALF_TERM_2)


def _without_attendance(census: Census) -> Mask:
    day_pupil = between(census.pupil.attendance_age, *AGES) & equal(census.pupil.boarder, "N")
    return day_pupil & any_of(_unreported(census, period) for period in census.collection.attendance)


def _unreported(census: Census, period: str) -> Mask:
    window, row = census.collection.attendance[period], census.attendance
    entry, leaving = census.pupil.entry_date, census.pupil.leaving_date
    there = present(entry) & ~after(entry, window.end) & ~before(leaving, window.start)
    reported = equal(row.period, period) & at_least(row.sessions_possible, 0)
    return there & ~census.has("pupil", "attendance", reported)


def _suspended_without_mark(census: Census, period: str) -> Mask:
    row, detail = census.exclusion, census.session_detail
    reported = census.attendance.pupil_id[equal(census.attendance.period, period)]
    marked = detail.pupil_id[equal(detail.period, period) & equal(detail.code, "E")]
    within = between(row.start_date, *census.collection.attendance[period])
    return within & row.pupil_id.isin(reported) & ~row.pupil_id.isin(marked)


def _wrong_code(census: Census, period: str) -> Mask:
    day = census.collection.attendance[period].start
    return equal(census.session_detail.period, period) & ~in_codeset(census.session_detail.code, "ATTENDANCE", day)


def _sessions(census: Census, *groups: str) -> pd.Series:
    codes = frozenset[str]().union(*(codes_meaning("ATTENDANCE_GROUP", group) for group in groups))
    counted = census.session_detail.sessions.where(one_of(census.session_detail.code, *codes), 0)
    return census.total("attendance", "session_detail", counted)


def _weekdays(first: dt.date, last: dt.date) -> int:
    return int(np.busday_count(first, last + dt.timedelta(days=1)))


def _absent(census: Census) -> pd.Series:
    return _sessions(census, "authorised_absence", "unauthorised_absence")

"""The oracle's rules on suspensions, exclusions and attendance."""

from schemas.codesets import codes, meaning
from tests.oracle.reading import Return, Row, between, is_on_roll, states, weekdays

GROUPS = "ATTENDANCE_GROUP"
PERIOD_2 = "half_term_2"


def reasons(exclusion: Row) -> list[str]:
    return [exclusion[column] for column in ("reason1", "reason2", "reason3") if exclusion[column] is not None]


@states("2290", on="exclusion", not_in="NS")
def starts_outside_the_window(exclusion: Row, census: Return) -> bool:
    return not between(exclusion["start_date"], *census.day.exclusions)


@states("L-exclusion-category", on="exclusion", not_in="NS")
def category_is_missing_or_wrong(exclusion: Row, _: Return) -> bool:
    return exclusion["category"] not in {"PERM", "SUSP", "LNCH"}


@states("L-exclusion-reason", on="exclusion", not_in="NS")
def reason_is_missing_or_wrong(exclusion: Row, census: Return) -> bool:
    wrong = any(not census.valid(reason, "EXCL_REASON") for reason in reasons(exclusion))
    return exclusion["reason1"] is None or wrong


@states("L-exclusion-reason-repeated", on="exclusion", not_in="NS")
def reason_is_given_twice(exclusion: Row, _: Return) -> bool:
    return len(set(reasons(exclusion))) < len(reasons(exclusion))


@states("L-exclusion-reason-order", on="exclusion", not_in="NS")
def third_reason_without_second(exclusion: Row, _: Return) -> bool:
    return exclusion["reason3"] is not None and exclusion["reason2"] is None


@states("L-exclusion-before-entry", on="exclusion", not_in="NS")
def starts_before_entry(exclusion: Row, census: Return) -> bool:
    start, entry = exclusion["start_date"], census.pupil(exclusion)["entry_date"]
    return start is not None and entry is not None and start < entry


@states("L-exclusion-after-leaving", on="exclusion", not_in="NS")
def starts_after_leaving(exclusion: Row, census: Return) -> bool:
    start, leaving = exclusion["start_date"], census.pupil(exclusion)["leaving_date"]
    return start is not None and leaving is not None and start > leaving


@states("L-exclusion-sessions", on="exclusion", not_in="NS")
def suspension_of_impossible_length(exclusion: Row, _: Return) -> bool:
    return exclusion["category"] == "SUSP" and not between(exclusion["sessions"], 1, 90)


@states("L-exclusion-lunch-sessions", on="exclusion", not_in="NS")
def lunchtime_suspension_of_other_length(exclusion: Row, _: Return) -> bool:
    return exclusion["category"] == "LNCH" and exclusion["sessions"] != 1


@states("L-exclusion-sen", on="exclusion", not_in="NS")
def provision_of_the_day_is_missing_or_wrong(exclusion: Row, _: Return) -> bool:
    return exclusion["sen_provision"] not in {"N", "K", "E"}


@states("L-exclusion-repeated", on="exclusion", not_in="NS")
def same_exclusion_twice(exclusion: Row, census: Return) -> bool:
    named = exclusion["start_date"], exclusion["category"]
    same = [each for each in census.of(exclusion, "exclusion") if (each["start_date"], each["category"]) == named]
    return None not in named and len(same) > 1


@states("L-exclusion-total", on="pupil", not_in="NS")
def suspended_for_too_long_in_all(pupil: Row, census: Return) -> bool:
    # the window lies inside one academic year; a suspension outside it is reported by 2290
    suspensions = [each for each in census.of(pupil, "exclusion") if each["category"] == "SUSP"]
    return sum(each["sessions"] or 0 for each in suspensions) > 90


@states("L-exclusion-none", on="school", not_in="NS")
def nobody_is_suspended(_: Row, census: Return) -> bool:
    return not any(each["category"] in {"SUSP", "PERM"} for each in census.tables["exclusion"])


def owes_attendance(pupil: Row, census: Return) -> bool:
    return between(census.attendance_age(pupil), 4, 15) and pupil["boarder"] == "N"


def sessions_possible_missing(pupil: Row, census: Return) -> bool:
    """A period in which the pupil was at the school has no possible sessions, or fewer than none."""
    for period, (start, end) in census.day.attendance.items():
        entry, leaving = pupil["entry_date"], pupil["leaving_date"]
        there = entry is not None and entry <= end and (leaving is None or leaving >= start)
        reported = [row["sessions_possible"] for row in census.of(pupil, "attendance") if row["period"] == period]
        if there and not any(sessions is not None and sessions >= 0 for sessions in reported):
            return True
    return False


def sessions(attendance: Row, census: Return, *groups: str) -> int:
    """Sessions of the codes of those groups in one attendance period of one pupil."""
    kept = [code for code in codes(GROUPS) if meaning(GROUPS, code) in groups]
    details = [row for row in census.of(attendance, "session_detail") if row["period"] == attendance["period"]]
    return sum(row["sessions"] or 0 for row in details if row["code"] in kept)


def valid_then(detail: Row, census: Return) -> bool:
    """The code was in force on the first day of the period."""
    window = census.day.attendance.get(detail["period"])
    return window is not None and census.valid(detail["code"], "ATTENDANCE", window.start)


@states("2470", on="pupil")
def attendance_of_somebody_who_owes_none(pupil: Row, census: Return) -> bool:
    reported = census.of(pupil, "attendance") or census.of(pupil, "session_detail")
    age = census.attendance_age(pupil)
    outside = age is not None and not 4 <= age <= 15
    return bool(reported) and (outside or pupil["boarder"] in {"B", "6", "7"})


@states("2485", on="exclusion", not_in="NS")
def suspension_that_attendance_does_not_know(exclusion: Row, census: Return) -> bool:
    if exclusion["category"] not in {"SUSP", "PERM"}:
        return False
    for row in census.of(exclusion, "attendance"):
        window = census.day.attendance.get(row["period"])
        if window and between(exclusion["start_date"], *window):
            details = census.of(exclusion, "session_detail")
            return not any(each["period"] == row["period"] and each["code"] == "E" for each in details)
    return False


@states("2500", on="pupil", not_in="NS")
def no_possible_sessions_on_roll(pupil: Row, census: Return) -> bool:
    return is_on_roll(pupil) and owes_attendance(pupil, census) and sessions_possible_missing(pupil, census)


@states("2510", on="pupil", not_in="NS")
def no_possible_sessions_off_roll(pupil: Row, census: Return) -> bool:
    return not is_on_roll(pupil) and owes_attendance(pupil, census) and sessions_possible_missing(pupil, census)


@states("2502Q", on="attendance", not_in="NS")
def possible_sessions_are_zero(attendance: Row, _: Return) -> bool:
    return attendance["sessions_possible"] == 0


@states("2572", on="session_detail", terms="A", not_in="NS")
def code_of_second_half_is_wrong(detail: Row, census: Return) -> bool:
    return detail["period"] == PERIOD_2 and detail["code"] is not None and not valid_then(detail, census)


@states("2574", on="session_detail", terms="A", not_in="NS")
def sessions_of_second_half_without_code(detail: Row, census: Return) -> bool:
    return detail["period"] == PERIOD_2 and detail["sessions"] is not None and not valid_then(detail, census)


@states("L-attendance-code", on="session_detail", not_in="NS")
def code_is_missing_or_wrong(detail: Row, census: Return) -> bool:
    return detail["period"] == "term" and not valid_then(detail, census)


@states("L-attendance-sessions", on="session_detail", not_in="NS")
def code_without_sessions(detail: Row, _: Return) -> bool:
    return detail["sessions"] is None or detail["sessions"] < 1


@states("L-attendance-code-repeated", on="session_detail", not_in="NS")
def code_is_reported_twice(detail: Row, census: Return) -> bool:
    named = detail["period"], detail["code"]
    same = [each for each in census.of(detail, "session_detail") if (each["period"], each["code"]) == named]
    return detail["code"] is not None and len(same) > 1


@states("L-attendance-sum", on="attendance", not_in="NS")
def sessions_do_not_add_up(attendance: Row, census: Return) -> bool:
    groups = ("present", "approved_activity", "authorised_absence", "unauthorised_absence")
    possible = attendance["sessions_possible"]
    return possible is not None and sessions(attendance, census, *groups) != possible


@states("L-attendance-maximum", on="attendance", not_in="NS")
def more_sessions_than_days_hold(attendance: Row, census: Return) -> bool:
    window, possible = census.day.attendance.get(attendance["period"]), attendance["sessions_possible"]
    return window is not None and possible is not None and possible > 2 * weekdays(*window)


@states("L-attendance-half-absent", on="attendance", not_in="NS")
def absent_for_more_than_half(attendance: Row, census: Return) -> bool:
    possible = attendance["sessions_possible"]
    absent = sessions(attendance, census, "authorised_absence", "unauthorised_absence")
    return possible is not None and 2 * absent > possible


@states("L-attendance-x", on="session_detail", not_in="NS")
def not_required_at_compulsory_age(detail: Row, census: Return) -> bool:
    return detail["code"] == "X" and between(census.attendance_age(census.pupil(detail)), 5, 15)


@states("L-attendance-not-collected", on="pupil", phases="NS")
def attendance_is_not_asked_for(pupil: Row, census: Return) -> bool:
    return bool(census.of(pupil, "attendance"))

"""Three refused logins in a row, counted over attempts, are the most that an account is asked to bear."""

import contextlib
from dataclasses import replace

import pytest

from exports.logins import ACCEPTED, LoginStopped, accept, counted
from exports.transports.sftp_failures import AuthenticationFailed, ConnectionLost
from tests.exports.desk import NOW, ROUTE


def login(desk, failure=None, route=ROUTE):
    """One attempt; says whether the account was asked."""
    asked = False
    with contextlib.suppress(AuthenticationFailed, ConnectionLost, LoginStopped), counted(desk.ledger, route, clock):
        asked = True
        if failure is not None:
            raise failure(route.account, payload_began=False)
    return asked


def clock():
    return NOW


LOST, NO = ConnectionLost, AuthenticationFailed


@pytest.mark.parametrize(
    ("failures", "asked"),
    [
        ([NO] * 5, [True, True, True, False, False]),
        ([NO, NO, None, NO, NO, None], [True] * 6),
        ([NO, LOST, NO, NO, None], [True] * 4 + [False]),
        ([LOST] * 5, [True] * 5),
    ],
    ids=["refused", "accepted between", "lost between", "lost"],
)
def test_only_logins_refused_in_a_row_are_counted(desk, failures, asked):
    assert [login(desk, failure) for failure in failures] == asked


def test_another_account_is_counted_by_itself(desk):
    for _ in range(4):
        login(desk, AuthenticationFailed)
    assert not login(desk)
    for other in ({"user": "other"}, {"host": "localhost"}, {"port": 2}):
        assert login(desk, route=replace(ROUTE, **other))


def test_a_drill_that_worked_begins_the_count_anew(desk):
    for _ in range(3):
        login(desk, AuthenticationFailed)
    with pytest.raises(LoginStopped, match=r"nobody@127\.0\.0\.1:1 refused our credential 3 times"):
        login_raises(desk)
    accept(desk.ledger, ROUTE, NOW)
    assert login(desk)


def login_raises(desk):
    with counted(desk.ledger, ROUTE, clock):
        pass


def test_a_login_that_works_at_once_leaves_no_event(desk):
    head = desk.ledger.head()
    assert login(desk)
    assert desk.ledger.head() == head
    assert desk.ledger.events(ACCEPTED) == []

"""Standing in: a lent role signs from the moment it is lent until its last day, and never twice on one file."""

import datetime as dt

import pytest

from exports import authority
from exports.approvers import Register, bootstrap, change, current
from exports.authority import SamePersonTwice
from exports.delegations import Delegation, delegate, end
from exports.release import Release
from exports.signing import Act, Role, RoleNotHeld, SignerKeyUnknown, Statement, StatementMalformed, sign
from ledger.store import Ledger
from tests.exports.desk import NOW, PEOPLE, ROLES, SCHOOL, Desk, entry, key_of

DAY = dt.timedelta(days=1)
DEPUTY = entry("deputy", ["data_manager"], [SCHOOL])
LENT = Delegation("head", "deputy", Role.HEAD, SCHOOL, NOW.date() + 7 * DAY, "0")


@pytest.fixture
def desk(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    register = Register.of(1, [*PEOPLE, DEPUTY])
    bootstrap(ledger, register, NOW - DAY)
    yield Desk(ledger, register)
    ledger.close()


def lend(desk: Desk, lent: Delegation = LENT, *, key: str | None = None, at: dt.datetime = NOW - DAY) -> None:
    signature = sign(lent.statement(at), key_of(key or lent.by))
    with desk.ledger.transaction() as tx:
        delegate(tx, lent, signature, current(tx), at)


def sign_as(desk: Desk, waybill, person: str, role: str, now: dt.datetime = NOW) -> bool:
    statement = Statement(Act.RELEASE, Role(role), person, waybill.sha256, now, now + 30 * DAY)
    return authority.record(desk.ledger, waybill, sign(statement, key_of(person)), ROLES, now)


def test_who_stands_in_signs_and_the_file_passes_the_gate(desk):
    lend(desk)
    waybill = desk.enter()
    sign_as(desk, waybill, "dm", "data_manager")
    assert sign_as(desk, waybill, "deputy", "head")
    assert type(desk.gate(waybill)) is Release


def test_the_lender_signs_as_before(desk):
    lend(desk)
    waybill = desk.enter()
    sign_as(desk, waybill, "dm", "data_manager")
    assert sign_as(desk, waybill, "head", "head")


def test_nobody_signs_twice_by_standing_in(desk):
    lend(desk)
    waybill = desk.enter()
    sign_as(desk, waybill, "deputy", "data_manager")
    with pytest.raises(SamePersonTwice):
        sign_as(desk, waybill, "deputy", "head")


def ended(desk: Desk) -> None:
    with desk.ledger.transaction() as tx:
        end(tx, LENT, "head", NOW)


def lender_lost_it(desk: Desk) -> None:
    people = [*(each for each in PEOPLE if each["id"] != "head"), DEPUTY, entry("head", ["dpo"], [SCHOOL])]
    wanted = Register.of(2, people)
    signed = [
        sign(Statement(Act.APPROVER_CHANGE, Role(role), person, wanted.sha256, NOW, NOW + DAY), key_of(person))
        for person, role in (("dm", "data_manager"), ("dpo", "dpo"))
    ]
    change(desk.ledger, wanted, signed, NOW)


def nothing(_desk: Desk) -> None: ...


@pytest.mark.parametrize(
    ("lent", "then", "at"),
    [
        (None, nothing, NOW),
        (LENT, nothing, NOW + 8 * DAY),
        (LENT, ended, NOW),
        (LENT, lender_lost_it, NOW),
        (Delegation("head", "deputy", Role.HEAD, "149002", LENT.ends, "0"), nothing, NOW),
        (Delegation("head", "dm", Role.HEAD, SCHOOL, LENT.ends, "0"), nothing, NOW),
    ],
    ids=["not lent", "the day after", "ended", "the lender lost the role", "another school", "another person"],
)
def test_otherwise_the_role_is_not_held(desk, lent, then, at):
    if lent is not None and lent.school == SCHOOL:
        lend(desk, lent)
    then(desk)
    with pytest.raises(RoleNotHeld):
        sign_as(desk, desk.enter(), "deputy", "head", at)


def test_a_signature_from_before_it_was_lent_does_not_count(desk):
    lend(desk, at=NOW)
    with pytest.raises(RoleNotHeld):
        sign_as(desk, desk.enter(), "deputy", "head", NOW - dt.timedelta(seconds=1))


@pytest.mark.parametrize(
    ("lent", "key", "refusal"),
    [
        (Delegation("head", "head", Role.HEAD, SCHOOL, LENT.ends, "0"), None, StatementMalformed),
        (Delegation("head", "nobody", Role.HEAD, SCHOOL, LENT.ends, "0"), None, StatementMalformed),
        (Delegation("dm", "deputy", Role.HEAD, "*", LENT.ends, "0"), None, StatementMalformed),
        (Delegation("head", "deputy", Role.HEAD, SCHOOL, dt.date(2028, 1, 1), "0"), None, StatementMalformed),
        (Delegation("dpo", "deputy", Role.HEAD, SCHOOL, LENT.ends, "0"), None, RoleNotHeld),
        (LENT, "dm", SignerKeyUnknown),
    ],
    ids=["to oneself", "to a stranger", "for the whole trust", "for two years", "a role not held", "another's key"],
)
def test_what_cannot_be_lent(desk, lent, key, refusal):
    with pytest.raises(refusal):
        lend(desk, lent, key=key)


def test_a_borrowed_role_is_not_lent_on(desk):
    lend(desk)
    onward = Delegation("deputy", "dpo", Role.HEAD, SCHOOL, LENT.ends, "1")
    with pytest.raises(RoleNotHeld):
        lend(desk, onward, at=NOW)


def test_it_voids_no_waybill_that_waits(desk):
    waybill = desk.enter()
    lend(desk)
    desk.approve(waybill)
    assert type(desk.gate(waybill)) is Release

"""What head and data manager may let go together, and nobody else: blocking errors, and a layout nobody confirmed."""

import datetime as dt

import pytest

from exports import authority
from exports.authority import NotSigned
from exports.release import BlockingErrorsOpen, QueriesUnexplained, Release, UnverifiedLayout
from exports.signing import Act, StatementMalformed
from exports.waybill import Tally
from schemas.census.findings import Verdict
from tests.exports.desk import refused

OVERRIDE = {"act": Act.OVERRIDE, "reason_sha256": "5" * 64, "reference": "HD-1"}


def blocking_error(desk):
    desk.verdict = Verdict(blocking_open=1, errors=1, queries=3, unexplained=0, not_evaluated=0)


def override(desk, waybill, *signers, **changes):
    for person, role in signers:
        one = desk.signature(waybill, person, role, **(OVERRIDE | changes))
        authority.record(desk.ledger, waybill, one, desk.agreement.signing, waybill.prepared_at + dt.timedelta(hours=1))


def test_head_and_data_manager_together_may_override_blocking_errors(desk):
    waybill = desk.approve(desk.enter())
    blocking_error(desk)
    override(desk, waybill, ("head", "head"))
    refused(desk, waybill, BlockingErrorsOpen)
    override(desk, waybill, ("dm", "data_manager"))
    assert isinstance(desk.gate(waybill), Release)


GRANTED = (("head", "head"), ("dm", "data_manager"))


@pytest.mark.parametrize("overridden", [False, True], ids=["not overridden", "overridden"])
@pytest.mark.parametrize("doubts", [0, 3], ids=["confirmed", "not confirmed"])
@pytest.mark.parametrize("demonstration", [False, True], ids=["real", "demonstration"])
def test_an_unverified_layout_leaves_a_real_trust_only_overridden(desk, demonstration, doubts, overridden):
    waybill = desk.approve(desk.enter(tally=Tally(2, 12, 0, 0, 3, 0, 0, unverified_paths=3)))
    desk.unverified, desk.demonstration = doubts, demonstration
    if overridden:
        override(desk, waybill, *GRANTED)
    if doubts and not demonstration and not overridden:
        refused(desk, waybill, UnverifiedLayout)
    else:
        assert isinstance(desk.gate(waybill), Release)


def test_more_doubt_than_the_signers_were_shown_is_no_override_s_to_let_go(desk):
    waybill = desk.approve(desk.enter(tally=Tally(2, 12, 0, 0, 3, 0, 0, unverified_paths=2)))
    override(desk, waybill, *GRANTED)
    desk.unverified = 3
    refused(desk, waybill, UnverifiedLayout)
    desk.unverified = 2
    assert isinstance(desk.gate(waybill), Release)


@pytest.mark.parametrize("signer", GRANTED, ids=["the head alone", "the data manager alone"])
def test_one_of_the_two_cannot_let_an_unverified_layout_go(desk, signer):
    waybill = desk.approve(desk.enter(tally=Tally(2, 12, 0, 0, 3, 0, 0, unverified_paths=1)))
    desk.unverified = 1
    override(desk, waybill, signer)
    refused(desk, waybill, UnverifiedLayout)


def test_an_override_for_two_different_reasons_is_none(desk):
    waybill = desk.approve(desk.enter())
    blocking_error(desk)
    override(desk, waybill, ("head", "head"))
    override(desk, waybill, ("dm", "data_manager"), reference="HD-2")
    refused(desk, waybill, StatementMalformed)


def test_no_override_covers_an_unexplained_query(desk):
    waybill = desk.approve(desk.enter())
    desk.verdict = Verdict(blocking_open=1, errors=1, queries=3, unexplained=1, not_evaluated=0)
    override(desk, waybill, ("head", "head"), ("dm", "data_manager"))
    refused(desk, waybill, QueriesUnexplained)


def test_an_override_alone_releases_nothing(desk):
    waybill = desk.enter()
    override(desk, waybill, ("head", "head"), ("dm", "data_manager"))
    refused(desk, waybill, NotSigned)

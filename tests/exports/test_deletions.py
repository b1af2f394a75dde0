"""Requests to delete leavers: who is in one, that nobody is asked for twice, and that it is followed to the end."""

import datetime as dt
from dataclasses import dataclass

import pytest

from exports import deletions
from exports.deletions import NoSuchRequest, ReferenceUnfit
from exports.minimise import minimise
from exports.release import slot
from exports.told import not_yet_told
from exports.waybill import Tally, Waybill, sha256
from ledger.disclosures import digests
from ledger.states import State as Stage
from schemas.feeds.former import FORMER
from tests.exports.protection_state import State, opened
from tests.exports.trust_folder import agreement

URN = "900004"
ROSTER, LEAVERS, CATERING = (
    agreement(name) for name in ("supplier_roster", "supplier_roster_leavers", "supplier_catering")
)
LEFT = dt.date(2026, 9, 30)
DAY = dt.datetime(2026, 10, 1, 9, 0, tzinfo=dt.UTC)
UPN = "B823200012345"


@dataclass
class Supplier:
    """What has been delivered to the suppliers so far, day by day."""

    state: State
    day: dt.datetime = DAY

    def deliver(self, terms, *pupils, period="2026-autumn-term", school=URN, apart=(), stage=Stage.DELIVERED):
        """Let one file about these pupils arrive, a day after the one before."""
        self.day += dt.timedelta(days=1)
        waybill = _waybill(terms, len(pupils), school, period, self.day)
        sealed = self.state.vault.seal(waybill.canonical, "waybill", dt.date.max).address
        keys = self.state.pupils.pupils(school, pupils, [UPN if each in apart else None for each in pupils], apart)
        with self.state.ledger.transaction() as tx:
            tx.prepare(waybill.sha256, slot(waybill), self.day, {"waybill": sealed})
            tx.move(waybill.sha256, Stage.APPROVED, self.day, {})
            tx.claim(waybill.sha256, self.day, {})
            if stage is Stage.DELIVERED:
                tx.settle(waybill.sha256, stage, self.day, digests([], keys), {})
            else:
                tx.move(waybill.sha256, stage, self.day, {})
        return waybill.sha256

    def asked(self, *left, period="2026-11", terms=LEAVERS, school=URN, upn=None):
        """Ids in the request that would be prepared for pupils who have left."""
        frame = FORMER.frame(
            {
                "pupil_id": list(left),
                "urn": [school] * len(left),
                "upn": [upn] * len(left),
                "sourced_id": [f"{school}.pupil.{each}" for each in left],
                "leaving_date": [LEFT] * len(left),
            }
        )
        here = self.state
        kept = not_yet_told({"former": frame}, terms, here.ledger, here.pupils, school=school, period=period)
        return minimise(kept, terms)["former"]["sourced_id"].tolist()


def _waybill(terms, pupils, school, period, at):
    hashes = {name: sha256(f"{terms.id} {period} {at} {name}".encode()) for name in Waybill.HASHES}
    return Waybill(
        **hashes, school=school, period=period, agreement=terms.id, recipient=terms.recipient.id, destination="",
        release_version=1, supersedes=None, length=1, remote_name="a.csv", tally=Tally(pupils, 1, 0, 0, 0, 0, 0, 0),
        fields=tuple(line.id for line in terms.lines), notice_version="1", prepared_at=at,
        nonce="0123456789abcdef" * 2,
    )  # fmt: skip


@pytest.fixture
def supplier(tmp_path):
    with opened(tmp_path) as state:
        yield Supplier(state)


def test_only_those_the_supplier_was_told_of_are_in_the_request(supplier):
    supplier.deliver(ROSTER, "1", "2")
    supplier.deliver(CATERING, "3")
    assert supplier.asked("1", "3", "4") == [f"{URN}.pupil.1"]


@pytest.mark.parametrize("school", ["900003", "900005"])
def test_a_pupil_of_another_school_with_the_same_id_is_another(supplier, school):
    supplier.deliver(ROSTER, "1", school=school)
    assert supplier.asked("1") == []


def test_a_file_that_did_not_arrive_told_nobody_of_anyone(supplier):
    supplier.deliver(ROSTER, "1", stage=Stage.REFUSED)
    assert supplier.asked("1") == []


def test_each_is_asked_for_once_and_the_same_period_stays_as_it_was(supplier):
    supplier.deliver(ROSTER, "1", "2")
    supplier.deliver(LEAVERS, "1", period="2026-11")
    assert supplier.asked("1", "2", period="2026-12") == [f"{URN}.pupil.2"]
    assert supplier.asked("1", "2", period="2026-11") == [f"{URN}.pupil.1", f"{URN}.pupil.2"]


def test_who_came_into_a_file_again_after_the_request_is_asked_for_again(supplier):
    supplier.deliver(ROSTER, "1")
    supplier.deliver(LEAVERS, "1", period="2026-11")
    supplier.deliver(ROSTER, "1", period="2027-spring-term")
    assert supplier.asked("1", period="2027-05") == [f"{URN}.pupil.1"]


def test_a_record_set_apart_is_found_by_its_new_upn(supplier):
    supplier.state.pupils.pupils(URN, ["1"], ["A823200012344"])
    supplier.deliver(ROSTER, "1", apart=("1",))
    assert supplier.asked("1") == []
    assert supplier.asked("1", upn=UPN) == [f"{URN}.pupil.1"]


def test_a_request_is_in_the_list_from_its_delivery_until_it_is_confirmed(supplier):
    here = supplier.state
    assert deletions.requests(here.ledger, here.vault) == ()
    supplier.deliver(ROSTER, "1", "2")
    request = supplier.deliver(LEAVERS, "1", "2", period="2026-11")
    (one,) = deletions.requests(here.ledger, here.vault)
    assert (one.waybill, one.pupils, one.asked_on, one.confirmed) == (request, 2, supplier.day.date(), None)

    at = supplier.day + dt.timedelta(days=3)
    assert deletions.confirm(here.ledger, here.vault, request, "TICKET-77", by="priya", at=at)
    assert not deletions.confirm(here.ledger, here.vault, request, "TICKET-78", by="daniel", at=at)
    (one,) = deletions.requests(here.ledger, here.vault)
    assert (one.confirmed.by, one.confirmed.on, one.confirmed.reference) == ("priya", at.date(), "TICKET-77")


@pytest.mark.parametrize(("days", "overdue"), [(0, False), (28, False), (29, True), (400, True)])
def test_a_request_is_overdue_after_four_weeks(supplier, days, overdue):
    here = supplier.state
    request = supplier.deliver(LEAVERS, "1", period="2026-11")
    today = supplier.day.date() + dt.timedelta(days=days)
    assert deletions.requests(here.ledger, here.vault)[0].overdue(today) == overdue
    deletions.confirm(here.ledger, here.vault, request, "X", by="priya", at=supplier.day)
    assert not deletions.requests(here.ledger, here.vault)[0].overdue(today)


@pytest.mark.parametrize("which", ["a roster", "a request that did not arrive", "no waybill"])
def test_only_a_delivered_request_can_be_confirmed(supplier, which):
    here = supplier.state
    named = {
        "a roster": lambda: supplier.deliver(ROSTER, "1"),
        "a request that did not arrive": lambda: supplier.deliver(LEAVERS, "1", stage=Stage.REFUSED),
        "no waybill": lambda: "0" * 64,
    }[which]()
    with pytest.raises(NoSuchRequest):
        deletions.confirm(here.ledger, here.vault, named, "X", by="priya", at=supplier.day)
    assert here.ledger.events(deletions.KIND) == []


@pytest.mark.parametrize("reference", ["", "Ann Example", "a\nb", "x" * 41, "-x", "é"])
def test_a_reference_that_could_name_somebody_is_not_taken(supplier, reference):
    here = supplier.state
    request = supplier.deliver(LEAVERS, "1", period="2026-11")
    with pytest.raises(ReferenceUnfit) as refused:
        deletions.confirm(here.ledger, here.vault, request, reference, by="priya", at=supplier.day)
    assert not reference or reference not in str(refused.value)
    assert here.ledger.events(deletions.KIND) == []

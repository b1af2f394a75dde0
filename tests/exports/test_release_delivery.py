"""What each way an attempt can end does to the release, and how an unknown one is settled without sending."""

import datetime as dt
from dataclasses import asdict, replace

import pytest

from exports.delivery import NotUnknown, StillSending, StillUnknown, deliver, resolve
from exports.release import RecipientChanged, ReleaseSpent
from exports.transports import Finding, Receipt, Sighting, TransportFailure
from exports.waybill import sha256
from ledger.states import State
from ledger.store import AlreadySent
from ledger.verify import verify
from schemas.refusal import Refusal
from tests.exports.desk import NOW

LONGEST = dt.timedelta(minutes=16)


class Stub:
    """A transport whose answers are given."""

    longest = LONGEST

    def __init__(self, answer=None, sighting=None):
        self.answer = answer
        self.sighting = sighting
        self.sent = []

    def send(self, release):
        self.sent.append(release.data)
        return self._given(self.answer)

    def look(self, waybill, route):
        del waybill, route
        return self._given(self.sighting)

    @staticmethod
    def _given(answer):
        if isinstance(answer, BaseException):
            raise answer
        return answer


def receipt(desk, *, read_back=True):
    return Receipt(
        remote_name="name",
        length=len(desk.data),
        read_back_sha256=sha256(desk.data) if read_back else None,
        peer="SHA256:x",
        software="stub",
        already_there=False,
    )


def clock():
    return NOW


@pytest.mark.parametrize(
    ("answer", "raised", "state"),
    [
        (TransportFailure("before", payload_began=False), TransportFailure, State.REFUSED),
        (TransportFailure("after", payload_began=True), TransportFailure, State.UNKNOWN),
        (RuntimeError("a fault of the program"), RuntimeError, State.UNKNOWN),
        (KeyboardInterrupt(), KeyboardInterrupt, State.UNKNOWN),
    ],
)
def test_every_way_out_without_a_receipt_is_recorded(desk, answer, raised, state):
    waybill = desk.approve(desk.enter())
    with pytest.raises(raised):
        desk.send(waybill, Stub(answer))
    assert desk.state(waybill) is state
    assert desk.ledger.release(waybill.sha256).settled_at is None
    failure = answer.code if isinstance(answer, TransportFailure) else "interrupted"
    assert desk.ledger.events(state)[0].body["detail"] == {"failure": failure}
    assert verify(desk.ledger.place).faults == []


def test_intent_is_in_the_ledger_before_the_transport_is_called(desk):
    waybill = desk.approve(desk.enter())
    seen = []

    class Looking(Stub):
        def send(self, release):
            seen.append(desk.state(release.waybill))
            return super().send(release)

    desk.send(waybill, Looking(receipt(desk)))
    assert seen == [State.SENDING]


@pytest.mark.parametrize(
    ("ends_as", "read_back", "state"),
    [
        ("delivered", True, State.DELIVERED),
        ("handed over", True, State.HANDED_OVER),
        ("delivered", False, State.DELIVERED_UNVERIFIED),
        ("handed over", False, State.DELIVERED_UNVERIFIED),
    ],
)
def test_a_receipt_settles_as_the_agreement_says_and_only_a_hash_verifies(desk, ends_as, read_back, state):
    desk.towards(ends_as=ends_as)
    waybill = desk.approve(desk.enter())
    assert desk.send(waybill, Stub(receipt(desk, read_back=read_back))) is desk.state(waybill) is state


def test_the_record_keeps_the_whole_receipt_and_how_it_was_sealed(desk):
    waybill = desk.approve(desk.enter())
    desk.send(waybill, Stub(receipt(desk)))
    (settled,) = desk.ledger.events(State.DELIVERED, waybill=waybill.sha256)
    kept = settled.body["detail"]["receipt"]
    assert asdict(receipt(desk)).items() <= kept.items()
    assert (kept["verified"], kept["seal"]) == (True, ""), "it went as it is"


def test_a_receipt_for_other_bytes_is_not_believed(desk):
    waybill = desk.approve(desk.enter())
    lie = replace(receipt(desk), read_back_sha256="0" * 64)
    assert desk.send(waybill, Stub(lie)) is State.DELIVERED_UNVERIFIED


def test_disclosures_are_recorded_when_delivered_and_not_before(desk):
    first = desk.approve(desk.enter())
    with pytest.raises(TransportFailure):
        desk.send(first, Stub(TransportFailure("x", payload_began=False)))
    with desk.ledger.reading() as connection:
        assert connection.execute("SELECT count(*) FROM disclosures").fetchone() == (0,)
    second = desk.approve(desk.enter(nonce="f" * 32))
    desk.send(second, Stub(receipt(desk)))
    with desk.ledger.reading() as connection:
        assert connection.execute("SELECT count(*) FROM disclosures").fetchone() == (2,)


def test_a_release_is_spent_by_its_first_attempt(desk):
    waybill = desk.approve(desk.enter())
    release, transport = desk.gate(waybill), Stub(receipt(desk))
    deliver(desk.ledger, release, transport, clock)
    with pytest.raises(ReleaseSpent):
        deliver(desk.ledger, release, transport, clock)
    assert transport.sent == [desk.data]
    assert desk.state(waybill) is State.DELIVERED


def unknown(desk):
    waybill = desk.approve(desk.enter())
    with pytest.raises(TransportFailure):
        desk.send(waybill, Stub(TransportFailure("cut", payload_began=True)))
    return waybill


def settled(desk, waybill, transport, at=NOW):
    return resolve(
        desk.ledger,
        waybill=waybill,
        agreement=desk.agreement,
        disclosures=desk.batch,
        transport=transport,
        clock=lambda: at,
    )


def test_an_unknown_file_that_is_there_is_delivered_without_sending(desk):
    waybill = unknown(desk)
    transport = Stub(sighting=Sighting(Finding.THERE, replace(receipt(desk), already_there=True)))
    assert settled(desk, waybill, transport) is desk.state(waybill) is State.DELIVERED
    assert transport.sent == []


def test_an_unknown_file_whose_part_was_cleared_is_refused_and_a_new_waybill_may_go(desk):
    waybill = unknown(desk)
    assert settled(desk, waybill, Stub(sighting=Sighting(Finding.CLEARED))) is State.REFUSED
    second = desk.approve(desk.enter(nonce="f" * 32))
    assert desk.send(second, Stub(receipt(desk))) is State.DELIVERED


@pytest.mark.parametrize("finding", [Finding.ABSENT, Finding.DIFFERENT, Finding.UNREADABLE])
def test_what_looking_does_not_settle_stays_unknown_and_is_never_sent_again(desk, finding):
    waybill = unknown(desk)
    transport = Stub(receipt(desk), Sighting(finding))
    with pytest.raises(StillUnknown):
        settled(desk, waybill, transport)
    assert desk.state(waybill) is State.UNKNOWN
    with pytest.raises(AlreadySent):
        desk.send(waybill, transport)
    with pytest.raises(AlreadySent):
        desk.send(desk.approve(desk.enter(nonce="f" * 32)), transport)
    assert transport.sent == []


def test_a_sighting_with_another_hash_settles_nothing(desk):
    waybill = unknown(desk)
    lie = Sighting(Finding.THERE, replace(receipt(desk), read_back_sha256="0" * 64))
    with pytest.raises(StillUnknown):
        settled(desk, waybill, Stub(sighting=lie))
    assert desk.state(waybill) is State.UNKNOWN


def test_failing_to_look_leaves_it_unknown(desk):
    waybill = unknown(desk)
    with pytest.raises(TransportFailure):
        settled(desk, waybill, Stub(sighting=TransportFailure("down", payload_began=False)))
    assert desk.state(waybill) is State.UNKNOWN


def test_a_dead_process_leaves_sending_which_is_resolved_only_when_it_must_be_over(desk):
    waybill = desk.approve(desk.enter())
    desk.gate(waybill)
    there = Stub(sighting=Sighting(Finding.THERE, receipt(desk)))
    with pytest.raises(StillSending):
        settled(desk, waybill, there, NOW + LONGEST - dt.timedelta(seconds=1))
    assert desk.state(waybill) is State.SENDING
    assert settled(desk, waybill, there, NOW + LONGEST) is State.DELIVERED


def test_a_settled_or_waiting_release_has_nothing_to_resolve(desk):
    waybill = desk.approve(desk.enter())
    with pytest.raises(NotUnknown):
        settled(desk, waybill, Stub())
    desk.send(waybill, Stub(receipt(desk)))
    with pytest.raises(NotUnknown):
        settled(desk, waybill, Stub())


def test_an_unknown_file_is_not_looked_for_on_another_route(desk):
    waybill = unknown(desk)
    desk.towards(host="127.0.0.2")
    with pytest.raises(RecipientChanged):
        settled(desk, waybill, Stub())


def test_a_later_version_supersedes_the_one_before_it_in_the_same_step(desk):
    first = desk.approve(desk.enter())
    desk.send(first, Stub(receipt(desk)))
    second = desk.approve(desk.enter(release_version=2, supersedes=first.sha256))
    desk.send(second, Stub(receipt(desk)))
    assert desk.state(first) is State.SUPERSEDED
    assert desk.state(second) in {State.DELIVERED, State.HANDED_OVER}
    moved = desk.ledger.events(State.SUPERSEDED, waybill=first.sha256)
    assert [event.body["detail"] for event in moved] == [{"by": second.sha256}]
    assert verify(desk.ledger.place).faults == []


def test_a_later_version_leaves_an_earlier_one_in_doubt_as_it_is(desk):
    first = desk.approve(desk.enter())
    with pytest.raises(TransportFailure):
        desk.send(first, Stub(TransportFailure("lost", payload_began=True)))
    second = desk.approve(desk.enter(release_version=2))
    desk.send(second, Stub(receipt(desk)))
    assert (desk.state(first), desk.state(second)) == (State.UNKNOWN, State.DELIVERED)


def test_a_release_refused_before_its_first_byte_goes_out_later_under_the_same_signatures(desk):
    waybill = desk.approve(desk.enter())
    with pytest.raises(TransportFailure):
        desk.send(waybill, Stub(TransportFailure("away", payload_began=False)))
    assert desk.state(waybill) is State.REFUSED
    again = Stub(receipt(desk))
    desk.send(waybill, again)
    assert again.sent == [desk.data]
    assert len(desk.ledger.events(State.SENDING, waybill=waybill.sha256)) == 2
    assert verify(desk.ledger.place).faults == []


def test_a_release_that_may_have_left_is_not_sent_again(desk):
    waybill = desk.approve(desk.enter())
    with pytest.raises(TransportFailure):
        desk.send(waybill, Stub(TransportFailure("cut", payload_began=True)))
    again = Stub(receipt(desk))
    with pytest.raises(AlreadySent):
        desk.send(waybill, again)
    assert again.sent == []
    assert desk.state(waybill) is State.UNKNOWN


class Unreachable(Refusal):
    """What lodging a head outside may end with."""

    code = "head_unreachable"


def test_nothing_is_sent_while_the_intent_is_not_outside(desk):
    waybill = desk.approve(desk.enter())
    transport = Stub(receipt(desk))

    def lodge():
        assert desk.state(waybill) is State.SENDING
        raise Unreachable

    with pytest.raises(Unreachable):
        deliver(desk.ledger, desk.gate(waybill), transport, clock, lodge)
    assert transport.sent == []
    assert desk.state(waybill) is State.REFUSED
    assert desk.ledger.events("refused")[0].body["detail"] == {"failure": "intent not lodged"}
    assert desk.send(waybill, transport) is State.DELIVERED

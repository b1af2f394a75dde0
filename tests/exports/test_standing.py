"""Standing releases: each single change outside the envelope waits for people; everything else leaves by itself."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from exports import standing
from exports.authority import SamePersonTwice
from exports.envelope import Limits, StandingUnfit
from exports.protection import remove
from exports.protection_gate import ProtectionChanged
from exports.protection_log import Ruling, decide
from exports.release import AgreementChanged, RegisterChanged
from exports.signing import Act, RoleNotHeld, StatementMalformed
from exports.standing import StandingOver, newest, proposal, switch_off
from exports.standing_use import HELD, OutsideEnvelope
from exports.waybill import Waybill
from ledger.states import State
from ledger.verify import verify
from tests.exports.desk import entry
from tests.exports.standing_desk import (
    ELSEWHERE,
    FIVE,
    LIMITS,
    PEOPLE,
    SCHOOL,
    TERMS,
    StandingDesk,
    standing_desk,
)
from tests.exports.trust_folder import agreement, notice

SIX, SEVEN, EIGHT = ({"surname": f"Name {number}", "contact2_phone": None} for number in (6, 7, 8))
QUERY = {"rule": "supplier_texts.1"}
ERROR = {"severity": "error"}
SAFE = "A000000000001"


@pytest.fixture
def desk(tmp_path):
    with standing_desk(tmp_path) as made:
        yield made


def several(count: int, finding: dict) -> list[dict]:
    return [{**finding, "pupil_id": str(number + 1)} for number in range(count)]


def explained(desk: StandingDesk) -> None:
    desk.explaining = True


def edited(**changes) -> Callable[[StandingDesk], None]:
    def edit(desk: StandingDesk) -> None:
        desk.agreement = replace(desk.agreement, **changes)

    return edit


def changed(at: int, **changes) -> tuple[dict, ...]:
    """The five pupils with something changed about the first so many."""
    return tuple({**pupil, **changes} if number < at else pupil for number, pupil in enumerate(FIVE))


def register(*people: dict) -> Callable[[StandingDesk], None]:
    return lambda desk: desk.change_register(*people)


def without(person: str) -> tuple[dict, ...]:
    return tuple(each for each in PEOPLE if each["id"] != person)


def with_(changed_entry: dict) -> tuple[dict, ...]:
    return (*without(changed_entry["id"]), changed_entry)


def off(desk: StandingDesk) -> None:
    switch_off(desk.stores.ledger, newest(desk.stores.ledger, TERMS.id, SCHOOL), "head", desk.now)


def second(desk: StandingDesk) -> Waybill:
    """A file of today that the standing release has approved."""
    waybill = desk.prepared((*FIVE, SIX))
    assert desk.put_under(waybill).inside
    return waybill


def recalled(desk: StandingDesk) -> None:
    waybill = second(desk)
    desk.send(waybill)
    desk.recall(waybill)
    desk.later(1)


def on_its_way(desk: StandingDesk) -> None:
    desk.gate(second(desk))
    desk.later(1)


def called_off(desk: StandingDesk) -> None:
    desk.record(second(desk), Act.REVOKE, "head", "head")


def correction(desk: StandingDesk) -> None:
    desk.send(second(desk))


def flagged(desk: StandingDesk) -> None:
    desk.flag(SAFE)


def flagged_before(desk: StandingDesk) -> None:
    desk.kept["flag"] = desk.flag(SAFE)
    desk.left()


def unflagged(desk: StandingDesk) -> None:
    remove(desk.stores.ledger, desk.stores.vault, desk.kept["flag"])


def decided(desk: StandingDesk) -> None:
    stores = desk.stores
    decide(
        stores.ledger, stores.vault, stores.pupils, agreement=TERMS.id, school=SCHOOL, decided={"1": ("court_order",)},
        ruling=Ruling.WITHHOLD, why="why", by="lead", at=desk.now,
    )  # fmt: skip


def noted_in_the_mis(desk: StandingDesk) -> None:
    desk.said = replace(desk.said, flags={"court_order": frozenset({"2"})})


def nothing(_desk: StandingDesk) -> None: ...


@dataclass(frozen=True)
class Case:
    """One change and all that it breaches; `pupils` and `findings` are the second file's, `before` comes before it."""

    breach: str
    before: Callable[[StandingDesk], None] = nothing
    pupils: tuple[dict, ...] = FIVE
    findings: tuple[dict, ...] = ()
    stands: Callable[[StandingDesk], object] = StandingDesk.stand
    first: Callable[[StandingDesk], object] = StandingDesk.left


CASES = {
    "one pupil too few": Case("pupils_least", pupils=FIVE[:2], first=lambda desk: desk.left(FIVE[:3])),
    "one pupil too many": Case("pupils_most", pupils=(*FIVE, SIX, SEVEN), first=lambda desk: desk.left((*FIVE, SIX))),
    "three new pupils": Case("joined_most", pupils=(*FIVE, SIX), first=lambda desk: desk.left(FIVE[:3])),
    "two pupils gone": Case("left_most", pupils=FIVE[:3]),
    "three values otherwise": Case("changed_most", pupils=changed(3, contact1_phone="07400000000")),
    "a field filled for the first time": Case("new_fields", pupils=changed(1, contact2_phone="07400000001")),
    "one error too many": Case("errors_most", before=explained, findings=tuple(several(2, ERROR))),
    "one query too many": Case("queries_most", before=explained, findings=tuple(several(2, QUERY))),
    "a query without explanation": Case("unexplained", findings=tuple(several(1, QUERY))),
    "an error that blocks": Case("blocking", findings=tuple(several(1, {**ERROR, "blocking": True}))),
    "a rule that could not be evaluated": Case("more_not_evaluated", before=explained,
                                               findings=({"evaluated": False},)),
    "a flag set": Case("protection_register, protection_changes", before=flagged),
    "a flag taken away": Case("protection_register, changed_most, protection_changes", before=unflagged,
                              first=flagged_before),
    "a note of the MIS": Case("protection_changes", before=noted_in_the_mis),
    "a decision of the safeguarding lead": Case("protection_register", before=decided),
    "a register nobody confirmed this term": Case("protection_unconfirmed, blocking",
                                                  before=lambda desk: desk.later(120)),
    "another text of the agreement": Case("agreement_changed, first_of_its_kind", before=edited(sha256="0" * 64)),
    "another route": Case("recipient_changed, first_of_its_kind",
                          before=edited(delivery=replace(TERMS.delivery, host="127.0.0.2"))),
    "another recipient": Case("recipient_changed, first_of_its_kind",
                              before=edited(recipient=replace(TERMS.recipient, legal_name="Another Ltd"))),
    "another notice": Case("notice_changed", before=lambda desk: setattr(desk, "notice_sha256", "1" * 64)),
    "the day after its end": Case("standing_over", before=lambda desk: desk.later(1),
                                  stands=lambda desk: desk.stand(ends=desk.today)),
    "switched off": Case("standing_over", before=off),
    "the first file of the kind": Case("first_of_its_kind", first=nothing),
    "a correction": Case("correction", before=correction),
    "called off by a person": Case("called_off", before=called_off),
    "the last file recalled": Case("last_unsettled", before=recalled),
    "the last file on its way": Case("last_unsettled", before=on_its_way),
    "a signer left": Case("signer_unknown", before=register(*without("head"))),
    "a signer has another key": Case("signer_key_unknown", before=register(*with_(entry("head", ["head"], [SCHOOL],
                                                                                        "another")))),
    "a signer lost the role": Case("role_not_held", before=register(*with_(entry("dm", ["dpo"], ["*"])))),
    "a signer lost the school": Case("role_not_held", before=register(*with_(entry("head", ["head"], [ELSEWHERE])))),
    "the last file past its retention": Case("last_gone", before=lambda desk: desk.forget(desk.kept["first"]),
                                             first=lambda desk: desk.kept.update(first=desk.left())),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_single_change_outside_the_envelope_is_held(desk, name):
    case = CASES[name]
    case.first(desk)
    case.stands(desk)
    case.before(desk)
    waybill = desk.prepared(case.pupils, findings=case.findings)
    judgement = desk.put_under(waybill)
    codes = [breach.code for breach in judgement.breaches]
    assert ", ".join(codes) == case.breach
    assert judgement.breaches[0].said
    assert desk.state(waybill) is State.PREPARED
    (held,) = desk.stores.ledger.events(HELD, waybill=waybill.sha256)
    assert held.body["breaches"] == codes


INSIDE = {
    "the same": Case(""),
    "the most pupils, the most new": Case("", pupils=(*FIVE, SIX)),
    "one gone": Case("", pupils=FIVE[:4]),
    "two values otherwise": Case("", pupils=changed(2, contact1_phone="07400000000")),
    "one explained error": Case("", before=explained, findings=tuple(several(1, ERROR))),
    "one explained query": Case("", before=explained, findings=tuple(several(1, QUERY))),
    "on its last day": Case("", stands=lambda desk: desk.stand(ends=desk.today)),
    "another signer joined": Case("", before=register(*PEOPLE, entry("zoe", ["head"], ["*"]))),
    "a flag for a pupil of another school": Case("", before=lambda desk: desk.flag("B999999999999", school=ELSEWHERE)),
    "people signed the file before": Case("", first=lambda desk: (desk.left(FIVE[:4]), desk.left())),
}


@pytest.mark.parametrize("name", INSIDE)
def test_inside_it_leaves_by_itself_and_the_record_has_the_figures(desk, name):
    case = INSIDE[name]
    case.first(desk)
    made = case.stands(desk)
    case.before(desk)
    waybill = desk.prepared(case.pupils, findings=case.findings)
    judgement = desk.put_under(waybill)
    assert judgement.breaches == ()
    assert desk.send(waybill) is State.DELIVERED
    for state in (State.APPROVED, State.SENDING):
        (event,) = desk.stores.ledger.events(state, waybill=waybill.sha256)
        assert event.body["detail"]["standing"] == made.sha256
        assert event.body["detail"]["figures"]["pupils"] == len(case.pupils)
    assert verify(desk.stores.ledger.place).faults == []


AT_THE_GATE = {
    "switched off": (off, OutsideEnvelope),
    "a flag set": (flagged, ProtectionChanged),
    "the agreement edited": (edited(sha256="0" * 64), AgreementChanged),
    "a signer left": (register(*without("head")), RegisterChanged),
    "its end has passed": (lambda desk: desk.later(1), OutsideEnvelope),
    "the last file recalled": (lambda desk: desk.recall(desk.kept["first"]), OutsideEnvelope),
}


@pytest.mark.parametrize("name", AT_THE_GATE)
def test_what_changes_after_it_was_approved_is_seen_at_the_gate(desk, name):
    change, refusal = AT_THE_GATE[name]
    desk.kept["first"] = desk.left()
    desk.stand(ends=desk.today)
    waybill = desk.prepared()
    assert desk.put_under(waybill).inside
    change(desk)
    events = desk.stores.ledger.head()
    with pytest.raises(refusal):
        desk.send(waybill)
    assert desk.stores.ledger.head() == events


def test_two_people_let_a_held_file_leave_by_itself_and_it_is_what_the_next_is_held_against(desk):
    desk.left()
    desk.stand(replace(LIMITS, pupils_most=20))
    waybill = desk.prepared((*FIVE, SIX, SEVEN, EIGHT))
    assert [breach.code for breach in desk.put_under(waybill).breaches] == ["joined_most"]
    desk.sign(waybill)
    assert desk.send(waybill) is State.DELIVERED
    desk.later()
    assert desk.put_under(desk.prepared((*FIVE, SIX, SEVEN, EIGHT))).inside


def test_switching_off_sends_what_it_had_approved_back_to_people_and_brings_no_older_one_back(desk):
    desk.left()
    desk.stand()
    desk.later(1)
    desk.stand()
    waybill = desk.prepared()
    assert desk.put_under(waybill).inside
    made = newest(desk.stores.ledger, TERMS.id, SCHOOL)
    assert switch_off(desk.stores.ledger, made, "head", desk.now) == 1
    assert switch_off(desk.stores.ledger, made, "head", desk.now) == 0
    assert desk.state(waybill) is State.PREPARED
    assert not desk.put_under(waybill).inside
    desk.sign(waybill)
    assert desk.send(waybill) is State.DELIVERED


def test_until_every_role_has_signed_there_is_no_standing_release(desk):
    desk.left()
    made = desk.stand(sign_it=False)
    desk.sign_standing(made, "deputy", "data_manager")
    waybill = desk.prepared()
    assert desk.put_under(waybill) is None
    with pytest.raises(SamePersonTwice):
        desk.sign_standing(made, "deputy", "head")
    desk.sign_standing(made, "head", "head")
    assert desk.put_under(waybill).inside


def test_it_holds_for_the_schools_whose_head_signed(desk):
    desk.left()
    told = {"notice": (notice().version, notice().sha256), "today": desk.today, "now": desk.now}
    made = proposal(TERMS, schools=[ELSEWHERE, SCHOOL], ends=desk.today, limits=LIMITS, **told)
    standing.propose(desk.stores.ledger, made, "dm", desk.now)
    desk.sign_standing(made, "dm", "data_manager")
    desk.sign_standing(made, "head", "head")
    assert desk.put_under(desk.prepared()).inside
    codes = [breach.code for breach in desk.put_under(desk.prepared(school=ELSEWHERE)).breaches]
    assert codes == ["role_not_held", "first_of_its_kind"]


def test_whoever_may_not_sign_it_cannot(desk):
    made = desk.stand(sign_it=False)
    with pytest.raises(StatementMalformed):
        desk.sign_standing(made, "dpo", "dpo")
    with pytest.raises(RoleNotHeld):
        desk.sign_standing(made, "head", "data_manager")
    off_before = switch_off(desk.stores.ledger, made, "dm", desk.now)
    assert off_before == 0
    with pytest.raises(StandingOver):
        desk.sign_standing(made, "dm", "data_manager")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"ends": dt.date(2027, 9, 7)}, StandingUnfit),
        ({"ends": dt.date(2026, 9, 6)}, StandingUnfit),
        ({"schools": []}, StandingUnfit),
        ({"schools": ["149001"]}, StandingUnfit),
        ({"agreement": agreement("dfe_autumn_census")}, StandingUnfit),
        ({"agreement": replace(TERMS, recipient=replace(TERMS.recipient, kind="legal"))}, StandingUnfit),
        ({"ends": dt.date(2027, 9, 1)}, StandingUnfit),
    ],
    ids=["a day too long", "before it begins", "no school", "a school not covered", "a census", "police and courts",
         "beyond the agreement"],
)  # fmt: skip
def test_what_cannot_stand_is_refused_before_anybody_signs(changes, refusal):
    told = {
        "agreement": TERMS, "notice": ("3", "0" * 64), "schools": [SCHOOL], "ends": dt.date(2027, 8, 31),
        "limits": LIMITS, "today": dt.date(2026, 9, 7), "now": dt.datetime(2026, 9, 7, tzinfo=dt.UTC),
    } | changes  # fmt: skip
    with pytest.raises(refusal):
        proposal(told.pop("agreement"), **told)


def test_limits_that_allow_nothing_are_no_limits():
    with pytest.raises(StandingUnfit):
        Limits(pupils_least=5, pupils_most=4, joined_most=0, left_most=0, changed_most=0)
    with pytest.raises(StandingUnfit):
        Limits(pupils_least=1, pupils_most=4, joined_most=-1, left_most=0, changed_most=0)


def test_of_a_feed_of_events_only_their_number_is_held_against_the_limits(desk):
    """Another week's joiners are other pupils: that all of them are new says nothing."""
    desk.agreement, desk.table = agreement("la_new_pupils"), "joiner"
    desk.left(FIVE[:3])
    desk.stand(replace(LIMITS, joined_most=0, left_most=0, changed_most=0, pupils_most=3))
    others = tuple({"surname": f"Other {number}"} for number in range(4))
    assert desk.put_under(desk.prepared(others[:3])).inside
    desk.later(1)
    assert [breach.code for breach in desk.put_under(desk.prepared(others)).breaches] == ["pupils_most"]

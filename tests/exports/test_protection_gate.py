"""What protection stops at the gate: a changed register, a register nobody confirmed, a decision nobody made."""

import datetime as dt
from dataclasses import replace

import pytest

from exports import protection, protection_log
from exports.protection import Flag, Record
from exports.protection_gate import (
    ProtectionChanged,
    ProtectionHeld,
    ProtectionUnconfirmed,
    Stores,
    Waiting,
    refuse_unprotected,
)
from exports.protection_log import Ruling, confirmed, decisions, term_of
from exports.protection_standing import Treatment, standing
from exports.terms import Effect
from schemas.mis_flags import Said
from tests.exports.desk import NOW, SCHOOL
from tests.exports.protection_state import PUPIL, UPN, State, opened
from tests.exports.trust_folder import agreement

TODAY = NOW.date()
ELSEWHERE = "149002"
HELD = replace(agreement("la_new_pupils"), consent_purpose="dental_survey")
REVIEW = dt.date(2027, 7, 1)
SAFE = Record(SCHOOL, PUPIL, UPN, "lead", NOW, Flag.SAFE_ADDRESS, None, REVIEW)
NO_CONTACTS = replace(HELD, lines=tuple(line for line in HELD.lines if line.column == "surname"))


@pytest.fixture
def state(tmp_path):
    with opened(tmp_path) as made:
        confirm(made)
        yield made


def confirm(state: State, day: dt.date = TODAY, schools=(SCHOOL,)) -> None:
    protection_log.confirm(state.ledger, schools=schools, records=0, by="lead", at=NOW, day=day)


def decide(state: State, ruling: Ruling = Ruling.SEND, flags=("safe_address",), school=SCHOOL, name=HELD.id) -> None:
    protection_log.decide(
        state.ledger, state.vault, state.pupils,
        agreement=name, school=school, decided={PUPIL: flags}, ruling=ruling, why="the reason", by="lead", at=NOW,
    )  # fmt: skip


def prepared(state: State, held: int = 0, terms=HELD) -> Waiting:
    """A file with the pupil in it, entered now."""
    (key,) = state.pupils.pupils(SCHOOL, [PUPIL], [UPN])
    return Waiting(terms, SCHOOL, state.ledger.head().seq, frozenset({key.ref}), held)


def gate(state: State, file: Waiting, today: dt.date = TODAY) -> None:
    refuse_unprotected(Stores(state.ledger, state.vault, state.pupils), file, today)


def treatment(state: State, terms=HELD, said=None) -> Treatment:
    known = said or Said({UPN: PUPIL})
    found = standing(state.ledger, state.vault, state.pupils, terms, SCHOOL, known, 0)
    return found.treatment(PUPIL, terms)


def test_a_file_that_nothing_changed_for_passes(state):
    state.add(SAFE)
    gate(state, prepared(state))


CHANGES = (
    ("a flag of the school", SAFE, True),
    ("a record set apart", replace(SAFE, flag=Flag.IDENTITY_SEPARATED, review=None), True),
    ("another school's pupil", replace(SAFE, urn=ELSEWHERE, upn=None), False),
    ("the same pupil at another school", replace(SAFE, urn=ELSEWHERE), True),
    ("another pupil at another school", replace(SAFE, urn=ELSEWHERE, upn="B801200001001"), False),
    ("this consent", replace(SAFE, flag=Flag.CONSENT_WITHDRAWN, about="dental_survey", review=None), True),
    ("another consent", replace(SAFE, flag=Flag.CONSENT_WITHDRAWN, about="photographs", review=None), False),
    ("objection to this", replace(SAFE, flag=Flag.OBJECTION, about=HELD.id), True),
    ("objection to the purpose", replace(SAFE, flag=Flag.OBJECTION, about=HELD.purpose), True),
    ("objection to all", replace(SAFE, flag=Flag.OBJECTION), True),
    ("objection to another", replace(SAFE, flag=Flag.OBJECTION, about="nhs_immunisation"), False),
    ("an item it does not tell", replace(SAFE, flag=Flag.DECLINED, about="service_child", review=None), False),
)


@pytest.mark.parametrize(("record", "refused"), [case for _, *case in CHANGES], ids=[what for what, *_ in CHANGES])
@pytest.mark.parametrize("act", ["add", "remove"])
def test_a_change_voids_what_waits_if_it_bears_on_it(state, record, refused, act):
    if act == "remove":
        state.add(record)
    file = prepared(state)
    if act == "add":
        state.add(record)
    else:
        protection.remove(state.ledger, state.vault, record)
    if refused:
        with pytest.raises(ProtectionChanged, match="prepare it again"):
            gate(state, file)
    else:
        gate(state, file)


@pytest.mark.parametrize(
    ("changes", "refused"), [({}, True), ({"school": ELSEWHERE}, False), ({"name": "nhs_immunisation"}, False)]
)
def test_a_decision_made_since_voids_it_too(state, changes, refused):
    file = prepared(state)
    decide(state, **changes)
    if refused:
        with pytest.raises(ProtectionChanged):
            gate(state, file)
    else:
        gate(state, file)


@pytest.mark.parametrize(
    ("day", "schools", "passes"),
    [
        (dt.date(2026, 9, 1), (SCHOOL,), True),
        (dt.date(2026, 12, 31), (ELSEWHERE, SCHOOL), True),
        (dt.date(2026, 8, 31), (SCHOOL,), False),
        (TODAY, (ELSEWHERE,), False),
    ],
)
def test_an_address_leaves_only_in_a_term_the_register_was_confirmed_in(tmp_path, day, schools, passes):
    with opened(tmp_path) as state:
        confirm(state, day, schools)
        assert confirmed(state.ledger, SCHOOL, TODAY) is passes
        gate(state, prepared(state, terms=NO_CONTACTS))
        if passes:
            gate(state, prepared(state))
        else:
            with pytest.raises(ProtectionUnconfirmed, match="waybill protect confirm"):
                gate(state, prepared(state))


@pytest.mark.parametrize(
    ("day", "term"),
    [
        (dt.date(2026, 9, 1), "2026-autumn"),
        (dt.date(2026, 12, 31), "2026-autumn"),
        (dt.date(2027, 1, 1), "2027-spring"),
        (dt.date(2027, 4, 1), "2027-summer"),
        (dt.date(2027, 8, 31), "2027-summer"),
    ],
)
def test_every_day_is_in_a_term(day, term):
    assert term_of(day) == term


def test_a_file_is_held_until_every_decision_is_made(state):
    gate(state, prepared(state))
    with pytest.raises(ProtectionHeld, match="2 pupils") as refused:
        gate(state, prepared(state, held=2))
    assert PUPIL not in str(refused.value)


@pytest.mark.parametrize(
    ("ruling", "then"),
    [
        (Ruling.SEND, Treatment.SENT),
        (Ruling.WITHHOLD, Treatment.CONTACTS_WITHHELD),
        (Ruling.LEAVE_OUT, Treatment.ROW_WITHHELD),
    ],
)
def test_a_decision_says_what_becomes_of_the_pupil(state, ruling, then):
    state.add(SAFE)
    assert treatment(state) is Treatment.HELD
    decide(state, ruling)
    assert treatment(state) is then


@pytest.mark.parametrize("changes", [{"flags": ("court_order",)}, {"school": ELSEWHERE}, {"name": "la_deletions"}])
def test_a_decision_on_something_else_leaves_the_pupil_held(state, changes):
    state.add(SAFE)
    decide(state, **changes)
    assert treatment(state) is Treatment.HELD


def test_a_flag_entered_anew_or_another_kind_needs_a_new_decision(state):
    state.add(SAFE)
    decide(state)
    protection.remove(state.ledger, state.vault, SAFE)
    state.add(replace(SAFE, since=NOW + dt.timedelta(days=1)))
    assert treatment(state) is Treatment.HELD
    decide(state)
    noted = Said({UPN: PUPIL}, {"court_order": frozenset({PUPIL})})
    assert treatment(state, said=noted) is Treatment.HELD


def test_a_decision_replaces_the_hold_and_no_other_effect(state):
    terms = replace(HELD, protection={**HELD.protection, "restriction": Effect("row_withheld")})
    state.add(SAFE)
    state.add(replace(SAFE, flag=Flag.RESTRICTION))
    decide(state, flags=("safe_address", "restriction"))
    assert treatment(state, terms) is Treatment.ROW_WITHHELD


def test_the_flag_of_a_upn_counts_at_the_trusts_other_schools(state):
    state.add(replace(SAFE, urn=ELSEWHERE, pupil_id="their-id"))
    assert treatment(state) is Treatment.HELD
    assert treatment(state, said=Said({"B801200001001": PUPIL})) is Treatment.SENT


def test_the_ledger_tells_the_decision_and_neither_pupil_nor_reason(state):
    decide(state)
    (event,) = state.ledger.events(protection_log.DECIDED)
    assert (event.body["ruling"], event.body["by"], event.body["flags"]) == ("send", "lead", ["safe_address"])
    assert not [text for text in (PUPIL, "the reason") if text.encode() in state.bytes()]
    assert state.vault.open(str(event.body["why"])) == b"the reason"
    assert set(decisions(state.ledger, state.pupils, HELD.id, SCHOOL, [PUPIL, "another"])) == {PUPIL}

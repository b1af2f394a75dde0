"""The protection register is sealed, its changes are recorded without naming anybody, and a stale file is refused."""

import datetime as dt
from dataclasses import replace

import pytest

from exports import protection
from exports.protection import KIND, Flag, Record, RecordUnfit, records, register, separated
from schemas.separation import Separated
from tests.exports.desk import NOW, SCHOOL
from tests.exports.protection_state import HOUR, PUPIL, UPN, State, opened

OLD = "B801200001001"
RECORD = Record(SCHOOL, PUPIL, UPN, "head", NOW)
SAFE = replace(RECORD, flag=Flag.SAFE_ADDRESS, review=dt.date(2027, 7, 1))
CONSENT = replace(RECORD, flag=Flag.CONSENT, about="dental_survey")


@pytest.fixture
def state(tmp_path):
    with opened(tmp_path) as made:
        yield made


def remove(state: State, record: Record) -> bool:
    return protection.remove(state.ledger, state.vault, replace(record, by="dpo", since=NOW + HOUR))


def known(state: State) -> list[tuple[Flag, str | None]]:
    return [(one.flag, one.about) for one in records(state.ledger, state.vault)]


def test_a_record_is_added_once_and_taken_out(state):
    assert separated(state.ledger, state.vault) == Separated()
    assert state.add(RECORD)
    assert not state.add(RECORD)
    assert separated(state.ledger, state.vault) == Separated(frozenset({(SCHOOL, PUPIL)}), frozenset({UPN}))
    assert remove(state, RECORD)
    assert not remove(state, RECORD)
    assert separated(state.ledger, state.vault) == Separated()


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"upn": None}, Separated(frozenset({(SCHOOL, PUPIL)}))), ({"pupil_id": None}, Separated(upns=frozenset({UPN})))],
)
def test_either_name_is_enough_to_set_a_record_apart(state, given, expected):
    assert state.add(replace(RECORD, **given))
    assert separated(state.ledger, state.vault) == expected


def test_another_kind_of_record_sets_nobody_apart(state):
    state.add(SAFE)
    assert separated(state.ledger, state.vault) == Separated()


def test_only_what_was_put_in_is_taken_out(state):
    state.add(RECORD)
    assert not remove(state, replace(RECORD, upn=None))
    assert not remove(state, SAFE)
    assert separated(state.ledger, state.vault).upns == {UPN}


@pytest.mark.parametrize(
    "changes",
    [
        {"flag": Flag.SAFE_ADDRESS},
        {"flag": Flag.SAFE_ADDRESS, "review": dt.date(2027, 7, 1), "pupil_id": None},
        {"flag": Flag.COURT_ORDER, "review": dt.date(2027, 7, 1), "about": "dental_survey"},
        {"flag": Flag.CONSENT},
        {"flag": Flag.DECLINED},
        {"flag": Flag.DECLINED, "about": "postcode"},
        {"pupil_id": None, "upn": None},
    ],
)
def test_a_record_says_what_its_kind_needs_and_nothing_else(state, changes):
    with pytest.raises(RecordUnfit) as refused:
        state.add(replace(RECORD, **changes))
    assert PUPIL not in str(refused.value)
    assert not state.ledger.events(KIND)


def test_another_review_date_moves_the_record_and_changes_nothing_else(state):
    state.add(SAFE)
    before = register(state.ledger, state.vault)
    assert state.add(replace(SAFE, review=dt.date(2028, 7, 1), by="dpo"))
    after = register(state.ledger, state.vault)
    assert [one.review for one in after.records] == [dt.date(2028, 7, 1)]
    assert after.changes == before.changes


def test_a_withdrawal_takes_the_place_of_the_consent_and_the_other_way_round(state):
    withdrawn = replace(CONSENT, flag=Flag.CONSENT_WITHDRAWN)
    state.add(CONSENT)
    state.add(replace(CONSENT, about="photographs"))
    state.add(replace(withdrawn, upn=None))
    assert known(state) == [(Flag.CONSENT, "photographs"), (Flag.CONSENT_WITHDRAWN, "dental_survey")]
    state.add(CONSENT)
    assert known(state) == [(Flag.CONSENT, "photographs"), (Flag.CONSENT, "dental_survey")]


def test_no_file_of_the_state_names_anybody(state):
    state.add(RECORD)
    state.add(replace(SAFE, pupil_id="mis-id-8", upn=OLD))
    remove(state, RECORD)
    held = state.bytes()
    assert not [text for text in (PUPIL, UPN, OLD, "mis-id-8", "safe_address") if text.encode() in held]


def test_the_ledger_says_who_changed_it_and_when(state):
    state.add(RECORD)
    remove(state, RECORD)
    events = state.ledger.events(KIND)
    assert [(event.body["act"], event.body["by"], event.at) for event in events] == [
        ("add", "head", NOW), ("remove", "dpo", NOW + HOUR),
    ]  # fmt: skip
    assert all(set(event.body) == {"act", "by", "artefact"} for event in events)


def test_each_change_is_known_by_the_number_of_its_event(state):
    state.add(RECORD)
    state.add(SAFE)
    remove(state, RECORD)
    numbers = [event.seq for event in state.ledger.events(KIND)]
    assert [change.seq for change in register(state.ledger, state.vault).changes] == numbers


def test_only_the_newest_state_is_kept_and_it_is_never_purged(state):
    state.add(RECORD)
    state.add(replace(RECORD, pupil_id="mis-id-8", upn=None))
    first, second = (str(event.body["artefact"]) for event in state.ledger.events(KIND))
    assert state.vault.overdue(dt.date(2099, 1, 1)) == []
    assert not (state.folder / "vault" / first[:2] / first[2:]).exists()
    assert state.vault.open(second)


def test_the_upn_leads_to_no_older_file_at_once(state):
    (before,) = state.pupils.pupils(SCHOOL, [PUPIL], [OLD])
    state.pupils.pupils(SCHOOL, [PUPIL], [UPN])
    assert state.pupils.by_upn(UPN) == (before.ref,)
    state.add(RECORD)
    assert state.pupils.by_upn(UPN) == ()
    (after,) = state.pupils.pupils(SCHOOL, [PUPIL], [UPN], apart={PUPIL})
    assert state.pupils.by_upn(UPN) == (after.ref,) != (before.ref,)
    assert state.pupils.by_upn(OLD) == (before.ref,)


def test_a_safe_address_parts_no_references(state):
    state.pupils.pupils(SCHOOL, [PUPIL], [OLD])
    (usual,) = state.pupils.pupils(SCHOOL, [PUPIL], [UPN])
    state.add(SAFE)
    assert state.pupils.by_upn(UPN) == (usual.ref,)

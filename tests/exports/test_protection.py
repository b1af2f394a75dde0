"""The protection register is sealed, its changes are recorded without naming anybody, and a stale file is refused."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from exports import protection
from exports.approvers import Register
from exports.protection import KIND, ProtectionChanged, Record, refuse_joined, separated
from ledger.store import Ledger
from schemas.separation import Separated
from tests.exports.desk import NOW, PEOPLE, SCHOOL, Desk
from vault.pupils import PupilKeys
from vault.store import Vault

PUPIL, UPN, OLD = "mis-id-7", "B801200001002", "B801200001001"
RECORD = Record(SCHOOL, PUPIL, UPN, "head", NOW)
HOUR = dt.timedelta(hours=1)


@dataclass
class State:
    folder: Path
    ledger: Ledger
    vault: Vault
    pupils: PupilKeys

    def add(self, **changes) -> bool:
        return protection.add(self.ledger, self.vault, self.pupils, replace(RECORD, **changes))

    def remove(self, pupil_id=PUPIL, upn=UPN) -> bool:
        return protection.remove(
            self.ledger, self.vault, urn=SCHOOL, pupil_id=pupil_id, upn=upn, by="dpo", at=NOW + HOUR
        )

    def separated(self) -> Separated:
        return separated(self.ledger, self.vault)

    def bytes(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def state(tmp_path):
    opened = State(
        tmp_path, Ledger(tmp_path / "ledger.sqlite"), Vault(tmp_path / "vault", Identity.generate()),
        PupilKeys(tmp_path / "keys.sqlite", bytes(32)),
    )  # fmt: skip
    yield opened
    for part in (opened.ledger, opened.vault, opened.pupils):
        part.close()


def test_a_record_is_added_once_and_taken_out(state):
    assert state.separated() == Separated()
    assert state.add()
    assert not state.add()
    assert state.separated() == Separated(frozenset({(SCHOOL, PUPIL)}), frozenset({UPN}))
    assert state.remove()
    assert not state.remove()
    assert state.separated() == Separated()


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"upn": None}, Separated(frozenset({(SCHOOL, PUPIL)}))), ({"pupil_id": None}, Separated(upns=frozenset({UPN})))],
)
def test_either_name_is_enough(state, given, expected):
    assert state.add(**given)
    assert state.separated() == expected


def test_only_what_was_put_in_is_taken_out(state):
    state.add()
    assert not state.remove(upn=None)
    assert state.separated().upns == {UPN}


def test_no_file_of_the_state_names_anybody(state):
    state.add()
    state.add(pupil_id="mis-id-8", upn=OLD)
    state.remove()
    held = state.bytes()
    assert not [text for text in (PUPIL, UPN, OLD, "mis-id-8") if text.encode() in held]


def test_the_ledger_says_who_changed_it_and_when(state):
    state.add()
    state.remove()
    events = state.ledger.events(KIND)
    assert [(event.body["act"], event.body["by"], event.at) for event in events] == [
        ("add", "head", NOW), ("remove", "dpo", NOW + HOUR),
    ]  # fmt: skip
    assert all(set(event.body) == {"act", "by", "artefact"} for event in events)


def test_only_the_newest_state_is_kept_and_it_is_never_purged(state):
    state.add()
    state.add(pupil_id="mis-id-8", upn=None)
    first, second = (str(event.body["artefact"]) for event in state.ledger.events(KIND))
    state.vault.purge(dt.date(2099, 1, 1))
    assert not (state.folder / "vault" / first[:2] / first[2:]).exists()
    assert state.vault.open(second)


def test_the_upn_leads_to_no_older_file_at_once(state):
    (before,) = state.pupils.pupils(SCHOOL, [PUPIL], [OLD])
    state.pupils.pupils(SCHOOL, [PUPIL], [UPN])
    assert state.pupils.by_upn(UPN) == (before.ref,)
    state.add()
    assert state.pupils.by_upn(UPN) == ()
    (after,) = state.pupils.pupils(SCHOOL, [PUPIL], [UPN], apart={PUPIL})
    assert state.pupils.by_upn(UPN) == (after.ref,) != (before.ref,)
    assert state.pupils.by_upn(OLD) == (before.ref,)


@pytest.mark.parametrize(
    ("record", "refused"),
    [({}, True), ({"since": NOW - HOUR}, False), ({"urn": "149002"}, False)],
)
def test_a_file_prepared_before_is_refused(state, record, refused):
    waybill = Desk(state.ledger, Register.of(1, PEOPLE)).waybill(prepared_at=NOW - HOUR / 2)
    state.add(**record)
    if refused:
        with pytest.raises(ProtectionChanged, match="prepare the return again"):
            refuse_joined(state.ledger, state.vault, waybill)
    else:
        refuse_joined(state.ledger, state.vault, waybill)

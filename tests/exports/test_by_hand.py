"""A disclosure made by hand: what it must say, what of it the ledger holds, what is of concern."""

import datetime as dt
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from exports.by_hand import KIND, Disclosure, concerns, incomplete, of_pupil, record
from exports.gateways import load_gateways
from ledger.store import Ledger
from ledger.verify import verify
from tests.exports.trust_folder import notice
from vault.identity import create_identity
from vault.store import Vault

NOW = dt.datetime(2026, 10, 1, 15, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
ACADEMY = SimpleNamespace(la_number="823", establishment="academy")
ONE, OTHER = b"\x01" * 16, b"\x02" * 16
TOLD = Disclosure(
    school="900004", recipient="Invented Vale Constabulary", to="the constable on duty", kind="legal",
    on=dt.date(2026, 9, 30), fields=("pupil.surname", "pupil.forename", "address.postcode"), basis="6(1)(e)",
    clause="7.5", gateway="dpa-2018-sch2-2", method="telephone", note="Missing person; case reference INV-1",
)  # fmt: skip


@pytest.fixture
def stores(tmp_path):
    vault = Vault(tmp_path / "vault", create_identity(tmp_path / "identity"))
    return Ledger(tmp_path / "ledger.sqlite"), vault


def entered(stores, disclosure=TOLD, refs=(ONE,)):
    ledger, vault = stores
    return record(ledger, vault, disclosure, refs, notice=notice(), noted=("look at it",), by="priya", at=NOW)


def test_an_entry_reads_back_for_each_of_its_pupils_and_for_nobody_else(stores):
    entered(stores, refs=(OTHER, ONE))
    for ref in (ONE, OTHER):
        (found,) = of_pupil(*stores, ref)
        assert found.disclosure == TOLD
        assert (found.pupils, found.by, found.at, found.concerns) == (2, "priya", NOW, ("look at it",))
        assert found.notice_version == notice().version
    assert of_pupil(*stores, b"\x03" * 16) == []


def test_the_ledger_names_neither_recipient_nor_person_nor_note_and_still_verifies(stores):
    event = entered(stores)
    text = json.dumps(dict(event.body))
    assert not any(word in text for word in (TOLD.recipient, TOLD.to, TOLD.note, "INV-1"))
    assert (event.kind, event.body["subjects"]) == (KIND, [ONE.hex()])
    assert event.body["fields"] == list(TOLD.fields)
    assert event.body["notice_sha256"] == notice().sha256
    assert verify(stores[0].place).faults == []


def test_the_sealed_part_is_kept_as_long_as_a_pupil_record(stores):
    ledger, vault = stores
    artefact = vault.artefact(str(entered(stores).body["artefact"]))
    assert artefact.purge_on.year - TOLD.on.year == 25
    assert ledger.events(KIND)


def test_entries_come_oldest_disclosure_first(stores):
    earlier = replace(TOLD, on=dt.date(2026, 9, 1))
    entered(stores)
    entered(stores, earlier)
    assert [found.disclosure.on for found in of_pupil(*stores, ONE)] == [earlier.on, TOLD.on]


def test_a_whole_entry_lacks_nothing_and_raises_no_concern():
    assert incomplete(TOLD, notice(), load_gateways(), TODAY) == []
    assert concerns(TOLD, load_gateways(), ACADEMY) == ()


LACKING = [
    ({"recipient": " "}, "recipient is blank"),
    ({"to": ""}, "to is blank"),
    ({"on": dt.date(2026, 10, 2)}, "future"),
    ({"clause": "7.9"}, "no clause 7.9"),
    ({"gateway": "nothing"}, "no gateway nothing"),
    ({"kind": "friend"}, "kind is none of"),
    ({"basis": "6(1)(f)"}, "basis is none of"),
    ({"method": "pigeon"}, "method is none of"),
    ({"article_9": "9(2)(z)"}, "article_9 is none of"),
    ({"schedule_1": "99"}, "schedule_1 is none of"),
    ({"fields": ()}, "no field is named"),
    ({"withheld": "DPA 2018 Schedule 2 paragraph 2"}, "the last day"),
    ({"withheld_until": dt.date(2027, 3, 31)}, "the exemption"),
    ({"fields": ("pupil.religion",)}, "no field pupil.religion"),
]


@pytest.mark.parametrize(("change", "says"), LACKING, ids=[says for _, says in LACKING])
def test_an_entry_that_lacks_one_thing_is_told_which(change, says):
    (fault,) = incomplete(replace(TOLD, **change), notice(), load_gateways(), TODAY)
    assert says in fault


CONCERNING = [
    ({"kind": "supplier"}, "exemption for police"),
    ({"gateway": "dpa-2018-sch1-18"}, "opens nothing"),
    ({"gateway": "cwsa-2026-s4"}, "not in force"),
    ({"gateway": "si-2024-208-reg-13-4", "on": dt.date(2024, 8, 18)}, "not in force"),
    ({"gateway": "si-2005-1437-reg-9"}, "binds maintained schools"),
    ({"fields": ("pupil.ethnicity",)}, "no Article 9 condition"),
    ({"fields": ("upn.upn",)}, "a UPN goes to"),
]


@pytest.mark.parametrize(("change", "says"), CONCERNING, ids=[f"{n}-{row[1]}" for n, row in enumerate(CONCERNING)])
def test_what_ought_not_to_have_been_done_can_be_recorded_and_is_of_concern(change, says):
    changed = replace(TOLD, **change)
    assert incomplete(changed, notice(), load_gateways(), TODAY) == []
    (concern,) = concerns(changed, load_gateways(), ACADEMY)
    assert says in concern


def test_a_condition_answers_the_concern_about_special_data():
    changed = replace(TOLD, fields=("pupil.ethnicity",), article_9="9(2)(g)", schedule_1="10")
    assert concerns(changed, load_gateways(), ACADEMY) == ()


def test_what_an_exemption_keeps_back_is_told_from_the_day_after(stores):
    kept = replace(TOLD, withheld="DPA 2018 Schedule 2 paragraph 2", withheld_until=dt.date(2027, 3, 31))
    assert incomplete(kept, notice(), load_gateways(), TODAY) == []
    event = entered(stores, kept)
    assert "Schedule 2" not in json.dumps(dict(event.body))
    (found,) = of_pupil(*stores, ONE)
    assert found.disclosure == kept
    assert found.disclosure.kept_back(dt.date(2027, 3, 31))
    assert not found.disclosure.kept_back(dt.date(2027, 4, 1))
    assert not TOLD.kept_back(TODAY)

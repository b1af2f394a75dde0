"""A consent that is taken back: nothing more leaves, and whoever was told on it is asked to erase it, once."""

import datetime as dt
from types import SimpleNamespace

import pytest

from assets.partitions import Slot
from assets.reading import read_standing
from exports.duties import duties
from exports.rights import Right, requests
from pipelines.actions import protecting
from pipelines.actions.context import Context
from pipelines.actions.protecting import Entry, Flag
from schemas.mis_flags import Said
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.rights_desk import ME, SCHOOL, SIBLING, made_office, opened_office

TEXTS = "supplier_texts"
HIM = {"roll.surname": "Quillfeather"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_office(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    """Texts rest on a consent here; two pupils were told of, and the same supplier is told nothing else."""
    at(monkeypatch, tmp_path / "home")
    here = opened_office(made, tmp_path)
    here.edit(f"agreements/{TEXTS}.yaml", "basis: 6(1)(e)", "basis: 6(1)(a)\nconsent_purpose: texts")
    here.edit(f"agreements/{TEXTS}.yaml", "  - whole_roll", "  - consented")
    here.told(TEXTS, {ME: HIM, SIBLING: HIM})
    here.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}})
    return here


def entered(office):
    here = office.installation()
    found = [one for one in requests(here.ledger, here.vault) if one.right is Right.CONSENT_WITHDRAWN]
    return found, duties(here.ledger, here.vault)


def withdraw(office, flag=Flag.CONSENT_WITHDRAWN):
    return protecting.protect(Context(office.installation(), "ruth"), Entry(SCHOOL, *ME, flag, "texts"))


def test_taking_a_consent_back_sets_the_recall_going(office):
    assert withdraw(office).recalled == 1
    (request,), (duty,) = entered(office)
    assert (duty.agreement, duty.request, duty.closed) == (TEXTS, request.number, False)
    assert duty.due == dt.date(2026, 11, 1)
    assert request.subjects == office.installation().pupils.by_upn(ME[1])


def test_entering_it_again_asks_nobody_twice_and_a_later_telling_is_asked_for(office):
    withdraw(office)
    withdraw(office, Flag.CONSENT)
    assert withdraw(office).recalled == 0
    withdraw(office, Flag.CONSENT)
    office.told(TEXTS, {ME: HIM}, period="2026-10-02")
    assert withdraw(office).recalled == 1
    found, owed = entered(office)
    assert (len(found), len(owed)) == (1, 2)


def test_a_consent_that_is_given_or_another_one_recalls_nothing(office):
    assert withdraw(office, Flag.CONSENT).recalled == 0
    assert entered(office) == ([], ())


@pytest.mark.parametrize(("refusing", "expected"), [({"texts": {ME[0]}}, 1), ({"photos": {ME[0]}}, 0), ({}, 0)])
def test_what_the_mis_says_is_refused_is_recalled_every_night_once(office, refusing, expected):
    here = office.installation()
    agreement = next(one.agreement for one in here.trust.agreements if one.id == TEXTS)
    ports = SimpleNamespace(ledger=here.ledger, vault=here.vault, pupils=here.pupils, now=lambda: EVENING)
    said = Said(
        upns=dict(reversed(one) for one in (ME, SIBLING)), refusing={k: frozenset(v) for k, v in refusing.items()}
    )
    meta = {"said": said.body(), "ledger_seq": here.ledger.head().seq}
    for _night in range(2):
        read_standing(ports, agreement, Slot(SCHOOL, "2026-10-02"), meta)
    found, owed = entered(office)
    assert (len(found), len(owed)) == (expected, expected)
    assert [one.steps for one in owed] == [()] * expected


def test_an_objection_says_what_stops_and_what_goes_on_and_why(office):
    said = office.done(
        "protect", "add", SCHOOL, "--pupil", ME[0], "--upn", ME[1], "--kind", "objection", "--review", "2027-07-01",
        "--as", "ruth",
    ).out  # fmt: skip
    text = " ".join(said.split())
    assert f"{TEXTS}: the pupil is left out of the file" in text
    assert "la_new_pupils: sent in full, for the reason the agreement gives (" in text

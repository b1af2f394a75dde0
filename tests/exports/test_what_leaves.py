"""For every agreement of the demo trust and every kind of protection: what leaves, read in the bytes of its file.

The tables go through the real minimiser and writer. What a kind of protection does is the agreement's word; what the
words mean, and which words the issue allows for which recipient, is stated here once more.
"""

import dataclasses
import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from functools import cache

import pytest

from exports.formats import FORMATS
from exports.minimise import Minimised, minimised
from exports.parts import parts
from exports.protection import DECLINABLE, MEANINGS, Flag
from exports.protection_effects import protection_findings, tells_contacts
from exports.protection_log import Decision, Ruling
from exports.protection_standing import Standing, Treatment
from exports.terms import Agreement
from exports.vocabularies import EFFECTS, POSTCODE_FORCED, PROTECTION
from tests.exports.protected_frames import HIDDEN, OTHER, as_at, contacts_of, frames, name_of
from tests.exports.trust_folder import agreement, compiled

AGREEMENTS = sorted(name for name, one in compiled().items() if one.agreement)
NOW = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Leaves:
    """What a file tells of the protected pupil, and whether it waits for a decision."""

    row: bool
    contacts: bool
    waits: bool = False


WHAT_LEAVES = {
    "sent": Leaves(row=True, contacts=True),
    "not_in_dataset": Leaves(row=True, contacts=True),
    "contacts_withheld": Leaves(row=True, contacts=False),
    "held": Leaves(row=True, contacts=False, waits=True),
    "row_withheld": Leaves(row=False, contacts=False),
}
AFTER = {
    Ruling.SEND: WHAT_LEAVES["sent"],
    Ruling.WITHHOLD: WHAT_LEAVES["contacts_withheld"],
    Ruling.LEAVE_OUT: WHAT_LEAVES["row_withheld"],
}


@cache
def made(name: str, effect: str | None = None, ruling: Ruling | None = None) -> tuple[str, Minimised]:
    """The files of an agreement as text, and what the minimiser says; the first pupil is protected with an effect."""
    terms = agreement(name)
    return file_of(terms, protected(kinds(terms, effect)[0], ruling) if effect else Standing(), name)


def protected(kind: str, ruling: Ruling | None = None) -> Standing:
    decided = {HIDDEN: Decision(ruling, frozenset({kind}), "ruth", NOW)} if ruling else {}
    return Standing(flags={HIDDEN: frozenset({kind})}, decisions=decided)


def kinds(terms: Agreement, effect: str) -> list[str]:
    """The kinds of protection to which an agreement gives an effect."""
    return [kind for kind in PROTECTION if terms.protection[kind].name == effect]


def file_of(terms: Agreement, standing: Standing, of: str) -> tuple[str, Minimised]:
    taken = minimised(frames(of), terms, as_at=as_at(), standing=standing)
    written = [FORMATS[terms.format].render(each, terms) for each in parts(taken.frames).values()]
    return "".join(map(text_of, written)), taken


def text_of(data: bytes) -> str:
    if not data.startswith(b"PK"):
        return data.decode("utf-8")
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return "".join(package.read(name).decode("utf-8") for name in package.namelist())


def told(terms: Agreement, text: str, taken: Minimised, pupil: str) -> Leaves:
    """What the files, and the tables they are made of, hold of a pupil."""
    rows = [frame[frame["pupil_id"] == pupil] for frame in taken.frames.values() if "pupil_id" in frame]
    contacts = any(each in text for each in contacts_of(pupil))
    if any(line.column == "surname" for line in terms.lines):
        assert (name_of(pupil) in text) == any(len(frame) for frame in rows)
    return Leaves(any(len(frame) for frame in rows), contacts, pupil in taken.applied.held)


def expected(terms: Agreement, effect: str) -> Leaves:
    leaves = WHAT_LEAVES[effect]
    return dataclasses.replace(leaves, contacts=leaves.contacts and tells_contacts(terms))


def test_every_kind_of_record_is_stated_here():
    answered = {flag.value for flag in Flag} - set(PROTECTION)
    assert answered == {"identity_separated", "consent", "consent_withdrawn", "declined"}
    assert set(MEANINGS) == set(Flag)
    assert set(WHAT_LEAVES) == set(EFFECTS)
    assert len(AGREEMENTS) == len(compiled())


@pytest.mark.parametrize("name", AGREEMENTS)
def test_without_a_flag_every_pupil_leaves_in_full(name):
    terms = agreement(name)
    text, taken = made(name)
    for pupil in (HIDDEN, OTHER):
        assert told(terms, text, taken, pupil) == expected(terms, "sent")
    assert taken.applied.counted == {}


EFFECTS_OF = [(name, effect) for name in AGREEMENTS for effect in sorted(EFFECTS) if kinds(agreement(name), effect)]


@pytest.mark.parametrize(("name", "effect"), EFFECTS_OF)
def test_what_leaves_of_a_protected_pupil_and_that_nobody_else_loses_anything(name, effect):
    terms = agreement(name)
    text, taken = made(name, effect)
    assert told(terms, text, taken, HIDDEN) == expected(terms, effect)
    assert told(terms, text, taken, OTHER) == expected(terms, "sent")
    assert taken.applied.counted == {kinds(terms, effect)[0]: 1}
    assert ("ZZ99 3WZ" in text) is (effect in {"contacts_withheld", "held"} and terms.profile in POSTCODE_FORCED)


@pytest.mark.parametrize("kind", sorted(PROTECTION))
@pytest.mark.parametrize("name", AGREEMENTS)
def test_every_kind_has_the_effect_that_the_agreement_gives_it(name, kind):
    terms = agreement(name)
    effect = terms.protection[kind].name
    assert effect in EFFECTS
    same = [protected(each).treatment(HIDDEN, terms) for each in kinds(terms, effect)]
    assert set(same) == {protected(kind).treatment(HIDDEN, terms)}
    assert protected(kind).treatment(OTHER, terms) is Treatment.SENT


HELD = [name for name, effect in EFFECTS_OF if effect == "held"]
FIRST_OF_DATASET = list({agreement(name).dataset: name for name in reversed(HELD)}.values())


def decided(name: str, ruling: Ruling) -> None:
    terms = agreement(name)
    text, taken = made(name, "held", ruling)
    leaves = AFTER[ruling]
    wanted = dataclasses.replace(leaves, contacts=leaves.contacts and tells_contacts(terms))
    assert told(terms, text, taken, HIDDEN) == wanted
    assert told(terms, text, taken, OTHER) == expected(terms, "sent")


@pytest.mark.parametrize("ruling", sorted(Ruling))
@pytest.mark.parametrize("name", FIRST_OF_DATASET)
def test_a_decision_replaces_the_hold(name, ruling):
    decided(name, ruling)


@pytest.mark.nightly
@pytest.mark.parametrize("ruling", sorted(Ruling))
@pytest.mark.parametrize("name", HELD)
def test_a_decision_replaces_the_hold_under_every_agreement(name, ruling):
    decided(name, ruling)


def required(terms: Agreement) -> set[str]:
    """What the issue says of safe addresses and court orders, for a file with an address or contact."""
    regulation_13 = any(line.gateway.startswith("si-2024-208-reg-13") for line in terms.lines)
    if terms.dataset == "census" or regulation_13 or terms.recipient.kind == "next_school":
        return {"held"}
    if terms.recipient.kind.startswith("nhs_"):
        return {"contacts_withheld"}
    return {"contacts_withheld", "row_withheld", "held"}


@pytest.mark.parametrize("name", AGREEMENTS)
def test_the_effect_is_the_one_the_recipient_must_have(name):
    terms = agreement(name)
    assert set(terms.protection) == set(PROTECTION)
    if tells_contacts(terms):
        assert {terms.protection[kind].name for kind in ("safe_address", "court_order")} <= required(terms)
    if terms.basis == "6(1)(c)":
        assert terms.protection["objection"].name in {"sent", "held"}
    else:
        assert terms.protection["objection"].name != "sent"
    assert all((effect.why is not None) == (effect.name == "sent") for effect in terms.protection.values())


@pytest.mark.parametrize("name", AGREEMENTS)
def test_a_held_pupil_and_an_unconfirmed_register_are_findings_that_hold_the_file(name):
    terms = agreement(name)
    found = protection_findings(terms, {HIDDEN: frozenset({"safe_address"})}, confirmed=False)
    rules = ["L-protection-held"] + ["L-protection-unconfirmed"] * tells_contacts(terms)
    assert (list(found["rule"]), set(found["blocking"])) == (rules, {True})
    assert protection_findings(terms, {}, confirmed=True).empty


@pytest.mark.parametrize("name", AGREEMENTS)
def test_where_a_sharing_rests_on_consent_only_those_leave_for_whom_it_was_given_and_not_withdrawn(name):
    terms = dataclasses.replace(agreement(name), consent_purpose="dental_survey")
    text, taken = file_of(terms, Standing(consenting=frozenset({OTHER})), name)
    assert told(terms, text, taken, HIDDEN) == WHAT_LEAVES["row_withheld"]
    assert told(terms, text, taken, OTHER) == expected(terms, "sent")


ITEMS = [
    (name, item)
    for name in AGREEMENTS
    for item in DECLINABLE
    if item in {line.column for line in agreement(name).lines}
]


@pytest.mark.parametrize(("name", "item"), ITEMS)
def test_a_declined_item_leaves_as_its_refusal_code_alone(name, item):
    standing = Standing(declined={item: frozenset({HIDDEN})})
    _, taken = file_of(agreement(name), standing, name)
    (frame,) = (frame for frame in taken.frames.values() if item in frame)
    of = frame.set_index("pupil_id")[item]
    assert of[HIDDEN] == DECLINABLE[item] != of[OTHER]
    if "ethnicity_source" in frame and item == "ethnicity":
        assert frame.set_index("pupil_id")["ethnicity_source"].isna()[HIDDEN]

"""Erasing a pupil: what forbids it, what is left, and that no backup, scan or dictionary brings anybody back."""

import datetime as dt
import json
import shutil

import pytest

from exports import by_hand, erasure, holds
from exports.erasure import Ruling
from exports.holders import Known
from ledger.head import HeadMismatch
from ledger.tombstones import DESTROYED
from ledger.trace import trace
from ledger.verify import verify
from pipelines.actions import erasing, protecting, rights, tracing
from pipelines.actions.context import Context
from pipelines.actions.rights import Named
from pipelines.exit_codes import EXIT_CODES
from tests.pipelines.erasing_desk import (
    DAY,
    NAMES,
    POSTCODES,
    asked_to_erase,
    attacked,
    confirmed,
    decided,
    erased,
    officer,
    raw,
    ways_to_me,
)  # fmt: skip
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.rights_desk import ME, SCHOOL, SIBLING, UPN, made_office, opened_office, upn


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_office(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    return asked_to_erase(opened_office(made, tmp_path))


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("decision", "2 disclosures have no decision"),
        ("refused", "2 disclosures are refused or restricted"),
        ("restricted", "2 disclosures are refused or restricted"),
        ("confirmation", "2 recipients have not confirmed"),
        ("hold on me", "legal hold"),
        ("hold on all", "legal hold"),
    ],
)
def test_no_key_is_destroyed_while_anything_speaks_against_it(office, lacking, words):
    ctx = officer(office)
    if lacking == "refused":
        decided(office, ctx, Ruling.REFUSE, "17(3)(b)")
    elif lacking != "decision":
        decided(office, ctx, Ruling.RESTRICT if lacking == "restricted" else Ruling.ERASE)
    if lacking != "confirmation":
        confirmed(ctx)
    if lacking.startswith("hold"):
        named = Named(SCHOOL, (UPN,)) if lacking == "hold on me" else None
        erasing.place_hold(ctx, named, "a claim is expected", EVENING.date() + 90 * DAY)
    before = ctx.installation.ledger.head()
    with pytest.raises(erasure.ErasureRefused, match=words):
        erasing.erase(ctx, office.number)
    assert ctx.installation.ledger.head() == before
    assert ctx.installation.pupils.by_upn(UPN)


def test_a_hold_that_is_lifted_or_another_childs_forbids_nothing(office):
    ctx = officer(office)
    decided(office, ctx)
    confirmed(ctx)
    number = erasing.place_hold(ctx, Named(SCHOOL, (UPN,)), "a claim", EVENING.date())
    erasing.place_hold(ctx, Named(SCHOOL, (SIBLING[1],)), "a claim", EVENING.date())
    erasing.lift_hold(ctx, number, "settled")
    assert erasing.erase(ctx, office.number) == 1


@pytest.mark.parametrize(("ruling", "ground"), [("refuse", ""), ("refuse", "17(1)"), ("erase", "17(3)(b)")])
def test_a_refusal_and_nothing_else_has_its_ground(office, ruling, ground):
    arguments = ("rights", "decide", str(office.number), ruling, "la_new_pupils", "--why", "x", "--ground", ground)
    assert office.run(*arguments, "--as", "daniel").code == EXIT_CODES["erasure_refused"]
    assert erasure.decisions(office.installation().ledger, office.number) == {}


def test_a_refused_disclosure_is_told_to_nobody_and_a_restricted_one_is(office):
    number = str(office.number)
    refused = ("refuse", "dfe_autumn_census", "--ground", "17(3)(b)", "--why", "the census is a duty")
    office.done("rights", "decide", number, *refused, "--as", "daniel")
    office.done("rights", "decide", number, "restrict", "la_new_pupils", "--why", "until the appeal", "--as", "daniel")
    duties = office.done("rights", "duties", number, "--as", "daniel", "--json").data
    assert [one["duty"]["agreement"] for one in duties] == ["la_new_pupils"]
    shown = office.done("rights", "decisions", number, "--as", "daniel").out
    assert "refuse 17(3)(b)" in shown
    assert "Not decided: 0." in shown
    assert {key[0] for key in erasure.decisions(office.installation().ledger, office.number)} == {Known.FILE}


def test_after_erasing_nothing_leads_to_the_pupil_and_every_proof_holds(office):
    ways, plain = ways_to_me(office), raw(office.home)
    assert all(way in plain for way in ways)
    ctx = officer(office)
    protecting.protect(Context(ctx.installation, "ruth"), protecting.Entry(SCHOOL, ME[0], UPN))
    assert attacked(office, office.home) == 0
    (key,) = office.keys.values()
    assert attacked(office, office.home, key=key.key) == 3  # the control: with the key the same dictionary finds each
    erased(office)
    ctx.installation.pupils.close()
    found = raw(office.home)
    assert [way.hex() for way in ways if way in found] == []
    assert attacked(office, office.home) == 0
    here = office.installation()
    assert verify(office.settings.ledger, here.lodged.path).faults == []
    assert here.lodged.check().seq == here.ledger.head().seq
    assert here.pupils.by_upn(UPN) == ()
    assert here.pupils.by_upn(SIBLING[1])
    with pytest.raises(tracing.PupilUnknown):
        tracing.trace(officer(office), UPN)
    (ref,) = office.keys
    assert len(trace(here.ledger, ref)) == 2  # what was disclosed is still proved, of nobody
    request = rights.standing(officer(office), office.number).request
    assert (request.asked, request.checks, request.ended.step) == (None, None, "answered")
    assert json.loads(here.tombstones.path.read_text())["refs"] == [ref.hex()]
    assert here.ledger.events(DESTROYED)[-1].body["because"] == "erasure"


def test_sealed_parts_about_the_pupil_alone_go_and_a_shared_entry_stays(office):
    entry = (
        "disclose", "record", SCHOOL, "--recipient", "Invented Vale Constabulary", "--to", "PC 49", "--kind", "legal",
        "--on", "2026-09-30", "--field", "pupil.surname", "--basis", "6(1)(e)", "--clause", "7.5", "--gateway",
        "dpa-2018-sch2-2", "--method", "telephone", "--as", "priya", "--upn", UPN,
    )  # fmt: skip
    office.done(*entry)
    office.done(*entry, "--upn", SIBLING[1])
    erased(office)
    here = office.installation()
    alone, shared = (event.body["artefact"] for event in here.ledger.events(by_hand.KIND))
    assert [one for one in here.vault.overdue(dt.date.max) if one.address == alone] == []
    assert [one.address for one in here.vault.overdue(dt.date.max) if one.address == shared] == [shared]
    (sibling,) = here.pupils.by_upn(SIBLING[1])
    assert len(by_hand.of_pupil(here.ledger, here.vault, sibling)) == 1


def test_every_event_with_a_sealed_part_about_a_pupil_is_of_a_kind_that_is_forgotten(office):
    erased(office)
    found = {
        event.kind
        for event in office.installation().ledger.events()
        if erasure.subjects_named(event) and event.body.keys() & {"artefact", "why"}
    }
    assert found <= set(erasure.ABOUT_PUPILS)
    assert len(found) >= 5


def backed_up(office, folder):
    office.installation().pupils.close()
    shutil.copytree(office.home, folder, ignore=shutil.ignore_patterns("lodged", "trust"))
    return folder


def restored(office, backup):
    """Put a backup in place of everything but what is kept outside: the head and the tombstones."""
    for path in sorted(backup.iterdir()):
        target = office.home / path.name
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
        shutil.copytree(path, target) if path.is_dir() else shutil.copy2(path, target)
    for log in office.home.glob("*.sqlite-*"):
        if not (backup / log.name).exists():
            log.unlink()


def test_a_backup_made_before_brings_nobody_back(office, tmp_path):
    ways, backup = ways_to_me(office), backed_up(office, tmp_path / "backup")
    erased(office)
    restored(office, backup)
    assert all(way in raw(office.home) for way in ways)  # the control: the backup did bring the key back
    here = office.installation()  # nothing is read or sent before this
    assert here.pupils.by_upn(UPN) == ()
    here.pupils.close()
    found = raw(office.home)
    assert [way.hex() for way in ways if way in found] == []
    assert attacked(office, office.home) == attacked(office, backup) == 0
    assert [name for name in (UPN, ME[0], *NAMES[:1], *POSTCODES[:1]) if name.encode() in raw(backup)] == []
    assert verify(office.settings.ledger).faults == []  # what the old ledger says is whole
    with pytest.raises(HeadMismatch):
        here.lodged.check()  # and it is known to be old, so nothing is sent


def test_a_restored_key_database_alone_is_cleaned_and_all_verifies(office, tmp_path):
    backup = backed_up(office, tmp_path / "backup")
    erased(office)
    for log in office.home.glob("pupil-keys.sqlite*"):
        log.unlink()
    shutil.copy2(backup / "pupil-keys.sqlite", office.home / "pupil-keys.sqlite")
    here = office.installation()
    assert here.pupils.by_upn(UPN) == ()
    assert verify(office.settings.ledger, here.lodged.path).faults == []
    assert here.lodged.check().seq == here.ledger.head().seq


@pytest.mark.parametrize("spoilt", ["lost", "emptied", "another's", "torn"])
def test_without_the_list_of_tombstones_nothing_is_read(office, spoilt):
    erased(office)
    path = office.installation().tombstones.path
    if spoilt == "lost":
        path.unlink()
    elif spoilt == "torn":
        path.write_bytes(path.read_bytes()[:-20])
    else:
        says = json.loads(path.read_text())
        says["refs"] = [] if spoilt == "emptied" else [upn(7).encode().hex()]
        path.write_text(json.dumps(says))
    for command in (("status", "--as", "daniel"), ("trace", SIBLING[1], "--as", "daniel")):
        assert office.run(*command).code == EXIT_CODES["tombstones_unfit"]


def test_a_crash_after_the_list_was_lodged_is_finished_by_the_next_start(office):
    here = office.installation()
    here.tombstones.add(office.keys, EVENING)
    assert here.pupils.by_upn(UPN)
    assert office.installation().pupils.by_upn(UPN) == ()


def test_erasing_again_changes_nothing(office):
    ctx = erased(office)
    head = ctx.installation.ledger.head()
    assert erasing.erase(ctx, office.number) == 1
    assert ctx.installation.ledger.head() == head


def test_holds_are_listed_with_what_is_overdue(office):
    office.done("hold", "place", "--why", "inquiry", "--review", "2026-10-02", "--as", "daniel")
    office.now += 5 * DAY
    assert "everybody, by daniel on 2026-10-01, review by 2026-10-02, REVIEW OVERDUE" in office.done(
        "hold", "list", "--as", "daniel"
    ).out  # fmt: skip
    number = str(holds.standing(office.installation().ledger)[0].number)
    assert office.run("hold", "lift", number, "--why", " ", "--as", "daniel").code == EXIT_CODES["hold_unfit"]
    assert office.run("hold", "list", "--as", "priya").code == EXIT_CODES["not_allowed"]
    office.done("hold", "lift", number, "--why", "over", "--as", "daniel")
    assert "Holds: 0." in office.done("hold", "list", "--as", "daniel").out

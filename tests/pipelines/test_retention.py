"""How long things are kept: a rule for every kind, the purge, its signed record, holds, and keys at their end."""

import datetime as dt
import json
import os

import dagster as dg
import pytest

from exports.purging import PURGED, signed
from exports.retention import load_rules, rule_of
from ledger.head import load_head_public
from ledger.tombstones import DESTROYED
from ledger.verify import verify
from pipelines.actions import erasing, retaining
from pipelines.actions.context import Context
from pipelines.actions.rights import Named
from pipelines.build import build_defs
from pipelines.exit_codes import EXIT_CODES
from pipelines.jobs import PURGE_JOB
from tests.pipelines.front_door import EVENING, at
from tests.pipelines.rights_desk import ME, SCHOOL, SIBLING, UPN, made_office, opened_office
from vault.store import ArtefactGone

DAY = dt.timedelta(days=1)
MINE = {"pupil.surname": "Quillfeather"}
TODAY = EVENING.date()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_office(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    return opened_office(made, tmp_path)


def officer(office):
    return Context(office.installation(), "daniel")


def sealed(office, kind, days, data=b"x"):
    return office.installation().vault.seal(data, kind, TODAY + days * DAY).address


def own_period(office, text):
    (office.trust / "retention.toml").write_text(f"[[own_period]]\n{text}\n", encoding="utf-8")


def test_every_kind_that_is_sealed_has_a_rule_with_trigger_period_and_basis(office):
    rules = load_rules(office.trust)
    for rule in rules:
        assert rule.title and rule.trigger and rule.basis and rule.source and rule.confidence in "HML"  # noqa: PT018
    kinds = (
        "census/snapshot", "dfe_autumn_census/minimised", "file", "findings", "certificate", "layout", "cells",
        "enclosed", "protection", "waybill", "grounds", "note", "schools compared", "disclosed by hand",
        "protection decided", "override reason", "case refused", "rights request", "recipient duty", "erasure decided",
        "legal hold placed", "complaint", "lineage", "recall reason", "answer",
    )  # fmt: skip
    assert [kind for kind in kinds if rule_of(rules, kind).id == "no class"] == []


def test_the_purge_takes_what_is_due_and_signs_what_it_took(office):
    due, not_yet = sealed(office, "note", 0), sealed(office, "note", 1)
    gone = sealed(office, "census/snapshot", -3)
    assert office.run("retention", "check", "--as", "daniel").code == EXIT_CODES["retention_overdue"]
    said = office.done("retention", "purge", "--as", "daniel").out
    assert "explanations: 1 removed" in said
    assert "intermediates: 1 removed" in said
    assert "Nothing is overdue." in office.done("retention", "check", "--as", "daniel").out
    here = office.installation()
    assert [one.address for one in here.vault.overdue(dt.date.max - DAY)] == [not_yet]
    (record,) = (office.home / "purges").iterdir()
    says = json.loads(record.read_bytes())
    signature = bytes.fromhex(says.pop("signature"))
    load_head_public(office.settings.keys / "ledger-head.pub").verify(signature, signed(says))
    assert {one["address"] for one in says["removed"]} == {due, gone}
    event = here.ledger.events(PURGED)[-1]
    assert (event.seq, event.body["removed"]) == (says["event"], {"explanations": 1, "intermediates": 1})
    assert "Nothing was due." in office.done("retention", "purge", "--as", "daniel").out
    assert len(here.ledger.events(PURGED)) == 1
    assert verify(office.settings.ledger, here.lodged.path).faults == []


@pytest.mark.parametrize("held", ["everybody", "me"])
def test_what_a_hold_keeps_outlasts_its_day(office, held):
    waybill = office.told("dfe_autumn_census", {ME: MINE}, period="2026-autumn")
    office.told("la_new_pupils", {SIBLING: {"joiner.surname": "Quillfeather"}})
    ctx = officer(office)
    office.now += 9001 * DAY
    ctx = officer(office)
    named = Named(SCHOOL, (UPN,)) if held == "me" else None
    number = erasing.place_hold(ctx, named, "an inquiry", office.now.date())
    done = retaining.purge(ctx)
    assert done.spared == (6 if held == "everybody" else 3)  # waybill, file and grounds, of both pupils or of me
    detail = ctx.installation.ledger.events("prepared", waybill=waybill)[0].body["detail"]
    assert ctx.installation.vault.artefact(detail["grounds"])
    assert retaining.scan(ctx).overdue == ()
    erasing.lift_hold(ctx, number, "over")
    assert retaining.purge(ctx).spared == 0


def test_the_trusts_own_period_counts_with_its_reason(office):
    sealed(office, "note", 0)
    own_period(office, 'class = "explanations"\ndays = 2200\nreason = "an audit of six years and a day"')
    assert retaining.scan(officer(office)).overdue == ()
    assert "an audit of six years and a day" in office.done("retention", "show", "--as", "daniel").out
    own_period(office, 'class = "explanations"\ndays = 30\nreason = "we need them no longer"')
    soon = sealed(office, "note", 2100)
    ctx = officer(office)
    assert {one.what for one in retaining.scan(ctx).overdue} >= {soon[:12]}
    assert retaining.purge(ctx).removed == {"explanations": 2}


@pytest.mark.parametrize(
    "text",
    [
        'class = "explanation"\ndays = 30\nreason = "x"',
        'class = "explanations"\ndays = 30\nreason = " "',
        'class = "explanations"\ndays = 0\nreason = "x"',
        'class = "explanations"\ndays = true\nreason = "x"',
        'class = "sent_files"\ndays = 30\nreason = "x"',
        'class = "explanations',
    ],
    ids=["no class", "no reason", "no days", "not a number", "stands in the agreement", "not toml"],
)
def test_an_own_period_that_means_nothing_is_refused(office, text):
    own_period(office, text)
    assert office.run("retention", "show", "--as", "daniel").code == EXIT_CODES["retention_unfit"]


def test_what_schools_filled_in_goes_and_what_waits_for_a_person_is_shown(office):
    for folder in ("on-the-day", "handed-over/case_2026_1"):
        path = office.home / folder / "900004-2026-autumn.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("UPN\n", encoding="utf-8")
        old = (EVENING - 401 * DAY).timestamp()
        os.utime(path, (old, old))
    ctx = officer(office)
    assert retaining.purge(ctx).removed == {"entered_by_schools": 1}
    (left,) = retaining.scan(ctx).overdue
    assert left.rule == "handed_over"


def test_a_stray_file_and_a_kind_without_a_rule_are_found(office):
    ctx = officer(office)
    address = sealed(office, "something new", 100)
    stray = office.settings.vault / address[:2] / "stray"
    stray.write_bytes(b"?")
    found = retaining.scan(ctx)
    assert found.unclassified == ("something new",)
    assert [one.what for one in found.overdue] == [str(stray.relative_to(office.home))]


def test_a_key_ends_when_no_file_has_named_the_pupil_for_its_time(office):
    office.told("dfe_autumn_census", {ME: MINE, SIBLING: MINE}, period="2026-autumn")
    office.now += 9150 * DAY
    office.told("la_new_pupils", {SIBLING: {"joiner.surname": "Quillfeather"}}, at=office.now - DAY)
    ctx = officer(office)
    office.now -= DAY
    assert retaining.purge(officer(office)).keys == 0
    office.now += DAY
    done = retaining.purge(ctx)
    assert done.keys == 1
    here = ctx.installation
    assert here.pupils.by_upn(UPN) == ()
    assert here.pupils.by_upn(SIBLING[1])
    assert here.ledger.events(DESTROYED)[-1].body["because"] == "retention"
    assert retaining.scan(ctx).overdue == ()
    assert verify(office.settings.ledger, here.lodged.path).faults == []


def test_a_key_under_a_hold_does_not_end(office):
    office.told("dfe_autumn_census", {ME: MINE, SIBLING: MINE}, period="2026-autumn")
    office.now += 9151 * DAY
    ctx = officer(office)
    erasing.place_hold(ctx, Named(SCHOOL, (UPN,)), "a claim", office.now.date())
    assert retaining.purge(ctx).keys == 1
    assert ctx.installation.pupils.by_upn(UPN)


def test_purging_needs_a_role(office):
    assert office.run("retention", "purge", "--as", "helen").code == EXIT_CODES["not_allowed"]


def test_the_nightly_job_purges_and_dagster_learns_counts_only(office):
    address = sealed(office, "note", 0)
    job = build_defs(office.settings, clock=lambda: office.now).resolve_job_def(PURGE_JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(instance=instance).success
    with pytest.raises(ArtefactGone):
        office.installation().vault.open(address)
    assert office.installation().ledger.events(PURGED)[-1].body["by"] == "nightly"

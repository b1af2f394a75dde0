"""What stays of an answer to the police or a court: refusals, what access reports leave out, what never starts one."""

import datetime as dt
import json
import zipfile

import pytest

from exports.check_evidence import check
from exports.preparation import read_grounds
from exports.withholding import ENDED
from ledger.states import State
from pipelines.actions.legal import REFUSED
from pipelines.actions.tracing import LOOKED_UP
from pipelines.build import build_defs
from pipelines.exit_codes import EXIT_CODES
from tests.exports.trust_folder import FOLDER
from tests.pipelines.legal_desk import COURT, POLICE, UPN


def events(desk, kind):
    return desk.installation().ledger.events(kind)


def test_a_refused_request_is_recorded_called_off_and_cannot_be_prepared(desk):
    assert desk.prepare().code == 0
    waybill = desk.signed()
    why = "It asks for every pupil of a street."
    assert desk.run("legal", "refuse", POLICE, "--why", why, "--as", "priya").code == EXIT_CODES["not_allowed"]
    desk.done("legal", "refuse", POLICE, "--why", why, "--as", "daniel")
    (event,) = events(desk, REFUSED)
    assert (event.body["case"], event.body["by"]) == (POLICE, "daniel")
    assert why.encode() not in desk.settings.ledger.read_bytes()
    assert desk.installation().vault.open(str(event.body["artefact"])).decode() == why
    assert desk.state(waybill) is State.WITHDRAWN
    assert desk.hand_over(waybill).code == EXIT_CODES["nothing_signed"]
    assert desk.prepare().code == EXIT_CODES["case_refused"]
    assert "refused" in desk.done("legal", "list", "--as", "daniel").out
    desk.done("verify")


def test_a_request_that_does_not_compile_can_be_refused_but_not_prepared(desk):
    desk.rewrite(POLICE, "authorised_by: Inspector Alex Example", "")
    assert desk.prepare().code == EXIT_CODES["case_faulty"]
    assert "inspector" in desk.done("legal", "list", "--as", "daniel").out
    desk.done("legal", "refuse", POLICE, "--why", "nobody authorised it", "--as", "helen")
    assert len(events(desk, REFUSED)) == 1


def test_a_withheld_disclosure_is_left_out_of_the_ordinary_report_and_provably_there(desk):
    for case in (POLICE, COURT):
        assert desk.prepare(case, *(() if case == POLICE else ("900004:1", "900002:2"))).code == 0
        for waybill in desk.waybills(case):
            for person, role in (("helen", "head"), ("daniel", "dpo")):
                assert desk.sign(waybill, person, role).code == 0
            assert desk.hand_over(waybill).code == 0

    def told(*options, actor="daniel"):
        data = desk.done("trace", UPN, *options, "--as", actor, "--json").data
        return [one["disclosure"]["slot"]["agreement"] for one in data["files"]]

    assert told() == told(actor="helen") == [COURT]
    assert "Constabulary" not in desk.done("trace", UPN, "--as", "daniel").out
    assert told("--include-withheld") == [POLICE, COURT]
    assert "NOT FOR THE FAMILY" in desk.done("trace", UPN, "--include-withheld", "--as", "daniel").out
    refused = desk.run("trace", UPN, "--include-withheld", "--as", "helen")
    assert refused.code == EXIT_CODES["not_allowed"]
    assert [event.body["with_withheld"] for event in events(desk, LOOKED_UP)][-2:] == [True, True]
    report = desk.done("verify", "--json").data
    assert (report["releases"], report["files"]) == (3, 3)

    assert desk.run("legal", "tell", POLICE, "--as", "helen").code == EXIT_CODES["not_allowed"]
    desk.done("legal", "tell", POLICE, "--as", "daniel")
    assert len(events(desk, ENDED)) == 1
    assert told() == [POLICE, COURT]


def proved(desk, folder, *options, actor="daniel"):
    """The files of a pupil's pack, by agreement; what the command said where there is no pack."""
    to = folder / f"{len(list(folder.iterdir()))}.zip"
    answer = desk.run("pack", "pupil", UPN, "--to", str(to), *options, "--as", actor)
    if answer.code:
        return answer.code
    with zipfile.ZipFile(to) as archive:
        pack = json.loads(archive.read("evidence.json"))
    check(pack)
    return [json.loads(parts["waybill"])["agreement"] for parts in pack["files"].values()]


def test_a_pack_that_goes_to_the_family_has_no_withheld_disclosure(desk, tmp_path):
    assert desk.prepare().code == 0
    waybill = desk.signed()
    assert desk.hand_over(waybill).code == 0
    assert proved(desk, tmp_path, "--include-withheld") == [POLICE]
    assert proved(desk, tmp_path) == EXIT_CODES["nothing_to_prove"]
    assert proved(desk, tmp_path, "--include-withheld", actor="helen") == EXIT_CODES["not_allowed"]
    desk.done("legal", "tell", POLICE, "--as", "daniel")
    assert proved(desk, tmp_path) == [POLICE]


@pytest.mark.parametrize(("person", "code"), [("helen", None), ("priya", "not_named")])
def test_who_may_not_know_of_an_answer_cannot_name_it(desk, tmp_path, person, code):
    assert desk.prepare().code == 0
    waybill = desk.signed()
    assert desk.hand_over(waybill).code == 0
    (file,) = (one for one in desk.settings.handed_over.rglob("*") if one.is_file())
    for arguments in (
        ("trace", "file", waybill.sha256), ("breach", waybill.sha256[:12]), ("show", waybill.sha256),
        ("pack", "file", waybill.sha256, "--to", str(tmp_path / "pack.zip")), ("trace", "copy", str(file)),
    ):  # fmt: skip
        answer = desk.run(*arguments, "--as", person)
        assert answer.code == (EXIT_CODES[code] if code else 0), (arguments, answer.err)


def test_a_duty_towards_the_police_shows_to_those_who_may_know_of_the_answer(desk):
    assert desk.prepare().code == 0
    assert desk.hand_over(desk.signed()).code == 0
    opened = desk.done(
        "rights", "open", "rectification", "900004", "--upn", UPN, "--requester", "Parent Quillfeather", "--relation",
        "aunt", "--contact", "12 Canary Wharf Mews", "--asked", "another surname", "--as", "priya",
    )  # fmt: skip
    number = opened.out.split()[1].rstrip(":")
    desk.done("rights", "check", number, "--identity", "passport seen", "--authority", "birth certificate seen",
              "--capacity", "not_able", "--views", "aged six", "--court-orders", "none", "--as", "daniel")  # fmt: skip
    desk.done("rights", "recipients", number, "--as", "daniel")

    def duties(person):
        found = desk.done("rights", "duties", "--as", person, "--json").data
        return {one["duty"]["agreement"]: one["duty"]["number"] for one in found}

    towards = duties("daniel")
    assert set(towards) - set(duties("priya")) == {POLICE}
    moved = ("rights", "duty", str(towards[POLICE]), "notified", "--how", "by telephone", "--as")
    assert desk.run(*moved, "priya").code == EXIT_CODES["duty_unfit"]
    desk.done(*moved, "helen")


def test_a_flag_of_the_protection_register_is_shown_to_the_signers_and_one_entered_later_voids_the_answer(desk):
    assert desk.prepare().code == 0
    waybill = desk.signed()
    desk.done("protect", "add", "900004", "--kind", "safe_address", "--review", "2027-01-31", "--pupil",
              "1", "--upn", UPN, "--as", "ruth")  # fmt: skip
    assert desk.hand_over(waybill).code == EXIT_CODES["protection_changed"]
    assert desk.prepare().code == 0
    again = desk.signed()
    here = desk.installation()
    (protected,) = read_grounds(here.ledger, here.vault, again.sha256).protected
    assert (protected.kind, protected.effect, protected.pupils) == ("safe_address", "sent", 1)
    assert desk.hand_over(again).code == 0


def test_an_answer_that_was_cut_off_is_resolved_by_looking(desk):
    assert desk.prepare().code == 0
    waybill = desk.signed()
    here = desk.installation()
    with here.ledger.transaction() as tx:
        tx.claim(waybill.sha256, desk.now, {"length": waybill.length, "remote_name": waybill.remote_name})
    desk.now += dt.timedelta(hours=1)
    part = desk.settings.handed_over / POLICE / f"{waybill.remote_name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    assert desk.run("resolve", waybill.sha256, "--as", "daniel").code == 0
    assert desk.state(waybill) is State.REFUSED
    assert desk.handed_over() == {}
    desk.now -= dt.timedelta(hours=1)
    assert desk.hand_over(waybill).code == 0


def test_no_schedule_no_sensor_no_job_and_no_calendar_row_can_take_a_case(desk):
    assert desk.prepare().code == 0
    desk.signed()
    calendar = desk.trust / "calendar.csv"
    row = f'feed,{POLICE},,2026-09-30,2026-09-30,2026-09-01,2026-09-01,2026-09-30,"a row for a case"\n'
    calendar.write_text(calendar.read_text(encoding="utf-8") + row, encoding="utf-8")
    defs = build_defs(desk.settings, clock=lambda: desk.now)
    assets = [key for spec in defs.resolve_all_asset_specs() for key in spec.key.path]
    jobs = [job.name for job in defs.resolve_all_job_defs()]
    starters = [one.name for one in [*(defs.schedules or ()), *(defs.sensors or ())]]
    assert not any("case" in name or "legal" in name for name in [*assets, *jobs, *starters])
    answer = desk.run("prepare", "2026-09-30", "--school", "900004")
    assert POLICE not in answer.out
    assert len(desk.installation().ledger.releases(agreement=POLICE)) == 1
    assert desk.handed_over() == {}


def test_a_standing_agreement_with_the_police_does_not_compile(desk):
    text = (FOLDER / "agreements" / "nhs_school_nursing.yaml").read_text(encoding="utf-8")
    (desk.trust / "agreements" / "police_feed.yaml").write_text(
        text.replace("kind: nhs_other", "kind: legal"), encoding="utf-8"
    )
    answer = desk.run("agreements", "check")
    assert answer.code == EXIT_CODES["agreement_faulty"]
    assert "each request is a case" in " ".join((answer.out + answer.err).split())

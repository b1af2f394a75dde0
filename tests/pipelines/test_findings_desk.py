"""Findings as a data manager works with them: names for those who may have them, lists, explanations, last term's."""

import csv
import datetime as dt
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from exports import notes
from exports.approvers import current
from exports.delegations import Delegation, delegate, end
from exports.key_files import read_private_key
from exports.signing import Role, sign
from pipelines import exit_codes
from pipelines.actions import noting
from pipelines.actions.context import Context
from pipelines.actions.findings import Cause, FindingsResult, Found, Pupil, findings, open_findings
from pipelines.actions.taking_out import KIND
from pipelines.exit_codes import EXIT_CODES
from pipelines.screens.lists import queries_list
from schemas.census.collection import COLLECTIONS
from schemas.census.findings import Verdict
from schemas.wording import counted
from simulator.deployment import PASSPHRASE
from tests.pipelines.front_door import AUTUMN, CLEAN, EVENING, FAULTY

EARLIER = "2026-summer"
WHY = "Checked with the family; it is right."
HERE = (FAULTY, AUTUMN, "--as", "priya")


def seen_by(door, person, school=FAULTY):
    return findings(Context(door.installation(), person), school, AUTUMN)


def a_pupil(door, rule="1510"):
    result = seen_by(door, "priya")
    return result.pupils[next(cause for cause in result.causes if cause.rule == rule).pupils[0]]


def explainable(door):
    """A cause that can be explained and is about a pupil."""
    return next(cause for cause in seen_by(door, "priya").causes if cause.kind != "blocks" and cause.pupils)


def taken_out(door):
    return [dict(event.body) for event in door.installation().ledger.events(KIND)]


def read_csv(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_the_data_manager_sees_who_where_and_what_to_do(door):
    out, pupil = door.run("findings", *HERE).out, a_pupil(door)
    for part in (pupil.surname, pupil.forename, f"year {pupil.nc_year}", pupil.registration_group, pupil.upn):
        assert part in out
    assert pupil.page == f"https://mis.fernhill.example/{FAULTY}/students/{pupil.pupil_id}"
    assert re.search(rf"^ +{re.escape(pupil.page)}$", out, re.MULTILINE)
    assert f"  waybill findings {FAULTY} {AUTUMN} --office --by DATE --xlsx FILE\n" in out


def test_the_head_sees_names_and_the_protection_officer_does_not(door):
    pupil = a_pupil(door)
    assert pupil.upn in door.run("findings", FAULTY, AUTUMN, "--as", "helen").out
    out = door.run("findings", FAULTY, AUTUMN, "--as", "daniel").out
    assert pupil.upn not in out
    assert f"Pupils, by their id in the MIS: {pupil.pupil_id}" in out
    assert "Names are shown to the school's data manager and head only." in out
    data = door.run("findings", FAULTY, AUTUMN, "--as", "daniel", "--json").data
    assert (data["pupils"], data["named"]) == ({}, False)


def test_who_stands_in_for_the_head_sees_names_at_that_school_until_it_ends(door):
    here, key = door.installation(), read_private_key(Path(door.key("helen")).read_bytes(), PASSPHRASE)
    with here.ledger.transaction() as tx:
        lent = Delegation("helen", "daniel", Role.HEAD, FAULTY, here.today() + dt.timedelta(days=7), "0")
        delegate(tx, lent, sign(lent.statement(here.now()), key), current(tx), here.now())
    assert seen_by(door, "daniel").pupils == seen_by(door, "priya").pupils
    with here.ledger.transaction() as tx:
        end(tx, lent, "helen", here.now())
    assert seen_by(door, "daniel").pupils == {}


def test_names_can_be_left_out(door):
    pupil = a_pupil(door)
    assert pupil.upn not in door.run("findings", *HERE, "--no-pupils").out
    assert pupil.upn in door.run("findings", *HERE, "--pupils").out
    assert pupil.upn not in door.run("findings", *HERE, "--no-pupils", "--json").out


def test_the_page_that_is_signed_names_nobody(door):
    page = door.done("show", door.waybill(FAULTY).sha256, "--as", "priya").out
    assert a_pupil(door).upn not in page


def test_what_blocks_comes_first_then_errors_then_queries(door):
    causes = [cause for cause in seen_by(door, "priya").causes if cause.evaluated]
    order = [(cause.kind != "blocks", cause.severity != "error") for cause in causes]
    assert order == sorted(order)
    assert causes[0].kind == "blocks"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_list_is_a_new_private_file_and_is_recorded(door, form):
    path = door.home / f"list.{form}"
    answer = door.run("findings", *HERE, f"--{form}", str(path))
    result = seen_by(door, "priya")
    rows, pupils = sum(cause.count for cause in result.causes), {one for cause in result.causes for one in cause.pupils}
    assert answer.code == exit_codes.HELD
    assert path.stat().st_mode & 0o777 == 0o600
    assert str(path) in answer.out
    assert "Holds pupils' personal data" in " ".join(answer.out.split())
    assert taken_out(door) == [
        {
            "school": FAULTY, "period": AUTUMN, "what": "Findings", "form": form, "rows": rows, "pupils": len(pupils),
            "by": "priya",
        }
    ]  # fmt: skip
    door.done("verify")


def test_a_file_that_exists_is_left_alone_and_nothing_is_recorded(door):
    path = door.home / "list.csv"
    path.write_text("mine")
    answer = door.run("findings", *HERE, "--csv", str(path))
    assert (answer.code, path.read_text()) == (exit_codes.USAGE, "mine")
    assert taken_out(door) == []


@pytest.mark.parametrize("ask", [("findings",), ("notes", "export")], ids=" ".join)
def test_a_list_is_not_for_those_who_may_not_have_names(door, ask):
    path = door.home / "list.csv"
    answer = door.run(*ask, FAULTY, AUTUMN, "--as", "daniel", "--csv", str(path))
    assert (answer.code, path.exists(), taken_out(door)) == (EXIT_CODES["not_allowed"], False, [])


def test_every_finding_is_in_the_list_with_its_pupil(door):
    path = door.home / "list.csv"
    door.run("findings", *HERE, "--csv", str(path))
    rows, pupil = read_csv(path), a_pupil(door)
    assert len(rows) == sum(cause.count for cause in seen_by(door, "priya").causes)
    (row,) = [row for row in rows if row["Rule"] == "1510"]
    assert (row["Surname"], row["Forename"], row["UPN"]) == (pupil.surname, pupil.forename, pupil.upn)
    assert (row["Year"], row["Registration group"]) == (pupil.nc_year, pupil.registration_group)
    assert (row["Page in the MIS"], row["Standing"]) == (pupil.page, "no explanation")


def test_data_with_names_is_recorded_and_without_is_not(door):
    data = door.run("findings", *HERE, "--json").data
    assert a_pupil(door).upn in {pupil["upn"] for pupil in data["pupils"].values()}
    assert [event["form"] for event in taken_out(door)] == ["json"]
    door.run("findings", *HERE, "--json", "--no-pupils")
    assert len(taken_out(door)) == 1


def test_the_offices_list_is_only_what_the_office_must_do(door):
    cause, path, later = explainable(door), door.home / "office.xlsx", door.home / "later.xlsx"
    ask = ("findings", *HERE, "--office", "--by", "2026-10-09")
    door.run(*ask, "--xlsx", str(path))
    door.done("note", FAULTY, AUTUMN, cause.rule, WHY, "--as", "priya")
    door.run(*ask, "--xlsx", str(later))
    before, after = (openpyxl.load_workbook(file).worksheets[0] for file in (path, later))
    texts = [cell.value for row in before.iter_rows() for cell in row if cell.value is not None]
    assert before.print_title_rows
    assert "09 October 2026" in texts
    assert a_pupil(door).surname in texts
    assert a_pupil(door).upn not in texts
    assert before.max_row - after.max_row == cause.count
    assert cause.rule not in {cell.value for row in after.iter_rows() for cell in row}


@pytest.mark.parametrize(
    "options",
    [("--office",), ("--office", "--by", "2026-10-09"), ("--by", "2026-10-09"), ("--office", "--by", "tomorrow")],
    ids=" ".join,
)
def test_half_an_offices_list_is_refused(door, options):
    answer = door.run("findings", *HERE, *options)
    assert answer.code == exit_codes.USAGE
    assert "Traceback" not in answer.err


def test_pupils_concerned_are_counted_by_funding_and_pounds_need_a_rate(door):
    with_rate = " ".join(door.run("findings", *HERE).out.split())
    (stream,) = [one for one in seen_by(door, "priya").streams if one.funding == "pupil premium"]
    concerned = {
        pupil
        for cause in seen_by(door, "priya").causes
        if cause.funding == stream.funding and cause.evaluated
        for pupil in cause.pupils
    }
    assert stream.pupils == len(concerned) > 0
    concerned = counted(stream.pupils, "pupil")
    assert f"{concerned} concerned x £1,000, the rate entered by the trust: £{1000 * stream.pupils:,}" in with_rate
    assert not {"loss", "lose", "lost"} & set(with_rate.split())
    door.edit("trust.toml", '"pupil premium" = 1000\n', "")
    without = door.run("findings", *HERE).out
    assert "£" not in without
    assert "Bears on funding: pupil premium." in without


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"pupil premium" = 1000', '"pupil bonus" = 1000', "pupil bonus"),
        ('"pupil premium" = 1000', '"pupil premium" = "1000"', "above 0"),
        ('"pupil premium" = 1000', '"pupil premium" = -1', "above 0"),
        ("https://mis.fernhill.example", "http://mis.fernhill.example", "https://"),
        ("/students/{pupil_id}", "/students/", "{pupil_id}"),
        ("/students/{pupil_id}", "/students/{pupil_id}/{upn}", "nothing else"),
    ],
    ids=["stream", "text", "negative", "plain http", "no id", "a UPN in an address"],
)
def test_a_fault_in_addresses_or_rates_is_named(door, old, new, words):
    door.edit("trust.toml", old, new)
    answer = door.run("findings", *HERE)
    assert answer.code == EXIT_CODES["trust_folder"]
    assert words in " ".join(answer.err.split())


def test_an_explanation_is_listed_with_author_and_time(door):
    cause = explainable(door)
    door.done("note", FAULTY, AUTUMN, cause.rule, WHY, "--as", "priya")
    out = " ".join(door.done("notes", "list", *HERE).out.split())
    assert f"{cause.rule} {counted(cause.count, 'finding')} {WHY} by priya, 01 October 2026 17:30 UTC" in out
    (listed,) = door.done("notes", "list", *HERE, "--json").data
    assert (listed["rule"], listed["note"]["author"], listed["confirmed"]) == (cause.rule, "priya", True)


def test_a_text_of_the_library_is_offered_and_used(door):
    cause = explainable(door)
    library = door.trust / "explanations.csv"
    library.write_text(f"rule,text\n{cause.rule},One reason.\n{cause.rule},Another reason.\n")
    assert "--text-from-library 2: Another reason." in " ".join(door.run("findings", *HERE).out.split())
    assert "2  Another reason." in door.done("notes", "library", cause.rule).out
    door.done("note", FAULTY, AUTUMN, cause.rule, "--text-from-library", "2", "--as", "priya")
    out = " ".join(door.run("findings", *HERE).out.split())
    assert "Explained: Another reason." in out
    assert "--text-from-library" not in out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--text-from-library", "9"), EXIT_CODES["nothing_to_explain"]),
        (("--text-from-library", "0"), EXIT_CODES["nothing_to_explain"]),
        ((WHY, "--text-from-library", "1"), exit_codes.USAGE),
        ((), exit_codes.USAGE),
    ],
    ids=["too high", "too low", "both", "neither"],
)
def test_an_explanation_has_one_text(door, options, code):
    assert door.run("note", FAULTY, AUTUMN, explainable(door).rule, *options, "--as", "priya").code == code


def test_a_fault_in_the_library_names_file_and_line_and_holds_nothing_else_up(door):
    (door.trust / "explanations.csv").write_text("rule,text\nnonsense,Because.\n")
    answer = door.run("notes", "library")
    assert answer.code == EXIT_CODES["explanations_unreadable"]
    assert "explanations.csv:2:" in answer.err
    assert door.run("notes", "list", *HERE).code == 0


def test_the_demonstrations_library_has_no_fault(door):
    texts = door.done("notes", "library", "--json").data
    assert len(texts["1925Q"]) > 1


def a_cause(rule, level, *pupils, kind="query", evaluated=True, note=None):
    return Cause(
        rule=rule, kind=kind, severity="query", level=level, count=len(pupils), explained=0, to_confirm=0,
        message="What is wrong", where_to_fix="", fields="pupil.upn", evaluated=evaluated, pupils=pupils,
        explanations=(), funding="", found=tuple(Found(pupil, None, note, None) for pupil in pupils),
    )  # fmt: skip


def a_result(*causes):
    named = {"p1": "C1", "p2": "A1", "p3": None}
    pupils = {one: Pupil(one, "S", "F", "7", "7A", upn, None) for one, upn in named.items()}
    return FindingsResult("900003", "School", AUTUMN, Verdict(0, 0, 0, 0, 0), causes, pupils, named=True, streams=())


def listed(*causes):
    return [(one.cause.rule, one.cause.level, one.found.pupil) for one in noting.queries(a_result(*causes))]


def test_queries_are_in_the_order_of_rule_number_level_and_upn():
    found = listed(
        a_cause("1925Q", "pupil", "p3", "p1", "p2"), a_cause("4015Q", "school", None), a_cause("485", "pupil", "p1"),
        a_cause("1495Q", "school", None),
    )  # fmt: skip
    assert found == [
        ("485", "pupil", "p1"), ("1495Q", "school", None), ("1925Q", "pupil", "p2"), ("1925Q", "pupil", "p1"),
        ("1925Q", "pupil", "p3"), ("4015Q", "school", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "twin",
    [
        a_cause("1510", "pupil", "p1", kind="blocks"),
        a_cause("L-surname", "pupil", "p1", kind="local check"),
        a_cause("1925Q", "pupil", "p1", evaluated=False),
    ],
    ids=["blocks", "our own check", "not evaluated"],
)
def test_only_what_collect_would_want_words_for_is_exported(twin):
    assert listed(twin) == []
    assert listed(a_cause("1925Q", "pupil", "p1")) == [("1925Q", "pupil", "p1")]


def test_an_exported_query_has_its_text():
    note = notes.Note(WHY, "priya", EVENING, AUTUMN, None)
    result = a_result(a_cause("1925Q", "pupil", "p1", note=note), a_cause("1926Q", "pupil", "p2"))
    made = queries_list(result, noting.queries(result))
    headings = [column.heading for column in made.sheet.columns]
    rows = [dict(zip(headings, row, strict=True)) for row in made.sheet.rows]
    assert [(row["UPN"], row["Explanation"], row["Standing"]) for row in rows] == [
        ("C1", WHY, "explained"), ("A1", None, "no explanation"),
    ]  # fmt: skip
    assert rows[0]["By"] == "priya, 2026-10-01 17:30 UTC"
    assert made.pupils == 2


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_exported_queries_are_a_list_taken_out(door, form):
    path = door.home / f"notes.{form}"
    door.done("notes", "export", *HERE, f"--{form}", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [(event["what"], event["form"]) for event in taken_out(door)] == [("Queries", form)]
    assert door.run("notes", "export", *HERE).code == exit_codes.USAGE


@pytest.fixture
def last_term(door, monkeypatch):
    """The same findings, explained by helen for a collection before this one."""
    summer = replace(COLLECTIONS[AUTUMN], key=EARLIER, reference_date=COLLECTIONS[AUTUMN].previous_reference_date)
    monkeypatch.setattr(notes, "COLLECTIONS", {**COLLECTIONS, EARLIER: summer})
    here, cause = door.installation(), explainable(door)
    opened = open_findings(Context(here, "helen"), Context(here, "helen").latest(FAULTY, AUTUMN))
    notes.explain(
        here.ledger, here.vault, here.pupils,
        school=FAULTY, period=EARLIER, findings=opened.findings[opened.findings["rule"] == cause.rule],
        facts=opened.facts, text=WHY, author="helen", at=here.now(),
    )  # fmt: skip
    here.lodged.lodge(here.now())
    return cause


def test_last_terms_explanation_waits_to_be_confirmed(door, last_term):
    standing = seen_by(door, "priya").verdict.unexplained
    out = " ".join(door.run("findings", *HERE).out.split())
    assert f"{last_term.count} found, 0 explained, {last_term.count} to confirm" in out
    assert f"Carried forward from {EARLIER}, confirm: {WHY}" in out
    assert f"waybill notes confirm {FAULTY} {AUTUMN}" in out
    assert f"carried forward from {EARLIER}, confirm" in door.done("notes", "list", *HERE).out

    assert f"Confirmed for {counted(last_term.count, 'finding')}" in door.done("notes", "confirm", *HERE).out
    assert seen_by(door, "priya").verdict.unexplained == standing - last_term.count
    assert f"confirmed by priya from {EARLIER}" in door.done("notes", "list", *HERE).out
    assert door.run("notes", "confirm", *HERE).code == EXIT_CODES["nothing_to_explain"]
    before = door.waybill(FAULTY)
    door.done("prepare", AUTUMN, "--school", FAULTY)
    assert door.waybill(FAULTY).tally.unexplained == before.tally.unexplained - last_term.count


def test_one_rule_is_confirmed_by_itself(door, last_term):
    assert (
        door.run("notes", "confirm", FAULTY, AUTUMN, "1234", "--as", "priya").code == EXIT_CODES["nothing_to_explain"]
    )
    door.done("notes", "confirm", FAULTY, AUTUMN, last_term.rule, "--as", "priya")


def test_only_the_desk_confirms(door, last_term):
    assert last_term.count
    assert door.run("notes", "confirm", FAULTY, AUTUMN, "--as", "daniel").code == EXIT_CODES["not_allowed"]


def test_a_clean_return_has_nothing_to_list(door):
    out = door.done("findings", CLEAN, AUTUMN, "--as", "priya").out
    assert "Nothing holds the release" in out
    assert json.loads(door.done("notes", "export", CLEAN, AUTUMN, "--as", "priya", "--json").out) == []


@pytest.mark.parametrize(
    "ask", [("findings",), ("notes", "list"), ("notes", "library"), ("notes", "confirm")], ids=" ".join
)
def test_every_line_fits_eighty_columns(door, last_term, ask):
    del last_term
    where = () if ask[-1] == "library" else (FAULTY, AUTUMN)
    answer = door.run(*ask, *where, "--as", "priya", *(("--pupils",) if ask == ("findings",) else ()))
    assert [line for line in (answer.out + answer.err).splitlines() if len(line) > 80] == []

"""`waybill agreements`: check, show, diff and new, as a data protection officer at a small trust meets them."""

import datetime as dt
import json
import re

import pytest

from pipelines import cli
from pipelines.actions.agreements import EXAMPLES
from pipelines.exit_codes import EXIT_CODES
from tests.exports.broken import FILES, FOLDER, expected

NHS = EXAMPLES / "agreements" / "nhs_immunisation.yaml"
AUTUMN = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def waybill(capsys, monkeypatch, tmp_path):
    """Run `waybill` on the demonstration's folder: its code, what it printed on one line, and what it printed."""
    monkeypatch.setenv("WAYBILL_HOME", str(tmp_path))
    monkeypatch.setenv("WAYBILL_TRUST", str(EXAMPLES))

    def run(*arguments):
        code = 0
        try:
            cli.main(arguments, clock=lambda: AUTUMN)
        except SystemExit as ended:
            code = ended.code
        printed = capsys.readouterr()
        return code, printed.out, " ".join(printed.err.split())

    return run


def test_check_lists_every_agreement_of_the_trust(waybill):
    code, out, _ = waybill("agreements", "check")
    assert code == 0
    assert all(file.stem in out for file in (EXAMPLES / "agreements").iterdir())
    assert "of which 0 do not compile" in out
    assert waybill("agreements") == (0, out, "")


def test_check_names_every_fault_of_the_broken_agreements(waybill):
    code, out, _ = waybill("agreements", "check", str(FOLDER))
    told = " ".join(out.split())
    assert code == EXIT_CODES["agreement_faulty"]
    for file in FILES:
        for pattern in expected(file):
            assert pattern.search(told), pattern.pattern
    assert f"Agreements: {len(FILES)}, of which {len(FILES)} do not compile." in told


def test_check_as_data(waybill):
    code, out, _ = waybill("agreements", "check", str(FOLDER), "--json")
    assert code == EXIT_CODES["agreement_faulty"]
    listed = {each["id"]: each["faults"] for each in json.loads(out)}
    assert {name: len(faults) for name, faults in listed.items()} == {each.stem: len(expected(each)) for each in FILES}


def test_show_is_one_page_with_who_what_why_law_and_until_when(waybill):
    code, out, _ = waybill("agreements", "show", "nhs_immunisation")
    page = " ".join(out.split())
    assert code == 0
    for words in (
        "Invented Vale School Age Immunisation Service, number XSAIS, in GB",
        "names it in clause 7.4: Health services (the NHS).",
        "Article 6(1)(e), public task",
        "every pupil of the year groups named: 8, 9, 10, 11",
        "A parent is a person with parental responsibility",
        "every address and contact left empty",
        "Data protection impact assessment DPIA-2026-03, of 2026-07-13",
        "2026-09-01 to 2027-08-31: in force, 334 days left",
        "roll.postcode as CHILD_POSTCODE",
        "National Health Service Act 2006",
        "second-hand: have it checked",
    ):
        assert words in page
    assert len(json.loads(waybill("agreements", "show", "nhs_immunisation", "--json")[1])["grounds"]) == 5


def test_show_of_a_file_that_does_not_compile_names_its_faults(waybill):
    code, _, err = waybill("agreements", "show", str(FOLDER / "route_unfit.yaml"))
    assert code == EXIT_CODES["does_not_compile"]
    assert "line 40: the delivery's key_ref" in err


@pytest.mark.parametrize("arguments", [("show", "nobody"), ("diff", "nhs_immunisation", "nobody"), ("new", "nobody")])
def test_a_name_of_nothing_lists_what_there_is(waybill, arguments):
    code, _, err = waybill("agreements", *arguments)
    assert code == EXIT_CODES["no_such_agreement"]
    assert "nhs_immunisation" in err


CHANGES = [
    ("      - {source: roll.contact2_email, as: PARENT_2_EMAIL}\n", "", "Would no longer leave (1)", "contact2_email"),
    ('- clause: "2.1"\n    gateway: public-task-immunisation\n    why: traces',
     '- clause: "2.2"\n    gateway: public-task-immunisation\n    why: traces',
     "clause: 2.1 becomes 2.2", "roll.postcode"),
    ("number: XSAIS", "number: YSAIS", "every approval given under the old one is void", "recipient.number: XSAIS"),
    ("port: 18022", "port: 22", "every approval given under the old one is void", "delivery.port: 18022 becomes 22"),
    ('["8", "9", "10", "11"]', '["8", "9"]', "population: year_groups (8, 9, 10, 11)", "becomes year_groups (8, 9)"),
    ("objection: contacts_withheld", "objection: held", "protection.objection: contacts_withheld becomes held", ""),
    ("dpia: DPIA-2026-03", "dpia: DPIA-2026-77", "paperwork.dpia: DPIA-2026-03 becomes DPIA-2026-77", "Other changes"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says", "also"), CHANGES, ids=[each[2] for each in CHANGES])
def test_diff_says_what_changed(waybill, tmp_path, old, new, says, also):
    text = NHS.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    code, out, _ = waybill("agreements", "diff", "nhs_immunisation", str(changed))
    told = " ".join(out.split())
    assert (code, says in told, also in told) == (0, True, True), told


def test_diff_says_which_law_is_no_longer_relied_on(waybill, tmp_path):
    text = (EXAMPLES / "agreements" / "supplier_cpoms.yaml").read_text(encoding="utf-8")
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace("public-task-education", "ca-2004-s10-11", 1), encoding="utf-8")
    told = " ".join(waybill("agreements", "diff", "supplier_cpoms", str(changed))[1].split())
    assert "gateway: public-task-education becomes ca-2004-s10-11 roll.pupil_id, roll.surname" in told


def test_diff_says_what_would_newly_leave(waybill, tmp_path):
    without = tmp_path / "without.yaml"
    text = NHS.read_text(encoding="utf-8").replace("      - {source: roll.contact2_email, as: PARENT_2_EMAIL}\n", "")
    without.write_text(text, encoding="utf-8")
    told = " ".join(waybill("agreements", "diff", str(without), "nhs_immunisation")[1].split())
    assert "Would newly leave (1) roll.contact2_email (contact): clause 2.2, public-task-immunisation: asks the" in told
    assert waybill("agreements", "diff", "nhs_immunisation", str(NHS))[1] == "The two agreements say the same.\n"


def test_a_template_is_a_file_to_copy_and_the_rest_is_said_beside_it(waybill, tmp_path):
    code, template, err = waybill("agreements", "new", "nhs_immunisation")
    assert (code, "This is the template nhs_immunisation." in err) == (0, True)
    (tmp_path / "mine.yaml").write_text(template, encoding="utf-8")
    code, out, _ = waybill("agreements", "check", str(tmp_path))
    assert (code, "the recipient: legal_name is still to be filled in" in " ".join(out.split())) == (
        EXIT_CODES["agreement_faulty"],
        True,
    )


def test_a_kind_of_recipient_has_a_template_and_the_others_are_named(waybill):
    code, template, err = waybill("agreements", "new", "nhs_immunisation")
    assert (code, "kind: nhs_immunisation" in template) == (0, True)
    code, template, err = waybill("agreements", "new", "supplier")
    assert (code, "kind: supplier" in template) == (0, True)
    assert len(re.findall(r"waybill agreements new supplier_\w+", err)) > 3

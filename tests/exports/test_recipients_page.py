"""The page of recipients says what the agreements say, today."""

from dataclasses import replace
from pathlib import Path

from exports.observed import MARK, Observed
from exports.recipients_page import page_of_folder, recipients_page
from exports.records import load_records
from exports.terms import Compiled
from tests.exports.trust_folder import FOLDER, compiled

PAGE = Path(__file__).parents[2] / "docs" / "recipients.md"


def test_the_committed_page_is_not_stale():
    assert PAGE.read_text(encoding="utf-8") == page_of_folder(FOLDER), (
        "run: python -m exports.recipients_page trusts/demo docs/recipients.md"
    )


def test_every_field_of_every_agreement_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    for entry in compiled().values():
        section = page.partition(f"## {entry.id}\n")[2].partition("\n## ")[0]
        assert all(f"`{field}`" in section for field in entry.agreement.fields)


def test_an_agreement_that_does_not_compile_is_shown_with_its_faults():
    broken = Compiled("broken", "0" * 64, None, ("broken.yaml line 1: it says nothing",))
    page = recipients_page(replace(load_records(FOLDER), compiled=(broken,)))
    assert "## broken" in page
    assert "- broken.yaml line 1: it says nothing" in page


def test_every_observed_flow_is_on_the_page_and_marked():
    page = PAGE.read_text(encoding="utf-8")
    flows = load_records(FOLDER).flows
    assert {flow.mechanism for flow in flows} == {"mis_supplier", "broker", "direct_access", "s2s_from_mis"}
    for flow in flows:
        section = page.partition(f"## {flow.id}\n")[2].partition("\n## ")[0]
        assert MARK in section
        assert all(f"`{field}`" in section for field in flow.fields)


def test_an_observed_flow_with_faults_is_shown_with_them():
    broken = Observed("sync", None, ("sync.yaml line 3: it names nobody",))
    page = recipients_page(replace(load_records(FOLDER), observed=(broken,)))
    assert "## sync" in page
    assert "- sync.yaml line 3: it names nobody" in page


def test_what_is_sent_to_nobody_is_on_the_page_with_its_reason():
    section = PAGE.read_text(encoding="utf-8").partition("## Sent to nobody")[2]
    for one in load_records(FOLDER).no_feeds:
        assert f"**{one.title}**" in section
        assert one.reason in section

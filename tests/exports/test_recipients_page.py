"""The page of recipients says what the agreements say, today."""

from pathlib import Path

from exports.gateways import load_gateways
from exports.recipients_page import page_of_folder, recipients_page
from exports.terms import Compiled
from tests.exports.trust_folder import FOLDER, compiled, notice

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
    page = recipients_page("A trust", (broken,), notice(), load_gateways())
    assert "## broken" in page
    assert "- broken.yaml line 1: it says nothing" in page

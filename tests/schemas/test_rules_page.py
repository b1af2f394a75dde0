"""`docs/rules.md` says what the catalogue says."""

from schemas.census.catalogue import catalogue
from schemas.census.engine import rule_modules
from schemas.census.rules_page import PAGE, SECTIONS, page


def test_the_page_is_not_stale():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m schemas.census.rules_page"


def test_every_rule_can_be_found_by_its_number():
    text = page()
    for number in catalogue("2026-27"):
        assert f"\n| {number} | " in text


def test_rule_1510_says_that_it_blocks_and_where_to_fix_it():
    row = next(line for line in page().splitlines() if line.startswith("| 1510 "))
    assert "| error | blocks |" in row
    assert "`pupil.upn`" in row
    assert "Pupil profile" in row


def test_every_section_is_on_the_page():
    assert set(SECTIONS) == {module.__name__.rpartition(".")[2] for module in rule_modules()}

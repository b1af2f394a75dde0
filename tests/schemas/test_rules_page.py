"""`docs/rules.md` says what the catalogue says."""

from schemas.census.catalogue import catalogue, figures
from schemas.census.engine import rule_modules
from schemas.census.rules_page import PAGE, SECTIONS, page


def test_the_page_is_not_stale():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m schemas.census.rules_page"


def test_every_rule_can_be_found_by_its_number():
    lines = page().splitlines()
    for number in catalogue("2026-27"):
        assert sum(line.startswith(f"| {number} | ") for line in lines) == 1


def test_the_figures_are_on_the_page():
    counted, text = figures("2026-27"), " ".join(page().split())
    assert f"Of {counted.listed} rules that the research lists, {counted.implemented} are implemented" in text
    assert f"{counted.shape_rules} were made from the layout; {counted.blocking} block" in text


def test_rule_1510_says_that_it_blocks_and_where_to_fix_it():
    row = next(line for line in page().splitlines() if line.startswith("| 1510 "))
    assert "| error | blocks |" in row
    assert "`pupil.upn`" in row
    assert "Pupil profile" in row


def test_every_section_is_on_the_page():
    assert set(SECTIONS) == {module.__name__.rpartition(".")[2] for module in rule_modules()}

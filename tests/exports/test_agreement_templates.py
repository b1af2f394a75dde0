"""A template compiles when its blanks are filled in and not before, for every agreement of the demonstration."""

import pytest

from exports.agreement_templates import BLANKS, template
from exports.yaml_file import BLANK
from tests.exports.trust_folder import FOLDER, faults_of

EXAMPLES = {file.stem: file.read_text(encoding="utf-8") for file in sorted((FOLDER / "agreements").glob("*.yaml"))}


def filled(blank: str, example: str) -> str:
    """The template with each blank filled in from the agreement it was made of, as a person would from their own."""
    lines = zip(blank.splitlines(), example.splitlines(), strict=True)
    return "\n".join(theirs if BLANK in line else line for line, theirs in lines)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_blank_is_one_fault_and_filled_in_none_is_left(name):
    made = template(EXAMPLES[name])
    faults = faults_of(made, "mine")
    assert len(faults) == sum(BLANK in line for line in made.splitlines()) > 15
    assert all("is still to be filled in: " in fault for fault in faults)
    assert faults_of(filled(made, EXAMPLES[name]), "mine") == ()


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_blank_is_forgotten(name):
    made = template(EXAMPLES[name])
    filled_in_part = made.replace(f'"{BLANK} {BLANKS["delivery"]["host_key"]}"', "SHA256:" + "A" * 43)
    assert filled_in_part != made
    assert any(BLANKS["recipient"]["legal_name"] in fault for fault in faults_of(filled_in_part, "mine"))


def test_a_template_keeps_nothing_of_the_demonstrations_own():
    made = template(EXAMPLES["nhs_immunisation"])
    for words in ("Invented Vale", "XSAIS", "Morwenna", "127.0.0.1", "AAAAC3", "900003", "DPIA-2026"):
        assert words in EXAMPLES["nhs_immunisation"]
        assert words not in made

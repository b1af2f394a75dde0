"""The library of explanations says what is wrong with it by line, and never half of it is used."""

import pytest

from exports.explanations import LibraryUnreadable, read_library

RULES = {"1925Q", "2485"}
GOOD = (
    'rule,text\n1925Q,"Never attended, the place was given up."\n2485,Served outside the period.\n1925Q,Left early.\n'
)


def test_texts_are_read_by_rule_in_order():
    found = read_library(GOOD, "explanations.csv", RULES)
    assert found == {
        "1925Q": ("Never attended, the place was given up.", "Left early."),
        "2485": ("Served outside the period.",),
    }
    assert read_library("\ufeff" + GOOD, "explanations.csv", RULES) == found


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "header"),
        ("text,rule\n", 1, "header"),
        ("rule,text\n1925Q,\n", 2, "empty"),
        ("rule,text\n1925Q,a,b\n", 2, "double quotes"),
        ("rule,text\n1925Q\n", 2, "1 values"),
        ("rule,text\n2485,a\n9999,a\n", 3, "no rule"),
        ("rule,text\n2485,a\n2485, a \n", 3, "already"),
        ('rule,text\n2485,"a\nb"\n9999,a\n', 4, "no rule"),
    ],
    ids=["empty file", "header", "no text", "comma", "one value", "unknown rule", "twice", "after a line break"],
)
def test_a_fault_names_file_and_line(text, line, words):
    with pytest.raises(LibraryUnreadable, match=words) as refused:
        read_library(text, "trust/explanations.csv", RULES)
    assert f"trust/explanations.csv:{line}:" in str(refused.value)


def test_every_fault_is_named():
    with pytest.raises(LibraryUnreadable) as refused:
        read_library("rule,text\n2485,\n9999,a\n", "e.csv", RULES)
    assert [place in str(refused.value) for place in ("e.csv:2:", "e.csv:3:")] == [True, True]

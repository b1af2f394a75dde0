"""Every row of `docs/faults.md` has tests, they exist, and each test that names a row is on it."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (F\d+) \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE))


def proving(row):
    return re.findall(r"`(tests/[^`]+)`", ROWS[row])


def functions(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def marked():
    """Files with a test that is marked with a row, by row."""
    found = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        name = str(path.relative_to(ROOT))
        for mark in re.findall(r'^@pytest\.mark\.fault\("(F\d+)"\)', path.read_text(encoding="utf-8"), re.MULTILINE):
            found[mark].add(name)
    return found


def test_there_are_twenty_rows():
    assert list(ROWS) == [f"F{number}" for number in range(1, 21)]


@pytest.mark.parametrize("row", [f"F{number}" for number in range(1, 21)])
def test_a_row_has_tests_that_exist(row):
    named = proving(row)
    assert named
    for one in named:
        path, _, function = one.partition("::")
        there = {each.name for each in functions(path)}
        assert there, one
        assert not function or function in there, one


def test_a_test_that_names_a_row_is_on_the_page():
    for row, files in marked().items():
        assert {name.partition("::")[0] for name in proving(row)} >= files, row

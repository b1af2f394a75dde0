"""`docs/commands.md` names every command once, and every page of the desk that it names exists."""

import re
from pathlib import Path

import typer.main

from console.routes import ROUTES
from pipelines.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def rows():
    return ROW.findall(PAGE.read_text(encoding="utf-8"))


def commands():
    for name, command in typer.main.get_command(app).commands.items():
        parts = getattr(command, "commands", None)
        yield from (f"{name} {part}" for part in parts) if parts else (name,)


def test_every_command_has_its_row_and_every_row_its_command():
    assert sorted(command for command, _, _ in rows()) == sorted(commands())


def test_every_row_says_who_and_where_or_why_not():
    for command, who, where in rows():
        assert who.strip(), command
        assert where.strip() == "trust IT" or re.match(r"command line: \w|`/", where.strip()), command


def test_every_page_named_is_one_of_the_desks():
    named = {path for _, _, where in rows() for path in re.findall(r"`(/[^`]*)`", where)}
    assert named - {page.path for page in ROUTES} == set()

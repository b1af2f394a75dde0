"""The documentation names only what exists, and says what the code says."""

import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from pipelines.cli import app
from pipelines.exit_codes import EXIT_CODES
from pipelines.generated_docs import PAGES, write
from pipelines.jobs import CENSUS_JOB, FEEDS_JOB, RELEASE_JOBS, TRUST_JOB
from schemas.census.catalogue import catalogue, not_implemented
from schemas.census.layout import layout

PROJECT = Path(__file__).parents[1]
DOCS = PROJECT / "docs"
WRITTEN = sorted(
    page
    for page in [*DOCS.rglob("*.md"), PROJECT / "CHANGELOG.md", PROJECT / "CONTRIBUTING.md"]
    if page.parent != DOCS or page.name not in PAGES
)
COMMANDS = typer.main.get_command(app)
NOT_PACKAGES = {"requirements", "deploy", "docs", "tests", "trusts"}

A_PATH = re.compile(r"`((?:\.?[\w-]+/)+[\w.-]*)`")
A_COMMAND = re.compile(r"(?:`|^ +)waybill ([a-z][^`\n]*)", re.MULTILINE)
A_TARGET = re.compile(r"`make ([a-z-]+)`")
AN_ADR = re.compile(r"ADR ((?:\d{4}(?:, )?)+)")
A_MODULE_RUN = re.compile(r"python -m ([\w.]+)")
IN_A_TRUST_OR_STATE_FOLDER = {"agreements/", "registers/", "on-the-day/"}


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def exists(named: str) -> bool:
    return named in IN_A_TRUST_OR_STATE_FOLDER or (PROJECT / named).exists()


def is_command(said: str) -> bool:
    """Say whether the command exists, and has the options it is written with."""
    first, *rest = said.split()
    command = COMMANDS.commands.get(first)
    if rest and hasattr(command, "commands"):
        command = command.commands.get(rest[0])
    known = {option for parameter in getattr(command, "params", ()) for option in parameter.opts}
    return command is not None and {word for word in rest if word.startswith("--")} <= known


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_path_named_exists(page):
    assert [named for named in A_PATH.findall(text(page)) if not exists(named)] == []


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_command_named_exists(page):
    assert [said for said in A_COMMAND.findall(text(page)) if not is_command(said)] == []


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_make_target_named_exists(page):
    makefile = text(PROJECT / "Makefile")
    assert [name for name in A_TARGET.findall(text(page)) if f"\n{name}:" not in makefile] == []


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_module_that_is_run_exists(page):
    paths = [PROJECT / name.replace(".", "/") for name in A_MODULE_RUN.findall(text(page))]
    assert [path for path in paths if not (path.with_suffix(".py").is_file() or path.is_dir())] == []


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_decision_referred_to_is_written_down(page):
    numbers = [number for found in AN_ADR.findall(text(page)) for number in found.replace(",", " ").split()]
    assert [number for number in numbers if not list((DOCS / "adr").glob(f"{number}-*.md"))] == []


def test_the_checks_of_this_file_can_fail():
    assert not exists("exports/no_such_module.py")
    assert is_command("approvers bootstrap PEOPLE")
    assert not is_command("forge")
    assert not is_command("approvers forge")
    assert not is_command("sign WAYBILL --twice")
    assert A_COMMAND.findall("run `waybill approvers bootstrap PEOPLE`") == ["approvers bootstrap PEOPLE"]
    assert A_COMMAND.findall("    waybill forge it") == ["forge it"]
    assert A_PATH.findall("`exports/release.py` and `schemas/`") == ["exports/release.py", "schemas/"]


def test_the_architecture_describes_every_top_level_folder():
    described = re.findall(r"^\| `([a-z]+)/` \|", text(DOCS / "ARCHITECTURE.md"), re.MULTILINE)
    packages = {init.parent.name for init in PROJECT.glob("[a-z]*/__init__.py")}
    assert set(described) == packages | NOT_PACKAGES


def test_the_architecture_shows_the_import_direction_that_is_enforced():
    contracts = tomllib.loads(text(PROJECT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert f"\n    {' > '.join(layers)}\n" in text(DOCS / "ARCHITECTURE.md")


def test_the_architecture_names_every_job():
    page = text(DOCS / "ARCHITECTURE.md")
    assert [job for job in (CENSUS_JOB, FEEDS_JOB, TRUST_JOB, *RELEASE_JOBS.values()) if f"`{job}`" not in page] == []


def test_decisions_have_a_number_each_and_their_three_parts():
    pages = sorted((DOCS / "adr").glob("*.md"))
    assert len({page.name[:4] for page in pages}) == len(pages)
    for page in pages:
        assert text(page).startswith(f"# {page.name[:4]}. ")
        assert re.findall(r"^## (.+)$", text(page), re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_the_limits_count_rules_and_items_as_they_are():
    page = " ".join(text(DOCS / "known-limits.md").split())
    rules, items = catalogue("2026-27"), layout("2026-27").items
    numbered = sum(not number.startswith("L-") for number in rules)
    blocking = sum(entry.blocking for entry in rules.values())
    by_confidence = {word: sum(item.confidence == word for item in items) for word in ("high", "medium", "low")}
    assert (
        f"{len(rules)} rules are implemented, {numbered} of them with the Department's number; {blocking} block" in page
    )
    assert f"{len(not_implemented('2026-27'))} known rules are not implemented" in page
    assert ", ".join(f"{count} {word}" for word, count in by_confidence.items()) in page
    assert f"{sum(item.as_extracted for item in items)} items (" in page


def test_every_exit_code_stands_on_one_card():
    lines = [line for page in (DOCS / "cards").glob("*.md") for line in text(page).splitlines()]
    listed = [
        int(number) for line in lines if line.startswith("Exit codes:") for number in re.findall(r"(\d+) `", line)
    ]
    assert sorted(listed) == sorted(EXIT_CODES.values())


def test_only_a_stale_page_is_written(tmp_path):
    assert write(tmp_path) == tuple(PAGES)
    (tmp_path / "rules.md").write_text("stale", encoding="utf-8")
    assert write(tmp_path) == ("rules.md",)
    assert write(tmp_path) == ()

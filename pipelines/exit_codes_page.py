"""The page of exit codes, `docs/exit_codes.md`, made from the table and the refusals so that it cannot drift.

Run `python -m pipelines.exit_codes_page` to write it again; a test compares it. Belongs here: its layout, and finding
every refusal of the program. What each number is, `pipelines.exit_codes` says; what each means, its class.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pipelines.exit_codes import FAULT, HELD, KINDS, USAGE, Kind
from schemas.refusal import Refusal

PAGE: Final = Path(__file__).parents[1] / "docs" / "exit_codes.md"
PACKAGES: Final = ("schemas", "vault", "ledger", "connectors", "exports", "assets", "pipelines")
_LOADED_BY_DAGSTER: Final = "pipelines.definitions"
"""Opens the installation when it is imported, and holds no refusal."""

_TOP: Final = f"""\
# Exit codes of the `waybill` command

Made from `pipelines/exit_codes.py` by `python -m pipelines.exit_codes_page`; do not edit.

Every refusal prints what to do next and ends with a number of its own. Nothing is lost by a refusal. A monitoring
program that may not see the message can act on the number.

| number | meaning |
|---|---|
| 0 | done |
| {FAULT} | a fault of the program; the message holds no personal data, report it |
| {USAGE} | wrong usage; see `waybill --help` |
| {HELD} | done, and findings wait for a correction or an explanation |
"""


def page() -> str:
    """Return the page as Markdown."""
    known = {refusal.code: refusal for refusal in refusals()}
    return "\n".join([_TOP, *(_section(kind, known) for kind in KINDS)])


def refusals() -> list[type[Refusal]]:
    """Every kind of refusal in the program, in order of module and name."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if module.name != _LOADED_BY_DAGSTER:
                importlib.import_module(module.name)
    return sorted(_below(Refusal), key=lambda refusal: (refusal.__module__, refusal.__qualname__))


def _below(refusal: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in refusal.__subclasses__():
        if below.__module__.partition(".")[0] in PACKAGES:
            yield below
            yield from _below(below)


def _section(kind: Kind, known: Mapping[str, type[Refusal]]) -> str:
    rows = [_row(number, code, what, known[code]) for code, (number, what) in kind.codes.items()]
    head = ["| number | code | what it means | what to do |", "|---|---|---|---|"]
    title = f"## {kind.numbers.start} to {kind.numbers.stop - 1}: {kind.title[0].lower()}{kind.title[1:]}"
    return "\n".join([title, "", *head, *rows, ""])


def _row(number: int, code: str, what: str, refusal: type[Refusal]) -> str:
    meaning = (refusal.__doc__ or "").strip().partition("\n")[0]
    return f"| {number} | `{code}` | {meaning} | {what} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

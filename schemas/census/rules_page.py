"""The page of rules, `docs/rules.md`, made from the catalogue so that it cannot drift.

Run `python -m schemas.census.rules_page` to write it again; a test compares it with the catalogue.
Belongs here: its layout. What a rule says is the catalogue's.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from schemas.census.catalogue import MADE_ELSEWHERE, Catalogue, Entry, catalogue, figures, not_implemented, written
from schemas.census.engine import SHAPES, Active, discovered, shape_rules
from schemas.census.view import PHASES

PAGE: Final = Path(__file__).parents[2] / "docs" / "rules.md"
YEAR: Final = "2026-27"
SECTIONS: Final = (
    "header", "school", "school_blocks", "classes", "childcare", "identifiers", "characteristics", "early_years",
    "status", "sen", "exclusions", "home", "attendance", "post16", "alternative_provision",
)  # fmt: skip
_HEAD: Final = (
    "| rule | severity | blocks | what must hold | applies | fields | where to fix | confidence | source |",
    "|---" * 9 + "|",
)
_TERMS: Final = {"A": "autumn", "S": "spring", "U": "summer"}

_TOP: Final = """\
# Rules of the school census {year}

Made from `schemas/census/y{folder}/catalogue.csv` by `python -m schemas.census.rules_page`; do not edit.

The specification of {year} was not at hand. A rule **blocks** only when it has a number of the Department for
Education, is an error and its condition was read in a document that quotes it. Every other rule is a local check of
Waybill (`L-...`, or a number whose condition is not certain): it is shown as one and can be explained like a query.
A rule that lacks the register it compares with is reported as NOT EVALUATED and counts as not passed.

{rules} rules were written by hand, {shape_rules} were made from the layout; {blocking} block, {local} are local checks.
Of {listed} rules that the research lists, {implemented} are implemented and {not_implemented} are not (at the end, with
reasons). `listed.csv` beside the catalogue says which rule answers which.
"""
_SHAPES: Final = """\
## Shapes of items

Made from the layout: required, length, code set, form, and given where it is not collected. Where a rule above already
says so (`superseded.csv`), none is made. Every one is an error of a local check.
"""


def page(academic_year: str = YEAR) -> str:
    """Return the page as Markdown."""
    entries, missing = catalogue(academic_year), not_implemented(academic_year)
    top = _TOP.format(
        year=academic_year,
        folder=academic_year.replace("-", "_"),
        **figures(academic_year)._asdict(),
    )
    gaps = [f"| {gap.rule} | {gap.meaning} | {gap.reason} | {gap.source} |" for gap in missing.values()]
    table = ["| rule | meaning | reason | source |", "|---|---|---|---|", *gaps]
    elsewhere = [entry for rule, entry in written(academic_year).items() if rule.startswith(tuple(MADE_ELSEWHERE))]
    parts = [
        top,
        *(_section(name, entries) for name in SECTIONS),
        _lines("## Omissions, and across the trust", (_row(entry, ()) for entry in elsewhere)),
        _SHAPES,
        _lines("", (_row(entries[rule], _applies(each)) for rule, each in shape_rules(academic_year).items())).lstrip(),
        "\n".join(["## Not implemented", "", *table, ""]),
    ]
    return "\n".join(parts)


def _section(name: str, entries: Catalogue) -> str:
    active = {number: each for number, each in discovered().items() if each.section == name}
    rows = (_row(entry, _applies(active[number])) for number, entry in entries.items() if number in active)
    return _lines(f"## {name.replace('_', ' ').capitalize()}", rows)


def _lines(title: str, rows: Iterable[str]) -> str:
    return "\n".join([title, "", *_HEAD, *rows, ""])


def _row(entry: Entry, applies: Iterable[str]) -> str:
    blocks = "blocks" if entry.blocking else "local check" if entry.local else "explain"
    cells = (
        entry.rule, entry.severity.value, blocks, entry.meaning, ", ".join(applies),
        " ".join(f"`{field}`" for field in entry.fields), entry.where_to_fix, entry.confidence.value, entry.source,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _applies(active: Active) -> Iterator[str]:
    mark = active.mark
    if active.section == SHAPES:
        yield "where the layout says"
        return
    yield "every term" if mark.terms == "ASU" else " ".join(_TERMS[term] for term in mark.terms)
    yield "every phase" if mark.phases == PHASES else " ".join(mark.phases)
    if mark.since:
        yield f"since {mark.since}"
    if mark.until:
        yield f"until {mark.until}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""The page of rules, `docs/rules.md`, made from the catalogue so that it cannot drift.

Run `python -m schemas.census.rules_page` to write it again; a test compares it with the catalogue.
Belongs here: its layout. What a rule says is the catalogue's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from schemas.census.catalogue import Catalogue, Entry, catalogue, not_implemented
from schemas.census.engine import Active, discovered
from schemas.census.view import PHASES

PAGE: Final = Path(__file__).parents[2] / "docs" / "rules.md"
YEAR: Final = "2026-27"
SECTIONS: Final = (
    "header", "school", "identifiers", "characteristics", "early_years", "status", "sen", "exclusions", "home",
    "attendance", "post16", "alternative_provision",
)  # fmt: skip
_TERMS: Final = {"A": "autumn", "S": "spring", "U": "summer"}

_TOP: Final = """\
# Rules of the school census {year}

Made from `schemas/census/y{folder}/catalogue.csv` by `python -m schemas.census.rules_page`; do not edit.

The specification of {year} was not at hand. A rule **blocks** only when it has a number of the Department for
Education, is an error and its condition was read in a document that quotes it. Every other rule is a local check of
Waybill (`L-...`, or a number whose condition is not certain): it is shown as one and can be explained like a query.
A rule that lacks the register it compares with is reported as NOT EVALUATED and counts as not passed.

{implemented} rules are implemented, {blocking} of them block; {missing} are not implemented (at the end, with reasons).
"""


def page(academic_year: str = YEAR) -> str:
    """Return the page as Markdown."""
    entries, missing = catalogue(academic_year), not_implemented(academic_year)
    top = _TOP.format(
        year=academic_year,
        folder=academic_year.replace("-", "_"),
        implemented=len(entries),
        blocking=sum(entry.blocking for entry in entries.values()),
        missing=len(missing),
    )
    gaps = [f"| {gap.rule} | {gap.meaning} | {gap.reason} | {gap.source} |" for gap in missing.values()]
    table = ["| rule | meaning | reason | source |", "|---|---|---|---|", *gaps]
    parts = [top, *(_section(name, entries) for name in SECTIONS), "\n".join(["## Not implemented", "", *table, ""])]
    return "\n".join(parts)


def _section(name: str, entries: Catalogue) -> str:
    active = {number: each for number, each in discovered().items() if each.section == name}
    rows = [_row(entry, active[number]) for number, entry in entries.items() if number in active]
    head = ["| rule | severity | blocks | what must hold | applies | fields | where to fix | confidence | source |"]
    return "\n".join([f"## {name.replace('_', ' ').capitalize()}", "", *head, "|---" * 9 + "|", *rows, ""])


def _row(entry: Entry, active: Active) -> str:
    blocks = "blocks" if entry.blocking else "local check" if entry.local else "explain"
    cells = (
        entry.rule, entry.severity.value, blocks, entry.meaning, ", ".join(_applies(active)),
        " ".join(f"`{field}`" for field in entry.fields), entry.where_to_fix, entry.confidence.value, entry.source,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _applies(active: Active) -> Iterator[str]:
    mark = active.mark
    yield "every term" if mark.terms == "ASU" else " ".join(_TERMS[term] for term in mark.terms)
    yield "every phase" if mark.phases == PHASES else " ".join(mark.phases)
    if mark.since:
        yield f"since {mark.since}"
    if mark.until:
        yield f"until {mark.until}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

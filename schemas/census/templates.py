"""The two files a school fills in for a census, empty: what is asked of that phase in that term, with what is allowed.

Belongs here: their text. Where they go, and whose UPNs may stand in them, is `pipelines.actions.template`.
A figure is shown as a comment, so that what nobody fills in is missing and never a nought.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from schemas.census.collection import Collection
from schemas.census.layout import Item, layout
from schemas.census.school_file import APPEALS, OF_THE_SCHOOL, PROVISIONS, TIMES
from schemas.census.scope import Scope, scope
from schemas.census.supplement import SUPPLEMENT, WHERE_THE_MIS_HOLDS_NONE
from schemas.codesets import codes
from schemas.table import Kind

_BLOCK_COLUMNS = {
    "learner_fam_type": ("learner_fam", "fam_type"),
    "learner_fam_code": ("learner_fam", "fam_code"),
    "learner_support": ("learner_support", "support_code"),
}
_SECTIONS = {
    "special_school": "[special_school]",
    "reconciliation": "[reconciliation]",
    "school_class": "[[class]]",
    "childcare": "[[childcare]]",
}
_REPEATED = ("school_class", "childcare")


def on_the_day_columns(asked: Collection, phase: str) -> list[str]:
    """Return the columns of the on-the-day file that the phase and term ask for, `upn` first."""
    collected = {(table, column) for _, table, column in scope(asked, phase).collected}
    places = {name: _BLOCK_COLUMNS.get(name, ("pupil", name)) for name in SUPPLEMENT.names}
    return [name for name, place in places.items() if place in collected]


def on_the_day_template(asked: Collection, phase: str, upns: Iterable[str] = ()) -> str:
    """Return an on-the-day file with its header and a line for each UPN, nothing else filled in."""
    text = io.StringIO()
    columns = on_the_day_columns(asked, phase)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([upn, *("" for _ in columns[1:])] for upn in upns)
    return text.getvalue()


def on_the_day_help(asked: Collection, phase: str) -> list[str]:
    """Return what each column is for: a CSV has no comments."""
    return [f"{name}: {_meaning(name)}" for name in on_the_day_columns(asked, phase)]


def _meaning(name: str) -> str:
    gaps = "" if name not in WHERE_THE_MIS_HOLDS_NONE or "MIS" in SUPPLEMENT[name].description else ", for its gaps"
    return SUPPLEMENT[name].description + gaps


def school_file_template(asked: Collection, phase: str) -> str | None:
    """Return a school file whose every key is a comment; None when nothing is asked of that phase in that term."""
    of_phase = scope(asked, phase)
    items: dict[str, Item] = {}
    for item in layout(asked.academic_year).for_term(asked.term).items:
        items.setdefault(item.field, item)
    lines = list(_lines(of_phase, items))
    if not lines:
        return None
    head = [
        f"# School file for {asked.key}, census day {asked.reference_date}.",
        "# Remove the # before a line and write the value. What is left out is missing; it is never taken as 0.",
    ]
    return "\n".join([*head, *lines, ""])


def _lines(asked: Scope, items: dict[str, Item]) -> Iterator[str]:
    for column in OF_THE_SCHOOL:
        if column in asked.of_school("school"):
            yield _key(items[f"school.{column}"])
    for kind in APPEALS:
        if ("appeals", kind) in asked.kinds:
            yield from ["", f"# [appeals.{kind}]", *_keys("appeals", asked, items)]
    for table, title in _SECTIONS.items():
        keys = _keys(table, asked, items)
        if keys:
            more = " one of these for each" if table in _REPEATED else ""
            yield from ["", f"# {title}{'  #' + more if more else ''}", *keys]
        if keys and table == "special_school":
            yield f"# {PROVISIONS} = []  # a list of {' '.join(sorted(codes('SEN_TYPE')))}"


def _keys(table: str, asked: Scope, items: dict[str, Item]) -> list[str]:
    columns = asked.of_school(table)
    return [_key(item) for item in items.values() if item.table == table and item.column in columns]


def _key(item: Item) -> str:
    if item.kind is Kind.BOOLEAN:
        return f"# {item.column} =  # true or false"
    if item.kind is Kind.INTEGER:
        return f"# {item.column} =  # a whole number"
    return f'# {item.column} = ""  # {_allowed(item)}'


def _allowed(item: Item) -> str:
    if item.column in TIMES:
        return 'a time such as "07:45"'
    if item.codeset:
        return f"one of {' '.join(sorted(codes(item.codeset)))}"
    return f"a text of at most {item.max_length} characters" if item.max_length else "a text"

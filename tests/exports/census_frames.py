"""Small returns full of difficulties, for the tests of the census file: every table, nulls anywhere, awkward text."""

import datetime as dt
import random

import pandas as pd

from schemas.census.layout import Layout, layout
from schemas.census.tables import CENSUS, HALF_TERM_2, OFF_ROLL, ON_ROLL, TERM
from schemas.table import Column, Kind

AUTUMN: Layout = layout("2026-27").for_term("A")
FIELDS = frozenset(item.field for item in AUTUMN.items)
LONGEST = {item.field: item.max_length for item in AUTUMN.items}

PLACES: dict[tuple[str, object], set[str]] = {}
for _item in AUTUMN.items:
    PLACES.setdefault((_item.table, AUTUMN.section_of(_item)), set()).add(_item.column)

TEXTS = (
    "O'Neill",
    "a & b",
    "<b>",
    '"x"',
    "]]>",
    "Łé",
    "Ŵ",
    "x\r\ny",
    "&amp;",
    "\U0001d518",
    "d'Á-b",
    "0",
    " x ",
    "\u200fש",
)


def frames(seed: int) -> dict[str, pd.DataFrame]:
    """Return a return whose every value has a place in the file."""
    draw = random.Random(seed)  # noqa: S311  a test's variety, not a secret
    rows = {"header": [_row(draw, "header")], "school": [_row(draw, "school")], "pupil": []}
    for number in range(draw.randrange(5)):
        rows["pupil"].append(_row(draw, "pupil", pupil_id=f"p{number}", section=draw.choice((ON_ROLL, OFF_ROLL))))
    for table in ("fsm_period", "funding_basis", "learner_fam", "exclusion", "ap_placement", "programme_aim"):
        rows[table] = [_row(draw, table, pupil_id=each["pupil_id"]) for each in _some(draw, rows["pupil"])]
    for number, row in enumerate(rows["programme_aim"]):
        row["programme_id"] = f"g{number}"
    rows["attendance"] = [
        _row(draw, "attendance", pupil_id=each["pupil_id"], period=period)
        for each in rows["pupil"]
        for period in draw.sample((TERM, HALF_TERM_2), draw.randrange(3))
    ]
    rows["session_detail"] = _below(draw, "session_detail", rows["attendance"], "pupil_id", "period")
    rows["learning_aim"] = _below(draw, "learning_aim", rows["programme_aim"], "pupil_id", "programme_id")
    for number, row in enumerate(rows["learning_aim"]):
        row["aim_id"] = f"a{number}"
    rows["work_placement"] = _below(draw, "work_placement", rows["learning_aim"], "pupil_id", "aim_id")
    sections = {each["pupil_id"]: each["section"] for each in rows["pupil"]}
    for table, of_table in rows.items():
        kept = [row for row in of_table if _fits(table, row, sections)]
        draw.shuffle(kept)
        rows[table] = kept
    return {name: _frame(name, rows.get(name, [])) for name in CENSUS}


def _fits(table: str, row: dict[str, object], sections: dict[object, object]) -> bool:
    """Blank what the pupil's section has no element for; say whether it has any for the table."""
    section = sections.get(row.get("pupil_id"))
    places = PLACES.get((table, section), set())
    for column in row:
        if f"{table}.{column}" in FIELDS and column not in places:
            row[column] = None
    return bool(places)


def _some(draw: random.Random, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [row for row in rows for _ in range(draw.choice((0, 0, 1, 2, 3)))]


def _below(draw: random.Random, table: str, rows: list[dict[str, object]], *keys: str) -> list[dict[str, object]]:
    return [_row(draw, table, **{key: above[key] for key in keys}) for above in _some(draw, rows)]


def _row(draw: random.Random, table: str, **given: str) -> dict[str, object]:
    sparse = draw.random()
    values = {column.name: _value(draw, table, column, sparse) for column in CENSUS[table].columns}
    return values | given


def _value(draw: random.Random, table: str, column: Column, sparse: float) -> object:
    if not column.required and draw.random() < sparse:
        return None
    if column.kind is Kind.TEXT:
        return draw.choice(TEXTS)[: LONGEST.get(f"{table}.{column.name}")].strip(" \r\n") or "0"
    return {
        Kind.DATE: dt.date(2026, 10, 1) - dt.timedelta(days=draw.randrange(9000)),
        Kind.BOOLEAN: draw.random() < 0.5,
        Kind.INTEGER: draw.randrange(10),
        Kind.DECIMAL: draw.choice((0.0, 0.25, 7.5, 15.0, 30.0)),
    }[column.kind]


def _frame(table: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return CENSUS[table].frame({name: [row[name] for row in rows] for name in CENSUS[table].names})

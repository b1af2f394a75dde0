"""Nothing leaves that no line agreed to, whatever becomes of the tables, the schema or the agreement.

Every text of the tables says which field it is (`tests.exports.canaries`), so that each cell of a file can be traced to
its line, clause and gateway. A change is one column added, moved, renamed or retyped, or one edit of an agreement's
file. `WAYBILL_NIGHTLY=1` raises the number of changes to a million and draws new ones each night.
"""

import csv
import io
import random
from functools import cache

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports.agreements import compile_text
from exports.formats import FORMATS
from exports.gateways import load_gateways
from exports.minimise import minimise
from schemas.boundary import ContractBroken
from schemas.canonical import CANONICAL
from schemas.census.tables import CENSUS
from schemas.feeds import FEEDS
from schemas.refusal import Refusal
from tests.exports.canaries import DAY, fields_in, frames_for, tables_of
from tests.exports.trust_folder import agreement, compiled, notice, schools, text_of
from tests.nightly import NIGHTLY

MILLION = 1_000_000
UPSTREAM, BROKEN, EDITED = (34_000, 50_000, 60_000) if NIGHTLY else (60, 100, 150)
"""Examples of each kind: one of the first holds up to 84 changes, one of the second 1, one of the third up to 3."""
NAMES = sorted(compiled())
GATEWAYS = load_gateways()
DECLARED = sorted(
    {name for tables in (CENSUS, FEEDS, CANONICAL) for table in tables.values() for name in table.names}
    | {"photo", "passport_number", "nationality", "country_of_birth", "Surname", "surname ", "urn2", ""}
)
TYPES = {
    "text": pd.ArrowDtype(pa.string()),
    "number": pd.ArrowDtype(pa.int64()),
    "day": pd.ArrowDtype(pa.date32()),
    "flag": pd.ArrowDtype(pa.bool_()),
    "object": object,
}
counted = {"changes": 0}

seeds = st.integers(min_value=0, max_value=2**48)
each_agreement = st.sampled_from(NAMES)


def fuzzed(examples):
    return settings(
        max_examples=examples, deadline=None, derandomize=not NIGHTLY, suppress_health_check=list(HealthCheck)
    )


def file_of(frames, terms):
    return FORMATS[terms.format].render(minimise(frames, terms, as_at=DAY), terms)


@cache
def untouched(name):
    return file_of(frames_for(agreement(name)), agreement(name))


def column(draw, length, name, kind=None):
    """A column that nobody agreed to, of any type unless one is given."""
    kind = kind or draw.choice(sorted(TYPES))
    values = {
        "text": [f"unagreed.{draw.randrange(999)}~{row}" for row in range(length)],
        "number": [draw.randrange(10**6)] * length,
        "day": [DAY] * length,
        "flag": [draw.random() < 0.5] * length,
        "object": [("unagreed", name)] * length,
    }
    return pd.Series(values[kind], dtype=TYPES[kind])


def with_more(draw, frame, known):
    """A table with more columns than are declared, and all of them in another order."""
    free = [name for name in DECLARED if name not in known and name not in frame]
    names = [*draw.sample(free, draw.randint(0, min(40, len(free)))), f"x{draw.randrange(10**9)}"]
    more = pd.DataFrame({name: column(draw, len(frame), name) for name in names})
    wider = pd.concat([frame.reset_index(drop=True), more], axis=1)
    order = list(wider.columns)
    draw.shuffle(order)
    counted["changes"] += len(names) + 1
    return wider[order]


def test_more_columns_upstream_and_another_order_never_change_a_file():
    @fuzzed(UPSTREAM)
    @given(each_agreement, seeds)
    def same(name, seed):
        draw, terms = random.Random(seed), agreement(name)  # noqa: S311  a test's variety, not a secret
        known = {table.name: set(table.names) for table in tables_of(terms)}
        frames = frames_for(terms)
        chosen = draw.sample(sorted(frames), min(len(frames), 2))
        wider = frames | {each: with_more(draw, frames[each], known[each]) for each in chosen}
        assert file_of(wider, terms) == untouched(name)

    same()


def broken(draw, frame):
    """A table with one column under another name or of another type, and which column that was."""
    victim = draw.choice(list(frame.columns))
    if draw.random() < 0.5:
        return frame.rename(columns={victim: draw.choice([f"{victim}_old", f"new {victim}", victim.upper()])}), victim
    others = [kind for kind, dtype in TYPES.items() if dtype != frame[victim].dtype]
    return frame.assign(**{victim: column(draw, len(frame), victim, draw.choice(others))}), victim


def test_a_renamed_or_retyped_column_is_refused_without_a_value():
    @fuzzed(BROKEN)
    @given(each_agreement, seeds)
    def refused(name, seed):
        draw, terms = random.Random(seed), agreement(name)  # noqa: S311  a test's variety, not a secret
        frames = frames_for(terms)
        table = draw.choice(sorted(frames))
        spoilt, victim = broken(draw, frames[table])
        counted["changes"] += 1
        with pytest.raises(ContractBroken, match=rf"{table}\.{victim}: ") as refusal:
            file_of({**frames, table: spoilt}, terms)
        assert "~" not in str(refusal.value), "a refusal quotes a value"

    refused()


def edited(draw, lines):
    """The lines of an agreement with one edit, as a slip of a hand or a bad merge makes it."""
    at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    field = f"{draw.choice(sorted(FEEDS))}.{draw.choice(DECLARED)}" if draw.random() < 0.5 else None
    changed = list(lines)
    edit = draw.choice(("drop", "twice", "swap", "field", "gateway", "clause", "kind", "column"))
    if edit == "drop":
        del changed[at]
    elif edit == "twice":
        changed.insert(other, changed[at])
    elif edit == "swap":
        changed[at], changed[other] = changed[other], changed[at]
    else:
        changed = _reworded(draw, changed, edit, field)
    return changed


def _reworded(draw, lines, edit, field):
    """One line that says another field, law, clause, kind of recipient or column."""
    marks = {"field": "source: ", "gateway": "gateway: ", "clause": "clause: ", "kind": "  kind: ", "column": ", as: "}
    places = [number for number, line in enumerate(lines) if marks[edit] in line]
    if not places:
        return lines
    at = draw.choice(places)
    head, mark, tail = lines[at].partition(marks[edit])
    table = tail.partition(".")[0]
    names = list(FEEDS[table].names) if table in FEEDS else DECLARED
    words = {
        "field": lambda: (field or f"{table}.{draw.choice(names)}") + tail[tail.find(",") :],
        "gateway": lambda: draw.choice([*GATEWAYS, "none-of-these"]),
        "clause": lambda: f'"{draw.choice([*notice().clauses, "9.99"])}"',
        "kind": lambda: draw.choice(("dfe", "local_authority", "next_school", "nhs_immunisation", "supplier")),
        "column": lambda: draw.choice(("Surname", "UPN", "Photo", "X")) + "}",
    }
    return [*lines[:at], head + mark + words[edit](), *lines[at + 1 :]]


def assert_every_cell_is_agreed(data, terms):
    """Each value has its line; each line has a clause in the notice and a gateway that binds its schools then."""
    by_field = {line.field: line for line in terms.lines}
    for field in fields_in(data):
        line = by_field[field]
        gateway = GATEWAYS[line.gateway]
        assert line.clause in notice().clauses
        assert gateway.kind in {"duty", "power"}
        assert gateway.overlaps(terms.starts, terms.recipient.ends)
        assert all(gateway.binds in {"both", schools()[urn].establishment} for urn in terms.schools)
        assert line.column != "upn" or terms.recipient.kind in {"dfe", "local_authority", "next_school"}
        assert line.column != "ethnicity" or terms.recipient.kind != "nhs_immunisation"
    if FORMATS[terms.format].kind == "csv":
        assert_columns_are_their_lines(data, terms)


def assert_columns_are_their_lines(data, terms):
    """Under each heading stand only the fields that the agreement writes there."""
    headings, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert set(headings) == set(terms.outputs)
    for row in rows:
        for heading, cell in zip(headings, row, strict=True):
            assert fields_in(cell.encode()) <= {line.field for line in terms.lines if line.output == heading}


def test_no_cell_is_without_a_line_a_clause_and_a_gateway():
    reached = {"compiled": 0, "refused": 0}

    @fuzzed(EDITED)
    @given(each_agreement, seeds)
    def agreed(name, seed):
        draw = random.Random(seed)  # noqa: S311  a test's variety, not a secret
        lines = text_of(name).splitlines()
        for _ in range(draw.randint(1, 3)):
            lines = edited(draw, lines)
            counted["changes"] += 1
        found = compile_text("\n".join(lines).encode(), name, notice(), GATEWAYS, schools())
        terms = found.agreement
        assert (terms is None) is bool(found.faults)
        if terms is None:
            reached["refused"] += 1
            return
        reached["compiled"] += 1
        try:
            data = file_of(frames_for(terms), terms)
        except Refusal:
            return
        assert_every_cell_is_agreed(data, terms)

    agreed()
    assert reached["compiled"] > EDITED // 20, "hardly an edited agreement compiles: the test tests nothing"
    assert reached["refused"] > EDITED // 20, "hardly an edited agreement is refused: the test tests nothing"


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_of_every_file_is_agreed(name):
    assert_every_cell_is_agreed(untouched(name), agreement(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_canaries_would_be_seen(name):
    """The tables hold text of fields that are not agreed, and the file holds text of some that are."""
    terms = agreement(name)
    held = {f"{table}.{each}" for table, frame in frames_for(terms).items() for each in frame}
    assert held - set(terms.fields)
    assert fields_in(untouched(name)) or not any(line.output is None or "name" in line.field for line in terms.lines)


@pytest.mark.nightly
def test_a_million_changes_were_made(record_property):
    """Last in the file: it counts what the tests above did."""
    record_property("changes", counted["changes"])
    assert not NIGHTLY or counted["changes"] >= MILLION

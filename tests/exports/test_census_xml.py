"""The census file, against an oracle that builds one lxml element at a time and joins tables by looping."""

from xml.sax.saxutils import escape

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from exports.formats.census_xml import DECLARATION, Unrenderable, render_census
from schemas.census.layout import Layout
from schemas.census.tables import CENSUS
from tests.exports.census_frames import AUTUMN, FIELDS, frames

ENTITIES = {'"': "&quot;", "'": "&apos;", "\r": "&#13;"}


BELOW: dict[str, dict[str, None]] = {}
for _item in AUTUMN.items:
    _steps = _item.path.split("/")
    for _depth in range(1, len(_steps)):
        BELOW.setdefault("/".join(_steps[:_depth]), {})["/".join(_steps[: _depth + 1])] = None


def oracle(tables: dict[str, pd.DataFrame], layout: Layout) -> bytes:
    blocks = {block.path: block for block in layout.blocks}
    items = {item.path: item for item in layout.items}
    records = {name: frame.astype(object).to_dict("records") for name, frame in tables.items()}

    def fill(element: etree._Element, path: str, row: dict[str, object] | None) -> bool:
        if path in items:
            value = row.get(items[path].column)
            if value is None or value is pd.NA:
                return False
            element.text = written(value)
            return True
        for child in BELOW[path]:
            for inner in rows(child, row):
                made = etree.SubElement(element, child.rpartition("/")[2])
                if not fill(made, child, inner):
                    element.remove(made)
                elif row is None:
                    made.tail = "\n"
                    made.text = made.text if child in blocks else "\n"
        return len(element) > 0

    def rows(path: str, row: dict[str, object] | None) -> list[dict[str, object] | None]:
        block = blocks.get(path)
        if block is None:
            return [row]
        return [
            each
            for each in records.get(block.table, [])
            if (block.filter is None or each[block.filter.column] == block.filter.value)
            and (block.join is None or each[block.join] == row[block.join])
        ]

    root = etree.Element("Message")
    fill(root, "Message", None)
    root.text = root.tail = "\n"
    return DECLARATION + serialised(root).encode()


def serialised(element: etree._Element) -> str:
    inner = escape(element.text or "", ENTITIES) if len(element) == 0 else element.text or ""
    inner += "".join(serialised(child) for child in element)
    return f"<{element.tag}>{inner}</{element.tag}>{element.tail or ''}"


def written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_bytes_are_those_of_the_oracle(seed: int) -> None:
    tables = frames(seed)
    assert render_census(tables, AUTUMN) == oracle(tables, AUTUMN)


@given(seed=st.integers(0, 2**32), dropped=st.sets(st.sampled_from(sorted(FIELDS)), max_size=60))
@settings(max_examples=15, deadline=None)
def test_columns_that_were_minimised_away_are_not_written(seed: int, dropped: set[str]) -> None:
    tables = frames(seed)
    kept = {
        table: frame[[name for name in frame if f"{table}.{name}" not in dropped]] for table, frame in tables.items()
    }
    data = render_census(kept, AUTUMN)
    assert data == oracle(kept, AUTUMN)
    root = etree.fromstring(data)
    absent = [item.path.removeprefix("Message/") for item in AUTUMN.items if item.field in dropped]
    assert [path for path in absent if root.find(path) is not None] == []


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_no_element_is_empty_and_bytes_are_the_same_again(seed: int) -> None:
    data = render_census(frames(seed), AUTUMN)
    assert all(len(each) or (each.text or "").strip() for each in etree.fromstring(data).iter())
    assert data == render_census(frames(seed), AUTUMN)


def pupil(**values: object) -> dict[str, pd.DataFrame]:
    row = {"pupil_id": ["p"], "section": ["on_roll"], "surname": ["Ng"]}
    return {"pupil": CENSUS["pupil"].frame(row | {name: [value] for name, value in values.items()})}


@pytest.mark.parametrize(
    ("values", "fragment"),
    [
        ({"surname": 'O\'Neill & <Sons> "x"'}, b"<Surname>O&apos;Neill &amp; &lt;Sons&gt; &quot;x&quot;</Surname>"),
        ({"surname": "&amp;"}, b"<Surname>&amp;amp;</Surname>"),
        ({"surname": "N"}, b"<Surname>N</Surname>"),
        ({"forename": "Siân Ŵyn Łucja"}, "<Forename>Siân Ŵyn Łucja</Forename>".encode()),
        ({"funded_hours": 15.0}, b"<FundedHours>15</FundedHours>"),
        ({"funded_hours": 7.5}, b"<FundedHours>7.5</FundedHours>"),
        ({"part_time": True}, b"<PartTime>true</PartTime>"),
        ({"dob": pd.Timestamp("2012-02-29")}, b"<DOB>2012-02-29</DOB>"),
        ({"surname": "a\rb"}, b"<Surname>a&#13;b</Surname>"),
    ],
)
def test_a_value_is_written_as(values: dict[str, object], fragment: bytes) -> None:
    assert fragment in render_census(pupil(**values), AUTUMN)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"surname": "a\x00b"}, "pupil.surname (1 rows with a control character)"),
        ({"surname": "a\x0bb"}, "pupil.surname (1 rows with a control character)"),
        ({"surname": "a\ufffe"}, "pupil.surname (1 rows with a control character)"),
        ({"surname": ""}, "pupil.surname (1 rows with a blank text)"),
        ({"surname": " \n"}, "pupil.surname (1 rows with a blank text)"),
        ({"funded_hours": float("inf")}, "pupil.funded_hours (1 rows with no plain number)"),
        ({"funded_hours": 1e20}, "pupil.funded_hours (1 rows with no plain number)"),
    ],
)
def test_what_the_file_cannot_hold_is_refused_by_column_and_count(values: dict[str, object], named: str) -> None:
    with pytest.raises(Unrenderable) as refused:
        render_census(pupil(**values), AUTUMN)
    assert named in str(refused.value)


def test_every_fault_is_named_at_once_and_no_value() -> None:
    with pytest.raises(Unrenderable) as refused:
        render_census(pupil(surname="Zzyzx\x01", forename="Qwfpg\x02"), AUTUMN)
    assert "pupil.surname" in str(refused.value)
    assert "pupil.forename" in str(refused.value)
    assert "Zzyzx" not in str(refused.value)
    assert "Qwfpg" not in str(refused.value)


@pytest.mark.parametrize("character", ["\ufffd", "\u0085", "\u2028", "\u202e", "\u200b", "e\u0301", "\U0010fffd", "\t"])
def test_a_legal_character_is_written_as_it_is(character: str) -> None:
    assert f"<Surname>a{character}b</Surname>".encode() in render_census(pupil(surname=f"a{character}b"), AUTUMN)


def test_nothing_to_write_is_refused() -> None:
    with pytest.raises(Unrenderable):
        render_census({}, AUTUMN)


def test_a_large_return_is_that_of_its_halves() -> None:
    """Rows of one pupil stay together whatever the order of the child tables."""
    tables = frames(7)
    turned = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in tables.items()}
    assert render_census(turned, AUTUMN) == oracle(turned, AUTUMN)

import traceback

import pandas as pd
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from schemas.boundary import ContractBroken, Fault, as_declared, conforms
from schemas.canonical import CANONICAL
from schemas.table import Sensitivity, Table, boolean, date, decimal, integer, text

CANARY = "Zyxwvut-Canary"
UPN = CANONICAL["upn"]
SCHOOL = CANONICAL["school"]


def upns(**columns):
    return UPN.frame({"pupil_id": ["1", "2"], "source": ["/a", "/b"], **columns})


def school(**columns):
    base = {name: [name] for name in ("source", "urn", "la_number", "estab", "name")}
    return SCHOOL.frame({**base, **columns})


def faults(frame, table):
    with pytest.raises(ContractBroken) as caught:
        conforms(frame, table)
    return caught.value


def test_a_frame_as_declared_passes_unchanged():
    frame = upns(upn=["a", None])
    pd.testing.assert_frame_equal(conforms(frame, UPN), frame)


@pytest.mark.parametrize("table", CANONICAL.values(), ids=CANONICAL.keys())
def test_an_empty_frame_of_each_table_passes(table):
    conforms(table.empty(), table)


@pytest.mark.parametrize(
    ("frame", "table", "expected"),
    [
        (upns(pupil_id=["1", None]), UPN, Fault("upn", "pupil_id", "not_nullable", 1)),
        (upns().drop(columns="upn"), UPN, Fault("upn", "upn", "column_in_dataframe", 1)),
        (upns().assign(**{CANARY: "x"}), UPN, Fault("upn", None, "column_in_schema", 1)),
        (upns().astype({"start_date": object}), UPN, Fault("upn", "start_date", "dtype", 2)),
        (pd.concat([school(), school(name=[CANARY])], ignore_index=True), SCHOOL, None),
    ],
    ids=["null in a required column", "column missing", "column too many", "wrong type", "key twice"],
)
def test_each_kind_of_fault_is_named_and_counted(frame, table, expected):
    error = faults(frame, table)
    if expected is None:
        assert {fault.check for fault in error.faults} == {"multiple_fields_uniqueness"}
    else:
        assert expected in error.faults


def test_columns_out_of_order_are_refused():
    frame = upns()
    assert faults(frame[["source", "pupil_id", *frame.columns[2:]]], UPN).faults


def test_every_fault_is_told_at_once():
    error = faults(upns(pupil_id=[None, None], source=["/a", None]), UPN)
    assert {fault.column: fault.count for fault in error.faults} == {"pupil_id": 2, "source": 1}


def test_no_value_is_anywhere_in_the_error():
    wrong = school(name=[CANARY], urn=[CANARY]).astype({"name": object})
    error = faults(pd.concat([wrong, wrong], ignore_index=True).assign(**{CANARY: CANARY}), SCHOOL)
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + repr(error.args)
    assert "does not keep its contract" in told
    assert CANARY not in told
    assert error.__cause__ is None
    assert error.__context__ is None


KINDS = (text, date, boolean, integer, decimal)
VALUES = {
    "text": st.text("ab", max_size=1),
    "date": st.dates(),
    "boolean": st.booleans(),
    "integer": st.integers(0, 2),
    "decimal": st.floats(0, 2, allow_nan=False) | st.just(float("nan")),
}
SPOILT = {
    "as it is": lambda frame: frame,
    "column gone": lambda frame: frame.iloc[:, 1:],
    "column too many": lambda frame: frame.assign(other=1),
    "column twice": lambda frame: pd.concat([frame, frame.iloc[:, :1]], axis=1),
    "other order": lambda frame: frame.iloc[:, ::-1],
    "other type": lambda frame: frame.astype({frame.columns[0]: object}),
    "numpy type": lambda frame: frame.assign(**{frame.columns[-1]: 1.5}),
    "other index": lambda frame: frame.set_axis(range(5, 5 + len(frame))),
}


@st.composite
def tables_with_frames(draw):
    """A table of any kinds, required columns and key, and a frame that may keep to it."""
    made = [
        draw(st.sampled_from(KINDS))(f"c{place}", Sensitivity.REFERENCE, "any", required=draw(st.booleans()))
        for place in range(draw(st.integers(1, 4)))
    ]
    names = [column.name for column in made]
    table = Table("any", "any", tuple(made), key=tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=2))))
    rows = draw(st.integers(0, 4))
    full = draw(st.booleans())
    values = {
        column.name: draw(
            st.lists(VALUES[column.kind] if full else VALUES[column.kind] | st.none(), min_size=rows, max_size=rows)
        )
        for column in made
    }
    return table, SPOILT[draw(st.sampled_from(sorted(SPOILT)))](table.frame(values))


@given(tables_with_frames())
@settings(max_examples=100, deadline=None)
def test_the_quick_look_says_what_the_schema_says(given_):
    """It lets nothing pass that the schema refuses; it is stricter only in that pandera takes numpy's floats too."""
    table, frame = given_
    try:
        table.schema.validate(frame, lazy=True)
    except SchemaErrors:
        kept = False
    else:
        kept = True
    event(f"kept: {kept}")
    quick = as_declared(frame, table)
    assert kept or not quick
    assert quick or not kept or not all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)

import datetime as dt
import io
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.table import ARROW, Kind
from vault.frames import NotFrames, pack, unpack

VALUES = {
    Kind.TEXT: st.text(),
    Kind.DATE: st.dates(),
    Kind.BOOLEAN: st.booleans(),
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.DECIMAL: st.floats(allow_nan=False),
}
NAMES = st.text("abcdefgh_", min_size=1, max_size=6)


@st.composite
def frames(draw):
    rows = draw(st.integers(0, 5))
    kinds = draw(st.dictionaries(NAMES, st.sampled_from(Kind), min_size=1, max_size=6))
    return pd.DataFrame(
        {
            name: pd.Series(
                draw(st.lists(st.none() | VALUES[kind], min_size=rows, max_size=rows)),
                dtype=pd.ArrowDtype(ARROW[kind]),
            )
            for name, kind in kinds.items()
        }
    )


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(NAMES, frames(), max_size=4), st.dictionaries(st.text(), st.integers() | st.text()))
def test_frames_come_back_exactly(tables, meta):
    data = pack(tables, meta)
    again, told = unpack(data)
    assert list(again) == list(tables)
    assert told == meta
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(again[name], frame, check_exact=True)
        assert list(again[name].dtypes) == list(frame.dtypes)
    assert pack(again, told) == data


def text(*values):
    return pd.DataFrame({"name": pd.Series(values, dtype=pd.ArrowDtype(ARROW[Kind.TEXT]))})


def test_a_selection_packs_as_if_it_had_never_had_other_rows():
    chosen = text("a", "b", "c").loc[[2, 0]]
    assert pack({"t": chosen}) == pack({"t": text("c", "a")})


def test_a_column_that_is_not_arrow_is_refused_by_name():
    with pytest.raises(TypeError, match=r"pupil\.age is int64"):
        pack({"pupil": pd.DataFrame({"age": [1]})})


def broken_member():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr("meta.json", "{}")
        container.writestr("t.parquet", b"no parquet")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<xml/>",
        broken_member(),
        pack({"t": text("x")})[:-30],
        pack({}, {"a": 1}).replace(b"meta.json", b"mets.json"),
    ],
)
def test_what_is_not_a_container_is_refused(data):
    with pytest.raises(NotFrames):
        unpack(data)


def test_dates_stay_dates():
    day = pd.DataFrame({"on": pd.Series([dt.date(2026, 10, 1), None], dtype=pd.ArrowDtype(ARROW[Kind.DATE]))})
    again, _ = unpack(pack({"t": day}))
    assert again["t"]["on"][0] == dt.date(2026, 10, 1)

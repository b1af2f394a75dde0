"""From typed values to the text of cells: the transforms an agreement may name.

Belongs here: one function per name in `vocabularies.TRANSFORMS`. A null stays null; nothing is guessed and nothing
is cut.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from exports.terms import Agreement
from schemas.table import Frames

TEXT: Final = pd.ArrowDtype(pa.string())

YEAR_NUMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {"N1": "-2", "N2": "-1", "R": "0", **{str(year): str(year) for year in range(1, 15)}},
)
"""Year groups as the NHS counts them; E1, E2, X and M have no number: an empty cell, and the birth date decides."""

RELATIONSHIPS: Final[Mapping[str, str]] = MappingProxyType({"PAM": "Mum", "PAF": "Dad"})
"""The only codes whose words are certain; any other code is sent as it stands, which the recipient keeps as 'other'."""


def cells(frames: Frames, agreement: Agreement) -> pd.DataFrame:
    """Return the text of every cell of a one-table file, in the file's row order, with `pupil_id` as the index.

    Args:
        frames: minimised frames.
        agreement: one whose lines all name an output.

    """
    frame = _in_order(frames[agreement.dataset], agreement)
    parts: dict[str, list[pa.ChunkedArray]] = {name: [] for name in agreement.outputs}
    for line in agreement.lines:
        if line.output is not None:
            parts[line.output].append(pa.chunked_array(pa.array(TRANSFORMS[line.transform](frame[line.column]))))
    columns = {name: pd.Series(_joined(texts), dtype=TEXT) for name, texts in parts.items()}
    return pd.DataFrame(columns).set_axis(pd.Index(frame["pupil_id"].astype(object), name="pupil_id"))


def _in_order(frame: pd.DataFrame, agreement: Agreement) -> pd.DataFrame:
    sort = agreement.dialect.sort if agreement.dialect is not None else ()
    keys = [field.partition(".")[2] for field in sort]
    return frame.sort_values([*keys, "pupil_id"], kind="stable", ignore_index=True)


def _joined(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Join the parts of each row by one space; null when a row has none."""
    if len(parts) == 1:
        return parts[0]
    # Arrow drops a row whose parts are all null, and every later row moves up: an empty first part keeps each row.
    anchor = pa.chunked_array([pa.array([""] * len(parts[0]), type=pa.string())])
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(anchor, *parts, " ", null_handling="skip"), start=1)
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _as_is(values: pd.Series) -> pd.Series:
    return values.astype(TEXT)


def _date_iso(values: pd.Series) -> pd.Series:
    return _dates(values, "%Y-%m-%d")


def _date_uk(values: pd.Series) -> pd.Series:
    return _dates(values, "%d/%m/%Y")


def _dates(values: pd.Series, pattern: str) -> pd.Series:
    return pd.Series(pc.strftime(pa.array(values), format=pattern), dtype=TEXT)


def _yes_no(values: pd.Series) -> pd.Series:
    return pd.Series(pc.if_else(pa.array(values), "Y", "N"), dtype=TEXT)


def _nfc(values: pd.Series) -> pd.Series:
    return pd.Series(pc.utf8_normalize(pa.array(values), form="NFC"), dtype=TEXT)


def _year_number(values: pd.Series) -> pd.Series:
    return values.map(YEAR_NUMBERS.get, na_action="ignore").astype(TEXT)


def _relationship_words(values: pd.Series) -> pd.Series:
    return values.map(lambda code: RELATIONSHIPS.get(code, code), na_action="ignore").astype(TEXT)


TRANSFORMS: Final[Mapping[str, Callable[[pd.Series], pd.Series]]] = MappingProxyType(
    {
        "as_is": _as_is,
        "date_iso": _date_iso,
        "date_uk": _date_uk,
        "yes_no": _yes_no,
        "nfc": _nfc,
        "name_part": _nfc,
        "year_number": _year_number,
        "relationship_words": _relationship_words,
    },
)

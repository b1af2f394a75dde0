"""Codes whose spelling is a guess: shown in the demonstration, never emitted by a real trust (decision 5).

Belongs here: taking them out of a return's tables. Which codes they are is the code sets' affair; which item uses which
set is the layout's; which of them somebody outside has confirmed is `schemas.census.spec`.
"""

import pandas as pd

from schemas.census.defaults import Default
from schemas.census.layout import Layout
from schemas.census.spec import NOTHING, Confirmed
from schemas.codesets import guessed
from schemas.table import Frames


def withhold(
    frames: Frames, layout: Layout, confirmed: Confirmed = NOTHING
) -> tuple[dict[str, pd.DataFrame], tuple[Default, ...]]:
    """Return the tables without the guessed codes that nobody has confirmed, and how many values of each field went."""
    kept = dict(frames)
    left_out = []
    fields = {(item.table, item.column): _doubtful(item.codeset, confirmed) for item in layout.items if item.codeset}
    for (table, column), codes in fields.items():
        values = kept[table][column]
        found = values.isin(list(codes))
        if found.any():
            kept[table] = kept[table].assign(**{column: values.mask(found)})
            meaning = "left out: the department's spelling of this code is not known"
            left_out.append(Default("guessed code", f"{table}.{column}", int(found.sum()), meaning))
    return kept, tuple(left_out)


def _doubtful(codeset: str, confirmed: Confirmed) -> frozenset[str]:
    return frozenset(code for code in guessed(codeset) if (codeset, code) not in confirmed.codes)

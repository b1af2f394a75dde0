"""Codes whose spelling is a guess: shown in the demonstration, never emitted by a real trust (decision 5).

Belongs here: taking them out of a return's tables. Which codes they are is the code sets' affair; which item uses which
set is the layout's.
"""

import pandas as pd

from schemas.census.defaults import Default
from schemas.census.layout import Layout
from schemas.codesets import guessed
from schemas.table import Frames


def withhold(frames: Frames, layout: Layout) -> tuple[dict[str, pd.DataFrame], tuple[Default, ...]]:
    """Return the tables with every guessed code left out, and for each field how many values that took out."""
    kept = dict(frames)
    left_out = []
    fields = {(item.table, item.column): guessed(item.codeset) for item in layout.items if item.codeset}
    for (table, column), codes in fields.items():
        values = kept[table][column]
        found = values.isin(list(codes))
        if found.any():
            kept[table] = kept[table].assign(**{column: values.mask(found)})
            meaning = "left out: the department's spelling of this code is not known"
            left_out.append(Default("guessed code", f"{table}.{column}", int(found.sum()), meaning))
    return kept, tuple(left_out)

"""Rows of all lists of one school, and paths through them.

Belongs here: following references, in Arrow. What a path is, `sources` says. A reference to a row that was not listed
means that the list was not whole: it is counted in `dangling`, except for codes, which stand for themselves.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arbor.resources import ENTITIES
from connectors.arbor.rows import HREF, of_each
from connectors.arbor.walk import PREFIX

_TEXT: Final = pd.ArrowDtype(pa.string())


class Reader:
    """Follows paths.

    Args:
        tables: rows of each entity that was read.

    Attributes:
        dangling: entity -> references to rows of it that were not listed.

    """

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = tables
        self.dangling: Counter[str] = Counter()
        students = tables["Student"]
        hrefs = pa.chunked_array([*students[HREF].chunks, *students["person"].chunks], pa.string()).combine_chunks()
        ids = pa.concat_arrays([_id(students[HREF].combine_chunks())] * 2)
        self._owners, self._pupils = hrefs, ids

    def frame(self, entity: str, paths: Mapping[str, str]) -> pd.DataFrame:
        """Return one text column for each path, for every row of an entity."""
        return pd.DataFrame({name: pd.Series(self.column(entity, path), dtype=_TEXT) for name, path in paths.items()})

    def column(self, entity: str, alternatives: str) -> pa.Array:
        """Return the values of the first alternative that has one, row by row."""
        found = [self._path(entity, path.split(".")) for path in alternatives.split("|")]
        return pc.coalesce(*found) if len(found) > 1 else found[0]

    def pupils(self, references: pa.Array) -> pa.Array:
        """Return the pupil ids of references to students, or to persons who are students; null for anybody else."""
        return self._pupils.take(pc.index_in(references, value_set=self._owners))

    def _path(self, entity: str, steps: list[str]) -> pa.Array:
        here, values = entity, self._tables[entity][HREF].combine_chunks()
        for place, step in enumerate(steps):
            if step == "href":
                return values
            if step == "id":
                return _id(values)
            name, _, target = step.partition(":")
            column = self._tables[here][name].combine_chunks()
            values = column if place == 0 else column.take(self._places(values, here))
            values = _of(target, values) if target else values
            here = target or ENTITIES[here].references.get(name, "")
        return values

    def _places(self, hrefs: pa.Array, entity: str) -> pa.Array:
        places = pc.index_in(hrefs, value_set=self._tables[entity][HREF].combine_chunks())
        if not ENTITIES[entity].lookup:
            self.dangling[entity] += places.null_count - hrefs.null_count
        return places


def _of(entity: str, hrefs: pa.Array) -> pa.Array:
    """Return the references that lead to an entity, and null for those that lead elsewhere."""
    own = pc.starts_with(hrefs, pattern=f"{PREFIX}{ENTITIES[entity].path}/")
    return pc.if_else(own, hrefs, pa.scalar(None, pa.string()))


def _id(hrefs: pa.Array) -> pa.Array:
    """Return what stands after the last slash."""
    return of_each(hrefs, _after_the_last_slash)


def _after_the_last_slash(hrefs: pa.Array) -> pa.Array:
    ids = pc.replace_substring_regex(hrefs, pattern="^.*/", replacement="")
    if not pc.any(pc.match_substring(ids, "%")).as_py():
        return ids
    return pa.array([None if text is None else unquote(text) for text in ids.to_pylist()], pa.string())

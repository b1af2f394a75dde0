"""Which column of a file is made from which fields, by what an agreement says.

Belongs here: the one answer that catalogue and Dagster both show. It needs no client of either.
"""

from collections.abc import Mapping
from typing import TypeAlias

from exports.grounds import Grounds

Links: TypeAlias = Mapping[str, tuple[str, ...]]
"""Output column to the input fields (`<table>.<column>`) it is made from."""


def links(grounds: Grounds) -> Links:
    """Return which fields each column of a file is made from."""
    found: dict[str, tuple[str, ...]] = {}
    for ground in grounds.lines.values():
        found[ground.shown_as] = (*found.get(ground.shown_as, ()), ground.field)
    return found

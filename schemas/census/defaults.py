"""Defaults: a missing row never becomes a value unless the default has a name, is counted and is shown.

Belongs here: filling and counting. Does not belong here: which items have a default (the modules that make them).
"""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Default:
    """One default that was applied: `field` is `<table>.<column>`, `count` the values it stands in."""

    name: str
    field: str
    count: int
    meaning: str


class Defaults:
    """Collects the defaults of one return while it is made."""

    def __init__(self) -> None:
        """Begin with none."""
        self._applied: list[Default] = []

    def fill(
        self, field: str, values: pd.Series, default: object, meaning: str, *, where: pd.Series | None = None
    ) -> pd.Series:
        """Return the values with nulls replaced by the default, where it applies, and count the replacements.

        `default` is one value or a Series on the same index; a null of that Series replaces, and counts as, nothing.
        """
        stand_in = default if isinstance(default, pd.Series) else pd.Series(default, index=values.index)
        missing = values.isna() & stand_in.notna()
        if where is not None:
            missing &= where
        count = int(missing.sum())
        if count:
            self._applied.append(Default(f"{field} default", field, count, meaning))
        return values.mask(missing, stand_in.astype(values.dtype))

    @property
    def applied(self) -> tuple[Default, ...]:
        """The defaults applied so far, in the order of the work."""
        return tuple(self._applied)

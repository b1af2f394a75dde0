"""The ids that a school's people and classes have with suppliers: the same every time, over every file and year.

Belongs here: how an id is made. `<URN>.<kind>.<the MIS's own id>` is unique over the trust and is never a UPN.
"""

import hashlib
from typing import Final

import pandas as pd
import pyarrow as pa

TEXT: Final = pd.ArrowDtype(pa.string())
_DIGITS: Final = 16


class RosterIds:
    """The ids of one school."""

    def __init__(self, urn: str) -> None:
        self.urn = urn
        self.school = f"{urn}.school"

    def of(self, kind: str, own: pd.Series) -> pd.Series:
        """Return the ids of things of one kind, from the MIS's own."""
        return f"{self.urn}.{kind}." + own.astype(TEXT)

    def made_of(self, kind: str, *parts: pd.Series) -> pd.Series:
        """Return the ids of things that the MIS has no id for, from what names them: a name may hold any letter."""
        rows = zip(*(part.astype(object).where(part.notna(), "") for part in parts), strict=True)
        made = [hashlib.sha256("\x1f".join(row).encode()).hexdigest()[:_DIGITS] for row in rows]
        return self.of(kind, pd.Series(made, index=parts[0].index, dtype=TEXT))

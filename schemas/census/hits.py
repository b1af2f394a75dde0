"""Findings that no rule function makes: what is missing from a return, and what two returns of a trust say otherwise.

Belongs here: one hit, and how hits become findings. The catalogue alone has their severity and words, as for rules. Who
looks for them is `schemas.census.omissions` and `schemas.census.across`; rules are `schemas.census.engine`'s.
"""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from schemas.census.catalogue import Catalogue
from schemas.census.findings import FINDING


class Hit(NamedTuple):
    """One thing found.

    Attributes:
        rule: its row in the catalogue.
        table: the table of the return it is about.
        pupil_id: the MIS's id of the pupil.
        row_key: which of the pupil's rows, or which other school; None when there is one.

    """

    rule: str
    table: str
    pupil_id: str
    row_key: str | None = None


def as_findings(hits: Iterable[Hit], catalogue: Catalogue) -> pd.DataFrame:
    """Return a FINDING frame in the catalogue's order, then pupil and row; what is found twice is told once."""
    place = {rule: number for number, rule in enumerate(catalogue)}
    told = sorted(set(hits), key=lambda hit: (place[hit.rule], hit.pupil_id, hit.row_key or ""))
    entries = [catalogue[hit.rule] for hit in told]
    return FINDING.frame(
        {
            "rule": [hit.rule for hit in told],
            "severity": [entry.severity.value for entry in entries],
            "blocking": [entry.blocking for entry in entries],
            "level": [entry.level for entry in entries],
            "table": [hit.table for hit in told],
            "pupil_id": [hit.pupil_id for hit in told],
            "row_key": [hit.row_key for hit in told],
            "fields": [" ".join(entry.fields) for entry in entries],
            "message": [entry.message for entry in entries],
            "evaluated": [True] * len(told),
        },
    )


def joined(*findings: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of several FINDING frames as one, in the order given."""
    return pd.concat(findings, ignore_index=True).astype(FINDING.empty().dtypes)

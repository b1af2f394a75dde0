"""What a recipient's software would refuse, as findings beside all others.

Belongs here: problems of a profile turned into the findings table, so that the desk lists them and the gate holds them
like any query. The checks themselves are `exports.formats.profiles`.
"""

import datetime as dt

import pandas as pd

from exports.formats.profiles import problems
from exports.minimise import minimise
from exports.protection_standing import Standing
from exports.terms import Agreement
from schemas.census.findings import FINDING
from schemas.table import Frames


def profile_findings(frames: Frames, agreement: Agreement, as_at: dt.date, standing: Standing) -> pd.DataFrame:
    """Return a FINDING frame; each rule is `<agreement>.<field>`. Nothing blocks: each is put right or explained."""
    found = problems(minimise(frames, agreement, as_at=as_at, standing=standing), agreement)
    return FINDING.frame(
        {
            "rule": [f"{agreement.id}.{problem.field}" for problem in found],
            "severity": ["query"] * len(found),
            "blocking": [False] * len(found),
            "level": ["pupil" if problem.pupil_id else "return" for problem in found],
            "table": [agreement.dataset] * len(found),
            "pupil_id": [problem.pupil_id for problem in found],
            "row_key": [None] * len(found),
            "fields": [problem.field for problem in found],
            "message": [problem.what_to_change for problem in found],
            "evaluated": [True] * len(found),
        },
    )

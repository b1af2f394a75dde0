"""Findings: what the rules found in one return, and whether the return may go on.

Belongs here: the table of findings, the key of a finding and the verdict over all of them. What makes findings is
`schemas.census.engine`; who may explain or override is `pipelines.actions`.
"""

from collections.abc import Container
from dataclasses import dataclass

import pandas as pd

from schemas.table import Sensitivity, Table, boolean, text

REF, PERS = Sensitivity.REFERENCE, Sensitivity.PERSONAL

FINDING = Table(
    "finding",
    "one row of the return that one rule found, or one rule that could not be evaluated",
    (
        text("rule", REF, "Number in the catalogue", required=True),
        text("severity", REF, "error or query", required=True),
        boolean("blocking", REF, "A DfE error that is well known; every other can be explained", required=True),
        text("level", REF, "pupil, school, return or header", required=True),
        text("table", REF, "Table the rule reads row by row", required=True),
        text("pupil_id", REF, "The MIS's own id of the pupil; null for the school"),
        text("row_key", PERS, "Which of several rows, for example a start date; null when there is one"),
        text("fields", REF, "Fields to look at, `<table>.<column>` with spaces between", required=True),
        text("message", REF, "What is wrong, without a value", required=True),
        boolean("evaluated", REF, "False: the rule could not be evaluated, and counts as not passed", required=True),
    ),
)
"""Sorted by the catalogue's order, then pupil and row; never truncated."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of findings that decide whether a return may go on.

    Attributes:
        blocking_open: findings of rules that block, rules of that kind that were not evaluated included.
        errors: evaluated findings of severity error, blocking or not.
        queries: evaluated findings of severity query.
        unexplained: findings that do not block and that nobody has explained, not evaluated ones included.
        not_evaluated: rules that could not be evaluated.

    """

    blocking_open: int
    errors: int
    queries: int
    unexplained: int
    not_evaluated: int

    @property
    def blocked(self) -> bool:
        """Say whether an override is needed: no explanation can answer a blocking error."""
        return self.blocking_open > 0

    @property
    def needs_explanation(self) -> bool:
        """Say whether somebody has to write an explanation first."""
        return self.unexplained > 0


def finding_key(rule: str, pupil_id: str | None, row_key: str | None) -> str:
    """Return the stable name of a finding, by which an explanation is found again after the next preparation."""
    return "|".join((rule, pupil_id or "", row_key or ""))


def verdict(findings: pd.DataFrame, explained: Container[str]) -> Verdict:
    """Count what is open.

    Args:
        findings: a FINDING frame.
        explained: keys (`finding_key`) of the findings that somebody has explained.

    """
    evaluated = findings["evaluated"].to_numpy(dtype=bool)
    blocking = findings["blocking"].to_numpy(dtype=bool)
    error = (findings["severity"] == "error").to_numpy(dtype=bool)
    keys = map(finding_key, findings["rule"], *(_nullable(findings[name]) for name in ("pupil_id", "row_key")))
    open_to_explanation = (key for key, blocks in zip(keys, blocking, strict=True) if not blocks)
    return Verdict(
        blocking_open=int(blocking.sum()),
        errors=int((error & evaluated).sum()),
        queries=int((~error & evaluated).sum()),
        unexplained=sum(key not in explained for key in open_to_explanation),
        not_evaluated=int((~evaluated).sum()),
    )


def _nullable(values: pd.Series) -> list[str | None]:
    return [None if value is pd.NA else value for value in values]

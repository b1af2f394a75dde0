"""What people see in the UI of the findings: counts, and what to do.

Belongs here: asset checks. They show; they decide nothing (a blocking check gates only the run that executes it), so
none of them blocks. What may be sent is decided by the gate.
"""

import dagster as dg

from assets.edge import NO_CONFIG, value_free
from assets.io_manager import Bundle
from assets.partitions import Slot
from assets.ports import Ports
from exports.notes import explained_keys
from schemas.census.findings import FINDING, verdict
from schemas.deployment import School
from schemas.wording import counted


def findings_check(findings: dg.AssetKey, ports: Ports) -> dg.AssetChecksDefinition:
    """Say whether the findings of a return or feed would hold its release."""

    @dg.asset_check(
        name="nothing_holds_the_release",
        asset=findings,
        description="Counts of what would hold the release. `waybill findings` lists each with where to fix it. The UI "
        "shows the school that was prepared last: the others are under Execution history, each named in its words.",
        **NO_CONFIG,
    )
    @value_free
    def nothing_holds_the_release(context: dg.AssetCheckExecutionContext, found: Bundle) -> dg.AssetCheckResult:
        slot = Slot.of(context)
        frame = found.frames[FINDING.name]
        standing = verdict(frame, explained_keys(ports.ledger, ports.pupils, slot.school, slot.period, frame))
        return dg.AssetCheckResult(
            passed=not (standing.blocked or standing.needs_explanation),
            severity=dg.AssetCheckSeverity.ERROR if standing.blocked else dg.AssetCheckSeverity.WARN,
            description=_advice(ports.schools[slot.school], slot, standing.blocking_open, standing.unexplained),
            metadata={
                "blocking": standing.blocking_open,
                "unexplained": standing.unexplained,
                "not_evaluated": standing.not_evaluated,
                **ports.desk.of_return(slot),
            },
        )

    return nothing_holds_the_release


def _advice(school: School, slot: Slot, blocking: int, unexplained: int) -> str:
    """Whose findings, what they come to, and what to do."""
    whose = f"{school.name} ({slot.school}), {slot.period}"
    if blocking:
        return (
            f"{whose}: {counted(blocking, 'blocking error')}. Correct in the MIS and prepare again. "
            f"List them with: waybill findings {slot.school} {slot.period}"
        )
    if unexplained:
        waiting = counted(unexplained, "query", "queries")
        return f"{whose}: {waiting} to correct or to explain: waybill note {slot.school} {slot.period}"
    return f"{whose}: nothing holds the release. It waits for its signatures."

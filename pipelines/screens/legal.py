"""How cases of police, courts and tribunals look on a terminal of eighty columns.

Belongs here: words and layout. What a case is, is `exports.case_terms`; where it stands, `pipelines.actions.legal`.
"""

from collections.abc import Sequence

from exports.case_terms import Case
from pipelines.actions.legal import CaseStanding
from pipelines.screen import say
from schemas.wording import counted


def say_cases(found: Sequence[CaseStanding]) -> None:
    """Every case: faults, or who asked and where its answer stands."""
    for one in found:
        compiled, case = one.compiled, one.compiled.case
        if case is None:
            say(f"{compiled.id}  DOES NOT COMPILE, {counted(len(compiled.faults), 'fault')}", strong=True)
            for fault in compiled.faults:
                say(fault, 6)
        else:
            say(f"{case.id}  {case.agreement.recipient.legal_name}, {case.request.reference}", strong=True)
        for state in [*(["the request was refused"] if one.refused else []), *_states(one)]:
            say(state, 6)
    say(f"Cases: {len(found)}.")


def _states(one: CaseStanding) -> list[str]:
    states = [f"school {urn}: {state}" for urn, state in one.states] or ["nothing is prepared"]
    return [*states, "left out of access reports"] if one.withheld else states


def say_case(case: Case) -> None:
    """The page that those who sign read beside the waybill."""
    agreement, request = case.agreement, case.request
    say(f"{case.id}: {agreement.title}", strong=True)
    say(f"Asked on {agreement.starts} by {request.officer}, {request.rank}, {agreement.recipient.legal_name}")
    if request.authorised_by:
        say(f"Authorised by {request.authorised_by}", 2)
    say(f"Reference {request.reference}, by {request.form}; to be answered by {agreement.recipient.ends}", 2)
    say(f"Power: {request.power}", 2)
    say(f"Basis {agreement.basis}, under {agreement.lines[0].gateway}. Why nothing less would do: {case.necessity}")
    if case.span:
        say(f"Of the days from {case.span.first} to {case.span.last}")
    say(f"About {counted(case.pupils, 'pupil')} of {', '.join(agreement.schools)}")
    say(f"Leaves: {', '.join(agreement.fields)}")
    kept_back = [field for field in case.asked if field not in agreement.fields]
    if kept_back:
        say(f"Asked for and not released: {', '.join(kept_back)}. {case.not_released}")
    say("The family was told." if case.informed.told else f"The family was not told: {case.informed.why}")
    if case.withheld:
        say(f"Left out of access reports: {case.withheld.reason} To be looked at again on {case.withheld.review_on}.")
    say(f"Decided by {agreement.paperwork.reviewed_by} on {agreement.paperwork.reviewed_on}")
    say(f"Signed by {' and '.join(agreement.signing)}; kept {agreement.retention_days} days.")

"""How requests and duties look on a terminal of eighty columns.

Belongs here: words and layout. What a request is, is `exports.rights`; what a duty is, `exports.duties`.
"""

from collections.abc import Sequence
from typing import Final

from exports.holders import Holder, Known
from exports.rights import MEANINGS, Step
from pipelines.actions.erasing import ToDecide
from pipelines.actions.recipients import Told
from pipelines.actions.rights import Standing
from pipelines.screen import say
from schemas.wording import counted

SHOWN_LINES: Final = 8


def say_requests(found: Sequence[Standing]) -> None:
    """Two lines for each request: what it is, and by when."""
    for one in found:
        say(f"{one.request.number}  {one.request.right}, school {one.request.school}", strong=one.late)
        say(_clock(one), 6, strong=one.late)
    say(f"Requests: {len(found)}. Late: {sum(one.late for one in found)}.")


def say_request(one: Standing) -> None:
    """One request with everything that is known of it."""
    request = one.request
    say(f"Request {request.number}: {MEANINGS[request.right]}", strong=True)
    say(f"School {request.school}, received on {request.received}, entered by {request.by}. {_clock(one)}")
    if request.asked is None:
        say("Who asked is erased with the pupil.", 2)
    else:
        asked = request.asked
        say(f"{asked.requester} ({asked.relation}), {asked.contact}: {asked.words}", 2)
    if request.checks is None:
        say(f"NOT CHECKED: nothing may be answered. waybill rights check {request.number}", 2, strong=True)
    else:
        checks = request.checks
        say(f"Identity: {checks.identity}. Authority: {checks.authority}.", 2)
        say(f"Capacity: {checks.capacity}. The child's views: {checks.views}. Court orders: {checks.court_orders}.", 2)
    for taken in request.steps:
        if taken.step is not Step.CHECKED:
            words = f": {taken.words}" if taken.words else ""
            named = f" {taken.named[:12]}" if taken.named else ""
            say(f"{taken.on}  {taken.step}{named}, by {taken.by}{words}", 2)


def _clock(one: Standing) -> str:
    ended, clock = one.request.ended, one.clock
    if ended is not None:
        return f"It was {ended.step} on {ended.on}."
    if clock.due is None:
        return f"The clock is {clock.running}."
    paused = f", {counted(clock.paused_days, 'day')} not counted" if clock.paused_days else ""
    extended = ", extended by two months" if clock.extended else ""
    return f"{'LATE: due' if one.late else 'Due'} {clock.due}{paused}{extended}."


def say_holders(found: Sequence[Holder]) -> None:
    """Who had it, how that is known, since when."""
    for one in found:
        way = f"{one.agreement}, waybill {one.named[:12]}" if one.known is Known.FILE else f"{one.known} {one.named}"
        say(f"{one.body}: {one.on}, {way}", strong=True)
        say(", ".join(one.lines[:SHOWN_LINES]) + (" ..." if len(one.lines) > SHOWN_LINES else ""), 2)
    say(f"Tellings: {len(found)}.")


def say_duties(found: Sequence[Told]) -> None:
    """Two lines for each duty: who must do what, and where it stands."""
    for one in found:
        duty = one.duty
        way = "" if duty.known is Known.FILE else f" ({duty.known})"
        say(f"{duty.number}  {duty.body}{way}: {duty.act}", strong=one.overdue)
        late = ", OVERDUE" if one.overdue else ""
        corrected = f"; a corrected file has arrived ({one.corrected_by[:12]})" if one.corrected_by else ""
        say(f"{one.state}{late}, due {duty.due}, request {duty.request}{corrected}", 6, strong=one.overdue)
    say(f"Duties: {len(found)}. Open: {sum(not one.duty.closed for one in found)}. Overdue: {_overdue(found)}.")


def say_decisions(found: Sequence[ToDecide]) -> None:
    """Every disclosure, with its decision."""
    for one in found:
        decided = one.decision
        said = f"{decided.ruling} {decided.ground}".strip() if decided else "NOT DECIDED"
        say(f"{one.told.named[:12]}  {one.told.body}, {one.told.on}: {said}", strong=decided is None)
    say(f"Disclosures: {len(found)}. Not decided: {sum(one.decision is None for one in found)}.")


def _overdue(found: Sequence[Told]) -> int:
    return sum(one.overdue for one in found)

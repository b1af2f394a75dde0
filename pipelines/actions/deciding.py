"""What only the safeguarding lead does: confirm the protection register once a term, and decide on a single pupil.

Belongs here: the verbs `confirm` and `decide`, and who may use them. What they leave in the ledger is
`exports.protection_log`; what a decision changes in the next file, `exports.protection_effects`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from exports import protection_log
from exports import vocabularies as words
from exports.preparation import read_applied
from exports.protection import Record, records
from exports.protection_log import Ruling, term_of
from exports.protection_standing import bears_on
from exports.signing import Role
from exports.terms import Agreement
from pipelines.actions.context import Context
from pipelines.actions.protecting import UNSENT
from schemas.refusal import Refusal

MAY_DECIDE: Final = (Role.SAFEGUARDING_LEAD,)


class DecisionUnfit(Refusal):
    """There is nothing to decide, or what was decided cannot be done with this file."""

    code: ClassVar[str] = "decision_unfit"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What was confirmed.

    Attributes:
        term: as `2026-autumn`.
        schools: their URNs.
        records: how many the register holds for them.
        overdue: how many of these should have been looked at again by now.

    """

    term: str
    schools: tuple[str, ...]
    records: int
    overdue: int


def confirm(ctx: Context, school: str | None = None) -> Confirmation:
    """Confirm the register of one school, or of every school of the actor's, for the term that today is in.

    Raises NotAllowed.
    """
    here = ctx.installation
    schools = ctx.schools(MAY_DECIDE) if school is None else [ctx.person(school, MAY_DECIDE) and school]
    theirs = [one for one in records(here.ledger, here.vault) if one.urn in schools]
    protection_log.confirm(
        here.ledger, schools=schools, records=len(theirs), by=ctx.actor, at=here.now(), day=here.today()
    )
    here.lodged.lodge(here.now())
    overdue = sum(is_overdue(ctx, one) for one in theirs)
    return Confirmation(term_of(here.today()), tuple(schools), len(theirs), overdue)


def is_overdue(ctx: Context, record: Record) -> bool:
    """Say whether a record should have been looked at again by today; it holds all the same."""
    return record.review is not None and record.review < ctx.installation.today()


def decide(
    ctx: Context, agreement_id: str, school: str, pupils: Iterable[str], ruling: Ruling, why: str,
    flags: Iterable[str] = (),
) -> dict[str, frozenset[str]]:  # fmt: skip
    """Record a decision for pupils a file is held for; the next preparation applies it, until a new flag comes.

    Args:
        pupils: MIS ids.
        why: the lead's words; they are sealed.
        flags: kinds to decide on ahead of a preparation: what the MIS flags is known here only from a held file.

    Returns:
        The kinds of protection decided on, by MIS id.

    Raises:
        NotAllowed: the actor is not the school's safeguarding lead.
        DecisionUnfit: no file is held for one of them, or the file cannot be made so.

    """
    here = ctx.installation
    person = ctx.person(school, MAY_DECIDE)
    agreement = _agreement(ctx, agreement_id, school)
    if not why.strip():
        message = "a decision needs its reason (--why)"
        raise DecisionUnfit(message)
    if ruling is Ruling.LEAVE_OUT and agreement.profile in words.WHOLE_YEAR_PROFILES:
        message = f"{agreement_id} is a list of whole year groups: nobody can be left out of it"
        raise DecisionUnfit(message)
    known = _known(ctx, agreement, school)
    decided = {pupil: frozenset(flags) | known.get(pupil, frozenset()) for pupil in pupils}
    if unheld := sum(not kinds for kinds in decided.values()):
        message = (
            f"{agreement_id} is held for {len(decided) - unheld} of these {len(decided)} pupils at school {school}: "
            "check the id, or prepare the file first"
        )
        raise DecisionUnfit(message)
    protection_log.decide(
        here.ledger, here.vault, here.pupils,
        agreement=agreement_id, school=school, decided=decided, ruling=ruling, why=why, by=person.id, at=here.now(),
    )  # fmt: skip
    here.lodged.lodge(here.now())
    return decided


def _agreement(ctx: Context, agreement_id: str, school: str) -> Agreement:
    for compiled in ctx.installation.trust.agreements:
        if compiled.id == agreement_id and compiled.agreement is not None and compiled.agreement.covers(school):
            return compiled.agreement
    message = f"no agreement {agreement_id} covers school {school}: see waybill agreements"
    raise DecisionUnfit(message)


def _known(ctx: Context, agreement: Agreement, school: str) -> dict[str, frozenset[str]]:
    """Kinds that hold a file, by pupil: from the register, and from the files that wait."""
    found: dict[str, frozenset[str]] = {}
    for pupil, kinds in [*_registered(ctx, agreement, school), *_held(ctx, agreement, school)]:
        found[pupil] = found.get(pupil, frozenset()) | kinds
    return found


def _registered(ctx: Context, agreement: Agreement, school: str) -> Iterator[tuple[str, frozenset[str]]]:
    for one in records(ctx.installation.ledger, ctx.installation.vault):
        holds = one.flag in words.PROTECTION and agreement.protection[one.flag].name == "held"
        if holds and one.urn == school and one.pupil_id and bears_on(one.flag, one.about, agreement):
            yield one.pupil_id, frozenset({one.flag.value})


def _held(ctx: Context, agreement: Agreement, school: str) -> Iterator[tuple[str, frozenset[str]]]:
    here = ctx.installation
    for state in UNSENT:
        for release in here.ledger.releases(school=school, agreement=agreement.id, state=state.value):
            yield from read_applied(here.ledger, here.vault, release.waybill).held.items()

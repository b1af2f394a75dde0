"""Standing releases at the desk: propose, read, sign, list and switch off.

Belongs here: the verbs of `waybill standing`, who may use each, and the page a person reads before signing. What a
standing release is, `exports.standing`; whether a file is inside it, `exports.standing_use`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.approvers import current
from exports.envelope import Limits
from exports.preparation import read_waybill
from exports.signing import DECIDING, Role, sign
from exports.standing import (
    KIND,
    OFF,
    Standing,
    all_standing,
    in_force,
    proposal,
    sign_standing,
    signatures,
    statement_of,
    switch_off,
)
from exports.standing import propose as enter
from exports.standing_use import HELD
from exports.terms import Agreement
from ledger.states import SETTLED, State
from pipelines.actions.context import Context, NotNamed
from pipelines.actions.releasing import agreement_named
from schemas.refusal import Refusal

NAMED = 8
"""How many characters of the hash a signer must type."""


@dataclass(frozen=True, slots=True)
class SchoolStands:
    """One school of a standing release: what keeps it from holding now ("" when it holds), and the last file's size."""

    school: str
    because: str
    last_pupils: int | None


@dataclass(frozen=True, slots=True)
class StandingPage:
    """One standing release as a person reads it before signing, and later.

    Attributes:
        id: its hash.
        agreement: as it reads now; None when it is gone or does not compile.
        fields: by notice clause, what may leave under it.
        signed: who has signed, as what.
        off_by: who switched it off, and `off_at` when; None where nobody did.
        used: files approved under it; `held` by reason, how many files waited for people instead.

    """

    id: str
    standing: Standing
    proposed_by: str
    agreement: Agreement | None
    fields: Mapping[str, tuple[str, ...]]
    schools: tuple[SchoolStands, ...]
    signed: tuple[tuple[str, str], ...]
    off_by: str | None
    off_at: dt.datetime | None
    used: int
    held: Mapping[str, int]

    @property
    def holds(self) -> bool:
        """Say whether it holds for any school now."""
        return any(not one.because for one in self.schools)


def propose(ctx: Context, agreement: str, schools: Sequence[str], ends: dt.date, limits: Limits) -> StandingPage:
    """Enter a proposal for an agreement as it reads now; every school it covers where none is named.

    Raises NotAllowed, StandingUnfit.
    """
    here = ctx.installation
    found, notice = agreement_named(ctx, agreement), here.notice()
    wanted = list(schools) or [urn for urn in found.schools if urn in here.trust.schools]
    for urn in wanted:
        ctx.person(urn, map(Role, found.signing))
    made = proposal(
        found, notice=(notice.version, notice.sha256), schools=wanted, ends=ends, limits=limits, today=here.today(),
        now=here.now(),
    )  # fmt: skip
    enter(here.ledger, made, ctx.actor, here.now())
    here.lodged.lodge(here.now())
    return page(ctx, made.sha256)


def listed(ctx: Context) -> tuple[StandingPage, ...]:
    """Every standing release of the actor's schools, the newest first."""
    mine = set(ctx.schools(DECIDING))
    found = [one for one in all_standing(ctx.installation.ledger) if mine.intersection(one.schools)]
    return tuple(_page(ctx, one) for one in reversed(found))


def page(ctx: Context, start: str) -> StandingPage:
    """Read one standing release; the actor must be in the register for one of its schools."""
    standing = _named(ctx, start)
    _refuse_stranger(ctx, standing)
    return _page(ctx, standing)


def sign_it(ctx: Context, start: str, role: Role, key: Ed25519PrivateKey, typed: str) -> StandingPage:
    """Sign a standing release; returns it as it then stands. Raises NotNamed, or as the signature does not count."""
    here, standing = ctx.installation, _named(ctx, start)
    if typed != standing.sha256[:NAMED]:
        message = f"Nothing was signed: type the first {NAMED} characters of the standing release you have read."
        raise NotNamed(message)
    now = here.now()
    signature = sign(statement_of(standing, role, ctx.actor, now), key)
    sign_standing(here.ledger, standing, signature, now, here.today())
    here.lodged.lodge(now)
    return page(ctx, standing.sha256)


def off(ctx: Context, start: str) -> int:
    """Switch one off at once, without a key; returns how many files wait for people again. Raises NotAllowed."""
    here, standing = ctx.installation, _named(ctx, start)
    _refuse_stranger(ctx, standing)
    waiting = switch_off(here.ledger, standing, ctx.actor, here.now())
    here.lodged.lodge(here.now())
    return waiting


def _named(ctx: Context, start: str) -> Standing:
    found = [one for one in all_standing(ctx.installation.ledger) if start and one.sha256.startswith(start)]
    if len(found) != 1:
        message = f"{len(found) or 'No'} standing releases begin with {start!r}. See: waybill standing list"
        raise NotNamed(message)
    return found[0]


def _refuse_stranger(ctx: Context, standing: Standing) -> None:
    """Anybody of the register may, for one of its schools; the last school's refusal speaks for all."""
    for school in standing.schools[:-1]:
        try:
            ctx.person(school)
        except Refusal:
            continue
        return
    ctx.person(standing.schools[-1])


def _page(ctx: Context, standing: Standing) -> StandingPage:
    here = ctx.installation
    (proposed,) = here.ledger.events(KIND, standing=standing.sha256)
    off_events = here.ledger.events(OFF, standing=standing.sha256)
    try:
        agreement = agreement_named(ctx, standing.agreement)
    except Refusal:
        agreement = None
    by_clause: dict[str, list[str]] = {}
    for line in agreement.lines if agreement else ():
        by_clause.setdefault(line.clause, []).append(line.output or line.field)
    signed = [(one.statement.signer, one.statement.role.value) for one in signatures(here.ledger, standing)]
    held = here.ledger.events(HELD, standing=standing.sha256)
    return StandingPage(
        id=standing.sha256,
        standing=standing,
        proposed_by=str(proposed.body["by"]),
        agreement=agreement,
        fields={clause: tuple(dict.fromkeys(names)) for clause, names in by_clause.items()},
        schools=tuple(_school(ctx, standing, agreement, school) for school in standing.schools),
        signed=tuple(signed),
        off_by=str(off_events[0].body["by"]) if off_events else None,
        off_at=off_events[0].at if off_events else None,
        used=sum(_under(event.body, standing) for event in here.ledger.events(State.APPROVED)),
        held=Counter(code for event in held for code in cast("list[str]", event.body["breaches"])),
    )


def _under(body: Mapping[str, Any], standing: Standing) -> bool:
    return bool(body["detail"].get("standing") == standing.sha256)


def _school(ctx: Context, standing: Standing, agreement: Agreement | None, school: str) -> SchoolStands:
    here = ctx.installation
    sent = [one for one in here.ledger.releases(school=school, agreement=standing.agreement) if one.state in SETTLED]
    last = max(sent, key=lambda one: one.at, default=None)
    pupils = None if last is None else read_waybill(here.ledger, here.vault, last.waybill).tally.pupils
    try:
        in_force(here.ledger, standing, school, current(here.ledger), here.now(), here.today())
    except Refusal as refusal:
        return SchoolStands(school, str(refusal), pupils)
    if agreement is None or agreement.sha256 != standing.agreement_sha256:
        return SchoolStands(school, "the agreement reads otherwise now", pupils)
    return SchoolStands(school, "", pupils)

"""Standing releases: propose, read, sign, list and switch off.

Belongs here: the verbs of `waybill standing`, who may use each, and the page a person reads before signing. What a
standing release is, `exports.standing`; whether a file is inside it, `exports.standing_use`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.approvers import Register, current
from exports.envelope import Limits
from exports.preparation import read_waybill
from exports.signing import DECIDING, READING, Role, Signature, Statement, sign
from exports.standing import (
    KIND,
    OFF,
    Standing,
    all_signatures,
    all_standing,
    because,
    proposal,
    sign_standing,
    signed_singly,
    statement_of,
    switch_off,
)
from exports.standing import propose as enter
from exports.standing_use import HELD
from exports.terms import Agreement
from ledger.latest import counted_by_detail, latest_by_detail, latest_by_school
from ledger.states import SETTLED, State
from ledger.store import Event
from pipelines.actions.answering import accepted, refuse_key_file
from pipelines.actions.context import Context, NotNamed
from pipelines.actions.releasing import agreement_named

NAMED = 8
"""How many characters of the hash a signer must type."""
SHOWN = 25
"""How many files that left, and how many that waited, a page tells of one by one; it counts them all."""


@dataclass(frozen=True, slots=True)
class SchoolStands:
    """One school of a standing release.

    Attributes:
        because: what keeps it from holding now; "" when it holds.
        last_pupils: size of the last file that left; None without one, and where several standing releases are listed.

    """

    school: str
    because: str
    last_pupils: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """One file that was held against a standing release.

    Attributes:
        figures: counts of the file beside the last one; empty when there was none to hold it against.
        said: why it waited for people; empty for a file that left.

    """

    waybill: str
    school: str
    period: str
    at: dt.datetime
    figures: Mapping[str, int]
    said: tuple[str, ...]


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
        uses: the last of both, newest first, with their figures; none where several are listed.

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
    uses: tuple[Use, ...] = ()

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


def eligible(ctx: Context) -> tuple[Agreement, ...]:
    """Return the agreements of which somebody may propose a standing release."""
    known = [one.agreement for one in ctx.installation.trust.agreements if one.agreement is not None]
    return tuple(one for one in known if not signed_singly(one))


def schools_of(ctx: Context, start: str) -> tuple[str, ...]:
    """Return the schools that a standing release is for, whoever asks. Raises NotNamed."""
    return _named(ctx, start).schools


def listed(ctx: Context) -> tuple[StandingPage, ...]:
    """Every standing release of the actor's schools, the newest first; for whoever may read what leaves."""
    mine = set(ctx.schools(READING))
    found = [one for one in all_standing(ctx.installation.ledger) if mine.intersection(one.schools)]
    if not found:
        return ()  # what follows looks through every signature that there is
    known = _known(ctx)
    return tuple(_page(ctx, one, known) for one in reversed(found))


def page(ctx: Context, start: str) -> StandingPage:
    """Read one standing release; the actor may read what leaves one of its schools. Raises NotNamed, NotAllowed."""
    standing = _named(ctx, start)
    _refuse_stranger(ctx, standing, READING)
    found = _page(ctx, standing, _known(ctx))
    return replace(found, uses=_uses(ctx, standing), schools=tuple(_sized(ctx, standing, found.schools)))


def may_sign(ctx: Context, found: StandingPage) -> tuple[Role, ...]:
    """Return the roles in which the actor may sign it still: nobody signs it in two."""
    if ctx.actor in {who for who, _ in found.signed} or found.off_by is not None:
        return ()
    if ctx.installation.today() > found.standing.ends:
        return ()
    held = ctx.roles(*found.standing.schools)
    return tuple(role for role in map(Role, found.standing.signing) if role in held)


def sign_it(ctx: Context, start: str, role: Role, key: Ed25519PrivateKey, typed: str) -> StandingPage:
    """Sign a standing release; returns it as it then stands. Raises NotNamed, or as the signature does not count."""
    standing = _named(ctx, start)
    if typed != standing.sha256[:NAMED]:
        message = f"Nothing was signed: type the first {NAMED} characters of the standing release you have read."
        raise NotNamed(message)
    return _write_down(ctx, standing, sign(statement_of(standing, role, ctx.actor, ctx.installation.now()), key))


def to_sign(ctx: Context, start: str, role: Role) -> Statement:
    """Return what the actor's passkey is to sign. Raises NotNamed, NotAllowed."""
    standing = _named(ctx, start)
    refuse_key_file(ctx.person(_where(ctx, standing, role), [role]))
    return statement_of(standing, role, ctx.actor, ctx.installation.now())


def sign_by_passkey(ctx: Context, statement: Statement, answer: str) -> StandingPage:
    """Record a passkey's answer to `to_sign`. Raises as `answering.accepted`, or as the signature does not count."""
    standing = _named(ctx, statement.subject)
    return _write_down(ctx, standing, accepted(ctx, statement, answer, _where(ctx, standing, statement.role)))


def _write_down(ctx: Context, standing: Standing, signature: Signature) -> StandingPage:
    here = ctx.installation
    now = here.now()
    sign_standing(here.ledger, standing, signature, now, here.today())
    here.lodged.lodge(now)
    return page(ctx, standing.sha256)


def _where(ctx: Context, standing: Standing, role: Role) -> str:
    """The first of its schools where the actor holds the role; the last one's refusal speaks for all."""
    return next((one for one in standing.schools if role in ctx.roles(one)), standing.schools[-1])


def off(ctx: Context, start: str) -> int:
    """Switch one off at once, without a key; returns how many files wait for people again. Raises NotAllowed."""
    here, standing = ctx.installation, _named(ctx, start)
    _refuse_stranger(ctx, standing, DECIDING)
    waiting = switch_off(here.ledger, standing, ctx.actor, here.now())
    here.lodged.lodge(here.now())
    return waiting


def _named(ctx: Context, start: str) -> Standing:
    found = [one for one in all_standing(ctx.installation.ledger) if start and one.sha256.startswith(start)]
    if len(found) != 1:
        message = f"{len(found) or 'No'} standing releases begin with {start!r}. See: waybill standing list"
        raise NotNamed(message)
    return found[0]


def _refuse_stranger(ctx: Context, standing: Standing, roles: Sequence[Role]) -> None:
    """Let in who holds one of the roles at one of its schools; the last school's refusal speaks for all."""
    if ctx.roles(*standing.schools).isdisjoint(roles):
        ctx.person(standing.schools[-1], roles)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for every standing release: signatures by its hash, and how many files left under it."""

    signatures: Mapping[str, Sequence[Signature]]
    used: Mapping[str, int]
    register: Register


def _known(ctx: Context) -> _Known:
    ledger = ctx.installation.ledger
    return _Known(all_signatures(ledger), counted_by_detail(ledger, State.APPROVED, "standing"), current(ledger))


def _page(ctx: Context, standing: Standing, known: _Known) -> StandingPage:
    here = ctx.installation
    (proposed,) = here.ledger.events(KIND, standing=standing.sha256)
    off_events = here.ledger.events(OFF, standing=standing.sha256)
    known_now = {one.id: one.agreement for one in here.trust.agreements}
    agreement = known_now.get(standing.agreement)
    by_clause: dict[str, list[str]] = {}
    for line in agreement.lines if agreement else ():
        by_clause.setdefault(line.clause, []).append(line.output or line.field)
    given = known.signatures.get(standing.sha256, ())
    why = because(here.ledger, standing, given, known.register, here.now(), here.today())
    held = here.ledger.events(HELD, standing=standing.sha256)
    return StandingPage(
        id=standing.sha256,
        standing=standing,
        proposed_by=str(proposed.body["by"]),
        agreement=agreement,
        fields={clause: tuple(dict.fromkeys(names)) for clause, names in by_clause.items()},
        schools=tuple(_school(standing, agreement, *each) for each in why.items()),
        signed=tuple((one.statement.signer, one.statement.role.value) for one in given),
        off_by=str(off_events[0].body["by"]) if off_events else None,
        off_at=off_events[0].at if off_events else None,
        used=known.used.get(standing.sha256, 0),
        held=Counter(code for event in held for code in cast("list[str]", event.body["breaches"])),
    )


def _uses(ctx: Context, standing: Standing) -> tuple[Use, ...]:
    ledger = ctx.installation.ledger
    left = latest_by_detail(ledger, State.APPROVED, "standing", standing.sha256, SHOWN)
    waited = ledger.events(HELD, standing=standing.sha256)[-SHOWN:]
    newest = sorted([*left, *waited], key=lambda event: event.seq, reverse=True)
    return tuple(_use(ctx, event) for event in newest[:SHOWN])


def _use(ctx: Context, event: Event) -> Use:
    waybill = str(event.body["waybill"])
    slot = ctx.installation.ledger.release(waybill).slot
    told = event.body if event.kind == HELD else cast("Mapping[str, object]", event.body["detail"])
    figures = cast("Mapping[str, int]", told["figures"] or {})
    said = cast("list[str]", told.get("said", []))
    return Use(waybill, slot.school, slot.period, event.at, figures, tuple(said))


def _school(standing: Standing, agreement: Agreement | None, school: str, why: str) -> SchoolStands:
    if not why and (agreement is None or agreement.sha256 != standing.agreement_sha256):
        why = "the agreement reads otherwise now"
    return SchoolStands(school, why, None)


def _sized(ctx: Context, standing: Standing, schools: Sequence[SchoolStands]) -> Iterator[SchoolStands]:
    """Give each school with the size of its last file."""
    here = ctx.installation
    last = latest_by_school(here.ledger, standing.agreement, sorted(state.value for state in SETTLED))
    for one in schools:
        sent = last.get(one.school)
        pupils = None if sent is None else read_waybill(here.ledger, here.vault, sent.waybill).tally.pupils
        yield replace(one, last_pupils=pupils)

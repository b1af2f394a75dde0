"""Show what would be signed, and sign it.

Belongs here: the verbs `show`, `sign` and `revoke`, and what every act on a waybill shares. The statement a person
reads is made here from the waybill, the agreement and the findings; what a signature is, `exports.signing`; who may
sign, `approving`; letting stand what blocks, `overriding`.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.authority import record, recorded
from exports.changes import Changes
from exports.gateways import load_gateways
from exports.grounds import Protected
from exports.preparation import artefact, certificate_of, made_by, open_batch, read_grounds, read_waybill
from exports.release import refuse_increment
from exports.signing import READING, Act, Role, Signature, Statement, sign
from exports.since import difference
from exports.standing_use import HELD
from exports.waybill import Waybill
from ledger.disclosures import Batch
from ledger.states import State
from ledger.trace import in_file
from pipelines.actions.answering import accepted, refuse_key_file
from pipelines.actions.comparing import changes_since, last_file
from pipelines.actions.context import Context, NotNamed
from pipelines.actions.findings import Cause, causes_of
from pipelines.actions.spec import Heard, heard, unverified
from schemas.census.spec import described
from schemas.refusal import Refusal
from vault.store import ArtefactGone

VALID_FOR = dt.timedelta(days=28)
_NAMED = 8
"""How many characters of the waybill's hash a signer must type: enough to prove that they looked at this one."""


@dataclass(frozen=True, slots=True)
class Since:
    """What differs from the last file of the same agreement and school that left.

    Attributes:
        waybill: of that file, and its period and version.
        joined: pupils in this file and not in that; `left` the other way round.
        values: by field, how many values this file tells that that one did not; None when its digests are gone.
        changes: what a census says otherwise, counted; None for a feed.

    """

    waybill: str
    period: str
    version: int
    joined: int
    left: int
    values: Mapping[str, int] | None
    changes: Changes | None


@dataclass(frozen=True, slots=True)
class Statements:
    """One page: what a signature would let leave.

    Attributes:
        made_by: the MIS that made the file, when it was adopted; None for a file of our own.
        purpose: why, in the agreement's words.
        provisional: what is not known of the recipient's own layout; empty when it is known.
        fields: by notice clause, what leaves under it; `laws` by clause, which paragraphs of the law open the way.
        protected: kinds of protection that pupils of the file have, and what the agreement says of each.
        newly: fields that the last file did not tell; all of them for a first file.
        since: what else differs from the last file; None for a first file.
        causes: what was found, by rule, with the explanations there are.
        held: why it does not leave under its standing release; empty where it has none or lies inside.
        signing: roles that must sign; `signed` who has, as what.
        overriding: who has signed to let blocking errors, or an unverified layout, stand, as what.
        unverified: the warning and each path that nobody has confirmed, as things stand now; empty when all are.
        official: what the department's own material said of the file, and how that compares with our findings.

    """

    waybill: Waybill
    state: State
    recipient: str
    made_by: str | None
    purpose: str
    provisional: str
    fields: Mapping[str, tuple[str, ...]]
    laws: Mapping[str, tuple[str, ...]]
    protected: tuple[Protected, ...]
    newly: tuple[str, ...]
    since: Since | None
    causes: tuple[Cause, ...]
    held: tuple[str, ...]
    ends_as: str
    signing: tuple[str, ...]
    signed: tuple[tuple[str, str], ...]
    overriding: tuple[tuple[str, str], ...]
    unverified: tuple[str, ...]
    official: Heard


def show(ctx: Context, waybill: str) -> Statements:
    """Read a waybill's statement, on the grounds it was prepared on; for whoever may read it."""
    here = ctx.installation
    release = ctx.named(waybill)
    ctx.person(release.slot.school, READING)
    found = read_waybill(here.ledger, here.vault, release.waybill)
    grounds = read_grounds(here.ledger, here.vault, release.waybill)
    before = last_file(ctx, found)
    told = set(before.fields) if before else set()
    by_clause: dict[str, list[str]] = {}
    laws: dict[str, list[str]] = {}
    for ground in grounds.lines.values():
        by_clause.setdefault(ground.clause, []).append(ground.shown_as)
        laws.setdefault(ground.clause, []).append(ground.gateway)
    return Statements(
        waybill=found,
        state=release.state,
        recipient=grounds.recipient,
        made_by=made_by(here.ledger, here.vault, release.waybill),
        purpose=grounds.title,
        provisional=grounds.provisional,
        fields={clause: tuple(dict.fromkeys(names)) for clause, names in by_clause.items()},
        laws={clause: _laws(ids) for clause, ids in laws.items()},
        protected=grounds.protected,
        newly=tuple(line for line in found.fields if line not in told),
        since=_since(ctx, found, before) if before else None,
        causes=causes_of(ctx, release),
        held=_held(ctx, release.waybill),
        ends_as=grounds.ends_as,
        signing=grounds.signing,
        signed=_signers(ctx, found, Act.RELEASE),
        overriding=_signers(ctx, found, Act.OVERRIDE),
        unverified=described(unverified(ctx, release.waybill)),
        official=heard(ctx, release.waybill),
    )


def sign_release(ctx: Context, waybill: str, role: Role, key: Ed25519PrivateKey, named: str) -> bool:
    """Sign the release of a waybill; True when every signature it needs is there.

    Args:
        named: what the signer typed to name it: the first characters of its hash.

    Raises:
        NotNamed: it is not this waybill's.
        Refusal: the signature does not count (`exports.authority.record`).

    """
    statements = show(ctx, waybill)
    refuse_unnamed(statements.waybill, named)
    return write_down(ctx, statements, sign(statement_of(ctx, statements, Act.RELEASE, role), key))


def to_sign(
    ctx: Context, waybill: str, act: Act, role: Role, *, reason: str | None = None, reference: str | None = None
) -> Statement:
    """Return what the actor's passkey is to sign: the release of a waybill, its end, or an override with its reason.

    Raises NotAllowed; StatementMalformed; NotNamed where the register holds no passkey for the actor.
    """
    statements = show(ctx, waybill)
    refuse_key_file(ctx.person(statements.waybill.school, [role]))
    return statement_of(ctx, statements, act, role, reason=reason, reference=reference)


def sign_by_passkey(ctx: Context, statement: Statement, answer: str) -> bool:
    """Record a passkey's answer to `to_sign`; True when every signature is there.

    Raises as `answering.accepted`, and a Refusal when the signature does not count (`exports.authority.record`).
    """
    statements = show(ctx, statement.subject)
    return write_down(ctx, statements, accepted(ctx, statement, answer, statements.waybill.school))


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of one file of a sitting.

    Attributes:
        missing: roles that still have to sign; empty when every signature is there.
        refused: why nothing was signed, or None.

    """

    waybill: Waybill
    missing: tuple[str, ...]
    refused: Refusal | None


def sign_several(
    ctx: Context, named: Sequence[tuple[Waybill, str]], role: Role, key: Ed25519PrivateKey
) -> tuple[Signed, ...]:
    """Sign several releases in one sitting: a statement for each, and what is wrong with one keeps back no other.

    Args:
        named: each waybill that was read, with what the signer typed to name it.
        role: in which they sign all of them.
        key: opened once.

    """
    return tuple(_signed(ctx, waybill, typed, role, key) for waybill, typed in named)


def waiting(ctx: Context, role: Role, most: int | None = None) -> tuple[str, ...]:
    """Return the waybills that wait for the actor's signature in a role, the oldest first, so many of them at most.

    A file that the actor has signed in another role is not one: nobody signs a file twice. Raises NotAllowed.
    """
    return tuple(islice(_waiting(ctx, role, set(ctx.schools([role]))), most))


def _waiting(ctx: Context, role: Role, schools: set[str]) -> Iterator[str]:
    here = ctx.installation
    for release in here.ledger.releases(state=State.PREPARED.value):
        if release.slot.school in schools:
            waybill = read_waybill(here.ledger, here.vault, release.waybill)
            signing = read_grounds(here.ledger, here.vault, release.waybill).signing
            signed = _signers(ctx, waybill, Act.RELEASE) if role in signing else ()
            if (
                role in signing
                and role not in {held for _, held in signed}
                and ctx.actor not in {who for who, _ in signed}
            ):
                yield release.waybill


def _signed(ctx: Context, waybill: Waybill, typed: str, role: Role, key: Ed25519PrivateKey) -> Signed:
    try:
        sign_release(ctx, waybill.sha256, role, key, typed)
    except Refusal as refusal:
        return Signed(waybill, (), refusal)
    page = show(ctx, waybill.sha256)
    signed = {held for _, held in page.signed}
    return Signed(waybill, tuple(one for one in page.signing if one not in signed), None)


def revoke(ctx: Context, waybill: str, role: Role, key: Ed25519PrivateKey) -> None:
    """Call a waybill off before it is sent; for good."""
    statements = show(ctx, waybill)
    write_down(ctx, statements, sign(statement_of(ctx, statements, Act.REVOKE, role), key))


def statement_of(
    ctx: Context, statements: Statements, act: Act, role: Role, *, reason: str | None = None,
    reference: str | None = None,
) -> Statement:  # fmt: skip
    """Return the actor's statement about the file that was read; an override's alone has a reason and a reference.

    Raises SnapshotNotWhole for the release of a dry run's file that was made from an increment.
    """
    if act is Act.RELEASE:
        here = ctx.installation
        refuse_increment(certificate_of(here.ledger, here.vault, statements.waybill.sha256))
    now = ctx.installation.now()
    return Statement(
        act=act,
        role=role,
        signer=ctx.actor,
        subject=statements.waybill.sha256,
        signed_at=now,
        not_after=now + VALID_FOR,
        reason_sha256=hashlib.sha256(reason.encode()).hexdigest() if reason else None,
        reference=reference,
    )


def write_down(ctx: Context, statements: Statements, signature: Signature) -> bool:
    """Record a signature for the file that was read; True when every signature it needs is there."""
    here = ctx.installation
    now = here.now()
    complete = record(here.ledger, statements.waybill, signature, statements.signing, now)
    here.lodged.lodge(now)
    return complete


def _since(ctx: Context, waybill: Waybill, before: Waybill) -> Since:
    here = ctx.installation
    batch = open_batch(here.vault.open(artefact(here.ledger, waybill.sha256, "cells")))
    now, then = set(batch.refs), set(in_file(here.ledger, before.sha256))
    return Since(
        before.sha256, before.period, before.release_version, len(now - then), len(then - now),
        _new_values(ctx, before, batch), changes_since(ctx, before, waybill),
    )  # fmt: skip


def _new_values(ctx: Context, before: Waybill, now: Batch) -> Mapping[str, int] | None:
    here = ctx.installation
    try:
        then = open_batch(here.vault.open(artefact(here.ledger, before.sha256, "cells")))
    except ArtefactGone:  # the retention of the earlier file's digests is over
        return None
    prefix = f"{before.agreement}."
    return {line.removeprefix(prefix): count for line, count in difference(then, now).values.items()}


def _laws(ids: Sequence[str]) -> tuple[str, ...]:
    """Name each instrument once with its paragraphs; a paragraph that the register has no more, by its id."""
    register, by_instrument = load_gateways(), dict[str, list[str]]()
    for name in dict.fromkeys(ids):
        found = register.get(name)
        by_instrument.setdefault(found.instrument if found else name, []).append(found.paragraph if found else "")
    return tuple(", ".join(filter(None, (one, *paragraphs))) for one, paragraphs in by_instrument.items())


def _held(ctx: Context, waybill: str) -> tuple[str, ...]:
    held = ctx.installation.ledger.events(HELD, waybill=waybill)
    return tuple(map(str, cast("list[str]", held[-1].body["said"]))) if held else ()


def _signers(ctx: Context, waybill: Waybill, act: Act) -> tuple[tuple[str, str], ...]:
    signatures = recorded(ctx.installation.ledger, waybill, act)
    return tuple((one.statement.signer, one.statement.role.value) for one in signatures)


def refuse_unnamed(waybill: Waybill, named: str) -> None:
    """Refuse a signer who did not type what names the waybill; raises NotNamed."""
    if named != waybill.sha256[:_NAMED]:
        message = f"Nothing was signed: type the first {_NAMED} characters of the waybill you have read."
        raise NotNamed(message)

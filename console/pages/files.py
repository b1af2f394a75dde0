"""One file before it leaves: the page a head reads, signing it with a passkey, sending it, settling a doubt.

Belongs here: the pages under `/files/WAYBILL` that decide something. What is signed, and whether it counts, is
`pipelines.actions.signing`, letting stand what blocks `overriding`; what became of a file is
`console.pages.disclosures`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console import asking, words
from console.asking import Question
from console.visit import Visit, go
from exports.authority import OVERRIDE_ROLES
from exports.deletions import ReferenceUnfit, checked_reference
from exports.protection import MEANINGS
from exports.signing import Act, Role, Statement
from exports.vocabularies import EFFECTS
from ledger.states import State
from pipelines.actions import overriding, releasing, signing
from pipelines.actions.overriding import Override, Overriding
from pipelines.actions.releasing import ReleaseRequest

_ACTS: Final = {"release": Act.RELEASE, "revoke": Act.REVOKE}
_SAID: Final = {Act.RELEASE: "signed", Act.REVOKE: "revoked", Act.OVERRIDE: "overridden"}
_WORDS: Final = {
    Act.RELEASE: ("sign the release of this file", "Sign with my passkey"),
    Act.REVOKE: ("call the file off, for good", "Call it off with my passkey"),
    Act.OVERRIDE: ("let stand what blocks this file", "Override with my passkey"),
}
_OPEN: Final = (State.PREPARED, State.APPROVED)
_MISSING: Final = {
    "reason": "Say why the file may leave in spite of what blocks it.",
    "reference": "Give the reference under which the helpdesk told you to submit it.",
}
_UNFIT: Final = "A reference is at most 40 letters, digits and . / _ - and names nobody."
_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})


def sign(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The page to read before signing: what leaves, to whom, why, and what is new."""
    page = signing.show(visit.ctx, visit.file.waybill)
    trust = visit.ctx.installation.trust
    signed = {role for _, role in page.signed}
    me, stands = visit.ctx.actor, overriding.overriding(visit.ctx, visit.file.waybill)
    mine = [role for role in page.signing if role not in signed and Role(role) in visit.roles]
    return visit.page(
        "sign.html", "Read and sign", status=status, page=page, school=trust.school(page.waybill.school).name,
        clauses=trust.notice.clauses, meanings={flag.value: words for flag, words in MEANINGS.items()},
        effects=EFFECTS, missing=[role for role in page.signing if role not in signed],
        mine=[] if me in {who for who, _ in page.signed} else mine, open=page.state in _OPEN,
        by_passkey=bool(asking.own_passkey(visit)), may_call_off=_may_call_off(visit),
        stands=stands, overrides_as=_overrides_as(visit, stands), other=_other(visit, stands), faults=faults,
        typed={name: visit.form.get(name, "") for name in ("reason", "reference")},
        of_a_case=page.waybill.agreement in {one.id for one in trust.cases},
    )  # fmt: skip


def ask(visit: Visit) -> Response:
    """Ask the signer's passkey; its challenge is the hash of exactly what is signed."""
    act, role = _ACTS.get(visit.form.get("act", "release")), visit.form.get("role", "")
    if act is None or role not in {one.value for one in visit.roles} or asking.own_passkey(visit) is None:
        raise HTTPException(409, asking.NOT_ASKED)
    return _put(visit, signing.to_sign(visit.ctx, visit.file.waybill, act, Role(role)))


def ask_to_override(visit: Visit) -> Response:
    """Ask the signer's passkey to let stand what blocks the file, for a reason given here or by the other signer."""
    stands = overriding.overriding(visit.ctx, visit.file.waybill)
    role, other = visit.form.get("role", ""), _other(visit, stands)
    if asking.own_passkey(visit) is None or role not in _overrides_as(visit, stands):
        raise HTTPException(409, asking.NOT_ASKED)
    reason, reference = _plain(visit.form.get("reason", "")).strip(), visit.form.get("reference", "").strip()
    if visit.form.get("agree") and other is not None and other.reason is not None:
        reason, reference = other.reason, other.reference
    faults = _faults(reason, reference)
    if faults:
        return sign(visit, faults, 422)
    statement = overriding.to_override(visit.ctx, visit.file.waybill, Role(role), reason=reason, reference=reference)
    return _put(visit, statement, reason)


def _put(visit: Visit, statement: Statement, reason: str = "") -> Response:
    slot, release = visit.file.slot, visit.file
    school = visit.ctx.installation.trust.school(slot.school).name
    file = f"{visit.titles.get(slot.agreement, slot.agreement)}, {words.period(slot.period)}, version {slot.version}"
    given = (("Because", reason, "lines"), ("The helpdesk's reference", statement.reference or "", ""))
    what, button = _WORDS[statement.act]
    override = statement.act is Act.OVERRIDE
    question = Question(
        what=what,
        facts=(
            *(given if override else ()), ("File", file, ""), ("School", f"{school} ({slot.school})", ""),
            ("Waybill", release.waybill, "mono"),
        ),
        names="the waybill's hash" + (", the reference and the hash of your reason" if override else ""),
        button=button,
        to=f"/files/{release.waybill}/signature",
        back=f"/files/{release.waybill}/sign",
        sealed={"reason": reason} if override else {},
    )  # fmt: skip
    return asking.put(visit, statement, question)


def signature(visit: Visit) -> Response:
    """Take the passkey's answer and record the signature."""
    statement, _ = asking.taken(visit, *_SAID, subject=visit.file.waybill)
    answer = visit.form.get("answer", "")
    if statement.act is Act.OVERRIDE:
        overriding.override_by_passkey(visit.ctx, statement, answer, _plain(visit.form.get("reason", "")))
    else:
        signing.sign_by_passkey(visit.ctx, statement, answer)
    return go(f"/files/{visit.file.waybill}/sign", _SAID[statement.act])


def release(visit: Visit) -> Response:
    """Send what is signed; the signatures and the gate decide."""
    slot = visit.file.slot
    releasing.release(visit.ctx, ReleaseRequest(slot.agreement, slot.school, slot.period))
    return go(f"/files/{visit.file.waybill}/sign", "released")


def resolve(visit: Visit) -> Response:
    """Find out by reading back whether a file in doubt has arrived."""
    releasing.resolve(visit.ctx, visit.file.waybill)
    return go(f"/files/{visit.file.waybill}/sign", "settled")


def _may_call_off(visit: Visit) -> list[str]:
    return sorted(role.value for role in visit.roles if role in {Role.DATA_MANAGER, Role.HEAD, Role.DPO})


def _faults(reason: str, reference: str) -> dict[str, str]:
    """Say what is wrong with an override, by field, all of it at once."""
    found = {name: _MISSING[name] for name, words in (("reason", reason), ("reference", reference)) if not words}
    try:
        checked_reference(reference)
    except ReferenceUnfit:
        found.setdefault("reference", _UNFIT)
    return found


def _overrides_as(visit: Visit, stands: Overriding) -> list[str]:
    """Roles in which the visitor may sign the override: nobody signs it in two."""
    signed = {one.role for one in stands.given if one.signer == visit.ctx.actor}
    return [role.value for role in OVERRIDE_ROLES if role in visit.roles and role in (signed or OVERRIDE_ROLES)]


def _other(visit: Visit, stands: Overriding) -> Override | None:
    """What somebody else has signed last, for the visitor to agree with."""
    return next((one for one in reversed(stands.given) if one.signer != visit.ctx.actor), None)


def _plain(words: str) -> str:
    """Text as it was typed: a browser sends every end of a line as two characters."""
    return words.replace("\r\n", "\n")

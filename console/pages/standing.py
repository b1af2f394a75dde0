"""Standing releases: which there are, what each allows and what has left under it, proposing, signing, switching off.

Belongs here: the pages under `/standing`. What a standing release is, and who may do what, is
`pipelines.actions.standing`; what no limit can allow, in words, `pipelines.screens.standing`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console import asking, forms, words
from console.asking import Question
from console.visit import Visit, go
from exports.envelope import Limits, StandingUnfit
from exports.signing import DECIDING, Act, Role
from exports.standing import Standing
from pipelines.actions import standing as verbs
from pipelines.screens.standing import ALWAYS

LIMITS: Final = {
    "least": "Fewest pupils in a file",
    "most": "Most pupils in a file",
    "joined": "Most pupils who were not in the last file",
    "gone": "Most pupils of the last file who are no longer in it",
    "changed": "Most values that changed since the last file",
    "errors": "Most errors that do not block, each explained",
    "queries": "Most queries, each explained",
}
_NEEDED: Final = {"least", "most"}
_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})


def listed(visit: Visit) -> Response:
    """Every standing release of the visitor's schools."""
    return visit.page(
        "standings.html", "Standing releases", found=verbs.listed(visit.ctx), titles=visit.titles, may=_proposes(visit)
    )


def show(visit: Visit) -> Response:
    """The page that is signed: limits, schools, who has signed, and what left under it with each file's figures."""
    found = verbs.page(visit.ctx, visit.path("standing"))
    signed = {role for _, role in found.signed}
    return visit.page(
        "standing.html", "Standing release", found=found, one=found.standing, limits=_limits(found.standing),
        always=ALWAYS, missing=[role for role in found.standing.signing if role not in signed],
        mine=[role.value for role in verbs.may_sign(visit.ctx, found)], by_passkey=bool(asking.own_passkey(visit)),
        schools=visit.ctx.installation.trust.schools, clauses=visit.ctx.installation.trust.notice.clauses,
        may_end=found.off_by is None and visit.holds(*DECIDING),
    )  # fmt: skip


def proposing(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The form to propose one: which agreement first, then its schools and limits."""
    trust, name = visit.ctx.installation.trust, visit.form.get("agreement", "") or visit.asked("agreement")
    eligible = verbs.eligible(visit.ctx)
    chosen = next((one for one in eligible if one.id == name), None)
    typed = {one: visit.form.get(one, "") for one in ("ends", *LIMITS)}
    return visit.page(
        "standing_new.html", "Propose a standing release", status=status, faults=faults, eligible=eligible,
        chosen=chosen, limits=LIMITS, typed=typed, picked=[urn for urn in trust.schools if visit.form.get(f"at{urn}")],
        schools={urn: one.name for urn, one in trust.schools.items() if chosen and chosen.covers(urn)},
    )  # fmt: skip


def propose(visit: Visit) -> Response:
    """Enter a proposal, unless something in it is wrong; it allows nothing before people have signed it."""
    counts = {name: forms.count(forms.text(visit, name) or ("" if name in _NEEDED else "0")) for name in LIMITS}
    ends = forms.day(visit, "ends")
    faults = {"ends": forms.NO_DAY} if ends is None else {}
    faults |= {name: f"{LIMITS[name]}: enter a whole number." for name, value in counts.items() if value is None}
    if faults or ends is None:
        return proposing(visit, faults, 422)
    schools = [urn for urn in visit.ctx.installation.trust.schools if visit.form.get(f"at{urn}")]
    try:
        limits = Limits(*(value or 0 for value in counts.values()))
        made = verbs.propose(visit.ctx, visit.form.get("agreement", ""), schools, ends, limits)
    except StandingUnfit as refusal:
        return proposing(visit, {"ends" if "end" in str(refusal) else "least": forms.sentence(refusal)}, 422)
    return go(f"/standing/{made.id}", "proposed")


def ask(visit: Visit) -> Response:
    """Ask the signer's passkey."""
    found = verbs.page(visit.ctx, visit.path("standing"))
    role = visit.form.get("role", "")
    if role not in verbs.may_sign(visit.ctx, found) or asking.own_passkey(visit) is None:
        raise HTTPException(409, asking.NOT_ASKED)
    one = found.standing
    question = Question(
        what="let files leave without being signed one by one",
        facts=(
            ("Agreement", visit.titles.get(one.agreement, one.agreement), ""),
            ("Schools", ", ".join(one.schools), ""),
            ("From", f"{words.day(one.starts)} to {words.day(one.ends)}", ""),
            *((name, str(value), "") for name, value in _limits(one).items()),
            ("Standing release", one.sha256, "mono"),
        ),
        names="the standing release's hash, and so its agreement, schools, days and limits",
        button="Sign with my passkey",
        to=f"/standing/{one.sha256}/signature",
        back=f"/standing/{one.sha256}",
    )
    return asking.put(visit, verbs.to_sign(visit.ctx, one.sha256, Role(role)), question)


def signature(visit: Visit) -> Response:
    """Take the passkey's answer and record the signature."""
    statement, _ = asking.taken(visit, Act.STANDING, subject=visit.path("standing"))
    verbs.sign_by_passkey(visit.ctx, statement, visit.form.get("answer", ""))
    return go(f"/standing/{statement.subject}", "signed")


def off(visit: Visit) -> Response:
    """Switch one off, at once and for good."""
    verbs.off(visit.ctx, visit.path("standing"))
    return go(f"/standing/{visit.path('standing')}", "off")


def _limits(one: Standing) -> dict[str, int]:
    held = one.limits
    counts = (held.pupils_least, held.pupils_most, held.joined_most, held.left_most, held.changed_most,
              held.errors_most, held.queries_most)  # fmt: skip
    return dict(zip(LIMITS.values(), counts, strict=True))


def _proposes(visit: Visit) -> bool:
    return visit.holds(Role.DATA_MANAGER, Role.HEAD, Role.DPO)

"""What waits for the visitor's signature, and standing in: a role lent to somebody until a day.

Belongs here: the pages `/signing` and those under `/delegations`. What a delegation is, and who may give one, is
`pipelines.actions.delegating`; a file is read and signed on its own page.
"""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from console import asking, forms, words
from console.asking import Question
from console.visit import Visit, go
from exports.approvers import current
from exports.delegations import delegation_from
from exports.signing import DECIDING, Act, Role
from pipelines.actions import delegating, signing

MOST: Final = 50
"""How many waiting files the page names."""
_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})
_LENT: Final = {
    "to": "Choose who stands in for you.",
    "role": "Choose which of your roles you lend.",
    "school": "Choose the school.",
    "ends": "Enter the last day, as it stands in a calendar.",
}


def waiting(visit: Visit) -> Response:
    """Files that wait for the visitor, and the ways to what is signed besides files."""
    mine = [role for role in DECIDING if role in visit.roles]
    found: dict[str, list[str]] = {}
    for role in mine:
        for waybill in signing.waiting(visit.ctx, role, MOST):
            found.setdefault(waybill, []).append(role.value)
    here = visit.ctx.installation
    releases = [(here.ledger.release(waybill), roles) for waybill, roles in list(found.items())[:MOST]]
    return visit.page(
        "signing.html", "Signing", waiting=releases, schools=here.trust.schools, titles=visit.titles,
        decides=bool(mine), most=MOST,
    )  # fmt: skip


def lent(visit: Visit) -> Response:
    """Who stands in for whom, at the visitor's schools."""
    found = delegating.listed(visit.ctx)
    mine = {one.id for one in found if not visit.ctx.roles(one.school).isdisjoint(DECIDING)}
    return visit.page(
        "delegations.html", "Standing in", found=found, names=_names(visit), may_end=mine,
        schools=visit.ctx.installation.trust.schools, decides=bool(_lendable(visit)),
    )  # fmt: skip


def lending(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The form to lend a role."""
    here = visit.ctx.installation
    return visit.page(
        "delegation_new.html", "Lend a role", status=status, faults=faults, lendable=_lendable(visit),
        people={id_: name for id_, name in _names(visit).items() if id_ != visit.ctx.actor},
        schools={urn: one.name for urn, one in here.trust.schools.items() if _may_lend(visit, urn)},
        typed={name: visit.form.get(name, "") for name in _LENT}, by_passkey=bool(asking.own_passkey(visit)),
        today=here.today(),
    )  # fmt: skip


def ask_to_lend(visit: Visit) -> Response:
    """Ask the lender's passkey."""
    given = {name: forms.text(visit, name) for name in _LENT}
    faults = {name: _LENT[name] for name, value in given.items() if not value}
    ends, today = forms.day(visit, "ends"), visit.ctx.installation.today()
    if ends is None:
        faults["ends"] = _LENT["ends"]
    elif not today <= ends < today + dt.timedelta(days=365):
        faults["ends"] = "The last day is today or later, and within a year."
    if given["role"] and given["role"] not in _lendable(visit):
        faults["role"] = _LENT["role"]
    if faults or ends is None:
        return lending(visit, faults, 422)
    made, statement = delegating.to_give(visit.ctx, given["to"], Role(given["role"]), given["school"], ends)
    school = visit.ctx.installation.trust.school(made.school).name
    question = Question(
        what="let somebody sign in your place",
        facts=(
            ("Who stands in", _names(visit)[made.to], ""), ("School", f"{school} ({made.school})", ""),
            ("Last day", words.day(made.ends), ""), ("Delegation", made.sha256, "mono"),
        ),
        names="the delegation's hash",
        button="Lend it with my passkey",
        to="/delegations/signature",
        back="/delegations/new",
        kept={"delegation": made.body()},
    )  # fmt: skip
    return asking.put(visit, statement, question)


def lend(visit: Visit) -> Response:
    """Take the passkey's answer; the role is lent from now on."""
    statement, kept = asking.taken(visit, Act.DELEGATE)
    made = delegation_from(kept.get("delegation", {}))
    delegating.give_by_passkey(visit.ctx, made, statement, visit.form.get("answer", ""))
    return go("/delegations", "lent")


def end(visit: Visit) -> Response:
    """End a delegation at once; it needs no key, and the record names who did."""
    delegating.stop(visit.ctx, visit.form.get("delegation", ""))
    return go("/delegations", "ended")


def _names(visit: Visit) -> dict[str, str]:
    people = current(visit.ctx.installation.ledger).people
    return {one.id: one.name for one in sorted(people, key=lambda one: one.name)}


def _lendable(visit: Visit) -> list[str]:
    """Roles that the visitor holds by the register itself: what is lent to them cannot be lent on."""
    return [role.value for role in DECIDING if visit.person and role in visit.person.roles]


def _may_lend(visit: Visit, school: str) -> bool:
    person = visit.person
    return person is not None and any(person.may(Role(role), school) for role in _lendable(visit))

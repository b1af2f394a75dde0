"""Who may sign: the approver register, and changing it by the passkeys of two who may.

Belongs here: the pages under `/approvers`. What a register is, and what makes a change authorised, is
`pipelines.actions.approving`; a change is one person's entry, so that whoever signs reads one thing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console import asking, forms, words
from console.asking import Question
from console.passkeys import public
from console.visit import Visit, download, go
from exports.approvers import WHOLE_TRUST, Person, RegisterMalformed
from exports.register_changes import Waiting
from exports.signing import DECIDING, Act, KeyUnreadable, Role, fingerprint
from pipelines.actions import approving
from pipelines.actions.approving import Change

_NO_FAULTS: Final[Mapping[str, str]] = MappingProxyType({})
_GONE, _SAME, _DESK, _TYPED = "gone", "same", "desk", "typed"


def listed(visit: Visit) -> Response:
    """Everybody in the register, and the changes that wait."""
    register = approving.listed(visit.ctx)
    return visit.page(
        "approvers.html", "Who may sign", register=register, prints=register.fingerprints(),
        waiting=approving.waiting(visit.ctx), schools=visit.ctx.installation.trust.schools, may=_may_change(visit),
    )  # fmt: skip


def changing(visit: Visit, faults: Mapping[str, str] = _NO_FAULTS, status: int = 200) -> Response:
    """The form for one person's entry; an id that nobody has makes a new one."""
    person_id = visit.form.get("person", "") or visit.asked("person")
    register = approving.listed(visit.ctx)
    held = register.person(person_id)
    sent = visit.request.method == "POST"
    return visit.page(
        "approver_change.html", "Change the register", status=status, faults=faults, held=held, id=person_id,
        roles_of=[role.value for role in Role], schools=visit.ctx.installation.trust.schools,
        name=visit.form.get("name", "") if sent else (held.name if held else ""),
        ticked={name for name in visit.form if name.startswith("is")} if sent else _ticked(held),
        key=visit.form.get("key", _SAME if held else _DESK), at_desk=bool(visit.desk.store.passkeys(person_id)),
        typed=visit.form.get("typed", ""),
    )  # fmt: skip


def change(visit: Visit) -> Response:
    """Enter the change; it waits for two signatures."""
    register = approving.listed(visit.ctx)
    person_id, name, how = (forms.text(visit, each) for each in ("person", "name", "key"))
    others = [one for one in register.body()["people"] if one["id"] != person_id]  # type: ignore[union-attr,index,call-overload]
    faults = {} if person_id else {"person": "Enter an id: a short name that is never used again for somebody else."}
    if how != _GONE:
        entry, more = _entry(visit, person_id, name, how, register.person(person_id))
        faults |= more
        others.append(entry)
    if faults:
        return changing(visit, faults, 422)
    try:
        number = approving.enter_change(visit.ctx, others)  # type: ignore[arg-type]
    except (RegisterMalformed, KeyUnreadable) as refusal:
        return changing(visit, {"typed" if how == _TYPED else "name": forms.sentence(refusal)}, 422)
    return go(f"/approvers/changes/{number}", "changed")


def show(visit: Visit) -> Response:
    """A change that waits: what would be otherwise, and who has signed."""
    found = approving.waiting_change(visit.ctx, int(visit.path("number")))
    signed = [(one.statement.signer, one.statement.role) for one in found.signatures]
    mine = [] if visit.ctx.actor in {who for who, _ in signed} else _may_change(visit)
    return visit.page(
        "approver_waiting.html", "A change of the register", found=found, differs=_differs(visit, found),
        signed=signed, mine=mine, print_of=fingerprint, by_passkey=bool(asking.own_passkey(visit)),
        schools=visit.ctx.installation.trust.schools,
    )  # fmt: skip


def ask(visit: Visit) -> Response:
    """Ask the signer's passkey."""
    found = approving.waiting_change(visit.ctx, int(visit.path("number")))
    role = forms.text(visit, "role")
    if role not in _may_change(visit) or asking.own_passkey(visit) is None:
        raise HTTPException(409, asking.NOT_ASKED)
    question = Question(
        what="change who may sign",
        facts=(
            *(_said(was, new) for was, new in _differs(visit, found)),
            ("Register", f"version {found.register.version}", ""), ("Its hash", found.register.sha256, "mono"),
        ),
        names="the hash of the whole new register",
        button="Sign with my passkey",
        to=f"/approvers/changes/{found.number}/signature",
        back=f"/approvers/changes/{found.number}",
    )  # fmt: skip
    return asking.put(visit, approving.to_sign_change(visit.ctx, found.number, Role(role)), question)


def signature(visit: Visit) -> Response:
    """Take the passkey's answer; the second one puts the change into force."""
    number = int(visit.path("number"))
    found = approving.waiting_change(visit.ctx, number)
    statement, _ = asking.taken(visit, Act.APPROVER_CHANGE, subject=found.register.sha256)
    if approving.sign_change_by_passkey(visit.ctx, number, statement, visit.form.get("answer", "")):
        return go("/approvers", "in-force")
    return go(f"/approvers/changes/{number}", "signed")


def file(visit: Visit) -> Response:
    """Give the change as a file, with the signatures it has, for whoever signs with a key file."""
    found = approving.waiting_change(visit.ctx, int(visit.path("number")))
    text = Change(found.register, found.signatures).text()
    return download(text.encode(), f"register-{found.register.version}.json", "application/json")


def _said(was: Person | None, new: Person | None) -> tuple[str, str, str]:
    """One entry that is otherwise, as the signer reads it last."""
    if new is None:
        return (was.id if was else "", "is taken out of the register", "")
    roles, schools = (", ".join(each) for each in (map(words.role, new.roles), new.schools))
    places = "the whole trust" if WHOLE_TRUST in new.schools else schools
    return new.id, f"{new.name}, {roles} for {places}, key {fingerprint(new.public_key)}", ""


def _entry(
    visit: Visit, person_id: str, name: str, how: str, held: Person | None
) -> tuple[dict[str, object], dict[str, str]]:
    """Return a person's entry as it would be, and what is wrong with the form, by field."""
    roles = [role.value for role in Role if visit.form.get(f"is-{role.value}")]
    schools = [WHOLE_TRUST] if visit.form.get("is-everywhere") else _picked(visit)
    faults = {} if name else {"name": "Enter the person's name."}
    if not roles:
        faults["roles"] = "Choose at least one role."
    if not schools:
        faults["schools"] = "Choose the whole trust, or at least one school."
    key = _key(visit, person_id, how, held)
    if not key:
        faults["key"] = "There is no such key: let them set up a passkey at this desk first, or enter their public key."
    return {"id": person_id, "name": name, "roles": roles, "schools": schools, "public_key": key}, faults


def _key(visit: Visit, person_id: str, how: str, held: Person | None) -> str:
    if how == _DESK:
        passkeys = visit.desk.store.passkeys(person_id)
        return public(visit.desk, passkeys[-1]) if passkeys else ""
    if how == _TYPED:
        return forms.text(visit, "typed")
    return held.public_key if held and how == _SAME else ""


def _picked(visit: Visit) -> list[str]:
    return [urn for urn in visit.ctx.installation.trust.schools if visit.form.get(f"is-{urn}")]


def _ticked(held: Person | None) -> set[str]:
    if held is None:
        return set()
    return {
        f"is-{one}" for one in (*held.roles, *(each if each != WHOLE_TRUST else "everywhere" for each in held.schools))
    }


def _differs(visit: Visit, found: Waiting) -> list[tuple[Person | None, Person | None]]:
    """Entries that are otherwise: as they are, and as they would be."""
    now = approving.listed(visit.ctx)
    ids = sorted({one.id for one in (*now.people, *found.register.people)})
    pairs = [(now.person(each), found.register.person(each)) for each in ids]
    return [(was, new) for was, new in pairs if was != new]


def _may_change(visit: Visit) -> list[str]:
    """Roles in which the visitor may sign a change: held for the whole trust, and deciding something."""
    held = visit.ctx.roles(WHOLE_TRUST)
    return [role.value for role in DECIDING if role in held]

"""Who is asking, and of what.

Belongs here: the `Context` every action takes, and the check that the actor may. The approver register in the ledger
says who is who.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from exports.approvers import WHOLE_TRUST, Person, Register, current
from exports.cases import NAME as CASE_NAME
from exports.signing import DECIDING, Role, stands_in
from ledger.states import State
from ledger.store import Release
from pipelines.installation import Installation
from schemas.refusal import Refusal

_WHOLE_HASH: Final = 64
"""Characters of a SHA-256 in hex."""


class NotAllowed(Refusal):
    """The actor is not in the approver register, or not in a role that may do this for this school."""

    code = "not_allowed"


class NotNamed(Refusal):
    """What was typed does not name one waybill, or not the one that would be signed."""

    code = "not_named"


class NothingPrepared(Refusal):
    """Nothing has been prepared for what was named."""

    code = "nothing_prepared"


class UnderAgreement(Protocol):
    """What is about one school and one agreement or case: a release's slot, a duty, an entry."""

    @property
    def school(self) -> str:
        """URN."""

    @property
    def agreement(self) -> str:
        """Id of the agreement or case; "" for neither."""


@dataclass(frozen=True)
class Context:
    """One person at one installation."""

    installation: Installation
    actor: str

    def person(self, school: str, roles: Iterable[Role] = DECIDING) -> Person:
        """The actor's entry in the register, if any of `roles` is theirs for `school`.

        Raises NotAllowed.
        """
        register = current(self.installation.ledger)
        person = register.person(self.actor)
        if person is None:
            message = (
                f"{self.actor!r} is not in the approver register. Say who you are with --as ID, or set WAYBILL_ACTOR; "
                "`waybill approvers list` shows who is in it."
            )
            raise NotAllowed(message)
        wanted = list(roles)
        if not any(self._may(register, role, school) for role in wanted):
            message = f"{self.actor} may not do this for school {school}: it needs {' or '.join(wanted)}."
            raise NotAllowed(message)
        return person

    def schools(self, roles: Iterable[Role]) -> list[str]:
        """The schools for which the actor holds any of `roles`. Raises NotAllowed when there is none."""
        wanted = list(roles)
        register = current(self.installation.ledger)
        person = register.person(self.actor)
        held = person and [
            urn for urn in self.installation.trust.schools if any(self._may(register, role, urn) for role in wanted)
        ]
        if not held:
            self.person(WHOLE_TRUST, wanted)
        return held or []

    def reach(self, roles: Iterable[Role]) -> frozenset[str] | None:
        """The schools for which the actor holds any of `roles`; None for the whole trust. Raises NotAllowed."""
        wanted = frozenset(roles)
        return None if self.roles(WHOLE_TRUST) & wanted else frozenset(self.schools(wanted))

    def roles(self, *schools: str) -> frozenset[Role]:
        """The roles that the actor holds at any of these schools (`*`: for the whole trust); none for a stranger."""
        register = current(self.installation.ledger)
        return frozenset(role for role in Role if any(self._may(register, role, school) for school in schools))

    def _may(self, register: Register, role: Role, school: str) -> bool:
        """Say whether the actor holds a role at a school, or somebody lends it to them now."""
        person, now = register.person(self.actor), self.installation.now()
        if person is None:
            return False
        return person.may(role, school) or stands_in(person.id, role, school, register, now, since=now)

    def may_know_of(self, one: UnderAgreement) -> bool:
        """Say whether the actor, who has a role at its school, may know that there is such a file."""
        of_a_case = CASE_NAME.fullmatch(one.agreement)
        return not of_a_case or not self.roles(one.school).isdisjoint(self.knowing(one))

    def reaches(self, one: UnderAgreement, schools: frozenset[str] | None) -> bool:
        """Say whether one is at the schools that `reach` gave, and the actor may know of it."""
        return (schools is None or one.school in schools) and self.may_know_of(one)

    def knowing(self, one: UnderAgreement) -> frozenset[Role]:
        """The roles that may know of a file: every one, or of a case those who decide, sign and audit it."""
        name = one.agreement
        if not CASE_NAME.fullmatch(name):
            return frozenset(Role)
        cases = {one.id: one.case for one in self.installation.trust.cases}
        case = cases.get(name)
        return frozenset({Role.HEAD, Role.DPO, Role.AUDITOR, *map(Role, case.agreement.signing if case else ())})

    def named(self, start: str) -> Release:
        """The one release whose waybill begins with `start`, of those the actor may know of. Raises NotNamed."""
        found = [one for one in self._begin(start) if self.may_know_of(one.slot)]
        if len(found) != 1:
            message = f"{len(found) or 'No'} waybills begin with {start!r}. List them with: waybill status --all"
            raise NotNamed(message)
        return found[0]

    def _begin(self, start: str) -> list[Release]:
        """The releases whose waybill begins so; a whole hash is looked up, however many there are."""
        ledger = self.installation.ledger
        if len(start) == _WHOLE_HASH:
            return ledger.releases(waybill=start)
        return [one for one in ledger.releases() if start and one.waybill.startswith(start)]

    def latest(self, school: str, period: str, agreement: str | None = None) -> list[Release]:
        """The latest release of each agreement of a school and period, of those the actor may know of.

        Raises NothingPrepared, naming what to run.
        """
        match = {"school": school, "period": period} | ({"agreement": agreement} if agreement else {})
        releases = self.installation.ledger.releases(**match)
        standing = [one for one in releases if one.state is not State.WITHDRAWN and self.may_know_of(one.slot)]
        newest = {one.slot.agreement: one for one in sorted(standing, key=lambda one: one.slot.version)}
        if not newest:
            message = (
                f"Nothing is prepared for school {school}, {period}. Run: waybill prepare {period} --school {school}"
            )
            raise NothingPrepared(message)
        return list(newest.values())

"""One visit to one page: who came, to which school or file, with which form; and how a page answers.

Belongs here: what every page is given, and the ways to answer. Whether somebody may come is `console.guard`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import words
from console.place import Desk
from console.sessions import SignedIn
from exports.approvers import WHOLE_TRUST, Person
from exports.signing import Role
from ledger.store import Release
from pipelines.actions.context import Context
from schemas.deployment import School

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(words.FILTERS)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Visit:
    """What a page is given.

    Attributes:
        who: the session, and `person` and `roles` their entry in the register; absent where anybody may come.
        release: the file that the address names, where it names one.
        form: the fields of a form; `upload` the bytes of the one file it carried, None where it has no place for one.

    """

    desk: Desk
    request: Request
    who: SignedIn | None = None
    person: Person | None = None
    roles: frozenset[Role] = frozenset()
    release: Release | None = None
    form: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    upload: bytes | None = None

    @property
    def ctx(self) -> Context:
        """The trust as this visitor meets it; raises LookupError where nobody has signed in."""
        if self.who is None:
            message = "this page is open to anybody and acts for nobody"
            raise LookupError(message)
        return self.desk.context(self.who.person)

    @property
    def file(self) -> Release:
        """The file that the address names."""
        if self.release is None:
            message = "the address of this page names no file"
            raise LookupError(message)
        return self.release

    @property
    def titles(self) -> dict[str, str]:
        """What each agreement that compiles is called, by its id."""
        return {one.id: one.agreement.title for one in self.desk.opened.trust.agreements if one.agreement}

    def schools(self, roles: Iterable[Role]) -> dict[str, School]:
        """The schools at which the visitor holds any of these roles, by URN. Raises NotAllowed when there is none."""
        known = self.ctx.installation.trust.schools
        return {urn: known[urn] for urn in self.ctx.schools(roles)}

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def asked(self, name: str) -> str:
        """A parameter of the address, "" when it is not there."""
        return self.request.query_params.get(name, "").strip()

    def holds(self, *roles: Role) -> bool:
        """Say whether the visitor holds any of these roles here."""
        return not self.roles.isdisjoint(roles)

    def page(self, template: str, title: str, *, status: int = 200, **values: object) -> Response:
        """Answer with a page; no pupil's value may be in its title."""
        trust = self.desk.opened.trust
        shown = _TEMPLATES.get_template(template).render(
            title=title,
            trust=trust.name,
            demonstration=trust.demonstration,
            who=self.who,
            person=self.person,
            roles=self.roles,
            path=self.request.url.path,
            ways=self._ways(),
            said=words.SAID.get(self.asked("said"), ""),
            **values,
        )
        return HTMLResponse(shown, status)

    def _ways(self) -> list[tuple[str, str]]:
        """The parts of the desk that the visitor may enter, so that nobody is led to a shut door."""
        held = self.ctx.roles(WHOLE_TRUST, *self.desk.opened.trust.schools) if self.who else frozenset[Role]()
        return [(address, name) for address, name, roles in words.WAYS if not held.isdisjoint(roles)]

    def veiled(self, kind: str, value: str) -> str:
        """What stands in an address for a pupil."""
        if self.who is None:
            raise LookupError(kind)
        return self.who.veil.hide(kind, value)

    def unveiled(self, kind: str, token: str) -> str | None:
        """The pupil that an address stands for, None when it is not an address of this session."""
        return self.who.veil.find(kind, token) if self.who else None


def go(path: str, said: str = "") -> Response:
    """Answer with the way to another page, which opens with a sentence of `words.SAID`."""
    return RedirectResponse(f"{path}?said={said}" if said else path, 303)


def download(data: bytes, name: str, kind: str) -> Response:
    """Answer with a file; its name is ours and holds no pupil's value."""
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})

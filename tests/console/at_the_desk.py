"""A desk for tests: the demo trust deployed, a clock that tests move, people who sign in."""

import datetime as dt
import html
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from console import sessions
from console.app import build
from console.passkeys import public
from console.place import Desk
from exports.approvers import current
from exports.envelope import Limits
from exports.rights import Asked, Right
from exports.signing import Role, public_text
from pipelines.actions import approving, preparing, rights, standing
from pipelines.desk_address import Address
from pipelines.installation import Installation
from simulator.deployment import Deployment, deployed
from simulator.sftp import Program
from simulator.world.trust import Trust
from tests.console.authenticator import Authenticator
from tests.pipelines.front_door import AUTUMN, CLEAN, FAULTY

ORIGIN, RP_ID = "https://desk.test", "desk.test"
PERSON_OF = {
    "data_manager": "priya", "head": "helen", "dpo": "daniel", "safeguarding_lead": "ruth", "auditor": "amina",
    "it": "tom",
}  # fmt: skip


def at_one_school(role: str) -> str:
    """The person who holds a role at one school alone."""
    return f"one-{role.replace('_', '-')}"


MANAGER = at_one_school("data_manager")
"""A data manager who signs with a passkey; Priya, of the whole trust, keeps a key file."""


def one_school(desk: Desk, role: str) -> dict[str, object]:
    person = at_one_school(role)
    passkeys = desk.store.passkeys(person)
    key = public(desk, passkeys[-1]) if passkeys else public_text(Ed25519PrivateKey.generate())
    return {
        "id": person,
        "name": f"{role.replace('_', ' ').capitalize()} of one school",
        "roles": [role],
        "schools": [CLEAN],
        "public_key": key,
    }


def sign_with_passkeys(desk: Desk, demo: Deployment, *people: str) -> None:
    """Two approvers put the latest passkeys of some people into the register in place of their key files.

    Whoever holds a role at one school alone comes in with the same change.
    """
    entries = [dict(entry) for entry in current(demo.installation.ledger).body()["people"]]
    for entry in entries:
        if entry["id"] in people:
            entry["public_key"] = public(desk, desk.store.passkeys(entry["id"])[-1])
    entries += [one_school(desk, role) for role in PERSON_OF]
    change = approving.propose(demo.acting("priya"), entries)
    for person, role in (("priya", Role.DATA_MANAGER), ("daniel", Role.DPO)):
        named = change.register.sha256[:8]
        change = approving.sign_change(demo.acting(person), change, role, demo.key(person), named)
    approving.apply_change(demo.acting("priya"), change)


@dataclass
class Moving:
    """A clock that stands until it is moved."""

    now: dt.datetime

    def __call__(self) -> dt.datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@dataclass
class AtTheDesk:
    """The desk and the deployment it stands in."""

    demo: Deployment
    desk: Desk
    clock: Moving
    devices: dict[str, Authenticator] = field(default_factory=dict)
    standing: dict[str, str] = field(default_factory=dict)
    request: dict[str, int] = field(default_factory=dict)
    app: object = field(init=False)

    def __post_init__(self) -> None:
        self.app = build(self.desk)

    def stranger(self, address: str = "192.0.2.1") -> "Browser":
        """A browser that nobody has signed in with."""
        return Browser(TestClient(self.app, base_url=ORIGIN, follow_redirects=False, client=(address, 4000)), self)

    def enter(self, person: str) -> "Browser":
        """A browser with a session of a person's, as after signing in."""
        browser = self.stranger()
        browser.client.cookies.set(sessions.COOKIE, self.desk.store.open_session(person, self.clock()))
        return browser

    def invite(self, person: str) -> str:
        return self.desk.store.invite(person, self.clock())

    def sign_with_passkey(self, *people: str) -> None:
        sign_with_passkeys(self.desk, self.demo, *people)

    def noted(self, kind: str = "desk") -> list[tuple[str, str]]:
        """What the ledger says of the door."""
        return [(str(e.body["what"]), str(e.body["by"])) for e in self.demo.installation.ledger.events(kind)]


@dataclass
class Browser:
    """A browser without a screen: follows forms, keeps cookies."""

    client: TestClient
    at: AtTheDesk

    def get(self, path: str):
        return self.client.get(path)

    def post(
        self, path: str, *, origin: str = ORIGIN, csrf: str | None = None, files: dict[str, tuple] | None = None,
        **fields: str,
    ):  # fmt: skip
        token = self.client.cookies.get(sessions.COOKIE)
        if token:
            fields["csrf"] = sessions.SignedIn("", token).csrf if csrf is None else csrf
        return self.client.post(path, data=fields, files=files, headers={"Origin": origin})

    def options(self, page) -> str:
        return html.unescape(re.search(r'data-options="([^"]*)"', page.text)[1])

    def enrol(self, person: str, device: Authenticator | None = None) -> Authenticator:
        device = device or Authenticator(ORIGIN, RP_ID)
        page = self.post("/enrol", code=self.at.invite(person))
        answer = self.post("/enrol/passkey", answer=device.create(self.options(page)))
        assert "Your passkey is set up" in answer.text
        return device

    def sign_in(self, device: Authenticator):
        return self.post("/sign-in", answer=device.get(self.options(self.get("/sign-in"))))


def enter_for(at: AtTheDesk, school: str) -> None:
    """Let there be a standing release of one school, which nobody has signed, and a family's request there."""
    priya, limits = at.demo.acting("priya"), Limits(1, 500, 20, 20, 200)
    at.standing[school] = standing.propose(priya, "supplier_texts", [school], dt.date(2027, 7, 20), limits).id
    asked = Asked("Parent Quillfeather", "aunt", "12 Canary Wharf Mews", "everything")
    at.request[school] = rights.receive(
        priya, Right.ACCESS, rights.Named(school, ("A823900204001",)), asked, at.clock().date()
    )


@contextmanager
def at_the_desk(
    home: Path, world: Trust, now: dt.datetime, schools: Sequence[str] = (CLEAN, FAULTY)
) -> Iterator[AtTheDesk]:
    """Deploy a trust whose head, and one school's data manager, sign with passkeys; prepare some schools' census."""
    clock = Moving(now)
    asyncssh = Program.ASYNCSSH
    with deployed(home, trust=world, clock=clock, arbor_port=0, sftp_port=0, program=asyncssh) as demo:
        at = AtTheDesk(demo, Desk(demo.installation, Address(ORIGIN)), clock)
        for person in ("helen", MANAGER):
            at.devices[person] = at.stranger().enrol(person)
        at.sign_with_passkey("helen")
        for school in schools:
            assert not preparing.prepare(demo.installation, AUTUMN, school=school).failures
        yield at
        at.desk.runs.wait()
        at.desk.ahead.stop()


def without_servers(here: Installation, moment: dt.datetime) -> AtTheDesk:
    """Return a desk over an installation alone, at a moment: nothing that is asked of it needs a MIS or a recipient."""
    return AtTheDesk(SimpleNamespace(installation=here), Desk(here, Address(ORIGIN)), Moving(moment))

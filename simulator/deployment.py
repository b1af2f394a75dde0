"""The demo trust, deployed: its servers running on loopback, its keys made, its schools' own files in place.

Belongs here: what a real trust does once by hand. The demo, the tests and the browser all start from here. A test asks
for free ports and gets a copy of the trust folder that names them.
"""

import datetime as dt
import json
import os
import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from connectors import connect
from connectors.mis import MisSettings, Plan
from exports.approvers import KIND as REGISTER
from exports.key_files import new_private_key, read_private_key
from exports.signing import public_text
from pipelines.actions.approving import bootstrap_register
from pipelines.actions.context import Context
from pipelines.clock import Clock, system_clock
from pipelines.installation import Installation, initialise
from pipelines.settings import Settings
from pipelines.trust import load_trust
from schemas.canonical import CANONICAL
from schemas.table import Frames
from simulator import sftp
from simulator.arbor import ArborServer, Knobs, serve, serve_apart
from simulator.ports import refuse_taken
from simulator.reports import write_reports
from simulator.safeguarding import LEAD, safeguard
from simulator.world.days import CENSUS_DAYS
from simulator.world.trust import School, Trust, make_trust

FOLDER: Final = Path(__file__).resolve().parent.parent / "trusts" / "demo"
ARBOR_PORT: Final = 18080
SFTP_PORT: Final = 18022
CENSUS_DAY: Final = dt.date(2026, 10, 1)
PASSPHRASE: Final = "demonstration"  # noqa: S105  guards invented people only
PEOPLE: Final[Sequence[Mapping[str, object]]] = (
    {"id": "priya", "name": "Priya Raman", "roles": ["data_manager"], "schools": ["*"]},
    {"id": "helen", "name": "Helen Ashworth", "roles": ["head"], "schools": ["*"]},
    {"id": "daniel", "name": "Daniel Osei", "roles": ["dpo"], "schools": ["*"]},
    {"id": "ruth", "name": "Ruth Adeyemi", "roles": ["safeguarding_lead"], "schools": ["*"]},
    {"id": "amina", "name": "Amina Farouk", "roles": ["auditor"], "schools": ["*"]},
    {"id": "tom", "name": "Tom Ellery", "roles": ["it"], "schools": ["*"]},
)


@dataclass(frozen=True)
class Deployment:
    """A running demo trust.

    Attributes:
        settings: of its installation.
        installation: opened.
        arbor: the MIS; move it to another day with `set_as_of`.
        mis_url: where the MIS answers.
        sftp_port: where the recipients' server listens on loopback.
        received: where recipients' files land, by account and directory.
        program: which SFTP server answers.

    """

    settings: Settings
    installation: Installation
    arbor: ArborServer
    mis_url: str
    sftp_port: int
    received: Path
    program: sftp.Program

    def key(self, person: str) -> Ed25519PrivateKey:
        """A signer's private key, as only the signer's own device would have it."""
        return read_private_key((signers(self.settings) / person).read_bytes(), PASSPHRASE)

    def acting(self, person: str) -> Context:
        """The trust as one person meets it."""
        return Context(self.installation, person)


@contextmanager
def deployed(  # noqa: PLR0913  what a test may want otherwise
    home: Path,
    *,
    trust: Trust | None = None,
    as_of: dt.date = CENSUS_DAY,
    clock: Clock = system_clock,
    knobs: Knobs | None = None,
    arbor_port: int = ARBOR_PORT,
    sftp_port: int = SFTP_PORT,
    program: sftp.Program | None = None,
    apart: bool = False,
) -> Generator[Deployment]:
    """Run the demo trust's servers and open its installation until the block ends.

    Args:
        home: the state folder, made when it is not there.
        arbor_port: 0 for any free one; so with `sftp_port`. The trust folder is then a copy that names them.
        apart: the MIS runs in a process of its own and stays at its day.

    """
    world = trust or make_trust()
    arbor = ArborServer(world, as_of, knobs)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = _service_key(home)
    refuse_taken(arbor_port, sftp_port)
    with (
        (serve_apart if apart else serve)(arbor, port=arbor_port) as url,
        sftp.serving(home / "recipients", _accounts(key), port=sftp_port, program=program) as server,
    ):
        settings = Settings(home, _folder(home, url, server.port))
        initialise(settings)
        _credentials(settings, world, key)
        _on_the_day(settings, world, as_of)
        installation = Installation.open(settings, clock)
        _reports(settings, installation, arbor)
        _register(settings, installation)
        safeguard(Context(installation, LEAD), world)
        yield Deployment(settings, installation, arbor, url, server.port, home / "recipients", server.program)


def signers(settings: Settings) -> Path:
    """Where the demo keeps what would be on its signers' own devices."""
    return settings.home / "signers"


def write_on_the_day(settings: Settings, trust: Trust, collection: str, as_of: dt.date) -> None:
    """Put each school's on-the-day file and school file where the installation looks for them."""
    settings.on_the_day.mkdir(mode=0o700, parents=True, exist_ok=True)
    for school in trust.schools:
        file = settings.on_the_day / f"{school.urn}-{collection}.csv"
        file.write_text(school.on_the_day(collection, as_of), encoding="utf-8")
        told = school.school_file(collection, as_of)
        if told:
            file.with_suffix(".toml").write_text(told, encoding="utf-8")


def _reports(settings: Settings, installation: Installation, arbor: ArborServer) -> None:
    """Write the reports of the schools whose MIS is no server, now and whenever the world moves to another day."""
    lived = {school.urn for school in arbor.trust.schools}
    listed = [school for school in installation.trust.schools.values() if school.mis.kind == "reports"]
    schools = [school for school in listed if school.urn in lived]

    def write() -> None:
        for school in schools:
            frames = _held(arbor.trust.school(school.urn), arbor.as_of, installation.now().date())
            mapping = settings.trust / "reports" / f"{school.urn}.toml"
            write_reports(settings.inbox / school.urn, mapping, school.urn, frames, installation.now())

    write()
    arbor.moved.append(write)


@lru_cache(maxsize=32)
def _held(school: School, as_of: dt.date, today: dt.date) -> Frames:
    """Return what a school's MIS held at the end of a day; remembered, since many deployments have one world."""
    who, noon = school.identity, dt.datetime.combine(today, dt.time(12), dt.UTC)
    plan = Plan({name: frozenset(table.names) for name, table in CANONICAL.items()})
    with serve(ArborServer(Trust((school,)), as_of)) as url:
        asked = MisSettings(url, who.application_id, who.secret, school.urn, who.la_number, who.estab)
        return connect("arbor", asked).snapshot(plan, lambda *_: None, lambda: noon).frames


def _on_the_day(settings: Settings, trust: Trust, as_of: dt.date) -> None:
    """Write the files of every collection: as known at the end of `as_of`, those of a later census as on its day."""
    for collection, census_day in CENSUS_DAYS.items():
        write_on_the_day(settings, trust, collection, max(as_of, census_day))


def _accounts(key: Ed25519PrivateKey) -> list[sftp.Account]:
    wanted: dict[str, list[str]] = {}
    for compiled in load_trust(FOLDER).agreements:
        if compiled.agreement:
            route = compiled.agreement.delivery
            wanted.setdefault(route.user, []).append(route.directory.lstrip("/"))
    return [
        sftp.Account(user, sftp.public_text(key), tuple(dict.fromkeys(folders))) for user, folders in wanted.items()
    ]


def _service_key(home: Path) -> Ed25519PrivateKey:
    """The service account's SFTP key: made once for a state folder."""
    file = home / "sftp-key"
    if not file.exists():
        _private(file, sftp.private_text(sftp.demo_user_key()).encode())
    key = load_ssh_private_key(file.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{file} is not the demo's key: remove {home} and start again"
        raise TypeError(message)
    return key


def _credentials(settings: Settings, trust: Trust, key: Ed25519PrivateKey) -> None:
    for school in trust.schools:
        os.environ[f"WAYBILL_MIS_{school.urn}"] = school.identity.secret
    for account in _accounts(key):
        if not (settings.keys / account.user).exists():
            _private(settings.keys / account.user, sftp.private_text(key).encode())


def _register(settings: Settings, installation: Installation) -> None:
    if installation.ledger.events(REGISTER):
        return
    folder = signers(settings)
    folder.mkdir(mode=0o700, exist_ok=True)
    people = []
    for person in PEOPLE:
        data = new_private_key(PASSPHRASE)
        _private(folder / str(person["id"]), data)
        people.append({**person, "public_key": public_text(read_private_key(data, PASSPHRASE))})
    (folder / "people.json").write_text(json.dumps(people, indent=2), encoding="utf-8")
    bootstrap_register(Context(installation, "priya"), people)


def _folder(home: Path, url: str, sftp_port: int) -> Path:
    """The trust folder; a copy with other ports in it when the usual ones are not used."""
    usual = f"http://127.0.0.1:{ARBOR_PORT}"
    if url == usual and sftp_port == SFTP_PORT:
        return FOLDER
    copy = home / "trust"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(FOLDER, copy)
    for file in (copy / "trust.toml", *copy.glob("agreements/*.yaml")):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(usual, url).replace(f"port: {SFTP_PORT}", f"port: {sftp_port}"), encoding="utf-8")
    return copy


def _private(file: Path, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)

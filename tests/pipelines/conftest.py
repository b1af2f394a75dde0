"""A deployed demo trust of thirty pupils a school, on free ports, its clock stopped on census day's evening."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.reading import READ_AGAIN
from exports import agreements
from exports.agreements import Compiled, compile_text
from simulator.deployment import Deployment, deployed
from simulator.sftp import Program
from simulator.world.faults import with_faults
from simulator.world.schools import TINY
from simulator.world.trust import Trust, make_trust
from tests.pipelines.audited import Audited, released_trust
from tests.pipelines.front_door import FAULTS, FAULTY, FrontDoor, Prepared, at, opened, prepared_once
from tests.pipelines.legal_desk import LegalDesk, legal_desk, someone

EVENING = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """The same words under the same notice compile once: here hundreds of commands read one folder of agreements."""
    known: dict[object, Compiled] = {}

    def compiling(data, name, notice, gateways, schools):
        seen = [(urn, school.la_number, school.establishment) for urn, school in schools.items()]
        key = (data, name, notice.sha256, tuple(gateways.items()), tuple(seen))
        if key not in known:
            known[key] = compile_text(data, name, notice, gateways, schools)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreements, "compile_text", compiling)
        yield


@pytest.fixture(scope="session", autouse=True)
def read_again_at_once() -> Iterator[None]:
    """A reading that failed is tried again, but without the half minute before it."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("assets.census", "assets.feeds"):
            patch.setattr(f"{module}.READ_AGAIN", READ_AGAIN._replace(delay=0))
        yield


@pytest.fixture(scope="session")
def tiny_world() -> Trust:
    return make_trust(scale=TINY)


@pytest.fixture
def demo(tmp_path: Path, tiny_world: Trust) -> Iterator[Deployment]:
    with deployed(tmp_path / "home", trust=tiny_world, clock=lambda: EVENING, arbor_port=0, sftp_port=0) as running:
        yield running


@pytest.fixture(scope="module")
def shared_demo(tmp_path_factory: pytest.TempPathFactory, tiny_world: Trust) -> Iterator[Deployment]:
    home = tmp_path_factory.mktemp("home") / "home"
    with deployed(home, trust=tiny_world, clock=lambda: EVENING, arbor_port=0, sftp_port=0) as running:
        yield running


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Two schools' censuses prepared once in a test process; `door` gives each test a copy of that state."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    world = with_faults(make_trust(scale=TINY), FAULTY, FAULTS)
    asyncssh = Program.ASYNCSSH
    with (
        deployed(home, trust=world, clock=lambda: EVENING, arbor_port=0, sftp_port=0, program=asyncssh) as running,
        pytest.MonkeyPatch.context() as patch,
    ):
        at(patch, home)
        yield prepared_once(running)


@pytest.fixture
def door(prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontDoor]:
    at(monkeypatch, tmp_path / "home")
    yield from opened(prepared, tmp_path)


@pytest.fixture(scope="module")
def legal_as_made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LegalDesk, Path]]:
    """The desk for cases set up once for a module, and its state folder as it was then."""
    home = tmp_path_factory.mktemp("legal") / "home"
    with legal_desk(home) as desk:
        yield desk, shutil.copytree(home, home.parent / "as-made")


@pytest.fixture
def desk(legal_as_made: tuple[LegalDesk, Path]) -> LegalDesk:
    """The desk for cases, as made."""
    found, as_made = legal_as_made
    shutil.rmtree(found.home)
    shutil.copytree(as_made, found.home)
    for urn in ("900002", "900004"):
        found.holds(urn, someone("1"), someone("2"))
    return found


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory, tiny_world: Trust) -> Iterator[Audited]:
    """A trust whose joiner and leaver returns of one day have left, with the answers that its simulator planted."""
    with released_trust(tmp_path_factory.mktemp("audited") / "home", tiny_world, EVENING) as found:
        yield found


@pytest.fixture
def auditor(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> Audited:
    """The same, with the command line pointed at it. A test changes nothing but the list of look-ups."""
    at(monkeypatch, audited.door.home)
    return audited


@pytest.fixture(scope="module")
def sent(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    """A census that was prepared, signed and sent; the command line points at it for a whole module."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("sent")
        at(patch, folder / "home")
        (door,) = opened(prepared, folder)
        door.approve()
        with door.recipient():
            assert door.release().code == 0
        yield door

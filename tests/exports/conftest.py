"""Fixtures of this area: a desk with a ledger, and recipients' SFTP servers."""

import getpass

import pytest

from exports import approvers
from ledger.store import Ledger
from simulator import sftp as servers
from simulator.sftp_embedded import embedded
from tests.exports.desk import NOW, PEOPLE, Desk, Place


@pytest.fixture
def desk(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    register = approvers.Register.of(1, PEOPLE)
    approvers.bootstrap(ledger, register, NOW)
    yield Desk(ledger, register)
    ledger.close()


@pytest.fixture(scope="session")
def openssh_place(tmp_path_factory):
    if not servers.SSHD.exists():
        pytest.skip("OpenSSH is not installed")
    key, user = servers.demo_user_key(), getpass.getuser()
    account = servers.Account(user, servers.public_text(key))
    with servers.serving(tmp_path_factory.mktemp("sshd"), [account], program=servers.Program.OPENSSH) as server:
        yield Place(server.port, user, server.root / user / "in", servers.private_text(key), server.host_key)


@pytest.fixture
def openssh(openssh_place, desk):
    """An empty directory at a real OpenSSH server, which the desk's agreement names."""
    for path in openssh_place.folder.iterdir():
        path.unlink()
    desk.towards(**openssh_place.route())
    return openssh_place


@pytest.fixture
def asyncssh_server(tmp_path, desk):
    """Start a server of the other kind, honest or not: `start(files=..., **options) -> (Place, Embedded)`."""
    open_servers = []

    def start(**options):
        key = servers.demo_user_key()
        folder = tmp_path / "served" / "la" / "in"
        folder.mkdir(parents=True)
        keys = {"la": servers.public_text(key)}
        host_key = servers.demo_host_key()
        manager = embedded(tmp_path / "served", keys, host_key=servers.private_text(host_key), **options)
        state = manager.__enter__()
        open_servers.append(manager)
        desk.towards(port=state.port, user="la")
        return Place(state.port, "la", folder, servers.private_text(key), servers.public_text(host_key)), state

    yield start
    for manager in open_servers:
        manager.__exit__(None, None, None)

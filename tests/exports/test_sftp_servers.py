"""The recipients' servers that the demonstration and these tests talk to."""

from dataclasses import replace

import pytest

from exports.parcel import Parcel
from exports.transports import TransportFailure
from ledger.states import State
from simulator.sftp import (
    Account,
    Program,
    demo_host_key,
    demo_user_key,
    openssh_can_serve,
    private_text,
    public_text,
    serving,
)
from tests.exports.desk import Place


def test_the_demonstration_server_is_always_the_same_and_its_accounts_never_are():
    assert public_text(demo_host_key()) == public_text(demo_host_key())
    assert public_text(demo_user_key()) != public_text(demo_user_key())


@pytest.mark.parametrize("best", [True, False])
def test_each_account_reaches_its_own_directory_and_no_other(tmp_path, desk, best):
    keys = {user: demo_user_key() for user in ("la-823", "sais")}
    accounts = [Account(user, public_text(key), ("joiners",)) for user, key in keys.items()]
    with serving(tmp_path, accounts, program=None if best else Program.ASYNCSSH) as server:
        assert server.program is (Program.OPENSSH if best and openssh_can_serve(accounts) else Program.ASYNCSSH)
        place = Place(
            server.port, "sais", tmp_path / "sais" / "joiners", private_text(keys["sais"]), public_text(demo_host_key())
        )
        desk.towards(**place.route(), directory="/joiners")
        waybill = desk.approve(desk.enter())
        assert desk.send(waybill, place.transport()) is State.DELIVERED
        assert place.names() == [waybill.remote_name]
        for way_out in ("/../la-823/joiners", "/la-823/joiners", str(tmp_path / "la-823" / "joiners")):
            route = replace(desk.agreement.delivery, directory=way_out)
            other = desk.waybill(nonce="f" * 32)
            assert place.transport().look(Parcel.of(other), route).finding == "absent"
        desk.towards(user="la-823")
        second = desk.approve(desk.enter(release_version=2, remote_name="second.csv"))
        with pytest.raises(TransportFailure):
            desk.send(second, place.transport())
        assert list((tmp_path / "la-823" / "joiners").iterdir()) == []

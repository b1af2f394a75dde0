"""Changing our key at a recipient with an overlap, and stopping after three refused logins, at a real server."""

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from exports.logins import MOST
from ledger.states import State
from ledger.verify import verify
from pipelines.exit_codes import EXIT_CODES
from simulator import sftp as servers
from tests.pipelines.front_door import CENSUS, FrontDoor

pytestmark = pytest.mark.server
ORDER, LOGIN, STOPPED = (EXIT_CODES[name] for name in ("key_rotation", "sftp_authentication", "sftp_login_stopped"))


def drill(door: FrontDoor, *words: str, actor: str = "priya"):
    return door.run("drill", *words, "--as", actor)


def our_key(door: FrontDoor) -> str:
    return servers.public_text(load_ssh_private_key((door.settings.keys / "upload-point").read_bytes(), None))


def test_a_key_is_changed_with_an_overlap_and_no_delivery_fails(door):
    old = our_key(door)
    made = drill(door, "new-key", CENSUS)
    assert made.code == 0, made
    new = next(line.strip() for line in made.out.splitlines() if "ssh-ed25519" in line)
    with door.recipient(old):
        assert "NOT ACCEPTED" in drill(door, "try", CENSUS).out, "the next key is not there yet"
        assert drill(door, "switch", CENSUS).code == ORDER
    with door.recipient(f"{old}\n{new}"):
        assert drill(door, "try", CENSUS).out.count(": accepted by") == 2
        assert drill(door, "switch", CENSUS).code == 0
        assert our_key(door) == new
        assert drill(door, "retire", CENSUS).code == ORDER, "the recipient still accepts the old one"
        waybill = door.approve()
        assert door.release().code == 0
        assert door.state(waybill) is State.HANDED_OVER
    with door.recipient(new):
        assert drill(door, "retire", CENSUS).code == 0
        assert [path.name for path in door.settings.keys.glob("upload-point*")] == ["upload-point"]
        assert drill(door, "try", CENSUS).code == 0
    steps = [event.body["step"] for event in door.installation().ledger.events("route key changed")]
    assert steps == ["made", "switched to", "retired"]
    assert verify(door.settings.ledger).faults == []


@pytest.mark.parametrize("step", ["switch", "retire"])
def test_a_step_without_the_one_before_is_refused_and_changes_nothing(door, step):
    before = our_key(door)
    assert drill(door, step, CENSUS).code == ORDER
    assert our_key(door) == before


def test_a_next_key_is_not_made_over_one_that_was_sent_out(door):
    assert drill(door, "new-key", CENSUS).code == 0
    held = (door.settings.keys / "upload-point.next").read_bytes()
    assert drill(door, "new-key", CENSUS).code == ORDER
    assert (door.settings.keys / "upload-point.next").read_bytes() == held


def test_a_key_kept_outside_is_not_changed_here(door):
    door.edit(f"agreements/{CENSUS}.yaml", "key_ref: file:upload-point", "key_ref: env:UPLOAD_KEY")
    assert drill(door, "new-key", CENSUS).code == ORDER


def test_a_drill_needs_somebody_of_the_whole_trust(door):
    assert drill(door, "try", CENSUS, actor="mallory").code == EXIT_CODES["not_allowed"]


def test_after_three_refused_logins_nobody_is_contacted_until_a_drill_has_worked(door):
    waybill = door.approve()
    stranger = servers.public_text(servers.demo_user_key())
    with door.recipient(stranger):
        assert [door.release().code for _ in range(MOST)] == [LOGIN] * 3
        assert door.state(waybill) is State.REFUSED
        events = door.installation().ledger.head()
        assert door.release().code == STOPPED
        assert door.installation().ledger.head() == events
        assert drill(door, "try", CENSUS).code == LOGIN
    with door.recipient():
        assert door.release().code == STOPPED
        assert drill(door, "try", CENSUS).code == 0
        assert door.release().code == 0
        assert door.state(waybill) is State.HANDED_OVER
    assert verify(door.settings.ledger).faults == []

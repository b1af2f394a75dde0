"""F5: disks that are full, at every point until there is room; each stops loudly and leaves what was there."""

import hashlib
import json
import sqlite3
import subprocess
import sys

import pytest

from exports.delivery import resolve
from exports.transports.sftp_failures import RemotePermission, RemoteQuota
from exports.waybill import Tally
from ledger.disclosures import Batch
from ledger.states import State
from ledger.store import Ledger
from ledger.verify import verify
from tests.exports.desk import NOW
from tests.faults.forks import ROOT
from tests.faults.test_line import approved, check, final, settled


@pytest.mark.server
@pytest.mark.fault("F5")
def test_a_full_disk_at_the_recipient_promotes_nothing(desk, openssh):
    waybill = approved(desk, "full")
    openssh.part(waybill).symlink_to("/dev/full")
    with pytest.raises(RemoteQuota):
        desk.send(waybill, openssh.transport())
    assert desk.state(waybill) is State.UNKNOWN
    assert final(openssh) == []
    assert settled(desk, waybill, openssh.transport()) is State.REFUSED
    assert openssh.names() == []
    desk_data = desk.data
    assert desk.send(waybill, openssh.transport()) is State.DELIVERED
    assert final(openssh)[0].read_bytes() == desk_data


@pytest.mark.server
@pytest.mark.fault("F5")
def test_a_read_only_directory_at_the_recipient_promotes_nothing(desk, openssh):
    """A directory stands where the part would: what a server that may not write there answers, is the same for root."""
    waybill = approved(desk, "read_only")
    openssh.part(waybill).mkdir()
    with pytest.raises((RemotePermission, RemoteQuota)):
        desk.send(waybill, openssh.transport())
    assert desk.state(waybill) is State.REFUSED
    openssh.part(waybill).rmdir()
    assert desk.send(waybill, openssh.transport()) is State.DELIVERED


@pytest.mark.fault("F5")
def test_a_ledger_without_room_stops_loudly_until_there_is_some(desk, asyncssh_server):
    """Page by page: the move to `sending` is refused and nothing is sent, or the file is found by looking."""
    place, server = asyncssh_server()
    refs = tuple(number.to_bytes(16, "big") for number in range(2000))
    desk.batch = Batch(refs, [[b"l\x1f" + ref] for ref in refs])
    waybill = desk.approve(desk.enter(remote_name="ledger.csv", tally=Tally(2000, 9, 0, 0, 0, 0, 0, 0)))
    connection = desk.ledger._database.connection
    full = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {full}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        fill(desk.ledger)
    seen = []
    for pages in range(full, full + 40):
        connection.execute(f"PRAGMA max_page_count = {pages}")
        seen.append(attempt_in_full(desk, waybill, place))
        check_opened(desk, waybill, place, server)
        if seen[-1] is not State.APPROVED:
            break
    connection.execute(f"PRAGMA max_page_count = {full * 100}")
    assert seen[0] is State.APPROVED
    assert seen[-1] is State.SENDING, "there is room for the intent long before there is room for the receipt"
    assert settled_at(desk, waybill, place.transport(), NOW + place.transport().longest) is State.DELIVERED
    check(desk, place, waybill)


def fill(ledger):
    for _ in range(1000):
        ledger.append("filler", {"text": "x" * 100}, NOW)


def attempt_in_full(desk, waybill, place):
    try:
        return desk.send(waybill, place.transport())
    except sqlite3.OperationalError as error:
        assert "full" in str(error)  # noqa: PT017  only some attempts fail
        return desk.state(waybill)


def settled_at(desk, waybill, transport, late):
    return resolve(
        desk.ledger, waybill=waybill, agreement=desk.agreement, disclosures=desk.batch, transport=transport,
        clock=lambda: late,
    )  # fmt: skip


def check_opened(desk, waybill, place, server):
    """The ledger opens for another program and holds; what was not recorded as begun was not sent."""
    again = Ledger(desk.ledger.place)
    state = again.release(waybill.sha256).state
    again.close()
    assert verify(desk.ledger.place).faults == []
    if state is State.APPROVED:
        assert server.logins == []
        assert final(place) == []


@pytest.mark.fault("F5")
def test_a_vault_without_room_keeps_no_part_of_an_artefact(tmp_path):
    """Sealing under a growing limit on the length of a file, until it succeeds."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.filling", str(tmp_path)], cwd=ROOT, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    outcomes = json.loads(ended.stdout)
    assert set(outcomes[:-1]) <= {"OSError", "OperationalError"}
    assert len(outcomes) > 5
    (sealed,) = (path for path in tmp_path.rglob("*") if len(path.name) == 62)
    assert hashlib.sha256(sealed.read_bytes()).hexdigest() == outcomes[-1] == sealed.parent.name + sealed.name

"""Bugs that somebody might plant in the send path, one change each, and the tests that ought to notice.

Belongs here: the list. Each entry names a file, what stands in it now (once), what a bug would say instead, and the
test file that is run. Applying them is `tests.planted.__main__`.
"""

from dataclasses import dataclass

RELEASE, DELIVERY = "tests/exports/test_release.py", "tests/exports/test_release_delivery.py"
SFTP, LIES = "tests/exports/test_sftp.py", "tests/exports/test_sftp_faults.py"
OTHER, RESUME = "tests/exports/test_sftp_alternatives.py", "tests/exports/test_sftp_resume.py"
EDGES = "tests/exports/test_sftp_edges.py"
LINE, NAMES = "tests/faults/test_line.py", "tests/exports/test_waybill.py"


@dataclass(frozen=True)
class Bug:
    """One planted bug."""

    what: str
    file: str
    now: str
    bug: str
    tests: str


BUGS = (
    Bug("other bytes of the same length leave", "exports/release.py",
        "if len(data) != waybill.length or not hmac.compare_digest(sha256(data), waybill.file_sha256):",
        "if len(data) != waybill.length:", RELEASE),
    Bug("an agreement that has ended still opens the gate", "exports/release.py",
        "if not agreement.in_force(today):", "if False:", RELEASE),
    Bug("another route than was signed for is taken", "exports/release.py",
        "if receiving != (waybill.recipient, waybill.recipient_lock):",
        "if receiving[0] != waybill.recipient:", RELEASE),
    Bug("an agreement edited since is taken", "exports/release.py",
        "if (agreement.id, agreement.sha256) != (waybill.agreement, waybill.agreement_sha256):",
        "if agreement.id != waybill.agreement:", RELEASE),
    Bug("a gateway out of force is not looked at", "exports/release.py",
        "if lapsed := not_in_force(agreement, load_gateways(), today):",
        "if lapsed := not_in_force(agreement, {}, today) if False else ():", RELEASE),
    Bug("a notice replaced since is taken", "exports/release.py",
        "if holding.notice_sha256 != waybill.notice_sha256:", "if False:", RELEASE),
    Bug("a register changed since is taken", "exports/release.py",
        "if register.sha256 != waybill.approvers_sha256:", "if False:", RELEASE),
    Bug("a torn snapshot leaves unless it says that it is torn", "exports/release.py",
        'if holding.certificate.get("stable") is not True:', 'if holding.certificate.get("stable") is False:', RELEASE),
    Bug("an increment is sent", "exports/release.py",
        "if is_increment(certificate):", "if False:", RELEASE),
    Bug("another certificate is taken", "exports/release.py",
        "if digest(holding.certificate) != waybill.snapshot_sha256:", "if False:", RELEASE),
    Bug("findings changed since are taken", "exports/release.py",
        "if holding.findings_sha256 != waybill.findings_sha256:", "if False:", RELEASE),
    Bug("blocking errors need no override", "exports/release.py",
        "if not (holding.verdict.blocked or in_doubt):", "if True:", "tests/exports/test_release_overridden.py"),
    Bug("a release is good for any number of attempts", "exports/release.py",
        "if not self._unspent.acquire(blocking=False):", "if False:", DELIVERY),
    Bug("a release is copied", "exports/release.py",
        "if made_by is not _MADE_BY_THE_GATE:", "if False:", RELEASE),
    Bug("the key that signed is not compared", "exports/signing.py",
        "if person.public_key != signature.public_key:", "if False:", RELEASE),
    Bug("a signature holds at the moment it ends", "exports/signing.py",
        "if now >= statement.not_after:", "if now > statement.not_after:", RELEASE),
    Bug("a role is not asked for", "exports/signing.py",
        "if not (person.may(statement.role, school) or lent):", "if False:", RELEASE),
    Bug("what may have left is called refused", "exports/delivery.py",
        "ended = State.UNKNOWN if failure.payload_began else State.REFUSED", "ended = State.REFUSED", DELIVERY),
    Bug("a fault of the program is called refused", "exports/delivery.py",
        'ended, detail = State.UNKNOWN, {"failure": "interrupted"}',
        'ended, detail = State.REFUSED, {"failure": "interrupted"}', DELIVERY),
    Bug("the intent is not lodged before the first byte", "exports/delivery.py",
        "        lodge()\n", "        pass\n", DELIVERY),
    Bug("any file under the final name settles a doubt", "exports/delivery.py",
        "if sighting.receipt is None or sighting.receipt.read_back_sha256 != parcel.file_sha256:",
        "if sighting.receipt is None:", DELIVERY),
    Bug("a receipt without a hash is called verified", "exports/delivery.py",
        "verified = receipt.read_back_sha256 == sent.parcel.file_sha256", "verified = True", DELIVERY),
    Bug("a doubt is settled while the attempt may still run", "exports/delivery.py",
        "if now < release.at + longest:", "if False:", DELIVERY),
    Bug("a doubt is settled on another route", "exports/delivery.py",
        "if agreement.lock_at(waybill.destination) != waybill.recipient_lock:", "if False:", DELIVERY),
    Bug("the version before stands beside the later one", "exports/delivery.py",
        "release.slot.version < waybill.release_version:", "release.slot.version > waybill.release_version:", DELIVERY),
    Bug("an unknown release may be sent again", "ledger/states.py",
        "State.UNKNOWN: frozenset({State.DELIVERED, State.HANDED_OVER, State.REFUSED}),",
        "State.UNKNOWN: frozenset({State.DELIVERED, State.HANDED_OVER, State.REFUSED, State.SENDING}),",
        "tests/ledger/test_releases.py"),
    Bug("a ledger behind its lodged head goes on", "ledger/head.py",
        "if found != lodged.hash:", "if found is not None and found != lodged.hash:",
        "tests/ledger/test_head.py"),
    Bug("any host key will do", "exports/transports/sftp_connection.py",
        "if not _is_pinned(offered, route):", "if False:", SFTP),
    Bug("an outdated cipher is offered to everybody", "exports/transports/sftp_connection.py",
        "options.ciphers = (*CIPHERS,", 'options.ciphers = (*CIPHERS, "aes128-cbc",', LIES),
    Bug("an outdated algorithm outlives its end", "exports/terms.py",
        "over = self.legacy is not None and day > self.legacy.until", "over = False", OTHER),
    Bug("a server gone in the middle is called refused", "exports/transports/sftp_connection.py",
        "raise ConnectionRefusedByServer(message, payload_began=progress.payload_began) from None",
        "raise ConnectionRefusedByServer(message, payload_began=False) from None", RESUME),
    Bug("an impostor in the middle is called refused", "exports/transports/sftp_connection.py",
        "raise HostKeyChanged(_host_key_message(route, shown), payload_began=progress.payload_began)",
        "raise HostKeyChanged(_host_key_message(route, shown), payload_began=False)", RESUME),
    Bug("what was read back is not compared", "exports/transports/sftp_steps.py",
        "if wrong or self._other_length(self.places.part):", "if self._other_length(self.places.part):", LIES),
    Bug("another file is written over", "exports/transports/sftp_steps.py",
        "if taken.finding is not Finding.ABSENT or announced:", "if announced:", SFTP),
    Bug("a trigger that lies there is not seen", "exports/transports/sftp_steps.py",
        "if taken.finding is not Finding.ABSENT or announced:", "if taken.finding is not Finding.ABSENT:", OTHER),
    Bug("a part is gone on from unread", "exports/transports/sftp_steps.py",
        "return size if read is not None and hmac.compare_digest(read, ours) else 0", "return size", RESUME),
    Bug("after the rename an attempt goes on by itself", "exports/transports/sftp_steps.py",
        "        self.progress.placed = True\n        self.peer.wire.rename", "        self.peer.wire.rename", LINE),
    Bug("an empty file under the final name is called nothing", "exports/transports/sftp_steps.py",
        "self.progress.placed = self.progress.payload_began = True", "self.progress.placed = True", OTHER),
    Bug("a file without its trigger is called delivered", "exports/transports/sftp_steps.py",
        "return Sighting(Finding.UNANNOUNCED)", "return found", OTHER),
    Bug("a part is left for whoever watches the folder", "exports/transports/sftp_steps.py",
        "part = _within(route.staging or route.directory,", "part = _within(route.directory,", OTHER),
    Bug("a write that failed is not noticed", "exports/transports/sftp_wire.py",
        "        for number in waiting:\n            self._expect_ok(number)\n", "", LIES),
    Bug("a close that failed is not noticed", "exports/transports/sftp_wire.py",
        "            self._expect_ok(number)\n        self._expect_ok(self._request(Packet.CLOSE, handle))",
        "            self._expect_ok(number)\n        self._request(Packet.CLOSE, handle)", EDGES),
    Bug("an attempt takes any number of connections", "exports/transports/sftp.py",
        "CONNECTIONS: Final = 3", "CONNECTIONS: Final = 30", RESUME),
    Bug("a line that ended before the first byte is tried again", "exports/transports/sftp.py",
        "if connections == CONNECTIONS or not progress.resumable:", "if connections == CONNECTIONS:", LINE),
    Bug("the total deadline is not kept", "exports/transports/watchdog.py",
        "due = min(time.monotonic() + self._step, self._end)", "due = time.monotonic() + self._step", LINE),
    Bug("a fourth refused login is made", "exports/logins.py",
        "if refused >= MOST:", "if refused > MOST:", "tests/exports/test_logins.py"),
    Bug("a device's name is taken for a file's", "exports/waybill.py",
        "if not _REMOTE_NAME.fullmatch(name) or _DEVICE.fullmatch(name):",
        "if not _REMOTE_NAME.fullmatch(name):", NAMES),
    Bug("a name may lead into a folder", "exports/waybill.py",
        '_REMOTE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}',
        '_REMOTE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/-]{0,99}', NAMES),
    Bug("a consent withdrawn since is not looked at", "exports/protection_gate.py",
        "if is_void(stores, file):", "if False:", "tests/exports/test_protection_gate.py"),
    Bug("a held pupil leaves", "exports/protection_gate.py",
        "if file.held:", "if False:", "tests/exports/test_protection_gate.py"),
)  # fmt: skip

"""Lives of a release: any order of editing, signing, sending, failing, crashing, forgetting and restoring.

Seven invariants are looked at after every step: (I1) every byte at the recipient has the signatures of two people for
its hash; (I2) every delivered cell has a line of the agreement, a clause of the notice and a gateway in force on that
day; (I3) the ledger verifies; (I4) no pupil's value lies in the open; (I5) at most one final file for a release; (I6)
nothing arrives of a pupil whose consent was withdrawn before; (I7) an `unknown` release is never sent again.
"""

import csv
import hashlib
import io
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from exports.gateways import load_gateways, not_in_force
from exports.preparation import read_waybill
from exports.signing import Role
from exports.transports.sftp import Deadlines, PrivateKey, SftpTransport
from ledger.head import HeadMismatch
from ledger.states import CONSUMING, SETTLED, State
from schemas.refusal import Refusal
from simulator.sftp import demo_host_key, demo_user_key, private_text, public_text
from simulator.sftp_embedded import embedded
from simulator.sftp_line import Fault, Trouble, Way, line
from tests.exports.trust_folder import notice
from tests.faults.small_trust import SIGNERS, URN, SmallTrust, pupil_ids, rows, terms
from tests.nightly import NIGHTLY

EXAMPLES, STEPS = (1_000, 60) if NIGHTLY else (10, 30)
CANARY = b"Invented"
DELIVERED = SETTLED | {State.SUPERSEDED}
PUPILS = 3


class Dead(Exception):  # noqa: N818
    """The process is gone: nothing it would have written after this point is written."""


class Dying:
    """A transport in a process that dies in the middle of a delivery, or right after it."""

    def __init__(self, transport, trust, *, after):
        self._transport, self._trust, self._after = transport, trust, after
        self.longest = transport.longest

    def send(self, release):
        if self._after:
            with suppress(Refusal):
                self._transport.send(release)
        self._trust.ledger._database = None
        raise Dead

    def look(self, parcel, route):
        return self._transport.look(parcel, route)


class Life(RuleBasedStateMachine):
    """One installation, one recipient, one slot."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="waybill-life-"))
        self.keys = {"old": demo_user_key(), "new": demo_user_key()}
        accepted = {"la": "\n".join(public_text(key) for key in self.keys.values())}
        (self.folder / "served" / "la" / "in").mkdir(parents=True)
        self.server = embedded(self.folder / "served", accepted, host_key=private_text(demo_host_key()))
        self.line = line(self.server.__enter__().port)
        self.laid = self.line.__enter__()
        self.key = "old"
        self.transport = SftpTransport(lambda _: PrivateKey(private_text(self.keys[self.key])), Deadlines(step=5))
        self.agreement = terms(
            host="127.0.0.1", port=self.laid.port, user="la", host_key=public_text(demo_host_key()), directory="/in"
        )
        self.trust = SmallTrust(self.folder / "home", self.agreement, self.transport)
        self.mis, self.edits, self.nonces = rows(PUPILS), 0, 0
        self.refusing: set[str] = set()
        self.backup: Path | None = None
        self.behind = 0
        self.arrived: set[str] = set()

    def teardown(self):
        self.trust.close()
        self.line.__exit__(None, None, None)
        self.server.__exit__(None, None, None)
        shutil.rmtree(self.folder)

    @initialize()
    def found(self):
        self.trust.found()
        for pupil in pupil_ids(self.mis):
            self.trust.consent(pupil, given=True)

    def _latest(self, *states):
        found = [one for one in self.trust.ledger.releases(school=URN) if one.state in states]
        return found[-1].waybill if found else None

    def _tries(self, act, *arguments):
        """A refusal is an answer, whatever it says; anything else is a fault of the program."""
        with suppress(Refusal):
            act(*arguments)

    @rule()
    def edit(self):
        self.edits += 1
        self.mis = rows(PUPILS, f"edit {self.edits} ")

    @rule()
    def extract(self):
        self.nonces += 1
        self._tries(self.trust.prepare, self.mis, f"{self.nonces:032x}")

    @rule(found=st.booleans())
    def validate(self, found):
        """The rules are run again over what the MIS says now; an error that blocks is found, or none any more."""
        self.trust.blocking = found
        self.extract()

    @rule(who=st.sampled_from([SIGNERS[:1], SIGNERS[1:], SIGNERS, (("dm", Role.HEAD),), (("dpo", Role.HEAD),)]))
    def sign(self, who):
        if waybill := self._latest(State.PREPARED, State.APPROVED):
            self._tries(self.trust.sign, waybill, who)

    @rule()
    def make_ready(self):
        """A morning without a mishap: what the MIS says now is prepared and signed by both."""
        self.validate(found=False)
        self.sign(SIGNERS)

    @rule()
    def revoke(self):
        if waybill := self._latest(State.PREPARED, State.APPROVED):
            self._tries(self.trust.revoke, waybill)

    @rule(pupil=st.sampled_from(pupil_ids(rows(PUPILS))), given=st.booleans())
    def consent(self, pupil, given):
        self._tries(lambda: self.trust.consent(pupil, given=given))
        (self.refusing.discard if given else self.refusing.add)(pupil)

    @rule(cut=st.sampled_from([None, None, 0, 2_000, 3_500, 5_000, "renamed"]), times=st.sampled_from([1, 3]))
    def send(self, cut, times):
        known = len(self._final())
        renamed = Fault(Trouble.CUT, Way.DOWN, when=lambda: len(self._final()) > known)
        fault = renamed if cut == "renamed" else cut if cut is None else Fault(Trouble.CUT, after=cut)
        self.laid.faults = [None] * len(self.laid.connections) + [fault] * times
        self._tries(self.trust.send)
        self.laid.faults = ()

    @rule(after=st.booleans())
    def crash(self, after):
        database = self.trust.ledger._database
        self.trust.transport = Dying(self.transport, self.trust, after=after)
        with suppress(Refusal, Dead, AttributeError):  # the last: writing to a ledger that is gone
            self.trust.send()
        self.trust.ledger._database = database
        self._open()

    @rule(cut=st.sampled_from([None, 3_500, "renamed"]))
    def edit_and_send(self, cut):
        """A whole day: something changed, is prepared, signed and sent, over a line that may fail."""
        self.edit()
        self.make_ready()
        self.send(cut, 3)

    @rule(after=st.booleans())
    def edit_and_crash(self, after):
        """The same day, on which the process dies."""
        self.edit()
        self.make_ready()
        self.crash(after)

    @rule()
    def restart(self):
        self.trust.close()
        self._open()
        if waybill := self._latest(State.SENDING, State.UNKNOWN):
            self._tries(self.trust.resolve, waybill)

    @rule()
    def tick(self):
        """A day passes; what is approved is sent, as the sensor would have it."""
        self.trust.now += self.transport.longest * 90
        if self._latest(State.APPROVED):
            self._tries(self.trust.send)

    @rule()
    def purge(self):
        self.trust.purge()

    @rule()
    def rotate_key(self):
        self.key = "new" if self.key == "old" else "old"

    @rule()
    def take_backup(self):
        self.backup = self.folder / "backup"
        shutil.rmtree(self.backup, ignore_errors=True)
        self.trust.close()
        self.backup.mkdir()
        shutil.copy(self.trust.home / "ledger.sqlite", self.backup / "ledger.sqlite")
        self.behind = self._head()

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore_backup(self):
        """An older ledger in place of the newest sends nothing; then the newest is put back."""
        newest = self.folder / "newest"
        older = self._head() > self.behind
        self._swap(self.trust.home / "ledger.sqlite", newest)
        shutil.copy(self.backup / "ledger.sqlite", self.trust.home / "ledger.sqlite")
        before = self._final()
        if older and self._latest(State.APPROVED, State.REFUSED):
            with pytest.raises(HeadMismatch):
                self.trust.send()
        assert self._final() == before
        self._swap(newest, self.trust.home / "ledger.sqlite")

    def _swap(self, source, target):
        self.trust.close()
        for leftover in source.parent.glob("ledger.sqlite-*"):
            leftover.unlink()
        shutil.move(source, target)

    def _head(self):
        return self.trust.ledger.head().seq

    def _open(self):
        now, blocking = self.trust.now, self.trust.blocking
        self.trust.close()
        self.trust = SmallTrust(self.folder / "home", self.agreement, self.transport, now)
        self.trust.blocking = blocking

    def _final(self):
        folder = self.folder / "served" / "la" / "in"
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))

    def _waybills(self):
        """Waybill by final name, for what lies at the recipient; a KeyError where none that may have left names it so.

        What was called off may have been prepared again as the same bytes under the same name: it never left.
        """
        left = {}
        for release in self.trust.ledger.releases(school=URN):
            if release.state in CONSUMING:
                waybill = read_waybill(self.trust.ledger, self.trust.vault, release.waybill)
                left[waybill.remote_name, waybill.file_sha256] = release.waybill
        return {path.name: left[path.name, hashlib.sha256(path.read_bytes()).hexdigest()] for path in self._final()}

    @invariant()
    def what_lies_there_was_signed_by_two_for_its_hash(self):
        there = self._waybills()
        for waybill in there.values():
            signed = [
                event.body["statement"]["signer"]
                for event in self.trust.ledger.events("signature", waybill=waybill)
                if event.body["act"] == "release"
            ]
            assert len(set(signed)) >= 2, "I1"
        assert len(set(there.values())) == len(there), "I5"
        delivered = {one.waybill for one in self.trust.ledger.releases(school=URN) if one.state in DELIVERED}
        assert delivered <= set(there.values()), "what is called delivered lies there"

    @invariant()
    def what_arrived_in_this_step_might_leave(self):
        for path in self._final():
            if path.name not in self.arrived:
                text = path.read_bytes().decode("utf-8-sig")
                assert not {row["Pupil_ID"] for row in csv.DictReader(io.StringIO(text))} & self.refusing, "I6"
                assert self.agreement.in_force(self.trust.now.date()), "I2"
                assert not not_in_force(self.agreement, load_gateways(), self.trust.now.date()), "I2"
                assert {each.clause for each in self.agreement.lines} <= notice().clauses.keys(), "I2"
                self.arrived.add(path.name)

    @invariant()
    def the_ledger_verifies(self):
        if self.trust.lodged.path.exists():
            assert self.trust.faults() == [], "I3"

    @invariant()
    def no_value_lies_in_the_open(self):
        for path in self.trust.home.rglob("*"):
            assert not path.is_file() or CANARY not in path.read_bytes(), "I4"

    @invariant()
    def what_may_have_left_is_not_sent_again(self):
        sending: dict[str, str] = {}
        for event in self.trust.ledger.events():
            if event.kind in set(State):
                if event.kind == State.SENDING:
                    assert sending.get(str(event.body["waybill"])) not in {State.SENDING, State.UNKNOWN}, "I7"
                sending[str(event.body["waybill"])] = event.kind


@pytest.mark.fault("F16")
@pytest.mark.fault("F19")
def test_no_order_of_events_breaks_an_invariant():
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, derandomize=not NIGHTLY,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],  # a life is too long to be shrunk
        ),
    )  # fmt: skip

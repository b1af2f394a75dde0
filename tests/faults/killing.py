"""`python -m tests.faults.killing`: kill -9 at enumerated points of the release path, each followed by a restart.

Belongs here: enumerating points, killing at one of them, restarting, and what must hold afterwards. A point is a line
of the product that the path runs through, at one of the times it does. Every trial begins from a copy of one state, in
a process of its own that is killed with SIGKILL at its point; a second process is the restart. The plan comes as JSON
on standard input, one verdict per trial goes to standard output.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from exports.delivery import StillUnknown
from exports.preparation import read_waybill
from exports.sending import OutcomeUnknown
from exports.transports.sftp import PrivateKey, SftpTransport
from ledger.states import SETTLED, State
from tests.faults.forks import ROOT, forked
from tests.faults.small_trust import URN, SmallTrust, pupil_ids, rows, terms

PRODUCT: Final = tuple(str(ROOT / name) + os.sep for name in ("exports", "ledger", "vault"))
PUPILS: Final = 3

Point = tuple[str, int, int]
"""File, line, and at which time the line is reached."""


@dataclass(frozen=True)
class Plan:
    """What to try.

    Attributes:
        work: a folder of our own; state is copied in it.
        inbox: the account's directory at the server; each trial has one of its own in it.
        points: how many for each seed.

    """

    work: str
    inbox: str
    port: int
    user: str
    key: str
    host_key: str
    points: int
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Verdict:
    """One trial: where it was killed, how the release ended after the restart, and what did not hold."""

    seed: int
    stage: str
    point: Point
    killed: bool
    ended: str
    wrong: list[str]


class Trial:
    """One folder of state and one inbox."""

    def __init__(self, plan: Plan, name: str, mark: str) -> None:
        self.home = Path(plan.work) / name
        self.inbox = Path(plan.inbox) / name
        self.mis = rows(PUPILS, mark)
        self.agreement = terms(
            host="127.0.0.1", port=plan.port, user=plan.user, host_key=plan.host_key, directory=str(self.inbox)
        )
        self.transport = SftpTransport(lambda _: PrivateKey(plan.key))

    def trust(self) -> SmallTrust:
        return SmallTrust(self.home, self.agreement, self.transport)

    def begin(self) -> None:
        self.inbox.mkdir(parents=True, exist_ok=True)
        trust = self.trust()
        trust.found()
        for pupil in pupil_ids(self.mis):
            trust.consent(pupil, given=True)
        trust.close()

    def to_signed(self) -> None:
        """The first half: extract, render, seal, enter, sign."""
        trust = self.trust()
        prepared = trust.prepare(self.mis)
        assert prepared.waybill is not None
        if trust.ledger.release(prepared.waybill.sha256).state is State.PREPARED:
            trust.sign(prepared.waybill.sha256)
        trust.close()

    def to_sent(self) -> None:
        """The second half: gate, upload, rename, receipt, lodge, purge."""
        trust = self.trust()
        trust.send()
        trust.now += trust.transport.longest * 24 * 365
        trust.purge()
        trust.close()

    def restart(self) -> str:
        """Go on as a person would: prepare, sign, send; resolve what is in doubt. Returns how it ended."""
        self.to_signed_unless_in_doubt()
        trust = self.trust()
        for _ in range(3):
            try:
                sent = trust.send()[0]
            except OutcomeUnknown:
                try:
                    sent = trust.resolve(_latest(trust))
                except StillUnknown:
                    break
            if sent.state in SETTLED:
                break
        ended = trust.ledger.release(_latest(trust)).state
        trust.close()
        return str(ended)

    def recovered(self) -> tuple[str, list[str]]:
        """Look, restart, and look again: how it ended, and what did not hold."""
        before = self.wrong()
        ended = self.restart()
        return ended, before + self.wrong(ended)

    def to_signed_unless_in_doubt(self) -> None:
        trust = self.trust()
        in_doubt = any(one.state in {State.SENDING, State.UNKNOWN} for one in trust.ledger.releases(school=URN))
        trust.close()
        if not in_doubt:
            self.to_signed()

    def wrong(self, ended: str | None = None) -> list[str]:
        """What does not hold: at the recipient, in the ledger, in the vault; after the restart also how it ended."""
        trust = self.trust()
        faults = trust.faults()
        signed = {}
        for release in trust.ledger.releases(school=URN):
            signed[read_waybill(trust.ledger, trust.vault, release.waybill).file_sha256] = release.state
        trust.close()
        final = [path for path in self.inbox.iterdir() if not path.name.startswith(".")]
        for path in final:
            state = signed.get(hashlib.sha256(path.read_bytes()).hexdigest())
            if state not in SETTLED | {State.SENDING, State.UNKNOWN}:
                faults.append(f"a file lies under a final name whose bytes are {state or 'in no waybill'}")
        if len(final) > 1:
            faults.append(f"{len(final)} files lie under final names")
        if ended is not None and ended not in {*SETTLED, State.UNKNOWN}:
            faults.append(f"the restart ended as {ended}")
        if ended in SETTLED and len(final) != 1:
            faults.append(f"{ended}, but {len(final)} files lie there")
        return faults


def _latest(trust: SmallTrust) -> str:
    return max(trust.ledger.releases(school=URN), key=lambda one: (one.slot.version, one.at)).waybill


def reached(work: Callable[[], None]) -> list[tuple[str, int]]:
    """Every line of the product that the work runs through on its own thread, in order."""
    seen: list[tuple[str, int]] = []
    _traced(lambda file, line: seen.append((file, line)), work)
    return seen


def killed_at(point: Point, work: Callable[[], None]) -> None:
    """Do the work, and be killed when a line is reached for the so-manieth time."""
    file, line, left = point[0], point[1], [point[2]]

    def look(at_file: str, at_line: int) -> None:
        if (at_file, at_line) == (file, line):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    _traced(look, work)


def _traced(look: Callable[[str, int], None], work: Callable[[], None]) -> None:
    def local(frame: FrameType, event: str, _: object) -> object:
        if event == "line":
            look(frame.f_code.co_filename.removeprefix(f"{ROOT}{os.sep}"), frame.f_lineno)
        return local

    def entered(frame: FrameType, _event: str, _: object) -> object:
        return local if frame.f_code.co_filename.startswith(PRODUCT) else None

    sys.settrace(entered)
    try:
        work()
    finally:
        sys.settrace(None)


def chosen(seen: list[tuple[str, int]], count: int, chance: random.Random) -> list[Point]:
    """Choose points: of the lines that were reached as many as are wanted, each at one of its times."""
    times = Counter(seen)
    lines = sorted(times)
    picked = chance.sample(lines, min(count, len(lines)))
    return sorted((*line, chance.randint(1, times[line])) for line in picked)


def verdicts(plan: Plan) -> Iterator[Verdict]:
    """Try every seed: half of its points on the way to the signatures, half from there on."""
    for seed in plan.seeds:
        chance = random.Random(seed)  # noqa: S311  a seed, not a secret
        begun = Trial(plan, f"{seed}-begun", str(seed))
        forked(begun.begin)
        for stage in ("to_signed", "to_sent"):
            dry = _copy(plan, seed, f"{seed}-{stage}-dry", begun, stage)
            _, seen = forked(lambda dry=dry, stage=stage: reached(getattr(dry, stage)))
            for number, point in enumerate(chosen([tuple(each) for each in seen], plan.points // 2, chance)):
                trial = _copy(plan, seed, f"{seed}-{stage}-{number}", begun, stage)
                yield _tried(trial, seed, stage, point)


def _copy(plan: Plan, seed: int, name: str, begun: Trial, stage: str) -> Trial:
    trial = Trial(plan, name, str(seed))
    trial.inbox.mkdir()
    shutil.copytree(begun.home, trial.home)
    if stage == "to_sent":
        forked(trial.to_signed)
    return trial


def _tried(trial: Trial, seed: int, stage: str, point: Point) -> Verdict:
    status, _ = forked(lambda: killed_at(point, getattr(trial, stage)))
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    _, told = forked(trial.recovered)
    ended, wrong = told  # type: ignore[misc]
    shutil.rmtree(trial.home)
    return Verdict(seed, stage, point, killed, ended, wrong)


def main() -> None:
    """Carry the plan out."""
    plan = json.load(sys.stdin)
    for verdict in verdicts(Plan(**{**plan, "seeds": tuple(plan["seeds"])})):
        print(json.dumps(asdict(verdict)), flush=True)


if __name__ == "__main__":
    main()

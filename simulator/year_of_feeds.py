"""A year of every feed in simulated time: which files leave under standing releases, and how often people must sign.

Belongs here: the days, the two people's policy, and the count. Files are made, judged, signed, let through the gate and
laid into a folder by the same code as ever; only the MIS is read once, at the year's end, and taken as at each day. A
daily feed of events is looked at on the working days of its events and on every Friday; on others it tells nothing.
"""

import datetime as dt
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from assets.plan import feed_plan
from connectors.mis import Snapshot
from exports.authority import record
from exports.delivery import deliver
from exports.envelope import Limits
from exports.formats import FORMATS, verified
from exports.minimise import NothingToSend, minimised
from exports.notes import explain
from exports.parts import parts
from exports.populations import PopulationUnclear
from exports.preparation import Draft, Prepared, artefact, open_batch, prepare
from exports.profile_findings import profile_findings
from exports.protection_log import Ruling, confirm, decide, term_of
from exports.protection_standing import Standing as Protection
from exports.protection_standing import standing as protection
from exports.release import gate
from exports.sending import Doors, present
from exports.signing import Act, Role, Statement, sign
from exports.standing import proposal, propose, sign_standing, statement_of
from exports.standing_use import Here, put_under
from exports.terms import Agreement
from exports.told import not_yet_told
from exports.transports.folder import FolderTransport
from exports.waybill import Waybill
from ledger.states import State
from schemas.canonical import CANONICAL
from schemas.census.findings import FINDING
from schemas.census.spec import NOTHING
from schemas.feeds import DATASETS
from schemas.feeds.dataset import Taking
from schemas.mis_flags import said
from schemas.refusal import Refusal
from simulator.deployment import Deployment, deployed
from simulator.watching import say
from simulator.world.schools import Scale
from simulator.world.trust import make_trust

SMALL: Final = Scale(schools=2, pupils=60)
FIRST, LAST = dt.date(2026, 9, 7), dt.date(2027, 7, 16)
MONTHS: Final = 11
TARGET: Final = 6
"""Signatures a school and month that people can be asked to give and still read what they sign."""
_TERMS: Final = {"2026-autumn-term": dt.date(2026, 10, 1), "2027-spring-term": dt.date(2027, 1, 21),
                 "2027-summer-term": dt.date(2027, 5, 20)}  # fmt: skip
_YEAR_BEGAN: Final = dt.date(2026, 9, 1)
_FRIDAY: Final = 5
_SIGNERS: Final = (("priya", Role.DATA_MANAGER), ("helen", Role.HEAD), ("daniel", Role.DPO))


@dataclass
class Year:
    """What the year came to."""

    signatures: Counter[str] = field(default_factory=Counter)
    under_standing: int = 0
    signed_singly: int = 0
    standing_releases: int = 0
    nothing_to_send: int = 0
    held: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def per_school_and_month(self, schools: int) -> float:
        """Human signatures for each school and month."""
        return sum(self.signatures.values()) / (schools * MONTHS)


def year_of_feeds(scale: Scale = SMALL, first: dt.date = FIRST, last: dt.date = LAST) -> Year:
    """Live through the year and return the count."""
    with tempfile.TemporaryDirectory() as folder:
        world = make_trust(scale=scale)
        with deployed(Path(folder) / "home", trust=world, as_of=last, arbor_port=0, sftp_port=0) as demo:
            office = _Office(demo, [school.urn for school in world.schools])
            for day in _days(first, last):
                office.live_through(day)
            return office.year


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    every = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return (day for day in every if day.isoweekday() <= _FRIDAY)


def _working(day: dt.date) -> dt.date:
    """The day itself, or the Monday after it."""
    return day + dt.timedelta(days=max(0, 8 - day.isoweekday()) if day.isoweekday() > _FRIDAY else 0)


class _Office:
    """The trust's people and its nightly preparation."""

    def __init__(self, demo: Deployment, schools: list[str]) -> None:
        self.year = Year()
        self._demo, self._here, self._schools = demo, demo.installation, schools
        compiled = [one.agreement for one in self._here.trust.agreements]
        self._feeds = [one for one in compiled if one is not None and one.dataset != "census"]
        self._notice = self._here.trust.notice
        self._keys = {person: demo.key(person) for person, _ in _SIGNERS}
        self._held = {school: self._snapshot(school) for school in schools}
        self._said = {school: said(held.frames, self._here.trust.mis_flags) for school, held in self._held.items()}
        self._days = {school: self._event_days(school) for school in schools}
        self._first: dict[str, dict[str, int]] = {}
        self._standing: set[str] = set()
        self._confirmed = ""
        self._now = dt.datetime.combine(FIRST, dt.time(2), dt.UTC)

    def live_through(self, day: dt.date) -> None:
        """Prepare what is due on a day, let leave what may, and sign what waits."""
        self._now = dt.datetime.combine(day, dt.time(2), dt.UTC)
        if term_of(day) != self._confirmed:
            self._confirmed = term_of(day)
            confirm(self._here.ledger, schools=self._here.trust.schools, records=0, by="ruth", at=self._now, day=day)
        for agreement in self._feeds:
            for period in _due(agreement, day):
                for school in self._schools:
                    looked_at = agreement.cadence != "day" or day in self._days[school].get(agreement.dataset, {day})
                    if agreement.covers(school) and looked_at:
                        self._file(agreement, school, period, day)

    def _event_days(self, school: str) -> Mapping[str, frozenset[dt.date]]:
        """The working days on which a dataset of events may have something to tell, every Friday among them."""
        fridays = {day for day in _days(FIRST, LAST) if day.isoweekday() == _FRIDAY}
        found: dict[str, frozenset[dt.date]] = {}
        for name in {agreement.dataset for agreement in self._feeds if agreement.cadence == "day"}:
            if where := DATASETS[name].event_day:
                table, _, column = where.partition(".")
                days = (
                    DATASETS[name].make(self._held[school].frames, self._taking(school, LAST))[table][column].dropna()
                )
                found[name] = frozenset(fridays | {_working(day) for day in days})
        return found

    def _taking(self, school: str, day: dt.date) -> Taking:
        here = self._here
        return Taking(
            as_at=day, window_start=_YEAR_BEGAN, years=here.trust.schools[school].years,
            taken=f"{day.isoformat()}T02:00:00", establishments=here.trust.establishments,
        )  # fmt: skip

    def _snapshot(self, school: str) -> Snapshot:
        """Everything any feed needs of a school, read once."""
        here = self._here
        due = [(agreement, self._taking(school, LAST)) for agreement in self._feeds if agreement.covers(school)]
        plan = replace(feed_plan(due, here.trust.mis_flags), attendance_from=_YEAR_BEGAN, attendance_to=LAST)
        found = here.connect(here.trust.schools[school]).snapshot(plan, lambda *_: None, here.now)
        unasked = {name: table.empty() for name, table in CANONICAL.items()}
        return replace(found, frames={**unasked, **found.frames})

    def _file(self, agreement: Agreement, school: str, period: str, day: dt.date) -> None:
        for attempt in range(3):
            again = False
            for prepared in self._prepare(agreement, school, period, day):
                if prepared.waybill is not None:
                    again |= self._settle(agreement, prepared.waybill, attempt)
            if not again:
                return

    def _prepare(self, agreement: Agreement, school: str, period: str, day: dt.date) -> Iterator[Prepared]:
        here, held = self._here, self._held[school]
        made = DATASETS[agreement.dataset].make(held.frames, self._taking(school, day))
        frames = not_yet_told(made, agreement, here.ledger, here.pupils, school=school, period=period)
        protected = self._protection(agreement, school)
        try:
            taken = minimised(frames, agreement, as_at=day, standing=protected)
            found = profile_findings(frames, agreement, day, protected) if agreement.profile else FINDING.empty()
        except (NothingToSend, PopulationUnclear):
            self.year.nothing_to_send += 1
            return
        known = held.frames["upn"].dropna(subset=["upn"])
        upns = dict(zip(known["pupil_id"].astype(str), known["upn"].astype(str), strict=True))
        for destination, tables in parts(taken.frames).items():
            data = FORMATS[agreement.format].render(tables, agreement)
            draft = Draft(
                school=here.trust.schools[school], period=period, agreement=agreement, notice=self._notice, data=data,
                facts=verified(data, tables, agreement), frames=tables, upns=upns, findings=found,
                certificate={"stable": True, "day": day.isoformat()}, confirmed=NOTHING, destination=destination,
                applied=taken.applied,
            )  # fmt: skip
            self._draft = draft
            yield prepare(here.ledger, here.vault, here.pupils, draft, self._now, secrets.token_hex(16))

    def _protection(self, agreement: Agreement, school: str) -> Protection:
        here = self._here
        seq = here.ledger.head().seq
        return protection(here.ledger, here.vault, here.pupils, agreement, school, self._said[school], seq)

    def _settle(self, agreement: Agreement, waybill: Waybill, attempt: int) -> bool:
        """Let a file leave, under its standing release or signed by itself; True when it is to be prepared again."""
        here = self._here
        judgement = put_under(
            here.ledger, here.vault, here.pupils, waybill,
            Here(agreement, self._notice.sha256, self._now, self._now.date()),
        )  # fmt: skip
        state = here.ledger.release(waybill.sha256).state
        if state is State.PREPARED:
            if judgement is not None and not attempt:
                self.year.held.update(breach.code for breach in judgement.breaches)
            if attempt == 0 and self._put_right(agreement, waybill):
                return True
            self._sign(agreement, waybill)
        if here.ledger.release(waybill.sha256).state is State.APPROVED:
            self._send(agreement, waybill, singly=state is State.PREPARED)
        return False

    def _put_right(self, agreement: Agreement, waybill: Waybill) -> bool:
        """Explain what is open and decide on who is held; True when the file changes by it."""
        here, draft = self._here, self._draft
        if draft.applied.held:
            decide(
                here.ledger, here.vault, here.pupils, agreement=agreement.id, school=waybill.school,
                decided={pupil: sorted(kinds) for pupil, kinds in draft.applied.held.items()},
                ruling=Ruling.WITHHOLD, why="withheld", by="ruth", at=self._now,
            )  # fmt: skip
        if waybill.tally.unexplained:
            explain(
                here.ledger, here.vault, here.pupils, school=waybill.school, period=waybill.period,
                findings=draft.findings, text="Looked at; it is so.", author="priya", at=self._now,
            )  # fmt: skip
        return bool(draft.applied.held or waybill.tally.unexplained)

    def _sign(self, agreement: Agreement, waybill: Waybill) -> None:
        for person, role in _SIGNERS:
            if role in agreement.signing:
                statement = Statement(
                    Act.RELEASE, role, person, waybill.sha256, self._now, self._now + dt.timedelta(days=28)
                )
                signature = sign(statement, self._keys[person])
                record(self._here.ledger, waybill, signature, agreement.signing, self._now)
                self.year.signatures[waybill.school] += 1

    def _send(self, agreement: Agreement, waybill: Waybill, *, singly: bool) -> None:
        here = self._here
        sealed = {name: here.vault.open(artefact(here.ledger, waybill.sha256, name)) for name in ("file", "cells")}
        doors = self._doors(agreement)
        try:
            release = gate(
                here.ledger, waybill=waybill, data=sealed["file"], disclosures=open_batch(sealed["cells"]),
                present=lambda: present(doors, waybill), now=self._now, today=self._now.date(),
            )  # fmt: skip
        except Refusal as refusal:
            self.year.refused[refusal.code] += 1
            return
        account = FolderTransport(here.settings.home / "sent" / agreement.id / waybill.period)
        deliver(here.ledger, release, account, lambda: self._now)
        self.year.signed_singly += singly
        self.year.under_standing += not singly
        if singly:
            self._stand(agreement, waybill)

    def _doors(self, agreement: Agreement) -> Doors:
        here = self._here
        return Doors(
            ledger=here.ledger, lodged=here.lodged, vault=here.vault, pupils=here.pupils, notice=lambda: self._notice,
            reread=lambda: agreement, confirmed=lambda _: NOTHING, demonstration=True, now=lambda: self._now,
            today=self._today,
        )  # fmt: skip

    def _today(self) -> dt.date:
        return self._now.date()

    def _stand(self, agreement: Agreement, waybill: Waybill) -> None:
        """Once its first file has left each school, sign a standing release of the agreement for all; once a year."""
        first = self._first.setdefault(agreement.id, {})
        covered = [school for school in self._schools if agreement.covers(school)]
        of_events = DATASETS[agreement.dataset].event_day is not None
        first[waybill.school] = waybill.tally.pupils
        if agreement.id in self._standing or not (of_events or len(first) == len(covered)):
            return
        self._standing.add(agreement.id)
        made = proposal(
            agreement, notice=(self._notice.version, self._notice.sha256), schools=covered,
            ends=min(agreement.recipient.ends, LAST + dt.timedelta(days=30)),
            limits=_limits(first.values(), of_events=of_events), today=self._now.date(), now=self._now,
        )  # fmt: skip
        propose(self._here.ledger, made, "priya", self._now)
        for person, role in _SIGNERS:
            if role in agreement.signing:
                signature = sign(statement_of(made, role, person, self._now), self._keys[person])
                sign_standing(self._here.ledger, made, signature, self._now, self._now.date())
                self.year.signatures["the whole trust"] += 1
        self.year.standing_releases += 1


def _due(agreement: Agreement, day: dt.date) -> Iterator[str]:
    """The periods of an agreement that are taken on a day."""
    if agreement.cadence == "term":
        yield from (period for period, as_at in _TERMS.items() if as_at == day)
    elif agreement.cadence == "month":
        if day == max(_working(day.replace(day=1)), FIRST):
            yield f"{day:%Y-%m}"
    elif agreement.cadence == "day":
        yield day.isoformat()


def _limits(pupils: Iterable[int], *, of_events: bool) -> Limits:
    """What a data manager would propose: a tenth either way for a list, a handful for a feed of events."""
    counts = list(pupils)
    least, most = min(counts), max(counts)
    if of_events:
        return Limits(1, max(5, 2 * most), 0, 0, 0, queries_most=5)
    return Limits(
        pupils_least=max(1, least * 9 // 10), pupils_most=most * 11 // 10 + 5, joined_most=5 + most // 20,
        left_most=5 + most // 20, changed_most=30 + most, queries_most=5,
    )  # fmt: skip


def report(year: Year, schools: int) -> Mapping[str, object]:
    """The figures, by what they are."""
    return {
        "human signatures": sum(year.signatures.values()),
        "per school and month": round(year.per_school_and_month(schools), 2),
        "target": f"under {TARGET}",
        "files under a standing release": year.under_standing,
        "files signed by themselves": year.signed_singly,
        "standing releases signed": year.standing_releases,
        "held for people, by reason": dict(year.held.most_common()),
        "stopped at the gate, by reason": dict(year.refused.most_common()),
    }


if __name__ == "__main__":
    lived = year_of_feeds()
    for name, figure in report(lived, SMALL.schools).items():
        say(f"{name}: {figure}")
    sys.exit(lived.per_school_and_month(SMALL.schools) >= TARGET)

"""Looks at an opened installation: the record, the register, the vault, and what has not gone as it should.

Belongs here: what the ledger and Dagster's storage say. Nothing is changed and nothing is sent.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

import dagster as dg

from exports.approvers import current
from exports.nothing_to_send import NIL
from ledger.states import SETTLED, State
from ledger.verify_server import verify_place
from pipelines.clock import LONDON
from pipelines.doctor.symptoms import Symptom
from pipelines.handing_over import waits
from pipelines.installation import Installation
from schemas.census.collection import COLLECTIONS
from schemas.deployment import Limit, Occasion
from schemas.wording import counted

_LATE_AFTER: Final = dt.timedelta(minutes=5)
_REMEMBERED: Final = dt.timedelta(days=31)
_RECENT: Final = dt.timedelta(days=2)
_BEATS: Final = dt.timedelta(minutes=10)


def record(here: Installation) -> Iterator[Symptom]:
    """The ledger is intact, and continues the head lodged outside. Raises the head's own refusals."""
    report = verify_place(here.ledger.place)
    if report.faults:
        yield Symptom("record", "ledger", f"The ledger does not verify: {'; '.join(report.faults)}.")
        return
    here.lodged.check()


def order(here: Installation) -> Iterator[Symptom]:
    """The clock has not gone back behind the record."""
    events = here.ledger.events()
    if events and events[-1].at > here.now() + dt.timedelta(minutes=2):
        at = f"{events[-1].at:%Y-%m-%d %H:%M}"
        yield Symptom("machine", "clock", f"The ledger's last event is of {at} UTC, after now: set the clock (NTP).")


def register(here: Installation) -> None:
    """The register of approvers holds. Raises its refusals."""
    current(here.ledger)


def releases(here: Installation) -> Iterator[Symptom]:
    """No release is in doubt, and none was refused of late."""
    for one in here.ledger.releases():
        slot = one.slot
        what = f"{slot.agreement}, school {slot.school}, {slot.period}"
        if one.state in {State.UNKNOWN, State.SENDING} and here.now() - one.at > _LATE_AFTER:
            yield Symptom("unknown", what, f"Nobody can say whether {what} arrived (state {one.state}).")
        elif one.state is State.REFUSED and here.now() - one.at < _REMEMBERED:
            yield Symptom("refused", what, f"The recipient's server refused {what}; nothing of it was left there.")


def late(here: Installation) -> Iterator[Symptom]:
    """What was due has left; five minutes after the end of its day it is late."""
    day = (here.now() - _LATE_AFTER).astimezone(LONDON).date()
    yield from _late_feeds(here, day)
    yield from _late_collections(here, day)


def _late_feeds(here: Installation, day: dt.date) -> Iterator[Symptom]:
    """A feed that nobody prepared, or that waits for signatures, after its last day; a nil return is an answer."""
    answered, missing = _answered(here), dict[str, list[tuple[dt.date, str, str]]]()
    covered = {one.id: one.agreement for one in here.trust.agreements if one.agreement}
    for occasion in _due_before(here, day):
        agreement = covered.get(occasion.subject)
        for urn in here.trust.schools if agreement else ():
            key = (occasion.subject, urn, occasion.period)
            if agreement and agreement.covers(urn) and key not in answered:
                missing.setdefault(occasion.subject, []).append((occasion.due, occasion.period, urn))
    for subject, found in missing.items():
        due, period, _ = max(found)
        schools = ", ".join(sorted({urn for _, _, urn in found}))
        late = counted(len(found), "file that was due has not left", "files that were due have not left")
        words = f"{subject}: {late}, the last ({period}) due on {due}: {schools}."
        yield Symptom("late", subject, words)


def _due_before(here: Installation, day: dt.date) -> Iterator[Occasion]:
    """Takings whose last day is past, since the record began and within the month."""
    events = here.ledger.events()
    begun = events[0].at.astimezone(LONDON).date() if events else day
    first = max(begun, day - _REMEMBERED)
    for number in range((day - first).days):
        for occasion in here.trust.calendar.taken_on(first + dt.timedelta(days=number)):
            if occasion.subject not in COLLECTIONS and occasion.due < day:
                yield occasion


def _answered(here: Installation) -> set[tuple[str, str, str]]:
    done = {
        (one.slot.agreement, one.slot.school, one.slot.period)
        for one in here.ledger.releases()
        if one.state in SETTLED | {State.SUPERSEDED, State.RECALLED}
    }
    nils = here.ledger.events(NIL)
    return done | {(str(one.body["agreement"]), str(one.body["school"]), str(one.body["period"])) for one in nils}


def _late_collections(here: Installation, day: dt.date) -> Iterator[Symptom]:
    calendar = here.trust.calendar
    for subject in (row.subject for row in calendar.occasions if row.subject in COLLECTIONS):
        by_due: dict[tuple[dt.date, str], list[str]] = {}
        for urn in here.trust.schools:
            asked = [(calendar.deadline(subject, urn), "the Department's deadline")]
            asked += [(one.due, "the authority's deadline") for one in calendar.limits(subject, urn, Limit.AUTHORITY)]
            for due, whose in asked:
                if due < day <= due + _REMEMBERED and waits(here.ledger, here.trust.agreements, urn, subject):
                    by_due.setdefault((due, whose), []).append(urn)
        for (due, whose), schools in by_due.items():
            words = f"{subject} is not handed over for {', '.join(schools)}; {whose} was {due}."
            yield Symptom("late", f"{subject}, {whose}", words)


def runs(here: Installation, instance: dg.DagsterInstance) -> Iterator[Symptom]:
    """No run of the last two days stands failed that was not run again."""
    newest: dict[tuple[str, str], dg.DagsterRun] = {}
    for run in instance.get_runs(limit=500):
        newest.setdefault((run.job_name, run.tags.get("dagster/partition", "")), run)
    for (job, partition), run in sorted(newest.items()):
        if run.status is dg.DagsterRunStatus.FAILURE:
            record = instance.get_run_record_by_id(run.run_id)
            if record is not None and here.now() - record.create_timestamp.astimezone(dt.UTC) < _RECENT:
                yield Symptom("run-failed", f"{job} {partition}", f"{job} of {partition} failed: run {run.run_id[:8]}.")


def heartbeat(here: Installation, instance: dg.DagsterInstance) -> Iterator[Symptom]:
    """Dagster's daemon is alive, once it has ever been."""
    beats = instance.get_daemon_heartbeats()
    newest = max((one.timestamp for one in beats.values()), default=None)
    if newest is not None and here.now().timestamp() - newest > _BEATS.total_seconds():
        yield Symptom("machine", "daemon", "Dagster's daemon gives no sign of life: nothing is prepared at night.")

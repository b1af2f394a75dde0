"""Examine: look at everything an installation rests on, and say what is wrong.

Belongs here: the verb `examine`, the order of the looks, and what each needs. The looks are `pipelines.doctor`'s.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.clock import Clock, system_clock, today
from pipelines.dagster_instance import instance_of
from pipelines.doctor import setup, state, wire
from pipelines.doctor.symptoms import Symptom, looked
from pipelines.installation import Installation
from pipelines.settings import Settings
from pipelines.trust import Trust, load_trust


@dataclass(frozen=True)
class Examination:
    """How an installation is looked at.

    Attributes:
        clock: the installation's.
        machine: the machine's own clock, held against the MIS's.
        free: bytes free at a folder.
        online: whether to look at MIS and recipients too.
        quick: whether to leave out the whole record's proof.

    """

    settings: Settings
    clock: Clock = system_clock
    machine: Callable[[], dt.datetime] = system_clock
    free: Callable[[Path], int] | None = None
    online: bool = True
    quick: bool = False


def examine(asked: Examination) -> tuple[Symptom, ...]:
    """Look at everything; each trouble once, in the order in which it is best put right."""
    found = {symptom.name: symptom for symptom in _all(asked)}
    return tuple(found.values())


def _all(asked: Examination) -> Iterator[Symptom]:
    settings, day = asked.settings, today(asked.clock)
    yield from looked("state folder", lambda: setup.folders(settings))
    if settings.home.is_dir():
        yield from looked("disk", lambda: setup.disk(settings, asked.free))
        yield from looked("dagster.yaml", lambda: setup.dagster(settings))
    trusts: list[Trust] = []
    yield from looked("trust folder", lambda: trusts.append(load_trust(settings.trust)))
    for trust in trusts:
        yield from looked("calendar", lambda trust=trust: setup.calendar(trust, day))
        yield from looked("agreements", lambda trust=trust: setup.agreements(trust, day))
        yield from looked("secrets", lambda trust=trust: setup.secrets(trust, settings))
    opened: list[Installation] = []
    if trusts and settings.home.is_dir():
        yield from looked("keys", lambda: opened.append(Installation.open(settings, asked.clock)))
    for here in opened:
        yield from _of_state(here)
        if asked.online or not asked.quick:
            yield from looked("ledger", partial(_quietly, state.record, here))
        if asked.online:
            yield from _of_wire(here, asked.machine)


def _of_state(here: Installation) -> Iterator[Symptom]:
    for subject, look in (
        ("clock", state.order),
        ("approvers", state.register),
        ("notice", Installation.notice),
        ("releases", state.releases),
        ("what was due", state.late),
    ):
        yield from looked(subject, partial(_quietly, look, here))
    yield from looked("Dagster's storage", lambda: _of_dagster(here))


def _quietly(look: Callable[[Installation], object], here: Installation) -> list[Symptom]:
    found = look(here)
    return list(found) if isinstance(found, Iterator) else []


def _of_dagster(here: Installation) -> Iterator[Symptom]:
    with instance_of(here) as instance:
        yield from state.runs(here, instance)
        yield from state.heartbeat(here, instance)


def _of_wire(here: Installation, machine: Callable[[], dt.datetime]) -> Iterator[Symptom]:
    for url in sorted({school.mis.url for school in here.trust.schools.values()}):
        yield from looked("clock", lambda url=url: wire.mis_clock(url, machine))
    for urn, school in here.trust.schools.items():
        yield from looked(f"MIS of school {urn}", lambda school=school: wire.mis(here, school))
    for account, route in wire.routes(here).items():
        yield from looked(account, lambda account=account, route=route: wire.recipient(here, account, route))

"""What the assets are given: domain objects and the doors to the world, never settings.

Belongs here: the `Ports` value. They are plain objects bound by `pipelines.build`; none is a Dagster resource that
run config could redirect (ADR 0001).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assets.desk import DeskPages
from connectors.mis import Mis
from exports.agreements import Agreement, Compiled
from exports.notice import Notice
from exports.official import Official
from exports.transports import Transport
from ledger.head import LodgedHead
from ledger.store import Ledger
from schemas.census.spec import Confirmed
from schemas.deployment import Calendar, School, Schools
from schemas.establishments import Establishment
from vault.pupils import PupilKeys
from vault.store import Vault


@dataclass(frozen=True)
class Ports:
    """Everything an asset may use.

    Attributes:
        schools: by URN.
        calendar: when things are taken.
        agreements: as loaded with the code location; a run reads the file again and refuses a difference.
        connect: a school's MIS.
        on_the_day: text of a school's on-the-day file for a collection, None when there is none.
        school_file: text of a school's own figures for a collection, None when there is none.
        reread: an agreement as its file says now.
        notice: the privacy notice as its file says now.
        transport: the way to a recipient.
        lodged: the ledger's head, lodged outside.
        registers: reference data of rules, by name.
        establishments: the dated register of schools, by LA and establishment number.
        mis_flags: flags of the MIS that protect a pupil (`schemas.mis_flags`).
        now: the clock, aware UTC; `today` is the day in England.
        demonstration: invented people only; guessed codes may be emitted.
        confirmed: what the department's material confirms for an academic year.
        official: the department's material run over a file of an academic year; it refuses what its schema refuses.
        desk: the pages that assets lead to.

    """

    schools: Schools
    calendar: Calendar
    agreements: tuple[Compiled, ...]
    connect: Callable[[School], Mis]
    on_the_day: Callable[[str, str], str | None]
    school_file: Callable[[str, str], str | None]
    reread: Callable[[str], Compiled]
    notice: Callable[[], Notice]
    transport: Callable[[Agreement], Transport]
    registers: Mapping[str, frozenset[str]]
    establishments: Mapping[str, Establishment]
    mis_flags: frozenset[str]
    vault: Vault
    pupils: PupilKeys
    ledger: Ledger
    lodged: LodgedHead
    now: Callable[[], dt.datetime]
    today: Callable[[], dt.date]
    demonstration: bool
    confirmed: Callable[[str], Confirmed]
    official: Callable[[bytes, str], Official]
    desk: DeskPages

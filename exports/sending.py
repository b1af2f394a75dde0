"""Sending what has been signed: from a slot in the ledger to the recipient, through the gate.

Belongs here: finding the one release that is approved for a slot and reading afresh everything the gate asks for.
It starts from the ledger's waybill hash; nothing a caller passes can name another file, recipient or route.
"""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from exports.delivery import deliver, resolve
from exports.logins import counted
from exports.notes import explained_keys
from exports.notice import Notice
from exports.preparation import artefact, findings_sha256, in_waiting, open_batch, read_emitted, read_waybill
from exports.protection_gate import Stores, refuse_unprotected
from exports.release import Present, gate
from exports.standing_use import Here, judged
from exports.terms import Agreement
from exports.told import refuse_told
from exports.transports import Transport
from exports.trust_findings import told
from exports.waybill import Waybill
from ledger.head import LodgedHead
from ledger.states import SETTLED, State
from ledger.store import Ledger, Release
from schemas.census.findings import FINDING, verdict
from schemas.census.hits import joined
from schemas.census.spec import Confirmed, doubts
from schemas.refusal import Refusal
from vault.frames import unpack
from vault.pupils import PupilKeys
from vault.store import Vault

_OVER: Final = frozenset({State.WITHDRAWN, State.SUPERSEDED, State.RECALLED})


class NothingSigned(Refusal):
    """No file of the slot waits to be sent."""

    code: ClassVar[str] = "nothing_signed"


class OutcomeUnknown(Refusal):
    """An attempt to send the slot's file was cut off, or is going on; only reading back can tell."""

    code: ClassVar[str] = "outcome_unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a slot's file; `sent_now` is False when the recipient had it before."""

    waybill: str
    state: State
    sent_now: bool


@dataclass(frozen=True)
class Doors:
    """Where things are kept; what every sending needs besides the agreement.

    Attributes:
        lodged: the ledger's head outside; a ledger that is behind it, such as last week's backup, sends nothing.
        confirmed: what the department's material confirms for an academic year.
        demonstration: a trust of invented people.

    """

    ledger: Ledger
    lodged: LodgedHead
    vault: Vault
    pupils: PupilKeys
    notice: Callable[[], Notice]
    reread: Callable[[], Agreement]
    confirmed: Callable[[str], Confirmed]
    demonstration: bool
    now: Callable[[], dt.datetime]
    today: Callable[[], dt.date]


def send_signed(doors: Doors, school: str, period: str, agreement: str, transport: Transport) -> tuple[Sent, ...]:
    """Send the approved files of a slot, one for each destination, or say that the recipient has them already.

    One that cannot go does not keep back the others: its refusal is raised when they have gone.

    Raises:
        NothingSigned: nothing waits for this slot.
        Refusal: the gate's (`exports.release`), the transport's, or the lodged head's (`ledger.head`).

    """
    sent: list[Sent] = []
    refused: list[Refusal] = []
    for waiting in _waiting(doors.ledger, school, period, agreement):
        try:
            sent.append(_send(doors, waiting, transport))
        except Refusal as refusal:
            refused.append(refusal)
    if refused:
        raise refused[0]
    return tuple(sent)


def _send(doors: Doors, waiting: Release, transport: Transport) -> Sent:
    if waiting.state in {State.SENDING, State.UNKNOWN}:
        message = (
            f"{waiting.slot.agreement} for school {waiting.slot.school}, {waiting.slot.period} is {waiting.state}: it "
            f"may have arrived. Find out with: waybill resolve {waiting.waybill[:12]}"
        )
        raise OutcomeUnknown(message)
    if waiting.state in SETTLED:
        return Sent(waiting.waybill, waiting.state, sent_now=False)
    doors.lodged.check()
    waybill = read_waybill(doors.ledger, doors.vault, waiting.waybill)
    sealed = {name: doors.vault.open(artefact(doors.ledger, waiting.waybill, name)) for name in ("file", "cells")}
    cells = open_batch(sealed["cells"])
    refuse_told(doors.ledger, doors.reread(), waybill, cells.refs)
    with counted(doors.ledger, doors.reread().delivery, doors.now):
        release = gate(
            doors.ledger,
            waybill=waybill,
            data=sealed["file"],
            disclosures=cells,
            present=lambda: present(doors, waybill),
            now=doors.now(),
            today=doors.today(),
        )
        try:  # not around the gate: what it refuses, such as a forged register, must not become the lodged head
            state = deliver(doors.ledger, release, transport, doors.now, lambda: doors.lodged.lodge(doors.now()))
        finally:
            doors.lodged.lodge(doors.now())
    return Sent(waiting.waybill, state, sent_now=True)


def resolve_unknown(doors: Doors, waybill: str, transport: Transport) -> Sent:
    """Find out what became of an attempt that was cut off, by reading back and never by sending.

    Raises Refusal: `exports.delivery.resolve`'s.
    """
    doors.lodged.check()
    found = read_waybill(doors.ledger, doors.vault, waybill)
    agreement = doors.reread()
    try:
        with counted(doors.ledger, agreement.delivery, doors.now):
            state = resolve(
                doors.ledger,
                waybill=found,
                agreement=agreement,
                disclosures=open_batch(doors.vault.open(artefact(doors.ledger, waybill, "cells"))),
                transport=transport,
                clock=doors.now,
            )
    finally:
        doors.lodged.lodge(doors.now())
    return Sent(waybill, state, sent_now=False)


def present(doors: Doors, waybill: Waybill) -> Present:
    """Read what holds now for a waybill: agreement and notice from the trust folder, the rest from vault and ledger.

    What comparing the schools found counts like any other finding, but comes after the preparation, so it is not under
    the signatures.
    """
    agreement = doors.reread()
    stores = Stores(doors.ledger, doors.vault, doors.pupils)
    refuse_unprotected(stores, in_waiting(doors.ledger, doors.vault, waybill.sha256, agreement), doors.today())
    opened = {
        name: doors.vault.open(artefact(doors.ledger, waybill.sha256, name)) for name in ("findings", "certificate")
    }
    findings = unpack(opened["findings"])[0][FINDING.name]
    beside = told(doors.ledger, doors.vault, waybill.school, waybill.period).get(FINDING.name, FINDING.empty())
    everything = joined(findings, beside)
    explained = explained_keys(doors.ledger, doors.pupils, waybill.school, waybill.period, everything)
    emitted = read_emitted(doors.ledger, doors.vault, waybill.sha256)
    return Present(
        agreement=agreement,
        notice_sha256=doors.notice().sha256,
        certificate=json.loads(opened["certificate"]),
        findings_sha256=findings_sha256(findings, explained),
        verdict=verdict(everything, explained),
        unverified=len(doubts(emitted, doors.confirmed(emitted.academic_year))) if emitted.held else 0,
        demonstration=doors.demonstration,
        standing=lambda: judged(stores, waybill, Here(agreement, doors.notice().sha256, doors.now(), doors.today())),
    )


def _waiting(ledger: Ledger, school: str, period: str, agreement: str) -> list[Release]:
    """The latest release for each destination of the slot that still means something."""
    latest: dict[str, Release] = {}
    for release in ledger.releases(school=school, period=period, agreement=agreement):
        known = latest.get(release.slot.recipient)
        newer = known is None or (release.slot.version, release.at) > (known.slot.version, known.at)
        if release.state not in _OVER and newer:
            latest[release.slot.recipient] = release
    if not latest:
        message = f"{agreement} for school {school}, {period}: nothing is prepared. Prepare it and have it signed."
        raise NothingSigned(message)
    return [latest[recipient] for recipient in sorted(latest)]

"""Files that left, as the ledger tells of them: to whom, when, under which agreement and clause, and what came back.

Belongs here: questions about files. None of them names a pupil; what one pupil was told is `ledger.trace`, how one cell
came to be `exports.cell`. Lists are read from events alone; only what one file rests on is unsealed.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from exports.authority import KIND as SIGNATURE
from exports.grounds import Ground, Grounds
from exports.preparation import GROUNDS_SHA256, read_grounds, read_waybill
from exports.waybill import Waybill
from ledger.states import SETTLED, State
from ledger.store import Event, Ledger, Release
from vault.store import Vault

ENGLAND: Final = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Sent:
    """One file that left, as a list shows it.

    Attributes:
        at: when the recipient first had it, UTC.
        remote_name: its name at the recipient.
        pupils: how many it told of, and `cells` how many values.
        signers: person id and role of each signature on this file; empty under a standing release.

    """

    release: Release
    at: dt.datetime
    remote_name: str
    pupils: int
    cells: int
    signers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a file's life, as a reader follows it; `seq` is its number in the ledger."""

    seq: int
    at: dt.datetime
    kind: str
    by: str


@dataclass(frozen=True, slots=True)
class Whole:
    """One file with everything it rests on.

    Attributes:
        receipt: what the other side showed; None while nothing has arrived.
        steps: every event of its life, in order.

    """

    sent: Sent | None
    state: State
    waybill: Waybill
    grounds: Grounds
    receipt: Mapping[str, Any] | None
    steps: tuple[Step, ...]


def sent(ledger: Ledger, day: dt.date | None = None, **match: str | int) -> list[Sent]:
    """Return the files that left, oldest first: of a recipient, agreement, school or period; on a day in England."""
    found = [release for release in ledger.releases(**match) if release.settled_at is not None]
    on_day = [release for release in found if day is None or _day(release.settled_at) == day]
    return sorted((_sent(ledger, release) for release in on_day), key=lambda one: (one.at, one.release.waybill))


def under_clause(ledger: Ledger, vault: Vault, clause: str) -> list[tuple[Sent, tuple[Ground, ...]]]:
    """Return the files that told something under a clause of the notice, each with the fields that it covers.

    Grounds of one hash are opened once: most files of an agreement rest on the same.
    """
    known: dict[str, tuple[Ground, ...]] = {}
    found = []
    for one in sent(ledger):
        waybill = one.release.waybill
        key = str(_body(ledger.events(State.PREPARED, waybill=waybill)[0])["detail"].get(GROUNDS_SHA256, waybill))
        if key not in known:
            lines = read_grounds(ledger, vault, waybill).lines.values()
            known[key] = tuple(ground for ground in lines if ground.clause == clause)
        if known[key]:
            found.append((one, known[key]))
    return found


def whole(ledger: Ledger, vault: Vault, waybill: str) -> Whole:
    """Return everything about one file, whatever became of it. Raises UnknownRelease."""
    release = ledger.release(waybill)
    events = ledger.events(waybill=waybill)
    arrived = [_body(event)["detail"].get("receipt") for event in events if event.kind in SETTLED]
    receipts = [receipt for receipt in arrived if receipt is not None]
    return Whole(
        sent=_sent(ledger, release) if release.settled_at else None,
        state=release.state,
        waybill=read_waybill(ledger, vault, waybill),
        grounds=read_grounds(ledger, vault, waybill),
        receipt=receipts[-1] if receipts else None,
        steps=tuple(_step(event) for event in events),
    )


def _sent(ledger: Ledger, release: Release) -> Sent:
    names, told, signers = "", {"pupils": 0, "cells": 0}, []
    for event in ledger.events(waybill=release.waybill):
        body = _body(event)
        if event.kind == State.SENDING:
            names = body["detail"].get("remote_name", "")
        elif "disclosures" in body:
            told = body["disclosures"]
        elif event.kind == SIGNATURE and body["act"] == "release":
            signers.append((body["statement"]["signer"], body["statement"]["role"]))
    at = cast("dt.datetime", release.settled_at)
    return Sent(release, at, names, told["pupils"], told["cells"], tuple(signers))


def _step(event: Event) -> Step:
    body = _body(event)
    by = body["statement"]["signer"] if event.kind == SIGNATURE else body.get("by", "")
    kind = f"{body['act']} signed as {body['statement']['role']}" if event.kind == SIGNATURE else event.kind
    return Step(event.seq, event.at, kind, by)


def _day(moment: dt.datetime | None) -> dt.date | None:
    return moment and moment.astimezone(ENGLAND).date()


def _body(event: Event) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", event.body)

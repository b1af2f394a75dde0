"""Files that left, as the ledger tells of them: to whom, when, under which agreement and clause, and what came back.

Belongs here: questions about files. None of them names a pupil; what one pupil was told is `ledger.trace`, how one cell
came to be `exports.cell`. Lists are read from events alone; only what one file rests on is unsealed.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias, cast
from zoneinfo import ZoneInfo

from exports.authority import KIND as SIGNATURE
from exports.grounds import Ground, Grounds
from exports.opened import OpenedGrounds
from exports.preparation import read_grounds, read_waybill
from exports.signing import Act
from exports.waybill import Waybill
from exports.waybill import sha256 as sha256_of
from ledger.latest import latest_settled
from ledger.states import SETTLED, State
from ledger.store import Event, Ledger, Release
from vault.store import Vault

ENGLAND: Final = ZoneInfo("Europe/London")
Signatures: TypeAlias = Callable[[str], Sequence[Event]]
_NOTHING_TOLD: Final = {"pupils": 0, "cells": 0}


@dataclass(frozen=True, slots=True)
class Sent:
    """One file that left, as a list shows it.

    Attributes:
        at: when the recipient first had it, UTC.
        remote_name: its name at the recipient.
        pupils: how many it told of, and `cells` how many values.
        signers: person id and role of each signature it left under.
        standing: hash of the standing release that they signed; "" where they signed this file.

    """

    release: Release
    at: dt.datetime
    remote_name: str
    pupils: int
    cells: int
    signers: tuple[tuple[str, str], ...]
    standing: str


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


def sent(ledger: Ledger, day: dt.date | None = None, *, most: int | None = None, **match: str | int) -> list[Sent]:
    """Return the files that left, oldest first: of a recipient, agreement, school or period; on a day in England.

    Args:
        ledger: that holds them.
        day: on which the recipient first had them; None for any.
        most: the latest so many alone; None for all.
        match: names of `Slot` and their values.

    """
    signed = signatures_on(ledger)
    if most is not None:
        between = None if day is None else (_midnight(day), _midnight(day + dt.timedelta(days=1)))
        return [_sent(ledger, one, signed) for one in reversed(latest_settled(ledger, most, between, **match))]
    on_day = (one for one in _settled(ledger, **match) if day is None or _day(one.settled_at) == day)
    return [_sent(ledger, one, signed) for one in on_day]


def under_clause(
    ledger: Ledger,
    vault: Vault,
    clause: str,
    *,
    among: int | None = None,
    most: int | None = None,
    schools: Collection[str] | None = None,
) -> list[tuple[Sent, tuple[Ground, ...]]]:
    """Return the files that told something under a clause of the notice, each with the fields that it covers.

    Grounds of one hash are opened once: most files of an agreement rest on the same.

    Args:
        ledger: that holds the files.
        vault: that holds their grounds.
        clause: of the notice.
        among: look through the latest so many alone; None for all.
        most: return the latest so many alone; None for all.
        schools: whose files alone; None for all.

    """
    opened, found, signed = OpenedGrounds(ledger, vault), [], signatures_on(ledger)
    for release in _of_schools(ledger, schools, among):
        lines = opened.of(release.waybill).lines.values()
        if under := tuple(ground for ground in lines if ground.clause == clause):
            found.append((release, under))
    shown = found if most is None else found[-most:]
    return [(_sent(ledger, release, signed), grounds) for release, grounds in shown]


def _of_schools(ledger: Ledger, schools: Collection[str] | None, among: int | None) -> Iterable[Release]:
    """Give the files that left, oldest first: of some schools, the latest so many."""
    if schools is None:
        return _settled(ledger) if among is None else reversed(latest_settled(ledger, among))
    if among is None:
        return (one for one in _settled(ledger) if one.slot.school in schools)
    found = [one for urn in schools for one in latest_settled(ledger, among, school=urn)]
    return sorted(found, key=lambda one: (cast("dt.datetime", one.settled_at), one.waybill))[-among:]


def whole(ledger: Ledger, vault: Vault, waybill: str) -> Whole:
    """Return everything about one file, whatever became of it. Raises UnknownRelease."""
    release = ledger.release(waybill)
    events = ledger.events(waybill=waybill)
    arrived = [_body(event)["detail"].get("receipt") for event in events if event.kind in SETTLED]
    receipts = [receipt for receipt in arrived if receipt is not None]
    return Whole(
        sent=_sent(ledger, release, signatures_on(ledger)) if release.settled_at else None,
        state=release.state,
        waybill=read_waybill(ledger, vault, waybill),
        grounds=read_grounds(ledger, vault, waybill),
        receipt=receipts[-1] if receipts else None,
        steps=tuple(_step(event) for event in events),
    )


def copies(ledger: Ledger, vault: Vault, data: bytes) -> list[str]:
    """Return the waybills of all files that were ever on their way whose bytes these are, as signed or as sealed.

    A waybill is unsealed only where the record says that its file has this length.
    """
    found, sha256 = dict[str, None](), sha256_of(data)
    for event in ledger.events(State.SENDING):
        told, waybill = _body(event)["detail"], str(_body(event)["waybill"])
        if told.get("sealed", {}).get("sha256") == sha256 or (
            told.get("length", len(data)) == len(data) and read_waybill(ledger, vault, waybill).file_sha256 == sha256
        ):
            found[waybill] = None
    return list(found)


def _sent(ledger: Ledger, release: Release, signed: Signatures) -> Sent:
    events = ledger.events(waybill=release.waybill)
    told = next((_body(event)["disclosures"] for event in events if "disclosures" in event.body), _NOTHING_TOLD)
    sending = [_body(event)["detail"] for event in events if event.kind == State.SENDING]
    at = cast("dt.datetime", release.settled_at)
    name = sending[-1].get("remote_name", "") if sending else ""
    return Sent(release, at, name, told["pupils"], told["cells"], *signed_by(events, signed))


def signatures_on(ledger: Ledger) -> Signatures:
    """Return what looks the signatures on a standing release up, each once: many files leave under one."""
    return cache(lambda standing: ledger.events(SIGNATURE, standing=standing))


def signed_by(events: Sequence[Event], signed: Signatures) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return who signed what a file left under, each role once, and the hash of that where it is a standing release.

    Args:
        events: of the file's life, in order.
        signed: see `signatures_on`.

    """
    sending = [event for event in events if event.kind == State.SENDING]
    standing = str(_body(sending[-1])["detail"].get("standing", "")) if sending else ""
    if standing:
        found = [event for event in signed(standing) if event.seq < sending[-1].seq]
    else:
        found = [event for event in events if event.kind == SIGNATURE and event.body["act"] == Act.RELEASE]
    told = [_body(event)["statement"] for event in found]
    return tuple(dict.fromkeys((statement["signer"], statement["role"]) for statement in told)), standing


def _step(event: Event) -> Step:
    body = _body(event)
    by = body["statement"]["signer"] if event.kind == SIGNATURE else body.get("by", "")
    kind = f"{body['act']} signed as {body['statement']['role']}" if event.kind == SIGNATURE else event.kind
    return Step(event.seq, event.at, kind, by)


def _settled(ledger: Ledger, **match: str | int) -> list[Release]:
    """Every release that a recipient had, in the order in which they first had it."""
    found = (one for one in ledger.releases(**match) if one.settled_at is not None)
    return sorted(found, key=lambda one: (cast("dt.datetime", one.settled_at), one.waybill))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ENGLAND)


def _day(moment: dt.datetime | None) -> dt.date | None:
    return moment and moment.astimezone(ENGLAND).date()


def _body(event: Event) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", event.body)

"""Ledgers made by rule from a seed, for tests that then damage or question them."""

import datetime as dt
import hashlib
import random
from pathlib import Path

from ledger.disclosures import CellColumn, digests
from ledger.states import State
from ledger.store import Ledger, Slot
from vault.pupils import PupilKey

NOW = dt.datetime(2026, 10, 1, 9, 0, tzinfo=dt.UTC)
CANARIES = ("Zebedee Quillfeather", "12 Canary Wharf Mews", "QF9 9ZZ")
LINES = ("la_joiner.pupil.surname", "la_joiner.address.line_1", "la_joiner.address.postcode")


def seeded(seed: int) -> random.Random:
    """Give chance that repeats."""
    return random.Random(seed)  # noqa: S311  a seed, not a secret


def pupil(number: int) -> PupilKey:
    """Give a pupil whose reference and key follow from a number."""
    return PupilKey(hashlib.md5(f"ref{number}".encode()).digest(), hashlib.sha256(f"key{number}".encode()).digest())  # noqa: S324


def waybill(name: object) -> str:
    """Give a waybill hash that follows from a name."""
    return hashlib.sha256(str(name).encode()).hexdigest()


def slot(period: str = "2026-10-01", version: int = 1) -> Slot:
    """Give a slot of one school, recipient and agreement."""
    return Slot("100001", period, "la_demo", "la_joiner", version)


def approved(ledger: Ledger, name: object, at_slot: Slot) -> str:
    """Prepare and approve a release; return its waybill."""
    with ledger.transaction() as tx:
        tx.prepare(waybill(name), at_slot, NOW, {"bytes": 10})
        tx.move(waybill(name), State.APPROVED, NOW, {})
    return waybill(name)


def history(place: Path | str, deliveries: int, seed: int = 1) -> Ledger:
    """Write a ledger of several hundred events: notes, releases in every state, deliveries about twenty pupils."""
    chance = seeded(seed)
    ledger = Ledger(place)
    for number in range(deliveries):
        now = NOW + dt.timedelta(days=number)
        ledger.append("run", {"school": "100001", "rows": number, "clean": number % 3 == 0, "by": None}, now)
        name = approved(ledger, number, slot(f"day {number}"))
        with ledger.transaction() as tx:
            tx.claim(name, now, {"host": "127.0.0.1"})
            if number % 7 == 0:
                tx.move(name, State.UNKNOWN, now, {})
            elif number % 5 == 0:
                tx.move(name, State.REFUSED, now, {"reason": "quota"})
            else:
                people = [pupil(at) for at in sorted(chance.sample(range(20), 6))]
                texts = [chance.choice([*CANARIES, None]) for _ in people]
                columns = [CellColumn(line, range(len(people)), texts) for line in LINES]
                tx.settle(name, State.DELIVERED, now, digests(columns, people), {})
    return ledger

"""Who had which value: every telling is found and none besides, over seeded histories of values that change."""

import pytest

from ledger.disclosures import CellColumn, digests
from ledger.states import State
from ledger.store import Ledger
from ledger.trace import who_had
from ledger.verify_server import verify_place
from tests.ledger.histories import NOW, approved, pupil, seeded, slot

PUPILS, FILES = 100, 12
FIELDS = ("pupil.surname", "address.postcode")
VALUES = ("York", "york", "", "Leeds ", "Ünal")


def tell(ledger: Ledger, seed: int) -> dict[tuple[int, str, str], list[str]]:
    """Send files about a hundred pupils, each with a history of its own; return who was told what, as it was sent."""
    chance = seeded(seed)
    told: dict[tuple[int, str, str], list[str]] = {}
    now = {(at, field): chance.choice(VALUES) for at in range(PUPILS) for field in FIELDS}
    for number in range(FILES):
        people = sorted(chance.sample(range(PUPILS), PUPILS * 2 // 3))
        for key in chance.sample(sorted(now), len(now) // 4):
            now[key] = chance.choice(VALUES)
        texts = {field: [now[at, field] if chance.random() < 0.9 else None for at in people] for field in FIELDS}
        columns = [CellColumn(f"la_joiner.{field}", range(len(people)), texts[field]) for field in FIELDS]
        name = approved(ledger, (seed, number), slot(f"{seed} {number}"))
        with ledger.transaction() as tx:
            tx.claim(name, NOW, {})
            arrives = chance.random() < 0.8
            if arrives:
                tx.settle(name, State.DELIVERED, NOW, digests(columns, [pupil(at) for at in people]), {})
            else:
                tx.move(name, State.REFUSED, NOW, {})
        for field in FIELDS if arrives else ():
            for at, text in zip(people, texts[field], strict=True):
                if text is not None:
                    told.setdefault((at, field, text), []).append(name)
    return told


def wrong(ledger: Ledger, told: dict[tuple[int, str, str], list[str]]) -> list[tuple[int, str, str]]:
    """Return the pupils, fields and values for which the answer is not exactly what was sent."""
    found = []
    for at in range(PUPILS):
        for field in FIELDS:
            for value in (*VALUES, "never told"):
                held = who_had(ledger, pupil(at).ref, field, pupil(at).key, value)
                if sorted(one.disclosure.waybill for one in held) != sorted(told.get((at, field, value), [])):
                    found.append((at, field, value))
    return found


def test_a_hundred_histories_are_answered_completely_and_exactly(places):
    ledger = places.ledger()
    assert wrong(ledger, tell(ledger, 1)) == []
    assert verify_place(ledger.place).faults == []


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(0, 100, 20))
def test_ten_thousand_histories_at_length(places, first):
    for seed in range(first, first + 20):
        ledger = places.ledger()
        assert wrong(ledger, tell(ledger, seed)) == []

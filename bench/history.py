"""Five years of a large trust's disclosures, and what asking costs then: `python -m bench.history [--schools N ...]`.

Belongs here: the synthetic history and the figures taken from it. A file of changed pupils is written by the ledger's
own code; the rows of those who did not change are copied from the file before, so that twenty million take minutes.
The whole is a sound ledger: the verifier holds every file against its event.
"""

import argparse
import datetime as dt
import hashlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from pyrage.x25519 import Identity

from exports import grounds
from exports.access_report import About, access_report
from exports.controller import load_controller
from exports.records import load_records
from ledger.disclosures import Batch, CellColumn, Recorded, digests, write
from ledger.states import State
from ledger.store import Ledger, Slot, Tx
from ledger.trace import trace, who_had
from ledger.verify_server import verify_place
from vault.database import Connection
from vault.pupils import PupilKey
from vault.store import Vault

FIRST_DAY: Final = dt.datetime(2021, 9, 1, 6, 0, tzinfo=dt.UTC)
LEAVING: Final = 7
"""One pupil in seven leaves at the end of a year, and another comes."""
TRUST: Final = Path(__file__).resolve().parents[1] / "trusts" / "demo"
"""Whose notice, gateways and observed flows an access report reads."""
CHANGED: Final = 0.01
"""Share of the pupils for whom a file says something else than the one before."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One recurring file of every school: how many a year, and its columns."""

    agreement: str
    a_year: int
    columns: int


FEEDS: Final = (
    Feed("dfe_census", 3, 45),
    Feed("la_pupil_list", 3, 14),
    Feed("nhs_school_nursing", 1, 12),
    Feed("supplier_roster", 39, 10),
    Feed("supplier_catering", 19, 8),
    Feed("la_attendance", 3, 6),
)
"""68 files a pupil and year: about what the demonstration trust's agreements come to."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a history is."""

    years: int
    schools: int
    pupils: int


@dataclass
class School:
    """A school while its history is made: its pupils, and the newest file of each feed."""

    urn: str
    pupils: list[PupilKey]
    newest: dict[str, int] = field(default_factory=dict)
    came: int = 0


Newcomers: TypeAlias = Callable[[str, Sequence[str]], list[PupilKey]]
"""Gives the keys of pupils who come to a school, by a name for each."""
Papers: TypeAlias = Callable[[str, Feed, str, dt.datetime], tuple[str, Mapping[str, str]]]
"""Gives the waybill's hash of a school's file, and where the parts of its preparation are."""


def pupil(name: str) -> PupilKey:
    """Give a pupil whose reference and key follow from a name."""
    whole = hashlib.blake2b(name.encode(), digest_size=48).digest()
    return PupilKey(whole[:16], whole[16:])


def invented(_urn: str, names: Sequence[str]) -> list[PupilKey]:
    """Give pupils whom no UPN leads to."""
    return [pupil(name) for name in names]


def unsealed(grounds_at: Mapping[str, str]) -> Papers:
    """Give papers of which only the grounds can be opened; `grounds_at` is where those of each feed are."""

    def papers(urn: str, feed: Feed, period: str, _at: dt.datetime) -> tuple[str, Mapping[str, str]]:
        waybill = hashlib.sha256(f"{urn}{feed.agreement}{period}".encode()).hexdigest()
        return waybill, {"file": waybill, "cells": waybill, "grounds": grounds_at[feed.agreement]}

    return papers


def grounded(vault: Vault) -> dict[str, str]:
    """Seal grounds for each feed and return where: what an access report says of its files."""
    return {feed.agreement: vault.seal(_grounds(feed), "grounds", dt.date(2099, 1, 1)).address for feed in FEEDS}


def _grounds(feed: Feed) -> bytes:
    one = grounds.Ground("pupil.surname", "Surname", "2.1", "si-2013-2094-sch1-2d", "to know the pupil")
    lines = dict.fromkeys(_lines(feed), one)
    made = grounds.Grounds(feed.agreement, feed.agreement, "delivered", ("data_manager", "head"), lines, kind="dfe")
    return grounds.write(made)


def build(place: Path | str, size: Size, papers: Papers, newcomers: Newcomers = invented, seed: int = 1) -> Ledger:
    """Write the history into a new ledger and return it."""
    chance = random.Random(seed)  # noqa: S311  a seed, not a secret
    ledger = Ledger(place)
    urns = [f"{900_001 + number}" for number in range(size.schools)]
    schools = [School(urn, newcomers(urn, [first(urn, at) for at in range(size.pupils)])) for urn in urns]
    for year in range(size.years):
        for feed, number in _calendar():
            at = FIRST_DAY + dt.timedelta(days=365 * year + number * 300 // feed.a_year)
            with ledger.transaction() as tx:
                for school in schools:
                    _file(tx, school, feed, f"{year}-{number}", at, chance, papers)
        for school in schools:
            _turn_over(school, newcomers, chance)
    return ledger


def first(urn: str, at: int) -> str:
    """Name the pupil who has a place in a school's roll from the first day."""
    return f"{urn}A{at:06}"


def _calendar() -> Iterator[tuple[Feed, int]]:
    taken = [(number / feed.a_year, feed, number) for feed in FEEDS for number in range(feed.a_year)]
    for _, feed, number in sorted(taken, key=lambda one: one[0]):
        yield feed, number


def _turn_over(school: School, newcomers: Newcomers, chance: random.Random) -> None:
    places = chance.sample(range(len(school.pupils)), len(school.pupils) // LEAVING)
    names = [f"{school.urn}B{school.came + number:06}" for number in range(len(places))]
    for at, one in zip(places, newcomers(school.urn, names), strict=True):
        school.pupils[at] = one
    school.came += len(places)
    school.newest.clear()


def _file(
    tx: Tx, school: School, feed: Feed, period: str, at: dt.datetime, chance: random.Random, papers: Papers
) -> None:
    """Deliver one file: whoever changed by the ledger's own code, the others as the file before told them."""
    connection = tx._connection  # noqa: SLF001  the copied rows go the same way as the ledger's own
    waybill, parts = papers(school.urn, feed, period, at)
    slot = Slot(school.urn, period, feed.agreement, feed.agreement, 1)
    tx.prepare(waybill, slot, at, parts)
    for role in ("data_manager", "head"):
        told = {"signer": f"any {role}", "role": role}
        tx.append("signature", {"waybill": waybill, "act": "release", "statement": told}, at)
    tx.move(waybill, State.APPROVED, at, {})
    tx.claim(waybill, at, {})
    before = school.newest.get(feed.agreement)
    changed = school.pupils if before is None else [one for one in school.pupils if chance.random() < CHANGED]
    batch = digests(_columns(feed, changed, chance), changed)
    if before is None:
        tx.settle(waybill, State.DELIVERED, at, batch, {})
    else:
        _settle_beside(tx, connection, waybill, batch, before, at)
    row = connection.execute("SELECT no FROM files WHERE waybill = ?", (waybill,)).fetchone()
    school.newest[feed.agreement] = row[0]


def _columns(feed: Feed, pupils: Sequence[PupilKey], chance: random.Random) -> list[CellColumn]:
    """Give each pupil a value that seldom changes in every column but one, which is new."""
    owners, (*steady, address) = range(len(pupils)), _lines(feed)
    same = [CellColumn(line, owners, [f"{line} {one.ref.hex()}" for one in pupils]) for line in steady]
    return [*same, CellColumn(address, owners, [f"{chance.random()}" for _ in pupils])]


def _lines(feed: Feed) -> list[str]:
    return [*(f"{feed.agreement}.pupil.c{at:02}" for at in range(feed.columns - 1)), f"{feed.agreement}.pupil.address"]


def _settle_beside(tx: Tx, connection: Connection, waybill: str, batch: Batch, before: int, at: dt.datetime) -> None:
    """Settle as `Tx.settle` does, with the rows of everybody else copied from an earlier file."""
    release = tx.release(waybill)
    write(connection, waybill, batch)
    file = connection.execute("SELECT no FROM files WHERE waybill = ?", (waybill,)).fetchone()[0]
    connection.execute(
        """INSERT INTO disclosures (subject, file, cell_set)
        SELECT subject, ?, cell_set FROM disclosures AS old WHERE file = ?
        AND NOT EXISTS (SELECT 1 FROM disclosures AS new WHERE new.subject = old.subject AND new.file = ?)""",
        (file, before, file),
    )
    told = _sum_up(connection, file)
    body = {"sha256": told.sha256, "pupils": told.pupils, "cells": told.cells}
    tx._move(release, State.DELIVERED, at, {"detail": {}, "disclosures": body})  # noqa: SLF001


def _sum_up(connection: Connection, file: int) -> Recorded:
    """Work out what the event must say, over all rows of the file."""
    rows = connection.execute(
        """SELECT ref, sets.hash, members FROM disclosures JOIN subjects ON subjects.no = disclosures.subject
        JOIN sets ON sets.subject = disclosures.subject AND sets.no = cell_set
        WHERE file = ? ORDER BY disclosures.subject""",
        (file,),
    ).fetchall()
    entries = hashlib.sha256(b"".join(ref + sha256 for ref, sha256, _ in rows)).hexdigest()
    cells = sum(int.from_bytes(members, "little").bit_count() for *_, members in rows)
    return Recorded(entries, len(rows), cells)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; seconds are of this process's CPU where they say so."""

    rows: int
    events: int
    pupils: int
    build_cpu: float
    bytes_all: int
    trace_worst: float
    who_had_worst: float
    report_worst: float
    verify_wall: float
    verify_cpu: float

    @property
    def bytes_a_row(self) -> float:
        """Bytes of the whole ledger for each row."""
        return self.bytes_all / self.rows


def measure(folder: Path, size: Size, *, verified: bool = True) -> Figures:
    """Build a history in a folder, ask it, and verify it."""
    began = time.process_time()
    vault = Vault(folder / "vault", Identity.generate())
    ledger = build(folder / "ledger.sqlite", size, unsealed(grounded(vault)))
    build_cpu = time.process_time() - began
    ledger.close()
    with ledger.reading() as connection:
        rows, pupils = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  fixed names
            for table in ("disclosures", "subjects")
        )
        events = connection.execute("SELECT max(seq) FROM events").fetchone()[0]
    urns = [f"{900_001 + number}" for number in range(size.schools)]
    asked = [pupil(first(urn, at)) for urn in urns for at in (0, size.pupils - 1)][:40]
    traces, holders, reports = [], [], []
    for one in asked:
        with _timed(traces):
            assert trace(ledger, one.ref)  # noqa: S101  an empty answer would be fast for nothing
        with _timed(holders):
            assert who_had(ledger, one.ref, "pupil.address", one.key)  # noqa: S101
    for one in asked[:5]:
        with _timed(reports):
            assert _report(ledger, vault, one) == len(trace(ledger, one.ref))  # noqa: S101
    wall, cpu = time.perf_counter(), time.process_time()
    faults = verify_place(ledger.place).faults if verified else []
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ledger.close()
    if faults:
        message = f"the synthetic ledger does not verify: {faults}"
        raise AssertionError(message)
    length = sum(path.stat().st_size for path in folder.glob("ledger.sqlite*"))
    return Figures(rows, events, pupils, build_cpu, length, max(traces), max(holders), max(reports), wall, cpu)


def _report(ledger: Ledger, vault: Vault, one: PupilKey) -> int:
    """Make the disclosure part of an access request, as the command does; return how many files it tells of."""
    about = About(1, "A Parent", FIRST_DAY.date(), (one.ref,), frozenset(), {}, {})
    held = load_records(TRUST), load_controller(TRUST)
    made = access_report(ledger, vault, *held, about, FIRST_DAY, FIRST_DAY.date())
    return sum(len(telling.times) for telling in made.tellings)


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    into.append(time.perf_counter() - began)


def say(size: Size, found: Figures) -> None:
    """Print the figures of one history."""
    a_year = found.bytes_all / (size.years * size.schools * size.pupils)
    print(
        f"{size.years} years x {size.schools} schools x {size.pupils} pupils: {found.rows:,} rows, "
        f"{found.events:,} events, {found.pupils:,} pupils ever"
    )
    print(
        f"  ledger and indexes {found.bytes_all / 1e9:.3f} GB: {found.bytes_a_row:.1f} bytes a row, "
        f"{a_year:,.0f} bytes a pupil and year"
    )
    print(f"  slowest of 40: trace {found.trace_worst:.3f} s, who-had {found.who_had_worst:.3f} s; "
          f"of 5: access report {found.report_worst:.2f} s")  # fmt: skip
    print(
        f"  built in {found.build_cpu:.0f} s of CPU; verified in {found.verify_wall:.0f} s "
        f"({found.verify_cpu:.0f} s of CPU)",
        flush=True,
    )


def verify_events(folder: Path, count: int) -> tuple[float, float]:
    """Verify a ledger of so many events; seconds on the wall and of CPU."""
    ledger = Ledger(folder / "events.sqlite")
    for first in range(0, count, 50_000):
        with ledger.transaction() as tx:
            for number in range(first, min(first + 50_000, count)):
                tx.append("run", {"school": "900001", "rows": number, "period": "2026-10-01"}, FIRST_DAY)
    ledger.close()
    wall, cpu = time.perf_counter(), time.process_time()
    report = verify_place(folder / "events.sqlite")
    if report.faults or report.events != count:
        message = f"the synthetic events do not verify: {report.faults}"
        raise AssertionError(message)
    return time.perf_counter() - wall, time.process_time() - cpu


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures of a small, a middle and the full history, and of a million events."""
    parser = argparse.ArgumentParser(prog="python -m bench.history")
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--schools", type=int, default=40)
    parser.add_argument("--pupils", type=int, default=1500)
    parser.add_argument("--events", type=int, default=1_000_000)
    given = parser.parse_args(arguments)
    for share in (16, 4, 1):
        size = Size(given.years, max(1, given.schools // share), given.pupils)
        with tempfile.TemporaryDirectory() as folder:
            say(size, measure(Path(folder), size))
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = verify_events(Path(folder), given.events)
        print(f"{given.events:,} events verified in {wall:.1f} s ({cpu:.1f} s of CPU)")


if __name__ == "__main__":
    main()

"""A trust's returns from snapshots to sealed files in one process, each stage beside its bare equivalent.

`python -m bench [SCHOOLS [PUPILS]]`: 25 schools of 1,000 pupils and then one of 20,000 when not given, since what a
stage costs for each school shows in the one and what it costs for each pupil in the other. Ratios are comparable
between machines; the goals are those of the project's performance page. The bare equivalent of a stage, which the
output names, does what nobody could leave out, and neither checks nor explains anything.
"""

import datetime as dt
import hashlib
import io
import os
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyrage
from lxml import etree

from bench.rules import REGISTERS, bare_masks
from bench.snapshots import snapshot
from exports.comparison import differences
from exports.disclosed import cell_columns, subjects
from exports.formats.census_xml import render_census
from exports.minimise import minimise
from exports.reread import reread_census
from exports.terms import Agreement
from ledger.disclosures import CellColumn, digests
from pipelines.trust import load_trust
from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.conform import Software, conform
from schemas.census.engine import run_rules
from schemas.census.layout import layout
from vault.pupils import PupilKey
from vault.store import Vault

TRUST: Final = Path(__file__).parent.parent / "trusts" / "demo"
DAY: Final = collection("2026-autumn")
CATALOGUE: Final = catalogue(DAY.academic_year)
LAYOUT: Final = layout(DAY.academic_year).for_term("A")
PURGE_ON: Final = dt.date(2027, 8, 31)
SOFTWARE: Final = Software("Waybill", "0.1", "1.0")
LARGEST_RSS_GB: Final = 1.5
WHOLE_GOAL: Final = 1.3
TRUST_OF: Final = (25, 1000)
ONE_FILE: Final = (1, 20_000)  # about the largest that the re-reader takes
_TEXT: Final = pa.large_string()


@dataclass(slots=True)
class Work:
    """One school on its way: each stage reads what the ones before left here."""

    snapshot: dict[str, pd.DataFrame]
    agreement: Agreement
    folder: Path
    vault: Vault
    identity: pyrage.x25519.Identity
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    minimised: dict[str, pd.DataFrame] = field(default_factory=dict)
    data: bytes = b""
    reread: dict[str, pd.DataFrame] = field(default_factory=dict)
    columns: list[CellColumn] = field(default_factory=list)
    keys: list[PupilKey] = field(default_factory=list)

    @property
    def agreement_columns(self) -> dict[str, list[str]]:
        """The columns that are emitted, by table."""
        return {
            table: [line.column for line in self.agreement.lines if line.table == table]
            for table in self.agreement.tables
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """What the product does, the least that could be done instead, and the most that the one may cost of the other."""

    name: str
    work: Callable[[Work], None]
    bare: Callable[[Work], None]
    goal: float | None
    whole: bool = True  # counts in the whole; a stage held against two equivalents counts once


def conformed(work: Work) -> None:
    """Make the return as at census day."""
    made = conform(work.snapshot, DAY, supplement=None, serial_no=1, date_time="2026-10-01T18:30:00", software=SOFTWARE)
    work.frames = dict(made.frames)


def joins(work: Work) -> None:
    """Join each table to the roll, once, and count the marks of each pupil and code."""
    roll = work.snapshot["enrolment"][["pupil_id"]]
    for name, frame in work.snapshot.items():
        if name == "attendance_mark":
            frame.groupby(["pupil_id", "code"]).size()
        elif "pupil_id" in frame:
            roll.merge(frame, on="pupil_id", how="left")


def rules(work: Work) -> None:
    """Run every rule and make its findings."""
    run_rules(work.frames, DAY, CATALOGUE, REGISTERS)


def masks(work: Work) -> None:
    """Evaluate the same masks."""
    bare_masks(work.frames, DAY)


def minimised(work: Work) -> None:
    """Select what the agreement names and check the contract it makes."""
    work.minimised = minimise(work.frames, work.agreement, as_at=DAY.reference_date)


def columns_chosen(work: Work) -> None:
    """Copy the columns of the agreement, unchecked."""
    for table in work.agreement.tables:
        work.frames[table][list(work.minimised[table])].copy()


def render(work: Work) -> None:
    """Render the file."""
    work.data = render_census(work.minimised, LAYOUT)


def write_and_hash(work: Work) -> None:
    """Write and hash its bytes."""
    (work.folder / "bare.xml").write_bytes(work.data)
    hashlib.sha256(work.data).digest()


def kernels(work: Work) -> None:
    """Cast, escape and join the columns of each table with tags, by hand: no nesting, no order, no check."""
    for table, frame in work.minimised.items():
        pieces: list[pa.Array | pa.Scalar] = []
        for column in work.agreement_columns[table]:
            text = frame[column].array.__arrow_array__().combine_chunks().cast(_TEXT)
            if pa.types.is_string(frame[column].dtype.pyarrow_dtype):
                for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&apos;")):
                    text = pc.replace_substring(text, character, entity)
            pieces += [pa.scalar(f"<{column}>", _TEXT), text, pa.scalar(f"</{column}>", _TEXT)]
        nothing = pa.scalar("", _TEXT)
        pc.binary_join_element_wise(*pieces, nothing, null_handling="replace", null_replacement="")


def reread(work: Work) -> None:
    """Read the bytes back, checked, into tables."""
    work.reread = reread_census(work.data, LAYOUT, frozenset(work.agreement.fields))


def iterparse(work: Work) -> None:
    """Visit every element of the bytes."""
    for _, element in etree.iterparse(io.BytesIO(work.data), resolve_entities=False, no_network=True):
        if element.tag in ("PupilOnRoll", "PupilNoLongerOnRoll"):
            element.clear()


def compare(work: Work) -> None:
    """Compare what was read with what was rendered."""
    if found := differences(work.minimised, work.reread, LAYOUT):
        raise SystemExit(f"the file does not say what the tables say: {found}")  # noqa: EM102, TRY003


def columns_equal(work: Work) -> None:
    """Compare the columns as they lie, whatever the order of their rows."""
    for table, columns in work.agreement_columns.items():
        for column in columns:
            read = work.reread[table][column].array.__arrow_array__()
            work.minimised[table][column].array.__arrow_array__().equals(read)


def disclosed(work: Work) -> None:
    """Lay out the cells by agreement line, and give each pupil a key."""
    named = subjects(work.minimised)
    work.columns = cell_columns(work.minimised, work.agreement, named)
    random = secrets.token_bytes(48 * len(named))
    work.keys = [PupilKey(random[at : at + 16], random[at + 16 : at + 48]) for at in range(0, len(random), 48)]


def texts(work: Work) -> None:
    """Turn each of these columns, and the owner of each row, into a Python list of texts."""
    for table, columns in work.agreement_columns.items():
        for column in ("pupil_id", *columns) if "pupil_id" in work.minimised[table] else ():
            work.minimised[table][column].array.__arrow_array__().cast(pa.string()).to_pylist()


def digest(work: Work) -> None:
    """Digest every cell as the ledger does."""
    digests(work.columns, work.keys)


def blake2b(work: Work) -> None:
    """Digest every cell in a plain loop."""
    for column in work.columns:
        line = column.line.encode() + b"\x1f"
        for owner, text in zip(column.owners, column.texts, strict=True):
            if text is not None:
                hashlib.blake2b(line + text.encode(), key=work.keys[owner].key, digest_size=16).digest()


def seal(work: Work) -> None:
    """Seal the file in the vault."""
    work.vault.seal(work.data, "file", PURGE_ON)


def encrypt_and_write(work: Work) -> None:
    """Encrypt the file, hash it, and write it to the disk."""
    sealed = pyrage.encrypt(work.data, [work.identity.to_public()])
    hashlib.sha256(sealed).digest()
    with (work.folder / "bare.age").open("wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())


STAGES: Final = (
    Stage("snapshot to tables", conformed, joins, None),
    Stage("tables to findings", rules, masks, 1.3),
    Stage("minimise", minimised, columns_chosen, None),
    Stage("render", render, kernels, 1.2),
    Stage("render", render, write_and_hash, 2.8, whole=False),
    Stage("re-read", reread, iterparse, 1.5),
    Stage("compare with the tables", compare, columns_equal, None),
    Stage("cells of each pupil", disclosed, texts, None),
    Stage("disclosure digests", digest, blake2b, 1.3),
    Stage("seal", seal, encrypt_and_write, 1.3),
)


def run(schools: int, each: int) -> list[tuple[float, float]]:
    """Take the schools through all stages, one after the other; return CPU seconds of each stage and its bare twin."""
    seconds = [(0.0, 0.0) for _ in STAGES]
    identity = pyrage.x25519.Identity.generate()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        vault = Vault(folder / "vault", identity)
        for number in range(1, schools + 1):
            held = snapshot(number, each, DAY)
            work = Work(held, _agreement(str(held["school"].loc[0, "urn"])), folder, vault, identity)
            for place, stage in enumerate(STAGES):
                spent, bare = seconds[place]
                seconds[place] = spent + _seconds(stage.work, work), bare + _seconds(stage.bare, work)
        vault.close()
    return seconds


def _agreement(urn: str) -> Agreement:
    """Return the demo trust's agreement for the census, as if the school were its own."""
    (found,) = (each.agreement for each in load_trust(TRUST).agreements if each.id == "dfe_autumn_census")
    if found is None:
        raise SystemExit("the demo trust's dfe_autumn_census does not compile")  # noqa: EM101, TRY003
    return replace(found, schools=(urn,))


def _seconds(step: Callable[[Work], None], work: Work) -> float:
    started = time.process_time()
    step(work)
    return time.process_time() - started


def main(arguments: list[str]) -> None:
    """Run and print."""
    run(1, 100)  # imports and caches are nobody's cost
    given = tuple(int(argument) for argument in arguments)
    sizes = [(*given, *TRUST_OF[len(given) :])] if given else [TRUST_OF, ONE_FILE]
    for schools, each in sizes:
        _print(schools, each, run(schools, each))
    for stage in STAGES:
        print(f"{stage.name:26}{stage.bare.__doc__}")


def _print(schools: int, each: int, seconds: list[tuple[float, float]]) -> None:
    print(f"{schools} schools of {each} pupils, one process, CPU seconds\n")
    print(f"{'stage':26}{'waybill':>9}{'bare':>9}{'ratio':>8}{'goal':>7}  bare equivalent")
    for stage, spent in zip(STAGES, seconds, strict=True):
        print(_line(stage.name, *spent, stage.goal, stage.bare.__name__))
    counted = [spent for stage, spent in zip(STAGES, seconds, strict=True) if stage.whole]
    print(_line("whole", *(sum(part) for part in zip(*counted, strict=True)), WHOLE_GOAL, "the sum of these"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\npeak memory so far {peak:.2f} GB (goal for 25,000 pupils: under {LARGEST_RSS_GB})\n")


def _line(name: str, spent: float, bare: float, goal: float | None, against: str) -> str:
    met = "" if goal is None else "met" if spent <= goal * bare else "missed"
    return f"{name:26}{spent:9.2f}{bare:9.2f}{spent / bare:8.2f}{goal or '-':>7}  {against.replace('_', ' '):18}{met}"


if __name__ == "__main__":
    main(sys.argv[1:])

"""A trust's returns from tables to sealed files in one process, each stage beside its bare equivalent.

`python -m bench [SCHOOLS [PUPILS]]`, 25 schools of 1,000 pupils when not given. Ratios are comparable between machines;
the goals are those of the project's performance page. The bare equivalent of a stage does what nobody could leave out:
the same masks, the same bytes written and hashed, the same file parsed, the same digests, the same encryption.
"""

import datetime as dt
import hashlib
import io
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
import pyrage
from lxml import etree

from bench.data import school
from bench.rules import REGISTERS, bare_masks
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
from schemas.census.engine import run_rules
from schemas.census.layout import layout
from vault.pupils import PupilKey
from vault.store import Vault

TRUST: Final = Path(__file__).parent.parent / "trusts" / "demo"
DAY: Final = collection("2026-autumn")
CATALOGUE: Final = catalogue(DAY.academic_year)
LAYOUT: Final = layout(DAY.academic_year).for_term("A")
PURGE_ON: Final = dt.date(2027, 8, 31)
LARGEST_RSS_GB: Final = 1.5
WHOLE_GOAL: Final = 1.3


@dataclass(slots=True)
class Work:
    """One school on its way: each stage reads what the ones before left here."""

    frames: dict[str, pd.DataFrame]
    agreement: Agreement
    folder: Path
    vault: Vault
    identity: pyrage.x25519.Identity
    minimised: dict[str, pd.DataFrame] = field(default_factory=dict)
    data: bytes = b""
    reread: dict[str, pd.DataFrame] = field(default_factory=dict)
    columns: list[CellColumn] = field(default_factory=list)
    keys: list[PupilKey] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stage:
    """What the product does, the least that could be done instead, and the most that the one may cost of the other."""

    name: str
    work: Callable[[Work], None]
    bare: Callable[[Work], None] | None
    goal: float | None


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


def disclosed(work: Work) -> None:
    """Lay out the cells by agreement line, and give each pupil a key."""
    named = subjects(work.minimised)
    work.columns = cell_columns(work.minimised, work.agreement, named)
    work.keys = [PupilKey(secrets.token_bytes(16), secrets.token_bytes(32)) for _ in named]


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
    """Encrypt the file and write it."""
    (work.folder / "bare.age").write_bytes(pyrage.encrypt(work.data, [work.identity.to_public()]))


STAGES: Final = (
    Stage("tables to findings", rules, masks, 1.3),
    Stage("minimise", minimised, columns_chosen, None),
    Stage("render", render, write_and_hash, 2.8),
    Stage("re-read", reread, iterparse, 1.5),
    Stage("compare with the tables", compare, None, None),
    Stage("cells of each pupil", disclosed, None, None),
    Stage("disclosure digests", digest, blake2b, 1.3),
    Stage("seal", seal, encrypt_and_write, 1.3),
)


def run(schools: int, each: int) -> dict[str, tuple[float, float]]:
    """Take the schools through all stages, one after the other; return CPU seconds of each stage and its bare twin."""
    seconds = {stage.name: (0.0, 0.0) for stage in STAGES}
    identity = pyrage.x25519.Identity.generate()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        vault = Vault(folder / "vault", identity)
        for number in range(1, schools + 1):
            frames = school(number, each)
            work = Work(frames, _agreement(str(frames["header"].loc[0, "urn"])), folder, vault, identity)
            for stage in STAGES:
                spent, bare = seconds[stage.name]
                seconds[stage.name] = spent + _seconds(stage.work, work), bare + _seconds(stage.bare, work)
        vault.close()
    return seconds


def _agreement(urn: str) -> Agreement:
    """Return the demo trust's agreement for the census, as if the school were its own."""
    (found,) = (each.agreement for each in load_trust(TRUST).agreements if each.id == "dfe_autumn_census")
    if found is None:
        raise SystemExit("the demo trust's dfe_autumn_census does not compile")  # noqa: EM101, TRY003
    return replace(found, schools=(urn,))


def _seconds(step: Callable[[Work], None] | None, work: Work) -> float:
    if step is None:
        return 0.0
    started = time.process_time()
    step(work)
    return time.process_time() - started


def main(arguments: list[str]) -> None:
    """Run and print."""
    schools, each = (*(int(given) for given in arguments), *(25, 1000)[len(arguments) :])
    run(1, each)  # imports and caches are nobody's cost
    seconds = run(schools, each)
    print(f"{schools} schools, {schools * each} pupils, one process, CPU seconds\n")
    print(f"{'stage':26}{'waybill':>9}{'bare':>9}{'ratio':>8}{'goal':>7}")
    for stage in STAGES:
        print(_line(stage.name, *seconds[stage.name], stage.goal))
    spent, bare = (sum(part) for part in zip(*seconds.values(), strict=True))
    print(_line("whole", spent, bare, WHOLE_GOAL))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\npeak memory {peak:.2f} GB (goal: under {LARGEST_RSS_GB})")


def _line(name: str, spent: float, bare: float, goal: float | None) -> str:
    ratio = f"{spent / bare:8.2f}" if bare else f"{'-':>8}"
    met = "" if goal is None or not bare else "  met" if spent <= goal * bare else "  missed"
    return f"{name:26}{spent:9.2f}{bare:9.2f}{ratio}{goal or '-':>7}{met}"


if __name__ == "__main__":
    main(sys.argv[1:])

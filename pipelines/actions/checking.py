"""Check: every rule and the reader's faults, on a return that a MIS made.

Belongs here: the verb `check`, and the causes it groups by. It needs no key, no state folder and no trust folder; with
a trust folder its registers are used, else rules that need one are NOT EVALUATED. Reading a file is
`exports.census_file`, the rules are `schemas.census`.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from exports.census_file import CensusFile, read_return
from exports.markup import Progress, nothing
from exports.official import NOT_RUN, official_findings
from exports.placing import Fault
from exports.spec_folder import confirmed
from pipelines.actions.spec import Heard, beside
from pipelines.trust import read_registers
from schemas.census.catalogue import LOCAL_PREFIX, catalogue
from schemas.census.engine import run_rules

_ORDER = ("blocks", "error", "query", "local check")


@dataclass(frozen=True, slots=True)
class Concerned:
    """A pupil of the file."""

    upn: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Every finding of one rule in the file.

    Attributes:
        kind: "blocks", "error", "query" or "local check"; the last is ours, never the department's.
        pupils: those concerned, each once; empty for the school, and where nobody asked for them.

    """

    rule: str
    kind: str
    count: int
    evaluated: bool
    message: str
    where_to_fix: str
    fields: str
    pupils: tuple[Concerned, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file is, what is wrong with its form and what its values break.

    Attributes:
        faults: departures from the layout, in the order of the file.
        causes: findings by rule, what blocks first.
        registers: names of the registers that were there to compare with.
        official: what the department's own material, imported into the trust folder, says of the file.

    """

    label: str
    collection: str
    school: str
    made_by: str
    pupils: int
    faults: tuple[Fault, ...]
    causes: tuple[Cause, ...]
    registers: tuple[str, ...]
    official: Heard

    @property
    def found(self) -> int:
        """How many departures and findings there are in all."""
        ours = sum(fault.count for fault in self.faults) + sum(cause.count for cause in self.causes)
        return ours + sum(fault.times for fault in self.official.faults)


def check(
    data: bytes, label: str, trust: Path | None = None, *, pupils: bool = False, progress: Progress = nothing
) -> Checked:
    """Check a file.

    Args:
        data: the whole file.
        label: what to call it.
        trust: folder whose `registers/` rules compare with; None for none.
        pupils: name the pupils concerned.
        progress: told how far the work is.

    Raises:
        CensusFileUnfit: it is no census file.

    """
    file = read_return(data, label, progress)
    registers = read_registers(trust / "registers") if trust else {}
    progress("rules", 0, 0)
    year = file.collection.academic_year
    settled = confirmed(trust, year).rules if trust else frozenset()
    found = run_rules(file.frames, file.collection, catalogue(year), registers, settled)
    header = file.frames["header"].iloc[0]
    number = [str(header[name]) for name in ("lea", "estab", "urn") if not pd.isna(header[name])]
    return Checked(
        label=label,
        collection=file.collection.key,
        school="/".join(number) or "a school that its header does not name",
        made_by=file.software,
        pupils=len(file.frames["pupil"]),
        faults=file.faults,
        causes=_causes(file, found, named=pupils),
        registers=tuple(sorted(registers)),
        official=beside(official_findings(data, trust, year) if trust else NOT_RUN, found),
    )


def _causes(file: CensusFile, found: pd.DataFrame, *, named: bool) -> tuple[Cause, ...]:
    known = catalogue(file.collection.academic_year)
    who = _who(file) if named else {}
    causes = []
    for rule, rows in found.groupby("rule", sort=False):
        first = rows.iloc[0]
        ids = rows["pupil_id"].dropna().unique() if named else ()
        causes.append(
            Cause(
                rule=str(rule),
                kind=_kind(first),
                count=len(rows),
                evaluated=bool(first["evaluated"]),
                message=str(first["message"]),
                where_to_fix=known[str(rule)].where_to_fix,
                fields=str(first["fields"]),
                pupils=tuple(who[pupil] for pupil in ids),
            )
        )
    return tuple(sorted(causes, key=lambda cause: (_ORDER.index(cause.kind), -cause.count)))


def _kind(finding: pd.Series) -> str:
    if finding["blocking"]:
        return "blocks"
    return "local check" if str(finding["message"]).startswith(LOCAL_PREFIX) else str(finding["severity"])


def _who(file: CensusFile) -> dict[str, Concerned]:
    pupils = file.frames["pupil"][["pupil_id", "upn", "forename", "surname"]].astype(object)
    pupils = pupils.where(pupils.notna(), None)
    return {
        row.pupil_id: Concerned(row.upn, " ".join(filter(None, (row.forename, row.surname))))
        for row in pupils.itertuples()
    }

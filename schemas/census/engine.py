"""The rule engine: which rules apply to a return, and how a rule's mask becomes findings.

Belongs here: the mark a rule carries, its discovery, the view of a return that rules read, and `run_rules`. Rules are
`schemas.census.rules`; their words are `schemas.census.vocabulary`; severity and wording are the catalogue's alone.
"""

import datetime as dt
import pkgutil
from collections.abc import Callable, Collection as Members, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.census.catalogue import Catalogue, Entry
from schemas.census.collection import Collection
from schemas.census.findings import FINDING
from schemas.census.tables import CENSUS
from schemas.census.view import Census, NoReference, RowsOfNoPupil
from schemas.table import Frames

PHASES: Final = ("NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR")
NONE: Final[Mapping[str, Members[str]]] = MappingProxyType({})

ROW_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "fsm_period": ("start_date",),
        "funding_basis": ("basis",),
        "learner_fam": ("fam_type", "fam_code"),
        "sen_need": ("rank",),
        "exclusion": ("start_date", "category"),
        "attendance": ("period",),
        "session_detail": ("period", "code"),
        "programme_aim": ("programme_id",),
        "learning_aim": ("aim_id",),
        "work_placement": ("aim_id", "start_date"),
        "ap_placement": ("entry_date",),
    },
)
"""Which of a pupil's rows a finding is about; by content, so that the name outlives the next extraction."""

NOT_EVALUATED: Final = "NOT EVALUATED: what this rule compares with is missing, so it counts as not passed"

Columns: TypeAlias = dict[str, list[Any]]
Outcome: TypeAlias = pd.Series | bool
Rule: TypeAlias = Callable[[Census], Outcome]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a rule function says of itself.

    Attributes:
        number: its row in the catalogue.
        on: the table whose rows its mask is aligned with.
        terms: letters of the terms it applies in, A S U.
        phases: phases it applies to.
        since: first census day it applies on.
        until: last census day it applies on.

    """

    number: str
    on: str
    terms: str
    phases: tuple[str, ...]
    since: dt.date | None
    until: dt.date | None

    def applies(self, collection: Collection) -> bool:
        """Say whether the rule belongs to that collection, whatever the school's phase."""
        day = collection.reference_date
        begun = self.since is None or self.since <= day
        return begun and collection.term in self.terms and (self.until is None or day <= self.until)


def rule(  # noqa: PLR0913  applicability is declared where the rule is, never by copying it
    number: str,
    *,
    on: str,
    terms: str = "ASU",
    phases: tuple[str, ...] = PHASES,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> Callable[[Rule], Rule]:
    """Mark a function as the rule of that number. Nothing is registered on import; `discovered` walks the modules."""
    mark = Mark(number, on, terms, phases, since, until)

    def marked(function: Rule) -> Rule:
        function.mark = mark  # type: ignore[attr-defined]
        return function

    return marked


@dataclass(frozen=True, slots=True)
class Active:
    """A rule that was found, with the module (section of the return) it stands in."""

    mark: Mark
    section: str
    holds: Rule


@cache
def discovered() -> Mapping[str, Active]:
    """Return every rule of `schemas.census.rules` by number; ValueError for a number that stands twice."""
    found: dict[str, Active] = {}
    for module in rule_modules():
        for active in _marked(module):
            if active.mark.number in found:
                message = f"rule {active.mark.number} has two functions, one in {module.__name__}"
                raise ValueError(message)
            found[active.mark.number] = active
    return MappingProxyType(found)


def rule_modules() -> list[ModuleType]:
    """Import the section modules."""
    package = import_module("schemas.census.rules")
    return [import_module(f"{package.__name__}.{info.name}") for info in pkgutil.iter_modules(package.__path__)]


def _marked(module: ModuleType) -> Iterator[Active]:
    section = module.__name__.rpartition(".")[2]
    for function in vars(module).values():
        if isinstance(mark := getattr(function, "mark", None), Mark):
            yield Active(mark, section, function)


def run_rules(
    frames: Frames,
    collection: Collection,
    catalogue: Catalogue,
    reference: Mapping[str, Members[str]] = NONE,
) -> pd.DataFrame:
    """Run every rule that applies and return all its findings.

    Args:
        frames: the tables of a return, `schemas.census.tables.CENSUS`.
        collection: the census day and its windows.
        catalogue: severity, level, fields and wording of each rule.
        reference: registers by name (`qualifications`, `establishments`), each a set of the identifiers in it; a rule
            that needs one that is not given is not evaluated, unless the return has no row to look at.

    Returns:
        A FINDING frame in the catalogue's order, then pupil and row.

    Raises:
        KeyError: a rule has no row in the catalogue.
        RowsOfNoPupil: a table holds rows of a pupil who is not in the return.
        RuleWrote: a rule changed a table.

    """
    census = Census(frames, collection, reference)
    order = {number: place for place, number in enumerate(catalogue)}
    active = sorted(discovered().values(), key=lambda each: order[each.mark.number])
    parts = [_findings(each, catalogue[each.mark.number], census) for each in active if each.mark.applies(collection)]
    census.check_unchanged()
    return FINDING.frame({name: [value for part in parts for value in part[name]] for name in FINDING.names})


def mask_of(active: Active, census: Census) -> npt.NDArray[np.bool_]:
    """Return a rule's mask as numpy, nulls as False; of no rows when there are none to look at.

    Raises NoReference when the rule needs a register that was not given.
    """
    if not census.rows(active.mark.on):
        return np.zeros(0, dtype=bool)
    outcome = active.holds(census)
    if isinstance(outcome, pd.Series):
        return outcome.to_numpy(dtype=bool, na_value=False)
    return np.array([outcome], dtype=bool)


def _findings(active: Active, entry: Entry, census: Census) -> Columns:
    mark = active.mark
    if mark.phases != PHASES and census.phase not in PHASES:
        return _not_evaluated(entry, mark.on)
    if census.phase in PHASES and census.phase not in mark.phases:
        return _rows(entry, mark.on, [], [], evaluated=True)
    try:
        hits = np.flatnonzero(mask_of(active, census))
    except NoReference:
        return _not_evaluated(entry, mark.on)
    pupil_ids, row_keys = _names(mark.on, hits, census) if len(hits) else ([], [])
    return _rows(entry, mark.on, pupil_ids, row_keys, evaluated=True)


def _not_evaluated(entry: Entry, table: str) -> Columns:
    return _rows(entry, table, [None], [None], evaluated=False)


def _names(table: str, hits: npt.NDArray[np.intp], census: Census) -> tuple[list[str | None], list[str | None]]:
    if "pupil_id" not in CENSUS[table]:
        return [None] * len(hits), [None] * len(hits)
    view = getattr(census, table)
    parts = [view_column.iloc[hits].tolist() for view_column in (getattr(view, name) for name in ROW_KEYS.get(table, ()))]
    keys = [_row_key(values) for values in zip(*parts, strict=True)] if parts else [None] * len(hits)
    return view.pupil_id.iloc[hits].tolist(), keys


def _row_key(values: tuple[Any, ...]) -> str | None:
    return " ".join("" if pd.isna(value) else str(value) for value in values).strip() or None


def _rows(
    entry: Entry,
    table: str,
    pupil_ids: list[str | None],
    row_keys: list[str | None],
    *,
    evaluated: bool,
) -> Columns:
    named = sorted(zip(pupil_ids, row_keys, strict=True), key=lambda names: tuple(name or "" for name in names))
    same = {
        "rule": entry.rule,
        "severity": entry.severity.value,
        "blocking": entry.blocking,
        "level": entry.level,
        "table": table,
        "fields": " ".join(entry.fields),
        "message": entry.message if evaluated else NOT_EVALUATED,
        "evaluated": evaluated,
    }
    return {"pupil_id": [pupil for pupil, _ in named], "row_key": [row for _, row in named]} | {
        name: [value] * len(named) for name, value in same.items()
    }

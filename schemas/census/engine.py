"""The rule engine: which rules apply to a return, and how a rule's mask becomes findings.

Belongs here: the mark a rule carries, its discovery, and `run_rules`. Rules that a person wrote are
`schemas.census.rules`, those of an item's shape `schemas.census.shape_rules`; their words are
`schemas.census.vocabulary`; severity and wording are the catalogue's alone.
"""

import datetime as dt
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Collection as Members
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.census.catalogue import Catalogue, Entry, confirm
from schemas.census.collection import Collection
from schemas.census.findings import FINDING
from schemas.census.shape_rules import broken
from schemas.census.shapes import shapes
from schemas.census.tables import CENSUS
from schemas.census.view import PHASES, Census, NoReference, arrow
from schemas.table import Frames

SHAPES: Final = "shapes"
NONE: Final[Mapping[str, Members[str]]] = MappingProxyType({})

ROW_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "special_school_type": ("sen_type",),
        "appeals": ("kind",),
        "school_class": ("class_name",),
        "childcare": ("type_of_childcare",),
        "fsm_period": ("start_date",),
        "funding_basis": ("basis",),
        "learner_support": ("support_code",),
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
"""Which of several rows a finding is about; by content, so that the name outlives the next extraction."""

NOT_EVALUATED: Final = "NOT EVALUATED: what this rule compares with is missing, so it counts as not passed"

_NOBODY: Final = pa.nulls(1, pa.string())

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


def rule(
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


@cache
def shape_rules(academic_year: str) -> Mapping[str, Active]:
    """Return the rules made from the layout of a collection year, by name."""
    return MappingProxyType(
        {
            shape.rule: Active(
                Mark(shape.rule, shape.table, shape.terms, PHASES, None, None), SHAPES, partial(broken, shape)
            )
            for shape in shapes(academic_year)
        },
    )


def active_in(collection: Collection) -> list[Active]:
    """Return every rule that belongs to a collection, written and made, whatever the school's phase."""
    every = (*discovered().values(), *shape_rules(collection.academic_year).values())
    return [each for each in every if each.mark.applies(collection)]


def rule_modules() -> list[ModuleType]:
    """Import the section modules."""
    package = import_module("schemas.census.rules")
    return [import_module(f"{package.__name__}.{info.name}") for info in pkgutil.iter_modules(package.__path__)]


def _marked(module: ModuleType) -> Iterator[Active]:
    section = module.__name__.rpartition(".")[2]
    for function in vars(module).values():
        if isinstance(mark := getattr(function, "mark", None), Mark):
            yield Active(mark, section, function)


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule found: whose rows and which of them; one row of nobody when it was not evaluated."""

    entry: Entry
    table: str
    pupil_ids: pa.Array
    row_keys: pa.Array
    evaluated: bool = True

    def same(self) -> dict[str, str | bool]:
        """Return the columns that are the same in every finding of the rule."""
        return {
            "rule": self.entry.rule,
            "severity": self.entry.severity.value,
            "blocking": self.entry.blocking,
            "level": self.entry.level,
            "table": self.table,
            "fields": " ".join(self.entry.fields),
            "message": self.entry.message if self.evaluated else NOT_EVALUATED,
            "evaluated": self.evaluated,
        }


def run_rules(
    frames: Frames,
    collection: Collection,
    catalogue: Catalogue,
    reference: Mapping[str, Members[str]] = NONE,
    confirmed: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Run every rule that applies and return all its findings.

    Args:
        frames: the tables of a return, `schemas.census.tables.CENSUS`.
        collection: the census day and its windows.
        catalogue: severity, level, fields and wording of each rule.
        reference: registers by name (`qualifications`, `establishments`), each a set of the identifiers in it; a rule
            that needs one that is not given is not evaluated, unless the return has no row to look at.
        confirmed: numbers that the department's own list of rules names; an error of such a number blocks, whatever
            our confidence.

    Returns:
        A FINDING frame in the catalogue's order, then pupil and row.

    Raises:
        KeyError: a rule has no row in the catalogue.
        RowsOfNoPupil: a table holds rows of a pupil who is not in the return.
        RuleWrote: a rule changed a table.

    """
    census = Census(frames, collection, reference)
    entries = confirm(catalogue, confirmed)
    order = {number: place for place, number in enumerate(entries)}
    active = sorted(active_in(collection), key=lambda each: order[each.mark.number])
    parts = [_part(each, entries[each.mark.number], census) for each in active]
    census.check_unchanged()
    return _frame(parts)


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


def _part(active: Active, entry: Entry, census: Census) -> Part:
    mark = active.mark
    if mark.phases != PHASES and census.phase not in PHASES:
        return _not_evaluated(entry, mark.on)
    if census.phase in PHASES and census.phase not in mark.phases:
        return Part(entry, mark.on, _NOBODY[:0], _NOBODY[:0])
    try:
        hits = pa.array(np.flatnonzero(mask_of(active, census)))
    except NoReference:
        return _not_evaluated(entry, mark.on)
    pupils = pa.nulls(len(hits), pa.string())
    if len(hits) and "pupil_id" in CENSUS[mark.on]:
        pupils = _taken(census, mark.on, "pupil_id", hits)
    return Part(entry, mark.on, pupils, _row_keys(census, mark.on, hits))


def _not_evaluated(entry: Entry, table: str) -> Part:
    return Part(entry, table, _NOBODY, _NOBODY, evaluated=False)


def _row_keys(census: Census, table: str, hits: pa.Array) -> pa.Array:
    if table not in ROW_KEYS or not len(hits):
        return pa.nulls(len(hits), pa.string())
    parts = [_taken(census, table, column, hits) for column in ROW_KEYS[table]]
    joined = pc.utf8_trim(pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), " "), " ")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _taken(census: Census, table: str, column: str, hits: pa.Array) -> pa.Array:
    return arrow(getattr(getattr(census, table), column)).take(hits).cast(pa.string()).combine_chunks()


def _frame(parts: list[Part]) -> pd.DataFrame:
    counts = [len(part.pupil_ids) for part in parts]
    order = np.repeat(np.arange(len(parts)), counts)
    pupils = pa.concat_arrays([_NOBODY[:0], *(part.pupil_ids for part in parts)])
    rows = pa.concat_arrays([_NOBODY[:0], *(part.row_keys for part in parts)])
    keys = pa.table({"rule": order, "pupil_id": pupils, "row_key": rows})
    places = pc.sort_indices(keys, [(name, "ascending", "at_start") for name in keys.column_names])
    same = pd.DataFrame([part.same() for part in parts]).iloc[order]
    named = {"pupil_id": pupils.take(places), "row_key": rows.take(places)}
    return FINDING.frame({str(name): same[name].to_numpy() for name in same} | named)

"""Taking from the tables what one agreement names, and nothing else: rows by population, columns by name, in order.

Belongs here: the selection and the strict schema generated from the agreement. Columns that only organise a file
(which pupil a row belongs to, which section it stands in) are kept and never emitted. Does not belong here: whom a
population takes (`exports.populations`), what protection takes out (`exports.protection_effects`), writing a file.
"""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Final

import pandas as pd

from exports.parents import counting
from exports.populations import population
from exports.protection_effects import Applied, declined, may_leave, without_contacts
from exports.protection_standing import Standing, Treatment
from exports.terms import Agreement
from schemas.boundary import conforms, declared
from schemas.census.tables import CENSUS
from schemas.feeds import DATASETS, FEEDS
from schemas.refusal import Refusal
from schemas.table import Frames, Table

KEYS: Final = ("pupil_id", "row_id", "section", "period", "kind", "programme_id", "aim_id", "destination")
"""Columns that organise: kept wherever a table has them, never emitted."""


class SchoolNotCovered(Refusal):
    """The agreement does not cover the school."""

    code: ClassVar[str] = "school_not_covered"


class NothingToSend(Refusal):
    """No pupil is left, and the agreement says that this is an error."""

    code: ClassVar[str] = "nothing_to_send"


class TableMissing(Refusal):
    """A table that the agreement names was not prepared."""

    code: ClassVar[str] = "table_missing"


NOBODY: Final = Standing()
"""A school with nobody in the register and no flag in its MIS."""


@dataclass(frozen=True)
class Minimised:
    """The tables of one agreement, and what protection did to them."""

    frames: dict[str, pd.DataFrame]
    applied: Applied


def minimise(
    frames: Frames, agreement: Agreement, *, as_at: dt.date | None = None, standing: Standing = NOBODY
) -> dict[str, pd.DataFrame]:
    """Return the agreement's tables; see `minimised`."""
    return minimised(frames, agreement, as_at=as_at, standing=standing).frames


def minimised(frames: Frames, agreement: Agreement, *, as_at: dt.date | None, standing: Standing) -> Minimised:
    """Take the population's rows and the agreement's columns in order, as far as protection and consent let them leave.

    Args:
        frames: the census tables, or those of feeds.
        agreement: one that compiled.
        as_at: the day the tables speak of; needed where age decides.
        standing: what protects the school's pupils from this agreement.

    Raises:
        SchoolNotCovered, PopulationUnclear, NothingToSend, TableMissing, ContractBroken: nothing leaves.

    """
    if missing := [name for name in agreement.tables if name not in frames]:
        message = f"agreement {agreement.id}: {', '.join(missing)} was not prepared; prepare the school again"
        raise TableMissing(message)
    of_dataset = _of_dataset(frames, agreement)
    _check_schools(of_dataset, agreement)
    whole = population(of_dataset, agreement, as_at)
    left = _complete(may_leave(whole, agreement, standing), agreement)
    counted = counting({name: left[name] for name in agreement.tables}, agreement)
    taken = {name: _columns(frame, agreement, name, standing) for name, frame in counted.items()}
    checked = {name: conforms(frame, agreed_table(agreement, name)) for name, frame in taken.items()}
    if agreement.when_empty == "error" and is_empty(checked):
        message = f"agreement {agreement.id}: no pupil is left to send, which it says is an error"
        raise NothingToSend(message)
    held, there = standing.kinds(Treatment.HELD, agreement), _pupils(checked)
    return Minimised(
        checked,
        Applied(
            held={pupil: kinds for pupil, kinds in held.items() if pupil in there},
            counted=_counted(standing, _pupils({name: whole[name] for name in agreement.tables})),
            seq=standing.seq,
        ),
    )


def is_empty(minimised: Frames) -> bool:
    """Say whether minimised tables hold no pupil at all."""
    return all(frame.empty for frame in minimised.values() if "pupil_id" in frame)


def agreed_table(agreement: Agreement, name: str) -> Table:
    """Return the table as the agreement allows it; its pandera schema is strict and ordered."""
    source = _declared(name)
    columns = tuple(source[column] for column in _wanted(agreement, name))
    return Table(name, f"{source.description}, as agreement {agreement.id} allows", columns)


def _wanted(agreement: Agreement, name: str) -> list[str]:
    source = _declared(name)
    keys = [column for column in KEYS if column in source]
    named = [line.column for line in agreement.lines if line.table == name]
    return list(dict.fromkeys(keys + named))


def _columns(frame: pd.DataFrame, agreement: Agreement, name: str, standing: Standing) -> pd.DataFrame:
    wanted = _wanted(agreement, name)
    chosen = frame[[column for column in wanted if column in frame]].reset_index(drop=True)
    return declined(without_contacts(chosen, _declared(name), agreement, standing, KEYS), standing)


def _declared(name: str) -> Table:
    return CENSUS.get(name) or FEEDS[name]


def _of_dataset(frames: Frames, agreement: Agreement) -> Frames:
    """Return the tables of the agreement's dataset, those it names first: they answer for its population.

    A column that no table declares is left behind here, before anything could be chosen or counted by it.
    """
    known = CENSUS if agreement.dataset == "census" else [table.name for table in DATASETS[agreement.dataset].tables]
    named = dict.fromkeys([*agreement.tables, *known])
    return {name: declared(frames[name], _declared(name)) for name in named if name in frames}


def _complete(frames: Frames, agreement: Agreement) -> Frames:
    """Return the tables without rows that only those left out needed."""
    dataset = DATASETS.get(agreement.dataset)
    return frames if dataset is None or dataset.whole is None else dataset.whole(frames)


def _pupils(frames: Frames) -> set[str]:
    return {str(pupil) for frame in frames.values() if "pupil_id" in frame for pupil in frame["pupil_id"].unique()}


def _counted(standing: Standing, pupils: set[str]) -> dict[str, int]:
    known = [kind for pupil, kinds in standing.flags.items() if pupil in pupils for kind in kinds]
    return {kind: known.count(kind) for kind in sorted(set(known))}


def _check_schools(frames: Frames, agreement: Agreement) -> None:
    holders = [frames[name] for name in ("header", *FEEDS) if name in frames and "urn" in frames[name]]
    found = {str(urn) for frame in holders for urn in frame["urn"].unique()}
    if foreign := sorted(found - set(agreement.schools)):
        message = f"agreement {agreement.id} does not cover school {', '.join(foreign)}; nothing was prepared"
        raise SchoolNotCovered(message)

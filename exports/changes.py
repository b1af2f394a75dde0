"""What differs between two returns: pupils, items, rows, totals, windows, and what is told for the first time.

Belongs here: `changes`, over tables as `schemas.census.tables` declares them, whoever made the file they were read
from. The order of pupils and of rows means nothing. Two pupils are one by UPN, else by exactly the same surname,
forename, date of birth and sex, and never by likeness. What a file looks like is `exports.census_file`; whether a
rendered file says what its tables say is `exports.comparison`.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from exports.windows import outside
from schemas.census.engine import ROW_KEYS
from schemas.census.tables import CENSUS, OFF_ROLL, ON_ROLL
from schemas.table import Frames

_Sides: TypeAlias = tuple[pd.DataFrame, pd.DataFrame]
_PAIR: Final = "pair"
_IDS: Final = frozenset({"pupil_id", "programme_id", "aim_id"})
_MADE_HERE: Final = frozenset({"pupil.age", "pupil.attendance_age"})
_OF_THE_FILE: Final = frozenset(
    f"header.{name}" for name in ("serial_no", "date_time", "software_code", "release", "xversion")
)
"""Of the file, not of the return: they differ each time and between any two makers."""

_BY_UPN: Final = (("upn", "section"), ("upn",))
_BY_NAME: Final = ("surname", "forename", "dob", "sex")
_NATURAL: Final[Mapping[str, tuple[str, ...]]] = {
    **ROW_KEYS,
    "programme_aim": ("qn", "prog_type", "start_date"),
    "learning_aim": ("qn", "start_date"),
    "work_placement": ("start_date",),
    "learner_support": ("support_code",),
    "school_class": ("class_name",),
    "childcare": ("type_of_childcare",),
    "appeals": ("kind",),
    "special_school_type": ("sen_type",),
}
"""By what two rows of one pupil, or of the school, are the same row. Numbers counted afresh say nothing."""


class Change(StrEnum):
    """What became of a value, or of a whole row."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One cause: the same thing happened to one field, or to the rows of one table, so many times.

    Attributes:
        field: `<table>.<column>`, or `<table>` for whole rows of pupils on both sides.
        upns: of the pupils it happened to, each once; empty for the school.

    """

    field: str
    change: Change
    count: int
    upns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A count that is not the same on both sides."""

    name: str
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What the second return says otherwise than the first.

    Attributes:
        added: UPN of each pupil only in the second; None for one without.
        removed: the same for the first.
        without_upn: how many pupils were matched by name, date of birth and sex.
        windows: counts of what lies outside the windows of each side's own collection, and of each period.
        newly: fields with a value in the second and none in the first.

    """

    added: tuple[str | None, ...]
    removed: tuple[str | None, ...]
    without_upn: int
    items: tuple[ItemChange, ...]
    totals: tuple[Moved, ...]
    windows: tuple[Moved, ...]
    newly: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Say whether the two returns say the same."""
        return not (self.added or self.removed or self.items or self.totals or self.windows or self.newly)

    def unnamed(self) -> "Changes":
        """Return the same counts without a single UPN."""
        items = tuple(replace(item, upns=()) for item in self.items)
        return replace(self, items=items, added=(None,) * len(self.added), removed=(None,) * len(self.removed))


def changes(left: Frames, right: Frames, separated: Container[str] = frozenset()) -> Changes:
    """Compare two returns.

    Args:
        left: every table of `CENSUS`, the earlier or the trust's own.
        right: the other.
        separated: UPNs of pupils whose records must never be joined by name (identity separated).

    """
    pairs = _Pairs(left["pupil"], right["pupil"], separated)
    items = [change for name in CENSUS for change in _of_table(name, left[name], right[name], pairs)]
    return Changes(
        added=_upns(right["pupil"], np.flatnonzero(pairs.right < 0)),
        removed=_upns(left["pupil"], np.flatnonzero(pairs.left < 0)),
        without_upn=pairs.by_name,
        items=tuple(items),
        totals=_moved(_totals(left), _totals(right)),
        windows=_moved(outside(left), outside(right)),
        newly=tuple(field for field in _fields() if _any(right, field) and not _any(left, field)),
    )


class _Pairs:
    """Which pupil of one side is which of the other: for each row of each side the number of its pair, or -1."""

    def __init__(self, left: pd.DataFrame, right: pd.DataFrame, separated: Container[str]) -> None:
        self.left = np.full(len(left), -1)
        self.right = np.full(len(right), -1)
        self.upns: list[str | None] = []
        self.by_name = 0
        columns = [*dict.fromkeys([*(name for keys in _BY_UPN for name in keys), *_BY_NAME])]
        sides = (_sorted(_texts(left, columns)), _sorted(_texts(right, columns)))
        for keys in _BY_UPN:
            self._join(sides, keys)
        rest = (_not_of(side, separated) for side in self._rest(sides))
        once = [side.drop_duplicates(list(_BY_NAME), keep=False) for side in rest]
        self.by_name = self._join((once[0], once[1]), _BY_NAME)
        self._ids = [
            dict(zip(frame["pupil_id"], of, strict=True)) for frame, of in ((left, self.left), (right, self.right))
        ]

    def _join(self, sides: _Sides, keys: Sequence[str]) -> int:
        left, right = (side.dropna(subset=list(keys)) for side in self._rest(sides))
        rows = _joined(left, right, list(keys))
        self.left[rows[0]] = self.right[rows[1]] = len(self.upns) + np.arange(len(rows[0]))
        first, second = (side["upn"].loc[of].tolist() for side, of in zip(sides, rows, strict=True))
        self.upns += [one or other for one, other in zip(first, second, strict=True)]
        return len(rows[0])

    def _rest(self, sides: _Sides) -> _Sides:
        return sides[0][self.left[sides[0].index] < 0], sides[1][self.right[sides[1].index] < 0]

    def of(self, side: int, pupil_ids: pd.Series) -> npt.NDArray[np.int64]:
        """Return the pair of each row's pupil."""
        return np.array([self._ids[side].get(pupil, -1) for pupil in pupil_ids], np.int64)


def _of_table(name: str, left: pd.DataFrame, right: pd.DataFrame, pairs: _Pairs) -> Iterator[ItemChange]:
    columns = [column.name for column in CENSUS[name].columns if _is_compared(name, column.name)]
    sides = []
    for number, frame in enumerate((left, right)):
        texts = _texts(frame, columns)
        texts[_PAIR] = pairs.of(number, frame["pupil_id"]) if "pupil_id" in frame else 0
        sides.append(_sorted(texts[texts[_PAIR] >= 0]))
    of_pupils = "pupil_id" in CENSUS[name]
    joined, alone = _rows(name, (sides[0], sides[1]), columns)
    for column in columns:
        yield from _of_column(f"{name}.{column}", joined, column, pairs if of_pupils else None)
    for change, rows in zip((Change.VANISHED, Change.APPEARED), alone, strict=True):
        if len(rows):
            yield ItemChange(name, change, len(rows), _named(rows[_PAIR], pairs if of_pupils else None))


def _of_column(field: str, joined: _Sides, column: str, pairs: _Pairs | None) -> Iterator[ItemChange]:
    left, right = (side[column].to_numpy() for side in joined)
    no_left, no_right = pd.isna(left), pd.isna(right)
    masks = {
        Change.APPEARED: no_left & ~no_right,
        Change.VANISHED: ~no_left & no_right,
        Change.CHANGED: ~no_left & ~no_right & (left != right),
    }
    for change, mask in masks.items():
        if count := int(mask.sum()):
            yield ItemChange(field, change, count, _named(joined[0][_PAIR].to_numpy()[mask], pairs))


def _rows(name: str, sides: _Sides, columns: list[str]) -> tuple[_Sides, _Sides]:
    """Pair the rows of each pupil: equal ones, then those of one natural key, then what is left; and the rest."""
    left, right = sides
    last = [_PAIR, "period"] if "period" in columns else [_PAIR]
    found: tuple[list[int], list[int]] = ([], [])
    for keys in ([_PAIR, *columns], [*last, *_NATURAL.get(name, ())], last):
        left_rows, right_rows = _joined(
            left.drop(index=found[0]).fillna(""), right.drop(index=found[1]).fillna(""), list(dict.fromkeys(keys))
        )
        found[0].extend(left_rows)
        found[1].extend(right_rows)
    joined = left.loc[found[0]], right.loc[found[1]]
    return joined, (left.drop(index=found[0]), right.drop(index=found[1]))


def _joined(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> tuple[list[int], list[int]]:
    """Return the index of the n-th row of each key on one side, and of the n-th of it on the other."""
    if left.empty or right.empty:
        return [], []
    numbered = [
        pd.DataFrame(
            {"key": pd.util.hash_pandas_object(side[keys], index=False), "nth": side.groupby(keys).cumcount()}
        ).assign(row=side.index)
        for side in (left, right)
    ]
    both = numbered[0].merge(numbered[1], on=["key", "nth"])
    return both["row_x"].tolist(), both["row_y"].tolist()


def _not_of(side: pd.DataFrame, upns: Container[str]) -> pd.DataFrame:
    return side[np.array([upn not in upns for upn in side["upn"]], dtype=bool)]


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Put rows into an order that is theirs, not the file's."""
    return frame.sort_values(list(frame.columns), kind="stable") if len(frame) else frame


def _texts(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return columns as plain text, None where there is no value."""
    texts = {
        name: np.array(pc.cast(frame[name].array.__arrow_array__(), "string").to_pylist(), dtype=object)
        for name in columns
    }
    return pd.DataFrame(texts, columns=list(columns), dtype=object)


def _is_compared(table: str, column: str) -> bool:
    return column not in _IDS and f"{table}.{column}" not in _MADE_HERE | _OF_THE_FILE


def _fields() -> list[str]:
    return [
        f"{table.name}.{column.name}"
        for table in CENSUS.values()
        for column in table.columns
        if _is_compared(table.name, column.name)
    ]


def _any(frames: Frames, field: str) -> bool:
    table, _, column = field.partition(".")
    return bool(frames[table][column].notna().any())


def _named(numbers: "npt.NDArray[np.int64] | pd.Series", pairs: _Pairs | None) -> tuple[str, ...]:
    if pairs is None:
        return ()
    found = (pairs.upns[number] for number in dict.fromkeys(numbers))
    return tuple(sorted({upn for upn in found if upn is not None}))


def _upns(pupils: pd.DataFrame, rows: npt.NDArray[np.int64]) -> tuple[str | None, ...]:
    named = [None if pd.isna(upn) else str(upn) for upn in pupils["upn"].iloc[rows]]
    return tuple(sorted(named, key=lambda upn: upn or ""))


def _moved(left: Mapping[str, int], right: Mapping[str, int]) -> tuple[Moved, ...]:
    return tuple(
        Moved(name, left.get(name, 0), right.get(name, 0))
        for name in dict.fromkeys([*left, *right])
        if left.get(name, 0) != right.get(name, 0)
    )


def _totals(frames: Frames) -> dict[str, int]:
    return {name: count(frames) for name, count in TOTALS.items()}


def _rows_of(table: str) -> Callable[[Frames], int]:
    return lambda frames: len(frames[table])


def _sum_of(table: str, column: str) -> Callable[[Frames], int]:
    return lambda frames: int(frames[table][column].fillna(0).sum())


def _pupils_in(section: str) -> Callable[[Frames], int]:
    return lambda frames: int((frames["pupil"]["section"] == section).sum())


def _pupils_with(table: str) -> Callable[[Frames], int]:
    return lambda frames: int(frames[table]["pupil_id"].nunique())


TOTALS: Final[Mapping[str, Callable[[Frames], int]]] = {
    "pupils on roll": _pupils_in(ON_ROLL),
    "pupils no longer on roll": _pupils_in(OFF_ROLL),
    "pupils with free school meals": _pupils_with("fsm_period"),
    "periods of free school meals": _rows_of("fsm_period"),
    "suspensions and exclusions": _rows_of("exclusion"),
    "sessions lost to them": _sum_of("exclusion", "sessions"),
    "possible sessions": _sum_of("attendance", "sessions_possible"),
    "sessions by code": _sum_of("session_detail", "sessions"),
    "special educational needs": _rows_of("sen_need"),
    "programme aims": _rows_of("programme_aim"),
    "learning aims": _rows_of("learning_aim"),
    "placements in alternative provision": _rows_of("ap_placement"),
    "classes": _rows_of("school_class"),
}
"""What a head would ask about first, by name."""

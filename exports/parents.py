"""Who counts as a parent under an agreement: a contact who does not count never leaves.

Belongs here: the two meanings of `paperwork.parent_means`, applied to the contacts beside a pupil (where the next one
moves up) and to tables with a contact a row. A right that the MIS does not record is not a right that is known.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from exports.terms import Agreement
from schemas.dates import certain
from schemas.table import Frames

_BESIDE: Final = re.compile(r"contact(\d)_(.+)")
_PARENTS: Final = frozenset({"PAM", "PAF"})
"""Mother and father (CTF relationship codes)."""
_RELATIONSHIP: Final = "relationship"
_RESPONSIBILITY: Final = ("parental_responsibility", "responsibility")
_CARE: Final = ("lives_with_pupil", "address_as_pupil")
"""What tables call the two rights: parental responsibility, and the care of somebody the pupil lives with."""

Contact = Mapping[str, pd.Series]
"""One contact of each row: its columns, by the names they have in a table with a contact a row."""


def counting(frames: Frames, agreement: Agreement) -> dict[str, pd.DataFrame]:
    """Return the tables without contacts who are no parent in the agreement's sense."""
    means = agreement.paperwork.parent_means
    if means is None:
        return dict(frames)
    found = {name: _moved_up(frame, COUNTS[means]) for name, frame in frames.items()}
    for name, frame in frames.items():
        if "row_id" in frame and any(column in frame for column in _RESPONSIBILITY):
            gone = frame.loc[~COUNTS[means](_columns(frame)), "row_id"]
            found |= {each: _without(found[each], gone) for each in found if each.startswith(name)}
    return found


def _without(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Return a table of contacts, or of something of theirs, without those of some rows."""
    return frame[~frame["row_id"].isin(list(rows)).astype(bool)]


def _moved_up(frame: pd.DataFrame, counts: Callable[[Contact], pd.Series]) -> pd.DataFrame:
    """Return a frame with the contacts who count in the first places beside each pupil, in their order."""
    named = [found for found in map(_BESIDE.fullmatch, map(str, frame.columns)) if found]
    if not named:
        return frame
    places, parts = sorted({found[1] for found in named}), sorted({found[2] for found in named})
    beside = [_columns(frame, f"contact{place}_") for place in places]
    counted = np.column_stack([_is_there(contact) & counts(contact).to_numpy() for contact in beside])
    order = np.argsort(~counted, axis=1, kind="stable")
    kept = np.take_along_axis(counted, order, axis=1)
    return frame.assign(
        **{
            f"contact{place}_{part}": _taken(beside, part, order[:, to], kept[:, to])
            for to, place in enumerate(places)
            for part in parts
            if part in beside[to]
        },
    )


def _columns(frame: pd.DataFrame, prefix: str = "") -> Contact:
    return {str(name).removeprefix(prefix): frame[name] for name in frame.columns if str(name).startswith(prefix)}


def _is_there(contact: Contact) -> np.ndarray:
    there: np.ndarray = pd.concat(list(contact.values()), axis=1).notna().any(axis=1).to_numpy()
    return there


def _taken(beside: list[Contact], part: str, source: np.ndarray, kept: np.ndarray) -> pd.Series:
    """Return one column of a place, each row from the place that moved there; empty where nobody did."""
    first = next(contact[part] for contact in beside if part in contact)
    nobody = pd.Series(first.array.take(np.full(len(first), -1), allow_fill=True))
    stacked = pd.concat([contact.get(part, nobody) for contact in beside], ignore_index=True).array
    rows = np.where(kept, source * len(first) + np.arange(len(first)), -1)
    return pd.Series(stacked.take(rows, allow_fill=True), index=first.index, dtype=first.dtype)


def _responsible(contact: Contact) -> pd.Series:
    return _any(contact, _RESPONSIBILITY)


def _education_act(contact: Contact) -> pd.Series:
    """A natural parent, somebody with parental responsibility, or somebody who has care of the pupil (s.576)."""
    found = _responsible(contact) | _any(contact, _CARE)
    return found | contact[_RELATIONSHIP].isin(list(_PARENTS)).astype(bool) if _RELATIONSHIP in contact else found


def _any(contact: Contact, names: tuple[str, ...]) -> pd.Series:
    """Say for which rows any of some columns is known to be true."""
    nobody = pd.Series(data=False, index=next(iter(contact.values())).index)
    for name in names:
        if name in contact:
            nobody |= certain(contact[name])
    return nobody


COUNTS: Final[Mapping[str, Callable[[Contact], pd.Series]]] = MappingProxyType(
    {"education-act-parent": _education_act, "parental-responsibility": _responsible},
)
"""One function per word of `vocabularies.PARENT_MEANS`."""

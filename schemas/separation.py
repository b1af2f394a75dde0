"""Records that must never be joined with another: an adopted child's, or that of a child at risk (identity-separated).

Such a child may be given a new record and a new UPN whose link to the old one must not be recorded, reported or passed
on. Belongs here: which records of a school they are, and what that takes out of its tables. Who decides, and where the
register of them is sealed, is `exports.protection`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from schemas.asat import latest_per_pupil
from schemas.table import Frames

MATCHING: Final = frozenset(
    {"L-duplicate-pupil", "L-former-upn-differs", "L-former-upn-unique", "L-uln-unique", "1573"}
)
"""Rules that find one record by another: they never look at a record that is set apart."""


@dataclass(frozen=True, slots=True)
class Separated:
    """The register as it stands.

    Attributes:
        records: school (URN) and MIS id of each record set apart.
        upns: UPNs of records set apart, at whichever school.

    """

    records: frozenset[tuple[str, str]] = frozenset()
    upns: frozenset[str] = frozenset()

    def ids(self, urn: str, held: Mapping[str, str | None] | pd.DataFrame) -> frozenset[str]:
        """Return the MIS ids that are set apart at a school.

        Args:
            urn: the school.
            held: UPN by pupil id, or a frame with the columns `pupil_id` and `upn`.

        """
        pairs = zip(held["pupil_id"], held["upn"], strict=True) if isinstance(held, pd.DataFrame) else held.items()
        by_upn = {str(pupil_id) for pupil_id, upn in pairs if upn in self.upns} if self.upns else set()
        return frozenset(by_upn | {pupil_id for school, pupil_id in self.records if school == urn})


def without_links(snapshot: Frames, ids: frozenset[str]) -> Frames:
    """Return a snapshot in which records set apart have no past: one UPN each, their last, and no former surname.

    The last UPN then holds on every day, as if there had never been another; so nothing made from the snapshot can
    tell of two.
    """
    if not ids:
        return snapshot
    cut = dict(snapshot)
    if "upn" in cut:
        upns = cut["upn"]
        theirs = _of(upns, ids)
        last = latest_per_pupil(upns[theirs], by=["start_date"])
        endless = last.assign(start_date=last["start_date"].mask(last["pupil_id"].notna()))
        cut["upn"] = pd.concat([upns[~theirs], endless], ignore_index=True).astype(upns.dtypes)
    if "former_surname" in cut:
        cut["former_surname"] = cut["former_surname"][~_of(cut["former_surname"], ids)].reset_index(drop=True)
    return cut


def without(frames: Frames, ids: frozenset[str]) -> Frames:
    """Return the tables without any row of these pupils."""
    if not ids:
        return frames
    return {
        name: frame[~_of(frame, ids)].reset_index(drop=True) if "pupil_id" in frame else frame
        for name, frame in frames.items()
    }


def findings_apart(run: Callable[[Frames], pd.DataFrame], frames: Frames, ids: frozenset[str]) -> pd.DataFrame:
    """Return what `run` finds, without what a matching rule found only because a record set apart was there.

    Leaving out that record's own finding would not do: the other record's finding would still lead to it.
    """
    found = run(frames)
    if not ids:
        return found
    alone = set(_keys(run(without(frames, ids))))
    kept = [rule not in MATCHING or (rule, pupil, row) in alone for rule, pupil, row in _keys(found)]
    return found[pd.Series(kept, index=found.index, dtype=bool)].reset_index(drop=True)


def _keys(findings: pd.DataFrame) -> list[tuple[str, str, str]]:
    named = (findings[name].fillna("") for name in ("rule", "pupil_id", "row_key"))
    return list(zip(*named, strict=True))


def _of(frame: pd.DataFrame, ids: frozenset[str]) -> pd.Series:
    return frame["pupil_id"].isin(list(ids)).astype(bool)

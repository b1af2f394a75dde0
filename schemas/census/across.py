"""What the returns of a trust's schools say about the same child, where they cannot all be right.

Belongs here: comparing by exact keys, the UPN or (names, sex, date of birth, postcode), and never by likeness; nothing
is merged. A finding goes to each of the two schools and tells it of the other no more than number and name. Records set
apart (`schemas.separation`) are not looked at. Not here: rules on one return.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import pandas as pd

from schemas.asat import latest_per_pupil
from schemas.census.catalogue import Catalogue
from schemas.census.hits import Hit, as_findings
from schemas.census.tables import OFF_ROLL, ON_ROLL
from schemas.separation import Separated, without
from schemas.table import Frames

SAME_UPN, TWO_ROLLS, ROLES = "L-trust-same-upn", "L-trust-two-rolls", "L-trust-dual-roles"
DETAILS, ONE_SIDE, TWO_UPNS = "L-trust-dual-details", "L-trust-dual-one-side", "L-trust-two-upns"
RULES: Final = frozenset({SAME_UPN, TWO_ROLLS, ROLES, DETAILS, ONE_SIDE, TWO_UPNS})
"""Every rule this module can find by."""

HISTORY: Final = ("upn", "enrol_status")
"""Tables of the snapshot that are wanted beside a return's own."""

_CHILD: Final = ("surname", "forename", "sex", "dob", "postcode")
_BORN: Final = ("sex", "dob")
_DETAILS: Final = ("surname", "forename", "sex", "dob")
_SOLE, _MAIN, _SUBSIDIARY = "C", "M", "S"
_DUAL: Final = frozenset({_MAIN, _SUBSIDIARY})


class Side(NamedTuple):
    """One school's record of a child, beside another's."""

    urn: str
    place: str
    pupil_id: str
    section: str
    status: str | None
    details: tuple[Any, ...]
    born: tuple[Any, ...]

    @property
    def here(self) -> bool:
        """Say whether the child is on roll there on census day."""
        return self.section == ON_ROLL


def across(returns: Mapping[str, Frames], separated: Separated, catalogue: Catalogue) -> dict[str, pd.DataFrame]:
    """Return a FINDING frame for each school; `row_key` is number and name of the other school.

    Args:
        returns: by URN, the tables of each school's return with the snapshot's `HISTORY` tables.
        separated: the protection register.
        catalogue: severity, fields and wording.

    """
    seen = {urn: without(frames, separated.ids(urn, frames["pupil"])) for urn, frames in returns.items()}
    if len(seen) < 2:  # noqa: PLR2004  a pair takes two
        return {urn: as_findings((), catalogue) for urn in seen}
    people = pd.concat([_people(urn, frames) for urn, frames in seen.items()], ignore_index=True)
    found = [(urn, hit) for rule, pair in _pairs(people, seen) for urn, hit in _both(rule, *pair)]
    return {urn: as_findings((hit for school, hit in found if school == urn), catalogue) for urn in seen}


def _pairs(people: pd.DataFrame, seen: Mapping[str, Frames]) -> Iterator[tuple[str, tuple[Side, Side]]]:
    for pair in _matched(people, people, ["upn"]):
        if rule := _of_one_upn(*pair):
            yield rule, pair
    named = people.dropna(subset=list(_CHILD))
    earlier = pd.concat([_earlier(frames, people[people["urn"] == urn]) for urn, frames in seen.items()])
    for one, other in [*_matched(named, named, list(_CHILD), apart="upn"), *_matched(earlier, people, ["upn"])]:
        if one.here or other.here:
            yield TWO_UPNS, (one, other)


def _of_one_upn(one: Side, other: Side) -> str | None:
    """Say what is wrong between two records of one UPN; None when they agree."""
    if one.born != other.born and {one.status, other.status} != _DUAL:
        return SAME_UPN
    if not (one.here and other.here):
        return ONE_SIDE if {one.status, other.status} == _DUAL and (one.here or other.here) else None
    statuses = {one.status, other.status}
    if statuses == _DUAL:
        return None if one.details == other.details else DETAILS
    if statuses == {_SOLE}:
        return TWO_ROLLS
    return ROLES if len(statuses) == 1 and statuses <= _DUAL else SAME_UPN


def _both(rule: str, one: Side, other: Side) -> Iterator[tuple[str, Hit]]:
    """A finding for each of the two schools, which names the other school and nothing else of it."""
    yield one.urn, Hit(rule, "pupil", one.pupil_id, other.place)
    yield other.urn, Hit(rule, "pupil", other.pupil_id, one.place)


def _people(urn: str, frames: Frames) -> pd.DataFrame:
    """One row for each pupil of a return; a leaver's status is the last the snapshot has."""
    pupils = frames["pupil"]
    last = latest_per_pupil(frames["enrol_status"], by=["start_date"])[["pupil_id", "status"]]
    wanted = pupils[["pupil_id", "section", "upn", *_CHILD, "enrol_status"]].merge(last, on="pupil_id", how="left")
    left = (wanted["section"] == OFF_ROLL).astype(bool)
    place = f"{urn} {frames['school']['school_name'].iloc[0]}"
    return wanted.assign(urn=urn, place=place, status=wanted["enrol_status"].mask(left, wanted["status"]))


def _earlier(frames: Frames, people: pd.DataFrame) -> pd.DataFrame:
    """The people of one return under each other UPN they have had at this school."""
    held = frames["upn"][["pupil_id", "upn"]].merge(people.rename(columns={"upn": "present"}), on="pupil_id")
    return held[(held["upn"] != held["present"]).fillna(value=False).astype(bool)]


def _matched(
    left: pd.DataFrame, right: pd.DataFrame, keys: list[str], apart: str | None = None
) -> Iterator[tuple[Side, Side]]:
    """Every two records of different schools whose keys are equal and known; each pair once when both are one table."""
    one, other = (
        frame.dropna(subset=["upn"]).assign(**{f"key_{k}": frame[k] for k in keys}) for frame in (left, right)
    )
    both = one.merge(other, on=[f"key_{k}" for k in keys], suffixes=("_1", "_2"))
    both = both[both["urn_1"] < both["urn_2"]] if left is right else both[both["urn_1"] != both["urn_2"]]
    if apart:
        both = both[(both[f"{apart}_1"] != both[f"{apart}_2"]).astype(bool)]
    names = [str(name) for name in both]
    for values in both.astype(object).where(both.notna(), None).to_numpy():
        row = dict(zip(names, values, strict=True))
        yield _side(row, "_1"), _side(row, "_2")


def _side(row: Mapping[str, Any], suffix: str) -> Side:
    return Side(
        urn=row[f"urn{suffix}"],
        place=row[f"place{suffix}"],
        pupil_id=row[f"pupil_id{suffix}"],
        section=row[f"section{suffix}"],
        status=row[f"status{suffix}"],
        details=tuple(row[f"{name}{suffix}"] for name in _DETAILS),
        born=tuple(row[f"{name}{suffix}"] for name in _BORN),
    )

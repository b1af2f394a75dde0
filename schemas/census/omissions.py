"""What ought to be in a return and is not, and what is in it and ought not.

Belongs here: comparing a return with a second answer to who and what belongs in it (`standing`), made from the same
snapshot by other code. Other software has dropped suspensions it selected by review date, and nobody could see it: what
is not in a file breaks no rule of the file. Not here: judging what is in the return (rules).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import pandas as pd

from schemas.census.catalogue import catalogue
from schemas.census.collection import Collection
from schemas.census.hits import Hit, as_findings
from schemas.census.standing import Standing, by_pupil, marked, placements, standings, suspensions, touches
from schemas.census.tables import OFF_ROLL, ON_ROLL
from schemas.table import Frames

_NURSERY: Final = "NS"
_LOCAL_SCHEME: Final = "LOCAL"
_SAID_ON_THE_DAY: Final = ("learner_fam", "learner_support")
"""Tables that the on-the-day file fills: a leaver in them is rightly returned, and no snapshot says so."""


class Piece(NamedTuple):
    """One row that belongs in a return: whose, and which of theirs."""

    pupil_id: str
    row_key: str


class Kind(NamedTuple):
    """One kind of row: the end of its rules' ids, its table, and the columns that tell one row from another."""

    slug: str
    table: str
    columns: tuple[str, ...]


KINDS: Final = (
    Kind("suspension", "exclusion", ("start_date", "category")),
    Kind("attendance", "attendance", ("period",)),
    Kind("fsm", "fsm_period", ("start_date",)),
    Kind("ap-placement", "ap_placement", ("entry_date",)),
)
SECTIONS: Final[Mapping[str, str]] = {ON_ROLL: "pupil", OFF_ROLL: "leaver"}
RULES: Final = frozenset(
    f"L-{way}-{slug}"
    for way in ("omitted", "unexpected")
    for slug in (*SECTIONS.values(), *(kind.slug for kind in KINDS))
)
"""Every rule this module can find by."""


def omissions(snapshot: Frames, frames: Frames, collection: Collection) -> pd.DataFrame:
    """Return a FINDING frame of the differences between a return and what ought to be in it.

    Args:
        snapshot: the tables of `schemas.canonical` that the return was made from.
        frames: the return.
        collection: the census day and its windows.

    A pupil who is missing is one finding and not one for each of their rows, except for suspensions: one may be the
    only reason why a leaver belongs in the return.
    """
    standing = standings(snapshot, collection)
    ought = {ON_ROLL: _those(standing, ON_ROLL), OFF_ROLL: _those(standing, OFF_ROLL)}
    listed = {section: _listed(frames, section) for section in SECTIONS}
    hits = [*_people(ought, listed, _said_on_the_day(frames))]
    known = {pupil for pupil, each in standing.items() if not each.guest}
    returned = frozenset().union(*listed.values())
    expected = _pieces(snapshot, {pupil: standing[pupil] for pupil in known}, collection)
    for kind in KINDS:
        about = known if kind.slug == "suspension" else known & returned
        hits += _rows(kind, expected[kind.slug], _found(frames, kind), about, returned)
    return as_findings(hits, catalogue(collection.academic_year))


def _those(standing: Mapping[str, Standing], section: str) -> frozenset[str]:
    return frozenset(
        pupil for pupil, each in standing.items() if (each.on_roll if section == ON_ROLL else each.no_longer_on_roll)
    )


def _listed(frames: Frames, section: str) -> frozenset[str]:
    pupils = frames["pupil"]
    return frozenset(pupils.loc[(pupils["section"] == section).astype(bool), "pupil_id"])


def _said_on_the_day(frames: Frames) -> frozenset[str]:
    return frozenset(pupil for name in _SAID_ON_THE_DAY for pupil in frames[name]["pupil_id"])


def _people(
    ought: Mapping[str, frozenset[str]], listed: Mapping[str, frozenset[str]], said: frozenset[str]
) -> Iterator[Hit]:
    for section, slug in SECTIONS.items():
        yield from (Hit(f"L-omitted-{slug}", "pupil", pupil) for pupil in ought[section] - listed[section])
        excused = said if section == OFF_ROLL else frozenset()
        yield from (Hit(f"L-unexpected-{slug}", "pupil", pupil) for pupil in listed[section] - ought[section] - excused)


def _rows(
    kind: Kind, expected: Counter[Piece], found: Counter[Piece], about: Iterable[str], returned: frozenset[str]
) -> Iterator[Hit]:
    pupils = frozenset(about)
    missing, extra = expected - found, found - expected
    yield from (Hit(f"L-omitted-{kind.slug}", kind.table, *piece) for piece in missing if piece.pupil_id in pupils)
    yield from (
        Hit(f"L-unexpected-{kind.slug}", kind.table, *piece) for piece in extra if piece.pupil_id in pupils & returned
    )


def _found(frames: Frames, kind: Kind) -> Counter[Piece]:
    frame = frames[kind.table]
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in kind.columns]
    keys = zip(*columns, strict=True)
    return Counter(Piece(str(pupil), _key(*parts)) for pupil, parts in zip(frame["pupil_id"], keys, strict=True))


def _pieces(snapshot: Frames, standing: Mapping[str, Standing], collection: Collection) -> Mapping[str, Counter[Piece]]:
    """Return the rows that ought to be there, by kind. Nurseries report meals only."""
    nursery = snapshot["school"]["phase"].iloc[0] == _NURSERY
    away = {"suspension": Counter[Piece](), "attendance": Counter[Piece](), "ap-placement": Counter[Piece]()}
    meals = {"fsm": Counter(_meals(snapshot, standing, collection))}
    if nursery:
        return away | meals
    return meals | {
        "suspension": Counter(_suspensions(snapshot, standing, collection)),
        "attendance": Counter(_periods(snapshot, standing, collection)),
        "ap-placement": Counter(_placements(snapshot, standing, collection)),
    }


def _suspensions(snapshot: Frames, standing: Mapping[str, Standing], collection: Collection) -> Iterator[Piece]:
    for pupil, rows in by_pupil(snapshot, "suspension").items():
        if pupil in standing:
            for row in suspensions(rows, collection):
                yield Piece(pupil, _key(row["start_date"], row["category"]))


def _periods(snapshot: Frames, standing: Mapping[str, Standing], collection: Collection) -> Iterator[Piece]:
    for period, window in collection.attendance.items():
        for pupil in marked(snapshot, window):
            if pupil in standing and standing[pupil].attends:
                yield Piece(pupil, period)


def _meals(snapshot: Frames, standing: Mapping[str, Standing], collection: Collection) -> Iterator[Piece]:
    for pupil, rows in by_pupil(snapshot, "fsm").items():
        if pupil in standing and standing[pupil].on_roll:
            for row in rows:
                if row["category"] != _LOCAL_SCHEME and touches(row["start_date"], row["end_date"], collection.fsm):
                    yield Piece(pupil, _key(row["start_date"]))


def _placements(snapshot: Frames, standing: Mapping[str, Standing], collection: Collection) -> Iterator[Piece]:
    for pupil, rows in by_pupil(snapshot, "ap_placement").items():
        if pupil in standing:
            for row in placements(rows, collection, standing[pupil].left):
                yield Piece(pupil, _key(row["start_date"]))


def _key(*parts: object) -> str:
    """Name a row as the engine names it: its distinguishing columns with spaces between."""
    return " ".join("" if part is None else str(part) for part in parts).strip()

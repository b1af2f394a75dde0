"""Pupils who have left, for the request that a supplier delete them.

Belongs here: the dataset `former`. It has ids only, and everybody who ever left: `exports.told` leaves in it whom the
recipient was told of and has not been asked to delete yet, so that no leaver falls between two windows and nobody is
named to a supplier who never had them.
"""

from typing import Final

import pandas as pd

from schemas.asat import as_at, spells
from schemas.canonical import CANONICAL
from schemas.feeds.dataset import Dataset, Reads, Taking
from schemas.feeds.roster_ids import RosterIds
from schemas.table import Frames, Sensitivity, Table, date, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL

FORMER = Table(
    "former",
    "one pupil who has left the roll",
    (
        text("pupil_id", REF, "The MIS's own id of the pupil", required=True),
        text("urn", REF, "URN of the school", "200003", required=True),
        text("upn", IDENT, "UPN on the last day, by which the disclosure is found again; no supplier may be told it"),
        text("sourced_id", PERS, "Id of the pupil in a roster", required=True),
        date("leaving_date", PERS, "Last day on roll", "100064"),
    ),
    key=("pupil_id",),
)
_NEEDS: Final = ("school", "upn", "enrolment", "enrol_status")


def former(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return everybody who left before the day and is not on roll on it; records set apart too, for theirs must go."""
    _, left = spells(snapshot, taking.as_at)
    gone = left.sort_values("pupil_id").reset_index(drop=True)
    at = RosterIds(str(snapshot["school"]["urn"].iloc[0]))
    columns = {
        "pupil_id": gone["pupil_id"],
        "urn": [at.urn] * len(gone),
        "upn": as_at(snapshot["upn"], gone)["upn"],
        "sourced_id": at.of("pupil", gone["pupil_id"]),
        "leaving_date": gone["leaving_date"],
    }
    return {FORMER.name: FORMER.frame(columns)}


def reads(_fields: frozenset[str]) -> Reads:
    """Return what is asked of the MIS, whatever an agreement names: who was on roll when, and nothing of a person."""
    whole = {name: frozenset(CANONICAL[name].names) for name in _NEEDS}
    return whole | {"pupil": frozenset({"pupil_id", "source"})}


DATASETS: Final = (
    Dataset(
        "former",
        "the pupils who have left, of whom the recipient was told before",
        (FORMER,),
        former,
        reads,
        event_day="former.leaving_date",
        of_known=True,
    ),
)

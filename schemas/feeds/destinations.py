"""What pupils mean to do next, as the authority may ask for it: Education and Skills Act 2008, sections 14 and 72.

Belongs here: the dataset `next_step` (September guarantee, intended destinations) and the split of the two sections.
Name, address and date of birth, and a parent's name and address, may not be refused; everything else held is withheld
where a parent (under sixteen) or the pupil (from sixteen) has said so. A refusal recorded before the sixteenth birthday
is a parent's and holds on until the pupil has been asked (ADR 0028). The authority's own return to the Department is no
business of a school's.
"""

from typing import Final

import pandas as pd

from schemas.asat import row_of, spells
from schemas.canonical import CANONICAL
from schemas.dates import certain
from schemas.feeds import people
from schemas.feeds.dataset import Dataset, Reads, Taking
from schemas.feeds.people import PERS, ROLL
from schemas.school_age import birthday
from schemas.table import Column, Frames, Table, boolean, date, text

PARENTS_WORD_UNTIL: Final = 16
REFUSED_IN_MIS: Final = "No"
"""Codeset YSSA: the pupil, or a parent, does not agree to sharing with youth support services."""

_PARENTS: Final = tuple(
    f"contact{n}_{part}"
    for n in (1, 2, 3)
    for part in ("title", "forename", "surname", "address", "lives_with_pupil", "parental_responsibility")
)
"""One is told; the others are there for an agreement under which the first does not count as a parent."""
_BASIC: Final = tuple(
    ROLL[name]
    for name in (
        "pupil_id", "urn", "school_name", "surname", "forename", "middle_names", "dob", "nc_year", "line1", "line2",
        "town", "postcode", *_PARENTS,
    )
)  # fmt: skip
"""What may not be refused, and what only says which pupils the list is of."""
_OTHER_HELD: Final[tuple[Column, ...]] = (
    *(
        ROLL[name]
        for name in (
            "upn", "uln", "sex", "registration_group", "email", "phone", "contact1_relationship", "contact1_email",
            "contact1_phone", "ethnicity", "language", "sen_provision", "in_care",
        )
    ),
    text("activity", PERS, "What the pupil means to do, as the school says it"),
    text("provider", PERS, "Who offers it"),
    text("course", PERS, "What is studied or done"),
    text("level", PERS, "Its level"),
    boolean("offer", PERS, "An offer has been made (September guarantee)"),
    date("recorded_date", PERS, "Day the intention was recorded"),
)  # fmt: skip
"""The third class: withheld, each to an empty cell, where it was refused."""

NEXT_STEP = Table(
    "next_step",
    "one pupil on roll with what they mean to do next",
    (
        *_BASIC,
        *_OTHER_HELD,
        boolean("refused", PERS, "All but the basic details was refused, and is empty here"),
        text("refused_by", PERS, "parent or pupil; ask = a parent's refusal from before the pupil turned sixteen"),
    ),
    key=("pupil_id",),
)


def next_steps(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return everybody on roll; an agreement's population says which year groups the authority asks for."""
    present, _ = spells(snapshot, taking.as_at)
    who = people.people(snapshot, present)
    intended = row_of(snapshot["intended_destination"], who).drop(columns="source")
    refused = certain(intended["sharing_refused"]) | certain(who["yssa"] == REFUSED_IN_MIS)
    told = who.assign(
        **{str(name): intended[name] for name in intended},
        refused=refused,
        refused_by=_who_refused(who["dob"], intended["recorded_date"], taking).where(refused),
    )
    withheld = {column.name: told[column.name].mask(refused) for column in _OTHER_HELD}
    return {NEXT_STEP.name: people.rows(NEXT_STEP, told.assign(**withheld))}


def _who_refused(born: pd.Series, recorded: pd.Series, taking: Taking) -> pd.Series:
    """Say whose a refusal is: the parent's under sixteen, the pupil's if recorded from the birthday on, else ask."""
    words = []
    for dob, day in zip(born, recorded, strict=True):
        if pd.isna(dob):
            words.append("ask")
        elif (sixteenth := birthday(dob, PARENTS_WORD_UNTIL)) > taking.as_at:
            words.append("parent")
        else:
            words.append("pupil" if not pd.isna(day) and day >= sixteenth else "ask")
    return pd.Series(words, index=born.index, dtype=NEXT_STEP["refused_by"].dtype)


def _reads(fields: frozenset[str]) -> Reads:
    wanted = people.reads(fields)
    wanted["pupil"] |= {"yssa"}
    return {**wanted, "intended_destination": frozenset(CANONICAL["intended_destination"].names)}


DATASETS: Final = (
    Dataset(
        NEXT_STEP.name,
        "the pupils on roll and what they mean to do next; all but the basic details is left out where it was refused",
        (NEXT_STEP,),
        next_steps,
        _reads,
    ),
)

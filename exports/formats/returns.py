"""Returns that a school makes of single pupils: what a reader cannot do without, found before anything is sent.

Belongs here: the checks of the profile `pupil_return`, in any format of file. What one recipient's software refuses
is a profile of its own. A value is never altered, and a row never left out: whoever must be told of is told of, and the
gap is put right in the MIS or explained under the signature. That a return is late is no problem here, or it would be
later still: its column says so, and with it the ledger.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from exports.formats.problems import Problem
from exports.terms import Agreement
from schemas.dates import certain
from schemas.feeds.results import EYFSP, KEY_STAGE_2, PHONICS
from schemas.table import Frames

LONGEST_NAME: Final = 35
"""Characters of a name in a transfer file (facts ctf.md section 5): what authorities' systems hold."""
_NAMES: Final = ("surname", "forename")
_HOME: Final = (*_NAMES, "line1", "postcode")

NEEDED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "joiner": (*_HOME, "sex", "dob", "entry_date"),
        "leaver": (*_HOME, "leaving_date", "removal_ground"),
        "absence": _HOME,
        "sickness": _HOME,
        "suspension_notice": (*_NAMES, "dob", "category", "start_date", "reason1"),
        "next_step": (*_HOME, "dob", "contact1_surname"),
        "roll": (*_NAMES, "dob", "upn"),
        EYFSP.name: (*_NAMES, "upn", *EYFSP.columns),
        PHONICS.name: (*_NAMES, "upn", "outcome"),
        KEY_STAGE_2.name: (*_NAMES, "upn", "writing", "science"),
    },
)
"""Columns without which a row of a dataset says too little; judged only where the agreement sends them."""

_ASK: Final = "ask"
"""A parent's refusal from before the pupil turned sixteen (`schemas.feeds.destinations`)."""


def mismatches(agreement: Agreement) -> Iterator[str]:
    """Yield what in an agreement the checks could say nothing of."""
    needed = NEEDED.get(agreement.dataset)
    if agreement.dataset and needed is None:
        yield f"the profile pupil_return has no checks for the dataset {agreement.dataset}"
    named = {line.column for line in agreement.lines if line.table == agreement.dataset}
    if missing := [name for name in needed or () if name in _NAMES and name not in named]:
        yield f"a return names its pupils: it needs {', '.join(f'{agreement.dataset}.{name}' for name in missing)}"


def problems(frames: Frames, agreement: Agreement) -> tuple[Problem, ...]:
    """Return every gap, name and date that somebody has to look at, column by column."""
    frame = frames[agreement.dataset]
    needed = [name for name in NEEDED[agreement.dataset] if name in frame]
    return (
        *(problem for name in needed for problem in _gaps(frame, agreement, name)),
        *(problem for name in _NAMES if name in frame for problem in _names(frame, agreement, name)),
        *_to_ask(frame, agreement),
    )


def _gaps(frame: pd.DataFrame, agreement: Agreement, name: str) -> Iterator[Problem]:
    for pupil in frame.loc[frame[name].isna(), "pupil_id"]:
        yield Problem(f"{agreement.dataset}.{name}", str(pupil), "enter it: the return needs it")


def _names(frame: pd.DataFrame, agreement: Agreement, name: str) -> Iterator[Problem]:
    for pupil, written in zip(frame["pupil_id"], frame[name], strict=True):
        if not pd.isna(written) and (message := _name(written)):
            yield Problem(f"{agreement.dataset}.{name}", str(pupil), message)


def _name(written: str) -> str | None:
    if len(written) > LONGEST_NAME:
        return f"shorten it to {LONGEST_NAME} characters, or ask how the authority writes it"
    if not written.isprintable():
        return "take out line ends, tabs and characters that do not show"
    if not any(letter.isalpha() for letter in written):
        return "a name has at least one letter"
    return None


def _to_ask(frame: pd.DataFrame, agreement: Agreement) -> Iterator[Problem]:
    if "refused_by" not in frame:
        return
    for pupil in frame.loc[certain(frame["refused_by"] == _ASK), "pupil_id"]:
        message = "a parent refused before the pupil turned sixteen: ask the pupil, and record the answer"
        yield Problem(f"{agreement.dataset}.refused_by", str(pupil), message)

"""From a snapshot to a return as at census day.

Belongs here: the order of the work and the header. Who is in it is `membership`; the items
are `pupils`, `blocks`, `attendance`, `post16` and `school_blocks`. Does not belong here: judging the return (rules),
rendering it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from schemas.boundary import conforms
from schemas.census.attendance import attendance
from schemas.census.blocks import (
    ap_placements,
    exclusions,
    fsm_periods,
    funding_bases,
    learner_fams,
    learner_supports,
    sen_needs,
)
from schemas.census.collection import Collection
from schemas.census.defaults import Default, Defaults
from schemas.census.membership import candidates, off_roll_grounds
from schemas.census.post16 import Aims, aims
from schemas.census.pupils import identified, pupil_table
from schemas.census.school_blocks import school_blocks
from schemas.census.scope import scope
from schemas.census.supplement import SUPPLEMENT
from schemas.census.tables import CENSUS, HEADER, OFF_ROLL, ON_ROLL
from schemas.table import Frames


class Software(NamedTuple):
    """What made the file: the header's SoftwareCode, Release and Xversion."""

    code: str
    release: str
    version: str


@dataclass(frozen=True)
class Conformed:
    """A return as at census day.

    Attributes:
        frames: every table of `schemas.census.tables.CENSUS`.
        defaults: what stands in for missing rows, counted.
        unmatched_lines: on-the-day lines whose UPN is nobody's in the return.
        not_taken: fields that the school file gave and the school's phase or the term does not ask for.

    """

    frames: Mapping[str, pd.DataFrame]
    defaults: tuple[Default, ...]
    unmatched_lines: int
    not_taken: tuple[str, ...] = ()


def conform(
    snapshot: Frames,
    collection: Collection,
    *,
    supplement: pd.DataFrame | None,
    school_file: Frames | None = None,
    serial_no: int,
    date_time: str,
    software: Software,
) -> Conformed:
    """Return the census return of one school, each item as at census day.

    Args:
        snapshot: the tables of `schemas.canonical` of one school.
        collection: which census.
        supplement: the on-the-day file (`read_supplement`); None when there is none, and its items stay null.
        school_file: the school file (`read_school_file`); None when there is none, and its items stay null.
        serial_no: versions handed over so far plus one.
        date_time: end of the snapshot, YYYY-MM-DDThh:mm:ss.
        software: what made the file.

    Raises:
        PhaseUnknown: the school has no phase of the school census.
        ContractBroken: a table made here is not what it is declared to be.

    """
    asked = scope(collection, snapshot["school"]["phase"].iloc[0])
    everybody = identified(snapshot, asked.pupils(candidates(snapshot, collection), "pupil"), collection)
    lines = _lines(everybody, supplement)
    found = aims(snapshot, everybody, asked, collection)
    defaults = Defaults()
    blocks = {
        "exclusion": exclusions(snapshot, everybody, asked, collection, defaults),
        "ap_placement": ap_placements(snapshot, everybody, asked, collection, defaults),
        "learner_fam": learner_fams(lines, everybody, asked),
        "learner_support": learner_supports(lines, everybody, asked),
    }
    who = _reported(everybody, collection, blocks, found)
    sessions, details = attendance(snapshot, who, asked, collection)
    pupils = pupil_table(
        snapshot, who, asked, collection, lines=lines, with_aims=found.learning["pupil_id"], defaults=defaults
    )
    of_school = school_blocks(snapshot, school_file, asked)
    frames = {
        **of_school.frames,
        "header": _header(snapshot, collection, serial_no, date_time, software),
        "pupil": pupils,
        "fsm_period": fsm_periods(snapshot, who, asked, collection, defaults),
        "funding_basis": funding_bases(snapshot, pupils, collection),
        "sen_need": sen_needs(snapshot, pupils, asked, collection),
        "attendance": sessions,
        "session_detail": details,
        "programme_aim": found.programmes,
        "learning_aim": found.learning,
        "work_placement": found.placements,
        **blocks,
    }
    checked = {name: conforms(frames[name], table) for name, table in CENSUS.items()}
    return Conformed(checked, defaults.applied, _unmatched(supplement, pupils), of_school.not_taken)


def _reported(everybody: pd.DataFrame, collection: Collection, blocks: Frames, found: Aims) -> pd.DataFrame:
    leavers = everybody[everybody["section"] == OFF_ROLL]
    grounds = off_roll_grounds(
        leavers,
        collection,
        excluded=blocks["exclusion"]["pupil_id"],
        with_aims=found.programmes["pupil_id"],
        with_fam=blocks["learner_fam"]["pupil_id"],
        with_support=blocks["learner_support"]["pupil_id"],
        placed=blocks["ap_placement"]["pupil_id"],
    )
    kept = [everybody[everybody["section"] == ON_ROLL], leavers[grounds.any(axis=1)]]
    return pd.concat(kept, ignore_index=True)


def _lines(everybody: pd.DataFrame, supplement: pd.DataFrame | None) -> pd.DataFrame:
    given = SUPPLEMENT.empty() if supplement is None else supplement
    return given.merge(everybody.loc[everybody["upn"].notna(), ["pupil_id", "upn"]], on="upn")


def _unmatched(supplement: pd.DataFrame | None, pupils: pd.DataFrame) -> int:
    return 0 if supplement is None else int((~supplement["upn"].isin(pupils["upn"])).sum())


def _header(
    snapshot: Frames, collection: Collection, serial_no: int, date_time: str, software: Software
) -> pd.DataFrame:
    school = snapshot["school"]
    return HEADER.frame(
        {
            "collection": ["SC"],
            "term": [collection.term_code],
            "year": [collection.reference_date.year],
            "reference_date": [collection.reference_date],
            "source_level": ["S"],
            "lea": school["la_number"],
            "estab": school["estab"],
            "urn": school["urn"],
            "software_code": [software.code],
            "release": [software.release],
            "xversion": [software.version],
            "serial_no": [serial_no],
            "date_time": [date_time],
        },
    )

"""From a snapshot to a return as at census day.

Belongs here: the order of the work and the tables of one row (header, school). Who is in it is `membership`; the items
are `pupils`, `blocks`, `attendance` and `post16`. Does not belong here: judging the return (rules), rendering it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from schemas.boundary import conforms
from schemas.census.attendance import attendance
from schemas.census.blocks import ap_placements, exclusions, fsm_periods, funding_bases, learner_fams, sen_needs
from schemas.census.collection import Collection
from schemas.census.defaults import Default, Defaults
from schemas.census.membership import candidates, off_roll_grounds
from schemas.census.post16 import Aims, aims
from schemas.census.pupils import identified, pupil_table
from schemas.census.scope import scope
from schemas.census.supplement import SUPPLEMENT
from schemas.census.tables import CENSUS, HEADER, OFF_ROLL, ON_ROLL, SCHOOL, SCHOOL_BLOCKS
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

    """

    frames: Mapping[str, pd.DataFrame]
    defaults: tuple[Default, ...]
    unmatched_lines: int


def conform(
    snapshot: Frames,
    collection: Collection,
    *,
    supplement: pd.DataFrame | None,
    serial_no: int,
    date_time: str,
    software: Software,
) -> Conformed:
    """Return the census return of one school, each item as at census day.

    Args:
        snapshot: the tables of `schemas.canonical` of one school.
        collection: which census.
        supplement: the on-the-day file (`read_supplement`); None when there is none, and its items stay null.
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
        "learner_support": CENSUS["learner_support"].empty(),
    }
    who = _reported(everybody, collection, blocks, found)
    sessions, details = attendance(snapshot, who, asked, collection)
    pupils = pupil_table(
        snapshot, who, asked, collection, lines=lines, with_aims=found.learning["pupil_id"], defaults=defaults
    )
    frames = {
        **{name: CENSUS[name].empty() for name in SCHOOL_BLOCKS},
        "header": _header(snapshot, collection, serial_no, date_time, software),
        "school": _school(snapshot),
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
    return Conformed(checked, defaults.applied, _unmatched(supplement, pupils))


def _reported(everybody: pd.DataFrame, collection: Collection, blocks: Frames, found: Aims) -> pd.DataFrame:
    leavers = everybody[everybody["section"] == OFF_ROLL]
    grounds = off_roll_grounds(
        leavers,
        collection,
        excluded=blocks["exclusion"]["pupil_id"],
        with_aims=found.programmes["pupil_id"],
        with_fam=blocks["learner_fam"]["pupil_id"],
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


def _school(snapshot: Frames) -> pd.DataFrame:
    named = snapshot["school"].rename(columns={"name": "school_name", "phone": "phone_no"})
    return SCHOOL.frame({name: named[name] for name in SCHOOL.names if name in named})

"""A school's own codes: what they are in ours, and which of them nobody has said.

Belongs here: translating canonical columns that hold codes by the school's own maps, and finding codes that are in no
code set. A code that is not known stays as it is and becomes a finding, with the map as the place to put it right; it
is never taken for another, and never for "other". Where maps are kept is `pipelines.trust`; a vendor's own first
set-up is its connector's.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from schemas.canonical import CANONICAL
from schemas.census.hits import Hit
from schemas.codesets import codeset
from schemas.table import Frames, Kind

RULE: Final = "L-own-code"
SHORT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"sex": frozenset("MF"), "category": frozenset({"TFSM", "EFSM", "LOCAL"}), "session": frozenset({"AM", "PM"})}
)
"""Codes that are in no file of code sets."""
_SHORT_OF: Final = (("pupil", "sex"), ("fsm", "category"), ("attendance_mark", "session"))
_NAMED: Final = re.compile(r"[Cc]odeset (\w+)")


@cache
def coded() -> Mapping[tuple[str, str], str]:
    """Return (canonical table, column) -> the code set that its description names, or one of `SHORT`."""
    named = {
        (table.name, column.name): found[1]
        for table in CANONICAL.values()
        for column in table.columns
        if column.kind is Kind.TEXT and (found := _NAMED.search(column.description))
    }
    return MappingProxyType(named | dict(zip(_SHORT_OF, SHORT, strict=True)))


def translated(frames: Frames, maps: Mapping[str, Mapping[str, str]]) -> Frames:
    """Return tables with the school's own codes in ours, by the maps that are named for a column (`fsm.category`)."""
    made = dict(frames)
    for name, ours in maps.items():
        table, _, column = name.partition(".")
        if table in made and column in made[table] and CANONICAL[table][column].kind is Kind.TEXT:
            held = made[table][column]
            known = held.map(lambda code, ours=ours: ours.get(code, code), na_action="ignore").astype(held.dtype)
            made[table] = made[table].assign(**{column: known})
    return made


def unknown(frames: Frames) -> list[Hit]:
    """Return one hit for each pupil and column with a code that is in no code set; the row's key names the map."""
    hits = []
    for (table, column), name in coded().items():
        frame = frames.get(table)
        if frame is None or "pupil_id" not in frame:
            continue
        strange = frame[frame[column].notna() & ~frame[column].isin(list(_members(name)))]
        hits += [Hit(RULE, "pupil", pupil, f"{table}.{column}") for pupil in strange["pupil_id"].dropna().unique()]
    return hits


@cache
def _members(name: str) -> frozenset[str]:
    return SHORT[name] if name in SHORT else frozenset(codeset(name))

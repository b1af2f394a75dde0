"""What to ask of the MIS: only what an agreement in the trust folder, or the census, needs.

Belongs here: from agreement lines to canonical tables and columns. How a MIS is asked is its connector's business.
Remove an agreement and its columns are no longer read.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from connectors.mis import Plan
from exports.agreements import Agreement
from schemas.canonical import CANONICAL
from schemas.census.collection import Collection
from schemas.census.layout import layout
from schemas.census.tables import CENSUS

_ALWAYS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {name: frozenset(CANONICAL[name].names) for name in ("school", "upn", "enrolment", "enrol_status", "nc_year")},
)
"""Needed to know who is on roll on a day, whatever a recipient gets."""

_BY_FEED_COLUMN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "registration_group": "registration_group",
        "boarder": "boarding",
        **dict.fromkeys(("line1", "line2", "town", "postcode"), "address"),
        "court_order": "contact",
    },
)
"""Which canonical table a feed column that is not the pupil's own comes from; `contact1_...` is `contact`."""

_NOT_IN_CENSUS: Final = frozenset({"contact"})
_ONE_TERM_ONLY: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("sen_need", "young_carer"), "S"),
        **dict.fromkeys(("post16_year", "programme_aim", "learning_aim", "work_placement"), "A"),
    },
)
"""Canonical tables whose items the layout has in one term alone; in the others they are not read."""
_PUPIL_ALWAYS: Final = frozenset({"pupil_id", "source", "dob"})


def census_plan(collection: Collection) -> Plan:
    """Every table that the census of this term reads, with attendance of its reported periods.

    Registration groups are in no return; the desk lists findings by them.
    """
    wanted = {
        name: frozenset(table.names)
        for name, table in CANONICAL.items()
        if name not in _NOT_IN_CENSUS and _ONE_TERM_ONLY.get(name, collection.term) == collection.term
    }
    asked = {item.column for item in layout(collection.academic_year).for_term(collection.term).items}
    wanted["pupil"] -= {
        name for name in wanted["pupil"] if name in CENSUS["pupil"] and name not in asked | _PUPIL_ALWAYS
    }
    windows = collection.attendance.values()
    return Plan(wanted, min(w.start for w in windows), max(w.end for w in windows))


def feed_plan(agreements: Iterable[Agreement], as_at: dt.date) -> Plan:
    """The tables and pupil columns that these agreements' lines come from; no attendance."""
    columns = {field.partition(".")[2] for agreement in agreements for field in _fields(agreement)}
    tables = {_table_of(column) for column in columns} - {None}
    wanted = dict(_ALWAYS) | {name: frozenset(CANONICAL[name].names) for name in tables if name is not None}
    wanted["pupil"] = _PUPIL_ALWAYS | {name for name in columns if name in CANONICAL["pupil"]}
    return Plan(wanted, as_at, as_at)


def _fields(agreement: Agreement) -> Iterable[str]:
    yield from (line.field for line in agreement.lines)
    if agreement.court_order == "contacts_withheld":
        yield f"{agreement.dataset}.court_order"


def _table_of(column: str) -> str | None:
    return "contact" if column.startswith("contact") else _BY_FEED_COLUMN.get(column)

"""What to ask of the MIS: only what an agreement in the trust folder, or the census, needs.

Belongs here: from agreement lines to canonical tables and columns, and from what a MIS does not give back to the
agreement or the block of a return that is then without it. How a MIS is asked is its connector's business.
Remove an agreement and its columns are no longer read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from connectors.availability import Grant, Origin, Origins, worst
from connectors.mis import Plan
from exports.agreements import Agreement
from exports.populations import needs
from schemas.canonical import CANONICAL, FEEDS_ONLY
from schemas.census.collection import Collection
from schemas.census.layout import layout
from schemas.census.tables import CENSUS
from schemas.feeds import DATASETS
from schemas.feeds.dataset import Reads, Taking
from schemas.mis_flags import reads

_ONE_TERM_ONLY: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("sen_need", "young_carer"), "S"),
        **dict.fromkeys(("post16_year", "programme_aim", "learning_aim", "work_placement"), "A"),
    },
)
"""Canonical tables whose items the layout has in one term alone; in the others they are not read."""
_PUPIL_ALWAYS: Final = frozenset({"pupil_id", "source", "dob"})


def census_plan(collection: Collection, flags: Iterable[str] = ()) -> Plan:
    """Every table that the census of this term reads, with attendance of its reported periods.

    Registration groups are in no return; the desk lists findings by them. Flags that protect a pupil are not either.
    """
    wanted = {
        name: columns
        for name, table in CANONICAL.items()
        if (columns := frozenset(table.names) - FEEDS_ONLY.get(name, frozenset()))
        and _ONE_TERM_ONLY.get(name, collection.term) == collection.term
    }
    asked = {item.column for item in layout(collection.academic_year).for_term(collection.term).items}
    wanted["pupil"] -= {
        name for name in wanted["pupil"] if name in CENSUS["pupil"] and name not in asked | _PUPIL_ALWAYS
    }
    windows = collection.attendance.values()
    return Plan(
        _with_protection(wanted, flags, consent=False), min(w.start for w in windows), max(w.end for w in windows)
    )


def feed_plan(due: Sequence[tuple[Agreement, Taking]], flags: Iterable[str] = ()) -> Plan:
    """The tables and columns that the lines of these agreements come from, with the attendance their datasets need."""
    wanted: dict[str, frozenset[str]] = {}
    windows = []
    for agreement, taking in due:
        dataset = DATASETS[agreement.dataset]
        for name, columns in dataset.reads(_fields(agreement)).items():
            wanted[name] = wanted.get(name, frozenset()) | columns
        if dataset.marks is not None:
            windows.append(dataset.marks(taking))
    days = windows or [(taking.as_at, taking.as_at) for _, taking in due]
    consent = any(agreement.consent_purpose for agreement, _ in due)
    return Plan(
        _with_protection(wanted, flags, consent=consent), min(first for first, _ in days), max(last for _, last in days)
    )


def _fields(agreement: Agreement) -> frozenset[str]:
    """Return what the agreement sends and what its population is judged by."""
    judged_by = (f"{agreement.dataset}.{column}" for column in needs(agreement))
    return frozenset((*agreement.fields, *judged_by))


def _with_protection(wanted: Mapping[str, frozenset[str]], flags: Iterable[str], *, consent: bool) -> Reads:
    """Add what says whom a file may not tell of, whatever it tells."""
    asked = dict(wanted)
    for name, columns in reads(flags, consent=consent).items():
        asked[name] = asked.get(name, frozenset()) | columns
    return asked


@dataclass(frozen=True, slots=True)
class Use:
    """What one agreement, or one block of a return, needs of the MIS.

    Attributes:
        name: the agreement's id, or the block.
        tables: canonical table -> columns.

    """

    name: str
    tables: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Loss:
    """A column that one use would be without.

    Attributes:
        use: the agreement's id, or the block of the return.
        table: canonical table.
        column: its column.
        meaning: what it is, for a data manager.
        grant: why it is lost, or not known.
        properties: in the MIS, as `Entity.property`.

    """

    use: str
    table: str
    column: str
    meaning: str
    grant: Grant
    properties: tuple[str, ...]


def census_uses(plan: Plan) -> tuple[Use, ...]:
    """Return the blocks of a return, each with the tables that it is made of."""
    blocks: dict[str, dict[str, frozenset[str]]] = {}
    for table, columns in plan.tables.items():
        blocks.setdefault(_BLOCKS.get(table, "pupils"), {})[table] = columns
    return tuple(Use(f"census: {name}", tables) for name, tables in sorted(blocks.items()))


def feed_uses(due: Sequence[tuple[Agreement, Taking]], flags: Iterable[str] = ()) -> tuple[Use, ...]:
    """Return the agreements that are due, each with the tables that it alone is made of."""
    told = tuple(flags)
    return tuple(Use(agreement.id, feed_plan([(agreement, taking)], told).tables) for agreement, taking in due)


def losses(uses: Iterable[Use], origins: Origins, grants: Mapping[Origin, Grant]) -> tuple[Loss, ...]:
    """Return what each use would be without: properties that are not given, or not known to be."""
    return tuple(
        Loss(use.name, table, column, CANONICAL[table][column].description, grant, _named(origin))
        for use in uses
        for table, columns in sorted(use.tables.items())
        for column in CANONICAL[table].names
        if column in columns - _KEYS
        and (origin := origins.get((table, column), frozenset[Origin]()))
        and (grant := worst(origin, grants)) is not Grant.READ
    )


def _named(origins: frozenset[Origin]) -> tuple[str, ...]:
    return tuple(sorted(f"{entity}.{name}" for entity, name in origins))


_KEYS: Final = frozenset({"pupil_id", "source"})
_BLOCKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "school": "school", "address": "addresses", "fsm": "free school meals", "sen_status": "SEN",
        "sen_need": "SEN", "attendance_mark": "attendance", "suspension": "suspensions and exclusions",
        "service_child": "funding and monitoring", "young_carer": "funding and monitoring",
        "in_care": "funding and monitoring", "top_up": "funding and monitoring", "eypp": "early years",
        "two_year_basis": "early years", "post16_year": "post-16", "programme_aim": "post-16",
        "learning_aim": "post-16", "work_placement": "post-16", "ap_entry": "alternative provision",
        "ap_placement": "alternative provision", "contact": "protection flags of the MIS",
    },
)  # fmt: skip
"""Which block of a return a canonical table feeds; the others say who the pupils are and where they stand."""

"""What a source is: one entity whose rows become rows of one canonical table.

Belongs here: the types, and the paths of dates. The sources themselves are `sources` (what a census reads) and
`sources_background` (what only feeds read).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from connectors.arbor.shapes import Shape, as_it_is
from connectors.mis import Plan
from schemas.canonical import CANONICAL


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of another entity that a shape looks up, and the columns for whose sake they are read."""

    entity: str
    feeds: frozenset[str]
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """One entity whose rows become rows of one canonical table; a table may have several.

    Attributes:
        table: canonical table.
        entity: entity that has a row for each row.
        pupil: path to the pupil, or None (a table about the school).
        columns: canonical column (or "_name" for the shape) -> path.
        shape: what happens to the rows then.
        joins: by name, what the shape looks up.
        made: columns that the shape makes, beside those with a path.
        fields: of the school's own fields, our name -> the column that comes from it.

    """

    table: str
    entity: str
    pupil: str | None
    columns: Mapping[str, str]
    shape: Shape = as_it_is
    joins: Mapping[str, Join] = field(default_factory=dict)
    made: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)

    def wanted(self, plan: Plan) -> dict[str, str]:
        """Return the paths that the plan needs: its columns, the required ones, and the shape's own."""
        asked, table = plan.tables[self.table], CANONICAL[self.table]
        return {
            name: path
            for name, path in self.columns.items()
            if name.startswith("_") or name in asked or name in _ALWAYS or table[name].required
        }

    def joined(self, plan: Plan) -> dict[str, Join]:
        """Return the joins that the plan needs."""
        asked = plan.tables[self.table] | {column.name for column in CANONICAL[self.table].columns if column.required}
        return {name: joined for name, joined in self.joins.items() if joined.feeds & asked}

    def own_fields(self, plan: Plan) -> frozenset[str]:
        """Return our names of the school's own fields that the plan needs."""
        return frozenset(name for name, feeds in self.fields.items() if feeds in plan.tables[self.table])


_ALWAYS: Final = frozenset({"start_date", "end_date"})
"""Without its dates a row would seem to hold for ever."""
DATES: Final = {"start_date": "startDate", "end_date": "endDate"}
EFFECTIVE: Final = {"start_date": "effectiveDate", "end_date": "endDate"}


def join(entity: str, feeds: str, **paths: str) -> Join:
    """Declare a join; `feeds` names columns with spaces between."""
    return Join(entity, frozenset(feeds.split()), MappingProxyType(paths))


OWN_FIELD: Final = {"owner": "entity", "field": "userDefinedField.identifier", "value": "value"}
"""Paths of a value of the school's own field."""
REACHED: Final[Mapping[str, Join]] = MappingProxyType(
    {
        "emails": join("EmailAddress", "email", owner="emailAddressOwner", value="emailAddress", order="dataOrder"),
        "phones": join(
            "TelephoneNumber", "phone phone2", owner="numberOwner", value="number", order="telephoneNumberRanking"
        ),
    },
)
"""How somebody is reached; a shape takes the first."""

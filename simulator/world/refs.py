"""References between rows of the Arbor store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """A link to one row: the entity's name and its id (the code, for a lookup entity)."""

    entity: str
    id: int | str

"""References between rows of the Arbor store."""

from typing import NamedTuple


class Ref(NamedTuple):
    """A link to one row: the entity's name and its id (the code, for a lookup entity)."""

    entity: str
    id: int | str

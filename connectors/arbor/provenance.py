"""Where a canonical column comes from in Arbor: the answer to "which object of the MIS is this value of".

Belongs here: reading the declared sources backwards. The sources themselves are `sources` and `sources_background`.
"""

from collections.abc import Iterator

from connectors.arbor.resources import ENTITIES
from connectors.arbor.source import Source
from connectors.arbor.sources import SOURCES
from connectors.availability import Origin


def origins(table: str, column: str) -> tuple[Origin, ...]:
    """Return each list of Arbor's that can give a column its value, the one that has a row for each row first."""
    found = [origin for source in SOURCES if source.table == table for origin in _of(source, column)]
    return tuple(dict.fromkeys(found))


def _of(source: Source, column: str) -> Iterator[Origin]:
    path = ENTITIES[source.entity].path
    if column in source.columns:
        yield Origin(path, source.columns[column])
    for joined in source.joins.values():
        if column in joined.feeds:
            told = " ".join(f"{name}={where}" for name, where in joined.paths.items())
            yield Origin(ENTITIES[joined.entity].path, told)
    if column in source.made and column not in source.columns:
        yield Origin(path, f"made by {source.shape.__name__}")

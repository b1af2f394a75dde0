"""Rows as Arbor writes them: references, wrapped dates, user tags (facts: mis/arbor.md, section 4).

Belongs here: one row to bytes. Which rows, and what surrounds them, is `school` and `server`.
"""

import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from simulator.arbor.knobs import Knobs
from simulator.arbor.names import href
from simulator.world.refs import Ref

Row: TypeAlias = Mapping[str, Any]


def stub(entity: str, row: Row) -> bytes:
    """Encode the short form that lists may give."""
    return f"{_head(entity, row)}}}".encode()


def full(entity: str, row: Row, knobs: Knobs, withheld: frozenset[str] = frozenset()) -> bytes:
    """Encode the whole object, without the properties that are withheld."""
    scalar = _as_text if knobs.text_scalars else _as_it_is
    hidden = _OURS | withheld
    if knobs.nulls == "missing":
        hidden |= {name for name, value in row.items() if value is None}
    none = "[]" if knobs.nulls == "[]" else "null"
    parts = [
        f'"{name}": {none if value is None else _encoded(scalar(value))}'
        for name, value in row.items()
        if name not in hidden
    ]
    if knobs.revision_ids:
        parts.append(f'"revisionId": {row["revision"]}')
    parts.append(_FILLED_TAGS if knobs.filled_tags else _EMPTY_TAGS)
    return f"{_head(entity, row)}, {', '.join(parts)}}}".encode()


_OURS: Final = frozenset({"id", "revision", "displayName"})
_FILLED_TAGS: Final = '"userTags": {"simulated": "yes"}'
_EMPTY_TAGS: Final = '"userTags": []'


def _head(entity: str, row: Row) -> str:
    row_id = row["id"]
    number = row_id if isinstance(row_id, int) else json.dumps(row_id)
    label = json.dumps(row.get("displayName", f"{entity} {row_id}"))
    return f'{{"entityType": "{entity}", "id": {number}, "href": "{href(entity, row_id)}", "displayName": {label}'


def _as_it_is(value: object) -> object:
    return value


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int | float) else value


def _encoded(value: object) -> str:
    if value is None:
        return "null"
    return _embedded(value) if isinstance(value, Ref | dt.date) else json.dumps(value)


@lru_cache(maxsize=200_000, typed=True)
def _embedded(value: Ref | dt.date) -> str:
    """Encode a reference or a date as the object that stands for it; remembered, since most rows share theirs."""
    if isinstance(value, Ref):
        return json.dumps({"entityType": value.entity, "href": href(value.entity, value.id)})
    moment = value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, dt.datetime) else f"{value.isoformat()} 00:00:00"
    return json.dumps({"entityType": "date", "date": moment})

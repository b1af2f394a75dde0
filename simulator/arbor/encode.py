"""Rows as Arbor writes them: references, wrapped dates, user tags (facts: mis/arbor.md, section 4).

Belongs here: one row to bytes. Which rows, and what surrounds them, is `school` and `server`.
"""

import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from simulator.arbor.knobs import Knobs
from simulator.arbor.names import href
from simulator.world.refs import Ref

Row: TypeAlias = Mapping[str, Any]


@lru_cache(maxsize=200_000)
def _reference(entity: str, row_id: object) -> dict[str, str]:
    return {"entityType": entity, "href": href(entity, row_id)}


def encodable(value: object) -> object:
    """Turn a reference or a date into what Arbor embeds for it; anything else is a fault of the store."""
    if isinstance(value, dt.datetime):
        return {"entityType": "date", "date": value.strftime("%Y-%m-%d %H:%M:%S")}
    if isinstance(value, dt.date):
        return {"entityType": "date", "date": f"{value.isoformat()} 00:00:00"}
    if isinstance(value, Ref):
        return _reference(value.entity, value.id)
    message = f"a row may not hold a {type(value).__name__}"
    raise TypeError(message)


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int | float) else value


def stub(entity: str, row: Row) -> bytes:
    """Encode the short form that lists may give."""
    return json.dumps(_stub(entity, row)).encode()


def _stub(entity: str, row: Row) -> dict[str, object]:
    label = row.get("displayName", f"{entity} {row['id']}")
    return {"entityType": entity, "id": row["id"], "href": href(entity, row["id"]), "displayName": label}


def full(entity: str, row: Row, knobs: Knobs) -> bytes:
    """Encode the whole object, without what is withheld."""
    body = _stub(entity, row)
    scalar = _as_text if knobs.text_scalars else (lambda value: value)
    for name, value in row.items():
        if name not in ("id", "revision") and f"{entity}.{name}" not in knobs.withheld:
            body[name] = scalar(value)
    if knobs.revision_ids:
        body["revisionId"] = row["revision"]
    body["userTags"] = {"simulated": "yes"} if knobs.filled_tags else []
    return json.dumps(body, default=encodable).encode()

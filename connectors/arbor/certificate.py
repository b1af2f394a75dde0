"""The certificate of a snapshot: how each list was read, and that all were so at one instant.

Belongs here: its JSON-able form. Counts, revisions and hashes only, never a value of a pupil.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from connectors.arbor.base import Base
from connectors.arbor.collect import Collected
from connectors.arbor.walk import Logged, Walked
from schemas.wording import counted


def dangling_faults(dangling: Mapping[str, int]) -> tuple[str, ...]:
    """Say which references lead to rows that were not listed: the list they belong to was not whole."""
    return tuple(
        f"{entity}: {counted(count, 'reference')} to rows that were not listed"
        for entity, count in dangling.items()
        if count
    )


def certificate(
    collected: Collected, doors: Mapping[str, str], window: tuple[dt.datetime, dt.datetime], requests: int, resumed: int
) -> dict[str, Any]:
    """Describe a snapshot without faults.

    `at` is the instant of which it tells: between the last two readings, which found the same. Times are UTC, ISO 8601.
    `absent` names planned properties that the MIS gives for no row. `sha256` is over the answers of the reading that
    stands, `confirmed_sha256` over those of the reading that found it again.
    """
    lists = collected.lists.values()
    known = [walked.revisions for walked in lists if walked.revisions]
    return {
        "kind": "arbor",
        "state": "stable",
        "stable": True,
        "at": collected.at.isoformat(),
        "started": window[0].isoformat(),
        "ended": window[1].isoformat(),
        "rounds": collected.rounds,
        "requests": requests,
        "resumed": resumed,
        "first_revision": min((first for first, _ in known), default=None),
        "last_revision": max((last for _, last in known), default=None),
        "resources": {
            walked.entity.path: {"door": doors[walked.entity.name], **_resource(walked)}
            for walked in sorted(lists, key=lambda walked: walked.entity.path)
        },
    }


def _resource(walked: Walked) -> dict[str, Any]:
    first, last = walked.revisions or (None, None)
    return {
        "pages": walked.pages,
        "listed": walked.listed,
        "fetched": walked.fetched,
        "rows": walked.table.num_rows,
        "first_revision": first,
        "last_revision": last,
        "absent": sorted(walked.absent),
        "filters": dict(walked.narrowed),
        "sha256": walked.sha256,
        "confirmed_sha256": walked.confirmed,
        **(_logged(walked.logged) if walked.logged else {}),
    }


def _logged(logged: Logged) -> dict[str, Any]:
    return {"log": [logged.since, logged.until], "changed": logged.changed, "deleted": logged.deleted}


def how_read(collected: Collected, base: Base | None) -> dict[str, Any]:
    """Say whether a reading is full or an increment, on what, and by which stretch of the change log."""
    if base is None:
        return {"reading": "full", "full_at": collected.at.isoformat()}
    logged = [walked.logged for walked in collected.lists.values() if walked.logged]
    return {
        "reading": "increment",
        "full_at": base.full_at.isoformat(),
        "base": base.certificate,
        "base_at": base.at.isoformat(),
        "log": [min(each.since for each in logged), max(each.until for each in logged)],
    }

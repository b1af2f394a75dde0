"""The certificate of a snapshot: how each list was read, and that nothing moved meanwhile.

Belongs here: the reconciliation and its JSON-able form. Counts, revisions and hashes only, never a value of a pupil.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.arbor.walk import Walked


def faults(walked: Sequence[Walked], moved: Mapping[str, str], dangling: Mapping[str, int]) -> tuple[str, ...]:
    """List why what was read is not one moment of one school: not listed = fetched = rows, or something moved."""
    found = [
        f"{walk.entity.path}: {walk.listed} listed, {walk.fetched} fetched, {walk.table.num_rows} rows"
        for walk in walked
        if not walk.listed == walk.fetched == walk.table.num_rows
    ]
    found += [f"{path}: {what}" for path, what in moved.items()]
    found += [
        f"{entity}: {count} references to rows that were not listed" for entity, count in dangling.items() if count
    ]
    return tuple(found)


def certificate(walked: Sequence[Walked], started: dt.datetime, ended: dt.datetime, requests: int) -> dict[str, Any]:
    """Describe a snapshot without faults.

    `revision_before` was reached before the first list was read; `revision_after` is the highest that any row carries.
    Times are UTC, ISO 8601. `absent` names planned properties that the MIS gives for no row.
    """
    known = [walk.revisions for walk in walked if walk.revisions]
    before = [walk.since for walk in walked if walk.since is not None]
    return {
        "kind": "arbor",
        "started": started.isoformat(),
        "ended": ended.isoformat(),
        "requests": requests,
        "revision_before": min(before, default=None),
        "revision_after": max((last for _, last in known), default=None),
        "stable": True,
        "resources": {walk.entity.path: _resource(walk) for walk in sorted(walked, key=lambda walk: walk.entity.path)},
    }


def _resource(walk: Walked) -> dict[str, Any]:
    first, last = walk.revisions or (None, None)
    return {
        "pages": walk.pages,
        "listed": walk.listed,
        "fetched": walk.fetched,
        "rows": walk.table.num_rows,
        "first_revision": first,
        "last_revision": last,
        "absent": sorted(walk.absent),
        "filters": dict(walk.filters),
        "sha256": walk.digest,
    }

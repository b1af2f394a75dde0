"""A synthetic trust, plans for it, and a connector with the server that it talks to."""

import datetime as dt
import functools
from collections import Counter

from connectors import connect
from connectors.mis import MisSettings, Plan
from schemas.canonical import CANONICAL
from simulator.world import days
from simulator.world.schools import TINY
from simulator.world.trust import make_trust

NOON = dt.datetime.combine(days.CENSUS_DAY, dt.time(12), dt.UTC)


@functools.cache
def trust():
    return make_trust(scale=TINY)


def plan(*tables, **window):
    """A plan for every column of some tables, or of all."""
    return Plan({name: frozenset(CANONICAL[name].names) for name in tables or CANONICAL}, **window)


class Stage:
    """One port on which applications take turns: starting a server takes longer than a test."""

    app = None

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


class Mis:
    """A connector with the server it talks to."""

    kind = "arbor"

    def __init__(self, at, app, urn, **settings):
        identity = app.trust.school(urn).identity
        given = {
            "url": at, "application": identity.application_id, "secret": identity.secret, "urn": urn,
            "la_number": identity.la_number, "estab": identity.estab, "door": "rest", **settings,
        }  # fmt: skip
        self.app, self.urn, self.settings = app, urn, MisSettings(**given)
        self.progress = Counter()

    @property
    def store(self):
        return self.app.school(self.urn).store

    def snapshot(self, wanted):
        def told(resource, rows):
            self.progress[resource] = rows

        return connect(self.kind, self.settings).snapshot(wanted, told, lambda: NOON)

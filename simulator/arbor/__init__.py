"""A server that speaks Arbor's REST v2 and GraphQL over invented rows, and the ways in which a real one may misbehave.

Belongs here: the wire. What the rows say is `simulator.world`. Nothing here knows how the connector asks.
"""

from simulator.arbor.knobs import Drift, Fault, Knobs
from simulator.arbor.serve import serve, serve_apart
from simulator.arbor.server import ArborServer

__all__ = ["ArborServer", "Drift", "Fault", "Knobs", "serve", "serve_apart"]

"""A server that speaks Wonde's API over the same invented schools, and the ways in which it may misbehave."""

from simulator.wonde.server import WondeKnobs, WondeServer

__all__ = ["WondeKnobs", "WondeServer"]

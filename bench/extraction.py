"""Reading a MIS over loopback, beside bare httpx and pyarrow over the same pages.

`python -m bench.extraction [SCHOOLS [PUPILS]]`: 100 schools of 1,000 when not given. One invented school stands for
each; its server is a process of its own, so that only the client's cost is counted. The bare equivalent asks for the
same pages, the second reading included, and lets pyarrow read them; it follows no reference and checks nothing.
"""

import datetime as dt
import io
import multiprocessing as mp
import resource
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

import httpx
import pyarrow.json as pj

from assets.plan import census_plan
from connectors import connect
from connectors.limits import Limits
from connectors.mis import MisSettings
from connectors.wire import Ask, Wire
from schemas.census.collection import collection
from simulator.arbor import ArborServer, Knobs, serve
from simulator.world import days
from simulator.world.schools import Scale
from simulator.world.trust import make_trust

GOAL: Final = 1.6
REQUESTS: Final = 60
URN: Final = "900004"
NOW: Final = dt.datetime.combine(days.CENSUS_DAY, dt.time(17), dt.UTC)
PLAN: Final = census_plan(collection("2026-autumn"), ("court_order",))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that was made."""

    path: str
    parameters: dict[str, str]
    body: dict[str, object] | None


def served(pupils: int, stop: Connection) -> None:
    """Serve the school until told to stop; the address goes first."""
    app = ArborServer(make_trust(scale=Scale(pupils=pupils)), days.CENSUS_DAY, Knobs())
    app.school(URN)
    with serve(app) as url:
        stop.send(url)
        stop.recv()


def settings(url: str, door: str, pupils: int) -> MisSettings:
    """Return how the school is reached."""
    who = make_trust(scale=Scale(pupils=pupils)).school(URN).identity
    limits = Limits(total_seconds=36_000)
    return MisSettings(
        url, who.application_id, who.secret, URN, who.la_number, who.estab, door=door, limits=limits
    )  # fmt: skip


def recorded(given: MisSettings) -> tuple[list[Asked], dict[str, int]]:
    """Read the school once; return what was asked, and how many requests there were, roll calls apart."""
    asked: list[Asked] = []
    answer = Wire._answer  # noqa: SLF001  to see what leaves

    def told(wire: Wire, ask: Ask) -> tuple[int, httpx.Headers, bytes]:
        asked.append(Asked(ask.path, dict(ask.parameters), dict(ask.body) if ask.body else None))
        return answer(wire, ask)

    Wire._answer = told  # type: ignore[method-assign]  # noqa: SLF001
    try:
        extract(given)
    finally:
        Wire._answer = answer  # type: ignore[method-assign]  # noqa: SLF001
    roll = sum(
        "ttendance-roll-call-records" in one.path or "AttendanceRollCallRecord(" in str(one.body) for one in asked
    )
    return asked, {"roll calls": roll, "others": len(asked) - roll}


def extract(given: MisSettings) -> None:
    """Read the school as the product does."""
    connect("arbor", given).snapshot(PLAN, lambda *_: None, lambda: NOW)


def bare(given: MisSettings, asked: list[Asked]) -> None:
    """Ask for the same pages and let pyarrow read them."""
    with httpx.Client(base_url=given.url, auth=(given.application, given.secret)) as client:
        for one in asked:
            if one.body is None:
                answer = client.get(one.path, params=one.parameters, headers={"accept": "application/json"})
            else:
                answer = client.post(one.path, json=one.body)
            body = answer.content
            pj.read_json(io.BytesIO(body), pj.ReadOptions(use_threads=False, block_size=max(len(body) + 1, 1024)))


def main(arguments: list[str]) -> None:
    """Print requests, CPU beside the bare equivalent, and memory, for each door."""
    schools, pupils = (int(arguments[n]) if len(arguments) > n else default for n, default in enumerate((100, 1000)))
    ours, theirs = mp.Pipe()
    context = mp.get_context("spawn")
    server = context.Process(target=served, args=(pupils, theirs))
    server.start()
    url = ours.recv()
    try:
        for door in ("rest", "graphql"):
            _measure(settings(url, door, pupils), schools, pupils)
    finally:
        ours.send("stop")
        server.join()


def _measure(given: MisSettings, schools: int, pupils: int) -> None:
    asked, counted = recorded(given)
    bare(given, asked)  # the server remembers what it has told: both sides meet it warm
    costs = {"ours": 0.0, "bare": 0.0}
    for _ in range(schools):
        for name, work in (("ours", lambda: extract(given)), ("bare", lambda: bare(given, asked))):
            began = time.process_time()
            work()
            costs[name] += time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ratio = costs["ours"] / costs["bare"]
    print(
        f"extraction over {given.door}: {schools * pupils:,} pupils, {counted['others']} requests a school and "
        f"{counted['roll calls']} pages of roll calls (goal {REQUESTS} and those); CPU {costs['ours']:.1f} s against "
        f"{costs['bare']:.1f} s bare, ratio {ratio:.2f} (goal {GOAL}); at most {memory:.2f} GB"
    )


if __name__ == "__main__":
    main(sys.argv[1:])

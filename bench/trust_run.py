"""`python -m bench.trust_run [schools] [pupils] [apart]`: a census prepared by one run, and where the time goes.

Belongs here: making a trust of any size, running `prepare_trust` as the schedule does, and telling reading the MIS, the
work itself and orchestration apart. The simulated MIS runs in this process, so that its time counts as reading, unless
it is set `apart`; the invented world is in the peak either way, and what it had before the run is said.
"""

import datetime as dt
import functools
import os
import re
import resource
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from assets import across, census, checks, edge, io_manager, recipients
from pipelines.actions.preparing import PrepareResult, prepare
from pipelines.installation import Installation
from pipelines.settings import Settings
from simulator.deployment import Deployment, deployed
from simulator.world.schools import Scale, SchoolIdentity, identities
from simulator.world.trust import make_trust

AUTUMN: Final = "2026-autumn"
_EVENING: Final = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)
_KEPT: Final = "dfe_autumn_census"


@dataclass
class Shares:
    """CPU seconds of this process, all threads, by what they went into."""

    reading: float = 0.0
    work: float = 0.0
    _depth: list[str] = field(default_factory=list)

    def timed(self, share: str, body: Callable[..., Any]) -> Callable[..., Any]:
        """Count what a call uses towards a share; calls inside one another count once, reading before work."""

        @functools.wraps(body)
        def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  whatever the body takes and gives
            self._depth.append(share)
            began, before = time.process_time(), self.reading
            try:
                return body(*args, **kwargs)
            finally:
                self._depth.pop()
                used = time.process_time() - began - (self.reading - before)
                if share == "reading" or not self._depth:
                    setattr(self, share, getattr(self, share) + used)

        return counted


@dataclass(frozen=True)
class Figures:
    """What one run took, in seconds and megabytes."""

    result: PrepareResult
    wall: float
    cpu: float
    reading: float
    work: float
    peak: float
    before: float

    @property
    def orchestration(self) -> float:
        """CPU that went neither into reading nor into the work."""
        return self.cpu - self.reading - self.work

    @property
    def share(self) -> float:
        """Orchestration as part of everything outside reading."""
        return self.orchestration / (self.cpu - self.reading)


def measured(home: Path, scale: Scale, failing: str = "", *, apart: bool = False) -> Figures:
    """Prepare the census of a trust of that scale in one run; the MIS of `failing` turns us away.

    With `apart` the simulated MIS is another process: neither its time nor its memory is in the figures.
    """
    with deployed(
        home, trust=make_trust(scale=scale), clock=lambda: _EVENING, arbor_port=0, sftp_port=0, apart=apart
    ) as demo:
        here = of_scale(demo, scale)
        with _refusing(failing), _counting() as shares:
            before = _peak()
            wall, cpu = time.perf_counter(), time.process_time()
            result = prepare(here, AUTUMN)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Figures(result, wall, cpu, shares.reading, shares.work, _peak(), before)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def _refusing(school: str) -> Generator[None]:
    with patch.dict(os.environ, {f"WAYBILL_MIS_{school}": "not the secret"} if school else {}):
        yield


@contextmanager
def _counting() -> Generator[Shares]:
    """Count what every asset body, check and vault door uses, while definitions made in the block run."""
    shares = Shares()
    manager = io_manager.VaultIOManager

    def counted(body: Callable[..., Any]) -> Callable[..., Any]:
        return edge.value_free(shares.timed("work", body))

    with (
        patch.object(census, "read_snapshot", shares.timed("reading", census.read_snapshot)),
        patch.object(census, "value_free", counted),
        patch.object(recipients, "value_free", counted),
        patch.object(checks, "value_free", counted),
        patch.object(across, "value_free", counted),
        patch.object(manager, "handle_output", shares.timed("work", manager.handle_output)),
        patch.object(manager, "load_input", shares.timed("work", manager.load_input)),
    ):
        yield shares


def of_scale(demo: Deployment, scale: Scale) -> Installation:
    """The demo's installation with as many schools as the scale has, and the Department's agreement alone."""
    schools, trust = identities(scale), demo.settings.trust
    urns = ", ".join(f'"{school.urn}"' for school in schools)
    for file in (trust / "agreements").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        if file.stem == _KEPT:
            file.write_text(
                re.sub(r"^schools: \[.*?\]", f"schools: [{urns}]", text, flags=re.MULTILINE | re.DOTALL), "utf-8"
            )
        else:
            file.unlink()
    calendar = trust / "calendar.csv"
    rows = calendar.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.startswith(("kind", "term", f"collection,{AUTUMN}"))]
    calendar.write_text("\n".join(kept) + "\n", encoding="utf-8")
    write_schools(trust / "trust.toml", schools, demo.mis_url)
    for school in schools:
        os.environ[f"WAYBILL_MIS_{school.urn}"] = school.secret
    return Installation.open(Settings(demo.settings.home, trust), demo.installation.clock)


def write_schools(file: Path, schools: tuple[SchoolIdentity, ...], url: str) -> None:
    """Write the schools into a trust.toml in place of those it has."""
    head = file.read_text(encoding="utf-8").partition("[[school]]")[0]
    entries = "".join(
        f'[[school]]\nurn = "{one.urn}"\nla_number = "{one.la_number}"\nestab = "{one.estab}"\nname = "{one.name}"\n'
        f'phase = "{one.phase}"\nestablishment = "{one.establishment}"\nmis = {{ kind = "arbor", url = "{url}", '
        f'application = "{one.application_id}", secret = "env:WAYBILL_MIS_{one.urn}" }}\n\n'
        for one in schools
    )
    file.write_text(head + entries, encoding="utf-8")
    tomllib.loads(head + entries)


def main(arguments: list[str]) -> None:
    """Print the figures of one run; the last school's MIS turns us away."""
    apart = "apart" in arguments
    numbers = [text for text in arguments if text.isdigit()]
    schools, pupils = (int(text) for text in (numbers + ["60", "1000"][len(numbers) :])[:2])
    scale = Scale(schools=schools, pupils=pupils)
    failing = identities(scale)[-1].urn
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder) / "home", scale, failing, apart=apart)
    print(f"{schools} schools x {pupils:,} pupils, census prepared by one run; the MIS of {failing} turns us away")
    print(f"the simulated MIS: {'a process of its own' if apart else 'in this process, its time counts as reading'}")
    print(
        f"wall {figures.wall:,.0f} s   CPU {figures.cpu:,.0f} s   peak {figures.peak:,.0f} MB, of which the simulated "
        f"world had {figures.before:,.0f} MB before it began"
    )
    print(
        f"reading {figures.reading:,.0f} s   work {figures.work:,.0f} s   orchestration {figures.orchestration:,.1f} s"
    )
    print(f"orchestration, of everything outside reading: {figures.share:.0%}   goal: at most 40%")
    print(f"prepared {len(figures.result.releases)}   failed {', '.join(figures.result.failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])

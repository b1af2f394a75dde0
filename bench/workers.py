"""`python -m bench.workers [schools] [pupils]`: one trust's census prepared by 1, 2 and 4 Celery workers.

Belongs here: wall time, and CPU of every process that took part, for the same trust and the same machine. All workers
run here: with fewer cores than workers the later figures say what that costs, not what more machines give.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import pytest

from pipelines.actions.preparing import prepare
from pipelines.dagster_instance import instance_of
from simulator.world.schools import Scale
from tests.pipelines.several_machines import several_machines

AUTUMN: Final = "2026-autumn"
WORKERS: Final = (("one",), ("one", "two"), ("one", "two", "three", "four"))


def measured(scale: Scale, workers: tuple[str, ...]) -> tuple[float, float]:
    """Prepare the census of a trust of that scale; seconds of wall, and of CPU, starting of the workers left out."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        with (
            several_machines(Path(folder) / "home", scale, workers, patch) as machines,
            instance_of(machines.here) as instance,
        ):
            machines.await_workers(instance)
            began, before = time.perf_counter(), machines.cpu() + _own()
            result = prepare(machines.here, AUTUMN)
            wall, cpu = time.perf_counter() - began, machines.cpu() + _own() - before
        if result.failed or len(result.releases) != scale.schools:
            message = f"{len(result.releases)} prepared, {result.failed} failed: these figures say nothing"
            raise RuntimeError(message)
    return wall, cpu


def _own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(arguments: list[str]) -> None:
    """Print wall, CPU and the ratio to one worker."""
    schools, pupils = (int(text) for text in (arguments + ["8", "300"][len(arguments) :])[:2])
    cores = os.cpu_count()
    print(f"{schools} schools x {pupils:,} pupils; {cores} cores, load {os.getloadavg()[0]:.1f} when it began")
    first = None
    for workers in WORKERS:
        wall, cpu = measured(Scale(schools=schools, pupils=pupils), workers)
        first = first or wall
        print(
            f"{len(workers)} workers   wall {wall:6.1f} s   CPU {cpu:6.1f} s   "
            f"{cpu / schools:5.2f} s a school   {first / wall:4.2f} x one worker",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])

"""All rules over one return, 1 % of its pupils faulty, against the bare masks of the same rules.

`python -m bench.rules [PUPILS ...]`; 1,000, 10,000 and 100,000 when none are given, each in a process of its own, so
that the peak of one is not the peak of the next. What the engine adds to the vectorised masks is the guard against
writing, and turning masks into findings. The growth is the exponent between the first and the last size: 1 is linear.
"""

import datetime as dt
import math
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from schemas.census.catalogue import catalogue
from schemas.census.collection import Collection, collection
from schemas.census.engine import Active, active_in, mask_of, run_rules
from schemas.census.tables import CENSUS, HALF_TERM_2, TERM
from schemas.census.view import Census
from schemas.identifiers import UPN_ALPHABET
from schemas.table import Frames

SEED = 20261001
SIZES = (1_000, 10_000, 100_000)
RATIO_GOAL, GROWTH_GOAL = 1.5, 1.05
PHASE = "AT"
FAULTY, ON_FREE_MEALS, SUSPENDED = 0.01, 0.25, 0.02
SEN_AGE, FIRST_SUSPENSION_AGE, ASKED_AGE, INFANT_AGE = 9, 6, 11, 7
YES, NO = True, False
CODES = {"/": 27, "\\": 27, "I": 2, "V": 4}
REGISTERS = {"qualifications": frozenset({"60147084"}), "establishments": frozenset({"123458"})}


@dataclass(frozen=True, slots=True)
class Figures:
    """One size: seconds are the best of the repeats, taken in turns; the peaks are of the whole process."""

    pupils: int
    rules: int
    findings: int
    seconds: float
    bare: float
    held_gb: float
    peak_gb: float

    @property
    def ratio(self) -> float:
        """What all rules cost, in bare masks."""
        return self.seconds / self.bare


def run(pupils: int, repeats: int = 3) -> Figures:
    """Measure one size; `held_gb` is the peak when the return was made and no rule had run."""
    day, frames = collection("2026-autumn"), school_of(pupils)
    entries = catalogue(day.academic_year)
    held = _peak_gb()
    bare, full, findings = [], [], 0
    for _ in range(repeats):
        bare.append(_seconds(lambda: bare_masks(frames, day)))
        started = time.perf_counter()
        findings = len(run_rules(frames, day, entries, REGISTERS))
        full.append(time.perf_counter() - started)
    return Figures(pupils, len(_active(day)), findings, min(full), min(bare), held, _peak_gb())


def bare_masks(frames: Frames, day: Collection) -> int:
    """Evaluate every mask and nothing else; return how many rows they hit."""
    census = Census(frames, day, REGISTERS)
    return sum(int(mask_of(active, census).sum()) for active in _active(day))


def school_of(pupils: int) -> dict[str, pd.DataFrame]:
    """Make the return of one all-through school of that many pupils, 1 % of the pupils with three faults."""
    random = np.random.default_rng(SEED)
    age = random.integers(5, 16, pupils)
    faulty = random.random(pupils) < FAULTY
    ids = np.arange(pupils).astype(str)
    day = collection("2026-autumn")
    given: dict[str, dict[str, Any]] = {
        "header": _one(
            collection="SC", term="AUT", year=2026, reference_date=day.reference_date, source_level="S", lea="801",
            estab="4321", urn="123456", serial_no=1, date_time="2026-10-02T09:00:00",
        ),
        "school": _one(
            school_name="Synthetic School", phase=PHASE, school_type="28", lowest_nc_year="R", highest_nc_year="11",
            intake="COMP", governance="CA", email="office@school.example", phone_no="01174960123",
        ),
        "pupil": _pupils(ids, age, faulty),
        "fsm_period": _fsm(ids[random.random(pupils) < ON_FREE_MEALS]),
        "exclusion": _suspensions(ids[(random.random(pupils) < SUSPENDED) & (age > FIRST_SUSPENSION_AGE)]),
        **_attendance(ids),
    }  # fmt: skip
    return {name: table.frame(given[name]) if name in given else table.empty() for name, table in CENSUS.items()}


def _pupils(ids: np.ndarray, age: np.ndarray, faulty: np.ndarray) -> dict[str, Any]:
    count = len(ids)
    upns = _upns(count)
    years = np.array([str(year) if year else "R" for year in range(13)])[age - 4]
    births = np.array([dt.date(2026 - year, 1, 5) for year in range(20)])[age]
    names = np.char.add("Surname", _letters(count))

    def all_of(value: object) -> list[object]:
        return [value] * count

    def spoiled(values: np.ndarray, fault: object) -> np.ndarray:
        return np.where(faulty, fault, values.astype(object))

    return {
        "pupil_id": ids, "section": np.where(np.arange(count) % 20 == 0, "off_roll", "on_roll"),
        "upn": spoiled(upns, "A000000000000"), "surname": names, "forename": np.char.add("Forename", _letters(count)),
        "sex": np.where(np.arange(count) % 2, "M", "F"), "dob": births,
        "language": spoiled(np.full(count, "ENG"), None),
        "service_child": all_of("N"), "top_up_funding": all_of(NO), "plaa": all_of("N"),
        "enrol_status": all_of("C"), "entry_date": all_of(dt.date(2021, 9, 3)), "part_time": all_of(NO),
        "leaving_date": np.where(np.arange(count) % 20 == 0, dt.date(2026, 7, 17), None),
        "boarder": all_of("N"), "nc_year_actual": years, "sen_provision": np.where(age == SEN_AGE, "K", "N"),
        "yssa": np.where(age > ASKED_AGE, "Yes", None), "postcode": spoiled(np.full(count, "BS1 4ND"), "BS14ND"),
        "line1": all_of("1 Synthetic Street"), "age": age, "attendance_age": age - 1,
        "school_lunch_taken": np.where(age < INFANT_AGE, YES, None),
    }  # fmt: skip


def _fsm(ids: np.ndarray) -> dict[str, Any]:
    same = {
        "start_date": dt.date(2025, 9, 1),
        "verified_date": dt.date(2026, 9, 1),
        "uk_country": "ENG",
        "category": "TFSM",
    }
    return {"pupil_id": ids} | {name: [value] * len(ids) for name, value in same.items()}


def _suspensions(ids: np.ndarray) -> dict[str, Any]:
    same = {
        "category": "SUSP",
        "reason1": "PP",
        "start_date": dt.date(2026, 3, 10),
        "sessions": 2,
        "sen_provision": "N",
    }
    return {"pupil_id": ids} | {name: [value] * len(ids) for name, value in same.items()}


def _attendance(ids: np.ndarray) -> dict[str, dict[str, Any]]:
    periods = np.repeat([TERM, HALF_TERM_2], len(ids))
    both = np.tile(ids, 2)
    codes = len(CODES)
    return {
        "attendance": {
            "pupil_id": both,
            "period": periods,
            "sessions_possible": np.full(len(both), sum(CODES.values())),
        },
        "session_detail": {
            "pupil_id": np.tile(both, codes),
            "period": np.tile(periods, codes),
            "code": np.repeat(list(CODES), len(both)),
            "sessions": np.repeat(list(CODES.values()), len(both)),
        },
    }


def _upns(count: int) -> np.ndarray:
    bodies = (801_000_000_000 + np.arange(count)).astype(str)
    digits = bodies.view("U1").reshape(count, -1)[:, :12].astype(int)
    letters = np.array(list(UPN_ALPHABET))[digits @ np.arange(2, 14) % len(UPN_ALPHABET)]
    return np.char.add(letters, bodies)


def _letters(count: int) -> np.ndarray:
    alphabet = np.array(list("abcdefghij"))
    places = np.arange(count)[:, None] // 10 ** np.arange(6) % 10
    return np.ascontiguousarray(alphabet[places]).view("U6").ravel()


def _active(day: Collection) -> list[Active]:
    return [each for each in active_in(day) if PHASE in each.mark.phases]


def _one(**values: object) -> dict[str, Any]:
    return {name: [value] for name, value in values.items()}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(arguments: list[str]) -> None:
    """Run each size and print."""
    sizes = [int(argument) for argument in arguments] or SIZES
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as processes:
        figures = list(processes.map(run, sizes))
    print(f"all rules over one return, {FAULTY:.0%} of the pupils with three faults each, wall seconds\n")
    print(f"{'pupils':>9}{'rules':>7}{'findings':>10}{'all rules':>11}{'masks':>8}{'ratio':>7}  {'goal':7}peak memory")
    for each in figures:
        print(_line(each))
    print(f"\ngrowth {_growth(figures[0], figures[-1])}\n")


def _line(each: Figures) -> str:
    memory = f"{each.peak_gb:.2f} GB, of which {each.held_gb:.2f} before the rules"
    met = _met(each.ratio, RATIO_GOAL)
    return (
        f"{each.pupils:9,}{each.rules:7}{each.findings:10,}{each.seconds:11.2f}{each.bare:8.2f}{each.ratio:7.2f}"
        f"  {met:7}{memory}"
    )


def _growth(first: Figures, last: Figures) -> str:
    if first.pupils == last.pupils:
        return "not measured: one size"
    exponent = math.log(last.seconds / first.seconds) / math.log(last.pupils / first.pupils)
    return f"exponent {exponent:.2f} from {first.pupils:,} to {last.pupils:,} pupils: {_met(exponent, GROWTH_GOAL)}"


def _met(figure: float, goal: float) -> str:
    return "met" if figure <= goal else "missed"


if __name__ == "__main__":
    main(sys.argv[1:])

"""Synthetic returns of any size, made with numpy: one school's frames as `schemas.census.conform` would give them.

Belongs here: shape and volume (how many rows a pupil has, how long values are, which are null), with identifiers whose
check characters are right. Plausible lives are the simulator's business, not this module's.
"""

# ruff: noqa: PLR2004  ages and shares are what this module is about

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from schemas.census.tables import CENSUS, HALF_TERM_2, OFF_ROLL, ON_ROLL, TERM

REFERENCE_DATE: Final = dt.date(2026, 10, 1)

_LETTERS: Final = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))  # of the UPN check: no I, O or S
_SURNAMES: Final = ("Smith", "O'Neill", "Begum-Khan", "Łukasiewicz", "Llŷr", "de la Cruz", "Ó Briain", "Ng", "Patel")
_FORENAMES: Final = ("Amelia", "Zoë", "Mohammed", "D'Arcy", "Siân", "Jakub", "Ana-Maria", "X", "Oluwaseun")
_STREETS: Final = ("High Street", "St Mary's Close", "Mill & Weir Lane", "Station Road", "The Green")
_TOWNS: Final = ("Northwick", "Ashcombe", "King's Barton", "Lower Hale")
_CODES: Final = np.array(["/", "\\", "L", "B", "C", "C1", "C2", "E", "G", "I", "K", "M", "N", "O", "P", "R"])


def school(number: int, pupils: int, *, seed: int = 2026) -> dict[str, pd.DataFrame]:
    """Return the frames of one school: the odd ones primary, the even ones secondary with a sixth form.

    Args:
        number: 1 to 999; two schools share no pupil.
        pupils: rows of `pupil`; one in twenty-five is no longer on roll.
        seed: the same seed and number give the same frames.

    """
    draw = np.random.default_rng([seed, number])
    sixth_form = number % 2 == 0
    ids = np.array([f"{number}-{row}" for row in range(pupils)])
    on_roll = ids[: pupils - pupils // 25]
    roll = _pupils(draw, number, ids, sixth_form=sixth_form)
    columns = {
        "header": _header(number),
        "school": _school(sixth_form=sixth_form),
        "pupil": roll,
        "fsm_period": _fsm(draw, on_roll),
        "learner_fam": _some(draw, ids, 0.05, fam_type=("FAM", "LSF"), fam_code=("1", "2")),
        "exclusion": _exclusions(draw, ids),
        **_attendance(draw, ids),
        **(_aims(draw, ids[roll["age"] >= 16]) if sixth_form else _early_years(draw, on_roll)),  # type: ignore[operator]
    }
    return {name: table.frame(columns.get(name, {})) for name, table in CENSUS.items()}


def _header(number: int) -> dict[str, object]:
    return {
        "collection": ["SC"], "term": ["AUT"], "year": [2026], "reference_date": [REFERENCE_DATE],
        "source_level": ["S"],
        "lea": ["823"], "estab": [f"{4000 + number}"], "urn": [f"{140000 + number}"], "software_code": ["Waybill"],
        "release": ["0.1"], "xversion": ["1.0"], "serial_no": [1], "date_time": ["2026-10-01T18:30:00"],
    }  # fmt: skip


def _school(*, sixth_form: bool) -> dict[str, object]:
    return {
        "school_name": ["St Edith's & All Saints"], "phase": ["SS" if sixth_form else "PS"], "school_type": ["49"],
        "highest_nc_year": ["14" if sixth_form else "6"], "lowest_nc_year": ["7" if sixth_form else "N1"],
        "intake": ["COMP"], "governance": ["CA"], "email": ["office@st-ediths.example"], "phone_no": ["01632960000"],
    }  # fmt: skip


def _pupils(draw: np.random.Generator, number: int, ids: npt.NDArray[Any], *, sixth_form: bool) -> dict[str, object]:
    count = len(ids)
    age = draw.integers(11, 18, count) if sixth_form else draw.integers(3, 11, count)
    born = np.datetime64("2025-09-01") - (age + 1) * 365 - (age + 1) // 4 + draw.integers(2, 360, count)
    off = np.arange(count) >= count - count // 25
    on = ~off
    nursery, post_16 = age == 3, age >= 16
    year_group = np.where(nursery, "N2", np.where(age == 4, "R", (age - 4).astype(str)))
    entry = np.datetime64("2025-09-03") - 365 * draw.integers(0, np.minimum(age - 2, 5))
    surname = _pick(draw, _SURNAMES, count)

    def flag(share: float) -> npt.NDArray[np.bool_]:
        return draw.random(count) < share

    def hours() -> npt.NDArray[np.float64]:
        return _pick(draw, ("15", "7.5", "12.25"), count).astype(float)

    paon = draw.integers(1, 250, count).astype(str)
    return {
        "pupil_id": ids,
        "section": np.where(off, OFF_ROLL, ON_ROLL),
        "upn": _upns(number, count),
        "uln": _where(age >= 14, _ulns(number, count)),
        "former_upn": _where(flag(0.03) & on, _upns(number, count, serial_from=50_000)),
        "surname": surname,
        "forename": _pick(draw, _FORENAMES, count),
        "middle_names": _where(flag(0.6), _pick(draw, _FORENAMES, count)),
        "preferred_surname": _where(on, surname),
        "former_surname": _where(flag(0.04), _pick(draw, _SURNAMES, count)),
        "sex": _pick(draw, ("M", "F"), count),
        "dob": born.astype("datetime64[D]"),
        "school_lunch_taken": _where(on & (age < 7) & (age > 3), flag(0.8)),
        "yssa": _where(on & (age >= 11), _pick(draw, ("YES", "UNS"), count)),
        "language": _pick(draw, ("ENG", "POL", "URD", "CYM"), count),
        "service_child": _where(on, _pick(draw, ("N", "N", "N", "Y"), count)),
        "funded_hours": _where(on & nursery, hours()),
        "extended_hours": _where(on & nursery & flag(0.4), hours()),
        "hours_at_setting": _where(on & nursery, hours() + 15),
        "eyppr": _where(on & nursery, _pick(draw, ("Y", "N"), count)),
        "top_up_funding": _where(on, flag(0.03)),
        "plaa": _where(on, _pick(draw, ("N", "N", "N", "A"), count)),
        "enrol_status": _where(on, np.full(count, "C")),
        "class_type": _where(on & (age < 11), np.where(nursery, "N", "O")),
        "entry_date": entry,
        "leaving_date": _where(off, np.full(count, np.datetime64("2026-07-17"))),
        "part_time": nursery,
        "boarder": np.full(count, "N"),
        "nc_year_actual": _where(on, year_group),
        "nc_year_leaving": _where(off & (age >= 11), year_group),
        "qual_hrs": _where(post_16, draw.integers(300, 700, count)),
        "non_qual_hrs": _where(post_16, draw.integers(20, 120, count)),
        "ft_emp": _where(post_16 & on, np.zeros(count, bool)),
        "maths_grade": _where(post_16, _pick(draw, ("4", "5", "7", "9"), count)),
        "english_grade": _where(post_16, _pick(draw, ("4", "5", "6", "8"), count)),
        "sen_provision": _where(on, _pick(draw, ("N", "N", "N", "N", "K", "E"), count)),
        "sen_unit": _where(on, flag(0.01)),
        "resourced": _where(on, flag(0.01)),
        "postcode": _where(on | post_16, [f"ZE{1 + row % 3} {row % 10}A{'BDEFGH'[row % 6]}" for row in range(count)]),
        "uprn": _where(on, [f"{10_000_000_000 + number * 100_000 + row}" for row in range(count)]),
        "paon": _where(on, paon),
        "street": _where(on, _pick(draw, _STREETS, count)),
        "town": _where(on, _pick(draw, _TOWNS, count)),
        "post_town": _where(on, _pick(draw, _TOWNS, count)),
        "age": age,
        "attendance_age": age - 1,
    }


def _fsm(draw: np.random.Generator, ids: npt.NDArray[Any]) -> dict[str, object]:
    chosen = _repeated(draw, ids, {0: 0.75, 1: 0.2, 2: 0.05})
    start = np.datetime64("2024-09-01") + draw.integers(0, 600, len(chosen))
    return {
        "pupil_id": chosen, "start_date": start, "verified_date": start + 30,
        "end_date": _where(draw.random(len(chosen)) < 0.4, start + 120),
        "uk_country": np.full(len(chosen), "ENG"), "category": _pick(draw, ("TFSM", "EFSM"), len(chosen)),
    }  # fmt: skip


def _exclusions(draw: np.random.Generator, ids: npt.NDArray[Any]) -> dict[str, object]:
    chosen = _repeated(draw, ids, {0: 0.95, 1: 0.03, 3: 0.02})
    count = len(chosen)
    return {
        "pupil_id": chosen, "category": np.full(count, "SUSP"), "reason1": _pick(draw, ("PP", "DB", "VA"), count),
        "reason2": _where(draw.random(count) < 0.3, np.full(count, "OW")),
        "start_date": np.datetime64("2026-01-12") + draw.integers(0, 180, count),
        "sessions": draw.integers(1, 10, count),
        "sen_provision": _pick(draw, ("N", "K", "E"), count),
    }  # fmt: skip


def _attendance(draw: np.random.Generator, ids: npt.NDArray[Any]) -> dict[str, dict[str, object]]:
    """Both periods of each pupil, with two to twelve codes in each."""
    pupils = np.repeat(ids, 2)
    period = np.tile([TERM, HALF_TERM_2], len(ids))
    codes = draw.integers(2, 13, len(pupils))
    row_in_period = np.arange(codes.sum()) - np.repeat(np.cumsum(codes) - codes, codes)
    return {
        "attendance": {"pupil_id": pupils, "period": period, "sessions_possible": draw.integers(58, 70, len(pupils))},
        "session_detail": {
            "pupil_id": np.repeat(pupils, codes), "period": np.repeat(period, codes), "code": _CODES[row_in_period],
            "sessions": draw.integers(1, 60, codes.sum()),
        },
    }  # fmt: skip


def _aims(draw: np.random.Generator, ids: npt.NDArray[Any]) -> dict[str, dict[str, object]]:
    """One programme for each sixth-former with three or four learning aims; one aim in twenty has a placement."""
    aims = _repeated(draw, ids, {3: 0.7, 4: 0.3})
    aim_id = np.array([f"aim-{row}" for row in range(len(aims))])
    placed = draw.random(len(aims)) < 0.05
    return {
        "programme_aim": {
            "pupil_id": ids, "programme_id": np.char.add("p-", ids.astype(str)), "prog_type": np.full(len(ids), "1"),
            "start_date": _days(ids, "2025-09-04"), "planned_end_date": _days(ids, "2027-07-16"),
            "status": np.full(len(ids), "1"),
        },
        "learning_aim": {
            "pupil_id": aims, "programme_id": np.char.add("p-", aims.astype(str)), "aim_id": aim_id,
            "qn": _pick(draw, ("60147789", "60148551", "6014624X"), len(aims)),
            "scc": _pick(draw, ("2210", "5110"), len(aims)),
            "start_date": _days(aims, "2025-09-04"), "planned_end_date": _days(aims, "2027-07-16"),
            "status": np.full(len(aims), "1"), "core": np.arange(len(aims)) % 3 == 0,
        },
        "work_placement": {
            "pupil_id": aims[placed], "aim_id": aim_id[placed], "start_date": _days(aims[placed], "2026-02-02"),
            "end_date": _days(aims[placed], "2026-04-30"), "hours": np.full(placed.sum(), 315),
            "mode": np.full(placed.sum(), "1"),
        },
    }  # fmt: skip


def _early_years(draw: np.random.Generator, ids: npt.NDArray[Any]) -> dict[str, dict[str, object]]:
    return {"funding_basis": _some(draw, ids, 0.02, basis=("ECO", "HSD", "LAA"))}


def _some(
    draw: np.random.Generator, ids: npt.NDArray[Any], share: float, **choices: Sequence[str]
) -> dict[str, object]:
    chosen = ids[draw.random(len(ids)) < share]
    return {"pupil_id": chosen, **{name: _pick(draw, values, len(chosen)) for name, values in choices.items()}}


def _pick(draw: np.random.Generator, choices: Sequence[str], count: int) -> npt.NDArray[Any]:
    return np.array(choices)[draw.integers(0, len(choices), count)]


def _repeated(draw: np.random.Generator, ids: npt.NDArray[Any], shares: Mapping[int, float]) -> npt.NDArray[Any]:
    return np.repeat(ids, draw.choice(list(shares), len(ids), p=list(shares.values())))


def _days(like: npt.NDArray[Any], day: str) -> npt.NDArray[Any]:
    return np.full(len(like), np.datetime64(day))


def _where(mask: npt.NDArray[Any], values: Sequence[str] | npt.NDArray[Any]) -> pa.Array:
    return pa.array(np.asarray(values), mask=~mask)


def _upns(number: int, count: int, *, serial_from: int = 0) -> npt.NDArray[Any]:
    """UPNs of local authority 823 (DfE UPN guide: letter = sum of 12 characters weighted 2 to 13, modulo 23)."""
    serials = range(serial_from, serial_from + count)
    bodies = [f"823{4000 + number}{10 + serial // 1000:02d}{serial % 1000:03d}" for serial in serials]
    digits = np.array([list(body) for body in bodies], dtype=np.int64).reshape(count, 12)
    return np.char.add(_LETTERS[digits @ np.arange(2, 14) % 23], np.array(bodies, dtype=str))


def _ulns(number: int, count: int) -> npt.NDArray[Any]:
    """ULNs: nine digits weighted 10 to 2, remainder of 11 taken from 10; a remainder of 0 has no ULN, so 1 is added."""
    bodies = 100_000_000 + (number * 100_000 + np.arange(count)) * 10
    remainder = _uln_remainder(bodies)
    bodies = np.where(remainder == 0, bodies + 1, bodies)
    ulns: npt.NDArray[Any] = (bodies * 10 + 10 - _uln_remainder(bodies)).astype(str)
    return ulns


def _uln_remainder(bodies: npt.NDArray[Any]) -> npt.NDArray[Any]:
    digits = bodies[:, None] // 10 ** np.arange(8, -1, -1) % 10
    remainder: npt.NDArray[Any] = digits @ np.arange(10, 1, -1) % 11
    return remainder

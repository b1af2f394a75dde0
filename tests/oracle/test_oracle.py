"""The vectorised rules find what the row-by-row oracle finds, in any return that Hypothesis can think of."""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.engine import discovered, run_rules
from schemas.table import Frames
from tests.oracle.evaluate import Found, applies, oracle
from tests.oracle.reading import ALL, STATED, Return
from tests.oracle.returns import Generated, returns
from tests.schemas.cases.base import AUTUMN, BASES, REGISTERS, frames

NIGHTLY = "WAYBILL_NIGHTLY" in os.environ
PUPILS = 10_000 if NIGHTLY else 300
RETURNS = 2_400 if NIGHTLY else 80
CATALOGUE = catalogue("2026-27")


def vectorised(tables: Frames, day) -> Found:
    found = run_rules(tables, day, CATALOGUE, REGISTERS)
    found = found[found["evaluated"]]
    columns = (found[name].array.__arrow_array__().to_pylist() for name in ("rule", "pupil_id", "row_key"))
    return set(zip(*columns, strict=True))


def test_the_oracle_knows_every_rule():
    assert set(STATED) == set(discovered())

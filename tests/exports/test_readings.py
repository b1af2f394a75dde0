"""The newest reading of a school, also of two that ended within one second."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from pyrage.x25519 import Identity

from exports.readings import newest_reading
from vault.frames import pack
from vault.store import Vault

SCHOOL, PERIOD = "900003", "2026-autumn"
EARLY, LATE = "2026-10-01T17:30:00+00:00", "2026-10-01T17:30:01+00:00"


def frames(says):
    return {"upn": pd.DataFrame({"upn": pd.Series([says], dtype=pd.ArrowDtype(pa.string()))})}


@pytest.fixture
def vault(tmp_path):
    opened = Vault(tmp_path / "vault", Identity.generate())
    yield opened
    opened.close()


def sealed(vault, run, ended, seq):
    meta = {"certificate": {"ended": ended, "run": run}, "ledger_seq": seq}
    for asset in ("census/snapshot", "census/tables"):
        artefact = vault.seal(pack(frames(f"{run} {asset}"), meta), kind=asset, purge_on=dt.date(2027, 1, 1))
        vault.record(run, asset, f"{SCHOOL}|{PERIOD}", artefact)


@pytest.mark.parametrize("runs", [("a", "b"), ("b", "a")], ids=["names in order", "names against it"])
@pytest.mark.parametrize(("ended", "seq"), [(LATE, 7), (EARLY, 8)], ids=["a second later", "the same second"])
def test_the_newest_reading_is_the_one_that_ended_last(vault, runs, ended, seq):
    first, second = runs
    sealed(vault, first, EARLY, 7)
    sealed(vault, second, ended, seq)
    newest = newest_reading(vault, SCHOOL, PERIOD)
    assert newest.tables["upn"]["upn"].tolist() == [f"{second} census/tables"]
    assert newest.snapshot["upn"]["upn"].tolist() == [f"{second} census/snapshot"]

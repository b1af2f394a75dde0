"""F10: whatever a template or a school is called, a remote name stays one name in one directory."""

import random
from dataclasses import replace

import pytest

from exports.parcel import Parcel
from exports.transports.sftp_steps import Places
from exports.waybill import RemoteNameRefused
from tests.exports.desk import ROUTE
from tests.nightly import NIGHTLY

TRIALS = 1_000_000 if NIGHTLY else 20_000
PIECES = (
    "../", "..", "/", "\\", "\0", "\n", "\r", "-", ".", " ", "~", "%2e", "%00", "\u202e", "\u200b", "\uff0e", "\u2044",
    "con", "NUL", "lpt1", "aux.", ":", "*", "?", "<", "|", '"', "$(x)", "`x`", ";", "a", "B", "0", "_", "900002",
    ".csv", ".xml", "x" * 99, "x" * 300, "é", "\ud7ff", "\U0001f600",
)  # fmt: skip
ALLOWED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


@pytest.mark.fault("F10")
def test_no_name_leads_out_of_its_directory_or_means_something_to_a_system():
    chance = random.Random(2026)  # noqa: S311  a seed, not a secret
    route = replace(ROUTE, directory="/in", staging="/staging", trigger=".done")
    kept = 0
    for _ in range(TRIALS):
        name = "".join(chance.choices(PIECES, k=chance.randint(1, 5)))
        try:
            places = Places.of(Parcel("0" * 64, name, 1, "0" * 64), route)
        except RemoteNameRefused:
            continue
        kept += 1
        for path, folder in ((places.final, "/in/"), (places.part, "/staging/"), (places.trigger, "/in/")):
            last = path.removeprefix(folder)
            assert path.startswith(folder)
            assert set(last) <= ALLOWED
            assert ".." not in last
            assert len(last) < 255
        assert name[0] not in ".-"
        assert name.partition(".")[0].upper() not in {"CON", "NUL", "AUX", "LPT1"}
    assert kept > TRIALS // 1000

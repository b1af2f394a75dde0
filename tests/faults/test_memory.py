"""F18: a school ten times as large, with too little memory and with enough."""

import json
import os
import subprocess
import sys

import pytest

from tests.faults.forks import ROOT


@pytest.mark.fault("F18")
def test_too_little_memory_enters_nothing_and_enough_is_bounded(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.starving", str(tmp_path)], cwd=ROOT, text=True, capture_output=True,
        check=False, env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["starved"]["outcome"] in {"MemoryError", "ArrowMemoryError"}
    assert told["after"] == {"faults": [], "releases": 0}
    assert told["fed"]["outcome"] == "prepared"
    assert told["fed"]["peak"] < 600e6

"""F20: nothing is installed that was not resolved before, and no lock says where it came from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


@pytest.mark.fault("F20")
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_one_version_with_the_hashes_of_its_files(lock):
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    requirements = [block for block in blocks if block.strip() and not block.startswith("#")]
    assert requirements
    for block in requirements:
        assert re.match(r"[A-Za-z0-9._\[\]-]+==[^\s;]+", block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]


@pytest.mark.fault("F20")
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_an_index(lock):
    assert not re.search(r"https?://|--(extra-)?index|--find-links|file:", lock.read_text(encoding="utf-8"))


@pytest.mark.fault("F20")
def test_what_is_installed_is_checked_against_the_locks():
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in recipe.splitlines() if re.search(r"pip (install|sync)", line)]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)

"""`python -m tests.planted`: plant each bug of the send path in a copy of the project and show which test notices.

Belongs here: the copy, running and printing. It ends with 1 when a bug is not noticed.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.planted.bugs import BUGS, Bug

ROOT = Path(__file__).parents[2]
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def main() -> int:
    """Try every bug; print what noticed it, and the score."""
    survived = []
    with tempfile.TemporaryDirectory(prefix="waybill-planted-") as made:
        copy = Path(made) / "waybill"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        for bug in BUGS:
            test = noticed(copy, bug)
            print(f"{bug.file}: {bug.what}\n    {test or 'NOT NOTICED'}", flush=True)
            if test is None:
                survived.append(bug)
    print(f"{len(BUGS)} bugs planted in the send path, {len(BUGS) - len(survived)} noticed")
    return int(bool(survived))


def noticed(copy: Path, bug: Bug) -> str | None:
    """Run the tests with one bug; return the first that fails."""
    file = copy / bug.file
    sound = file.read_text(encoding="utf-8")
    file.write_text(sound.replace(bug.now, bug.bug), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not nightly", bug.tests]
    try:
        ended = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    finally:
        file.write_text(sound, encoding="utf-8")
    found = FAILED.search(ended.stdout)
    return found[1] if found else None


if __name__ == "__main__":
    sys.exit(main())

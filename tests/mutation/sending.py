"""`python -m tests.mutation.sending [MODULE ...]`: what share of wrong versions of the send path its tests notice.

Belongs here: swapping one wrong version of a function in, in a process of its own, and running the tests of its module
there. A mutant survives when every test still passes: then a case is missing, or the change changes nothing. Bugs that
somebody thought of are `tests.planted`; what is a mutant is `tests.mutation.mutants`.
"""

import os
import resource
import signal
import sys
from collections import Counter
from contextlib import redirect_stdout
from importlib import import_module
from inspect import getsource
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.renderers import changes_a_function, in_place

TESTS: Final = {
    "exports.delivery": ("tests/exports/test_release_delivery.py",),
    "exports.release": tuple(f"tests/exports/test_release{name}.py" for name in ("", "_overridden", "_delivery")),
    "exports.logins": ("tests/exports/test_logins.py",),
    "exports.transports.sftp": tuple(
        f"tests/exports/test_sftp{name}.py" for name in ("", "_alternatives", "_edges", "_faults", "_resume", "_wire")
    ),
    "ledger.store": tuple(f"tests/ledger/test_{name}.py" for name in ("store", "releases", "recall", "merkle")),
}
ROOT: Final = Path(__file__).parents[2]
LONGEST_CPU_SECONDS: Final = 300
LONGEST_SECONDS: Final = 300
"""Seconds on the wall, for a version that waits for ever and uses no CPU."""
MOST_MEMORY: Final = 6 * 2**30
"""Bytes of address space. A version that goes on for ever is noticed by it, before it takes the machine with it."""


def fate(module: ModuleType, mutant: Mutant, tests: tuple[str, ...]) -> str:
    """Run the tests with one mutant in place."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_CPU_SECONDS, LONGEST_CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        signal.alarm(LONGEST_SECONDS)
        os._exit(_ended(module, mutant, tests))
    _, status = os.waitpid(child, 0)
    return "survived" if status == 0 else "noticed"


def _ended(module: ModuleType, mutant: Mutant, tests: tuple[str, ...]) -> int:
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", *(str(ROOT / one) for one in tests)]
    try:
        with (
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,
            redirect_stdout(nowhere),
            in_place(module, mutant),
        ):
            return int(pytest.main(arguments))
    except BaseException:  # noqa: BLE001  a version that cannot even be loaded is noticed
        return 1


def main(only: list[str]) -> None:
    """Try every mutant; print the survivors and the score."""
    for name, tests in TESTS.items():
        if only and name.rpartition(".")[2] not in only:
            continue
        module = import_module(name)
        count: Counter[str] = Counter()
        for mutant in mutants(name.rpartition(".")[2], getsource(module)):
            if not changes_a_function(module, mutant):
                continue  # a constant was read when the module was loaded
            if mutant.before.startswith(("'", '"')):
                continue  # words are for people, or a key that the record's readers check
            became = fate(module, mutant, tests)
            count[became] += 1
            if became == "survived":
                print(
                    f"{mutant.module}.py:{mutant.line} {mutant.name}: {mutant.before}  ->  {mutant.after}", flush=True
                )
        print(f"{name}: {count.total()} mutants, {count['noticed'] / max(count.total(), 1):.1%} noticed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

"""`python -m tests.mutation.renderers`: what share of wrong writers of files their independent readers notice.

Belongs here: swapping one wrong version of a writer in, writing with it what each format is given, and reading the
bytes back. A mutant is rejected when the reader finds the bytes at odds with the tables or refuses them, and stopped
when it cannot write at all. It shows nothing when all its bytes are the right ones, and survives when they are others
that the reader takes.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import getsource
from types import CodeType, FunctionType, ModuleType, SimpleNamespace
from typing import Any, Final

from bench.data import school
from exports.formats import FORMATS, Format
from exports.minimise import minimise
from exports.parts import parts
from exports.terms import Agreement
from schemas.table import Frames
from tests.exports import census_frames, roster_frames, test_bundle, test_cme_xml, transfer_frames
from tests.exports.canaries import DAY, frames_for
from tests.exports.trust_folder import agreement, compiled, roll
from tests.mutation.mutants import Mutant, mutants

WRITERS: Final = ("census_xml", "cells", "csv_file", "ctf_xml", "oneroster", "bundle")
"""Modules of `exports.formats` that turn tables into bytes."""


@dataclass(frozen=True)
class Written:
    """Tables under their agreement, and the bytes that the right writer makes of them."""

    format: Format
    frames: Frames
    agreement: Agreement
    data: bytes


@cache
def witnesses() -> tuple[Written, ...]:
    """Return what each format is tried on: the awkward tables of its own tests, and two pupils of every agreement."""
    return tuple(
        Written(FORMATS[terms.format], frames, terms, FORMATS[terms.format].render(frames, terms))
        for frames, terms in _given()
    )


def _given() -> Iterator[tuple[Frames, Agreement]]:
    census: Any = SimpleNamespace(format="census_xml", fields=sorted(census_frames.FIELDS))
    for frames in (census_frames.frames(1), census_frames.frames(2), school(2, 30)):
        header = frames["header"].assign(term="AUT", reference_date=DAY).astype(frames["header"].dtypes)
        yield {**frames, "header": header}, census
    for frames in parts(transfer_frames.usual()).values():
        yield frames, transfer_frames.TERMS
    for family in ("cml", "cmj"):
        terms, _, frames, _ = test_cme_xml.file_of(family)
        yield frames, terms
    yield roster_frames.minimised(roster_frames.child(1), roster_frames.child(2, year="9")), roster_frames.TERMS
    yield test_bundle.FRAMES, test_bundle.AGREEMENT
    terms = agreement("nhs_immunisation")
    yield minimise(roll({}, {"contact1_forename": None, "surname": '=1+1,"x"'}), terms, as_at=DAY), terms
    for name in sorted(compiled()):
        terms = agreement(name)
        if FORMATS[terms.format].kind == "csv":
            yield minimise(frames_for(terms), terms, as_at=DAY), terms


def fates(writer: str) -> Iterator[tuple[str, Mutant]]:
    """Try every mutant of a writer; yield what became of each."""
    module = import_module(f"exports.formats.{writer}")
    tried = [each for each in witnesses() if _writes(module, each)]
    for mutant in mutants(writer, getsource(module), writer=True):
        if not callable(getattr(module, mutant.name, None)):
            continue  # a constant was read when the module was loaded
        with in_place(module, mutant):
            yield _fate(tried), mutant


def _writes(module: ModuleType, written: Written) -> bool:
    """Say whether a witness passes through a module: whether it fails when every function of the module does."""
    with _swapped(module, dict.fromkeys(_holders(module), _breaks.__code__)):
        try:
            return written.format.render(written.frames, written.agreement) != written.data
        except Exception:  # noqa: BLE001  it was called
            return True


def _breaks(*_given: object, **_named: object) -> None:
    """Stand in for any function."""
    raise ZeroDivisionError


def _fate(tried: list[Written]) -> str:
    seen = "shows nothing"
    for each in tried:
        try:
            data = each.format.render(each.frames, each.agreement)
        except Exception:  # noqa: BLE001  a writer that breaks writes nothing
            return "stopped"
        if data == each.data:
            continue
        if _rejected(data, each):
            return "rejected"
        seen = "survived"
    return seen


def _rejected(data: bytes, written: Written) -> bool:
    try:
        return bool(written.format.disagreements(data, written.frames, written.agreement))
    except Exception:  # noqa: BLE001  a reader that refuses the bytes rejects them
        return True


@contextmanager
def in_place(module: ModuleType, mutant: Mutant) -> Iterator[None]:
    """Let a module's functions be those of a mutant for a while."""
    with _swapped(module, _codes(module, mutant)):
        yield


def changes_a_function(module: ModuleType, mutant: Mutant) -> bool:
    """Say whether a mutant is in the code of a function that can be swapped, and not in what was read at loading."""
    held = _holders(module)
    return any(held[name].__code__ != code for name, code in _codes(module, mutant).items() if name in held)


def _codes(module: ModuleType, mutant: Mutant) -> dict[str, CodeType]:
    made = ModuleType(module.__name__)
    exec(compile(mutant.tree, module.__name__, "exec"), vars(made))  # noqa: S102  the project's own source
    return {name: holder.__code__ for name, holder in _holders(made).items()}


@contextmanager
def _swapped(module: ModuleType, codes: dict[str, CodeType]) -> Iterator[None]:
    """Let functions that others already hold run other code: no reference to them has to change."""
    held = _holders(module)
    right = {name: holder.__code__ for name, holder in held.items()}
    _forget(module)
    try:
        for name, holder in held.items():
            if not holder.__code__.co_freevars:
                holder.__code__ = codes[name]
        yield
    finally:
        for name, holder in held.items():
            holder.__code__ = right[name]
        _forget(module)


def _holders(module: ModuleType) -> dict[str, FunctionType]:
    """Return the module's own functions and methods, under the names that say where they are."""
    found: dict[str, FunctionType] = {}
    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            for inner, method in vars(value).items():
                found |= _function(f"{name}.{inner}", getattr(method, "fget", method), module)
        else:
            found |= _function(name, getattr(value, "__wrapped__", value), module)
    return found


def _function(name: str, value: object, module: ModuleType) -> dict[str, FunctionType]:
    own = isinstance(value, FunctionType) and value.__module__ == module.__name__
    return {name: value} if own and value.__code__.co_filename in {module.__name__, _file(module)} else {}


def _file(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or module.__name__


def _forget(module: ModuleType) -> None:
    for value in vars(module).values():
        clear: Callable[[], None] | None = getattr(value, "cache_clear", None)
        if clear is not None and value.__module__ == module.__name__:
            clear()


def main() -> None:
    """Try every mutant of every writer; print the survivors and the score."""
    total: Counter[str] = Counter()
    for writer in WRITERS:
        count: Counter[str] = Counter()
        for fate, mutant in fates(writer):
            count[fate] += 1
            if fate == "survived":
                print(f"{writer}.py:{mutant.line} {mutant.name}: {mutant.before}  ->  {mutant.after}", flush=True)
        print(f"{writer}: {dict(count)}", flush=True)
        total += count
    print(f"all: {dict(total)}")


if __name__ == "__main__":
    main()

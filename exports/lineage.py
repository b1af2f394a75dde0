"""How the cells of one file came to be: what each line was read from, each step by name, which object was whose.

Belongs here: what is sealed with a file so that one cell can be traced back, and reading it. It holds ids of the MIS,
and goes when the file goes. The lists of a vendor that a canonical column comes from are its connector's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from exports.terms import Agreement, Line
from schemas.canonical import CANONICAL
from schemas.census.provenance import SNAPSHOT, given_by, made_from
from schemas.feeds import DATASETS

ARTEFACT: Final = "lineage"
CENSUS: Final = "census"


@dataclass(frozen=True, slots=True)
class Origin:
    """How the cells of one agreement line came to be.

    Attributes:
        reads: canonical columns that the value is made from, `<table>.<column>`.
        steps: what was done to it, in order, each by its name.

    """

    reads: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """Of one file: each line's origin, and the MIS's own id of each pupil by reference (hex)."""

    lines: Mapping[str, Origin]
    objects: Mapping[str, str]


def lineage_of(agreement: Agreement, objects: Mapping[str, str], made_by: str | None) -> Lineage:
    """Say how a file of this agreement is made.

    Args:
        agreement: as compiled for the file.
        objects: ids of the MIS by reference.
        made_by: the MIS that wrote an adopted file; its lines have no step of ours.

    """
    return Lineage({line.id: _origin(agreement, line, made_by) for line in agreement.lines}, objects)


def of_file(agreement: Agreement, refs: Sequence[bytes], named: Sequence[str], made_by: str | None) -> bytes:
    """Return what is sealed with a file: the lineage of its pupils, `refs` and `named` in the same order."""
    objects = {ref.hex(): pupil for ref, pupil in zip(refs, named, strict=True)}
    return write(lineage_of(agreement, objects, made_by))


def write(lineage: Lineage) -> bytes:
    """Return the lineage as RFC 8785 JSON."""
    lines = {name: {"reads": list(one.reads), "steps": list(one.steps)} for name, one in lineage.lines.items()}
    return rfc8785.dumps({"lines": lines, "objects": dict(lineage.objects)})


def read(data: bytes) -> Lineage:
    """Return the lineage that `write` wrote."""
    body: dict[str, Any] = json.loads(data)
    lines = {name: Origin(tuple(one["reads"]), tuple(one["steps"])) for name, one in body["lines"].items()}
    return Lineage(lines, body["objects"])


def _origin(agreement: Agreement, line: Line, made_by: str | None) -> Origin:
    if made_by is not None:
        return Origin((), (f"file made by {made_by}", "adopted as it is", f"read back as {agreement.format}"))
    made = f"dataset {agreement.dataset}" if agreement.dataset in DATASETS else "conform (as at the reference date)"
    population = " and ".join(one.name for one in agreement.population) or "whole_roll"
    given = given_by(line.field) if agreement.dataset == CENSUS else SNAPSHOT
    steps = (given, made, f"minimise ({population})", f"transform {line.transform}", f"format {agreement.format}")
    return Origin(_reads(agreement, line), (*steps, "read back and compared"))


def _reads(agreement: Agreement, line: Line) -> tuple[str, ...]:
    if agreement.dataset == CENSUS:
        return made_from(line.field)
    dataset = DATASETS.get(agreement.dataset)
    if dataset is None:
        known = line.table in CANONICAL and line.column in CANONICAL[line.table]
        return (line.field,) if known else ()
    read = dataset.reads(frozenset({line.field}))
    return tuple(sorted(f"{table}.{column}" for table, columns in read.items() for column in columns))

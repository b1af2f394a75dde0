"""The department's own checks, run over a file: its schema (XSD) and its validation stylesheets (XSLT).

Belongs here: starting the fenced process (`exports.official_run`), what its answer means, and how its counts compare
with our own findings. What was imported, and what that confirms, is `exports.spec_folder`. Nothing here holds a value
of a pupil: lines, element paths, kinds of fault, rule numbers and counts only.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final

import pandas as pd

from exports import official_run
from exports.spec_folder import Imported, Kind, confirmed, in_use, place
from schemas.refusal import Refusal

__all__ = [
    "NOT_RUN", "Comparison", "Official", "OfficialCheckFailed", "SchemaFault", "SchemaRefused", "accepted", "compared",
    "confirmed", "official_findings", "why_unfit",
]  # fmt: skip

WALL_SECONDS: Final = 120
_SHOWN: Final = 10
_RUNNABLE: Final = MappingProxyType({Kind.SCHEMA: "schemas", Kind.STYLESHEET: "stylesheets"})
_EMPTY: Final = b"<Message/>"
_TAG: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}")
_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SCHEMAV_ELEMENT_CONTENT": "is not expected there, or lacks an element that must be in it",
        "SCHEMAV_CVC_ELT_1": "is no element that the schema begins with",
        "SCHEMAV_CVC_TYPE_3_1_1": "has an attribute that it must not have",
        "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "has an attribute that it must not have",
        "SCHEMAV_CVC_COMPLEX_TYPE_2_1": "must be empty",
        "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "holds text between its elements",
        "SCHEMAV_CVC_COMPLEX_TYPE_2_4": "is not expected there, or lacks an element that must be in it",
        "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "has a value of another type",
        "SCHEMAV_CVC_DATATYPE_VALID_1_2_2": "has a value of another type",
        "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": "has a value of another type",
        "SCHEMAV_CVC_ENUMERATION_VALID": "has a code that the schema does not list",
        "SCHEMAV_CVC_PATTERN_VALID": "has a value of another form",
        "SCHEMAV_CVC_LENGTH_VALID": "has a value of the wrong length",
        "SCHEMAV_CVC_MINLENGTH_VALID": "has a value that is too short",
        "SCHEMAV_CVC_MAXLENGTH_VALID": "has a value that is too long",
        "SCHEMAV_CVC_MININCLUSIVE_VALID": "has a value below what is allowed",
        "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "has a value above what is allowed",
    }
)


class SchemaRefused(Refusal):
    """The department's schema does not accept the file."""

    code: ClassVar[str] = "schema_refused"


class OfficialCheckFailed(Refusal):
    """A schema or stylesheet could not be run to its end over a file."""

    code: ClassVar[str] = "official_check_failed"


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One kind of fault at one path: what, how often, and the first line of the file where it is."""

    path: str
    kind: str
    times: int
    line: int

    @property
    def text(self) -> str:
        """The fault in words."""
        return f"line {self.line}: {self.path} {self.kind} ({self.times})"


@dataclass(frozen=True, slots=True)
class Official:
    """What the department's material says of one file.

    Attributes:
        used: names of the files that were run; empty when none has been imported for the year.
        faults: what the schemas refuse.
        reported: how often the stylesheets' reports name each rule.
        unread: lines of a report in which no rule number could be found.

    """

    used: tuple[str, ...] = ()
    faults: tuple[SchemaFault, ...] = ()
    reported: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0


NOT_RUN: Final = Official()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One rule: how often the stylesheet reports it, and how often we do."""

    rule: str
    theirs: int
    ours: int

    @property
    def standing(self) -> str:
        """`agree`, `other count`, `only theirs` or `only ours`."""
        if self.theirs == self.ours:
            return "agree"
        if not self.ours:
            return "only theirs"
        return "other count" if self.theirs else "only ours"


def official_findings(data: bytes, folder: Path, year: str) -> Official:
    """Run the year's schemas and stylesheets over a file.

    Args:
        data: the file.
        folder: the trust folder; its `spec/<year>/` holds the material.
        year: academic year, `2026-27`.

    Raises:
        OfficialCheckFailed: the material could not be run to its end; the file has not been judged.
        SpecFolderFault: the material is not what was imported.

    """
    used = [each for each in in_use(folder, year) if each.kind in _RUNNABLE]
    if not used:
        return NOT_RUN
    answer = _fenced(data, place(folder, year), used)
    counts: Counter[tuple[str, str]] = Counter()
    lines: dict[tuple[str, str], int] = {}
    for line, path, kind in answer["faults"]:
        key = (_path(path), _KINDS.get(kind, f"breaks the schema ({kind.lower()})"))
        counts[key] += 1
        lines.setdefault(key, line)
    faults = tuple(SchemaFault(*key, count, lines[key]) for key, count in counts.items())
    return Official(tuple(each.name for each in used), faults, answer["rules"], answer["unread"])


def accepted(folder: Path, data: bytes, year: str) -> Official:
    """As `official_findings`, and refuse a file that a schema does not accept. Raises SchemaRefused as well."""
    official = official_findings(data, folder, year)
    if official.faults:
        more = f"; and {len(official.faults) - _SHOWN} more" if len(official.faults) > _SHOWN else ""
        listed = "; ".join(fault.text for fault in official.faults[:_SHOWN])
        message = f"the department's schema for {year} does not accept the file: {listed}{more}. Nothing was prepared"
        raise SchemaRefused(message)
    return official


def why_unfit(material: bytes, kind: Kind) -> str:
    """Say why a schema or stylesheet cannot be run at all; empty when it can: tried before it is kept."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "material"
        file.write_bytes(material)
        return str(_answer(_EMPTY, {kind: [file]}).get("failed", ""))


def compared(reported: Mapping[str, int], findings: pd.DataFrame) -> tuple[Comparison, ...]:
    """Hold the stylesheets' counts against our own findings of numbered rules, by number.

    Args:
        reported: `Official.reported`.
        findings: a FINDING frame; rules that were not evaluated found nothing.

    """
    found = Counter(findings[findings["evaluated"].to_numpy(dtype=bool)]["rule"].tolist())
    ours = {_digits(rule): (rule, count) for rule, count in found.items() if rule[0].isdigit()}
    theirs = {_digits(rule): (rule, count) for rule, count in reported.items()}
    none = ("", 0)
    return tuple(
        Comparison((ours.get(number) or theirs[number])[0], theirs.get(number, none)[1], ours.get(number, none)[1])
        for number in sorted({*ours, *theirs}, key=int)
    )


def _digits(rule: str) -> str:
    """Some lists write the Q of a query and some do not."""
    return rule.rstrip("Qq")


def _fenced(data: bytes, folder: Path, used: list[Imported]) -> dict[str, Any]:
    files = {kind: [folder / each.stored_as for each in used if each.kind is kind] for kind in _RUNNABLE}
    answer = _answer(data, files)
    if "failed" in answer:
        names = ", ".join(each.name for each in used)
        message = (
            f"the department's material ({names}) could not be run over the file: {answer['failed']}. It has not been "
            "judged. Import a corrected file of the same name, or take its entry out of spec/*/index.json"
        )
        raise OfficialCheckFailed(message)
    return answer


def _answer(data: bytes, files: Mapping[Kind, list[Path]]) -> dict[str, Any]:
    """What the fenced process says; `failed` when it could not end."""
    order = {name: [str(file) for file in files.get(kind, ())] for kind, name in _RUNNABLE.items()}
    command = [sys.executable, "-I", str(Path(official_run.__file__)), json.dumps(order)]
    try:
        ended = subprocess.run(command, input=data, capture_output=True, timeout=WALL_SECONDS, check=True)  # noqa: S603
        answer: dict[str, Any] = json.loads(ended.stdout)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError, ValueError):
        return {"failed": "out of its time or memory"}
    return answer


def _path(path: str) -> str:
    """The path as far as it is made of plain names: a file of somebody else's may put anything there."""
    steps = path.strip("/").split("/")
    return "/".join(step if _TAG.fullmatch(step) else "?" for step in steps)

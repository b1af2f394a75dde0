"""One cell of one file, traced back: where its value came from, what was done to it, why it could leave.

Belongs here: putting together what ledger and vault know of it. The value itself is nowhere here: whether it was a
given one, the pupil's key can tell (`ledger.trace.who_had`). Which lists of a vendor a column comes from is asked of
the caller, who knows the connectors.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from exports import lineage
from exports.grounds import Ground
from exports.preparation import artefact
from exports.sent import Whole, whole
from exports.terms import Agreement
from ledger.store import Ledger
from ledger.trace import Holder, who_had
from schemas.census.findings import FINDING
from schemas.refusal import Refusal
from vault.frames import unpack
from vault.store import ArtefactGone, ArtefactMissing, Vault


class CellUnknown(Refusal):
    """The file told no such field of that pupil."""

    code: ClassVar[str] = "cell_unknown"


@dataclass(frozen=True, slots=True)
class Source:
    """One list of the MIS that the value can come from, as the snapshot's certificate knows it.

    Attributes:
        column: canonical column.
        revision: the highest that a row of the list carried; None where the list has none, or was not read.
        sha256: of the list as it was read.

    """

    column: str
    resource: str
    path: str
    revision: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule said of this cell's pupil and field."""

    rule: str
    severity: str
    evaluated: bool
    message: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Everything known of one cell but its value.

    Attributes:
        lines: agreement lines under which the field stood in the file, each with its grounds.
        object: the pupil's id in the MIS; None once the file's lineage is purged.
        read_at: when the snapshot ended, as its certificate says; None once that is purged.
        steps: by line, what was done to the value, each step by name.
        results: findings of rules on this pupil and field; None once purged, empty when every rule passed.

    """

    file: Whole
    lines: Mapping[str, Ground]
    object: str | None
    read_at: str | None
    sources: tuple[Source, ...]
    steps: Mapping[str, tuple[str, ...]]
    results: tuple[RuleResult, ...] | None


Origins = Callable[[str, str, str], Sequence[tuple[str, str]]]
"""Kind of MIS, canonical table and column -> resource and path of each list that gives the value."""


def cell(ledger: Ledger, vault: Vault, waybill: str, ref: bytes, field: str, origins: Origins) -> Cell:
    """Trace one cell back.

    Args:
        ledger: the ledger.
        vault: holds what the file rests on, as long as it is kept.
        waybill: of a file that left.
        ref: the pupil's reference.
        field: `<table>.<column>`, or an agreement line id.
        origins: see `Origins`.

    Raises:
        CellUnknown: the file told no such field of the pupil.

    """
    held: list[Holder] = [one for one in who_had(ledger, ref, field) if one.disclosure.waybill == waybill]
    if not held:
        message = f"file {waybill[:12]} told no {field} of that pupil: waybill trace pupil lists what it told"
        raise CellUnknown(message)
    file = whole(ledger, vault, waybill)
    lines = {one.line: file.grounds.lines[one.line] for one in held}
    certificate, made = _open(ledger, vault, waybill, "certificate"), _open(ledger, vault, waybill, lineage.ARTEFACT)
    snapshot = json.loads(certificate) if certificate else {}
    known = lineage.read(made) if made else lineage.Lineage({}, {})
    steps = {line: known.lines[line].steps for line in lines if line in known.lines}
    reads = dict.fromkeys(column for line in steps for column in known.lines[line].reads)
    subject = known.objects.get(ref.hex())
    return Cell(
        file=file,
        lines=lines,
        object=subject,
        read_at=snapshot.get("ended"),
        sources=tuple(source for column in reads for source in _sources(column, snapshot, origins)),
        steps=steps,
        results=_results(ledger, vault, waybill, subject, {ground.field for ground in lines.values()}),
    )


def sensitivity(agreement: Agreement | None, lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return agreement lines by the sensitivity of their column, as far as the agreement still has them."""
    known = {line.id: line.sensitivity.value for line in agreement.lines} if agreement else {}
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(known.get(line, "not known: the agreement has changed"), []).append(line)
    return {kind: tuple(listed) for kind, listed in sorted(found.items())}


def _sources(column: str, snapshot: Mapping[str, Any], origins: Origins) -> list[Source]:
    table, _, name = column.partition(".")
    read = snapshot.get("resources", {})
    return [
        Source(
            column, resource, path, read.get(resource, {}).get("last_revision"), read.get(resource, {}).get("sha256")
        )
        for resource, path in origins(str(snapshot.get("kind", "")), table, name)
        if resource in read
    ]


def _results(
    ledger: Ledger, vault: Vault, waybill: str, subject: str | None, fields: set[str]
) -> tuple[RuleResult, ...] | None:
    packed = _open(ledger, vault, waybill, "findings")
    if packed is None or subject is None:
        return None
    frames, _ = unpack(packed)
    found = frames[FINDING.name]
    about = found[found["pupil_id"].eq(subject).fillna(value=False)]
    return tuple(
        RuleResult(str(row["rule"]), str(row["severity"]), bool(row["evaluated"]), str(row["message"]))
        for _, row in about.iterrows()
        if fields & set(str(row["fields"]).split())
    )


def _open(ledger: Ledger, vault: Vault, waybill: str, name: str) -> bytes | None:
    """Return a part that was sealed with the file; None when it is purged, or was not sealed by an older version."""
    try:
        return vault.open(artefact(ledger, waybill, name))
    except (ArtefactGone, ArtefactMissing, KeyError):
        return None

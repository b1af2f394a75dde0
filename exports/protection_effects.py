"""What protection takes out of a file: rows, addresses and contacts, and answers that a family declined to give.

Belongs here: carrying out the treatments of `exports.protection_standing` on tables, and what there is to say of it
before the file may leave. Nothing here decides.
"""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from exports import vocabularies as words
from exports.populations import only
from exports.protection import DECLINABLE
from exports.protection_standing import Standing, Treatment
from exports.terms import Agreement
from schemas.census.findings import FINDING
from schemas.table import Frames, Sensitivity, Table

HELD_RULE: Final = "L-protection-held"
UNCONFIRMED_RULE: Final = "L-protection-unconfirmed"
NOT_KNOWN_POSTCODE: Final = "ZZ99 3WZ"
"""The NHS's postcode for an address not known (facts: nhs/codes.md), where a recipient refuses a row without one."""
_REFERENCE: Final = Sensitivity.REFERENCE
_SOURCE_OF: Final[Mapping[str, str]] = MappingProxyType({"ethnicity": "ethnicity_source"})
"""Who answered, beside an item: with a refusal nobody did, and no other source may stand in for it."""


@dataclass(frozen=True)
class Applied:
    """What protection did to one agreement's tables.

    Attributes:
        held: pupils in them who wait for a decision of the safeguarding lead, each with all kinds that protect them.
        counted: of how many pupils of the population each kind is known, those left out included.
        seq: the ledger's last event when the MIS was read; what changed later is not applied.

    """

    held: Mapping[str, frozenset[str]] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    seq: int | None = None

    def body(self) -> dict[str, Any]:
        """What was applied as a JSON object."""
        held = {pupil: sorted(kinds) for pupil, kinds in self.held.items()}
        return {"held": held, "counted": dict(self.counted), "seq": self.seq}

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Applied":
        """What `body` wrote."""
        held = {pupil: frozenset(kinds) for pupil, kinds in body["held"].items()}
        return cls(held, body["counted"], body["seq"])

    def within(self, pupils: Container[str]) -> "Applied":
        """The same, with the held pupils of one of several files."""
        return replace(self, held={pupil: kinds for pupil, kinds in self.held.items() if pupil in pupils})


def may_leave(frames: Frames, agreement: Agreement, standing: Standing) -> dict[str, pd.DataFrame]:
    """Return the tables without pupils whose consent is missing, and without those whose row is withheld."""
    kept = dict(frames) if agreement.consent_purpose is None else only(frames, standing.consenting)
    withheld = list(standing.of(Treatment.ROW_WITHHELD, agreement))
    if not withheld:
        return kept
    return {
        name: frame[~frame["pupil_id"].isin(withheld).astype(bool)] if "pupil_id" in frame else frame
        for name, frame in kept.items()
    }


def without_contacts(
    frame: pd.DataFrame, source: Table, agreement: Agreement, standing: Standing, keys: Collection[str]
) -> pd.DataFrame:
    """Return one minimised table with every address and contact emptied of the pupils it is withheld of.

    In a table with a contact or an address a row, the row goes: what it says beside is about nobody else.

    Args:
        frame: the agreed columns of the table, and those that organise it.
        source: the table as declared.
        agreement: whose file it is.
        standing: of the pupils.
        keys: the columns that organise.

    """
    contacts = [name for name in map(str, frame.columns) if source[name].sensitivity is Sensitivity.CONTACT]
    hidden = standing.of(Treatment.CONTACTS_WITHHELD, agreement) | standing.of(Treatment.HELD, agreement)
    if not (contacts and hidden and "pupil_id" in frame):
        return frame
    theirs = frame["pupil_id"].isin(list(hidden)).astype(bool)
    if is_about_contacts(source, keys):
        return frame[~theirs].reset_index(drop=True)
    emptied = frame.assign(**{name: frame[name].mask(theirs) for name in contacts})
    if agreement.profile in words.POSTCODE_FORCED and "postcode" in emptied:
        return emptied.assign(postcode=emptied["postcode"].mask(theirs, NOT_KNOWN_POSTCODE))
    return emptied


def is_about_contacts(source: Table, keys: Collection[str]) -> bool:
    """Say whether each row of a table is a contact or an address of a pupil, beside the columns that organise it."""
    told = [column for column in source.columns if column.name not in keys and column.sensitivity is not _REFERENCE]
    return "contact_id" in source or all(column.sensitivity is Sensitivity.CONTACT for column in told)


def declined(frame: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """Return one minimised table in which an item that a family declined to say is its refusal code."""
    for item, pupils in standing.declined.items():
        if item in frame and "pupil_id" in frame:
            theirs = frame["pupil_id"].isin(list(pupils)).astype(bool)
            frame = frame.assign(**{item: frame[item].mask(theirs, DECLINABLE[item])})
            beside = _SOURCE_OF.get(item)
            if beside is not None and beside in frame:
                frame = frame.assign(**{beside: frame[beside].mask(theirs)})
    return frame


def tells_contacts(agreement: Agreement) -> bool:
    """Say whether an agreement's files hold an address or a contact."""
    return any(line.sensitivity is Sensitivity.CONTACT for line in agreement.lines)


def protection_findings(agreement: Agreement, held: Mapping[str, object], *, confirmed: bool) -> pd.DataFrame:
    """Return a FINDING frame of what keeps a file from leaving until the safeguarding lead has acted.

    No override and no explanation answers these: the gate refuses for itself (`exports.protection_gate`).

    Args:
        agreement: whose file it is.
        held: the pupils in the file who wait for a decision, by MIS id.
        confirmed: whether the school's register was confirmed this term.

    """
    rows: list[tuple[str, str, str | None, str]] = [
        (HELD_RULE, "pupil", pupil, _held(agreement)) for pupil in sorted(held)
    ]
    if tells_contacts(agreement) and not confirmed:
        rows.append((UNCONFIRMED_RULE, "return", None, _UNCONFIRMED))
    return FINDING.frame(
        {
            "rule": [rule for rule, *_ in rows],
            "severity": ["error"] * len(rows),
            "blocking": [True] * len(rows),
            "level": [level for _, level, *_ in rows],
            "table": [agreement.tables[0]] * len(rows),
            "pupil_id": [pupil for _, _, pupil, _ in rows],
            "row_key": [None] * len(rows),
            "fields": [f"{agreement.tables[0]}.pupil_id"] * len(rows),
            "message": [message for *_, message in rows],
            "evaluated": [True] * len(rows),
        },
    )


_UNCONFIRMED: Final = (
    "The protection register of this school is not confirmed this term, so no address and no contact may leave. The "
    "safeguarding lead confirms it (waybill protect confirm), then prepare again."
)


def _held(agreement: Agreement) -> str:
    return (
        "The file is held for a decision of the safeguarding lead on this pupil. Record it (waybill protect decide "
        f"{agreement.id} URN PUPIL send, withhold or leave-out), then prepare again."
    )

"""What protects the pupils of one school from one agreement: register, MIS and decisions put together.

Belongs here: reading them into one value, and which treatment follows from it for each pupil. The agreement says the
effect of each kind of protection; of several the strictest counts. Carrying a treatment out is
`exports.protection_effects`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from exports import vocabularies as words
from exports.protection import Flag, Record, records
from exports.protection_log import Decision, Ruling, decisions
from exports.terms import Agreement
from ledger.store import Ledger, Tx
from schemas.mis_flags import Said
from vault.pupils import PupilKeys
from vault.store import Vault


class Treatment(IntEnum):
    """What becomes of a pupil in a file; a higher one is stricter."""

    SENT = 0
    CONTACTS_WITHHELD = 1
    HELD = 2  # undecided: the file waits, and holds neither address nor contact of the pupil meanwhile
    ROW_WITHHELD = 3


_OF_EFFECT: Final[Mapping[str, Treatment]] = MappingProxyType(
    {
        "sent": Treatment.SENT,
        "not_in_dataset": Treatment.SENT,
        "contacts_withheld": Treatment.CONTACTS_WITHHELD,
        "held": Treatment.HELD,
        "row_withheld": Treatment.ROW_WITHHELD,
    },
)
_OF_RULING: Final[Mapping[Ruling, Treatment]] = MappingProxyType(
    {
        Ruling.SEND: Treatment.SENT,
        Ruling.WITHHOLD: Treatment.CONTACTS_WITHHELD,
        Ruling.LEAVE_OUT: Treatment.ROW_WITHHELD,
    },
)


@dataclass(frozen=True)
class Standing:
    """What is known of a school's pupils, as far as it bears on one agreement.

    Attributes:
        flags: kinds of `vocabularies.PROTECTION` by MIS id.
        decisions: the safeguarding lead's, by MIS id.
        consenting: pupils with a consent for the agreement's purpose that was not withdrawn.
        declined: by item (`protection.DECLINABLE`), the pupils whose family declined to say it.
        seq: the ledger's last event when the MIS was read; None where nothing was read.

    """

    flags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    consenting: frozenset[str] = frozenset()
    declined: Mapping[str, frozenset[str]] = field(default_factory=dict)
    seq: int | None = None

    def kinds(self, treatment: Treatment, agreement: Agreement) -> dict[str, frozenset[str]]:
        """Return the pupils of one treatment, each with all kinds of protection that are known."""
        return {pupil: kinds for pupil, kinds in self.flags.items() if self.treatment(pupil, agreement) is treatment}

    def of(self, treatment: Treatment, agreement: Agreement) -> frozenset[str]:
        """Return the pupils of one treatment."""
        return frozenset(self.kinds(treatment, agreement))

    def treatment(self, pupil: str, agreement: Agreement) -> Treatment:
        """Return what becomes of a pupil: of all that is known, the strictest."""
        known = self.flags.get(pupil, frozenset())
        return max((self._treatment(pupil, kind, agreement) for kind in known), default=Treatment.SENT)

    def _treatment(self, pupil: str, kind: str, agreement: Agreement) -> Treatment:
        effect = _OF_EFFECT[agreement.protection[kind].name]
        decision = self.decisions.get(pupil)
        if effect is Treatment.HELD and decision is not None and kind in decision.flags:
            return _OF_RULING[decision.ruling]
        return effect


def standing(
    ledger: Ledger | Tx, vault: Vault, pupils: PupilKeys, agreement: Agreement, school: str, said: Said, seq: int
) -> Standing:
    """Read what holds now for one school and agreement.

    Args:
        said: what the MIS says, and whose each UPN is.
        seq: the ledger's last event when it was read.

    """
    named = [(one, pupil) for one in records(ledger, vault) if (pupil := _here(one, school, said)) is not None]
    flagged = _flags(named, agreement, said)
    decided = decisions(ledger, pupils, agreement.id, school, flagged)
    return Standing(
        flags=flagged,
        decisions={pupil: decision for pupil, decision in decided.items() if not _outdated(pupil, decision, named)},
        consenting=_consenting(named, agreement, said),
        declined={
            item: frozenset(pupil for one, pupil in named if (one.flag, one.about) == (Flag.DECLINED, item))
            for item in {one.about for one, _ in named if one.flag is Flag.DECLINED and one.about}
        },
        seq=seq,
    )


def bears_on(flag: Flag, about: str | None, agreement: Agreement) -> bool:
    """Say whether a record can make a difference to an agreement's files."""
    if flag is Flag.OBJECTION:
        return about in {None, agreement.id, agreement.purpose}
    if flag in {Flag.CONSENT, Flag.CONSENT_WITHDRAWN}:
        return agreement.consent_purpose is not None and about == agreement.consent_purpose
    if flag is Flag.DECLINED:
        return any(line.column == about for line in agreement.lines)
    return True


def _here(one: Record, school: str, said: Said) -> str | None:
    """The MIS id that a record's pupil has at a school; a UPN finds the pupil at whichever school it was entered."""
    if one.urn == school and one.pupil_id is not None:
        return one.pupil_id
    return said.upns.get(one.upn) if one.upn is not None else None


def _flags(named: Iterable[tuple[Record, str]], agreement: Agreement, said: Said) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one, pupil in named:
        if one.flag in words.PROTECTION and bears_on(one.flag, one.about, agreement):
            found.setdefault(pupil, set()).add(one.flag.value)
    for kind, noted in said.flags.items():
        for pupil in noted:
            found.setdefault(pupil, set()).add(kind)
    return {pupil: frozenset(kinds) for pupil, kinds in found.items()}


def _outdated(pupil: str, decision: Decision, named: Iterable[tuple[Record, str]]) -> bool:
    """Say whether a kind that was decided on was entered anew since."""
    return any(whose == pupil and one.flag in decision.flags and one.since > decision.at for one, whose in named)


def _consenting(named: Iterable[tuple[Record, str]], agreement: Agreement, said: Said) -> frozenset[str]:
    purpose = agreement.consent_purpose
    if purpose is None:
        return frozenset()
    answers = [(one.flag, pupil) for one, pupil in named if one.about == purpose]
    given = {pupil for flag, pupil in answers if flag is Flag.CONSENT} | said.consenting.get(purpose, frozenset())
    withdrawn = {pupil for flag, pupil in answers if flag is Flag.CONSENT_WITHDRAWN}
    return frozenset(given - withdrawn - said.refusing.get(purpose, frozenset()))

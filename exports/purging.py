"""The purge: removing what is due, sparing what a legal hold keeps, and a signed record of what went.

Belongs here: carrying it out, and the scan that must find nothing afterwards. What is due is `exports.retention`. A
record names artefacts by address, class and kind; none of these says anything of a person.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import rfc8785

from exports.erasure import Keeping, about_pupils, destroy, subjects_named
from exports.holds import Hold, held, standing
from exports.retention import Due, Rule, due, files_due, key_rule, rule_of
from ledger.ages import last_told
from ledger.states import State
from ledger.trace import trace
from vault.files import write_whole
from vault.pupils import PupilKeyGone

if TYPE_CHECKING:
    from ledger.canonical import Plain

PURGED: Final = "purged"
_TYPE: Final = "waybill purge 1"
FOLDER: Final = "purges"


@dataclass(frozen=True, slots=True)
class Purge:
    """What one purge did.

    Attributes:
        removed: how many artefacts and files of each class.
        keys: how many pupils' keys came to their end.
        spared: how many a legal hold kept.
        record: the signed record; None when nothing was removed.

    """

    removed: dict[str, int]
    keys: int
    spared: int
    record: Path | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something that should be gone: its class, what it is (an address, a path), and why it is still there."""

    rule: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class _Going:
    """What one purge removes."""

    artefacts: list[Due]
    files: list[tuple[Path, Rule]]
    keys: list[bytes]

    @property
    def counts(self) -> dict[str, int]:
        """How many artefacts and files of each class."""
        return dict(Counter([one.rule.id for one in self.artefacts] + [rule.id for _, rule in self.files]))


def purge(keeping: Keeping, home: Path, rules: Sequence[Rule], *, by: str, today: dt.date, at: dt.datetime) -> Purge:
    """Remove everything whose day has come and that no hold keeps; sign a record of it."""
    found = list(due(keeping.vault, rules, today))
    going = _going(keeping, home, rules, found, today)
    for one in going.artefacts:
        keeping.vault.drop(one.artefact.address, today)
    for path, _ in going.files:
        path.unlink()
    if going.keys:
        destroy(keeping, going.keys, because="retention", by=by, at=at)
    spared = len(found) - len(going.artefacts)
    return Purge(going.counts, len(going.keys), spared, _record(keeping, home, going, by=by, today=today, at=at))


def _going(keeping: Keeping, home: Path, rules: Sequence[Rule], found: Sequence[Due], today: dt.date) -> _Going:
    """Choose what goes: nothing while a hold on everybody stands."""
    if any(not hold.subjects for hold in standing(keeping.ledger)):
        return _Going([], [], [])
    spared = _spared(keeping)
    return _Going(
        [one for one in found if one.artefact.address not in spared],
        list(files_due(home, rules, today, "files")),
        list(keys_due(keeping, rules, today)),
    )


def overdue(keeping: Keeping, home: Path, rules: Sequence[Rule], today: dt.date) -> Iterator[Overdue]:
    """Give everything that should be gone and no hold keeps; nothing, after a purge."""
    if any(not hold.subjects for hold in standing(keeping.ledger)):
        return
    spared = _spared(keeping)
    for one in due(keeping.vault, rules, today):
        if one.artefact.address not in spared:
            yield Overdue(one.rule.id, one.artefact.address[:12], f"due since {one.artefact.purge_on + one.rule.shift}")
    for name in keeping.vault.strays():
        yield Overdue("no class", f"vault/{name}", "a file that no index row names")
    for kept_in in ("files", "by hand"):
        for path, rule in files_due(home, rules, today, kept_in):
            yield Overdue(rule.id, str(path.relative_to(home)), f"older than {rule.days} days")
    for ref in keys_due(keeping, rules, today):
        yield Overdue(key_rule(rules).id, ref.hex()[:8], "no file has named the pupil for so long")


def unclassified(keeping: Keeping, rules: Sequence[Rule]) -> frozenset[str]:
    """Return the kinds in the vault that no rule governs."""
    return frozenset(kind for kind in keeping.vault.kinds() if rule_of(rules, kind).id == "no class")


def keys_due(keeping: Keeping, rules: Sequence[Rule], today: dt.date) -> Iterator[bytes]:
    """Give the references of pupils whom no file has named for the time of their keys, and whom no hold keeps."""
    days = key_rule(rules).days
    if days is None:
        return
    for ref in last_told(keeping.ledger, today - dt.timedelta(days=days)):
        if not held(keeping.ledger, [ref]) and _has_key(keeping, ref):
            yield ref


def _has_key(keeping: Keeping, ref: bytes) -> bool:
    try:
        keeping.pupils.key(ref)
    except PupilKeyGone:
        return False
    return True


def _spared(keeping: Keeping) -> frozenset[str]:
    """Return the addresses that holds on single pupils keep: of files that name them, and of what is about them."""
    return frozenset(address for hold in standing(keeping.ledger) for address in _kept_by(keeping, hold))


def _kept_by(keeping: Keeping, hold: Hold) -> Iterator[str]:
    theirs = {ref.hex() for ref in hold.subjects}
    for ref in hold.subjects:
        for told in trace(keeping.ledger, ref):
            for event in keeping.ledger.events(State.PREPARED, waybill=told.waybill):
                yield from _addresses(event.body["detail"])
    for event in about_pupils(keeping.ledger):
        if theirs & subjects_named(event):
            yield from _addresses(event.body)


def _addresses(body: object) -> Iterator[str]:
    if isinstance(body, dict):
        yield from (value for value in body.values() if isinstance(value, str) and len(value) == 64)  # noqa: PLR2004  hex of SHA-256


def _record(keeping: Keeping, home: Path, going: _Going, *, by: str, today: dt.date, at: dt.datetime) -> Path | None:
    """Enter a purge in the ledger and write its signed record; nothing for a purge that removed nothing."""
    if not (going.artefacts or going.files or going.keys):
        return None
    listed: list[Plain] = [
        {"address": one.artefact.address, "class": one.rule.id, "kind": one.artefact.kind} for one in going.artefacts
    ]
    for path, rule in going.files:
        listed.append({"class": rule.id, "path_sha256": _sha256(str(path.relative_to(home)).encode())})
    keys = len(going.keys)
    said: dict[str, Plain] = {"by": by, "keys": keys, "removed": going.counts, "sha256": _sha256(rfc8785.dumps(listed))}
    event = keeping.ledger.append(PURGED, said, at)
    keeping.lodged.lodge(at)
    says: dict[str, Plain] = {"at": at.isoformat(), "by": by, "keys": keys, "event": event.seq, "removed": listed}
    signature = keeping.lodged.key.sign(signed(says))
    record = home / FOLDER / f"{today.isoformat()}-{event.seq}.json"
    record.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(record, rfc8785.dumps({**says, "signature": signature.hex()}))
    return record


def signed(says: "dict[str, Plain]") -> bytes:
    """Return the bytes that a purge record's signature is over."""
    return rfc8785.dumps({**says, "type": _TYPE})


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

"""Evidence packs: what proves a file, a pupil's files or a day's to somebody who has neither ledger nor program.

Belongs here: putting one together. It is checked by `exports/check_evidence.py`, which goes into the pack and into the
auditor's hands by another way. A pack holds the waybills, their grounds, the signatures and the register they were
judged by, each event's path to the signed head, and what was told as digests: no value, no name of a pupil. References
of pupils are random; that they lead to nobody without the trust's key database is why they may be shown.
"""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, cast

from exports import check_evidence
from exports.approvers import KIND as REGISTER
from exports.approvers import Register
from exports.authority import KIND as SIGNATURE
from exports.delegations import lent_to
from exports.preparation import artefact, read_waybill
from exports.standing import KIND as STANDING
from exports.standing import OFF
from exports.waybill import Waybill, sha256
from ledger.canonical import canonical
from ledger.head import LodgedHead, read_says
from ledger.states import State
from ledger.store import Event, Ledger, LedgerBroken
from ledger.trace import cells_by_file, entries
from schemas.refusal import Refusal
from vault.store import Vault

TYPE: Final = "waybill evidence pack 1"
SCRIPT: Final = "check_evidence.py"


class NothingToProve(Refusal):
    """No file that left is what the pack would be about."""

    code: ClassVar[str] = "nothing_to_prove"


@dataclass(frozen=True)
class Shelf:
    """Where the parts of a pack are kept.

    Attributes:
        texts: agreement and notice files of the trust folder, by SHA-256; one that has changed is left out.

    """

    lodged: LodgedHead
    vault: Vault
    texts: Mapping[str, str]

    @property
    def ledger(self) -> Ledger:
        """The ledger that the lodged head is of."""
        return self.lodged.ledger


def pack(shelf: Shelf, about: str, waybills: Sequence[str], refs: Sequence[bytes] = ()) -> dict[str, Any]:
    """Return a pack about files that left, with the cells of some pupils in them.

    Args:
        shelf: where everything is.
        about: in words, for the reader.
        waybills: the files.
        refs: pupils whose cells, as digests, are held against what each file told.

    Raises:
        NothingToProve: there is no file.
        LedgerBroken: a file names a register that the ledger does not have.
        HeadUnreachable, HeadUnsigned: no head is lodged.

    """
    if not waybills:
        message = f"nothing has left that is {about}: there is nothing to prove"
        raise NothingToProve(message)
    ledger, key = shelf.ledger, shelf.lodged.key.public_key()
    head = json.loads(shelf.lodged.path.read_bytes()) if read_says(key, shelf.lodged.path) else {}
    files = {waybill: _file(shelf, waybill) for waybill in waybills}
    events = [event for event in _events(ledger, waybills) if event.seq <= head["seq"]]
    return {
        "type": TYPE,
        "about": about,
        "head": head,
        "head_key": shelf.lodged.public_text,
        "events": [_proved(ledger, event, head["seq"]) for event in events],
        "files": files,
        "pupils": {ref.hex(): _cells(ledger, ref, waybills) for ref in refs},
    }


def zipped(body: Mapping[str, Any], at: dt.datetime) -> bytes:
    """Return a pack as the archive that is handed over: the evidence and a copy of the script that checks it."""
    made = io.BytesIO()
    stamp = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    script = Path(check_evidence.__file__).read_text(encoding="utf-8")
    evidence = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("evidence.json", evidence), (SCRIPT, script)):
            archive.writestr(zipfile.ZipInfo(name, stamp), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _file(shelf: Shelf, name: str) -> dict[str, Any]:
    waybill = read_waybill(shelf.ledger, shelf.vault, name)
    return {
        "waybill": waybill.canonical.decode(),
        "grounds": shelf.vault.open(artefact(shelf.ledger, name, "grounds")).decode(),
        "register": _register(shelf.ledger, waybill).body(),
        "agreement": shelf.texts.get(waybill.agreement_sha256),
        "notice": shelf.texts.get(waybill.notice_sha256),
        "told": [[ref.hex(), told.hex()] for ref, told in entries(shelf.ledger, name)],
    }


def _register(ledger: Ledger, waybill: Waybill) -> Register:
    """Return the register that the waybill names; raises LedgerBroken."""
    bodies = [cast("Mapping[str, Any]", event.body)["register"] for event in ledger.events(REGISTER)]
    for body in bodies:
        register = Register.of(body["version"], body["people"])
        if register.sha256 == waybill.approvers_sha256:
            return register
    message = (
        f"waybill {waybill.sha256[:12]} names an approver register that this ledger never had: nothing can be "
        "proved of it. Run: waybill verify"
    )
    raise LedgerBroken(message)


def _events(ledger: Ledger, waybills: Sequence[str]) -> list[Event]:
    """Return the events of the files, of the standing releases they left under, and of roles lent to who signed."""
    found = {event.seq: event for waybill in waybills for event in ledger.events(waybill=waybill)}
    sent = [cast("Mapping[str, Any]", one.body)["detail"] for one in found.values() if one.kind == State.SENDING]
    for standing in {str(detail["standing"]) for detail in sent if "standing" in detail}:
        for kind in (STANDING, OFF, SIGNATURE):
            found |= {event.seq: event for event in ledger.events(kind, standing=standing)}
    signatures = [cast("Mapping[str, Any]", one.body)["statement"] for one in found.values() if one.kind == SIGNATURE]
    found |= {event.seq: event for event in lent_to(ledger, {str(told["signer"]) for told in signatures})}
    return [found[seq] for seq in sorted(found)]


def _proved(ledger: Ledger, event: Event, size: int) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "at": event.at.isoformat(timespec="microseconds"),
        "kind": event.kind,
        "body": canonical(event.body),
        "prev": event.prev.hex(),
        "path": [step.hex() for step in ledger.inclusion(event.seq, size)],
    }


def _cells(ledger: Ledger, ref: bytes, waybills: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    told = cells_by_file(ledger, ref)
    return {
        waybill: {line: [one.hex() for one in found] for line, found in told[waybill].items()}
        for waybill in waybills
        if waybill in told
    }


def texts(folder: Path) -> dict[str, str]:
    """Return the agreements and the notice of a trust folder by SHA-256."""
    files = [*(folder / "agreements").glob("*.yaml"), folder / "notice.md"]
    return {sha256(data): data.decode() for data in (file.read_bytes() for file in files if file.is_file())}

"""Trace and verify: what went where about a pupil and why, and whether the record is intact.

Belongs here: the verbs `trace` and `verify`. Nothing here unseals a file; the ledger knows pupils by keyed digests.
"""

from dataclasses import dataclass
from pathlib import Path

from exports.authority import recorded
from exports.grounds import Ground
from exports.preparation import read_grounds, read_waybill
from exports.signing import Act
from ledger.head import check_head, load_head_public, read_signed
from ledger.store import Ledger
from ledger.trace import Disclosure
from ledger.trace import trace as disclosures_of
from ledger.verify import Report
from ledger.verify import verify as verify_file
from pipelines.actions.context import Context
from schemas.refusal import Refusal

LOOKED_UP = "looked up"


class PupilUnknown(Refusal):
    """No file that left the trust named a pupil with that UPN."""

    code = "pupil_unknown"


class LedgerDoesNotVerify(Refusal):
    """The record is not intact."""

    code = "ledger_does_not_verify"

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            f"The ledger does not verify: {'; '.join(faults)}. Stop sending, keep the file as it is, tell the DPO."
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One file that told something about the pupil, with its grounds.

    Attributes:
        grounds: why each field could leave, as the agreement said when the file was prepared.
        signers: person id and role of each signature it left under.

    """

    disclosure: Disclosure
    recipient: str
    remote_name: str
    file_sha256: str
    signers: tuple[tuple[str, str], ...]
    grounds: tuple[Ground, ...]


def trace(ctx: Context, upn: str) -> list[Told]:
    """Say what each recipient was told about a pupil. The look-up is itself recorded.

    Raises PupilUnknown.
    """
    here = ctx.installation
    person = ctx.person("*")
    refs = here.pupils.by_upn(upn)
    here.ledger.append(LOOKED_UP, {"by": person.id, "subjects": [ref.hex() for ref in refs]}, here.now())
    here.lodged.lodge(here.now())
    if not refs:
        message = "No file that left the trust named a pupil with this UPN. Check its letters, or try a former UPN."
        raise PupilUnknown(message)
    return [_told(ctx, disclosure) for ref in refs for disclosure in disclosures_of(here.ledger, ref)]


def verify(ctx: Context, head: Path | None = None, key: Path | None = None) -> Report:
    """Check every row of the ledger, then that it continues the head lodged outside.

    Args:
        ctx: the installation.
        head: a head file to hold it against, such as an auditor's copy; otherwise the one lodged last.
        key: the public half of the head key; otherwise the installation's.

    Returns:
        The report; `faults` names the first row that does not hold.

    Raises:
        HeadMismatch: the rows hold, but the end was cut, or the ledger was rolled back or written anew.
        HeadUnsigned, HeadUnreachable: there is no signed head to hold it against.

    """
    here = ctx.installation
    public = load_head_public(key) if key else here.lodged.key.public_key()
    where = head or here.lodged.path
    alone = verify_file(here.ledger.path)
    if alone.faults and not where.exists():
        return alone
    lodged = read_signed(public, where)
    report = verify_file(here.ledger.path, where)
    if report.events >= min(_last(here.ledger), lodged.seq - 1):  # whole as far as it goes: does it go far enough?
        check_head(here.ledger, public, where)
    return report


def _last(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        return int(connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])


def _told(ctx: Context, disclosure: Disclosure) -> Told:
    here = ctx.installation
    waybill = read_waybill(here.ledger, here.vault, disclosure.waybill)
    grounds = read_grounds(here.ledger, here.vault, disclosure.waybill)
    signatures = recorded(here.ledger, waybill, Act.RELEASE)
    return Told(
        disclosure=disclosure,
        recipient=grounds.recipient,
        remote_name=waybill.remote_name,
        file_sha256=waybill.file_sha256,
        signers=tuple((one.statement.signer, one.statement.role.value) for one in signatures),
        grounds=tuple(grounds.lines[line] for line in disclosure.lines),
    )

"""Disclose: entering a disclosure that somebody made by hand, so that it stands beside what Waybill sent.

Belongs here: the verb `disclose`, who may, and finding the pupils. What an entry must say and how it is kept is
`exports.by_hand`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from exports.by_hand import Disclosure, DisclosureIncomplete, concerns, incomplete, record
from exports.gateways import load_gateways
from exports.protection import separated
from exports.signing import Role
from pipelines.actions.context import Context
from pipelines.actions.tracing import PupilUnknown
from schemas.identifiers import upn_valid

MAY_DISCLOSE: Final = (Role.DATA_MANAGER, Role.HEAD, Role.DPO)


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of an entry: its number in the ledger, how many pupils it is about, and what is of concern."""

    seq: int
    pupils: int
    concerns: tuple[str, ...]


def disclose(ctx: Context, disclosure: Disclosure, upns: Sequence[str], pupil_ids: Sequence[str]) -> Entered:
    """Enter one disclosure about one or several pupils of a school, each named by UPN or by the MIS's id.

    Raises:
        DisclosureIncomplete: naming everything that is missing; nothing was entered.
        PupilUnknown: an id of the MIS that no prepared file named.
        NotAllowed: the actor is neither data manager, head nor DPO of the school.

    """
    here = ctx.installation
    school = here.trust.school(disclosure.school)
    person = ctx.person(disclosure.school, MAY_DISCLOSE)
    gateways = load_gateways()
    faults = [*incomplete(disclosure, here.trust.notice, gateways, here.today()), *_unnamed(upns, pupil_ids)]
    if faults:
        message = f"nothing was entered: {'; '.join(faults)}"
        raise DisclosureIncomplete(message)
    refs = {*_by_id(ctx, disclosure.school, pupil_ids), *_by_upn(ctx, disclosure.school, upns)}
    noted = concerns(disclosure, gateways, school)
    event = record(
        here.ledger, here.vault, disclosure, sorted(refs), notice=here.trust.notice, noted=noted, by=person.id,
        at=here.now(),
    )  # fmt: skip
    here.lodged.lodge(here.now())
    return Entered(event.seq, len(refs), noted)


def _unnamed(upns: Sequence[str], pupil_ids: Sequence[str]) -> Iterator[str]:
    if not upns and not pupil_ids:
        yield "no pupil is named: give UPNs or ids of the MIS"
    wrong = int((~upn_valid(pd.Series(list(upns), dtype="str"))).sum())
    if wrong:
        yield f"{wrong} of the UPNs cannot be right: check their letters"


def _by_id(ctx: Context, urn: str, pupil_ids: Sequence[str]) -> Iterator[bytes]:
    for pupil_id in pupil_ids:
        found = ctx.installation.pupils.by_id(urn, pupil_id)
        if found is None:
            message = (
                f"nothing was entered: school {urn} has no pupil with that id in any file that was prepared. Name the "
                "pupil by UPN, or prepare a feed first."
            )
            raise PupilUnknown(message)
        yield found.ref


def _by_upn(ctx: Context, urn: str, upns: Sequence[str]) -> Iterator[bytes]:
    """Give the reference under which a trace by UPN finds the pupil at this school, made now where there is none."""
    here = ctx.installation
    ids = here.pupils.ids_of(urn, list(upns))
    apart = separated(here.ledger, here.vault).ids(urn, dict(zip(ids, upns, strict=True)))
    yield from (pupil.ref for pupil in here.pupils.pupils(urn, ids, list(upns), apart))

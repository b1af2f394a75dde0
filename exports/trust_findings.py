"""Findings that came of comparing the schools of a trust: sealed for each school, and found again at its desk.

Belongs here: keeping them and telling a school its own. What is compared is `schemas.census.across`. The ledger says
that a collection was compared, over which schools, and where each school's findings are sealed; nothing of whom.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from ledger.store import Ledger
from schemas.table import Frames
from vault.frames import pack, unpack
from vault.store import Vault

KIND: Final = "schools compared"
_KEEP: Final = dt.timedelta(days=6 * 366)
"""As long as census returns: the current year and five more (IRMS toolkit). A newer comparison replaces it before."""


def keep(ledger: Ledger, vault: Vault, period: str, found: Mapping[str, Frames], at: dt.datetime) -> None:
    """Seal what was found for each school (tables `finding` and `who`), in place of the comparison before."""
    before = _latest(ledger, period)
    kept = {
        urn: vault.seal(pack(frames), kind=KIND, purge_on=at.date() + _KEEP).address for urn, frames in found.items()
    }
    ledger.append(KIND, {"period": period, "artefacts": kept}, at)
    for address in before.values():
        vault.drop(address, at.date())


def told(ledger: Ledger, vault: Vault, school: str, period: str) -> Frames:
    """Return a school's own part of the latest comparison; no tables when there was none."""
    address = _latest(ledger, period).get(school)
    return unpack(vault.open(address))[0] if address else {}


def _latest(ledger: Ledger, period: str) -> Mapping[str, str]:
    events = ledger.events(KIND, period=period)
    return events[-1].body["artefacts"] if events else {}  # type: ignore[return-value]

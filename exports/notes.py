"""Explanations of findings: who said what about which one, found again without naming a pupil in the ledger.

Belongs here: recording an explanation and telling which findings of a frame have one. The text may speak of a child, so
it is sealed in the vault; the ledger holds the finding under a digest with the pupil's own key. A school's finding
names nobody and is digested under no key.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import ClassVar, Final

import pandas as pd

from ledger.disclosures import digest
from ledger.store import Ledger, Tx
from schemas.census.findings import finding_key
from schemas.refusal import Refusal
from vault.pupils import PupilKeys
from vault.store import Vault

KIND: Final = "note"
KEEP: Final = dt.timedelta(days=6 * 366)
"""Explanations live as long as census returns: the current year and five more (IRMS toolkit)."""


class NothingToExplain(Refusal):
    """No open finding that can be explained matches."""

    code: ClassVar[str] = "nothing_to_explain"


def explain(  # noqa: PLR0913  one explanation names all it hangs on
    ledger: Ledger, vault: Vault, pupils: PupilKeys,
    *, school: str, period: str, findings: pd.DataFrame, text: str, author: str, at: dt.datetime,
) -> int:  # fmt: skip
    """Record one explanation for every finding of the frame that can be explained; returns how many.

    Raises:
        NothingToExplain: none can be: all block, or the frame or the text is empty.

    """
    can = findings[~findings["blocking"].astype(bool)]
    if can.empty or not text.strip():
        message = "nothing to explain: give a text, and a rule or pupil with an open query. Blocking errors are fixed."
        raise NothingToExplain(message)
    address = vault.seal(text.encode(), kind=KIND, purge_on=at.date() + KEEP).address
    with ledger.transaction() as tx:
        for _, name in _named(pupils, school, period, can):
            tx.append(
                KIND,
                {"school": school, "period": period, "finding": name, "artefact": address, "author": author},
                at,
            )
    return len(can)


def explained_keys(
    ledger: Ledger | Tx, pupils: PupilKeys, school: str, period: str, findings: pd.DataFrame
) -> frozenset[str]:
    """Return the keys (`finding_key`) of those findings that somebody has explained for this return."""
    noted = {event.body["finding"] for event in ledger.events(KIND, school=school, period=period)}
    if not noted:
        return frozenset()
    return frozenset(key for key, name in _named(pupils, school, period, findings) if name in noted)


def explanations(
    ledger: Ledger, vault: Vault, pupils: PupilKeys, school: str, period: str, findings: pd.DataFrame
) -> dict[str, str]:
    """Return the latest explanation of each explained finding, by key."""
    addresses = {
        str(event.body["finding"]): str(event.body["artefact"])
        for event in ledger.events(KIND, school=school, period=period)
    }
    return {
        key: vault.open(addresses[name]).decode()
        for key, name in _named(pupils, school, period, findings)
        if name in addresses
    }


def _named(pupils: PupilKeys, school: str, period: str, findings: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Each finding's key and the name the ledger knows it by."""
    keys: dict[str, bytes] = {}
    rows = zip(findings["rule"], findings["pupil_id"], findings["row_key"], strict=True)
    for rule, pupil_id, row_key in rows:
        pupil = None if pd.isna(pupil_id) else str(pupil_id)
        row = None if pd.isna(row_key) else str(row_key)
        if pupil is not None and pupil not in keys:
            keys[pupil] = pupils.pupils(school, [pupil], [None])[0].key
        line, text = f"note.{period}", f"{rule}\x1f{row or ''}"
        name = (
            hashlib.sha256(f"{school}\x1f{line}\x1f{text}".encode()).hexdigest()
            if pupil is None
            else digest(keys[pupil], line, text).hex()
        )
        yield finding_key(rule, pupil, row), name

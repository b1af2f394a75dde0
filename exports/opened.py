"""Grounds of many files, each set of them opened once: most files of an agreement rest on the same.

Belongs here: a reader's memory for the length of one question. Opening those of a single file is `exports.preparation`.
"""

from typing import Any, cast

from exports.grounds import Grounds
from exports.preparation import GROUNDS_SHA256, read_grounds
from exports.withholding import still
from ledger.states import State
from ledger.store import Ledger
from vault.store import Vault


class OpenedGrounds:
    """The grounds of one ledger's files."""

    def __init__(self, ledger: Ledger, vault: Vault) -> None:
        self._ledger, self._vault = ledger, vault
        self._known: dict[str, Grounds] = {}
        self._reasons: dict[tuple[str, str], str | None] = {}

    def of(self, waybill: str) -> Grounds:
        """Return the grounds that a file was prepared on."""
        key = self._key(waybill)
        if key not in self._known:
            self._known[key] = read_grounds(self._ledger, self._vault, waybill)
        return self._known[key]

    def withheld(self, waybill: str, agreement: str) -> str | None:
        """Return why a file of an agreement is left out of an access report now; None when it is told."""
        reason = self.of(waybill).withheld
        if reason is None:
            return None
        key = reason, agreement
        if key not in self._reasons:
            self._reasons[key] = still(self._ledger, reason, agreement)
        return self._reasons[key]

    def _key(self, waybill: str) -> str:
        """What two files share whose grounds say the same; an old one's event names no hash, only where they lie."""
        body = cast("dict[str, Any]", self._ledger.events(State.PREPARED, waybill=waybill)[0].body)
        return str(body["detail"].get(GROUNDS_SHA256) or body["detail"]["grounds"])

"""Keeping no longer than needed: the rules, the nightly purge, and the scan that finds what is overdue.

Belongs here: the verbs `purge`, `nightly`, `scan` and `rules`. How long each class is kept is `exports.retention`; what
a purge does, `exports.purging`.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from exports.purging import Overdue, Purge, overdue, unclassified
from exports.purging import purge as remove
from exports.retention import Rule, load_rules
from exports.signing import Role
from pipelines.actions.context import Context
from pipelines.installation import Installation
from schemas.refusal import Refusal

MAY_PURGE: Final = (Role.DPO, Role.DATA_MANAGER)
NIGHTLY: Final = "nightly"
"""Who purges by night, in the ledger."""


class RetentionOverdue(Refusal):
    """Something is still here whose time is over, or that no rule governs."""

    code: ClassVar[str] = "retention_overdue"


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found: what should be gone, and kinds that no rule governs."""

    overdue: tuple[Overdue, ...]
    unclassified: tuple[str, ...]


def rules(ctx: Context) -> tuple[Rule, ...]:
    """Return the rule of every class, the trust's own periods in their place. Raises RetentionUnfit."""
    return load_rules(ctx.installation.trust.folder)


def purge(ctx: Context) -> Purge:
    """Remove what is due, now. Raises RetentionUnfit, NotAllowed."""
    return _purge(ctx.installation, ctx.person("*", MAY_PURGE).id)


def nightly(here: Installation) -> Purge:
    """Remove what is due; nobody needs to ask for it. Raises RetentionUnfit."""
    return _purge(here, NIGHTLY)


def scan(ctx: Context) -> Scan:
    """Look for whatever should be gone. Raises RetentionUnfit."""
    here = ctx.installation
    found = load_rules(here.trust.folder)
    left = tuple(overdue(here.keeping, here.settings.home, found, here.today()))
    return Scan(left, tuple(sorted(unclassified(here.keeping, found))))


def _purge(here: Installation, by: str) -> Purge:
    found = load_rules(here.trust.folder)
    return remove(here.keeping, here.settings.home, found, by=by, today=here.today(), at=here.now())

"""Everything a trust folder says of who gets what, read together: agreements, observed flows, no feeds, the controller.

Belongs here: the bundle that reports are written from. Each part is read by its own module; what a report says is
`exports.ropa`, `exports.dpia` and `exports.recipients_page`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exports.agreements import compile_folder
from exports.drafts import TrustSchool
from exports.gateways import Gateway, load_gateways
from exports.no_feeds import NoFeed, load_no_feeds
from exports.notice import Notice, load_notice
from exports.observed import OBSERVED, Flow, Observed, observe_folder
from exports.terms import Agreement, Compiled


@dataclass(frozen=True, slots=True)
class RecordSchool:
    """What the records need to know of one school: enough to compile its agreements."""

    la_number: str
    establishment: str


@dataclass(frozen=True, slots=True)
class Records:
    """One trust's word on who gets what. `schools` by URN, `gateways` by id."""

    trust: str
    notice: Notice
    gateways: Mapping[str, Gateway]
    schools: Mapping[str, TrustSchool]
    compiled: tuple[Compiled, ...]
    observed: tuple[Observed, ...]
    no_feeds: tuple[NoFeed, ...]

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Every agreement that compiles."""
        return tuple(entry.agreement for entry in self.compiled if entry.agreement is not None)

    @property
    def flows(self) -> tuple[Flow, ...]:
        """Every observed flow without a fault."""
        return tuple(entry.flow for entry in self.observed if entry.flow is not None)


def load_records(folder: Path) -> Records:
    """Read a trust folder; agreements and flows with faults are kept with them."""
    trust = tomllib.loads((folder / "trust.toml").read_text(encoding="utf-8"))
    schools = {row["urn"]: RecordSchool(row["la_number"], row["establishment"]) for row in trust["school"]}
    notice, gateways = load_notice(folder / "notice.md"), load_gateways()
    return Records(
        trust=trust["name"],
        notice=notice,
        gateways=gateways,
        schools=schools,
        compiled=compile_folder(folder / "agreements", notice, gateways, schools),
        observed=observe_folder(folder / OBSERVED, notice, gateways, schools),
        no_feeds=load_no_feeds(folder, notice, gateways),
    )

"""Waybill's own facets for OpenLineage: what an agreement, a notice and a release are, for a catalogue.

Belongs here: the facets and their schemas' addresses (`data/lineage/*.json`). Which event carries which is
`exports.open_lineage`. None holds a value, a count or a reference of a pupil, nor a hash of a file: a plain hash of a
one-pupil file would allow guess-and-confirm.
"""

from pathlib import Path
from typing import Final

import attr
from openlineage.client.facet_v2 import JobFacet, RunFacet

SCHEMAS: Final = Path(__file__).parent / "data" / "lineage"
BASE: Final = "https://waybill.example/lineage/1-0-0"
"""Where the schemas would be published; the files come with the program."""
AGREEMENT: Final = "waybill_agreement"
NOTICE: Final = "waybill_notice"
RELEASE: Final = "waybill_release"


@attr.define
class AgreementFacet(JobFacet):
    """The agreement that a file leaves under, as it was when the file was prepared."""

    agreement: str
    sha256: str
    recipient: str
    basis: str
    signing: list[str]
    gateways: list[str]

    @staticmethod
    def _get_schema() -> str:
        return f"{BASE}/AgreementFacet.json"


@attr.define
class NoticeFacet(JobFacet):
    """The privacy notice that families were given, and its clauses that the fields rest on."""

    version: str
    sha256: str
    clauses: list[str]

    @staticmethod
    def _get_schema() -> str:
        return f"{BASE}/NoticeFacet.json"


@attr.define
class ReleaseFacet(RunFacet):
    """One release: its waybill, its version, and where it stands by the ledger."""

    waybill: str
    version: int
    period: str
    state: str
    event: int

    @staticmethod
    def _get_schema() -> str:
        return f"{BASE}/ReleaseFacet.json"

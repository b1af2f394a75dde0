"""Arriving: one folder per management information system, all behind the port in `connectors.mis`.

Belongs here: the registry. `connect` is what the rest of the house calls; nothing outside this package names a vendor.
Adding a MIS: one folder with a class that satisfies `Mis`, a line in `KINDS` and one in `ORIGINS`; the shared contract
tests run on it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from connectors.arbor import provenance
from connectors.arbor.connector import Arbor
from connectors.availability import Origin
from connectors.mis import Mis, MisSettings, UnknownMis
from connectors.reports import Reports
from connectors.transfer import TransferFiles
from connectors.wonde.connector import Wonde

KINDS: Final[Mapping[str, Callable[[MisSettings], Mis]]] = MappingProxyType(
    {"arbor": Arbor, "ctf": TransferFiles, "reports": Reports, "wonde": Wonde}
)
"""Every MIS that can be connected, by the name a trust folder uses."""

ORIGINS: Final[Mapping[str, Callable[[str, str], tuple[Origin, ...]]]] = MappingProxyType({"arbor": provenance.origins})
"""For each of them, where a canonical column (table, column) comes from."""


def connect(kind: str, settings: MisSettings) -> Mis:
    """Return the MIS of one school; nothing is sent until a snapshot is asked for.

    Raises UnknownMis, naming those that are known.
    """
    try:
        return KINDS[kind](settings)
    except KeyError:
        raise UnknownMis(kind, tuple(KINDS)) from None

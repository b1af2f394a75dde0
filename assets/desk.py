"""Addresses at the trust's desk, so that who looks at an asset finds the page where something can be done.

Belongs here: which page an asset leads to. Where the desk is comes from the trust folder alone; what answers there is
`console.routes`, which asks whoever comes to sign in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import dagster as dg

from assets.partitions import Slot


@dataclass(frozen=True, slots=True)
class DeskPages:
    """The pages of one desk.

    Attributes:
        origin: `https://HOST` of the desk; None for a trust that has none, whose assets then lead nowhere.

    """

    origin: str | None

    def of_return(self, slot: Slot) -> Mapping[str, dg.MetadataValue]:
        """Metadata that leads to the return or feed of a school, with its findings."""
        return self._to(f"schools/{slot.school}/{slot.period}")

    def of_delivery(self, waybill: str) -> Mapping[str, dg.MetadataValue]:
        """Metadata that leads to what became of a file, and to what may be done with it now."""
        return self._to(f"deliveries/{waybill}")

    def _to(self, page: str) -> Mapping[str, dg.MetadataValue]:
        return {"at_the_desk": dg.MetadataValue.url(f"{self.origin}/{page}")} if self.origin else {}

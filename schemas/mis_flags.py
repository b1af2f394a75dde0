"""What the MIS itself says of protection and consent: access notes on contacts, and answers to requests for consent.

Belongs here: which flags there are, what to read for them, and whom they are about. Which of them a trust goes by is in
its `trust.toml`; the register beside them, and what follows for a file, is `exports.protection`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from schemas.asat import in_order_of
from schemas.dates import certain
from schemas.feeds.dataset import Reads
from schemas.table import Frames

MIS_FLAGS: Final[Mapping[str, str]] = MappingProxyType({"court_order": "a contact of the pupil has an access note"})
"""Flags that a MIS can hold, each a kind of protection of agreements, and what it stands for there."""

_NOTED: Final = "contact"
_CONSENT: Final = "consent"


@dataclass(frozen=True, slots=True)
class Said:
    """What one reading of a MIS says.

    Attributes:
        upns: the pupil of each UPN, former ones included, by MIS id.
        flags: for each flag the trust goes by, the pupils who have it.
        consenting: by purpose, the pupils for whom the last answer is yes.
        refusing: by purpose, those for whom it is no.

    """

    upns: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    consenting: Mapping[str, frozenset[str]] = field(default_factory=dict)
    refusing: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """What was said as a JSON object."""
        listed = {name: getattr(self, name) for name in ("flags", "consenting", "refusing")}
        sets = {name: {key: sorted(ids) for key, ids in held.items()} for name, held in listed.items()}
        return {"upns": dict(self.upns), **sets}

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Said":
        """What `body` wrote."""
        sets = {
            name: {key: frozenset(ids) for key, ids in body[name].items()}
            for name in ("flags", "consenting", "refusing")
        }
        return cls(upns=body["upns"], **sets)


def reads(flags: Iterable[str], *, consent: bool) -> Reads:
    """Return what has to be asked of the MIS for some flags, and for consents where a sharing rests on one."""
    wanted: Reads = {}
    if "court_order" in flags:
        wanted[_NOTED] = frozenset({"court_order"})
    if consent:
        wanted[_CONSENT] = frozenset({"purpose", "given", "on"})
    return wanted


def said(snapshot: Frames, flags: Iterable[str]) -> Said:
    """Return what a reading says; a note that is not known, or that no contact was read for, counts as one."""
    upns = snapshot["upn"].dropna(subset=["upn"])
    noted = {"court_order": _court_order(snapshot)} if "court_order" in flags else {}
    return Said(
        dict(zip(upns["upn"], upns["pupil_id"], strict=True)),
        noted,
        _answered(snapshot, given=True),
        _answered(snapshot, given=False),
    )


def _court_order(snapshot: Frames) -> frozenset[str]:
    everybody, contact = snapshot["pupil"]["pupil_id"], snapshot[_NOTED]
    clear = contact.loc[certain(~contact["court_order"]), "pupil_id"]
    not_clear = contact.loc[~certain(~contact["court_order"]), "pupil_id"]
    return frozenset(everybody[~everybody.isin(clear) | everybody.isin(not_clear)])


def _answered(snapshot: Frames, *, given: bool) -> dict[str, frozenset[str]]:
    """Return by purpose the pupils whose last answer this is; an answer without a date is older than any with one."""
    if _CONSENT not in snapshot:
        return {}
    last = in_order_of(snapshot[_CONSENT], ["on"]).drop_duplicates(["pupil_id", "purpose"], keep="last")
    same = last[_is(last["given"], given=given)]
    return {str(purpose): frozenset(rows["pupil_id"]) for purpose, rows in same.groupby("purpose")}


def _is(answers: pd.Series, *, given: bool) -> pd.Series:
    """Say which answers are yes, or else no; none that is not known is either."""
    return certain(answers if given else ~answers)

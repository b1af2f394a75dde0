"""Words of the desk: how states, roles, days and counts are said.

Belongs here: what more than one page says. What a state means is `ledger.states`, a role's powers the actions'.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from exports.signing import READING, Role
from ledger.states import State
from pipelines.clock import LONDON
from schemas.wording import counted

ROLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Role.DATA_MANAGER: "data manager",
        Role.HEAD: "head teacher",
        Role.DPO: "data protection officer",
        Role.SAFEGUARDING_LEAD: "safeguarding lead",
        Role.AUDITOR: "auditor",
        Role.IT: "trust IT",
    }
)
STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        State.PREPARED: "prepared",
        State.APPROVED: "signed",
        State.WITHDRAWN: "replaced before it left",
        State.SENDING: "being sent",
        State.UNKNOWN: "in doubt",
        State.DELIVERED: "delivered, read back",
        State.DELIVERED_UNVERIFIED: "delivered, not read back",
        State.HANDED_OVER: "handed over",
        State.REFUSED: "refused by the other side",
        State.SUPERSEDED: "replaced by a later file",
        State.RECALLED: "recalled",
    }
)
WAYS: Final = (
    ("/", "Returns", frozenset(Role)),
    ("/signing", "Signing", frozenset(READING)),
    ("/deliveries", "Deliveries", frozenset(Role)),
    ("/disclosures", "Disclosures", frozenset(READING)),
    ("/requests", "Requests", frozenset({Role.DATA_MANAGER, Role.HEAD, Role.DPO})),
    ("/protection", "Protection", frozenset({Role.SAFEGUARDING_LEAD, Role.HEAD, Role.DPO})),
    ("/agreements", "Agreements", frozenset(Role)),
    ("/records", "Records", frozenset(Role)),
    ("/calendar", "Calendar", frozenset(Role)),
)
"""The parts of the desk, and whom each is for."""
_YEAR: Final = 365.25
_KINDS: Final = {"feeds": "Feeds", "census": "Census", "nightly": "Census, by night"}
_PERIOD: Final = re.compile(r"\b20\d\d-(?:w\d\d|[a-z]+-term|(?:autumn|spring|summer)\b|\d\d(?:-\d\d)?)")
_LONG: Final = 2 * 365
"""Days from which on nobody counts in days."""
SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "enrolled": "Your passkey is set up. Sign in with it.",
        "out": "You have signed out.",
        "explained": "Your explanation is kept. Run the return again, so that it is part of what is signed.",
        "confirmed": "Confirmed in your name. Run the return again, so that it is part of what is signed.",
        "started": "The return is being prepared again.",
        "signed": "Your signature is recorded.",
        "overridden": "Your override is recorded. The release is signed apart.",
        "released": "The file has been sent.",
        "settled": "The doubt is settled.",
        "sent": "Recorded that you have sent the file on.",
        "received": "Recorded that the other side has confirmed the file.",
        "answered": "What the other side said is taken in and held against ours.",
        "ticked": "Recorded in your name.",
        "saved": "The calendar is saved.",
        "revoked": "Called off. Nothing was sent.",
        "proposed": "Proposed. It allows nothing until it is signed.",
        "off": "Switched off, at once and for good.",
        "lent": "Your role is lent. You may end it at any time.",
        "ended": "Ended. They sign no more in that role.",
        "entered": "Entered. Nothing is answered yet.",
        "recorded": "Recorded in your name.",
        "register": "Confirmed for this term. Files prepared before now were held for this: prepare them again.",
        "decided": "Decided. Prepare the file again, and have it signed.",
        "changed": "Entered. It changes nothing until two have signed it.",
        "in-force": "The change is in force. Whatever has not left must be prepared and signed again.",
        "refused": "Recorded as refused. What was prepared for it is called off. Tell whoever asked.",
        "erased": "The pupil's key is destroyed.",
    }
)
"""What a page says at its head after something was done; the address carries the key alone."""


def day(value: dt.date | dt.datetime | None) -> str:
    """Say a day: 1 October 2026."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        value = value.astimezone(LONDON).date()
    return f"{value.day} {value:%B %Y}"


def moment(value: dt.datetime | str | None) -> str:
    """Say a moment in England: 1 October 2026, 5:30pm; a text is one of ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    here = value.astimezone(LONDON)
    return f"{day(here)}, {here.hour % 12 or 12}:{here:%M}{'am' if here.hour < 12 else 'pm'}"  # noqa: PLR2004  noon


def role(value: str) -> str:
    """Say a role."""
    return ROLES.get(value, value)


def state(value: str) -> str:
    """Say where a file stands."""
    return STATES.get(value, value)


def period(value: str) -> str:
    """Say a period: Autumn 2026, Autumn term 2026, Week 40 of 2026, October 2026, 1 October 2026.

    A trust may name a period as it likes: another is said as it is named.
    """
    year, _, rest = value.partition("-")
    if rest.startswith("w") and rest[1:].isdecimal():
        return f"Week {int(rest[1:])} of {year}"
    if rest in {"autumn", "spring", "summer"}:
        return f"{rest.title()} {year}"
    if rest.endswith("-term"):
        return f"{rest.removesuffix('-term').title()} term {year}"
    try:
        return day(dt.date.fromisoformat(value)) if "-" in rest else f"{dt.date.fromisoformat(f'{value}-01'):%B %Y}"
    except ValueError:
        return value


def subject(value: str) -> str:
    """Say what a row of the calendar is about: Feeds, 1 October 2026; Census, autumn 2026."""
    kind, _, rest = value.partition("-")
    if kind in {"feeds", "census", "nightly"} and rest:
        return f"{_KINDS[kind]}, {period(rest)}"
    return period(value)


def periods(text: str) -> str:
    """Say a sentence of the calendar with its periods in words."""
    return _PERIOD.sub(lambda found: period(found[0]), text)


def lasting(days: int) -> str:
    """Say how long something is kept: 400 days, about 26 years (9,516 days)."""
    exactly = counted(days, "day")
    return exactly if days < _LONG else f"about {counted(round(days / _YEAR), 'year')} ({exactly})"


def shown(value: object) -> str:
    """Say a value that a machine gave: yes and no for true and false."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def size(number: int) -> str:
    """Say how large a file is."""
    return f"{number:,} bytes" if number < 10_000 else f"{number / 1024:,.0f} KB"  # noqa: PLR2004  where bytes bore


FILTERS: Final[Mapping[str, Callable[..., str]]] = MappingProxyType(
    {
        "day": day,
        "moment": moment,
        "count": counted,
        "role": role,
        "state": state,
        "period": period,
        "subject": subject,
        "periods": periods,
        "size": size,
        "lasting": lasting,
        "shown": shown,
    }
)

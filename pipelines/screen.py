"""How results look on a terminal of eighty columns, and as data.

Belongs here: words and layout for the `waybill` command; a topic with many of them is a module of `pipelines.screens`.
What is true is the actions'; nothing here decides.
"""

import dataclasses
import datetime as dt
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import typer

from exports.approvers import Register
from exports.by_hand import METHODS, Recorded
from exports.observed import MARK
from ledger.states import State
from ledger.store import Release
from pipelines.actions import tracing
from schemas.wording import counted

if TYPE_CHECKING:
    from pipelines.actions.preparing import Failure

_NARROW, _WIDE = 80, 100
SHOWN_HASH: Final = 12
"""How much of a hash is enough to name a thing by."""


NO_NOTES: Final[Mapping[str, str]] = MappingProxyType({})


def say(text: str, indent: int = 0, *, strong: bool = False, to_stderr: bool = False) -> None:
    """Print a line, wrapped under its own indent; a hash or a path stays whole."""
    margin = " " * indent
    width = min(shutil.get_terminal_size((_NARROW, 1)).columns, _WIDE)
    lines = textwrap.wrap(
        text, width, initial_indent=margin, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )
    typer.secho("\n".join(lines), bold=strong, err=to_stderr)


def say_json(value: object) -> None:
    """Print data for another program."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def say_releases(releases: Iterable[Release], *, everything: bool = False, notes: Mapping[str, str] = NO_NOTES) -> None:
    """Two lines for each release, what it is and where it stands, and a third where something is still to happen."""
    listed = list(releases)
    shown = [one for one in listed if everything or one.state is not State.WITHDRAWN]
    for one in sorted(shown, key=lambda one: (one.slot.period, one.slot.agreement, one.slot.school)):
        slot = one.slot
        say(f"{slot.school}  {slot.agreement}, {slot.period}, version {slot.version}")
        say(f"{one.state:<20} waybill {one.waybill[:SHOWN_HASH]}", 8)
        if one.waybill in notes:
            say(notes[one.waybill], 8)
    hidden = len(listed) - len(shown)
    say(f"Releases: {len(shown)}." + (f" {hidden} withdrawn ones are not shown (--all)." if hidden else ""))


def say_failures(failures: Sequence["Failure"]) -> None:
    """Say why each school or agreement could not be prepared."""
    for failure in failures:
        say(f"{failure.subject}  NOT PREPARED ({failure.code})", strong=True)
        say(failure.why, 8)


def say_traced(traced: tracing.Traced) -> None:
    """Every file that named a pupil with the grounds of each field, what was told by hand, what is observed to go."""
    _say_files(traced.files)
    for entry in traced.by_hand:
        _say_by_hand(entry)
    for flow in traced.observed:
        say(f"{flow.recipient.legal_name}: {MARK}", strong=True)
        say(
            f"{flow.title}, since {flow.since}, agreed until {flow.recipient.ends}: "
            f"{counted(len(flow.fields), 'field')}",
            2,
        )
        for part in flow.parts:
            say(f"{part.category}: notice {part.clause}: {part.why}", 4)
    files, by_hand = len(traced.files), len(traced.by_hand)
    say(
        f"Disclosures: {files + by_hand}, of them files that left and named the pupil: {files}, recorded by hand: "
        f"{by_hand}. Observed flows that may hold the pupil: {len(traced.observed)}. This look-up is recorded."
    )
    say("A report for the family leaves out what an exemption withholds, if there is any.")


def _say_by_hand(entry: Recorded) -> None:
    one = entry.disclosure
    say(f"{one.recipient}: RECORDED BY HAND, made on {one.on} {METHODS[one.method]}", strong=True)
    say(
        f"To {one.to}. Entered by {entry.by} on {entry.at:%Y-%m-%d %H:%M} UTC; "
        f"{counted(entry.pupils, 'pupil')} in the entry.",
        2,
    )
    say(f"Article {one.basis}, {one.gateway}, notice {one.clause} (version {entry.notice_version})", 2)
    say(f"{counted(len(one.fields), 'field')}: {', '.join(one.fields)}", 2)
    if one.withheld:
        say(f"NOT FOR THE FAMILY'S REPORT until {one.withheld_until}: {one.withheld}", 2, strong=True)
    if one.note:
        say(one.note, 2)
    for concern in entry.concerns:
        say(f"OF CONCERN: {concern}", 2)


def _say_files(told: Sequence[tracing.Told]) -> None:
    for one in told:
        slot = one.disclosure.slot
        say(f"{one.recipient}: {one.disclosure.state}, {one.disclosure.at:%Y-%m-%d %H:%M} UTC", strong=True)
        say(f"{slot.agreement}, {slot.period}, version {slot.version}, in {one.remote_name}", 2)
        say(f"Waybill {one.disclosure.waybill[:SHOWN_HASH]}, file SHA-256 {one.file_sha256[:SHOWN_HASH]}", 2)
        under = f"Under standing release {one.standing[:SHOWN_HASH]}, signed" if one.standing else "Signed"
        say(f"{under} by {', '.join(f'{who} as {role}' for who, role in one.signers)}", 2)
        if one.withheld:
            say(f"NOT FOR THE FAMILY'S REPORT: {one.withheld}", 2, strong=True)
        say(f"{counted(len(one.disclosure.lines), 'field')}:", 2)
        for reason in one.grounds:
            say(f"{reason.field}: notice {reason.clause}, {reason.gateway}: {reason.why}", 4)
        if not one.grounds:
            say(f"{', '.join(one.disclosure.lines)} (the agreement's file has changed since)", 4)


def say_register(register: Register) -> None:
    """Who may sign."""
    say(f"Approver register, version {register.version}", strong=True)
    fingerprints = register.fingerprints()
    for person in register.people:
        say(f"{person.id}  {person.name}: {', '.join(person.roles)}; schools {', '.join(person.schools)}")
        say(fingerprints[person.id], 6)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping | AbstractSet):
        return dict(value) if isinstance(value, Mapping) else sorted(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)

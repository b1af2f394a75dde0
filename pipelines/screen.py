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
from typing import TYPE_CHECKING, Final

import typer

from exports.agreements import Compiled
from exports.approvers import Register
from ledger.states import State
from ledger.store import Release
from pipelines.actions import tracing

if TYPE_CHECKING:
    from pipelines.actions.preparing import Failure

_NARROW, _WIDE = 80, 100
SHOWN_HASH: Final = 12
"""How much of a hash is enough to name a thing by."""


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


def say_releases(releases: Iterable[Release], *, everything: bool = False) -> None:
    """Two lines for each release: what it is and where it stands, and the waybill to name it by."""
    listed = list(releases)
    shown = [one for one in listed if everything or one.state is not State.WITHDRAWN]
    for one in sorted(shown, key=lambda one: (one.slot.period, one.slot.agreement, one.slot.school)):
        slot = one.slot
        say(f"{slot.school}  {slot.agreement}, {slot.period}, version {slot.version}")
        say(f"{one.state:<20} waybill {one.waybill[:SHOWN_HASH]}", 8)
    hidden = len(listed) - len(shown)
    say(f"Releases: {len(shown)}." + (f" {hidden} withdrawn ones are not shown (--all)." if hidden else ""))


def say_failures(failures: Sequence["Failure"]) -> None:
    """Say why each school or agreement could not be prepared."""
    for failure in failures:
        say(f"{failure.subject}  NOT PREPARED ({failure.code})", strong=True)
        say(failure.why, 8)


def say_told(told: Sequence[tracing.Told]) -> None:
    """Every file that named a pupil, oldest first, with the grounds of each field."""
    for one in told:
        slot = one.disclosure.slot
        say(f"{one.recipient}: {one.disclosure.state}, {one.disclosure.at:%Y-%m-%d %H:%M} UTC", strong=True)
        say(f"{slot.agreement}, {slot.period}, version {slot.version}, in {one.remote_name}", 2)
        say(f"Waybill {one.disclosure.waybill[:SHOWN_HASH]}, file SHA-256 {one.file_sha256[:SHOWN_HASH]}", 2)
        say(f"Signed by {', '.join(f'{who} as {role}' for who, role in one.signers)}", 2)
        say(f"{len(one.disclosure.lines)} fields:", 2)
        for reason in one.grounds:
            say(f"{reason.field}: notice {reason.clause}, {reason.gateway}: {reason.why}", 4)
        if not one.grounds:
            say(f"{', '.join(one.disclosure.lines)} (the agreement's file has changed since)", 4)
    say(f"Files that left and named the pupil: {len(told)}. This look-up is recorded.")


def say_agreements(agreements: Sequence[Compiled], today: dt.date) -> None:
    """Every agreement file: in force, ended, or with all its faults."""
    for compiled in agreements:
        agreement = compiled.agreement
        if agreement is None:
            say(f"{compiled.id}  DOES NOT COMPILE, {len(compiled.faults)} faults", strong=True)
            for fault in compiled.faults:
                say(fault, 6)
            continue
        standing = "in force" if agreement.in_force(today) else "NOT IN FORCE"
        say(f"{compiled.id}  {standing}, {agreement.starts} to {agreement.recipient.ends}")
        say(f"to {agreement.recipient.legal_name}: {len(agreement.lines)} fields, {len(agreement.schools)} schools", 6)


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

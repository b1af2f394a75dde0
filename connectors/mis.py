"""The port: what every management information system is asked, what it answers, and how it declines.

Belongs here: `Mis`, `Plan`, `Snapshot` and the refusals. How a vendor speaks is in the vendor's own folder.
No message here holds a secret or a value of a pupil: each names the school, the resource, a count, and what to do next.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias
from urllib.parse import urlsplit

from connectors.availability import Asked, Availability
from connectors.limits import Limits
from schemas.refusal import Refusal
from schemas.table import Frames

Progress: TypeAlias = Callable[[str, int], None]
"""Called while it works: the resource being read, and rows of it so far."""

Now: TypeAlias = Callable[[], dt.datetime]
"""The time, as an aware UTC datetime."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Notes(Protocol):
    """Where a connector keeps what it has read so far, sealed, so that a run that was killed can go on."""

    def load(self, name: str) -> bytes | None:
        """Return what was saved under a name; None when nothing was, or it can no longer be opened."""
        ...

    def save(self, name: str, data: bytes) -> None:
        """Save, whole or not at all, in place of what was there."""
        ...

    def forget(self, names: Iterable[str]) -> None:
        """Remove what was saved under these names."""
        ...


class NoNotes:
    """Keeps nothing: a run that was killed begins again."""

    def load(self, name: str) -> None:
        """Return None."""

    def save(self, name: str, data: bytes) -> None:
        """Let it go."""

    def forget(self, names: Iterable[str]) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class MisSettings:
    """Which school, where its MIS is, and how to be let in.

    Attributes:
        url: scheme, host and port; https, except on this machine.
        application: what the MIS calls this connection.
        secret: its password, already resolved; never shown by repr.
        urn: the school that must answer.
        la_number: its local authority, three digits.
        estab: its establishment number, four digits.
        codes: a MIS's own codes that the school has renamed: name of the map -> its code -> ours.
        page_size: rows asked for in one request.
        door: of a MIS with several APIs, the one to go in by where it is open (docs/adr/0073).
        granted: entities, and `Entity.property` names, of which a person at the school has confirmed that they may be
            read, where the MIS answers alike for "none" and for "not for you".
        folder: where a MIS that is no server puts its files.
        mapping: the file that says which of its reports and headings feed which columns.
        limits: how hard it may be asked.
        slots: where processes of this installation share the places of one host; None = this process alone.
        notes: where what has been read is kept until the reading is whole.
        bases: where a reading leaves, for a week, what the next may be an increment on.

    """

    url: str
    application: str
    secret: str = field(repr=False)
    urn: str
    la_number: str
    estab: str
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    page_size: int = 2000
    door: str = "graphql"
    granted: frozenset[str] = frozenset()
    folder: Path | None = None
    mapping: Path | None = None
    limits: Limits = field(default_factory=Limits)
    slots: Path | None = None
    notes: Notes = field(default_factory=NoNotes, repr=False)
    bases: Notes = field(default_factory=NoNotes, repr=False)

    def __post_init__(self) -> None:
        """Refuse to put a password on the wire in the clear."""
        parts = urlsplit(self.url)
        if parts.scheme == "inbox":
            return
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise InsecureMis(self.urn)


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody needs: only these tables are read, and only these columns of them are filled.

    Attributes:
        tables: canonical table -> columns wanted. Keys, `pupil_id`, `source` and other required columns always come.
        attendance_from: first day of attendance marks wanted; None = from the first the MIS has.
        attendance_to: last day of attendance marks wanted; None = to the last.
        increments: the MIS's change log may be relied on, within a week of a full reading, where the MIS has one. Not
            for what is signed (docs/adr/0072).

    """

    tables: Mapping[str, frozenset[str]]
    attendance_from: dt.date | None = None
    attendance_to: dt.date | None = None
    increments: bool = False


@dataclass(frozen=True, slots=True)
class Default:
    """A value that the connector supplied because the MIS has none.

    Attributes:
        name: stable name of the decision.
        table: canonical table.
        column: its column.
        count: rows that got it.
        meaning: what was supplied and why, for a data manager.

    """

    name: str
    table: str
    column: str
    count: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One school at one moment.

    Attributes:
        frames: canonical tables that the plan asked for, exactly as `schemas.canonical` declares them.
        certificate: how it was read, as JSON-able values without any pupil's: see `connectors.arbor.certificate`.
        defaults: every value that the MIS did not give.

    """

    frames: Frames
    certificate: Mapping[str, Any]
    defaults: tuple[Default, ...]


class Mis(Protocol):
    """One school's management information system."""

    def snapshot(self, plan: Plan, progress: Progress, now: Now) -> Snapshot:
        """Read what the plan names, whole, or refuse.

        Raises TornSnapshot, MisRefused, MisUnavailable, MisAnswerUnreadable or WrongSchool.
        """
        ...

    def asked(self, plan: Plan) -> Asked:
        """Say what would be asked for, without asking."""
        ...

    def probe(self, plan: Plan) -> Availability:
        """Find out what may be read, with as little as one row of each list.

        Raises MisRefused when the application is not let in at all; MisUnavailable, MisAnswerUnreadable.
        """
        ...


class UnknownMis(Refusal):
    """The trust folder names a kind of MIS for which there is no connector."""

    code: ClassVar[str] = "unknown_mis"

    def __init__(self, kind: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no connector for MIS kind {kind!r}; known kinds: {', '.join(sorted(known))}")


class InsecureMis(Refusal):
    """The MIS would be asked over plain http."""

    code: ClassVar[str] = "insecure_mis"

    def __init__(self, urn: str) -> None:
        super().__init__(f"school {urn}: the MIS url must be https; correct it in trust.toml")


class TornSnapshot(Refusal):
    """What was read is not one moment of one school: lists that ended early, rows that moved, broken references."""

    code: ClassVar[str] = "torn_snapshot"
    may_retry: ClassVar[bool] = True

    def __init__(self, urn: str, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__(
            f"school {urn}: what was read is not one moment of the school; nothing was kept, read it again: "
            f"{'; '.join(faults)}"
        )


class MisRefused(Refusal):
    """The MIS does not let this application in, or not as far as it needs."""

    code: ClassVar[str] = "mis_refused"

    def __init__(self, urn: str, what: str, *, everything: bool = False) -> None:
        self.everything = everything
        """The application is not let in at all."""
        super().__init__(f"school {urn}: {what}")


class MisUnavailable(Refusal):
    """The MIS could not be reached, or went on failing, within the bounded number of attempts."""

    code: ClassVar[str] = "mis_unavailable"
    may_retry: ClassVar[bool] = True

    def __init__(self, urn: str, resource: str, why: str) -> None:
        super().__init__(f"school {urn}: {resource} could not be read ({why}); nothing was kept, try again later")


class MisAnswerUnreadable(Refusal):
    """The MIS answered with something that is not what its API promises."""

    code: ClassVar[str] = "mis_answer_unreadable"

    def __init__(self, urn: str, resource: str, why: str) -> None:
        super().__init__(
            f"school {urn}: the answer for {resource} cannot be read ({why}); nothing was kept; ask the vendor"
        )


class MisLacks(Refusal):
    """The MIS, or what the school has mapped of its reports, cannot supply what is asked."""

    code: ClassVar[str] = "mis_lacks"

    def __init__(self, urn: str, what: str, tables: tuple[str, ...] = ()) -> None:
        self.tables = tables
        lacking = f"there is no {', '.join(tables)}. " if tables else ""
        super().__init__(f"school {urn}: {lacking}{what}. Nothing was read.")


class WrongSchool(Refusal):
    """The MIS that answered is not the school's own."""

    code: ClassVar[str] = "wrong_school"

    def __init__(self, urn: str, why: str) -> None:
        super().__init__(
            f"school {urn}: the MIS that answered {why}; check url and application of this school in trust.toml"
        )

"""One installation, opened: the trust, its vault, its keys and its ledger.

Belongs here: making a new state folder and opening an existing one. What people do with it is `pipelines.actions`.
"""

import datetime as dt
import shutil
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from connectors import connect
from connectors.limits import Limits
from connectors.mis import Mis, MisSettings, NoNotes, Notes
from exports.erasure import Keeping
from exports.notice import Notice, load_notice
from ledger.head import LodgedHead, create_head_key, load_head_key
from ledger.store import Ledger
from ledger.tombstones import TOMBSTONES, Tombstones
from pipelines.clock import Clock, system_clock, today
from pipelines.settings import Settings, secret
from pipelines.trust import Trust, load_trust
from schemas.deployment import School
from schemas.refusal import Refusal
from vault.identity import create_identity, create_key, load_identity, load_key
from vault.notes import SealedNotes
from vault.pupils import PupilKeys
from vault.store import Vault

_USUAL = Limits()
_DAGSTER_SETTINGS = Path(__file__).resolve().parent.parent / "deploy" / "dagster.yaml"
_NOTES_KEPT = dt.timedelta(days=1)
_BASES_KEPT = dt.timedelta(days=8)
"""A reading is built on for a week at most (ADR 0071)."""
_IDENTITY, _KEK, _HEAD = "vault-identity", "pupil-keys-kek", "ledger-head"


class NotInitialised(Refusal):
    """The state folder has no keys yet."""

    code = "not_initialised"


@dataclass(frozen=True)
class Installation:
    """The doors to everything that is kept.

    Attributes:
        settings: where it is.
        trust: the deployment as its files say now.
        clock: the one clock.
        notes: of readings that are not whole yet.
        bases: of readings that the next dry run may build on.

    """

    settings: Settings
    trust: Trust
    vault: Vault
    pupils: PupilKeys
    ledger: Ledger
    clock: Clock
    notes: Notes = field(default_factory=NoNotes)
    bases: Notes = field(default_factory=NoNotes)

    @classmethod
    def open(cls, settings: Settings, clock: Clock = system_clock, *, alone: bool = False) -> "Installation":
        """Open an installation, every destroyed key destroyed again that a restored backup brought back.

        Args:
            settings: where it is.
            clock: the clock.
            alone: keep to the state folder, whatever trust.toml says of servers: for a drill.

        Raises NotInitialised when its keys have not been made, TombstonesUnfit when the list of such keys was lost.
        """
        if not ((settings.keys / _IDENTITY).exists() and (settings.keys / _HEAD).exists()):
            message = f"{settings.home} has not all its keys yet. Run: waybill init"
            raise NotInitialised(message)
        identity = load_identity(settings.keys / _IDENTITY)
        trust = load_trust(settings.trust)
        if alone:
            trust = replace(trust, ledger_at=None, shared=None)
        notes = SealedNotes(settings.notes, identity)
        notes.purge(clock() - _NOTES_KEPT)
        bases = SealedNotes(settings.bases, identity)
        bases.purge(clock() - _BASES_KEPT)
        opened = cls(
            settings=settings,
            trust=trust,
            vault=Vault(settings.vault, identity, shared=trust.shared and trust.shared.vault),
            pupils=PupilKeys(
                trust.shared.pupil_keys if trust.shared else settings.pupil_keys,
                load_key(settings.keys / _KEK, identity),
            ),
            ledger=Ledger(trust.ledger_at or settings.ledger),
            clock=clock,
            notes=notes,
            bases=bases,
        )
        opened.tombstones.reapply(opened.pupils, clock())
        return opened

    @cached_property
    def lodged(self) -> LodgedHead:
        """The ledger's head, lodged where trust.toml says."""
        folder = self.trust.lodge_in or self.settings.lodged
        return LodgedHead(self.ledger, load_head_key(self.settings.keys / _HEAD), folder / "ledger-head.json")

    @cached_property
    def tombstones(self) -> Tombstones:
        """The list of destroyed keys, lodged beside the head; applied whenever an installation is opened."""
        return Tombstones(self.ledger, self.lodged.key, self.lodged.path.with_name(TOMBSTONES))

    @property
    def keeping(self) -> Keeping:
        """Where things are kept that an erasure touches."""
        return Keeping(self.ledger, self.vault, self.pupils, self.lodged, self.tombstones)

    def now(self) -> dt.datetime:
        """The moment, aware UTC."""
        return self.clock()

    def today(self) -> dt.date:
        """The day in England."""
        return today(self.clock)

    def connect(self, school: School, limits: Limits = _USUAL) -> Mis:
        """The school's MIS, its secret resolved from the reference in trust.toml; asked within `limits`."""
        mis = school.mis
        return connect(
            mis.kind,
            MisSettings(
                url=mis.url,
                application=mis.application,
                secret=secret(mis.secret, self.settings) if mis.secret else "",
                urn=school.urn,
                la_number=school.la_number,
                estab=school.estab,
                codes=mis.codes,
                door=mis.door,
                granted=mis.granted,
                folder=self.settings.inbox / school.urn,
                mapping=self.settings.trust / "reports" / f"{school.urn}.toml",
                limits=limits,
                slots=self.settings.slots,
                notes=self.notes,
                bases=self.bases,
            ),
        )

    def notice(self) -> Notice:
        """The privacy notice as its file says now; NoticeNotInForce before the day it is published."""
        found = load_notice(self.settings.trust / "notice.md")
        found.refuse_before(self.today())
        return found

    def on_the_day(self, urn: str, collection: str) -> str | None:
        """The text of a school's on-the-day file, None when there is none."""
        return _text(self.settings.on_the_day_file(urn, collection))

    def school_file(self, urn: str, collection: str) -> str | None:
        """The text of a school's own figures, None when there are none."""
        return _text(self.settings.school_file(urn, collection))


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8-sig") if file.is_file() else None


def initialise(settings: Settings, clock: Clock = system_clock) -> bool:
    """Make the state folder and its keys, each readable by its owner only; False when they exist."""
    made = _make_keys(settings)
    if not (settings.keys / _HEAD).exists():
        create_head_key(settings.keys / _HEAD)
        settings.lodged.mkdir(mode=0o700, exist_ok=True)
        Installation.open(settings, clock).lodged.lodge_anew(clock())
    return made


def _make_keys(settings: Settings) -> bool:
    if (settings.keys / _IDENTITY).exists():
        return False
    make_folders(settings)
    create_key(settings.keys / _KEK, create_identity(settings.keys / _IDENTITY))
    return True


def make_folders(settings: Settings) -> None:
    """Make the folders of an installation, Dagster's own settings in one of them."""
    for folder in (settings.home, settings.keys, settings.on_the_day, settings.dagster):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (settings.dagster / "dagster.yaml").exists():  # the trust's own settings are never written over
        shutil.copyfile(_DAGSTER_SETTINGS, settings.dagster / "dagster.yaml")

"""Backups: everything that is kept, in one folder, and the keys in another; and making an installation of them again.

Belongs here: the form of a backup, taking it, and putting it back. The order matters while others work: the ledger is
copied first and what it names after it, so that a backup may hold an artefact or key too many and never one too few.
A ledger is a SQLite file in a backup, wherever it lives, so that the bare verifier can read it.

Opening an installation applies the tombstones lodged outside again (`ledger.tombstones`), before anything is read.
"""

import datetime as dt
import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.canonical import canonical
from ledger.copying import BackupUnfit, copy
from ledger.head import HeadMismatch, read_signed
from ledger.store import Ledger
from ledger.verify_server import verify_place
from pipelines.clock import Clock
from pipelines.installation import Installation, make_folders
from pipelines.settings import Settings
from pipelines.trust import load_trust
from vault.files import write_whole

BACKED_UP: Final = "backed up"
RESTORED: Final = "restored"
_TYPE: Final = "waybill backup 1"
_MANIFEST, _LEDGER, _KEYS, _VAULT, _HEAD = (
    "manifest.json", "ledger.sqlite", "pupil-keys.sqlite", "vault", "ledger-head.json",
)  # fmt: skip
_OWNER_ONLY: Final = 0o700


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup: where the ledger in it ends, how much is in it, and how long it took."""

    events: int
    artefacts: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Restored:
    """An installation that was made again.

    Attributes:
        events: of its ledger, all of them verified.
        behind: events that the head lodged outside knows and the backup does not; while there are any, nothing is sent.
        opened: sealed waybills that were opened to see that the keys belong to them.
        seconds: from the first byte to the last check.

    """

    events: int
    behind: int
    opened: int
    seconds: float


def back_up(here: Installation, to: Path, keys_to: Path | None) -> Taken:
    """Write a backup into a new folder, and the keys into another if named; that it was done is recorded in it.

    Raises BackupUnfit: a folder exists, the two are one, or the ledger copied does not verify.
    """
    began = time.monotonic()
    _refuse_place(to, keys_to)
    here.ledger.append(BACKED_UP, {"with_keys": keys_to is not None}, here.now())
    here.lodged.lodge(here.now())
    to.mkdir(mode=_OWNER_ONLY, parents=True)
    copied = Ledger(to / _LEDGER)
    head = copy(here.ledger, copied)
    copied.close()
    report = verify_place(to / _LEDGER)
    if report.faults:
        shutil.rmtree(to)
        message = f"the ledger does not verify ({'; '.join(report.faults)}): nothing was kept. Run waybill verify"
        raise BackupUnfit(message)
    here.pupils.copy_to(to / _KEYS)
    artefacts = here.vault.copy_to(to / _VAULT)
    shutil.copyfile(here.lodged.path, to / _HEAD)
    if here.settings.on_the_day.is_dir():
        shutil.copytree(here.settings.on_the_day, to / "on-the-day")
    if keys_to is not None:
        shutil.copytree(here.settings.keys, keys_to)
    _write_manifest(to, head.seq, here.now())
    size = sum(file.stat().st_size for file in to.rglob("*") if file.is_file())
    return Taken(head.seq, artefacts, size, time.monotonic() - began)


def restore(settings: Settings, backup: Path, keys: Path, clock: Clock, *, drill: bool = False) -> Restored:
    """Make an installation of a backup and its keys, in a folder that has none, and see whether it is the newest.

    Args:
        settings: of the installation to be made; its trust folder is there already.
        backup: a folder that `back_up` wrote.
        keys: the folder of the keys.
        clock: the clock.
        drill: measure only: the ledger stays a file, nothing is recorded.

    Raises:
        BackupUnfit: there is an installation already; a part is missing or was changed; the ledger does not verify.

    """
    began = time.monotonic()
    if any(place.exists() for place in (settings.ledger, settings.vault, settings.pupil_keys, settings.keys)):
        message = f"{settings.home} holds an installation: move it away before one is restored there"
        raise BackupUnfit(message)
    _check(backup)
    make_folders(settings)
    for part, place in ((_VAULT, settings.vault), ("on-the-day", settings.on_the_day)):
        if (backup / part).is_dir():
            shutil.copytree(backup / part, place, dirs_exist_ok=True)
    shutil.copytree(keys, settings.keys, dirs_exist_ok=True)
    shutil.copyfile(backup / _KEYS, settings.pupil_keys)
    settings.pupil_keys.chmod(0o600)
    trust = load_trust(settings.trust)
    _put_ledger(settings, backup, None if drill else trust.ledger_at)
    here = Installation.open(settings, clock, alone=drill)
    if trust.shared is not None and not drill:
        _share(here)
    report = verify_place(here.ledger.place)
    if report.faults:
        message = f"the ledger restored does not verify: {'; '.join(report.faults)}. Take another backup"
        raise BackupUnfit(message)
    behind = _behind(here, backup, report.events)
    opened = _try_keys(here)
    if not drill and not behind:
        here.ledger.append(RESTORED, {"events": report.events}, here.now())
        here.lodged.lodge(here.now())
    return Restored(report.events, behind, opened, time.monotonic() - began)


def _refuse_place(to: Path, keys_to: Path | None) -> None:
    inside = keys_to is not None and (to in (keys_to, *keys_to.parents) or keys_to in to.parents)
    if inside:
        message = "the keys open the rest: give them a folder of their own, better on another machine"
        raise BackupUnfit(message)
    for place in (to, keys_to):
        if place is not None and place.exists():
            message = f"{place} exists: name a new folder, so that no backup is written over"
            raise BackupUnfit(message)


def _write_manifest(to: Path, seq: int, at: dt.datetime) -> None:
    names = (_LEDGER, _KEYS, _HEAD, f"{_VAULT}/index.sqlite")
    files = {name: hashlib.sha256((to / name).read_bytes()).hexdigest() for name in names}
    body = {"type": _TYPE, "at": at.isoformat(), "events": seq, "files": files}
    write_whole(to / _MANIFEST, canonical(body).encode())


def _check(backup: Path) -> None:
    """Refuse a backup of which a part is missing or changed; artefacts are named by the hash of what is in them."""
    try:
        files = json.loads((backup / _MANIFEST).read_bytes())["files"]
        wrong = [name for name, told in files.items() if _sha256(backup / name) != told]
        sealed = [file for file in (backup / _VAULT).glob("??/*") if file.parent.name + file.name != _sha256(file)]
    except (OSError, ValueError, KeyError, TypeError):
        message = f"{backup} is not a whole backup: its manifest or a file of it cannot be read. Take another"
        raise BackupUnfit(message) from None
    if wrong or sealed:
        message = f"{backup}: {', '.join(wrong) or f'{len(sealed)} sealed artefacts'} changed since it was made"
        raise BackupUnfit(message)


def _put_ledger(settings: Settings, backup: Path, url: str | None) -> None:
    if url is None:
        shutil.copyfile(backup / _LEDGER, settings.ledger)
        settings.ledger.chmod(0o600)
        return
    held, target = Ledger(backup / _LEDGER), Ledger(url)
    copy(held, target)
    held.close()
    target.close()


def _share(here: Installation) -> None:
    """Move what was put into the state folder to where trust.toml has several machines reach it."""
    here.vault.take_in(here.settings.vault)
    here.pupils.take_in(here.settings.pupil_keys)
    shutil.rmtree(here.settings.vault)
    here.settings.pupil_keys.unlink()


def _behind(here: Installation, backup: Path, events: int) -> int:
    """Return how many events the head lodged outside knows beyond the backup; without a head the backup's is put up."""
    path = here.lodged.path
    if not path.exists():
        path.parent.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        shutil.copyfile(backup / _HEAD, path)
    try:
        here.lodged.check()
    except HeadMismatch:
        return max(1, read_signed(here.lodged.key.public_key(), path).seq - events)
    return 0


def _try_keys(here: Installation) -> int:
    """Open the waybill of the newest releases, so that keys which do not belong to the vault are noticed today."""
    from exports.preparation import read_waybill  # noqa: PLC0415  pandas takes a second, and only a restore needs it

    newest = here.ledger.releases()[-3:]
    return sum(bool(read_waybill(here.ledger, here.vault, release.waybill)) for release in newest)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()

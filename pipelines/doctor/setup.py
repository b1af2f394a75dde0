"""Looks at the machine and the folders: what must be right before an installation can be opened.

Belongs here: permissions, files, disk, clock, the trust folder. None of it needs a key to be usable.
"""

import datetime as dt
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import yaml

from pipelines.actions.calendar import gaps
from pipelines.alerting.routes import read_routes
from pipelines.doctor.symptoms import Symptom
from pipelines.settings import SecretMissing, Settings, secret
from pipelines.trust import Trust

_FREE_BYTES: Final = 2 * 1024**3
_SKEW: Final = dt.timedelta(minutes=2)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_COMPUTE_LOGS: Final = "NoOpComputeLogManager"


def folders(settings: Settings) -> Iterator[Symptom]:
    """The state folder and what lies in it belong to the service alone."""
    if not settings.home.is_dir():
        yield Symptom("setup", "state folder", f"{settings.home} does not exist. Run: waybill init")
        return
    for path in (settings.home, settings.keys, *_files(settings.keys), settings.pupil_keys):
        if path.exists() and path.suffix != ".pub" and path.stat().st_mode & _OTHERS:
            yield Symptom("exposed", path.name, f"{path} can be read by others.")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def disk(settings: Settings, free: Callable[[Path], int] | None = None) -> Iterator[Symptom]:
    """There is room for a night's work."""
    left = (free or _free)(settings.home)
    if left < _FREE_BYTES:
        yield Symptom("machine", "disk", f"{left // 1024**2:,} MB are free at {settings.home}; a night needs 2,048.")


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def dagster(settings: Settings) -> Iterator[Symptom]:
    """Dagster keeps nothing that a step prints."""
    file = settings.dagster / "dagster.yaml"
    if not file.is_file():
        yield Symptom("setup", "dagster.yaml", f"{file} does not exist. Run: waybill init, or copy deploy/dagster.yaml")
        return
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    kept = (said or {}).get("compute_logs", {}).get("class") if isinstance(said, dict) else None
    if kept != _COMPUTE_LOGS:
        yield Symptom("exposed", "dagster.yaml", f"{file} lets Dagster keep what steps print: set {_COMPUTE_LOGS}.")


def calendar(trust: Trust, today: dt.date) -> Iterator[Symptom]:
    """The calendar says when everything is due."""
    for gap in gaps(trust, today):
        yield Symptom("calendar-gap", gap.partition(":")[0], f"calendar.csv: {gap}.")


def agreements(trust: Trust, today: dt.date) -> Iterator[Symptom]:
    """Every agreement compiles, and none ends within the month."""
    for compiled in trust.agreements:
        terms = compiled.agreement
        if terms is None:
            faults = "; ".join(compiled.faults)
            yield Symptom("trust-folder", compiled.id, f"{compiled.id} does not compile: {faults}.")
            continue
        ends = terms.recipient.ends
        if ends <= today + _SOON:
            yield Symptom("expiring", compiled.id, f"The sharing agreement of {compiled.id} ends on {ends}.")
        legacy = terms.delivery.legacy
        if legacy is not None and legacy.until <= today + _SOON:
            until = f"outdated algorithms only until {legacy.until}"
            yield Symptom("expiring", f"{compiled.id} algorithms", f"{compiled.id} may use {until}.")


_SOON: Final = dt.timedelta(days=30)


def secrets(trust: Trust, settings: Settings) -> Iterator[Symptom]:
    """Every secret that trust.toml, alerts.toml and the agreements refer to is there, and private."""
    wanted = {school.mis.secret for school in trust.schools.values() if school.mis.secret}
    wanted |= {route.address for route in read_routes(settings.trust)}
    wanted |= {one.agreement.delivery.key_ref for one in trust.agreements if one.agreement}
    for reference in sorted(wanted):
        try:
            secret(reference, settings)
        except SecretMissing as missing:
            lax = "read by others" in str(missing)
            yield Symptom("exposed" if lax else "setup", reference, str(missing))


def clock(here: dt.datetime, elsewhere: dt.datetime, whose: str) -> Iterator[Symptom]:
    """The machine's clock agrees with another's."""
    apart = abs(here - elsewhere)
    if apart > _SKEW:
        words = f"This machine's clock and that of {whose} are {int(apart.total_seconds())} seconds apart."
        yield Symptom("machine", "clock", f"{words} Signatures and deadlines go by it: set it (NTP).")

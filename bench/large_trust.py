"""A trust as large as they come, with years behind it and this term's census under way, for `bench.desk`.

Belongs here: its installation. The years are `bench.history`'s, with waybills that open and pupils whom a UPN finds;
this term's returns are made from `bench.snapshots` by the product's own steps, and sealed as a preparation seals them.
"""

import datetime as dt
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from bench.history import Feed, Papers, Size, build, grounded
from bench.rules import REGISTERS
from bench.snapshots import snapshot
from bench.trust_run import write_schools
from exports.approvers import Register, bootstrap
from exports.formats import FORMATS, verified
from exports.key_files import new_private_key, read_private_key
from exports.minimise import minimise
from exports.preparation import Draft, artefact, open_batch, prepare
from exports.signing import public_text
from exports.terms import Agreement
from exports.waybill import Tally, Waybill
from ledger.states import State
from pipelines.installation import Installation, initialise
from pipelines.settings import Settings
from schemas.census.catalogue import catalogue
from schemas.census.collection import collection
from schemas.census.conform import Software, conform
from schemas.census.engine import run_rules
from schemas.census.facts import FACT, facts
from schemas.census.who import WHO, who
from schemas.table import Frames
from simulator.world.schools import Scale, SchoolIdentity, identities
from vault.frames import pack
from vault.pupils import PupilKey

PROJECT: Final = Path(__file__).resolve().parents[1]
NOW: Final = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)
RETURN, AUTUMN = "dfe_autumn_census", "2026-autumn"
KEPT: Final = dt.date(2099, 1, 1)
TRIES: Final = 6
"""How often the first school's return was prepared: what its trend is made of."""
_DAY: Final = collection(AUTUMN)
_CERTIFICATE: Final = {"ended": "2026-10-01T16:30:00Z"}
_NO_HASH: Final = "0" * 64


def large_trust(folder: Path, size: Size) -> Installation:
    """Make the trust in a folder, or open the one that was made there."""
    settings = Settings(folder / "home", folder / "trust")
    if settings.home.exists():
        return Installation.open(settings, lambda: NOW)
    shutil.copytree(PROJECT / "trusts" / "demo", settings.trust)
    schools = identities(Scale(schools=size.schools))
    write_schools(settings.trust / "trust.toml", schools, "http://127.0.0.1:1")
    _cover(settings.trust / "agreements" / f"{RETURN}.yaml", schools)
    initialise(settings, lambda: NOW)
    here = Installation.open(settings, lambda: NOW)
    build(settings.ledger, size, _papers(here), lambda urn, names: _keyed(here, urn, names)).close()
    _people(here)
    for number, school in enumerate(schools, start=1):
        _returned(here, number, school, size.pupils)
    here.lodged.lodge(NOW)
    return here


def _cover(file: Path, schools: Sequence[SchoolIdentity]) -> None:
    urns = ", ".join(f'"{school.urn}"' for school in schools)
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"^schools: \[.*?\]", f"schools: [{urns}]", text, flags=re.MULTILINE), encoding="utf-8")


def _keyed(here: Installation, urn: str, names: Sequence[str]) -> list[PupilKey]:
    """Give pupils keys that their UPNs lead to: here a UPN is as good as a name."""
    return here.pupils.pupils(urn, names, names)


def _papers(here: Installation) -> Papers:
    """Seal a waybill for each file, as one of its kind and size is."""
    grounds_at = grounded(here.vault)

    def papers(urn: str, feed: Feed, period: str, at: dt.datetime) -> tuple[str, Mapping[str, str]]:
        waybill = Waybill(
            school=urn, period=period, agreement=feed.agreement, agreement_sha256=_NO_HASH, recipient=feed.agreement,
            destination="", recipient_lock=_NO_HASH, release_version=1, supersedes=None, file_sha256=_NO_HASH,
            length=1_000_000, remote_name=f"{feed.agreement}-{urn}.csv", content_sha256=_NO_HASH,
            tally=Tally(1500, 1500 * feed.columns, 0, 0, 0, 0, 0, 0),
            fields=tuple(f"{feed.agreement}.pupil.c{number:02}" for number in range(feed.columns)),
            snapshot_sha256=_NO_HASH, notice_version="3.2", notice_sha256=_NO_HASH, findings_sha256=_NO_HASH,
            approvers_sha256=_NO_HASH, prepared_at=at, nonce=f"{int(urn):032x}",
        )  # fmt: skip
        sealed = here.vault.seal(waybill.canonical, "waybill", KEPT).address
        return waybill.sha256, {"waybill": sealed, "grounds": grounds_at[feed.agreement]}

    return papers


def _people(here: Installation) -> None:
    """Two people of the whole trust and a head of one school, who sign nothing here."""
    people = []
    for person, role, schools in (
        ("priya", "data_manager", "*"),
        ("daniel", "dpo", "*"),
        ("one-head", "head", "900001"),
    ):
        public = public_text(read_private_key(new_private_key("bench"), "bench"))
        people.append({"id": person, "name": person, "roles": [role], "schools": [schools], "public_key": public})
    bootstrap(here.ledger, Register.of(1, people), NOW)


def _returned(here: Installation, number: int, school: SchoolIdentity, pupils: int) -> None:
    """Prepare a school's census; the first one's left once, was corrected, and was prepared time and again."""
    held = snapshot(number, pupils, _DAY)
    for name in ("urn", "la_number", "estab", "name"):
        held["school"][name] = pd.array([getattr(school, name)], dtype=held["school"][name].dtype)
    _prepared(here, school.urn, held, 0)
    if number == 1:
        _left(here, school.urn)
        for again in range(1, TRIES):
            _prepared(here, school.urn, held, again)


def _prepared(here: Installation, urn: str, held: dict[str, pd.DataFrame], again: int) -> None:
    """Take a snapshot through the product's own steps; each time two more pupils' surnames are missing."""
    surnames = held["pupil"]["surname"].copy()
    surnames[: 2 * again] = None
    taken = {**held, "pupil": held["pupil"].assign(surname=surnames)}
    at = NOW - dt.timedelta(hours=TRIES - again)
    software = Software("Waybill", "0.1", _DAY.academic_year)
    made = conform(taken, _DAY, supplement=None, serial_no=1, date_time=f"{at:%Y-%m-%dT%H:%M:%S}", software=software)
    found = run_rules(dict(made.frames), _DAY, catalogue(_DAY.academic_year), REGISTERS)
    agreement = _agreement(here)
    frames = minimise(dict(made.frames), agreement, as_at=_DAY.reference_date)
    data = FORMATS[agreement.format].render(frames, agreement)
    if again == TRIES - 1:
        _read(here, urn, taken, dict(made.frames))
    draft = Draft(
        school=here.trust.school(urn), period=AUTUMN, agreement=agreement, notice=here.notice(), data=data,
        facts=verified(data, frames, agreement), frames=frames, findings=found, certificate=_CERTIFICATE,
        upns=dict(zip(made.frames["pupil"]["pupil_id"], made.frames["pupil"]["upn"], strict=True)),
        beside={WHO.name: who(taken, found, _DAY.reference_date), FACT.name: facts(found, dict(made.frames))},
    )  # fmt: skip
    prepare(here.ledger, here.vault, here.pupils, draft, at, f"{int(urn) + again:032x}")


def _read(here: Installation, urn: str, snapshot: Frames, tables: Frames) -> None:
    """Seal a reading of the MIS and its tables as a run's assets do."""
    meta = {"certificate": _CERTIFICATE, "ledger_seq": here.ledger.head().seq}
    for asset, frames in (("census/snapshot", snapshot), ("census/tables", tables)):
        sealed = here.vault.seal(pack(frames, meta), "intermediate", KEPT)
        here.vault.record("bench", asset, f"{urn}|{AUTUMN}", sealed)


def _agreement(here: Installation) -> Agreement:
    (found,) = (one.agreement for one in here.trust.agreements if one.id == RETURN)
    if found is None:
        message = f"{RETURN} does not compile"
        raise AssertionError(message)
    return found


def _left(here: Installation, urn: str) -> None:
    """Let a prepared file leave, as the ledger sees it."""
    (release,) = here.ledger.releases(school=urn, agreement=RETURN)
    cells = open_batch(here.vault.open(artefact(here.ledger, release.waybill, "cells")))
    at = NOW - dt.timedelta(hours=TRIES)
    with here.ledger.transaction() as tx:
        tx.move(release.waybill, State.APPROVED, at, {})
        tx.claim(release.waybill, at, {"remote_name": "census.xml"})
        tx.settle(release.waybill, State.HANDED_OVER, at, cells, {})

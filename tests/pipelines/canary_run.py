"""The runs whose every written byte is then searched for planted values: one that succeeds and one forced to fail.

    python -m tests.pipelines.canary_run FOLDER

runs both below FOLDER, so that what they print can be searched too, and leaves `outcomes.json` there: what was forced,
and whether the run succeeded all the same. In this file `canary` is a value of a pupil of the world.
"""

import datetime as dt
import json
import os
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import Mock, patch

import dagster as dg
import httpx
import pandas as pd
import pyarrow as pa
import stamina

from assets.plan import census_plan
from assets.reading import READ_AGAIN
from connectors import connect
from connectors.mis import MisSettings, Snapshot
from exports.formats import FORMATS
from exports.open_lineage import to_file
from pipelines.actions import exporting, preparing
from pipelines.actions.examining import Examination
from pipelines.actions.watching import watch
from pipelines.jobs import TRUST_JOB
from schemas.boundary import ContractBroken
from schemas.census.collection import collection
from schemas.census.tables import CENSUS
from schemas.refusal import Refusal
from simulator.arbor import ArborServer, Knobs, serve
from simulator.arbor.knobs import Drift, Fault
from simulator.deployment import Deployment, deployed
from simulator.world.schools import TINY
from simulator.world.trust import Contents, Trust, make_trust
from tests.nightly import NIGHTLY
from tests.pipelines.told import told_into
from tests.pipelines.whole_run import (
    AUTUMN,
    FEED_PERIODS,
    definitions,
    release_everything,
    run,
    sign_everything,
)
from tests.quick_keys import stretched_once
from tests.run_history import kept_without_waiting

EVENING = dt.datetime(2026, 10, 1, 17, 30, tzinfo=dt.UTC)
SCHOOL = "900004"
OF_FILES = "900006"
SCHOOLS = (SCHOOL, OF_FILES)  # the most that a census holds, and a MIS that is files
SLOT = dg.MultiPartitionKey({"school": SCHOOL, "collection": AUTUMN})
CENSUS_FILE = "dfe_autumn_census"
LINEAGE = "lineage.jsonl"
BY_DAY_WHOLE = {(AUTUMN, OF_FILES), (FEED_PERIODS[0], SCHOOL), (FEED_PERIODS[1], SCHOOL)}
"""By day each period at one school: what is forced to fail is the census of the other."""


def canary_world() -> Trust:
    """The tiny trust, each of its people renamed so that no name can stand anywhere by chance."""
    return Trust(tuple(replace(school, changed=_renamed(school.contents)) for school in make_trust(scale=TINY).schools))


def canaries(trust: Trust) -> frozenset[str]:
    """Names, numbers, postcodes, e-mails and telephones of everybody in the trust."""
    return frozenset(value for school in trust.schools for pupil in school.pupils for value in _values(pupil.facts))


def _renamed(contents: Contents) -> Contents:
    for pupil in contents.pupils:
        for kind in ("person", "guardian"):
            facts = pupil.facts.get(kind, [])
            pupil.facts[kind] = [replace(fact, value=_name(fact.value, fact.id)) for fact in facts]
    return contents


def _name(value: Any, number: int) -> Any:
    accent = "é" if number % 3 else "'"
    return value._replace(surname=f"Zq{accent}{_letters(number)}", forename=f"Xv{_letters(number)}")


def _letters(number: int) -> str:
    digits = (number // 26**place % 26 for place in range(6))
    return "".join(chr(ord("a") + digit) for digit in digits)


def _values(facts: dict[str, list[Any]]) -> Iterator[str]:
    for kind, names in (
        ("person", ("surname", "forename")), ("guardian", ("surname", "forename", "email", "phone", "nino")),
        ("details", ("uln", "nhs_number")), ("address", ("postcode",)), ("reached", ("email",)),
    ):  # fmt: skip
        for fact in facts.get(kind, ()):
            yield from (held for name in names if (held := getattr(fact.value, name)))
    yield from (fact.value for fact in facts["upn"])


def succeed(home: Path, trust: Trust) -> None:
    """Prepare the census and the feeds of two schools, sign and release; tell a catalogue of it."""
    with deployed(home, trust=trust, clock=lambda: EVENING, arbor_port=0, sftp_port=0) as demo:
        defs = definitions(demo)
        failed = [
            preparing.prepare(demo.installation, period, school=school, definitions=lambda: defs).failed
            for period in (AUTUMN, *FEED_PERIODS)
            for school in SCHOOLS
            if NIGHTLY or (period, school) in BY_DAY_WHOLE
        ]
        signed = sign_everything(demo)
        released = release_everything(demo)
        exporting.lineage(demo.acting("daniel"), to_file(home / LINEAGE))
        tell(demo, trouble=False)
    if any(failed) or not signed or len(released) != len(signed) or not all(released.values()):
        message = f"{failed}, {len(signed)} signed, {released}"
        raise AssertionError(message)


def tell(demo: Deployment, *, trouble: bool) -> None:
    """Look at everything thoroughly with alerts on; what was told lies in the state folder, to be searched."""
    with told_into(demo.settings.home / "told") as address, patch.dict(os.environ, {"WAYBILL_ALERTS": address}):
        routes = '[[route]]\nname = "all"\naddress = "env:WAYBILL_ALERTS"\nreminders = true\n'
        (demo.settings.trust / "alerts.toml").write_text(routes, encoding="utf-8")
        letters = watch(Examination(demo.settings, lambda: EVENING)).letters
    if letters != {"all": True} and (trouble or letters):
        message = f"the alert did not arrive: {letters}"
        raise AssertionError(message)


class _Kept:
    """A school's MIS that answers with a snapshot taken before, changed as a test likes."""

    def __init__(self, snapshot: Snapshot, change: Callable[[dict[str, pd.DataFrame]], None] = lambda _: None) -> None:
        self._snapshot, self._change = snapshot, change

    def snapshot(self, *_: object) -> Snapshot:
        frames = dict(self._snapshot.frames)
        self._change(frames)
        return replace(self._snapshot, frames=frames)


class Spoken(Exception):  # noqa: N818  whose words cannot be had without a value
    """An exception that says a value whichever way it is asked."""

    def __init__(self, canary: str) -> None:
        super().__init__(canary, pd.DataFrame({canary: [canary]}))
        self.pupil = canary

    def __repr__(self) -> str:
        return f"Spoken({self.pupil})"


class Forced:
    """What can be forced to go wrong, each with a value in its words. Every method raises."""

    def __init__(self, canary: str) -> None:
        self.canary = canary

    def plain(self, *_: object, **__: object) -> NoReturn:
        raise RuntimeError(self.canary)

    def key(self, *_: object, **__: object) -> NoReturn:
        raise KeyError(self.canary)

    def chained(self, *_: object, **__: object) -> NoReturn:
        try:
            raise ValueError(self.canary)  # noqa: TRY301
        except ValueError as cause:
            raise RuntimeError(self.canary) from cause

    def refused(self, *_: object, **__: object) -> NoReturn:
        """A refusal without a value that comes while an error with one is handled."""
        try:
            raise ValueError(self.canary)  # noqa: TRY301
        except ValueError:
            raise _Refused("a table could not be read; prepare it again")  # noqa: B904, EM101, TRY003

    def noted(self, *_: object, **__: object) -> NoReturn:
        error = LookupError(self.canary)
        error.add_note(f"while at {self.canary}")
        raise error

    def grouped(self, *_: object, **__: object) -> NoReturn:
        raise ExceptionGroup(self.canary, [ValueError(self.canary), TypeError(self.canary)])

    def spoken(self, *_: object, **__: object) -> NoReturn:
        raise Spoken(self.canary)

    def encoding(self, *_: object, **__: object) -> NoReturn:
        ("é" + self.canary).encode("ascii")
        raise AssertionError

    def arrow(self, *_: object, **__: object) -> NoReturn:
        pa.array([self.canary]).cast(pa.int64())
        raise AssertionError

    def pandas(self, *_: object, **__: object) -> NoReturn:
        pd.DataFrame({"upn": [self.canary]}).astype({"upn": int})
        raise AssertionError

    def pandera(self, *_: object, **__: object) -> NoReturn:
        CENSUS["pupil"].schema.validate(pd.DataFrame({"upn": [self.canary], self.canary: [1]}), lazy=True)
        raise AssertionError

    def http(self, *_: object, **__: object) -> NoReturn:
        url = f"https://mis.example.org/students?surname={self.canary}"
        request = httpx.Request("GET", url)
        response = httpx.Response(500, text=self.canary, request=request)
        response.raise_for_status()
        raise AssertionError

    def database(self, *_: object, **__: object) -> NoReturn:
        message = f"UNIQUE constraint failed: pupil.{self.canary}"
        raise sqlite3.IntegrityError(message)

    def warned(self, *_: object, **__: object) -> NoReturn:
        warnings.warn(self.canary, stacklevel=1)
        raise ContractBroken([])


class _Refused(Refusal):
    code = "refused_in_a_test"


@contextmanager
def forced(target: str, canary: str, how: str) -> Iterator[None]:
    """What stands at `target` goes wrong with `canary` in its words; a block that never came to it proves nothing."""
    mock = Mock(side_effect=getattr(Forced(canary), how))
    with patch(target, mock):
        yield
    if not mock.called:
        message = f"{target} was never reached"
        raise AssertionError(message)


STEPS = (
    ("tables: conform", "assets.census.conform", "plain"),
    ("tables: a missing key", "assets.census.conform", "key"),
    ("tables: pandera", "schemas.census.conform.conforms", "pandera"),
    ("tables: the on-the-day file", "assets.census.read_supplement", "encoding"),
    ("findings: a rule", "schemas.census.engine.mask_of", "plain"),
    ("findings: a rule, chained", "schemas.census.engine.mask_of", "chained"),
    ("findings: a check of Dagster's", "assets.checks.explained_keys", "noted"),
    ("findings: a warning", "assets.census.run_rules", "warned"),
    ("minimised", "assets.recipients.take", "pandas"),
    ("minimised: who was told", "assets.recipients.not_yet_told", "grouped"),
    ("file: read back", "assets.recipients.verified", "arrow"),
    ("waybill", "assets.recipients.prepare", "spoken"),
    ("waybill: the ledger", "ledger.store.Ledger.transaction", "database"),
    ("IO manager: pack", "assets.io_manager.pack", "plain"),
    ("IO manager: unpack", "assets.io_manager.unpack", "chained"),
    ("vault: seal", "vault.store.Vault.seal", "refused"),
    ("vault: open", "vault.store.Vault.open", "spoken"),
    ("vault: record", "vault.store.Vault.record", "database"),
)
BY_DAY = (
    "tables: a missing key", "tables: pandera", "tables: the on-the-day file", "findings: a rule, chained",
    "findings: a warning", "minimised", "minimised: who was told", "file: read back", "waybill", "IO manager: pack",
    "IO manager: unpack", "vault: seal", "vault: record",
)  # fmt: skip
"""By day each way of going wrong, at one place of each stage; at night everything."""
DELIVERY_STEPS = (
    ("delivery", "assets.recipients.send_signed", "grouped"),
    ("delivery: the vault", "vault.store.Vault.open", "noted"),
    ("delivery: the transport", "exports.transports.sftp.SftpTransport.send", "chained"),
)


def _renamed_column(canary: str) -> Callable[[dict[str, pd.DataFrame]], None]:
    def change(frames: dict[str, pd.DataFrame]) -> None:
        frames["pupil"] = frames["pupil"].rename(columns={"surname": canary})

    return change


def _wrong_type(frames: dict[str, pd.DataFrame]) -> None:
    frames["pupil"] = frames["pupil"].assign(dob=frames["pupil"]["surname"])


def _twice(frames: dict[str, pd.DataFrame]) -> None:
    frames["pupil"] = pd.concat([frames["pupil"]] * 2, ignore_index=True)


def _broken(frames: dict[str, pd.DataFrame]) -> None:
    frames["nc_year"] = frames["nc_year"].assign(nc_year=frames["nc_year"]["pupil_id"].astype("object"))


def fail(home: Path, trust: Trust) -> dict[str, bool]:
    """Force everything in turn on one school; returns whether the run succeeded all the same."""
    planted = iter(sorted(canaries(trust)))
    outcomes: dict[str, bool] = {}
    at_once = patch("assets.census.READ_AGAIN", READ_AGAIN._replace(delay=0))
    with at_once, deployed(home, trust=trust, clock=lambda: EVENING, arbor_port=0, sftp_port=0) as demo:
        here = demo.installation
        mis = here.connect(here.trust.school(SCHOOL))
        kept = mis.snapshot(census_plan(collection(AUTUMN), here.trust.mis_flags), lambda *_: None, here.now)
        prepared = _preparing(demo)
        for name, target, how in (each for each in STEPS if NIGHTLY or each[0] in BY_DAY):
            with forced(target, next(planted), how):
                outcomes[name] = prepared(_Kept(kept))
        spoilt = replace(FORMATS["census_xml"], render=Forced(next(planted)).spoken)
        with patch("assets.recipients.FORMATS", {**FORMATS, "census_xml": spoilt}):
            outcomes["file: render"] = prepared(_Kept(kept))
        changes = {
            "data: a column renamed": _renamed_column(next(planted)),
            "data: a column of another type": _wrong_type,
            "data: rows twice": _twice,
            "data: not from Arrow": _broken,
        }
        for name, change in changes.items():
            outcomes[name] = prepared(_Kept(kept, change))
        for name in ("plain", "http", "chained", "spoken", "database") if NIGHTLY else ("http", "spoken"):
            failing = type("Failing", (), {"snapshot": getattr(Forced(next(planted)), name)})()
            outcomes[f"MIS: {name}"] = prepared(failing)
        outcomes |= dict(_over_http(prepared, trust))
        with patch("pipelines.jobs.begin_child", Forced(next(planted)).chained):
            outcomes["the trust's own run"] = run(demo, definitions(demo), TRUST_JOB, f"census-{AUTUMN}").success
        outcomes["nothing forced"] = prepared(_Kept(kept))
        if not sign_everything(demo):
            message = "nothing to release"
            raise AssertionError(message)
        delivery = dg.AssetKey([CENSUS_FILE, "delivery"])
        for name, target, how in DELIVERY_STEPS:
            with forced(target, next(planted), how):
                outcomes[name] = run(demo, definitions(demo), "release", SLOT, delivery).success
        tell(demo, trouble=True)
    return outcomes


def _preparing(demo: Deployment) -> Callable[[Any], bool]:
    """Return what prepares the census from a MIS that it is given, and says whether that succeeded."""
    asked: list[Any] = []
    defs = definitions(demo, mis=lambda _: asked[-1])

    def prepared(mis: Any) -> bool:
        asked.append(mis)
        return bool(run(demo, defs, "prepare_census", SLOT).success)

    return prepared


def _over_http(prepared: Callable[[Any], bool], trust: Trust) -> Iterator[tuple[str, bool]]:
    hostile = {
        "a cut body": Knobs(faults=dict.fromkeys(range(1, 400), Fault.TRUNCATED)),
        "a page for people": Knobs(faults=dict.fromkeys(range(1, 400), Fault.HTML)),
        "an error in an envelope": Knobs(faults=dict.fromkeys(range(30, 400), Fault.ERROR_IN_ENVELOPE)),
        "rows that move": Knobs(max_page_size=10, drift=Drift("Student", "remove", logged=False)),
        "fields withheld": Knobs(withheld=frozenset({"Student.id", "Person.legalLastName", "Student.person"})),
    }
    by_day = ("a cut body", "an error in an envelope", "rows that move", "fields withheld")
    identity = trust.school(SCHOOL).identity
    for name, knobs in hostile.items() if NIGHTLY else ((name, hostile[name]) for name in by_day):
        with serve(ArborServer(trust, EVENING.date(), knobs)) as url, stamina.set_testing(testing=True, attempts=2):
            settings = MisSettings(
                url=url, application=identity.application_id, secret=identity.secret,
                urn=SCHOOL, la_number=identity.la_number, estab=identity.estab,
            )  # fmt: skip
            yield f"over HTTP: {name}", prepared(connect("arbor", settings))


def main(folder: Path) -> None:
    """Run both, and say what was forced."""
    kept_without_waiting()
    stretched_once()
    trust = canary_world()
    succeed(folder / "success", trust)
    outcomes = fail(folder / "failure", trust)
    (folder / "outcomes.json").write_text(json.dumps(outcomes), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Every kind of source, each set up over the same invented school, and a way to spoil each."""

import dataclasses
import datetime as dt
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from connectors import connect
from connectors.limits import Limits
from connectors.mis import MisSettings, Plan
from connectors.transfer import FROM
from connectors.wonde.supplies import SUPPLIES
from schemas.canonical import CANONICAL
from simulator.arbor import ArborServer, Drift, Knobs
from simulator.reports import write_reports
from simulator.wonde import WondeKnobs, WondeServer
from simulator.world import days
from tests.connectors.arbor_school import NOON, plan, trust

URN = "900002"
MAPPING = Path(__file__).parents[2] / "trusts" / "demo" / "reports" / "900006.toml"
CTF = """<?xml version="1.0" encoding="UTF-8"?>
<CTfile><Header><DocumentName>Common Transfer File</DocumentName><CTFversion>26.0</CTFversion>
<DateTime>2026-09-30T12:00:00</DateTime><DocumentQualifier>full</DocumentQualifier><SupplierID>Invented</SupplierID>
<SourceSchool><LEA>826</LEA><Estab>6909</Estab><URN>900005</URN><SchoolName>Elsewhere</SchoolName></SourceSchool>
<DestSchool><LEA>{la}</LEA><Estab>{estab}</Estab></DestSchool></Header>
<CTFpupilData><Pupil><UPN>A826690926001</UPN><Surname>Marsh</Surname><Forename>Avery</Forename><DOB>2018-03-09</DOB>
<Sex>F</Sex></Pupil><Pupil><UPN>B826690926002</UPN><Surname>Patel</Surname><Forename>Noor</Forename>
<DOB>2018-05-01</DOB><Sex>M</Sex></Pupil></CTFpupilData></CTfile>
"""


@dataclasses.dataclass
class Source:
    """One kind of source.

    Attributes:
        name: the kind, and the door.
        settings: of the school.
        plan: for what it supplies.
        spoil: makes it something that must be refused.
        kind: as the registry has it.

    """

    name: str
    settings: MisSettings
    plan: Plan
    spoil: object
    kind: str

    def snapshot(self, wanted=None, **changed):
        settings = dataclasses.replace(self.settings, **changed)
        return connect(self.kind, settings).snapshot(wanted or self.plan, lambda *_: None, lambda: NOON)


def settings(url, **more):
    who = trust().school(URN).identity
    return MisSettings(url, who.application_id, who.secret, URN, who.la_number, who.estab, **more)


@contextmanager
def arbor(stage, _folder, door):
    stage.app = app = ArborServer(trust(), days.CENSUS_DAY)
    limits = Limits(rounds=2)

    def spoil():
        app.knobs = app.school(URN).knobs = Knobs(drift=Drift("Student", "update", times=99))

    yield Source(
        f"arbor, {door}", settings(stage.url, door=door, limits=limits), plan("pupil", "upn", "contact"), spoil, "arbor"
    )


@contextmanager
def wonde(stage, _folder):
    stage.app = app = WondeServer(trust(), days.CENSUS_DAY)

    def spoil():
        app.knobs = WondeKnobs(change_after=1, go_on_changing=True)

    given = dataclasses.replace(settings(stage.url, limits=Limits(rounds=2)), application=f"A{URN}")
    yield Source("wonde", given, plan("school", *SUPPLIES), spoil, "wonde")


@cache
def written(stage):
    """The reports of the school, made once."""
    stage.app = ArborServer(trust(), days.CENSUS_DAY)
    window = {"attendance_from": dt.date(2026, 7, 1), "attendance_to": dt.date(2026, 7, 10)}
    frames = connect("arbor", settings(stage.url)).snapshot(plan(**window), lambda *_: None, lambda: NOON).frames
    with tempfile.TemporaryDirectory() as folder:
        write_reports(Path(folder), MAPPING, URN, frames, NOON - dt.timedelta(hours=1))
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


@contextmanager
def reports(stage, folder):
    mapping = shutil.copy(MAPPING, folder / "mapping.toml")
    for name, data in written(stage).items():
        (folder / "inbox").mkdir(exist_ok=True)
        (folder / "inbox" / name).write_bytes(data)

    def spoil():
        report = folder / "inbox" / "upn.csv"
        report.write_bytes(b"\n".join(report.read_bytes().splitlines()[:-1]))

    given = settings("inbox:school", folder=folder / "inbox", mapping=Path(mapping))
    yield Source("reports", given, plan(*CANONICAL), spoil, "reports")


@contextmanager
def transfer(_stage, folder):
    who = trust().school(URN).identity
    (folder / "one.xml").write_text(CTF.format(la=who.la_number, estab=who.estab), encoding="utf-8")
    (folder / "two.xml").write_text(CTF.format(la=who.la_number, estab=who.estab), encoding="utf-8")

    def spoil():
        (folder / "two.xml").write_text("<CTfile><Header>", encoding="utf-8")

    yield Source("ctf", settings("inbox:school", folder=folder), plan(*FROM), spoil, "ctf")


SOURCES = {
    "arbor over REST": lambda stage, folder: arbor(stage, folder, "rest"),
    "arbor over GraphQL": lambda stage, folder: arbor(stage, folder, "graphql"),
    "wonde": wonde,
    "reports": reports,
    "transfer files": transfer,
}

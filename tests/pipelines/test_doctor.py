"""`waybill doctor` on a sound installation, and on broken ones that each differ from it in one thing."""

import contextlib
import datetime as dt
import json
import re
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from ledger.states import State
from ledger.store import Slot
from pipelines import cli
from pipelines.actions.examining import Examination, examine
from pipelines.clock import system_clock
from pipelines.dagster_instance import instance_of
from pipelines.exit_codes import EXIT_CODES, HELD
from pipelines.failure_classes import CLASS_OF_CODE, CLASSES
from pipelines.generated_docs import PAGES
from pipelines.installation import Installation
from pipelines.settings import Settings
from simulator.deployment import Deployment
from tests.pipelines.conftest import EVENING

KEPT = ("dfe_autumn_census", "la_new_pupils", "nhs_immunisation")
"""Agreements of the installation; the others would only make each look longer."""
SCHOOL = "900002"


@dataclass
class Patient:
    """An installation that a test may break."""

    settings: Settings
    patch: pytest.MonkeyPatch
    now: dt.datetime = EVENING
    free: Callable[[Path], int] | None = None
    online: bool = False
    ahead: dt.timedelta = dt.timedelta(0)

    @property
    def trust(self) -> Path:
        return self.settings.trust

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.trust / name
        text = file.read_text(encoding="utf-8")
        assert re.search(old, text), f"{name} has no {old}"
        file.write_text(re.sub(old, new, text, count=1), encoding="utf-8")

    @contextlib.contextmanager
    def opened(self) -> Iterator[Installation]:
        here = Installation.open(self.settings, lambda: self.now)
        yield here
        here.ledger.close()

    def examined(self) -> list[tuple[str, str, str]]:
        asked = Examination(
            self.settings, lambda: self.now, lambda: system_clock() + self.ahead, self.free, self.online
        )
        return [(one.failure, one.subject, one.words) for one in examine(asked)]


@pytest.fixture(scope="module")
def sound(shared_demo: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with its trust folder in it, of three agreements."""
    home = tmp_path_factory.mktemp("sound") / "home"
    ignored = shutil.ignore_patterns("recipients", "*.log")
    shutil.copytree(shared_demo.settings.home, home, ignore=ignored)
    for file in (home / "trust" / "agreements").glob("*.yaml"):
        if file.stem not in KEPT:
            file.unlink()
    calendar = home / "trust" / "calendar.csv"
    lines = calendar.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("feed,") or line.split(",")[1] in KEPT]
    calendar.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return home


@pytest.fixture
def patient(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    home = tmp_path / "home"
    shutil.copytree(sound, home)
    return Patient(Settings(home, home / "trust"), monkeypatch)


# Each breaks one thing


def _no_state(one: Patient) -> None:
    shutil.rmtree(one.settings.home / "keys")


def _lax_folder(one: Patient) -> None:
    one.settings.home.chmod(0o755)


def _lax_key(one: Patient) -> None:
    (one.settings.keys / "pupil-keys-kek").chmod(0o640)


def _garbled_identity(one: Patient) -> None:
    (one.settings.keys / "vault-identity").write_text("AGE-SECRET-KEY-1NOT\n", encoding="utf-8")


def _other_kek(one: Patient) -> None:
    file = one.settings.keys / "pupil-keys-kek"
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")


def _no_head_key(one: Patient) -> None:
    (one.settings.keys / "ledger-head").unlink()


def _no_database(one: Patient) -> None:
    _database(one).write_bytes(b"not a database, but long enough to be looked at as one" * 40)


def _database(one: Patient) -> Path:
    for more in one.settings.home.glob("ledger.sqlite-*"):
        more.unlink()
    return one.settings.ledger


def _changed_row(one: Patient) -> None:
    with contextlib.closing(sqlite3.connect(one.settings.ledger)) as raw:
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute("UPDATE events SET body = replace(body, 'a', 'b') WHERE seq = 1")
        raw.commit()


def _rolled_back(one: Patient) -> None:
    with contextlib.closing(sqlite3.connect(one.settings.ledger)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = one.settings.ledger.read_bytes()
    with one.opened() as here:
        here.ledger.append("looked up", {"by": "priya"}, here.now())
        here.lodged.lodge(here.now())
    _database(one).write_bytes(before)


def _no_head(one: Patient) -> None:
    shutil.rmtree(one.settings.lodged)


def _unsigned_head(one: Patient) -> None:
    file = one.settings.lodged / "ledger-head.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**said, "at": "2027-01-01T00:00:00+00:00"}), encoding="utf-8")


def _no_trust(one: Patient) -> None:
    (one.trust / "trust.toml").unlink()


def _faulty_calendar(one: Patient) -> None:
    one.edit("calendar.csv", "2026-12-18", "18/12/2026")


def _calendar_gap(one: Patient) -> None:
    one.edit("calendar.csv", r"feed,nhs_immunisation,.*\n", "")


def _faulty_agreement(one: Patient) -> None:
    one.edit("agreements/nhs_immunisation.yaml", "format: ", "format: un")


def _expiring(one: Patient) -> None:
    one.edit("agreements/nhs_immunisation.yaml", r"ends: \S+", "ends: 2026-10-20")


def _no_notice(one: Patient) -> None:
    (one.trust / "notice.md").unlink()


def _no_secret(one: Patient) -> None:
    one.patch.delenv(f"WAYBILL_MIS_{SCHOOL}")


def _lax_secret(one: Patient) -> None:
    file = one.settings.keys / "mis-900002"
    file.write_text("secret", encoding="utf-8")
    file.chmod(0o644)
    one.edit("trust.toml", f"env:WAYBILL_MIS_{SCHOOL}", "file:mis-900002")


def _no_route_key(one: Patient) -> None:
    reference = re.search(r"key_ref: file:(\S+)", (one.trust / "agreements/nhs_immunisation.yaml").read_text())
    (one.settings.keys / reference[1]).unlink()


def _no_settings_of_dagster(one: Patient) -> None:
    (one.settings.dagster / "dagster.yaml").unlink()


def _compute_logs(one: Patient) -> None:
    file = one.settings.dagster / "dagster.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("NoOpComputeLogManager", "LocalComputeLogManager"))


def _no_room(one: Patient) -> None:
    one.free = lambda _: 1024**3


def _unknown(one: Patient) -> None:
    _released(one, State.UNKNOWN)


def _refused(one: Patient) -> None:
    _released(one, State.REFUSED)


def _released(one: Patient, state: State) -> None:
    with one.opened() as here, here.ledger.transaction() as tx:
        at, waybill = EVENING - dt.timedelta(minutes=20), "ab" * 32
        tx.prepare(waybill, Slot(SCHOOL, "2026-autumn-term", "nhs", "nhs_immunisation", 1), at, {})
        tx.move(waybill, State.APPROVED, at, {})
        tx.claim(waybill, at, {})
        tx.move(waybill, state, at, {})


def _late_feed(one: Patient) -> None:
    one.now = dt.datetime(2026, 10, 15, 23, 6, tzinfo=dt.UTC)  # six minutes into the 16th in England


def _clock_back(one: Patient) -> None:
    one.now = EVENING - dt.timedelta(days=1)


def _failed_run(one: Patient) -> None:
    with one.opened() as here, instance_of(here) as instance:
        tags = {"dagster/partition": f"2026-autumn|{SCHOOL}"}
        instance.add_run(dg.DagsterRun("prepare_census", tags=tags, status=dg.DagsterRunStatus.FAILURE))


def _no_approvers(one: Patient) -> None:
    for name in ("ledger.sqlite", "lodged/ledger-head.json"):
        (one.settings.home / name).unlink()
    _database(one)
    with one.opened() as here:
        here.lodged.lodge_anew(here.now())


def _mis_away(one: Patient) -> None:
    one.online = True
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    one.edit("trust.toml", rf'(urn = "{SCHOOL}"[\s\S]*?url = ")[^"]+', rf"\g<1>http://127.0.0.1:{free}")


def _mis_refuses(one: Patient) -> None:
    one.online = True
    one.patch.setenv(f"WAYBILL_MIS_{SCHOOL}", "another")


def _another_schools_secret(one: Patient) -> None:
    one.online = True
    one.edit("trust.toml", rf'(urn = "{SCHOOL}"\nla_number = "823"\nestab = ")\d+', r"\g<1>2999")


def _other_host_key(one: Patient) -> None:
    one.online = True
    one.edit("agreements/nhs_immunisation.yaml", r"host_key: .*", f"host_key: SHA256:{'A' * 43}")


def _server_away(one: Patient) -> None:
    one.online = True
    one.edit("agreements/nhs_immunisation.yaml", r"port: \d+", "port: 1")


def _clock_wrong(one: Patient) -> None:
    one.online = True
    one.ahead = dt.timedelta(minutes=5)


BROKEN = (
    (_no_state, "setup", "keys", "has not all its keys yet"),
    (_lax_folder, "exposed", "home", "can be read by others"),
    (_lax_key, "exposed", "pupil-keys-kek", "can be read by others"),
    (_garbled_identity, "setup", "keys", "does not hold exactly one age identity"),
    (_other_kek, "setup", "keys", "restore the pair from one backup"),
    (_no_head_key, "setup", "keys", "has not all its keys yet"),
    (_no_database, "setup", "keys", "ledger.sqlite"),
    (_changed_row, "record", "ledger", "does not verify"),
    (_rolled_back, "record", "ledger", "rolled back"),
    (_no_head, "record", "ledger", "ledger-head.json"),
    (_unsigned_head, "record", "ledger", "ledger-head.json"),
    (_no_trust, "trust-folder", "trust folder", "trust.toml"),
    (_faulty_calendar, "trust-folder", "trust folder", "row 2, column due"),
    (_calendar_gap, "calendar-gap", "no row of kind feed for the agreement nhs_immunisation", "never prepared"),
    (_faulty_agreement, "trust-folder", "nhs_immunisation", "does not compile"),
    (_expiring, "expiring", "nhs_immunisation", "ends on 2026-10-20"),
    (_no_notice, "", "trust folder", "notice.md"),
    (_no_secret, "setup", f"env:WAYBILL_MIS_{SCHOOL}", "is not set"),
    (_lax_secret, "exposed", "mis-900002", "can be read by others"),
    (_no_route_key, "setup", "file:", "does not exist"),
    (_no_settings_of_dagster, "setup", "dagster.yaml", "does not exist"),
    (_compute_logs, "exposed", "dagster.yaml", "keep what steps print"),
    (_no_room, "machine", "disk", "1,024 MB are free"),
    (_unknown, "unknown", "nhs_immunisation, school 900002", "Nobody can say whether"),
    (_refused, "refused", "nhs_immunisation, school 900002", "refused"),
    (_late_feed, "late", "nhs_immunisation", "(2026-autumn-term) due on 2026-10-15"),
    (_clock_back, "machine", "clock", "set the clock"),
    (_failed_run, "run-failed", "prepare_census", "failed: run"),
    (_no_approvers, "people", "approvers", "bootstrap"),
    (_mis_away, "mis-away", f"MIS of school {SCHOOL}", ""),
    (_mis_refuses, "mis-refused", f"MIS of school {SCHOOL}", "no longer accepts"),
    (_another_schools_secret, "mis-refused", f"MIS of school {SCHOOL}", ""),
    (_other_host_key, "host-key", "@127.0.0.1:", "host key"),
    (_server_away, "refused", "@127.0.0.1:1", ""),
    (_clock_wrong, "machine", "clock", "seconds apart"),
)


def test_there_are_more_than_twenty_five() -> None:
    assert len({broken[0] for broken in BROKEN}) >= 25


@pytest.mark.server
def test_nothing_is_wrong_with_a_sound_one(patient: Patient) -> None:
    patient.online = True
    assert patient.examined() == []


@pytest.mark.server
@pytest.mark.parametrize(("break_it", "failure", "subject", "says"), BROKEN, ids=[row[0].__name__ for row in BROKEN])
def test_a_broken_one_is_named(
    patient: Patient, break_it: Callable[[Patient], None], failure: str, subject: str, says: str,
) -> None:  # fmt: skip
    break_it(patient)
    found = patient.examined()
    assert [one for one in found if one[0].startswith(failure) and subject in one[1] and says in one[2]], found
    assert "fault" not in {one[0] for one in found}, found


def test_the_command_ends_with_the_number_for_a_person(patient: Patient, capsys: pytest.CaptureFixture[str]) -> None:
    patient.patch.setenv("WAYBILL_HOME", str(patient.settings.home))
    patient.patch.setenv("WAYBILL_TRUST", str(patient.trust))

    def run() -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["doctor", "--offline"], clock=lambda: EVENING)
        return ended.value.code, capsys.readouterr().out

    assert run() == (0, "Nothing is wrong.\n")
    _expiring(patient)
    code, said = run()
    assert code == HELD
    for question in ("Is data at risk?", "Has anything left?", "May I retry?"):
        assert said.count(question) == 1


# Cards


def test_every_refusal_belongs_to_a_class_and_every_class_has_a_card() -> None:
    assert set(EXIT_CODES) <= CLASS_OF_CODE.keys()
    assert set(CLASS_OF_CODE.values()) <= CLASSES.keys()
    assert {f"cards/{name}.md" for name in CLASSES} <= PAGES.keys()


@pytest.mark.parametrize("name", list(CLASSES))
def test_a_card_answers_the_three_questions(name: str) -> None:
    of, page = CLASSES[name], PAGES[f"cards/{name}.md"]()
    for question, answer in (
        ("Is data at risk?", of.at_risk),
        ("Has anything left?", of.left),
        ("May I retry?", of.retry),
    ):
        assert answer
        assert f"| {question} | {answer} |" in page

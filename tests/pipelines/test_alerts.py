"""Alerts: sent to a real mail server and a real HTTP endpoint, once, grouped, with word when it is over."""

import datetime as dt
import email
import email.policy
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest
from aiosmtpd.controller import Controller

from pipelines.actions.examining import Examination
from pipelines.actions.watching import watch
from pipelines.alerting.book import PAUSE, Book
from pipelines.alerting.post import body, title
from pipelines.alerting.routes import AlertsUnreadable, Route, read_routes
from pipelines.doctor.symptoms import Symptom
from pipelines.failure_classes import CLASSES
from pipelines.settings import Settings
from simulator.deployment import Deployment
from tests.pipelines.conftest import EVENING
from tests.pipelines.told import told_into

ALL = Route("all", "env:ANY", frozenset(CLASSES), reminders=True)
ONE, TWO = Symptom("late", "la_new_pupils", "One file is late."), Symptom("machine", "disk", "The disk is full.")
MAIL, HOOK = "WAYBILL_ALERTS_MAIL", "WAYBILL_ALERTS_HOOK"


@dataclass
class Letterbox:
    """A mail server on loopback; `accepts` can be switched off."""

    accepts: bool = True
    letters: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802
        if not self.accepts:
            return "451 try again later"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append((message["Subject"], message.get_body(("plain",)).get_content()))
        return "250 OK"


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    box = Letterbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv(MAIL, f"mailto://127.0.0.1:{port}?from=waybill@trust.example&to=it@trust.example&mode=insecure")
    yield box
    server.stop()


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    with told_into(tmp_path / "told") as address:
        monkeypatch.setenv(HOOK, address)
        yield tmp_path / "told"


@pytest.fixture
def settings(shared_demo: Deployment, tmp_path: Path) -> Settings:
    """A copy of the demo's installation whose trust folder names two routes."""
    home = tmp_path / "home"
    shutil.copytree(shared_demo.settings.home, home, ignore=shutil.ignore_patterns("recipients", "*.log"))
    (home / "trust" / "alerts.toml").write_text(
        f'[[route]]\nname = "IT"\naddress = "env:{MAIL}"\n'
        f'[[route]]\nname = "desk"\naddress = "env:{HOOK}"\nclasses = ["late", "expiring"]\nreminders = true\n',
        encoding="utf-8",
    )
    return Settings(home, home / "trust")


def look(settings: Settings, minutes: int = 0) -> dict[str, bool]:
    now = EVENING + dt.timedelta(minutes=minutes)
    return watch(Examination(settings, lambda: now, online=False, quick=True)).letters


def test_a_trouble_is_told_once_on_the_routes_it_is_for_and_its_end_too(
    settings: Settings, letterbox: Letterbox, hook: Path,
) -> None:  # fmt: skip
    assert look(settings) == {"desk": True}  # census day's reminder
    assert "census day is today" in hook.read_text(encoding="utf-8")

    key = settings.keys / "pupil-keys-kek"
    key.chmod(0o644)
    assert look(settings, 10) == {"IT": True}
    (subject, text), = letterbox.letters  # fmt: skip
    assert subject.startswith("Waybill, ")
    assert "can be read by others" in text
    for answer in ("Is data at risk?", "Has anything left?", "May I retry?", "docs/cards/exposed.md"):
        assert text.count(answer) == 1

    assert [look(settings, minutes) for minutes in (11, 21, 45)] == [{}, {}, {}]
    key.chmod(0o600)
    assert look(settings, 50) == {"IT": True}
    assert "Over: " in letterbox.letters[1][1]
    assert len(hook.read_text(encoding="utf-8").splitlines()) == 1


def test_a_letter_that_did_not_go_is_sent_by_a_later_look(
    settings: Settings, letterbox: Letterbox, hook: Path,
) -> None:  # fmt: skip
    assert not hook.exists()
    letterbox.accepts = False
    (settings.keys / "pupil-keys-kek").chmod(0o644)
    assert look(settings)["IT"] is False
    letterbox.accepts = True
    assert look(settings, 1)["IT"] is True
    assert len(letterbox.letters) == 1


def test_what_stands_in_a_faulty_file_is_in_no_letter_and_not_in_the_book(
    settings: Settings, letterbox: Letterbox, hook: Path,
) -> None:  # fmt: skip
    for file in settings.keys.iterdir():
        file.chmod(0o644)
    (settings.trust / "calendar.csv").write_text("Aoife Okonkwo-Smythe", encoding="utf-8")
    look(settings)
    (settings.trust / "notice.md").unlink()
    look(settings, 20)
    said = [*(part for letter in letterbox.letters for part in letter)]
    said += [file.read_text(encoding="utf-8") for file in (settings.alerts, hook) if file.exists()]
    assert letterbox.letters
    assert "Okonkwo" not in "".join(said)


def test_what_comes_up_together_goes_together_and_not_too_often() -> None:
    book = Book()
    book.enter([ONE], thorough=False)
    first = book.letter(ALL, {}, EVENING)
    book.sent(ALL, first, {}, EVENING)
    book.enter([ONE, TWO], thorough=False)
    assert book.letter(ALL, {}, EVENING + PAUSE - dt.timedelta(seconds=1)) is None
    book.enter([TWO], thorough=False)
    letter = book.letter(ALL, {}, EVENING + PAUSE)
    assert (letter.new, letter.over) == ((TWO,), (ONE,))
    assert title(letter, "Trust") == "Waybill, Trust: 1 new, 1 for a person; 1 over"


def test_what_only_a_thorough_look_finds_is_not_over_because_a_quick_one_did_not_look() -> None:
    book = Book()
    book.enter([ONE, TWO], thorough=True)
    book.enter([ONE], thorough=False)
    assert set(book.open.values()) == {ONE, TWO}
    book.enter([], thorough=False)
    assert set(book.open.values()) == {TWO}, "a quick look had found the other, so it can end it"
    book.enter([], thorough=True)
    assert book.open == {}


def test_a_long_letter_counts_what_it_does_not_spell_out() -> None:
    book = Book()
    book.enter([Symptom("late", f"feed {n}", f"Feed {n} is late.") for n in range(50)], thorough=False)
    text = body(book.letter(ALL, {}, EVENING))
    assert "And 30 more" in text
    assert text.count("Is data at risk?") == 1


FAULTS = (
    ("no address", 'name = "IT"\n', "needs name and address"),
    ("an address with its password", 'name = "IT"\naddress = "mailtos://u:p@host"\n', "must be a reference"),
    ("a class that is none", 'name = "IT"\naddress = "env:A"\nclasses = ["weather"]\n', "are those of docs/cards"),
    ("a key that is none", 'name = "IT"\naddress = "env:A"\nto = "x"\n', "knows address, classes"),
    ("no TOML", "= what", "cannot be read"),
    ("one name twice", 'name = "IT"\naddress = "env:A"\n[[route]]\nname = "IT"\naddress = "env:B"\n', "one name"),
)


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_faulty_route_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "alerts.toml").write_text(f"[[route]]\n{text}", encoding="utf-8")
    with pytest.raises(AlertsUnreadable, match=says) as refused:
        read_routes(tmp_path)
    assert "u:p" not in str(refused.value)


def test_the_example_can_be_used_and_a_folder_without_routes_has_none(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "deploy"
    assert [route.name for route in read_routes(example)] == ["trust IT", "data manager", "DPO"]
    assert read_routes(tmp_path) == ()


def test_the_sensor_looks_thoroughly_once_an_hour_and_starts_nothing() -> None:
    from pipelines.schedules import watching_sensor  # noqa: PLC0415  Dagster is loaded for this alone

    looks: list[bool] = []
    sensor = watching_sensor(lambda thorough: f"{looks.append(thorough)}")
    cursor = None
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(13):
            tick = sensor.evaluate_tick(dg.build_sensor_context(instance, cursor=cursor))
            cursor = tick.cursor
            assert not tick.run_requests
    assert looks == [True, *[False] * 11, True]

"""`python -m console`: inviting, forgetting, and what a desk without an address says."""

import pytest
from typer.testing import CliRunner

from console import __main__ as command
from console.place import Desk
from pipelines.settings import HOME_VARIABLE, TRUST_VARIABLE


@pytest.fixture
def run(shared, monkeypatch):
    settings = shared.demo.settings
    monkeypatch.setenv(HOME_VARIABLE, str(settings.home))
    monkeypatch.setenv(TRUST_VARIABLE, str(settings.trust))
    file = settings.trust / "desk.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text('origin = "https://desk.test"\n', encoding="utf-8")
    yield lambda *words: CliRunner().invoke(command.app, list(words))
    file.write_text(before, encoding="utf-8")


def test_an_invitation_tells_where_and_with_which_code(run, shared):
    said = run("invite", "ruth")
    assert "Ruth Adeyemi opens https://desk.test/enrol" in said.output
    assert shared.noted()[-1] == ("invited", "ruth")


def test_whoever_is_forgotten_is_out_at_once(run, shared):
    browser = shared.stranger("192.0.2.77")
    assert browser.sign_in(browser.enrol("tom")).status_code == 303
    assert browser.get("/").status_code == 200
    assert "Forgotten:" in run("forget", "tom").output
    assert browser.get("/").headers["location"] == "/sign-in"
    assert shared.noted()[-1] == ("passkeys forgotten", "tom")


@pytest.mark.usefixtures("run")
def test_a_desk_without_an_address_says_what_to_write(shared, monkeypatch, capsys):
    file = shared.demo.settings.trust / "desk.toml"
    file.write_text("port = 1\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["console", "invite", "ruth"])
    assert command.main() == 12
    assert "must say at least: origin" in capsys.readouterr().err


def test_a_changed_trust_folder_is_read_again(shared):
    desk = Desk(shared.desk.opened, shared.desk.address)
    before = desk.installation().trust
    assert desk.installation().trust is before
    (shared.demo.settings.trust / "registers" / "any.txt").write_text("x", encoding="utf-8")
    try:
        assert desk.installation().trust is not before
    finally:
        (shared.demo.settings.trust / "registers" / "any.txt").unlink()

"""`[ledger] database` in trust.toml puts the ledger on a PostgreSQL server; nothing else changes."""

import shutil

import pytest

from pipelines.exit_codes import EXIT_CODES
from pipelines.trust import TrustFolderFault, load_trust
from simulator.deployment import FOLDER
from tests import postgres_server
from tests.pipelines.front_door import FrontDoor, at


def with_database(folder, url: str):
    """Give a trust folder its ledger's address."""
    shutil.copytree(FOLDER, folder)
    toml = folder / "trust.toml"
    toml.write_text(f'{toml.read_text(encoding="utf-8")}\n[ledger]\ndatabase = "{url}"\n', encoding="utf-8")
    return folder


@pytest.mark.server
def test_an_installation_keeps_its_ledger_where_the_trust_folder_says(tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    with postgres_server.serving() as server:
        monkeypatch.setenv("WAYBILL_TRUST", str(with_database(tmp_path / "trust", server.url("record"))))
        door = FrontDoor(tmp_path / "home", 0, tmp_path)
        door.done("init")
        door.done("verify")
        assert not door.settings.ledger.exists()
    answer = door.run("verify")
    assert answer.code == EXIT_CODES["database_unreachable"]


@pytest.mark.parametrize(
    ("url", "sound"),
    [
        ("postgresql://waybill@db.example/waybill", True),
        ("postgresql://waybill:oak@db.example/waybill", False),
        ("postgresql://waybill@db.example/waybill?password=oak", False),
        ("mysql://waybill@db.example/waybill", False),
    ],
)
def test_an_address_of_another_kind_or_with_a_password_is_refused(tmp_path, url, sound):
    folder = with_database(tmp_path / "trust", url)
    if sound:
        assert load_trust(folder).ledger_at == url
        return
    with pytest.raises(TrustFolderFault, match=r"\[ledger\] database is an address") as refused:
        load_trust(folder)
    assert "oak" not in str(refused.value)


SHARED = {
    "[ledger]": 'database = "postgresql://w@db.example/w"',
    "[vault]": 'files = "file:///srv/vault"\nindex = "postgresql://w@db.example/w"',
    "[pupil_keys]": 'database = "postgresql://w@db.example/w"',
}


@pytest.mark.parametrize(
    ("section", "said", "fault"),
    [
        ("[vault]", SHARED["[vault]"], None),
        ("[vault]", SHARED["[vault]"].partition("\n")[0], r"\[vault\] index is not set"),
        ("[ledger]", "", r"\[ledger\] database is not set"),
        ("[pupil_keys]", "", r"\[pupil_keys\] database is not set"),
        ("[vault]", SHARED["[vault]"].replace("file:///srv", "nowhere://srv"), r"\[vault\] files is an address"),
        ("[vault]", SHARED["[vault]"].replace("file:///srv", "s3://key:oak@srv"), r"\[vault\] files is an address"),
        ("[pupil_keys]", 'database = "postgresql://w:oak@db.example/w"', r"\[pupil_keys\] database is an address"),
    ],
    ids=["all", "no index", "no ledger", "no keys", "unknown storage", "a secret in storage", "a password"],
)
def test_several_machines_share_everything_or_nothing(tmp_path, section, said, fault):
    folder = tmp_path / "trust"
    shutil.copytree(FOLDER, folder)
    text = "\n".join(f"{name}\n{lines}" for name, lines in (SHARED | {section: said}).items())
    toml = folder / "trust.toml"
    toml.write_text(f"{toml.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")
    if fault is None:
        assert load_trust(folder).shared.vault.files == "file:///srv/vault"
        return
    with pytest.raises(TrustFolderFault, match=fault) as refused:
        load_trust(folder)
    assert "oak" not in str(refused.value)

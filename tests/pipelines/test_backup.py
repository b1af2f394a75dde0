"""Backup, restore and the drill by the command line; a backup that is behind is found, and then nothing is sent."""

import shutil
import sqlite3

import pytest

from exports.preparation import read_waybill
from ledger.head import HeadMismatch
from ledger.verify import verify
from pipelines.exit_codes import EXIT_CODES
from pipelines.installation import Installation
from pipelines.settings import Settings
from tests import postgres_server


@pytest.fixture(scope="module")
def taken(audited, tmp_path_factory):
    """A backup and its keys, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("backup")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAYBILL_HOME", str(audited.door.home))
        patch.setenv("WAYBILL_TRUST", str(audited.door.trust))
        audited.door.done("backup", "--to", str(folder / "data"), "--keys-to", str(folder / "keys"))
    return folder


@pytest.fixture
def elsewhere(auditor, tmp_path, monkeypatch):
    """Point the command line at an empty state folder, with the trust folder and the lodged head of the other."""
    monkeypatch.setenv("WAYBILL_HOME", str(tmp_path / "new"))
    (tmp_path / "new" / "lodged").mkdir(parents=True)
    for file in (auditor.door.home / "lodged").iterdir():
        shutil.copy(file, tmp_path / "new" / "lodged")
    return tmp_path / "new"


def restored(taken, *more):
    return ("restore", str(taken / "data"), "--keys-from", str(taken / "keys"), *more)


def opened(audited, home):
    return Installation.open(Settings(home, audited.door.trust), lambda: audited.door.now)


def test_a_backup_is_whole_and_its_ledger_verifies_with_the_bare_verifier(taken):
    report = verify(taken / "data" / "ledger.sqlite", taken / "data" / "ledger-head.json")
    assert report.faults == []
    assert report.files >= 1
    for key in (taken / "keys").iterdir():
        assert key.read_bytes() not in [file.read_bytes() for file in (taken / "data").rglob("*") if file.is_file()]


def test_what_is_restored_is_what_was_there(taken, auditor, elsewhere):
    head = auditor.demo.installation.lodged.path.read_bytes()
    (elsewhere / "lodged" / "ledger-head.json").write_bytes((taken / "data" / "ledger-head.json").read_bytes())
    answer = auditor.door.done(*restored(taken))
    assert "It continues the head lodged outside" in " ".join(answer.out.split())
    new, old = opened(auditor, elsewhere), auditor.demo.installation
    assert new.ledger.events()[-1].kind == "restored"
    kept = verify(taken / "data" / "ledger.sqlite").events
    assert new.ledger.events()[:kept] == old.ledger.events()[:kept]
    upn = auditor.rows[0]["UPN"]
    assert (
        "Tellings: 1."
        in auditor.door.done(
            "who-had", upn, "joiner.surname", "--value", auditor.rows[0]["Surname"], "--as", "daniel"
        ).out
    )
    assert auditor.demo.installation.lodged.path.read_bytes() == head
    new.ledger.close()


def test_a_backup_that_is_behind_is_found_and_nothing_can_be_sent(taken, auditor, elsewhere):
    auditor.demo.installation.ledger.append("run", {}, auditor.door.now)
    auditor.demo.installation.lodged.lodge(auditor.door.now)
    shutil.copy(auditor.demo.installation.lodged.path, elsewhere / "lodged")
    found = auditor.door.done(*restored(taken, "--json")).data
    assert found["behind"] >= 1
    here = opened(auditor, elsewhere)
    with pytest.raises(HeadMismatch, match="cut or rolled back"):
        here.lodged.check()  # what every sending begins with
    assert auditor.door.run("verify").code == EXIT_CODES["head_mismatch"]
    assert here.ledger.events()[-1].kind != "restored"
    here.ledger.close()


def test_the_drill_measures_a_restore_and_leaves_nothing_behind(taken, auditor, elsewhere):
    before = sorted(elsewhere.rglob("*"))
    found = auditor.door.done(*restored(taken, "--drill", "--json")).data
    assert found["opened"] == 3
    assert 0 < found["seconds"] < 60
    assert sorted(elsewhere.rglob("*")) == before


@pytest.mark.parametrize(
    "part", ["ledger.sqlite", "pupil-keys.sqlite", "vault/index.sqlite", "an artefact", "manifest.json"]
)
def test_a_changed_backup_is_refused_and_the_old_state_is_left_alone(taken, auditor, elsewhere, tmp_path, part):
    shutil.copytree(taken, tmp_path / "spoilt")
    data = tmp_path / "spoilt" / "data"
    file = next(data.glob("vault/??/*")) if part == "an artefact" else data / part
    file.write_bytes(file.read_bytes()[:-1] if part == "manifest.json" else file.read_bytes() + b"x")
    assert auditor.door.run(*restored(tmp_path / "spoilt")).code == EXIT_CODES["backup_unfit"]
    assert not (elsewhere / "keys").exists()


def test_nothing_is_written_over(taken, auditor, tmp_path):
    again = auditor.door.run("backup", "--to", str(taken / "data"))
    assert again.code == EXIT_CODES["backup_unfit"]
    inside = auditor.door.run("backup", "--to", str(tmp_path / "b"), "--keys-to", str(tmp_path / "b" / "keys"))
    assert inside.code == EXIT_CODES["backup_unfit"]
    assert auditor.door.run(*restored(taken)).code == EXIT_CODES["backup_unfit"]  # onto the installation itself


def test_a_ledger_that_does_not_verify_is_not_backed_up(taken, auditor, elsewhere, tmp_path):
    (elsewhere / "lodged" / "ledger-head.json").write_bytes((taken / "data" / "ledger-head.json").read_bytes())
    auditor.door.done(*restored(taken))
    connection = sqlite3.connect(elsewhere / "ledger.sqlite")
    connection.execute("UPDATE releases SET period = 'never'")
    connection.commit()
    connection.close()
    assert auditor.door.run("backup", "--to", str(tmp_path / "b")).code == EXIT_CODES["backup_unfit"]
    assert not (tmp_path / "b").exists()


@pytest.mark.server
def test_one_machine_becomes_several_by_a_restore_to_where_they_share(taken, auditor, elsewhere, tmp_path, monkeypatch):
    with postgres_server.serving() as server:
        trust = tmp_path / "trust"
        shutil.copytree(auditor.door.trust, trust)
        toml = (trust / "trust.toml").read_text(encoding="utf-8")
        shared = (
            f'[ledger]\ndatabase = "{server.url("ledger")}"\n'
            f'[vault]\nfiles = "file://{tmp_path}/artefacts"\nindex = "{server.url("vault")}"\n'
            f'[pupil_keys]\ndatabase = "{server.url("pupil_keys")}"\n'
        )
        (trust / "trust.toml").write_text(toml.replace("[[school]]", f"{shared}\n[[school]]", 1), encoding="utf-8")
        monkeypatch.setenv("WAYBILL_TRUST", str(trust))
        auditor.door.done(*restored(taken, "--drill"))
        assert not (tmp_path / "artefacts").exists(), "a drill keeps to its own folder"
        auditor.door.done(*restored(taken))
        new, old = Installation.open(Settings(elsewhere, trust), lambda: auditor.door.now), auditor.demo.installation
        (waybill, *_) = [release.waybill for release in old.ledger.releases()]
        assert read_waybill(new.ledger, new.vault, waybill) == read_waybill(old.ledger, old.vault, waybill)
        assert new.pupils.tombstones() == old.pupils.tombstones()
        assert [path.name for path in (elsewhere / "vault", elsewhere / "pupil-keys.sqlite") if path.exists()] == []
        again = auditor.door.run(*restored(taken))
        assert again.code == EXIT_CODES["backup_unfit"]

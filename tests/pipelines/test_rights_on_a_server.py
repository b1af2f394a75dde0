"""Rights, erasing and restoring with the ledger on a real PostgreSQL server, whose own files are searched too."""

import json
import shutil

import psycopg2
import pytest

from ledger.head import HeadMismatch
from ledger.trace import trace
from ledger.verify import verify
from ledger.verify_server import verify_place
from pipelines.actions import tracing
from pipelines.exit_codes import EXIT_CODES
from tests import postgres_server
from tests.pipelines.erasing_desk import NAMES, POSTCODES, asked_to_erase, attacked, erased, officer, raw, ways_to_me
from tests.pipelines.front_door import at
from tests.pipelines.rights_desk import (
    ME,
    SIBLING,
    UPN,
    Office,
    keep_ledger_at,
    made_office,
    opened_office,
)

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server():
    with postgres_server.serving() as running:
        yield running


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_office(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def office(made, server, tmp_path, monkeypatch):
    at(monkeypatch, tmp_path / "home")
    name = f"office_{next(server.names)}"
    yield opened_office(made, tmp_path, server.url(name))
    server.forget(name)


def written(server):
    """Let the server write everything to its files; return where its database and its write-ahead log are."""
    connection = psycopg2.connect(server.root)
    connection.autocommit = True
    asked = connection.cursor()
    asked.execute("CHECKPOINT")
    asked.execute("SELECT oid::text FROM pg_database WHERE datname = current_database()")
    ((database,),) = asked.fetchall()
    connection.close()
    return server.folder / "data" / "base" / database, server.folder / "data" / "pg_wal"


def test_a_request_is_answered_and_nobody_else_is_in_the_answer(office):
    office.told("dfe_autumn_census", {ME: {"pupil.surname": "Quillfeather"}, SIBLING: {"pupil.surname": "Other"}})
    office.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}})
    number = office.asked("access")
    office.checked(number)
    path = office.home / "report.json"
    office.done("rights", "access", str(number), "--to", str(path), "--as", "daniel")
    report = json.loads(path.read_text())
    assert len([one for one in report["tellings"] if one["known"].startswith("proved")]) == 2
    assert SIBLING[1] not in json.dumps(report)
    assert not office.settings.ledger.exists()
    office.done("verify")


def test_a_correction_lists_whoever_has_the_old_value(office):
    office.told("la_new_pupils", {ME: {"joiner.surname": "Quillfeather"}})
    office.told("supplier_texts", {ME: {"roll.surname": "Another"}})
    had = office.done("who-had", UPN, "joiner.surname", "--value", "Quillfeather", "--as", "daniel", "--json").data
    assert [one["holder"]["disclosure"]["slot"]["agreement"] for one in had] == ["la_new_pupils"]


def test_after_erasing_the_servers_own_files_lead_to_nobody_and_every_proof_holds(office, server):
    asked_to_erase(office)
    ways = ways_to_me(office)
    (key,) = office.keys.values()
    assert (
        attacked(office, *written(server), key=key.key) == 3
    )  # the control: with the key the same dictionary finds each
    ctx = erased(office)
    ctx.installation.pupils.close()
    found = raw(office.home, *written(server))
    assert [way.hex() for way in ways if way in found] == []
    assert [word for word in (UPN, ME[0], *NAMES[:1], *POSTCODES[:1]) if word.encode() in found] == []
    assert attacked(office, office.home, *written(server)) == 0
    here = office.installation()
    assert verify_place(here.ledger.place, here.lodged.path).faults == []
    assert here.pupils.by_upn(UPN) == ()
    assert here.pupils.by_upn(SIBLING[1])
    with pytest.raises(tracing.PupilUnknown):
        tracing.trace(officer(office), UPN)
    (ref,) = office.keys
    assert len(trace(here.ledger, ref)) == 2  # what was disclosed is still proved, of nobody


def test_a_backup_made_before_an_erasure_brings_nobody_back(office, server, tmp_path, monkeypatch):
    asked_to_erase(office)
    ways, backup = ways_to_me(office), tmp_path / "backup"
    office.done("backup", "--to", str(backup / "data"), "--keys-to", str(backup / "keys"))
    assert verify(backup / "data" / "ledger.sqlite", backup / "data" / "ledger-head.json").faults == []
    erased(office)
    assert attacked(office, backup) == 0
    assert [word for word in (UPN, ME[0], *NAMES[:1], *POSTCODES[:1]) if word.encode() in raw(backup)] == []
    new = tmp_path / "new"
    shutil.copytree(office.trust, new / "trust")
    shutil.copytree(office.settings.lodged, new / "lodged")
    keep_ledger_at(new / "trust", server.url(f"office_{next(server.names)}"))
    at(monkeypatch, new)
    again = Office(new, 0, tmp_path / "received")
    found = again.done("restore", str(backup / "data"), "--keys-from", str(backup / "keys"), "--json").data
    assert found["behind"] >= 1
    here = again.installation()
    assert here.pupils.by_upn(UPN) == ()
    assert here.pupils.by_upn(SIBLING[1])
    here.pupils.close()
    left = raw(new, *written(server))
    assert [way.hex() for way in ways if way in left] == []
    assert attacked(office, new, *written(server)) == 0
    assert verify_place(here.ledger.place).faults == []  # what the old ledger says is whole
    with pytest.raises(HeadMismatch):
        here.lodged.check()  # and it is known to be old, so nothing is sent
    assert again.run("verify").code == EXIT_CODES["head_mismatch"]


def test_a_backup_of_the_newest_state_goes_on_where_it_was(office, server, tmp_path, monkeypatch):
    asked_to_erase(office)
    erased(office)
    backup, new = tmp_path / "backup", tmp_path / "new"
    office.done("backup", "--to", str(backup / "data"), "--keys-to", str(backup / "keys"))
    before = office.installation().ledger.events()
    shutil.copytree(office.trust, new / "trust")
    shutil.copytree(office.settings.lodged, new / "lodged")
    keep_ledger_at(new / "trust", server.url(f"office_{next(server.names)}"))
    at(monkeypatch, new)
    again = Office(new, 0, tmp_path / "received")
    assert (
        again.done("restore", str(backup / "data"), "--keys-from", str(backup / "keys"), "--json").data["behind"] == 0
    )
    here = again.installation()
    assert here.ledger.events()[: len(before)] == before
    assert here.ledger.events()[-1].kind == "restored"
    assert here.pupils.by_upn(UPN) == ()
    again.done("verify")

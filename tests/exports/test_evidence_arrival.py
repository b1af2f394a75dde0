"""What arrived, as the script of an evidence pack judges it: sealed, read back or not, once there or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from exports import check_evidence
from exports.check_evidence import Broken, check, check_file
from exports.evidence import zipped
from exports.preparation import artefact
from exports.sent import copies
from exports.transports import TransportFailure
from ledger.states import State
from tests.exports.standing_desk import TERMS, standing_desk
from tests.exports.test_sealing import SEALS


@pytest.fixture
def desk(tmp_path):
    with standing_desk(tmp_path) as made:
        yield made


def through(desk, **changes):
    desk.agreement = replace(TERMS, delivery=replace(TERMS.delivery, **changes))
    return desk.left()


def lies(desk) -> Path:
    (file,) = (one for one in desk.folder.rglob("900004_*") if one.is_file())
    return file


@pytest.mark.parametrize("kind", SEALS)
def test_a_sealed_file_is_held_against_what_went_on_the_wire(desk, kind, tmp_path, capsys):
    made = desk.pack(through(desk, seal=SEALS[kind]))
    archive = tmp_path / "pack.zip"
    archive.write_bytes(zipped(made, desk.now))
    assert check_evidence.main([str(archive), "--file", str(lies(desk))]) == 0
    assert f"receipt: seal {kind}" in capsys.readouterr().out


@pytest.mark.parametrize("kind", SEALS)
def test_a_copy_is_known_sealed_and_opened(desk, kind):
    waybill = through(desk, seal=SEALS[kind])
    ledger, vault = desk.stores.ledger, desk.stores.vault
    signed = vault.open(artefact(ledger, waybill.sha256, "file"))
    for data in (signed, lies(desk).read_bytes()):
        assert copies(ledger, vault, data) == [waybill.sha256]
        assert copies(ledger, vault, data[:-1] + bytes([data[-1] ^ 1])) == []


def test_what_is_read_back_without_the_seal_it_went_under_is_another_file(desk):
    waybill = through(desk, seal=SEALS["age"])
    made = desk.pack(waybill)
    every = [(event["kind"], event["at"], json.loads(event["body"])) for event in made["events"]]
    parts = made["files"][waybill.sha256]
    assert check_file(waybill.sha256, parts, every)
    receipt = next(body for _, _, body in every if "disclosures" in body)["detail"]["receipt"]
    receipt["read_back_sha256"] = waybill.file_sha256
    with pytest.raises(Broken, match="is not what arrived"):
        check_file(waybill.sha256, parts, every)


def test_a_file_that_was_refused_and_sent_again_has_arrived_once(desk):
    waybill = desk.prepared()
    desk.sign(waybill)
    release = desk.gate(waybill)
    in_the_way = desk.folder / release.route.directory.strip("/") / release.parcel.remote_name
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_bytes(b"another")
    with pytest.raises(TransportFailure):
        desk.deliver(release)
    assert desk.state(waybill) is State.REFUSED
    in_the_way.unlink()
    desk.later(1)
    desk.send(waybill)
    (found,) = check(desk.pack(waybill)).values()
    assert found[3].startswith(f"sent {desk.now.isoformat()[:10]}")


@pytest.mark.parametrize("after", [State.RECALLED, State.SUPERSEDED])
def test_what_became_of_it_later_changes_nothing(desk, after):
    waybill = desk.left()
    with desk.stores.ledger.transaction() as tx:
        tx.move(waybill.sha256, after, desk.now, {})
    assert check(desk.pack(waybill))

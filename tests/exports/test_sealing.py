"""Files sealed to their recipient: what was signed is inside, what went on the wire is in the record."""

import subprocess
from pathlib import Path

import pyrage
import pysequoia
import pytest
from pyrage.x25519 import Identity

from exports.delivery import deliver, resolve
from exports.parcel import Parcel
from exports.sealing import SealBroken, packed, unfit
from exports.terms import Seal
from exports.transports.folder import FolderTransport
from exports.waybill import sha256
from ledger.states import State
from ledger.verify import verify
from tests.exports.desk import FILE, NOW

OFFICER = Identity.generate()
NURSE = pysequoia.Tsk.generate("A school nursing team <nursing@example.org>")
SEALS = {
    "age": Seal("age", str(OFFICER.to_public())),
    "openpgp": Seal("openpgp", str(NURSE.extract_certificate())),
}


def opened(kind: str, sealed: bytes) -> bytes:
    if kind == "age":
        return pyrage.decrypt(sealed, [OFFICER])
    return pysequoia.decrypt(sealed, decryptor=NURSE.decryptor()).bytes


@pytest.fixture(params=SEALS)
def kind(request):
    return request.param


@pytest.fixture
def sealing(desk, kind):
    """A signed file whose route seals it."""
    desk.towards(seal=SEALS[kind])
    return desk.approve(desk.enter())


def test_the_waybill_says_what_is_inside_and_the_receipt_what_went(desk, sealing, kind, tmp_path):
    release = desk.gate(sealing)
    assert release.waybill.file_sha256 == sha256(FILE)
    assert release.parcel.file_sha256 == sha256(release.data) != sha256(FILE)
    assert deliver(desk.ledger, release, FolderTransport(tmp_path), lambda: NOW) is State.DELIVERED
    (lies,) = [path for path in tmp_path.rglob("*.csv") if path.is_file()]
    assert opened(kind, lies.read_bytes()) == FILE
    (settled,) = desk.ledger.events(State.DELIVERED, waybill=sealing.sha256)
    receipt = settled.body["detail"]["receipt"]
    assert (receipt["seal"], receipt["read_back_sha256"]) == (kind, sha256(lies.read_bytes()))
    (intent,) = desk.ledger.events(State.SENDING, waybill=sealing.sha256)
    assert intent.body["detail"]["sealed"] == {
        "seal": kind,
        "sha256": receipt["read_back_sha256"],
        "length": len(lies.read_bytes()),
    }
    assert verify(desk.ledger.place).faults == []


def test_an_attempt_that_was_cut_off_is_looked_for_by_the_bytes_that_went(desk, sealing, tmp_path):
    transport = FolderTransport(tmp_path)
    transport.send(desk.gate(sealing))
    told = {"agreement": desk.agreement, "disclosures": desk.batch, "transport": transport}
    later = NOW + 2 * transport.longest
    assert resolve(desk.ledger, waybill=sealing, clock=lambda: later, **told) is State.DELIVERED


def test_the_intent_of_an_unsealed_file_says_nothing_of_a_seal(desk):
    waybill = desk.approve(desk.enter())
    desk.gate(waybill)
    assert Parcel.intended(desk.ledger, waybill) == Parcel.of(waybill)
    (intent,) = desk.ledger.events(State.SENDING, waybill=waybill.sha256)
    assert "sealed" not in intent.body["detail"]


def test_another_key_is_another_route_and_voids_what_was_signed(desk, kind):
    waybill = desk.approve(desk.enter())
    desk.towards(seal=SEALS[kind])
    with pytest.raises(Exception, match="another recipient or route"):
        desk.gate(waybill)


def test_the_same_file_is_other_bytes_each_time(desk, kind):
    waybill = desk.waybill()
    first, second = (packed(waybill, SEALS[kind], FILE, NOW)[1] for _ in range(2))
    assert first != second
    assert opened(kind, first) == opened(kind, second) == FILE


@pytest.mark.parametrize(
    ("seal", "why"),
    [
        (Seal("age", "age1no"), "begins with age1"),
        (Seal("openpgp", "no"), "armored"),
        (Seal("openpgp", str(NURSE)), "holds a secret"),
    ],
    ids=["no age key", "no certificate", "a secret key"],
)
def test_a_key_that_is_none_is_seen_when_the_agreement_compiles(seal, why):
    assert why in unfit(seal)


def test_a_key_that_is_one_is_fit(kind):
    assert unfit(SEALS[kind]) is None


@pytest.mark.server
def test_debians_age_opens_it(desk, tmp_path):
    key, file = tmp_path / "key", tmp_path / "file.age"
    key.write_text(f"{OFFICER}\n")
    file.write_bytes(packed(desk.waybill(), SEALS["age"], FILE, NOW)[1])
    done = subprocess.run(["age", "--decrypt", "-i", key, file], capture_output=True, check=True)
    assert done.stdout == FILE


@pytest.mark.server
def test_gpg_opens_what_is_sealed_to_a_key_that_gpg_made(desk, tmp_path):
    certificate = gpg_key(tmp_path)
    file = tmp_path / "file.gpg"
    file.write_bytes(packed(desk.waybill(), Seal("openpgp", certificate), FILE, NOW)[1])
    assert gpg(tmp_path, "--decrypt", str(file)) == FILE


@pytest.mark.server
def test_an_expired_certificate_stops_the_file_before_its_intent(desk, tmp_path):
    desk.towards(seal=Seal("openpgp", gpg_key(tmp_path, "--faked-system-time", "20200101T000000!")))
    assert unfit(desk.agreement.delivery.seal) is None
    waybill = desk.approve(desk.enter())
    events = desk.ledger.head()
    with pytest.raises(SealBroken, match="ask them for a current one"):
        desk.gate(waybill)
    assert desk.ledger.head() == events


def gpg_key(home: Path, *options: str) -> str:
    """Make a key that holds for a year, and export its certificate."""
    (home / "gnupg").mkdir(mode=0o700)
    who = "nursing@example.org"
    gpg(home, *options, "--passphrase", "", "--quick-generate-key", who, "future-default", "default", "1y")
    return gpg(home, *options, "--armor", "--export", who).decode()


def gpg(home: Path, *arguments: str) -> bytes:
    command = ["gpg", "--homedir", str(home / "gnupg"), "--batch", "--pinentry-mode", "loopback", *arguments]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout

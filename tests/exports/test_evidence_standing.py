"""Evidence of a file that left under a standing release: the pack proves who signed that, and for what."""

import datetime as dt
import io
import json
import subprocess
import sys
import zipfile

import pytest

from exports.check_evidence import Broken, check
from exports.evidence import zipped
from exports.sent import sent, whole
from exports.signing import Act
from ledger.states import State
from tests.exports.desk import entry
from tests.exports.standing_desk import ELSEWHERE, FIVE, LIMITS, PEOPLE, SCHOOL, standing_desk

OTHER_HEAD = entry("other", ["head"], [ELSEWHERE])


@pytest.fixture
def desk(tmp_path):
    """A feed whose second file left under a standing release; one person had also signed it by itself."""
    with standing_desk(tmp_path) as made:
        made.change_register(*PEOPLE, OTHER_HEAD)
        made.left()
        made.standing = made.stand(LIMITS, schools=(SCHOOL, ELSEWHERE))
        made.second = made.prepared(FIVE)
        made.record(made.second, Act.RELEASE, "dm", "data_manager")
        assert made.put_under(made.second).inside
        assert made.send(made.second) is State.DELIVERED
        yield made


def test_the_pack_holds_and_says_who_signed_the_standing_release(desk, tmp_path):
    made = desk.pack(desk.second)
    (tmp_path / "pack.zip").write_bytes(zipped(made, desk.now))
    with zipfile.ZipFile(io.BytesIO((tmp_path / "pack.zip").read_bytes())) as archive:
        archive.extract("check_evidence.py", tmp_path)
    command = [sys.executable, "-I", "-S", "check_evidence.py", "pack.zip"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stderr, done.stdout.splitlines()[-1]) == (0, "", "HOLDS")
    assert "signed by dm as data_manager (ssh-ed25519)" in done.stdout
    assert "signed by head as head (ssh-ed25519)" in done.stdout
    assert "  standing-release signed by head as head" in done.stdout


def test_the_record_names_the_same_people(desk):
    (*_, last) = sent(desk.stores.ledger)
    assert last.signers == (("dm", "data_manager"), ("head", "head"))
    assert last.standing == desk.standing.sha256
    assert whole(desk.stores.ledger, desk.stores.vault, desk.second.sha256).sent == last
    assert sent(desk.stores.ledger)[0].standing == ""


def test_a_head_of_another_school_who_signs_later_changes_nothing(desk):
    desk.now += dt.timedelta(hours=1)
    desk.sign_standing(desk.standing, "other", "head")
    desk.now += dt.timedelta(hours=1)
    (found,) = check(desk.pack(desk.second)).values()
    assert {who for _, _, who, *_ in found[2]} == {"dm", "head"}


@pytest.mark.parametrize(
    ("kind", "role"), [("standing release", None), ("signature", "data_manager"), ("signature", "head")]
)
def test_what_is_left_out_of_it_is_missed(desk, kind, role):
    made = desk.pack(desk.second)
    bodies = [(event, json.loads(event["body"])) for event in made["events"]]
    left_out = [
        event
        for event, body in bodies
        if event["kind"] == kind and "standing" in body and (role is None or body["statement"]["role"] == role)
    ]
    assert len(left_out) == 1
    made["events"].remove(left_out[0])
    with pytest.raises((Broken, StopIteration)):
        check(made)

"""Everything that must not leave, through the front door: a real command, state folder and SFTP server.

Each row of the table spoils one thing, and says with which exit code the command must refuse, where the release must
stand afterwards, and what puts it right. Nothing may reach the recipient before it is put right, the ledger must verify
after each refusal, and nothing is lost: the file then goes out.
"""

import contextlib
import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import pytest

import assets.recipients
from exports.formats import FORMATS
from ledger.states import State
from ledger.verify import verify
from pipelines.exit_codes import EXIT_CODES
from simulator import sftp as servers
from simulator.arbor import Drift, Knobs
from tests.pipelines.front_door import AUTUMN, CENSUS, CLEAN, EVENING, FrontDoor, Prepared, copy_ledger

pytestmark = pytest.mark.server
AGREEMENT = f"agreements/{CENSUS}.yaml"


@dataclass(frozen=True)
class Case:
    """One thing that is wrong.

    Attributes:
        code: of the refusal.
        spoil: makes it so, on a fully signed census.
        mend: puts it right.
        server: what stands at the recipient's address meanwhile.
        state: of the release after the refusal.
        again: whether a new preparation and new signatures are needed.

    """

    code: str
    spoil: Callable[[FrontDoor], None]
    mend: Callable[[FrontDoor], None]
    server: Callable[[FrontDoor], AbstractContextManager[object]] = FrontDoor.recipient
    state: State = State.APPROVED
    again: bool = False


def nothing(door: FrontDoor) -> None:
    del door


def stranger(door: FrontDoor) -> AbstractContextManager[object]:
    return door.recipient(accepts=servers.public_text(servers.demo_user_key()))


def nobody(door: FrontDoor) -> AbstractContextManager[object]:
    del door
    return nullcontext()


def sealed_file(door: FrontDoor) -> object:
    here = door.installation()
    event = here.ledger.events(State.PREPARED, waybill=door.waybill().sha256)[0]
    name = str(event.body["detail"]["file"])
    return next(
        path for path in here.settings.vault.rglob("*") if path.is_file() and name in str(path).replace("/", "")
    )


def flip(door: FrontDoor) -> None:
    path = sealed_file(door)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def later(door: FrontDoor) -> None:
    door.now = dt.datetime(2027, 9, 1, 9, 0, tzinfo=dt.UTC)
    door.done("protect", "confirm", "--as", "ruth")  # the register of protection of that term is asked for before all


def today(door: FrontDoor) -> None:
    door.now = EVENING


def lose_the_key(door: FrontDoor) -> None:
    (door.home / "keys" / "upload-point").rename(door.home / "keys" / "lost")


def find_the_key(door: FrontDoor) -> None:
    (door.home / "keys" / "lost").rename(door.home / "keys" / "upload-point")


def another_need(door: FrontDoor) -> None:
    door.edit(AGREEMENT, "retention_days: 2190", "retention_days: 2189")


def another_recipient(door: FrontDoor) -> None:
    door.edit(AGREEMENT, "/census\n", "/elsewhere\n")


def the_recipient(door: FrontDoor) -> None:
    door.edit(AGREEMENT, "/elsewhere\n", "/census\n")


def another_notice(door: FrontDoor) -> None:
    path = door.trust / "notice.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def the_notice(door: FrontDoor) -> None:
    path = door.trust / "notice.md"
    path.write_text(path.read_text(encoding="utf-8")[:-1], encoding="utf-8")


def forged_approver(door: FrontDoor) -> None:
    """Somebody with the database open writes a register of their own into it."""
    copy_ledger(door.settings.ledger, door.home / "before.sqlite")
    ledger = door.installation().ledger
    people = [*door.people(), door.new_person("mallory", ["head", "data_manager"])]
    ledger.append("approvers", {"register": {"version": 3, "people": people}, "signatures": []}, EVENING)
    ledger.close()


def restored(door: FrontDoor) -> None:
    copy_ledger(door.home / "before.sqlite", door.settings.ledger)


CASES = {
    "wrong host key": Case("sftp_host_key", nothing, nothing, FrontDoor.impostor, State.REFUSED),
    "key not accepted": Case("sftp_authentication", nothing, nothing, stranger, State.REFUSED),
    "our key is gone": Case("sftp_credential", lose_the_key, find_the_key, state=State.REFUSED),
    "nobody answers": Case("sftp_connection_refused", nothing, nothing, nobody, State.REFUSED),
    "changed byte after signing": Case("artefact_changed", flip, flip),
    "agreement ended": Case("agreement_not_in_force", later, today),
    "agreement edited": Case("agreement_changed", another_need, nothing, again=True),
    "recipient edited": Case("recipient_changed", another_recipient, the_recipient),
    "notice edited": Case("notice_changed", another_notice, the_notice),
    "approver written into the ledger": Case("register_forged", forged_approver, restored),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_leaves_and_nothing_is_lost(door, name):
    case = CASES[name]
    waybill = door.approve()
    case.spoil(door)
    with case.server(door) as server:
        before = door.tree()
        answer = door.release()
        assert (answer.code, answer.out) == (EXIT_CODES[case.code], "")
        assert "Traceback" not in answer.err
        assert door.tree() == before == {}
        assert getattr(server, "logins", []) == []  # the impostor gets no user name and so no credential
    assert door.state(waybill) is case.state
    assert verify(door.settings.ledger).faults == []
    case.mend(door)
    if case.again:
        door.done("prepare", AUTUMN, "--school", CLEAN)
        waybill = door.approve()
    with door.recipient():
        assert door.release().code == 0
    assert list(door.tree()) == [next(iter(door.tree()))]
    assert next(iter(door.tree())).endswith(waybill.remote_name)
    assert door.state(waybill) is State.HANDED_OVER
    door.done("verify")


@pytest.mark.parametrize(
    ("second", "code"),
    [(("sam", "head"), "same_person_twice"), (("priya", "head"), "role_not_held"), (None, "not_signed")],
    ids=["one person in two roles", "a role not held", "one signature only"],
)
def test_the_preparer_alone_cannot_approve(door, second, code):
    waybill = door.waybill()
    assert door.sign(waybill, "sam", "data_manager").code == 0
    if second:
        assert door.sign(waybill, *second).code == EXIT_CODES[code]
    with door.recipient():
        assert door.release().code == EXIT_CODES["not_signed"]
        assert door.tree() == {}
        assert door.state(waybill) is State.PREPARED
        assert door.sign(waybill, "helen", "head").code == 0
        assert door.release().code == 0
    assert door.state(waybill) is State.HANDED_OVER
    door.done("verify")


def two_keys(door, people):
    return [*people, door.new_person("priya", ["head"])]


def two_names(door, people):
    del door
    return [*people, {**people[0], "id": "doppel", "name": "Another Name"}]


def same_name_again(door, people):
    return [*people, door.new_person("priya2", ["head"]) | {"name": people[-1]["name"].upper()}]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [(two_keys, "person_twice"), (same_name_again, "person_twice"), (two_names, "key_shared")],
    ids=["one person, two keys", "one name, two ids", "one key, two names"],
)
def test_a_register_in_which_one_could_be_two_is_not_even_proposed(door, wanted, code):
    people = door.people()
    answer, change = door.propose(wanted(door, people))
    assert answer.code == EXIT_CODES[code]
    assert not change.exists()
    assert door.people() == people


def test_another_key_of_a_known_person_does_not_sign(door):
    door.new_person("stray", ["head"])
    waybill = door.waybill()
    assert door.sign(waybill, "helen", "head", key="stray").code == EXIT_CODES["signer_key_unknown"]
    assert door.state(waybill) is State.PREPARED


@pytest.mark.parametrize("signatures", [0, 1], ids=["none", "one twice"])
def test_an_approver_is_not_added_without_two_signatures(door, signatures):
    people = door.people()
    proposed, change = door.propose([*people, door.new_person("pat", ["head"])])
    named = proposed.out.split("Its hash:")[1].split()[0][:8]
    for _ in range(2 * signatures):
        door.done(
            "approvers", "sign", str(change), "--role", "data_manager", "--key", door.key("priya"), "--as", "priya",
            "--named", named,
        )  # fmt: skip
    assert door.run("approvers", "apply", str(change)).code == EXIT_CODES["approver_change_not_authorised"]
    assert door.sign(door.waybill(), "pat", "head").code == EXIT_CODES["not_allowed"]
    assert door.people() == people
    door.done("verify")


def test_a_changed_change_is_not_what_was_signed(door):
    people = door.people()
    door.propose([*people, door.new_person("pat", ["dpo"])])
    proposed, change = door.propose([*people, door.new_person("pat", ["dpo"])])
    named = proposed.out.split("Its hash:")[1].split()[0][:8]
    for person, role in (("priya", "data_manager"), ("daniel", "dpo")):
        door.done(
            "approvers", "sign", str(change), "--role", role, "--key", door.key(person), "--as", person,
            "--named", named,
        )  # fmt: skip
    text = change.read_text(encoding="utf-8")
    change.write_text(text.replace("Person pat", "Person pam"), encoding="utf-8")
    assert door.run("approvers", "apply", str(change)).code == EXIT_CODES["approver_change_not_authorised"]
    change.write_text(text, encoding="utf-8")
    door.done("approvers", "apply", str(change))
    assert len(door.people()) == len(people) + 1


def test_a_field_that_the_agreement_does_not_name_is_found_when_the_file_is_read_back(door, monkeypatch):
    """A renderer that lets one more element out is caught by the reader that knows nothing of it."""
    kind = FORMATS["census_xml"]

    def leaking(frames, agreement):
        return kind.render(frames, agreement).replace(b"</UPN>", b"</UPN><Religion>X</Religion>", 1)

    before = [release.waybill for release in door.installation().ledger.releases()]
    with monkeypatch.context() as patch:
        patch.setattr(assets.recipients, "FORMATS", {**FORMATS, "census_xml": replace(kind, render=leaking)})
        answer = door.run("prepare", AUTUMN, "--school", CLEAN)
    assert answer.code == EXIT_CODES["unreadable"]
    assert [release.waybill for release in door.installation().ledger.releases()] == before


def test_an_agreement_with_a_field_nobody_knows_prepares_nothing(door):
    door.edit(AGREEMENT, "pupil.service_child", "pupil.religion")
    listed = door.run("agreements")
    assert listed.code == EXIT_CODES["agreement_faulty"]
    assert "pupil.religion" in listed.out
    answer = door.run("prepare", AUTUMN, "--school", CLEAN)
    assert answer.code == EXIT_CODES["agreement_faulty"]


@contextlib.contextmanager
def drifting(prepared: Prepared, entity: str):
    """Colleagues go on editing the MIS while it is read, and read again."""
    school = prepared.demo.arbor.school(CLEAN)
    honest, pages, rows = school.knobs, school.pages.copy(), school.store[entity]
    school.knobs = Knobs(drift=Drift(entity, "update", times=99))
    school.pages[entity] = school._drifts = 0
    try:
        yield
    finally:
        school.knobs, school.pages, school.store[entity] = honest, pages, rows
        school._forget()


def test_a_torn_snapshot_prepares_nothing(door, prepared):
    before = [release.waybill for release in door.installation().ledger.releases()]
    with drifting(prepared, "Person"):
        answer = door.run("prepare", AUTUMN, "--school", CLEAN)
    assert answer.code == EXIT_CODES["torn_snapshot"]
    assert "NOT PREPARED (torn_snapshot)" in answer.out
    assert [release.waybill for release in door.installation().ledger.releases()] == before
    door.done("prepare", AUTUMN, "--school", CLEAN)
    door.done("verify")


def test_last_weeks_backup_sends_nothing(door):
    """The recipient has the file; the ledger that says so is replaced by one in which it only waits to be sent."""
    waybill = door.approve()
    copy_ledger(door.settings.ledger, door.home / "before.sqlite")
    with door.recipient():
        assert door.release().code == 0
        copy_ledger(door.settings.ledger, door.home / "newest.sqlite")
        for path in door.received.rglob("*.xml"):
            path.unlink()
        restored(door)
        assert door.release().code == EXIT_CODES["head_mismatch"]
        assert door.run("verify").code == EXIT_CODES["head_mismatch"]
        assert door.tree() == {}
        assert door.state(waybill) is State.APPROVED
        copy_ledger(door.home / "newest.sqlite", door.settings.ledger)
        assert door.release().code == 0
        assert door.tree() == {}  # it had it: nothing is sent twice
    door.done("verify")

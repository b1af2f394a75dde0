"""Standing releases from the command line: what a data manager, a head and anybody who wants to stop one see."""

import shutil

import pytest

from exports.key_files import new_private_key, read_private_key
from exports.signing import public_text
from pipelines.actions.approving import bootstrap_register
from pipelines.actions.context import Context
from pipelines.exit_codes import EXIT_CODES
from pipelines.installation import initialise
from simulator.deployment import PASSPHRASE
from tests.exports.trust_folder import FOLDER
from tests.pipelines.front_door import FrontDoor, at

AGREEMENTS = ("supplier_texts.yaml", "dfe_autumn_census.yaml")
PEOPLE = (("priya", ["data_manager"], ["*"]), ("helen", ["head"], ["900004"]), ("ruth", ["safeguarding_lead"], ["*"]))
PROPOSE = ("standing", "propose", "supplier_texts", "--ends", "2027-07-20", "--pupils", "280-340", "--joined", "10",
           "--gone", "5", "--changed", "60", "--school", "900004")  # fmt: skip


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A trust with two agreements and three people."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copytree(FOLDER, home / "trust", ignore=shutil.ignore_patterns("agreements", "cases", "observed"))
    (home / "trust" / "agreements").mkdir()
    for name in AGREEMENTS:
        shutil.copy(FOLDER / "agreements" / name, home / "trust" / "agreements")
    made = FrontDoor(home, 0, home / "received")
    initialise(made.settings, lambda: made.now)
    (home / "signers").mkdir()
    people = []
    for person, roles, schools in PEOPLE:
        data = new_private_key(PASSPHRASE)
        (home / "signers" / person).write_bytes(data)
        public = public_text(read_private_key(data, PASSPHRASE))
        people.append({"id": person, "name": person, "roles": roles, "schools": schools, "public_key": public})
    bootstrap_register(Context(made.installation(), "priya"), people)
    at(monkeypatch, home)
    return made


def sign(desk, which: str, person: str, role: str, named: str | None = None):
    return desk.run(
        "standing", "sign", which, "--role", role, "--key", desk.key(person), "--as", person,
        "--named", named or which[:8],
    )  # fmt: skip


def test_from_proposal_to_off(desk):
    proposed = desk.done(*PROPOSE, "--as", "priya")
    assert max(map(len, proposed.out.splitlines())) <= 80
    (found,) = desk.done("standing", "list", "--as", "priya", "--json").data
    which = found["id"]
    assert found["standing"]["limits"]["pupils_most"] == 340
    assert f"standing sign {which[:12]}" in proposed.out

    assert sign(desk, which, "priya", "data_manager", "0" * 8).code == EXIT_CODES["not_named"]
    first = sign(desk, which, "priya", "data_manager")
    assert first.code == 0
    assert "lets nothing leave before every role has signed" in first.out
    assert "waits for the signature of head" in desk.done("standing", "list", "--as", "priya").out
    assert sign(desk, which, "helen", "data_manager").code == EXIT_CODES["role_not_held"]
    assert "holds from now on" in sign(desk, which, "helen", "head").out

    page = desk.done("standing", "show", which[:6], "--as", "helen").out
    assert "280 to 340 pupils" in page
    assert "Invented School Messages Ltd" in " ".join(page.split())
    assert "Signed by priya as data_manager." in page
    assert max(map(len, page.splitlines())) <= 80

    assert "Switched off." in desk.done("standing", "off", which, "--as", "ruth").out
    assert "SWITCHED OFF by ruth" in desk.done("standing", "list", "--as", "priya").out
    assert sign(desk, which, "helen", "head").code == EXIT_CODES["standing_over"]
    desk.done("verify")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"supplier_texts": "dfe_autumn_census"}, "standing_unfit"),
        ({"2027-07-20": "2027-10-01"}, "standing_unfit"),
        ({"900004": "900009"}, "not_allowed"),
        ({"280-340": "340-280"}, "standing_unfit"),
    ],
    ids=["a census", "too long", "a school of nobody's", "an empty range"],
)
def test_what_cannot_stand_is_refused(desk, told, code):
    assert desk.run(*(told.get(word, word) for word in PROPOSE), "--as", "helen").code == EXIT_CODES[code]


def test_a_stranger_cannot_and_one_that_is_not_there_is_not_found(desk):
    assert desk.run(*PROPOSE, "--as", "nobody").code == EXIT_CODES["not_allowed"]
    assert desk.run("standing", "off", "abc", "--as", "helen").code == EXIT_CODES["not_named"]

"""The `mis` entries of trust.toml and the codes beside them: what they may say, and where a secret may not stand."""

import shutil
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from pipelines.settings import SecretMissing, Settings, secret
from pipelines.trust import TrustFolderFault, load_trust

DEMO = Path(__file__).parents[2] / "trusts" / "demo"
LARKFIELD = 'secret = "env:WAYBILL_MIS_900001"'


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(DEMO, tmp_path / "trust"))


def rewrite(folder, old, new):
    file = folder / "trust.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("reference", ["env:NAME", "file:mis-900001", "keyring:waybill/900001"])
def test_a_reference_to_a_secret_is_read(folder, reference):
    rewrite(folder, LARKFIELD, f'secret = "{reference}"')
    assert load_trust(folder).school("900001").mis.secret == reference


@pytest.mark.parametrize("literal", ["hunter2", "env:", "file:", "vault:thing", "env:NAME extra"])
def test_a_secret_itself_is_refused_and_not_repeated(folder, literal):
    rewrite(folder, LARKFIELD, f'secret = "{literal}"')
    with pytest.raises(TrustFolderFault, match="school number 1: no secret may stand") as caught:
        load_trust(folder)
    assert literal not in str(caught.value).replace("env:NAME", "").replace("file:NAME", "") or literal.endswith(":")


def test_a_secret_in_an_address_is_refused(folder):
    rewrite(folder, "http://127.0.0.1:18080", "http://user:hunter2@127.0.0.1:18080")
    with pytest.raises(TrustFolderFault, match="no secret may stand") as caught:
        load_trust(folder)
    assert "hunter2" not in str(caught.value)


def test_a_secret_file_of_the_trust_folder_is_refused(folder, tmp_path):
    settings = Settings(tmp_path / "home", folder.resolve())
    settings.keys.mkdir(parents=True)
    for place, refused in ((settings.keys / "mis", False), (folder / "mis", True)):
        place.write_text("the secret\n", encoding="utf-8")
        place.chmod(0o600)
        if refused:
            with pytest.raises(SecretMissing, match="lies in the trust folder"):
                secret(f"file:{place}", settings)
        else:
            assert secret("file:mis", settings) == "the secret"


class InMemory(KeyringBackend):
    """A keyring of one entry."""

    priority = 1

    def get_password(self, service, username):
        return "the secret" if (service, username) == ("waybill", "900001") else None

    def set_password(self, service, username, password):
        raise NotImplementedError

    def delete_password(self, service, username):
        raise NotImplementedError


def test_a_secret_in_the_keyring_is_found(tmp_path):
    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    try:
        assert secret("keyring:waybill/900001", Settings(tmp_path, tmp_path)) == "the secret"
        with pytest.raises(SecretMissing, match="keyring:waybill/900002"):
            secret("keyring:waybill/900002", Settings(tmp_path, tmp_path))
    finally:
        keyring.set_keyring(before)


def test_a_school_chooses_its_door_and_confirms_grants(folder):
    rewrite(folder, LARKFIELD, f'{LARKFIELD}, door = "graphql", granted = ["BoardingPattern"]')
    mis = load_trust(folder).school("900001").mis
    assert (mis.door, mis.granted) == ("graphql", {"BoardingPattern"})
    assert load_trust(folder).school("900002").mis.granted == frozenset()


def test_a_school_s_own_codes_are_read(folder):
    file = folder / "codes.csv"
    file.write_text(
        "school,map,code,ours,note\n900002,eligibility,USER__MEALS,TFSM,as the office calls it\n", encoding="utf-8"
    )
    trust = load_trust(folder)
    assert trust.school("900002").mis.codes == {"eligibility": {"USER__MEALS": "TFSM"}}
    assert trust.school("900001").mis.codes == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [("school,code\n", "the header must be"), ("school,map,code,ours,note\n900002,,X,Y,\n", "row 2")],
)
def test_codes_that_say_half_are_refused(folder, text, fault):
    (folder / "codes.csv").write_text(text, encoding="utf-8")
    with pytest.raises(TrustFolderFault, match=fault):
        load_trust(folder)

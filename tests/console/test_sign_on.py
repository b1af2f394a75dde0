"""Single sign-on against a provider of a published package, which runs beside the test as a server of its own."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from oidc_provider_mock import run_server_in_thread
from starlette.testclient import TestClient

from console.app import build
from console.place import Desk
from pipelines.desk_address import SignOn, desk_origin, read_address
from pipelines.trust import TrustFolderFault
from tests.console.at_the_desk import ORIGIN, Browser

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # the provider's own
ACCOUNTS = {"helen.ashworth@trust": "helen", "old.head@trust": "gone"}


@pytest.fixture(scope="module")
def issuer():
    with run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def desk(shared, issuer, monkeypatch):
    monkeypatch.setenv("DESK_SIGN_ON", "any-secret")
    sign_on = SignOn(issuer, "waybill-desk", "env:DESK_SIGN_ON", "sub", ACCOUNTS)
    return Desk(shared.desk.opened, replace(shared.desk.address, sign_on=sign_on))


@pytest.fixture
def browser(shared, desk, request):
    address = f"198.18.0.{len(request.node.name)}"
    client = TestClient(build(desk), base_url=ORIGIN, follow_redirects=False, client=(address, 4000))
    return Browser(client, shared)


def at_the_provider(browser, account):
    """Sign in at the provider, and return where it sends the browser."""
    place = browser.get("/sign-in/trust").headers["location"]
    back = httpx.post(place, data={"sub": account}, follow_redirects=False).headers["location"]
    assert back.startswith(f"{ORIGIN}/sign-in/trust/back?")
    return back.removeprefix(ORIGIN)


def test_an_account_of_the_trust_is_let_in_as_the_person_it_stands_for(browser, shared):
    assert "/sign-in/trust" in browser.get("/sign-in").text
    page = browser.get(at_the_provider(browser, "helen.ashworth@trust"))
    assert (page.status_code, "Hello Helen Ashworth" in page.text) == (200, True)
    assert "Helen Ashworth" in browser.get("/").text
    assert shared.noted()[-1] == ("signed in", "helen")


@pytest.mark.parametrize("account", ["stranger@elsewhere", "old.head@trust"], ids=["not in the table", "left"])
def test_an_account_that_stands_for_nobody_is_turned_away(browser, account):
    assert browser.get(at_the_provider(browser, account)).status_code == 401
    assert browser.get("/").headers["location"] == "/sign-in"


def test_an_answer_is_taken_once_and_for_its_own_question(browser):
    back = at_the_provider(browser, "helen.ashworth@trust")
    forged = re.sub(r"state=[^&]+", "state=another", back)
    assert browser.get(forged).status_code == 401
    assert browser.get(back).status_code == 401  # the question was used up


def test_another_browsers_answer_is_not_taken(browser, desk):
    back = at_the_provider(browser, "helen.ashworth@trust")
    other = TestClient(build(desk), base_url=ORIGIN, follow_redirects=False, client=("198.18.1.1", 4000))
    assert other.get(back).status_code == 401


def test_the_question_carries_state_nonce_and_a_hashed_verifier(browser):
    asked = parse_qs(urlsplit(browser.get("/sign-in/trust").headers["location"]).query)
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["code_challenge_method"] == ["S256"]


def test_a_provider_that_is_away_or_is_another_lets_nobody_in(desk, issuer):
    for wrong in ("http://localhost:1", issuer.replace("localhost", "localhost.")):
        sign_on = replace(desk.address.sign_on)
        object.__setattr__(sign_on, "issuer", wrong)
        other = Desk(desk.opened, replace(desk.address, sign_on=sign_on))
        client = TestClient(build(other), base_url=ORIGIN, follow_redirects=False, client=("198.18.2.2", 4000))
        assert client.get("/sign-in/trust").status_code == 502


def test_a_desk_without_a_provider_has_no_such_page(shared):
    assert shared.stranger("198.18.3.3").get("/sign-in/trust").headers["location"] == "/sign-in"


def test_desk_toml_names_address_and_provider_and_refuses_what_is_not_safe(tmp_path):
    file = tmp_path / "desk.toml"
    text = (
        'origin = "https://desk.trust.example"\nport = 8443\n[sign_on]\nissuer = "https://login.trust.example"\n'
        'client_id = "desk"\nsecret = "file:desk-sign-on"\n[sign_on.people]\n"a@trust" = "helen"\n'
    )
    file.write_text(text, encoding="utf-8")
    found = read_address(tmp_path)
    assert (found.rp_id, found.port, found.sign_on.people) == ("desk.trust.example", 8443, {"a@trust": "helen"})
    for old, new in (("https://desk", "http://desk"), ("https://login", "http://login"), ("origin", "other"),
                     ("desk.trust.example", "desk.trust.example/path")):  # fmt: skip
        file.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(TrustFolderFault):
            read_address(tmp_path)
        with pytest.raises(TrustFolderFault):
            desk_origin(tmp_path)


def test_a_trust_folder_without_desk_toml_has_no_desk(tmp_path):
    assert desk_origin(tmp_path) is None
    (tmp_path / "desk.toml").write_text('origin = "https://desk.trust.example"\n', encoding="utf-8")
    assert desk_origin(tmp_path) == "https://desk.trust.example"

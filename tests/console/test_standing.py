"""Standing releases and roles that are lent, at the desk: proposed, signed with a passkey, listed, ended by anybody."""

import itertools
import re
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from console import passkeys
from console.passkeys import public
from console.place import Desk
from exports.signing import Role, public_text
from ledger.states import State
from pipelines.actions import approving, delegating, standing
from pipelines.actions.context import Context
from pipelines.desk_address import Address
from pipelines.installation import Installation
from simulator.deployment import PEOPLE
from tests.console.at_the_desk import (
    AUTUMN,
    CLEAN,
    FAULTY,
    MANAGER,
    ORIGIN,
    PERSON_OF,
    RP_ID,
    AtTheDesk,
    Moving,
    at_one_school,
    enter_for,
    one_school,
)
from tests.console.authenticator import Authenticator
from tests.console.conftest import EVENING
from tests.pipelines.rights_desk import ME, Office, laid_out

PROPOSAL = {"agreement": "supplier_texts", "ends": "2027-07-20", "least": "10", "most": "60", "joined": "5",
            "gone": "5", "errors": "0", "queries": "0", f"at{CLEAN}": "yes"}  # fmt: skip
LENT = {"to": "priya", "role": "head", "school": CLEAN, "ends": "2026-11-06"}

numbers = itertools.count(40)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A desk where the head, and one school's data manager, sign with passkeys; a return waits to be signed."""
    home, clock = tmp_path_factory.mktemp("standing") / "home", Moving(EVENING)
    here = Installation.open(laid_out(home), clock)
    desk = Desk(here, Address(ORIGIN))
    demo = SimpleNamespace(installation=here, acting=lambda person: Context(here, person))
    at = AtTheDesk(demo, desk, clock)
    for person in ("helen", MANAGER):
        asked = passkeys.ask_to_enrol(desk, person, person, at.invite(person))  # no page is there before the register
        at.devices[person] = Authenticator(ORIGIN, RP_ID)
        passkeys.enrol(desk, asked.token, at.devices[person].create(asked.options))
    people = [{"public_key": public_text(Ed25519PrivateKey.generate()), **person} for person in PEOPLE]
    for person in people:
        if person["id"] == "helen":
            person["public_key"] = public(desk, desk.store.passkeys("helen")[-1])
    approving.bootstrap_register(demo.acting("priya"), [*people, *(one_school(desk, role) for role in PERSON_OF)])
    for school in (CLEAN, FAULTY):
        enter_for(at, school)
    waits = {ME: {"pupil.surname": "Quillfeather"}}
    Office(home, 0, home / "received").told(
        "dfe_autumn_census", waits, period=AUTUMN, school=CLEAN, state=State.PREPARED
    )  # fmt: skip
    return at


def answered(browser, page, to, person="helen"):
    return browser.post(to, answer=browser.at.devices[person].get(browser.options(page)))


def proposed(browser):
    """One like no other, though the clock stands."""
    answer = browser.post("/standing/new", **PROPOSAL, changed=str(next(numbers)))
    return answer.headers["location"].partition("?")[0]


def test_two_people_sign_a_proposal_and_it_holds_until_anybody_switches_it_off(shared):
    manager, helen, ruth = shared.enter(MANAGER), shared.enter("helen"), shared.enter("ruth")
    path = proposed(manager)
    page = helen.get(path).text
    for words in ("Invented School Messages Ltd", "Fewest pupils in a file</dt><dd>10", "It waits for people"):
        assert words in page
    assert "waits for signatures" in page
    for browser, role in ((manager, "data_manager"), (helen, "head")):
        question = browser.post(f"{path}/signing", role=role)
        assert "Most pupils in a file" in question.text
        signed = answered(browser, question, f"{path}/signature", MANAGER if browser is manager else "helen")
        assert signed.headers["location"] == f"{path}?said=signed"
    assert "in force" in shared.enter("amina").get(path).text
    (held,) = [one for one in standing.listed(shared.demo.acting("amina")) if path.endswith(one.id)]
    assert held.holds
    assert f'action="{path}' not in shared.enter("amina").get(path).text
    assert ruth.post(f"{path}/off").headers["location"] == f"{path}?said=off"
    assert "Switched off by ruth" in helen.get(path).text
    assert helen.post(f"{path}/signing", role="head").status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"ends": ""}, "ends"), ({"ends": "2027-09-01"}, "ends"), ({"most": ""}, "most"), ({"joined": "-1"}, "joined"),
     ({"most": "5"}, "least")],
    ids=["no day", "after the agreement ends", "no limit", "less than none", "most below least"],
)  # fmt: skip
def test_a_proposal_with_a_fault_comes_back_with_what_was_typed(shared, changes, field):
    before = shared.demo.installation.ledger.head().seq
    page = shared.enter("priya").post("/standing/new", **PROPOSAL | changes)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true" aria-describedby="[^"]*{field}-fault"', page.text)
    assert f'id="at{CLEAN}" name="at{CLEAN}" value="yes" checked' in page.text
    assert shared.demo.installation.ledger.head().seq == before


def test_the_same_proposal_sent_twice_is_entered_once(shared):
    first, second = (shared.enter(MANAGER).post("/standing/new", **PROPOSAL, changed="39") for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert shared.enter("amina").get(first.headers["location"]).status_code == 200


def test_a_census_has_no_standing_release(shared):
    assert "dfe_autumn_census" not in shared.enter("priya").get("/standing/new").text
    assert (
        shared.enter("priya").post("/standing/new", **PROPOSAL | {"agreement": "dfe_autumn_census"}).status_code == 422
    )


def test_a_key_file_a_role_not_held_and_another_device_sign_nothing(shared):
    path = f"/standing/{shared.standing[CLEAN]}"
    assert shared.enter("priya").post(f"{path}/signing", role="data_manager").status_code == 409  # a key file
    assert "waybill standing sign" in shared.enter("priya").get(path).text
    assert shared.enter("helen").post(f"{path}/signing", role="data_manager").status_code == 409
    manager = shared.enter(MANAGER)
    mine, other = proposed(manager), proposed(manager)
    question = manager.post(f"{mine}/signing", role="data_manager")
    assert answered(manager, question, f"{other}/signature", MANAGER).status_code == 409
    question = manager.post(f"{mine}/signing", role="data_manager")
    assert answered(manager, question, f"{mine}/signature", "helen").status_code == 409
    assert "to sign" in manager.get(mine).text
    assert f"signed by {MANAGER}" not in re.sub(r"<[^>]+>", "", manager.get(mine).text)


def test_a_head_of_one_school_finds_no_standing_release_of_another(shared):
    browser = shared.enter(at_one_school("head"))
    page = browser.get("/standing").text
    assert shared.standing[CLEAN] in page
    assert shared.standing[FAULTY] not in page
    assert browser.get(f"/standing/{shared.standing[FAULTY]}").status_code == 403


def test_a_role_is_lent_with_a_passkey_and_taken_back_without(shared):
    helen = shared.enter("helen")
    question = helen.post("/delegations/signing", **LENT)
    assert "Priya Raman" in question.text
    assert answered(helen, question, "/delegations/signature").headers["location"] == "/delegations?said=lent"
    (lent,) = delegating.listed(shared.demo.acting("amina"))
    assert (lent.by, lent.to, lent.role, lent.school, str(lent.ends)) == (
        "helen",
        "priya",
        Role.HEAD,
        CLEAN,
        "2026-11-06",
    )
    assert Role.HEAD in shared.demo.acting("priya").roles(CLEAN)
    assert Role.HEAD not in shared.demo.acting("priya").roles(FAULTY)
    assert 'href="/protection">Protection' in shared.enter("priya").get("/calendar").text
    assert "End it now" not in shared.enter("amina").get("/delegations").text
    assert (
        shared.enter("daniel").post("/delegations/end", delegation=lent.id).headers["location"]
        == "/delegations?said=ended"
    )
    assert Role.HEAD not in shared.demo.acting("priya").roles(CLEAN)
    assert 'href="/protection">Protection' not in shared.enter("priya").get("/calendar").text
    assert helen.post("/delegations/end", delegation=lent.id).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"ends": "2026-09-30"}, 422), ({"ends": "2028-01-01"}, 422), ({"role": "dpo"}, 422), ({"to": ""}, 422),
     ({"to": "helen"}, 409), ({"to": "nobody"}, 409), ({"school": "999999"}, 404), ({"school": "*"}, 404)],
    ids=["a day that is over", "more than a year", "a role not held", "nobody", "oneself", "a stranger", "no school",
         "the whole trust"],
)  # fmt: skip
def test_what_cannot_be_lent_asks_no_passkey(shared, changes, status):
    answer = shared.enter("helen").post("/delegations/signing", **LENT | changes)
    assert answer.status_code == status
    assert "data-passkey" not in answer.text


def test_the_answer_to_another_question_lends_nothing(shared):
    helen, path = shared.enter("helen"), proposed(shared.enter(MANAGER))
    question = helen.post(f"{path}/signing", role="head")
    assert answered(helen, question, "/delegations/signature").status_code == 409
    assert delegating.listed(shared.demo.acting("helen")) == ()


def test_what_waits_is_listed_for_whoever_signs_it(shared):
    page = shared.enter("helen").get("/signing").text
    assert "Autumn 2026" in page
    assert re.search(r"/files/[0-9a-f]{64}/sign", page)
    assert "You sign nothing here" in shared.enter("amina").get("/signing").text

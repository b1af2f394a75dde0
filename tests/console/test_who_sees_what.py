"""Every page x every role x school: whoever is not named in the table below is turned away."""

import itertools
from dataclasses import replace

import pytest
from starlette.responses import Response
from starlette.routing import Mount
from starlette.testclient import TestClient

from console.guard import Page, Scope, route
from console.routes import ROUTES
from exports.signing import Role
from pipelines.actions import looking_up, noting, signing, tracing
from pipelines.actions.context import NotAllowed
from tests.console.at_the_desk import AUTUMN, CLEAN, FAULTY, ORIGIN, PERSON_OF, at_one_school

ALL, ANYBODY = set(PERSON_OF), set()
READ = ALL - {"it"}
DESK, SIGN, KEEP, PLAN = {"data_manager", "head"}, {"data_manager", "head", "dpo"}, {"data_manager", "head", "it"}, {
    "data_manager"
}  # fmt: skip
LEAD, OFFICER, ANSWER = {"safeguarding_lead"}, {"dpo"}, {"head", "dpo"}
DECIDE, PROTECT = SIGN | LEAD, {"head", "dpo"} | LEAD

MAY = {
    "GET sign in": ANYBODY, "POST sign in": ANYBODY, "GET enrol": ANYBODY, "POST enrol": ANYBODY,
    "POST enrol a passkey": ANYBODY,
    "GET sign on": ANYBODY, "GET signed on": ANYBODY, "POST sign out": ALL, "GET board": ALL,
    "GET return": READ, "POST explain": DESK, "POST confirm": DESK, "POST take out": DESK, "GET totals": READ,
    "POST why": SIGN, "POST run": DESK, "GET run": READ, "GET progress": READ,
    "GET read and sign": READ, "POST ask to sign": SIGN, "POST ask to override": DESK, "POST sign": SIGN,
    "POST send": SIGN, "POST settle": KEEP,
    "GET signing": READ, "GET standing in": READ, "GET lend a role": DECIDE, "POST ask to lend a role": DECIDE,
    "POST lend a role": DECIDE, "POST end a delegation": DECIDE,
    "GET standing releases": READ, "GET propose a standing release": SIGN, "POST propose a standing release": SIGN,
    "GET standing release": READ, "POST ask to sign for many": SIGN, "POST sign for many": SIGN,
    "POST switch off": DECIDE,
    "GET approvers": ALL, "GET change an approver": DECIDE, "POST change an approver": DECIDE,
    "GET change of approvers": DECIDE, "POST ask to sign a change": DECIDE, "POST sign a change": DECIDE,
    "POST change as a file": DECIDE,
    "GET deliveries": ALL, "GET delivery": ALL, "POST sent on": SIGN, "POST confirmed": SIGN, "POST tick": SIGN,
    "POST answered": SIGN, "POST recall": SIGN,
    "POST step of a recall": SIGN, "GET transfers": SIGN, "POST collected": SIGN,
    "GET deletions": PLAN | OFFICER, "POST deletion confirmed": PLAN | OFFICER,
    "GET enter a disclosure": SIGN, "POST enter a disclosure": SIGN,
    "GET disclosures": READ, "POST ask for a pupil": READ, "GET pupil": READ, "POST who had": READ,
    "POST pupil pack": READ, "GET file": READ, "POST file pack": READ,
    "POST breach": OFFICER,
    "GET record": ALL, "POST verify": ALL,
    "GET requests": SIGN, "GET enter a request": SIGN, "POST enter a request": SIGN, "GET request": SIGN,
    "POST check who asks": SIGN, "POST step of a request": SIGN, "GET who was told": OFFICER, "POST leave out": OFFICER,
    "POST access report": OFFICER, "POST find recipients": OFFICER, "POST decide on erasure": OFFICER,
    "POST erase": OFFICER,
    "GET duties": SIGN, "GET duty": SIGN, "POST duty": SIGN, "POST letter to a recipient": OFFICER,
    "GET complaints": SIGN, "GET enter a complaint": SIGN, "POST enter a complaint": SIGN, "GET complaint": SIGN,
    "POST step of a complaint": SIGN, "GET holds": OFFICER, "POST place a hold": OFFICER, "POST lift a hold": OFFICER,
    "GET cases": ANSWER, "GET case": ANSWER, "POST prepare a case": ANSWER, "POST refuse a case": ANSWER,
    "POST tell of a case": OFFICER, "POST open what is sealed": ANSWER,
    "GET protection": PROTECT, "GET protect": PROTECT, "POST protect": PROTECT, "POST protect no more": PROTECT,
    "POST confirm the register": LEAD, "GET decide on a pupil": LEAD, "POST decide on a pupil": LEAD,
    "GET agreements": ALL, "GET agreement": ALL, "GET compare": ALL, "GET proposed text": ALL,
    "POST proposed text": ALL,
    "GET impact assessment": OFFICER, "GET what is asked": PLAN | OFFICER, "GET diary": ALL,
    "GET records": ALL, "GET record of processing": ALL, "GET notice": ALL, "GET retention": ALL,
    "POST look for overdue": ALL,
    "GET calendar": ALL, "GET change the calendar": PLAN, "POST change the calendar": PLAN,
}  # fmt: skip
PAGES = {f"{page.method} {page.name}": page for page in ROUTES}
OF_THE_TRUST = {"GET change the calendar", "POST change the calendar", "GET holds", "POST place a hold",
                "POST lift a hold", "GET change an approver", "POST change an approver", "GET change of approvers",
                "POST ask to sign a change", "POST sign a change", "POST change as a file",
                "POST tell of a case", "POST breach"}  # fmt: skip


def test_every_page_has_its_row_here_and_every_row_its_page():
    assert sorted(PAGES) == sorted(MAY)
    assert len(PAGES) == len(ROUTES)


def test_every_address_of_the_desk_comes_from_the_table(shared):
    paths = {one.path for one in shared.app.routes if not isinstance(one, Mount)}
    assert paths == {page.path for page in ROUTES}


@pytest.mark.parametrize(
    ("scope", "roles", "path"),
    [(Scope.SOMEWHERE, (), "/x"), (Scope.ANYBODY, (Role.HEAD,), "/x"), (Scope.SCHOOL, (Role.HEAD,), "/x"),
     (Scope.FILE, (Role.HEAD,), "/{school}"), (Scope.STANDING, (Role.HEAD,), "/{school}"),
     (Scope.ENTRY, (Role.HEAD,), "/x"), (Scope.CASE, (Role.HEAD,), "/{school}")],
)  # fmt: skip
def test_a_page_without_a_rule_cannot_be_written(scope, roles, path):
    with pytest.raises(ValueError, match="needs roles"):
        Page("x", "GET", path, lambda _: Response(), scope, frozenset(roles))


def waybill_of(shared, school):
    return shared.demo.installation.ledger.releases(school=school, agreement="dfe_autumn_census")[0].waybill


def parts_for(shared, school):
    """What each part of an address is, for one school."""
    return {
        "school": school, "period": AUTUMN, "waybill": waybill_of(shared, school), "agreement": "nhs_dental",
        "pupil": "AAAA", "standing": shared.standing[school], "number": str(shared.request[school]),
        "case": {CLEAN: "case_2026_2", FAULTY: "case_2026_1"}[school],  # the one is about CLEAN, the other not
    }  # fmt: skip


def address(shared, page, school):
    """The page's address, for one school."""
    return page.path.format(**parts_for(shared, school))


def test_the_pages_of_the_whole_trust_are_those_of_the_table():
    assert {name for name, page in PAGES.items() if page.scope is Scope.TRUST} == OF_THE_TRUST


def allowed(name, role, *, everywhere, school):
    return role in MAY[name] and (everywhere or (name not in OF_THE_TRUST and school == CLEAN))


@pytest.mark.parametrize("role", PERSON_OF)
@pytest.mark.parametrize("everywhere", [True, False], ids=["whole trust", "one school"])
def test_each_cell_is_as_the_table_says(shared, role, everywhere):
    """Pages are stubs, so that an allowed cell does nothing; what is tested is the door."""
    stubs = [replace(page, view=lambda _: Response(status_code=204)) for page in ROUTES]
    app = shared.app.__class__(
        routes=[route(shared.desk, page) for page in stubs], exception_handlers=shared.app.exception_handlers
    )
    browser = shared.enter(PERSON_OF[role] if everywhere else at_one_school(role))
    browser.client = TestClient(app, base_url=ORIGIN, cookies=browser.client.cookies, follow_redirects=False)
    wrong = []
    for page, school in itertools.product(stubs, (CLEAN, FAULTY)):
        name, path = f"{page.method} {page.name}", address(shared, page, school)
        answer = browser.get(path) if page.method == "GET" else browser.post(path)
        of_a_school = page.scope in {Scope.SCHOOL, Scope.FILE, Scope.STANDING, Scope.ENTRY, Scope.CASE}
        may = page.scope is Scope.ANYBODY or allowed(
            name, role, everywhere=everywhere, school=school if of_a_school else CLEAN
        )
        if answer.status_code != (204 if may else 403):
            wrong.append((name, school, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("person", ["it", "auditor"])
def test_the_action_turns_away_whom_the_page_would(shared, person):
    ctx = shared.demo.acting(PERSON_OF[person])
    waybill = waybill_of(shared, CLEAN)
    with pytest.raises(NotAllowed):
        noting.note(ctx, FAULTY, AUTUMN, "1510", "x")
    with pytest.raises(NotAllowed):
        signing.to_sign(ctx, waybill, signing.Act.RELEASE, Role.HEAD)
    if person == "it":
        for look in (lambda: signing.show(ctx, waybill), lambda: tracing.trace(ctx, "A"), lambda: looking_up.sent(ctx)):
            with pytest.raises(NotAllowed):
                look()

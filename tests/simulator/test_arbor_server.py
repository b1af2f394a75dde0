"""The Arbor server over real HTTP: every promise of its contract, on a store small enough to read."""

import datetime as dt
from types import SimpleNamespace

import httpx
import pytest

from simulator.arbor import ArborServer, Drift, Fault, Knobs, names, serve
from simulator.world.refs import Ref

DAY = dt.date(2026, 10, 1)


def student(number: int, revision: int, **properties) -> dict:
    row = {
        "id": number, "revision": revision, "person": Ref("Person", 50 + number), "studentNumber": f"S{number}",
        "hoursAtSetting": None, "tLevelPlannedEepHours": number * 10, "isActiveOutgoingSync": number % 2 == 1,
    }  # fmt: skip
    return {**row, **properties}


STORE = {
    "Student": [student(n, n) for n in range(1, 6)],
    "Person": [
        {
            "id": 50 + n, "revision": 10 + n, "legalLastName": name, "gender": Ref("Gender", "FEMALE"),
            "dateOfBirth": dt.date(2014, 3, n), "seen": dt.datetime(2026, 9, 1, 8, n),  # noqa: DTZ001
        }
        for n, name in enumerate(("Marsh", "Patel", "Ó Néill", "Smith-Jones", "Ng"), start=1)
    ],
    "Gender": [{"id": code, "revision": 0, "code": code} for code in ("FEMALE", "USER__X/Y")],
    "Ethnicity": [],
    "UkDfe_UpnAssignment": [{"id": 9, "revision": 3, "student": Ref("Student", 1), "endDatetime": None}],
}  # fmt: skip


class OneSchool:
    """A trust of one school over a store given by day."""

    def __init__(self, urn="900001", stores=None):
        self.urn = urn
        self.identity = SimpleNamespace(urn=urn, application_id=f"app-{urn}", secret=f"secret:{urn}")
        self.stores = stores or {DAY: STORE}
        self.schools = (self,)

    def school(self, urn):
        return {self.urn: self}[urn]

    def entities(self, day):
        return self.stores[day]


class Stage:
    """One port on which applications take turns: starting a server takes longer than a test."""

    app = None

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    with serve(stage) as stage.url:
        yield stage


@pytest.fixture
def open_to(stage):
    """A function from an application to a client of it."""
    clients = []

    def opened(app):
        stage.app = app
        clients.append(httpx.Client(base_url=stage.url, auth=("app-900001", "secret:900001")))
        return clients[-1]

    yield opened
    for client in clients:
        client.close()


@pytest.fixture
def ask(request, open_to):
    """A client of a server with the knobs of the test's parameter."""
    return open_to(ArborServer(OneSchool(), DAY, getattr(request, "param", Knobs())))


def knobs(**settings):
    return pytest.mark.parametrize("ask", [Knobs(**settings)], indirect=True)


def ids(response, root="students"):
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.json()[root]]


@pytest.mark.parametrize(
    "segment",
    [
        "uk-dfe_upn-assignments", "UkDfe_UpnAssignments", "ukDfe_UpnAssignments", "UKDFE_UPNASSIGNMENTS",
        "uk-dfe_upn-assignment", "UkDfe_UpnAssignment", "ukDfe_UpnAssignment",
    ],
)  # fmt: skip
def test_every_tolerated_spelling_of_a_path_leads_to_the_list(ask, segment):
    assert ids(ask.get(f"/rest-v2/{segment}"), "ukDfe_UpnAssignments") == [9]
    assert ask.get(f"/rest-v2/{segment}/9").json()["ukDfe_UpnAssignment"]["id"] == 9
    assert ask.get(f"/rest-v2/{segment}/changelog").json()["changes"]


@pytest.mark.parametrize(
    ("entity", "path"),
    [
        ("Person", "persons"), ("Staff", "staffs"), ("SenStatus", "sen-statuses"), ("Ethnicity", "ethnicities"),
        ("Birthday", "birthdays"), ("Church", "churches"), ("PostalAddressOccupancy", "postal-address-occupancies"),
        ("UkDfe_TwoYearOldFundingBasis", "uk-dfe_two-year-old-funding-basises"), ("AcademicYear", "academic-years"),
    ],
)  # fmt: skip
def test_plurals_are_naive(entity, path):
    assert names.kebab(names.plural(entity)) == path


@pytest.mark.parametrize(
    ("auth", "status"),
    [
        (("app-900001", "secret:900001"), 200), (("app-900001", "wrong"), 401), (("app-900002", "secret:900001"), 401),
        (("", ""), 401), (None, 401),
    ],
)  # fmt: skip
def test_basic_authentication(ask, auth, status):
    response = httpx.get(f"{ask.base_url}/rest-v2/students", auth=auth)
    assert response.status_code == status
    assert ("www-authenticate" in response.headers) == (status == 401)


@pytest.mark.parametrize(("application", "status"), [("app-900001", 200), ("app-900002", 401)])
def test_the_application_header_must_be_the_users_own(ask, application, status):
    assert ask.get("/rest-v2/students", headers={"x-mis-application-id": application}).status_code == status


def test_a_malformed_authorization_header_is_refused(ask):
    response = httpx.get(f"{ask.base_url}/rest-v2/students", headers={"authorization": "Basic !!!"})
    assert response.status_code == 401


def test_rows_reference_wrap_and_tag_as_arbor_does(ask):
    body = ask.get("/rest-v2/persons/51").json()
    assert body["response"]["code"] == 200
    person = body["person"]
    assert person["entityType"] == "Person"
    assert person["href"] == "/rest-v2/persons/51"
    assert person["gender"] == {"entityType": "Gender", "href": "/rest-v2/genders/FEMALE"}
    assert person["dateOfBirth"] == {"entityType": "date", "date": "2014-03-01 00:00:00"}
    assert person["seen"] == {"entityType": "date", "date": "2026-09-01 08:01:00"}
    assert person["userTags"] == []
    assert person["revisionId"] == 11


def test_a_lookup_is_addressed_by_its_code(ask):
    assert ask.get("/rest-v2/genders/FEMALE").json()["gender"]["id"] == "FEMALE"
    assert ask.get("/rest-v2/genders/USER__X%2FY").json()["gender"]["href"] == "/rest-v2/genders/USER__X%2FY"


@knobs(filled_tags=True, text_scalars=True, stub_lists=True)
def test_knobs_of_form(ask):
    row = ask.get("/rest-v2/students/1").json()["student"]
    assert row["userTags"] == {"simulated": "yes"}
    assert (row["tLevelPlannedEepHours"], row["isActiveOutgoingSync"]) == ("10", "1")
    listed = ask.get("/rest-v2/students").json()["students"][0]
    assert set(listed) == {"entityType", "id", "href", "displayName"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filters.tLevelPlannedEepHours.equals": "30"}, [3]),
        ({"filters.tLevelPlannedEepHours.from": "30"}, [3, 4, 5]),
        ({"filters.tLevelPlannedEepHours.to": "30"}, [1, 2, 3]),
        ({"filters.tLevelPlannedEepHours.after": "30"}, [4, 5]),
        ({"filters.tLevelPlannedEepHours.before": "30"}, [1, 2]),
        ({"filters.studentNumber.search": "s4"}, [4]),
        ({"filters.studentNumber.in": "S2"}, [2]),
        ({"filters.studentNumber.in[0]": "S2", "filters.studentNumber.in[1]": "S5"}, [2, 5]),
        ({"filters.person.equals": "/rest-v2/persons/53"}, [3]),
        ({"filters.isActiveOutgoingSync.equals": "0"}, [2, 4]),
        ({"filters.hoursAtSetting.equals": "NULL"}, [1, 2, 3, 4, 5]),
        ({"filters.person.equals": "NULL"}, []),
        ({"filters.tLevelPlannedEepHours.from": "20", "filters.studentNumber.equals": "S2"}, [2]),
    ],
)
def test_filters(ask, query, expected):
    assert ids(ask.get("/rest-v2/students", params=query)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filters.dateOfBirth.from": "2014-03-02", "filters.dateOfBirth.to": "2014-03-03"}, [52, 53]),
        ({"filters.dateOfBirth.after": "2014-03-02 00:00:00"}, [53, 54, 55]),
        ({"filters.seen.before": "2026-09-01 08:02:00"}, [51]),
        ({"filters.seen.equals": "2026-09-01 08:02:00"}, [52]),
    ],
)
def test_filters_on_dates(ask, query, expected):
    assert ids(ask.get("/rest-v2/persons", params=query), "persons") == expected


@pytest.mark.parametrize(
    "query",
    [
        {"filters.nonsense.equals": "1"}, {"filters.person.like": "1"}, {"filters.person": "1"}, {"page-size": "many"},
        {"filters.tLevelPlannedEepHours.from": "ten"}, {"order-property": "nonsense"},
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_carried_out_is_422(ask, query):
    response = ask.get("/rest-v2/students", params=query)
    assert response.status_code == 422
    assert response.json()["response"]["errors"][0].keys() == {"exception", "message", "trace"}


def test_order_property(ask):
    assert ids(ask.get("/rest-v2/persons", params={"order-property": "legalLastName"}), "persons") == [
        51,
        55,
        52,
        54,
        53,
    ]


@pytest.mark.parametrize(
    ("ask", "pages"),
    [
        (Knobs(page_base=1), {0: [1, 2], 1: [1, 2], 2: [3, 4], 3: [5], 4: []}),
        (Knobs(page_base=0), {0: [1, 2], 1: [3, 4], 2: [5], 3: []}),
        (Knobs(max_page_size=1), {1: [1], 2: [2]}),
        (Knobs(honour_paging=False), {1: [1, 2, 3, 4, 5], 2: [1, 2, 3, 4, 5]}),
    ],
    indirect=["ask"],
)
def test_paging(ask, pages):
    for number, expected in pages.items():
        assert ids(ask.get("/rest-v2/students", params={"page-size": 2, "page-number": number})) == expected


@knobs(default_page_size=3)
def test_a_page_has_the_default_size_when_none_is_asked_or_the_name_is_wrong(ask):
    assert ids(ask.get("/rest-v2/students")) == [1, 2, 3]
    assert ids(ask.get("/rest-v2/students", params={"pageSize": 1})) == [1, 2, 3]


def test_the_change_log_is_between_revisions(ask):
    changes = ask.get("/rest-v2/students/changelog", params={"from-revision": 2, "to-revision": 4}).json()["changes"]
    assert [change["toRevision"] for change in changes] == [3, 4]
    assert changes[0]["changedObject"] == {"entityType": "Student", "href": "/rest-v2/students/3"}
    assert "changes" not in ask.get("/rest-v2/students/changelog", params={"from-revision": 5}).json()


def test_moving_the_world_forward_shows_later_rows_and_logs_what_went(open_to):
    later = {**STORE, "Student": [student(1, 40), *STORE["Student"][2:]]}
    app = ArborServer(OneSchool(stores={DAY: STORE, DAY + dt.timedelta(days=1): later}), DAY)
    ask = open_to(app)
    assert len(ids(ask.get("/rest-v2/students"))) == 5
    app.set_as_of(DAY + dt.timedelta(days=1))
    assert ids(ask.get("/rest-v2/students")) == [1, 3, 4, 5]
    changes = ask.get("/rest-v2/students/changelog", params={"from-revision": 20}).json()["changes"]
    assert {(change["changedObject"]["href"][-1], change["changeType"]) for change in changes} == {
        ("1", "create"),
        ("2", "delete"),
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/rest-v2/students/999", 404), ("GET", "/rest-v2/unicorns", 404),
        ("GET", "/rest-v2/students/1/person", 404),
        ("GET", "/elsewhere", 404), ("POST", "/rest-v2/students", 405), ("PUT", "/rest-v2/students/1", 405),
        ("DELETE", "/rest-v2/students/1", 405),
    ],
)  # fmt: skip
def test_errors_have_arbors_envelope(ask, method, path, status):
    response = ask.request(method, path)
    assert response.status_code == status
    assert response.json()["response"]["code"] == status


@knobs(forbidden=frozenset({"Person"}), withheld=frozenset({"Student.person"}), gone=frozenset({"/rest-v2/students/2"}))
def test_knobs_of_permission(ask):
    assert ask.get("/rest-v2/persons").status_code == 403
    assert "person" not in ask.get("/rest-v2/students").json()["students"][0]
    assert ask.get("/rest-v2/students/2").status_code == 404


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("missing", {}), ("[]", {"ethnicities": []}), ("null", {"ethnicities": None}), ("{}", {"ethnicities": {}}),
    ],
)  # fmt: skip
def test_an_empty_list(open_to, written, answer):
    body = open_to(ArborServer(OneSchool(), DAY, Knobs(empty_list=written))).get("/rest-v2/ethnicities").json()
    assert {name: value for name, value in body.items() if name != "response"} == answer


@pytest.mark.parametrize(
    ("fault", "status", "sign"),
    [
        (Fault.RATE_LIMIT, 429, '"code": 429'), (Fault.SERVER_ERROR, 500, '"code": 500'),
        (Fault.HTML, 200, "<!doctype html>"),
        (Fault.ERROR_IN_ENVELOPE, 200, '"code": 500'), (Fault.TRUNCATED, 200, '{"response"'),
        (Fault.REDIRECT_AWAY, 302, ""),
    ],
)  # fmt: skip
def test_the_nth_request_meets_its_fault_and_the_next_does_not(open_to, fault, status, sign):
    ask = open_to(ArborServer(OneSchool(), DAY, Knobs(faults={1: fault})))
    first, second = (ask.get("/rest-v2/students") for _ in range(2))
    assert first.status_code == status
    assert first.text.startswith(sign) or sign in first.text
    assert ids(second) == [1, 2, 3, 4, 5]


@knobs(revoke_after=2)
def test_a_secret_can_die(ask):
    assert [ask.get("/rest-v2/students").status_code for _ in range(4)] == [200, 200, 401, 401]


@pytest.mark.parametrize(
    ("ask", "second_page"),
    [
        (Knobs(drift=Drift("Student", "remove")), [4, 5]),
        (Knobs(drift=Drift("Student", "add")), [2, 3]),
        (Knobs(drift=Drift("Student", "update")), [3, 4]),
    ],
    indirect=["ask"],
)
def test_rows_move_between_pages(ask, second_page):
    pages = [ids(ask.get("/rest-v2/students", params={"page-size": 2, "page-number": number})) for number in (1, 2)]
    assert pages == [[1, 2], second_page]

"""A client that others might have written against the real service works on the simulator unchanged."""

import datetime as dt

import pytest

from simulator.arbor import ArborServer, Knobs, serve
from simulator.world import days
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.simulator.foreign_client import Gateway, NotFoundError, ServerError

URN = "900002"


@pytest.fixture(scope="module")
def trust():
    return make_trust(scale=TINY)


@pytest.fixture(scope="module")
def store(trust):
    return trust.school(URN).entities(days.CENSUS_DAY)


@pytest.fixture(scope="module", params=[0, 1], ids=["pages from 0", "pages from 1"])
def gateway(request, trust):
    identity = trust.school(URN).identity
    with serve(ArborServer(trust, days.CENSUS_DAY, Knobs(page_base=request.param))) as url:
        yield Gateway(url, identity.application_id, identity.secret, identity.application_id)


def ids(rows):
    return [row["id"] for row in rows]


def test_paths_and_roots_of_every_entity(gateway, store):
    for entity, rows in store.items():
        found = gateway.query(entity, size=1)
        assert len(found) == min(1, len(rows)), entity
        if found:
            assert found[0]["entityType"] == entity
            again = gateway.follow(found[0])
            assert (again["href"], again["displayName"]) == (found[0]["href"], found[0]["displayName"])


def test_a_whole_list_is_walked_without_total_or_next_link(gateway, store):
    for entity in ("Person", "UkDfe_UpnAssignment", "Ethnicity"):
        assert sorted(map(str, ids(gateway.everything(entity, 7)))) == sorted(str(row["id"]) for row in store[entity])


def test_references_dates_tags_and_codes(gateway, store):
    student = gateway.retrieve("Student", store["Student"][0]["id"])
    person = gateway.follow(student["person"])
    assert person["dateOfBirth"] == dt.datetime.combine(
        next(row for row in store["Person"] if row["id"] == person["id"])["dateOfBirth"], dt.time()
    )
    assert gateway.follow(person["gender"])["id"] in {"MALE", "FEMALE"}
    assert student["userTags"] == []
    assert gateway.retrieve("Ethnicity", "WBRI")["href"] == "/rest-v2/ethnicities/WBRI"


def test_the_seven_operators_null_and_order(gateway, store):
    spells = store["EducationalInstitutionEnrolment"]
    day = spells[3]["entryDate"]
    stamp = f"{day} 00:00:00"
    one = spells[0]["student"]
    href = f"/rest-v2/students/{one.id}"
    entity = "EducationalInstitutionEnrolment"
    checks = {
        ("entryDate", "from", stamp): lambda row: row["entryDate"] >= day,
        ("entryDate", "to", stamp): lambda row: row["entryDate"] <= day,
        ("entryDate", "after", stamp): lambda row: row["entryDate"] > day,
        ("entryDate", "before", stamp): lambda row: row["entryDate"] < day,
        ("student", "equals", href): lambda row: row["student"] == one,
        ("leavingDate", "equals", "NULL"): lambda row: row["leavingDate"] is None,
        ("student", "in", href): lambda row: row["student"] == one,
    }
    for condition, wanted in checks.items():
        found = gateway.query(entity, [condition], size=3000)
        assert sorted(ids(found)) == sorted(row["id"] for row in spells if wanted(row)), condition
    name = store["Person"][0]["legalLastName"]
    found = gateway.query("Person", [("legalLastName", "search", name[:3])], size=3000)
    assert sorted(ids(found)) == sorted(
        r["id"] for r in store["Person"] if name[:3].lower() in r["legalLastName"].lower()
    )
    ordered = gateway.query("Person", size=3000, order="legalLastName")
    assert [row["legalLastName"] for row in ordered] == sorted(row["legalLastName"] for row in store["Person"])


def test_the_change_log(gateway, store):
    revisions = sorted(row["revision"] for row in store["Student"])
    middle = revisions[len(revisions) // 2]
    told = gateway.changes("Student", middle)
    assert sorted(change["toRevision"] for change in told) == [one for one in revisions if one > middle]
    assert {change["changedObject"]["entityType"] for change in told} <= {"Student"}
    assert all(change["changeType"].startswith(("create", "update", "delete")) for change in told)
    assert gateway.changes("Student", revisions[-1]) == []
    assert len(gateway.changes("Student", 0, middle)) == sum(one <= middle for one in revisions)


def test_errors(gateway):
    with pytest.raises(NotFoundError):
        gateway.retrieve("Student", 10**9)
    with pytest.raises(NotFoundError):
        gateway.query("Starship")
    assert gateway.query("Person", [("noSuchProperty", "equals", "1")]) == 422
    stranger = Gateway(gateway.base, "somebody", "else", "somebody")
    with pytest.raises(ServerError, match="401"):
        stranger.query("Person")


def test_graphql_arrays_hops_and_introspection(gateway, store):
    told = gateway.graphql(
        "{ Student(page_size:2, page_num:0) { id person { id gender { code } } } Term { termName } }"
    )
    assert [row["id"] for row in told["data"]["Student"]] == [str(row["id"]) for row in store["Student"][:2]]
    assert told["data"]["Student"][0]["person"]["gender"]["code"] in {"MALE", "FEMALE"}
    assert len(told["data"]["Term"]) == len(store["Term"])
    day = store["AttendanceRollCallRecord"][0]["recordDate"]
    query = '{ AttendanceRollCallRecord(recordDate_after_or_equal:"%s", page_size:3000){ id recordDate } }'
    found = gateway.graphql(query % day)["data"]["AttendanceRollCallRecord"]
    assert len(found) == sum(row["recordDate"] >= day for row in store["AttendanceRollCallRecord"][:3000])
    described = gateway.graphql('{ __type(name: "UkDfe_UpnAssignment") { name fields { name } } }')["data"]["__type"]
    assert {"id", "upn", "student"} <= {field["name"] for field in described["fields"]}
    hop = gateway.graphql('{ Person(gender__code: "FEMALE", page_size: 3000) { id } }')["data"]["Person"]
    assert len(hop) == sum(row["gender"].id == "FEMALE" for row in store["Person"] if row["gender"])


def test_a_missing_permission_has_the_words_that_clients_look_for(trust):
    identity = trust.school(URN).identity
    knobs = Knobs(withheld=frozenset({"Student.nhsNumber"}))
    with serve(ArborServer(trust, days.CENSUS_DAY, knobs)) as url:
        told = Gateway(url, identity.application_id, identity.secret, identity.application_id).graphql(
            "{ Student(page_size:1) { id nhsNumber } }"
        )
    assert told["errors"][0]["message"] == "You do not have access to `Student.nhsNumber`."
    assert told["data"]["Student"][0]["nhsNumber"] is None

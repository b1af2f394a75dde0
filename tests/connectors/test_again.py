"""A long list that is found again by the bytes of its answers: only when every byte is the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.arbor import again, graphql, rows
from connectors.arbor.again import found_again, half_a_page
from connectors.arbor.resources import ENTITIES
from connectors.arbor.walk import Listing, Paging, Walk
from connectors.mis import TornSnapshot
from simulator.arbor import Drift, Knobs
from tests.connectors.arbor_school import plan

ENTITY = ENTITIES["UkDfe_UpnAssignment"]
LISTING = Listing(ENTITY, ("upn",))
ROOT = ENTITY.list_root


class Server:
    """Pages of a list as REST gives them; `between` is what stands between two rows."""

    def __init__(self, count, between=","):
        self.rows = [
            {"href": f"/rest-v2/{ENTITY.path}/{number}", "revisionId": number, "upn": f"A{number}", "tags": [{"x": 1}]}
            for number in range(count)
        ]
        self.between, self.tail, self.asked = between, "", []

    def body(self, ask):
        self.asked.append((ask.number, ask.size))
        size = ask.size or 10
        told = self.between.join(json.dumps(row) for row in self.rows[ask.number * size : (ask.number + 1) * size])
        return f'{{"response":{{"code":200,"errors":[]}},"{ROOT}":[{told}]{self.tail}}}'.encode().replace(
            b',"errors":[]', b""
        )

    def page(self, ask):
        return rows.read_list(self.body(ask), ENTITY, LISTING.properties)

    def read(self):
        walk = Walk(LISTING, Paging(first=0, largest=10), strict=False)
        while not walk.ended:
            walk.take(self.page(walk.ask))
        self.asked.clear()
        return walk.done()

    def again(self, held):
        return found_again(LISTING, held, half_a_page(held), 0, self.body, self.page)


@pytest.mark.parametrize("between", [",", ", "])
@pytest.mark.parametrize("count", [31, 35, 36, 40, 57])
def test_a_list_that_is_the_same_is_found_again_in_halves_of_its_pages(count, between):
    server = Server(count, between)
    held = server.read()
    found = server.again(held)
    assert (found.table, found.sha256, found.listed) == (held.table, held.sha256, count)
    assert {size for _, size in server.asked} == {5}
    assert [number for number, _ in server.asked] == list(range(-(-count // 5) + 1)), "with the empty page at its end"


CHANGES = {
    "a value": lambda server, at: server.rows[at].update(upn="B"),
    "a row less": lambda server, at: server.rows.pop(at),
    "a row more": lambda server, at: server.rows.insert(at, dict(server.rows[at])),
    "a row more at the end": lambda server, at: server.rows.append(dict(server.rows[at])),
    "rows in another order": lambda server, at: server.rows.append(server.rows.pop(min(at, 55))),
    "a property more": lambda server, at: server.rows[at].update(more=None),
    "what stands after the list": lambda server, at: setattr(server, "tail", f',"next":[{at}]'),
}


@given(at=st.integers(0, 56), change=st.sampled_from(sorted(CHANGES)))
def test_whatever_differs_the_list_has_to_be_read(at, change):
    server = Server(57)
    held = server.read()
    CHANGES[change](server, at)
    assert server.again(held) is None


@given(data=st.data())
def test_no_byte_of_any_answer_may_differ(data):
    server = Server(41)
    held, honest = server.read(), server.body
    which = data.draw(st.integers(0, 8))

    def lying(ask):
        body = honest(ask)
        if ask.number != which:
            return body
        inside = range(body.index(b"[") + 1, body.rindex(b"]"))
        place = data.draw(st.sampled_from(inside))
        return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]

    server.body = lying
    assert server.again(held) is None


@pytest.mark.parametrize("count", [0, 9, 30])
def test_a_short_list_is_not_worth_it(count):
    assert half_a_page(Server(count).read()) is None


def test_a_page_that_was_not_full_before_the_last_has_no_half():
    server = Server(50)
    walk = Walk(LISTING, Paging(first=0, largest=10), strict=True)
    for number, size in enumerate((10, 10, 9, 10, 10)):
        body = server.body(type("Ask", (), {"number": number, "size": 10}))
        table = rows.read_list(body, ENTITY, LISTING.properties)
        walk.take(rows.Page(table.table.slice(0, size), table.present, sha256=table.sha256))
    assert half_a_page(walk.done()) is None


@pytest.fixture
def parsed(monkeypatch):
    """Counts answers that are read, not only taken."""
    count = {"read": 0}
    for where, name in ((rows, "_by_arrow"), (graphql.GraphqlDoor, "_by_arrow")):
        real = getattr(where, name)

        def counting(*given, real=real):
            count["read"] += 1
            return real(*given)

        monkeypatch.setattr(where, name, counting)
    return count


@pytest.mark.parametrize("door", ["rest", "graphql"])
def test_the_second_reading_of_long_lists_reads_nothing(mis, parsed, monkeypatch, door):
    """Both ways give the same; without the shorter one, every answer is read twice."""
    knobs = Knobs(max_page_size=200)
    short = mis(knobs=knobs, door=door).snapshot(plan("upn", "attendance_mark"))
    told, parsed["read"] = parsed["read"], 0
    monkeypatch.setattr(again, "LONG", 10**9)
    whole = mis(knobs=knobs, door=door).snapshot(plan("upn", "attendance_mark"))
    assert all(short.frames[name].equals(frame) for name, frame in whole.frames.items())
    assert told < 0.7 * parsed["read"]


@pytest.mark.parametrize("place", ["front", "middle", "end"])
@pytest.mark.parametrize("action", ["add", "remove", "update"])
@pytest.mark.parametrize("pages", [9, 12])
def test_what_moves_while_a_list_is_found_again_is_in_the_snapshot_or_it_is_torn(mis, action, place, pages):
    """The first reading of some thirty rows takes eight pages of four, so that these changes fall into the second."""
    drift = Drift(ENTITY.name, action, after_pages=pages, place=place, logged=False)
    school = mis(knobs=Knobs(max_page_size=4, drift=drift))
    before = len(school.store[ENTITY.name])
    try:
        frame = school.snapshot(plan("upn")).frames["upn"]
    except TornSnapshot:
        return
    assert school.app.school(school.urn)._drifts == 1
    assert len(frame) == len(school.store[ENTITY.name]) == before + {"add": 1, "remove": -1, "update": 0}[action]

"""Signing in: passkeys, sessions, locks, and what a stranger sees."""

import re

import pytest

from console import limits, sessions
from console.limits import Meter
from tests.console.at_the_desk import ORIGIN, RP_ID
from tests.console.authenticator import Authenticator


def test_an_invited_person_sets_up_a_passkey_and_signs_in_with_it(shared):
    browser = shared.stranger()
    device = browser.enrol("helen")
    answer = browser.sign_in(device)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Helen Ashworth" in browser.get("/").text
    assert shared.noted()[-2:] == [("enrolled a passkey", "helen"), ("signed in", "helen")]
    assert browser.post("/sign-out").headers["location"] == "/sign-in?said=out"
    assert browser.get("/").headers["location"] == "/sign-in"
    assert shared.noted()[-1] == ("signed out", "helen")


def test_an_invitation_works_once_and_for_three_days(shared):
    browser, code = shared.stranger("192.0.2.9"), shared.invite("priya")
    page = browser.post("/enrol", code=code)
    options = browser.options(page)
    assert "is set up" in browser.post("/enrol/passkey", answer=Authenticator(ORIGIN, RP_ID).create(options)).text
    assert browser.post("/enrol", code=code).status_code == 401
    late = shared.invite("priya")
    shared.clock.on(days=3)
    try:
        assert browser.post("/enrol", code=late).status_code == 401
    finally:
        shared.clock.on(days=-3)


@pytest.mark.parametrize(
    ("origin", "rp_id", "verifies"),
    [("https://desk.evil", RP_ID, True), (ORIGIN, "evil", True), (ORIGIN, RP_ID, False)],
    ids=["another origin", "another host", "user not verified"],
)
def test_an_answer_that_is_not_for_this_desk_is_refused(shared, origin, rp_id, verifies):
    browser = shared.stranger(f"198.51.100.{len(origin + rp_id)}")
    device = browser.enrol("daniel")
    device.origin, device.rp_id, device.verifies = origin, rp_id, verifies
    assert browser.sign_in(device).status_code == 401
    assert shared.noted()[-1] == ("refused", "daniel")


def test_a_challenge_is_answered_once(shared):
    browser = shared.stranger("192.0.2.20")
    device = browser.enrol("ruth")
    answer = device.get(browser.options(browser.get("/sign-in")))
    ceremony = browser.client.cookies[sessions.CEREMONY_COOKIE]
    assert browser.post("/sign-in", answer=answer).status_code == 303
    again = shared.stranger("192.0.2.21")
    again.client.cookies.set(sessions.CEREMONY_COOKIE, ceremony)
    assert again.post("/sign-in", answer=answer).status_code == 401


def test_a_copied_passkey_whose_counter_goes_back_is_refused(shared):
    browser = shared.stranger("192.0.2.22")
    device = browser.enrol("ruth")
    device.counter = 9
    assert browser.sign_in(device).status_code == 303
    device.counter = 3
    assert browser.sign_in(device).status_code == 401


def test_ten_failed_attempts_shut_the_door_and_time_opens_it(shared):
    browser = shared.stranger("203.0.113.7")
    for _ in range(limits.ATTEMPTS):
        assert browser.post("/enrol", code="00000-00000-00000-00000").status_code == 401
    shut = browser.get("/sign-in")
    assert (shut.status_code, shut.headers["retry-after"]) == (429, "900")
    assert shared.noted()[-1] == ("shut", "")
    assert shared.stranger("203.0.113.8").get("/sign-in").status_code == 200
    shared.clock.on(minutes=15)
    try:
        assert browser.get("/sign-in").status_code == 200
    finally:
        shared.clock.on(minutes=-15)


@pytest.mark.parametrize("minutes", [30, 601], ids=["idle", "too long"])
def test_a_session_ends(shared, minutes):
    browser = shared.enter("priya")
    for _ in range(minutes // 29):
        assert browser.get("/").status_code == 200
        shared.clock.on(minutes=29)
    shared.clock.on(minutes=minutes % 29)
    try:
        assert browser.get("/").headers["location"] == "/sign-in"
    finally:
        shared.clock.on(minutes=-minutes)


def test_a_person_who_left_the_register_is_nobody(shared):
    assert shared.enter("nobody").get("/").headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    "form", [{"csrf": ""}, {"csrf": "0" * 64}, {"origin": "https://evil.test"}, {"origin": "null"}], ids=str
)
def test_a_form_from_elsewhere_is_refused(shared, form):
    browser = shared.enter("priya")
    assert browser.post("/sign-out", **form).status_code == 403
    assert browser.get("/").status_code == 200


def test_a_form_that_is_too_large_is_refused(shared):
    assert shared.enter("priya").post("/sign-out", words="x" * 300_000).status_code == 413


def test_every_answer_carries_the_headers(shared):
    for path in ("/sign-in", "/nowhere", "/static/desk.css"):
        headers = shared.stranger().get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert "max-age" in headers["strict-transport-security"]
    assert shared.enter("priya").get("/").headers["cache-control"] == "no-store"


def test_cookies_are_for_this_host_alone_and_out_of_reach_of_scripts(shared):
    browser = shared.stranger("192.0.2.30")
    cookie = browser.sign_in(browser.enrol("helen")).headers["set-cookie"]
    assert cookie.startswith("__Host-desk=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))


def test_a_crawler_without_a_session_sees_the_door_and_nothing_else(shared):
    seen, left = {}, ["/", "/schools/900002/2026-autumn", "/robots.txt", "/static/../place.py", "/nowhere"]
    browser = shared.stranger("192.0.2.40")
    while left:
        path = left.pop()
        answer = browser.get(path)
        seen[path] = answer.status_code
        found = [*re.findall(r'(?:href|src|action)="(/[^"#]*)"', answer.text), answer.headers.get("location", "")]
        left += [one for one in found if one and one not in seen]
    assert {path for path, status in seen.items() if status == 200} == {
        "/sign-in", "/enrol", "/static/desk.css", "/static/mark.svg", "/static/passkey.js",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/record", "/sign-out", "/nowhere", "/files/x/sign", "/calendar/edit"])
def test_a_stranger_cannot_tell_a_page_from_none(shared, path):
    client = shared.stranger("192.0.2.41").client
    answers = [client.get(path), client.post(path), client.post(path, headers={"Origin": ORIGIN}), client.delete(path)]
    assert {(one.status_code, one.headers.get("location")) for one in answers} == {(303, "/sign-in")}


def test_nothing_of_a_cookie_or_code_is_kept(shared):
    code = shared.invite("priya")
    token = shared.desk.store.open_session("priya", shared.clock())
    kept = b"".join(path.read_bytes() for path in shared.desk.opened.settings.home.glob("desk.sqlite*"))
    assert code.encode() not in kept
    assert token.encode() not in kept


def test_too_many_requests_of_one_address_are_turned_away():
    meter = Meter(allowed=3)
    assert [meter.passes("a") for _ in range(4)] == [True, True, True, False]
    assert meter.passes("b")

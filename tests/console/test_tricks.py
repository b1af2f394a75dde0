"""What somebody may type, wherever a page takes anything: addresses, questions, forms, and the names of pupils."""

import csv
import io
import itertools
import re

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from console.guard import SHAPES
from console.routes import ROUTES
from exports.signing import Role
from tests.console.at_the_desk import AUTUMN, CLEAN, FAULTY, ORIGIN, PERSON_OF
from tests.console.hostile import NAMES
from tests.console.test_who_sees_what import parts_for
from tests.nightly import NIGHTLY

RETURN = f"/schools/{FAULTY}/{AUTUMN}"
MARKUP = "<script>alert(1)</script>"
ASKED = (MARKUP, "x\r\nSet-Cookie: trick=1", "\x00", "'\"><b>", "a" * 2000, "//evil.example")
ENTERED = (MARKUP, "../../x", "\x00", "\N{GRINNING FACE}" * 200)
"""In what a question names and what a form holds: by day the first of them, on every page; at night all."""
TRICKS = (
    "..%2F..%2Fetc%2Fpasswd", "%2e%2e%2f%2e%2e%2fetc", "%252e%252e%252f", "%00",
    "a%00b",
    "x%0d%0aSet-Cookie:%20trick=1", "a" * 5000, "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "'%20OR%20'1'='1", "%ff%fe",
    "%F0%9F%92%A9", "con", "C:%5CWindows", "%7B%7B7*7%7D%7D", "-1", "*",
)  # fmt: skip
QUESTIONS = ("kind", "school", "agreement", "state", "recipient", "period", "day", "clause", "with", "from", "said",
             "next", "code", "error")  # fmt: skip
FIELDS = (
    "rule", "words", "pupil", "what", "form", "upn", "role", "act", "answer", "reference", "step", "why",
    "field", "value", "code", "reason", "agree", "to", "ends", "least", "most", "joined", "delegation",
    "right", "requester", "relation", "contact", "received", "identity", "authority", "capacity", "views",
    "orders", "on", "named", "before", "ruling", "ground", "how", "called", "complainant", "review", "hold",
    "lifted", "kind", "ruling", "recipient", "method", "fields", "basis", "clause", "gateway", "article_9", "note",
    "schedule_1", "withheld", "stage", "upns", f"pupils{CLEAN}", "pupils900004",
)  # fmt: skip
FIELDLESS = {"run", "sign out", "verify", "switch off", "confirm the register"}
"""Forms that are a button alone: to send one is to press it."""
WITH_PARTS = [page for page in ROUTES if "{" in page.path]
addresses = itertools.count(1)


def unknown(shared, person):
    """Somebody of the whole trust, whom the meter of requests does not know yet."""
    browser = shared.enter(person)
    browser.client = TestClient(
        shared.app, base_url=ORIGIN, cookies=browser.client.cookies, follow_redirects=False,
        client=(f"203.0.113.{next(addresses)}", 4000),
    )  # fmt: skip
    return browser


@pytest.fixture
def priya(shared):
    """A data manager."""
    return unknown(shared, "priya")


@pytest.fixture
def whoever(shared):
    """For each page somebody who may come in."""
    held = {Role(role): unknown(shared, person) for role, person in PERSON_OF.items()}
    return lambda page: next(browser for role, browser in held.items() if role in page.roles or not page.roles)


def parts(page):
    return re.findall(r"\{(\w+)\}", page.path)


def asked(browser, page, path):
    return browser.get(path) if page.method == "GET" else browser.post(path)


def harmless(answer):
    """Nothing of the program, no markup and no header that the trick brought along."""
    assert answer.status_code < 500
    assert MARKUP not in answer.text
    assert "trick" not in answer.headers.get("set-cookie", "")
    assert "root:" not in answer.text
    assert re.match(r"/(?!/)", answer.headers.get("location", "/"))


def test_every_part_of_an_address_has_a_shape():
    assert {part for page in ROUTES for part in parts(page)} == set(SHAPES)


@pytest.mark.parametrize("page", WITH_PARTS, ids=lambda page: f"{page.method} {page.name}")
def test_an_address_with_a_trick_in_it_does_not_exist(shared, priya, page):
    told = parts_for(shared, CLEAN)
    for part, trick in itertools.product(parts(page), TRICKS):
        if SHAPES[part].fullmatch(trick):
            continue
        path = page.path.format(**told | {part: trick})
        answer = asked(priya, page, path)
        harmless(answer)
        assert answer.status_code in {303, 404}, (part, trick[:20])


@pytest.mark.parametrize("page", WITH_PARTS, ids=lambda page: f"{page.method} {page.name}")
def test_an_address_of_nothing_that_there_is_ends_in_a_page(whoever, page):
    nothing = {"school": "999999", "period": "2026-nothing", "waybill": "f" * 64, "agreement": "nothing", "pupil": "A",
               "standing": "f" * 64, "number": "999999", "case": "case_nothing"}  # fmt: skip
    answer = asked(whoever(page), page, page.path.format(**nothing))
    harmless(answer)
    assert answer.status_code in {303, 404, 409, 422}


def test_no_answer_leads_to_a_host_that_a_request_names(priya):
    for path in (f"{RETURN}/", "/sign-in/", "/schools//", "/disclosures/"):
        answer = priya.client.get(path, headers={"Host": "evil.example"})
        assert (answer.status_code, "location" in answer.headers) == (404, False), path


@pytest.mark.parametrize("trick", ASKED if NIGHTLY else ASKED[:3])
def test_a_question_with_a_trick_in_it_is_only_a_question(shared, whoever, trick):
    told = parts_for(shared, FAULTY)
    for page in ROUTES:
        if page.method == "GET":
            answer = whoever(page).client.get(page.path.format(**told), params=dict.fromkeys(QUESTIONS, trick))
            harmless(answer)
            assert "<b>" not in answer.text.replace("&", "")


def test_no_page_opens_a_file_that_a_question_names(shared, priya, tmp_path):
    kept = tmp_path / "nhs_dental.yaml"
    kept.write_bytes((shared.demo.settings.trust / "agreements" / "nhs_dental.yaml").read_bytes())
    compared = priya.client.get("/agreements/nhs_vision/compare", params={"with": "nhs_dental"})
    assert compared.status_code == 200
    for path in (kept, shared.demo.settings.trust / "trust.toml", "/etc/passwd"):
        answer = priya.client.get("/agreements/nhs_vision/compare", params={"with": str(path)})
        assert (answer.status_code, "has no agreement" in answer.text) == (404, True)


@pytest.mark.parametrize("trick", ENTERED if NIGHTLY else ENTERED[:2])
def test_a_form_with_a_trick_in_it_does_nothing(shared, whoever, trick):
    before = shared.demo.installation.ledger.head().seq
    told = parts_for(shared, FAULTY)
    for page in ROUTES:
        if page.method == "POST" and page.name not in FIELDLESS:
            harmless(whoever(page).post(page.path.format(**told), **dict.fromkeys(FIELDS, trick), text=trick))
    kinds = {event.kind for event in shared.demo.installation.ledger.events() if event.seq > before}
    refused = {"case refused"}  # whatever words are given are the reason, and sealed
    assert kinds <= {"looked up", "desk", "protection register listed"} | refused


def test_pupils_called_like_markup_are_called_so_and_no_more(priya):
    page = priya.get(RETURN).text
    for name in NAMES:
        assert name.replace("<", "").strip() not in page or "<" not in name
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{7*7}}" in page
    assert re.findall(r"<(?:img|b|script)\b(?! src=\"/static/)", page) == []
    assert re.findall(r"<[^>]*\son\w+=", page) == []


def test_pupils_called_like_formulas_are_texts_in_every_list(priya):
    listed = priya.post(f"{RETURN}/list", what="findings", form="csv").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(listed)) for cell in row]
    assert {"'=1+1", "'+1+1", "'-1+1", "'@SUM(A1)"} <= set(cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    workbook = load_workbook(io.BytesIO(priya.post(f"{RETURN}/list", what="findings", form="xlsx").content))
    held = [cell for row in workbook.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in held} == {"s"}
    assert "=1+1" in {cell.value for cell in held}

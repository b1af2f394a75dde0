"""What the other side answered, taken in at the desk: uploads as browsers send them, and nothing else."""

import itertools

import pytest

from console import uploads
from console.guard import LARGEST_UPLOAD
from exports.checklist import COUNTS
from exports.signing import Role
from pipelines.actions import following, releasing, signing
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.console.at_the_desk import AUTUMN, CLEAN, at_the_desk
from tests.console.conftest import EVENING

CENSUS = "dfe_autumn_census"
SAME, MORE = b"Rule,Count\r\n", b"Rule,Count\r\n1510,2\r\n1540,1\r\n"


@pytest.fixture(scope="module")
def after(tmp_path_factory):
    """A desk whose one return was handed over without a finding."""
    home = tmp_path_factory.mktemp("after") / "home"
    with at_the_desk(home, make_trust(scale=TINY), EVENING, (CLEAN,)) as at:
        waybill = the_file(at)
        helen = at.enter("helen")
        question = helen.post(f"/files/{waybill}/signing", role="head")
        helen.post(f"/files/{waybill}/signature", answer=at.devices["helen"].get(helen.options(question)))
        priya = at.demo.acting("priya")
        signing.sign_release(priya, waybill, Role.DATA_MANAGER, at.demo.key("priya"), waybill[:8])
        releasing.release(priya, releasing.ReleaseRequest(CENSUS, CLEAN, AUTUMN))
        yield at


def the_file(at):
    (release,) = at.demo.installation.ledger.releases(school=CLEAN, agreement=CENSUS)
    return release.waybill


def take(at, data: bytes, person: str = "priya", name: str = "errors.csv", **changes):
    browser = at.enter(person)
    return browser.post(f"/deliveries/{the_file(at)}/answer", files={"answer": (name, data, "text/csv")}, **changes)


def taken(at):
    return following.answers(at.demo.acting("priya"), the_file(at))


def page(at, person="priya"):
    return at.enter(person).get(f"/deliveries/{the_file(at)}").text


def test_other_counts_are_listed_beside_ours_and_tick_nothing(after):
    answer = take(after, MORE)
    assert answer.headers["location"] == f"/deliveries/{the_file(after)}?said=answered"
    shown = page(after)
    assert "2 counts of 2 are not ours" in shown
    assert '<th scope="row">1510</th><td class="number">0</td><td class="number">2</td>' in shown
    assert COUNTS not in following.checklist_of(after.demo.acting("priya"), CLEAN, AUTUMN).ticks


def test_the_same_counts_tick_that_step_in_the_name_of_who_took_them_in(after):
    take(after, SAME, person="helen")
    assert "taken in by helen" in page(after)
    assert following.checklist_of(after.demo.acting("priya"), CLEAN, AUTUMN).ticks[COUNTS].by == "helen"


@pytest.mark.parametrize(("received", "words"), [(-1, "1 count of 2 is not ours"), (0, "2 counts, none different")])
def test_an_acknowledgement_is_held_against_the_pupils_of_the_file(after, received, words):
    here = after.demo.installation
    pupils = signing.show(after.demo.acting("priya"), the_file(after)).waybill.tally.pupils
    take(after, f"File,Rows received,Rejected\nx,{pupils + received},0\n".encode())
    assert taken(after)[-1].answer.kind == "acknowledgement"
    assert words in page(after)
    sealed = here.ledger.events("answer")[-1].body["artefact"]
    assert here.vault.open(str(sealed)).startswith(b"File,Rows received")


def test_cells_that_could_not_be_read_are_named_by_place(after):
    take(after, MORE + b"Ann Example,7\r\n")
    shown = page(after)
    assert "line 4, column 1" in shown
    assert "Ann Example" not in shown


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choose the file"),
        (b"Rule,Count\r\nAnn Example,x\r\n", "in line 2, column 1,"),
        (b"Name,Count\r\nAnn Example,1\r\n", "has a heading for a rule&#39;s number"),
        (b"PK\x03\x04Ann Example", "the file is a workbook"),
    ],
    ids=["no file", "no number", "no heading", "a workbook"],
)
def test_a_faulty_file_is_refused_by_place_without_a_word_of_it(after, data, words):
    before = len(taken(after))
    answer = take(after, data, name="Ann Example.csv")
    assert answer.status_code == 422
    assert '<a href="#answer">' in answer.text
    assert words in answer.text
    assert 'aria-invalid="true" aria-describedby="answer-hint answer-fault"' in answer.text
    assert "Ann Example" not in answer.text
    assert len(taken(after)) == before
    assert take(after, SAME).status_code == 303


@pytest.mark.parametrize("changes", [{"csrf": ""}, {"csrf": "0" * 64}, {"origin": "https://evil.test"}], ids=str)
def test_an_upload_from_elsewhere_is_refused(after, changes):
    before = len(taken(after))
    assert take(after, SAME, **changes).status_code == 403
    assert len(taken(after)) == before


@pytest.mark.parametrize("person", ["ruth", "amina", "tom"])
def test_who_follows_no_file_takes_nothing_in_and_sees_no_form(after, person):
    before = len(taken(after))
    assert take(after, SAME, person=person).status_code == 403
    assert len(taken(after)) == before
    assert ("/answer" in page(after, person), "/answer" in page(after)) == (False, True)


def test_a_stranger_is_led_to_the_door_before_anything_is_read(after):
    answer = after.stranger().post(
        f"/deliveries/{the_file(after)}/answer", files={"answer": ("x", b"x" * (LARGEST_UPLOAD + 1))}
    )
    assert answer.headers["location"] == "/sign-in"


@pytest.mark.parametrize(("over", "status"), [(-1000, 422), (1, 413)], ids=["as large as may be", "larger"])
def test_a_file_may_be_so_large_and_no_larger(after, over, status):
    assert take(after, b"x" * (LARGEST_UPLOAD + over)).status_code == status


def test_no_other_page_takes_a_file(after):
    answer = after.enter("priya").post(f"/deliveries/{the_file(after)}/tick", files={"answer": ("x", SAME)})
    assert answer.status_code == 403


def test_nothing_comes_back_for_a_file_that_has_not_left(shared):
    browser, ledger = shared.enter("priya"), shared.demo.installation.ledger
    waiting = next(one for one in ledger.releases() if one.state in {"prepared", "approved"})
    path = f"/deliveries/{waiting.waybill}"
    assert "What the other side answered" not in browser.get(path).text
    assert browser.post(f"{path}/answer", files={"answer": ("x.csv", SAME, "text/csv")}).status_code == 409
    assert ledger.events("answer", waybill=waiting.waybill) == []


KIND = "multipart/form-data; boundary=----desk"
CSRF = b'------desk\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nabc\r\n'
FILE = (
    b'------desk\r\nContent-Disposition: form-data; name="answer"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
)
END = b"\r\n------desk--\r\n"


@pytest.mark.parametrize("data", [b"", b"\r\n", b"a\r\n\r\nb--", b"\x00\xff--desk\r\n--", b"\n------desk--"], ids=repr)
def test_the_bytes_of_a_file_come_as_they_were(data):
    assert uploads.read(KIND, CSRF + FILE + data + END) == uploads.Sent({"csrf": "abc"}, data)


WHOLE = CSRF + FILE + b"x" + END


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", WHOLE),
        ("multipart/mixed; boundary=----desk", WHOLE),
        (KIND + "x", WHOLE),
        (KIND, b""),
        (KIND, b"junk\r\n" + WHOLE),
        (KIND, WHOLE + b"junk"),
        (KIND, WHOLE.removesuffix(END)),
        (KIND, CSRF + FILE + b"x\r\n" + FILE + b"y" + END),
        (KIND, CSRF * 60 + FILE + b"x" + END),
        (KIND, WHOLE.replace(b"form-data; name", b"attachment; name")),
        (KIND, WHOLE.replace(b"Content-Type: text/csv", b"Content-Transfer-Encoding: base64")),
        (KIND, WHOLE.replace(b"\r\n", b"\n")),
    ],
    ids=["no boundary", "another kind", "another boundary", "empty", "something before", "something after", "cut off",
         "two files", "too many parts", "no form's part", "an encoding", "other ends of lines"],
)  # fmt: skip
def test_what_no_browser_sends_is_refused(kind, body):
    with pytest.raises(uploads.MalformedFormError):
        uploads.read(kind, body)


def test_a_form_cut_anywhere_is_refused(after):
    whole = CSRF + FILE + SAME + END
    for at in itertools.chain(range(0, len(whole) - len(b"\r\n"), 7), [len(whole) - 3]):
        with pytest.raises(uploads.MalformedFormError):
            uploads.read(KIND, whole[:at])
    browser = after.enter("priya")
    answer = browser.client.post(
        f"/deliveries/{the_file(after)}/answer", content=whole[:-5], headers={"Content-Type": KIND, "Origin": "x"}
    )
    assert answer.status_code == 400

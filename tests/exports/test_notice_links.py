"""Links of a notice: found in every way of writing them, judged without a network, asked for only on request."""

import pytest

from exports.notice_links import check_links
from tests.exports.trust_folder import FOLDER

SOUND = [
    "https://www.gov.uk/education",
    "https://ico.org.uk/make-a-complaint/",
    "dpo@fernhill.example",
    "https://example.org:8443/a?b=c#d",
]
UNSOUND = {
    "http://ico.org.uk/": "https://",
    "https://localhost/": "domain",
    "https:///nowhere": "domain",
    "https://user:word@ico.org.uk/": "user name",
    "https://ico.org.uk:port/": "not a web address",
    "ftp://ico.org.uk/": "https://",
    "www.gov.uk/education": "https://",
    "dpo@fernhill": "no domain",
}


@pytest.mark.parametrize("written", ["see {} for more", "see <{}>.", "[here]({})", "{}"])
@pytest.mark.parametrize("address", SOUND)
def test_a_sound_address_is_found_and_nothing_is_wrong_with_it(address, written):
    link = f"mailto:{address}" if "@" in address and written != "{}" else address
    assert [(one.line, one.address, one.wrong) for one in check_links("first\n" + written.format(link))] == [
        (2, address if written == "see {} for more" else link, None)
    ]


@pytest.mark.parametrize("address", UNSOUND)
def test_an_address_that_cannot_be_right_is_said(address):
    (link,) = check_links(f"see {address} for more")
    assert link.wrong is not None
    assert UNSOUND[address] in link.wrong


def test_a_full_stop_after_a_link_is_no_part_of_it():
    (link,) = check_links("Complain: https://ico.org.uk/make-a-complaint.")
    assert link.address == "https://ico.org.uk/make-a-complaint"


def test_only_sound_web_addresses_are_asked_for_and_only_on_request():
    asked = []

    def nowhere(address: str) -> str:
        asked.append(address)
        return "it answers 404"

    text = "https://ico.org.uk/ http://ico.org.uk/ dpo@fernhill.example"
    assert check_links(text)[0].wrong is None
    assert [link.wrong for link in check_links(text, nowhere)] == [
        "it answers 404",
        "it does not begin with https://",
        None,
    ]
    assert asked == ["https://ico.org.uk/"]


def test_the_demos_links_are_sound():
    links = check_links((FOLDER / "notice.md").read_text(encoding="utf-8"))
    assert len(links) == 3
    assert [link.wrong for link in links] == [None] * 3

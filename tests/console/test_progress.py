"""What the last run of a return changed, and how the return has come along."""

import re

from pipelines.actions import preparing
from simulator.deployment import CENSUS_DAY
from simulator.world.faults import with_faults
from simulator.world.schools import TINY
from simulator.world.trust import make_trust
from tests.console.at_the_desk import AUTUMN, FAULTY

RETURN = f"/schools/{FAULTY}/{AUTUMN}"


def prepared(desk, *faults):
    """Prepare the return with these faults in the MIS, and return its page."""
    desk.demo.arbor.trust = with_faults(make_trust(scale=TINY), FAULTY, faults)
    desk.demo.arbor.set_as_of(CENSUS_DAY)
    desk.clock.on(minutes=10)
    assert not preparing.prepare(desk.demo.installation, AUTUMN, school=FAULTY).failures
    return desk.enter("priya").get(RETURN).text


def moved(page, caption):
    """The rows of one table of what changed: what, then its figures."""
    table = re.search(rf"<caption>{caption}</caption>.*?</table>", page, re.DOTALL)
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", table[0], re.DOTALL) if table else []
    cells = (re.sub(r"<[^>]+>", "|", row).split("|") for row in rows)
    return [[cell.strip() for cell in row if cell.strip()] for row in cells]


def test_what_is_new_and_gone_since_the_last_run_is_said(empty):
    first = prepared(empty, "surname missing")
    assert "Since the run of" not in first
    second = prepared(empty, "surname missing", "upn check letter")
    (row,) = moved(second, "Findings")
    assert "check letter" in row[0]
    assert row[-2:] == ["1", "none"]
    assert ["Findings that block", "0", "1", "+1"] in moved(second, "Totals")
    assert "1 new since the last run" in second
    third = prepared(empty, "surname missing")
    (row,) = moved(third, "Findings")
    assert row[-2:] == ["none", "1"]
    assert "went from 0 to 0" in third  # the chart says its ends in words
    table = re.search(r"The same as a table.*?</table>", third, re.DOTALL)[0]
    blocking = re.findall(r"</th><td class=\"number\">(\d+)</td>", table)
    assert blocking == ["0", "1", "0"]
    assert third.count('<circle class="blocking"') == 3 + 1  # one for each preparation, one in the key
    assert moved(prepared(empty, "surname missing"), "Findings") == [row]  # nothing changed: no new preparation

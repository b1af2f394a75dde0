"""The record of processing holds what Article 30(1) asks for, of every sharing there is, in three forms that agree."""

import datetime as dt
import io
import json
from dataclasses import replace
from functools import cache

import openpyxl
import pytest

from exports.controller import FILE, ControllerUnreadable, load_controller
from exports.observed import MARK, Observed
from exports.records import Records, load_records
from exports.ropa import SENT, Ropa, as_json, as_markdown, as_xlsx, ropa
from exports.terms import Compiled
from tests.exports.trust_folder import FOLDER

DAY = dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 10, 1, 9, 0, tzinfo=dt.UTC)


@cache
def records() -> Records:
    return load_records(FOLDER)


@cache
def record() -> Ropa:
    return ropa(records(), load_controller(FOLDER), DAY)


def test_every_agreement_and_every_flow_is_an_activity():
    assert {one.id: one.how.partition(" (")[0] for one in record().activities} == {
        **{agreement.id: SENT for agreement in records().agreements},
        **{flow.id: MARK for flow in records().flows},
    }


def test_each_activity_says_all_that_article_30_asks_for():
    for one in record().activities:
        told = (
            one.purpose,
            one.basis,
            one.subjects,
            one.data,
            one.recipient,
            one.transfers,
            one.retention,
            one.security,
        )
        assert all(told), one.id


def test_each_field_that_leaves_is_in_the_data_of_its_activity():
    activities = {one.id: one for one in record().activities}
    for agreement in records().agreements:
        listed = {
            (entry.partition(":")[0], name)
            for entry in activities[agreement.id].data
            for name in entry.partition(": ")[2].split(", ")
        }
        assert listed == {(f"clause {line.clause}", line.column.replace("_", " ")) for line in agreement.lines}


def test_special_category_data_stand_with_their_conditions():
    activities = {one.id: one for one in record().activities}
    for agreement in records().agreements:
        conditions = {line.article_9 for line in agreement.lines if line.article_9}
        assert all(any(condition in said for said in activities[agreement.id].conditions) for condition in conditions)
        assert bool(conditions) == bool(activities[agreement.id].conditions)


def test_data_that_leave_the_uk_say_where_to_and_what_guards_them():
    abroad = {one.id: one.transfers for one in record().activities if not one.transfers.startswith("none")}
    assert list(abroad) == ["classdojo"]
    assert "US" in abroad["classdojo"]
    assert "addendum" in abroad["classdojo"]


def test_what_has_ended_is_left_out_on_the_day_after():
    ends = {flow.id: flow.recipient.ends for flow in records().flows}["s2s_from_mis"]
    for day, there in ((ends, True), (ends + dt.timedelta(days=1), False)):
        listed = {one.id for one in ropa(records(), load_controller(FOLDER), day).activities}
        assert ("s2s_from_mis" in listed) is there


def test_what_has_faults_is_named_and_is_no_activity():
    broken = replace(
        records(),
        compiled=(Compiled("broken", "0" * 64, None, ("a fault",)),),
        observed=(Observed("sync", None, ("another",)),),
    )
    found = ropa(broken, load_controller(FOLDER), DAY)
    assert (found.activities, found.broken) == ((), ("broken", "sync"))
    assert "- broken\n- sync\n" in as_markdown(found)


def test_the_three_forms_agree():
    page, data = as_markdown(record()), json.loads(as_json(record()))
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(record(), NOW))).active
    assert sheet is not None
    cells = {str(row[0].value) for row in sheet.iter_rows()}
    for one, told in zip(record().activities, data["activities"], strict=True):
        assert told["id"] == one.id
        assert f"\n## {one.id}\n" in page
        assert one.id in cells
        assert one.retention in page
    for form in (page, as_json(record()), " ".join(cells)):
        assert load_controller(FOLDER).officer.name in form
        assert load_controller(FOLDER).body.legal_name in form


def test_a_flow_is_marked_in_every_form():
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(record(), NOW))).active
    assert sheet is not None
    text = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    for form in (as_markdown(record()), as_json(record()), text):
        assert form.count(MARK) == len(records().flows)


def test_no_feeds_stand_in_it_with_their_reasons():
    assert all(one.reason in as_markdown(record()) for one in records().no_feeds)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "Morwenna Ashby"\n', "", "officer.*lacks name"),
        ('legal_name = "Fernhill Learning Trust"', 'legal_name = " "', "controller.*lacks legal_name"),
        ('keep = "6 years from each entry"', 'kept = "6 years"', "retention.*has no kept"),
        ("security = [", "secure = [", "security is missing"),
        ("[controller]", "[controller", "cannot be read"),
    ],
)
def test_what_the_trust_must_say_of_itself_is_asked_for(tmp_path, old, new, says):
    text = (FOLDER / FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ControllerUnreadable, match=says):
        load_controller(tmp_path)


def test_a_trust_without_the_file_is_told_which(tmp_path):
    with pytest.raises(ControllerUnreadable, match=FILE):
        load_controller(tmp_path)

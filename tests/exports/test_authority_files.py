"""Files for the authority and the Standards and Testing Agency: what is in them; no changed cell goes by."""

import csv
import datetime as dt
import io
from functools import cache

import pytest

from exports.formats import FORMATS, FileDisagrees, verified
from exports.minimise import minimise
from exports.reread_csv import FileUnreadable
from schemas.feeds.results import GOALS
from tests.exports.trust_folder import agreement, feed

DAY = dt.date(2026, 9, 21)
_HOME = {"urn": "900004", "upn": "A823432126001", "middle_names": "Mary", "sex": "F", "line1": "1 High Street",
         "town": "Bedford", "nc_year": "11", "dob": dt.date(2010, 11, 5)}  # fmt: skip
GOOD = {
    "la_attendance_823": {**_HOME, "pattern": "running", "first_day": DAY, "last_day": DAY, "school_days": 10,
                          "sessions": 20, "cause": "holiday not granted"},
    "la_sickness_823": {**_HOME, "first_day": DAY, "last_day": DAY, "days": 15},
    "la_suspensions_823": {**_HOME, "category": "SUSP", "lunchtime": False, "start_date": DAY, "end_date": DAY,
                           "sessions": 2, "reason1": "DB", "sen_provision": "K", "in_care": True,
                           "social_worker": False, "late": False},
    "vsh_suspensions_823": {**_HOME, "category": "PERM", "start_date": DAY, "in_care": True, "late": False},
    "la_next_steps_823": {**_HOME, "activity": "COLLEGE", "provider": "A College", "offer": True, "refused": False,
                          "recorded_date": DAY, "in_care": False},
    "la_pupil_list_826": {**_HOME, "urn": "900005", "entry_date": DAY, "fsm": True, "pupil_premium": True,
                          "in_care": False, "ethnicity": "WBRI", "language": "ENG", "uprn": "100080012345",
                          "contact1_parental_responsibility": True},
    "la_eyfsp_823": {**_HOME, "urn": "900002", "nc_year": "R", **dict.fromkeys(GOALS, "2"), "assessed_on": DAY},
    "la_phonics_823": {**_HOME, "urn": "900002", "nc_year": "1", "mark": "32", "outcome": "WA", "assessed_on": DAY},
    "sta_ks2": {**_HOME, "urn": "900002", "nc_year": "6", "writing": "EXS", "science": "HNM"},
    "la_fsm_check_823": {**_HOME, "parent_id": "p", "contact_forename": "Anna", "contact_surname": "Other",
                         "contact_dob": dt.date(1990, 3, 4), "contact_nino": "JJ123456A"},
}  # fmt: skip


@cache
def made(name):
    """The minimised tables of one good pupil and the file made of them."""
    terms = agreement(name)
    frames = minimise(feed(terms.dataset, GOOD[name]), terms, as_at=dt.date(2026, 10, 1))
    return terms, frames, FORMATS["csv"].render(frames, terms)


def cells(data):
    header, *rows = csv.reader(io.StringIO(data.decode()))
    return header, rows


def written(header, rows):
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows([header, *rows])
    return lines.getvalue().encode()


@pytest.mark.parametrize("name", GOOD)
def test_each_file_reads_back_to_its_table(name):
    terms, frames, data = made(name)
    assert verified(data, frames, terms).pupils == 1
    header, rows = cells(data)
    assert (tuple(header), len(rows)) == (terms.outputs, 1)


CHANGED = [
    ("la_attendance_823", "Pattern", "irregular"),
    ("la_attendance_823", "First_Day", "2026-09-22"),
    ("la_attendance_823", "School_Days_Running", "11"),
    ("la_attendance_823", "Cause", ""),
    ("la_sickness_823", "School_Days_Missed", "14"),
    ("la_sickness_823", "Last_Day", "21/09/2026"),
    ("la_sickness_823", "Postcode", "MK40 1AB"),
    ("la_suspensions_823", "Lunchtime", "Y"),
    ("la_suspensions_823", "Lunchtime", ""),
    ("la_suspensions_823", "Reason_1", "PA"),
    ("la_suspensions_823", "Looked_After", "N"),
    ("la_suspensions_823", "Told_Late", "true"),
    ("vsh_suspensions_823", "Looked_After", "N"),
    ("vsh_suspensions_823", "Last_Day", "2026-09-21"),
    ("la_next_steps_823", "Offer_Made", "N"),
    ("la_next_steps_823", "Sharing_Refused", "Y"),
    ("la_next_steps_823", "Provider", "A college"),
    ("la_pupil_list_826", "PP", "N"),
    ("la_pupil_list_826", "UPRN", "1.0008E+11"),
    ("la_pupil_list_826", "Contact1PR", ""),
    ("la_eyfsp_823", "Writing", "1"),
    ("la_eyfsp_823", "BeingImaginative", ""),
    ("la_phonics_823", "Mark", "32.0"),
    ("sta_ks2", "Science", "EXS"),
    ("la_fsm_check_823", "Parent National Insurance Number", "JJ123456B"),
    ("la_fsm_check_823", "Parent Date of Birth", "03/04/1990"),
]


@pytest.mark.parametrize(("name", "output", "text"), CHANGED, ids=[f"{name}-{output}" for name, output, _ in CHANGED])
def test_one_changed_cell_is_named_by_its_field(name, output, text):
    terms, frames, data = made(name)
    header, (row,) = cells(data)
    changed = [text if column == output else cell for column, cell in zip(header, row, strict=True)]
    assert changed != row
    (field,) = [line.field for line in terms.lines if line.output == output]
    with pytest.raises(FileDisagrees, match=f"{field}: 1 cells differ"):
        verified(written(header, [changed]), frames, terms)


@pytest.mark.parametrize("name", ["la_suspensions_823", "la_next_steps_823", "la_eyfsp_823", "la_fsm_check_823"])
def test_a_row_too_many_or_too_few_and_a_foreign_column_are_refused(name):
    terms, frames, data = made(name)
    header, rows = cells(data)
    for wrong in ([], rows * 2):
        with pytest.raises(FileDisagrees, match="rows and the table 1"):
            verified(written(header, wrong), frames, terms)
    for names in ([*header, "More"], header[::-1], [header[0].lower() + "_", *header[1:]]):
        padded = [[*row, *[""] * (len(names) - len(row))] for row in rows]
        with pytest.raises(FileUnreadable):
            verified(written(names, padded), frames, terms)


def pupils(name, *changes):
    terms = agreement(name)
    frame = minimise(feed(terms.dataset, *({**GOOD[name], **change} for change in changes)), terms)[terms.dataset]
    return list(frame["pupil_id"])


@pytest.mark.parametrize(
    ("name", "flag"), [("vsh_suspensions_823", "in_care"), ("social_work_suspensions_823", "social_worker")]
)
def test_the_other_routes_take_only_pupils_whom_they_are_for(name, flag):
    terms = agreement(name)
    rows = [{**GOOD["la_suspensions_823"], "in_care": False, "social_worker": False, flag: value} for value in
            (True, False, None)]  # fmt: skip
    frame = minimise(feed(terms.dataset, *rows), terms)[terms.dataset]
    assert list(frame["pupil_id"]) == ["1"]


def test_the_list_of_next_steps_is_of_the_last_three_years():
    assert pupils("la_next_steps_823", *({"nc_year": year} for year in ("10", "11", "12", "13"))) == ["2", "3", "4"]


def test_two_suspensions_of_one_pupil_are_two_rows_in_order():
    terms = agreement("la_suspensions_823")
    days = ({**GOOD["la_suspensions_823"], "start_date": day} for day in (dt.date(2026, 9, 28), DAY))
    frame = feed(terms.dataset, *days)[terms.dataset]
    same = frame.assign(pupil_id="1").astype(frame.dtypes)
    frames = minimise({terms.dataset: same}, terms)
    data = FORMATS["csv"].render(frames, terms)
    verified(data, frames, terms)
    header, rows = cells(data)
    assert [row[header.index("First_Day")] for row in rows] == ["2026-09-21", "2026-09-28"]


def test_a_spreadsheet_has_the_name_the_authoritys_tools_ask_for():
    place = {"la": "823", "estab": "2909", "urn": "900002", "period": "2026-autumn-term", "version": 2}
    names = [agreement(name).delivery.remote_name(**place) for name in ("la_eyfsp_823", "la_phonics_823")]
    assert names == ["EYFSP_900002_26.csv", "PHONICS_900002_26.csv"]


def test_the_census_copy_is_the_return_of_academies_on_no_ground_of_the_departments():
    copy, original = agreement("la_census_copy_823"), agreement("dfe_autumn_census")
    assert copy.fields == original.fields
    assert {line.gateway for line in copy.lines} == {"public-task-la-census-copy"}
    assert (copy.basis, copy.recipient.clause, "900001" in copy.schools) == ("6(1)(e)", "7.2", False)

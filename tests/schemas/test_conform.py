"""Who is in a return, and each item of a pupil as at census day."""

import datetime as dt

import pytest

from schemas.boundary import conforms
from schemas.census.collection import collection
from schemas.census.scope import PhaseUnknown
from schemas.census.supplement import read_supplement
from schemas.census.tables import CENSUS
from schemas.identifiers import upn_check_letter
from tests.schemas.snapshots import REF, conformed, day, defaults, one, pupil, sections, snapshot, table

DAY = dt.timedelta(days=1)
UPN_A, UPN_B, NOBODY = (upn_check_letter(body) + body for body in ("801200005001", "801200005002", "801200005003"))


@pytest.mark.parametrize(
    ("entry", "leaving", "expected"),
    [
        (REF, None, "on_roll"),
        (REF + DAY, None, None),
        (day("2026-09-01"), REF, "on_roll"),
        (day("2026-09-01"), REF - DAY, None),
        (day("2020-09-01"), day("2026-10-05"), "on_roll"),
        (day("2026-10-05"), None, None),
        (day("2020-09-01"), REF - DAY, "off_roll"),
        (day("2020-09-01"), day("2026-04-06"), "off_roll"),
        (day("2020-09-01"), day("2026-04-05"), None),
        (day("2026-07-31"), day("2026-09-10"), "off_roll"),
        (day("2026-08-01"), day("2026-09-10"), None),
        (None, None, "on_roll"),
        (None, REF - DAY, "off_roll"),
        (None, day("2026-04-05"), None),
    ],
    ids=[
        "joined on census day", "joined the day after", "left on census day", "joined and left this term",
        "left on 5 October", "joined on 5 October", "here last term, left the day before",
        "left on the first day of last term", "left the day before last term", "joined on the last day of last term",
        "joined on the first day of this term", "no day of entry", "no day of entry, left the day before",
        "no day of entry, left the day before last term",
    ],
)  # fmt: skip
def test_who_is_in_the_return(entry, leaving, expected):
    result = conformed(snapshot(pupil("1", entry=entry, leaving=leaving)))
    assert sections(result).get("1") == expected


LEFT = {"leaving": day("2025-12-19")}
AIM = {"programme_id": "p", "start_date": day("2025-09-01"), "actual_end_date": day("2025-12-19")}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"suspension": [{"category": "SUSP", "start_date": day("2026-01-01")}]}, "off_roll"),
        ({"suspension": [{"category": "SUSP", "start_date": day("2025-12-31")}]}, None),
        ({"ap_placement": [{"start_date": day("2026-05-21")}]}, None),
        ({"ap_placement": [{"start_date": day("2025-12-01"), "end_date": day("2026-05-21")}]}, "off_roll"),
        ({"ap_placement": [{"start_date": day("2025-12-01"), "end_date": day("2026-05-20")}]}, None),
        ({"year": "13", "programme_aim": [AIM]}, "off_roll"),
        ({"year": "11", "programme_aim": [AIM]}, None),
        ({"year": "13", "programme_aim": [AIM | {"actual_end_date": day("2025-07-31")}]}, None),
        ({"year": "13", "programme_aim": [AIM | {"actual_end_date": None}]}, "off_roll"),
        ({"year": "13", "leaving": day("2025-07-31"), "programme_aim": [AIM | {"actual_end_date": None}]}, None),
    ],
    ids=[
        "nothing to report", "suspended in the window", "suspended the day before it", "open placement, long gone",
        "placement into the window", "placement before it", "studied in the window", "no sixth form year",
        "studied before it", "aim left open, left in the window", "aim left open, left before it",
    ],
)  # fmt: skip
def test_a_leaver_is_reported_on_a_ground(fields, expected):
    result = conformed(snapshot(pupil("1", **{**LEFT, **fields})))
    assert sections(result).get("1") == expected


@pytest.mark.parametrize(
    ("dob", "boarder", "expected"),
    [
        ("2021-08-31", "N", "off_roll"),
        ("2021-09-01", "N", None),
        ("2009-09-01", "N", "off_roll"),
        ("2009-08-31", "N", None),
        ("2013-03-03", "6", None),
    ],
    ids=["just four", "just three", "still fifteen", "sixteen", "boarder"],
)
def test_the_attendance_ground_is_for_day_pupils_of_four_to_fifteen(dob, boarder, expected):
    boarding = [{"boarder": boarder}]
    result = conformed(snapshot(pupil("1", leaving=day("2026-07-20"), dob=dob, boarding=boarding)))
    assert sections(result).get("1") == expected


def test_a_nursery_reports_no_leavers_and_no_exclusions():
    suspension = [{"category": "SUSP", "start_date": day("2026-03-01")}]
    gone = pupil("1", leaving=day("2026-07-20"), suspension=suspension)
    here = pupil("2", suspension=suspension)
    result = conformed(snapshot(gone, here, phase="NS"))
    assert sections(result) == {"2": "on_roll"}
    assert result.frames["exclusion"].empty


def test_a_pupil_who_came_back_is_on_roll_once_with_the_last_entry():
    spells = [
        {"entry_date": day("2024-09-01"), "leaving_date": day("2026-05-01")},
        {"entry_date": day("2026-09-07"), "leaving_date": None},
    ]
    result = conformed(snapshot(pupil("1", enrolment=spells)))
    assert table(result, "pupil", "section", "entry_date", "leaving_date") == [("on_roll", day("2026-09-07"), None)]


def test_a_later_change_in_the_mis_counts_only_as_far_as_it_reaches_back():
    """The same school read on 1, 13 and 28 October."""
    first = [
        pupil("1", nc_year=[{"nc_year": "8"}]), pupil("2"),
        pupil("4", address=[{"postcode": "BS1 4ND", "start_date": day("2020-09-01")}]),
    ]  # fmt: skip
    moved = [
        {"postcode": "BS1 4ND", "start_date": day("2020-09-01"), "end_date": day("2026-10-07")},
        {"postcode": "BS2 8AA", "start_date": day("2026-10-08")},
    ]
    second = [
        pupil("1", nc_year=[{"nc_year": "9", "start_date": day("2026-09-01")}]), pupil("2", leaving=day("2026-10-05")),
        pupil("3", entry=day("2026-10-05")), pupil("4", address=moved),
    ]  # fmt: skip
    third = [*second[:1], pupil("2", leaving=day("2026-09-30")), *second[2:]]
    seen = [
        table(conformed(snapshot(*pupils)), "pupil", "pupil_id", "section", "nc_year_actual", "postcode")
        for pupils in (first, second, third)
    ]
    one_, two, four = ("1", "on_roll", "8", None), ("2", "on_roll", "8", None), ("4", "on_roll", "8", "BS1 4ND")
    corrected, gone = ("1", "on_roll", "9", None), ("2", "off_roll", None, None)
    assert seen == [[one_, two, four], [corrected, two, four], [corrected, four, gone]]


def upn(value, start, end=None):
    return {"upn": value, "start_date": start and day(start), "end_date": end and day(end)}


@pytest.mark.parametrize(
    ("held", "leaving", "present", "former"),
    [
        ([upn("A", "2020-09-01")], None, "A", None),
        ([upn("T", "2020-09-01", "2026-05-31"), upn("A", "2026-06-01")], None, "A", "T"),
        ([upn("T", "2020-09-01", "2026-10-05"), upn("A", "2026-10-06")], None, "T", None),
        ([upn("A", "2020-09-01", "2026-09-30")], None, None, None),
        ([upn("S", None, "2019-01-01"), upn("T", None, "2020-01-01"), upn("A", "2020-01-02")], None, "A", "T"),
        ([upn("A", None, "2019-01-01"), upn("A", "2019-01-02")], None, "A", None),
        ([upn("T", None, "2025-01-01"), upn("A", "2025-01-02", "2026-07-20")], day("2026-07-20"), "A", "T"),
        ([upn("T", None, "2026-07-20"), upn("A", "2026-08-10")], day("2026-07-20"), "A", "T"),
    ],
    ids=["one", "replaced", "replaced after census day", "none open", "newest of two", "same again", "left",
         "replaced after leaving"],
)  # fmt: skip
def test_upn_and_former_upn(held, leaving, present, former):
    rows = {"upn": [{"pupil_id": "1", **row} for row in held]}
    result = conformed(snapshot(pupil("1", leaving=leaving) | rows))
    assert (one(result, "upn"), one(result, "former_upn")) == (present, former)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([("Old", "2020-01-01")], "Old"),
        ([("Older", "2019-01-01"), ("Old", "2020-01-01")], "Old"),
        ([("Undated", None), ("Old", "2020-01-01")], "Old"),
        ([("Undated", None)], "Undated"),
        ([("Later", "2026-10-02")], None),
        ([("Surname1", "2020-01-01")], None),
        ([], None),
    ],
)
def test_former_surname_is_the_latest_earlier_one(names, expected):
    rows = [{"surname": name, "end_date": end and day(end)} for name, end in names]
    assert one(conformed(snapshot(pupil("1", former_surname=rows))), "former_surname") == expected


def test_what_stands_in_for_a_missing_row_is_counted_and_named():
    result = conformed(snapshot(pupil("1"), pupil("2"), pupil("3", leaving=day("2026-07-20"))))
    assert table(result, "pupil", "pupil_id", "boarder", "part_time", "sen_provision", "service_child", "plaa",
                 "top_up_funding", "preferred_surname") == [
        ("1", "N", False, "N", "U", "N", False, "Surname1"),
        ("2", "N", False, "N", "U", "N", False, "Surname2"),
        ("3", "N", False, None, None, None, None, None),
    ]  # fmt: skip
    assert defaults(result) == {
        "pupil.boarder": 3, "pupil.part_time": 3, "pupil.sen_provision": 2, "pupil.service_child": 2, "pupil.plaa": 2,
        "pupil.top_up_funding": 2, "pupil.preferred_surname": 2,
    }  # fmt: skip
    assert all(each.name and each.meaning for each in result.defaults)


def test_what_the_mis_holds_is_no_default():
    held = {
        "boarding": [{"boarder": "7"}], "attendance_pattern": [{"part_time": True}], "top_up": [{}],
        "sen_status": [{"provision": "E", "sen_unit": True}], "service_child": [{"status": "N"}],
        "fields": {"plaa": "A", "preferred_surname": "Known"},
    }  # fmt: skip
    result = conformed(snapshot(pupil("1", **held)))
    assert table(result, "pupil", "boarder", "part_time", "sen_provision", "sen_unit", "resourced", "service_child",
                 "plaa", "top_up_funding", "preferred_surname") == [
        ("7", True, "E", True, None, "N", "A", True, "Known"),
    ]  # fmt: skip
    assert defaults(result) == {}


@pytest.mark.parametrize(
    ("year", "dob", "service", "lunch", "language", "yssa"),
    [
        ("N2", "2022-10-01", None, None, None, None),
        ("R", "2021-10-01", "U", True, None, None),
        ("2", "2019-10-01", "U", True, "ENG", None),
        ("3", "2018-10-01", "U", None, "ENG", None),
        ("X", "2019-10-01", "U", True, "ENG", None),
        ("X", "2010-10-01", "U", None, "ENG", "Yes"),
        ("X", "2009-10-01", None, None, "ENG", "Yes"),
        ("8", "2014-08-31", "U", None, "ENG", "Yes"),
        ("8", "2014-09-01", "U", None, "ENG", None),
        ("12", "2009-10-01", None, None, "ENG", "Yes"),
    ],
)  # fmt: skip
def test_items_for_a_year_group_or_an_age(year, dob, service, lunch, language, yssa):
    lines = read_supplement(f"upn,school_lunch_taken\n{UPN_A},true\n", "x.csv")
    given = pupil("1", dob=dob, year=year, upn=UPN_A, fields={"language": "ENG", "yssa": "Yes"})
    result = conformed(snapshot(given, phase="AT"), supplement=lines)
    found = table(result, "pupil", "service_child", "school_lunch_taken", "language", "yssa")
    assert found == [(service, lunch, language, yssa)]


@pytest.mark.parametrize(
    ("phase", "uln", "yssa", "unit"),
    [("PS", None, None, True), ("MP", None, None, True), ("SS", "1", "Yes", True), ("SP", "1", "Yes", None)],
)
def test_items_for_a_phase(phase, uln, yssa, unit):
    given = pupil("1", fields={"uln": "1", "yssa": "Yes"}, sen_status=[{"provision": "K", "sen_unit": True}])
    result = conformed(snapshot(given, phase=phase))
    assert table(result, "pupil", "uln", "yssa", "sen_unit") == [(uln, yssa, unit)]


HOURS = {"funded_hours": 15.0, "extended_hours": 15.0, "hours_at_setting": 30.0, "eligibility_code": "50012345678"}


@pytest.mark.parametrize(
    ("year", "dob", "reported"),
    [("N2", "2022-01-01", True), ("N1", "2023-01-01", True), ("R", "2022-01-01", False), ("N2", "2021-08-31", False)],
    ids=["four", "three", "reception", "five at 31 August"],
)
def test_early_years_items(year, dob, reported):
    given = pupil("1", dob=dob, year=year, fields=HOURS, eypp=[{"basis": "RE"}])
    result = conformed(snapshot(given, phase="PS"))
    columns = (*HOURS, "eyppr", "eyppbf")
    expected = (*HOURS.values(), "Y", "RE") if reported else (None,) * 6
    assert table(result, "pupil", *columns) == [expected]


def test_no_premium_row_is_a_counted_no_and_a_code_needs_hours():
    given = pupil("1", dob="2022-10-01", year="N2", fields={"funded_hours": 15.0, "eligibility_code": "50012345678"})
    result = conformed(snapshot(given, phase="NS"))
    assert table(result, "pupil", "eyppr", "eyppbf", "eligibility_code") == [("N", None, None)]
    assert defaults(result)["pupil.eyppr"] == 1


@pytest.mark.parametrize(
    ("dob", "hours", "bases"),
    [("2023-09-01", 15.0, ["ECO", "LAA"]), ("2023-08-31", 15.0, []), ("2023-09-01", None, [])],
)
def test_the_basis_of_a_two_year_old_with_funded_hours(dob, hours, bases):
    rows = [{"basis": "LAA"}, {"basis": "ECO"}, {"basis": "ECO"}]
    given = pupil("1", dob=dob, year="E2", fields={"funded_hours": hours}, two_year_basis=rows)
    result = conformed(snapshot(given, phase="NS"))
    assert table(result, "funding_basis", "pupil_id", "basis") == [("1", basis) for basis in bases]


def test_the_on_the_day_file_goes_to_the_pupil_of_the_upn():
    lines = read_supplement(
        f"upn,class_type,daf,learner_fam_type,learner_fam_code\n{UPN_A},N,true,,\n{UPN_B},,,NLM,01\n{UPN_B},,,EMH,22\n"
        f"{NOBODY},O,,,\n",
        "x.csv",
    )
    nursery = pupil("1", dob="2022-10-01", year="N2", upn=UPN_A)
    sixth = pupil("2", dob="2009-10-01", year="12", upn=UPN_B)
    result = conformed(snapshot(nursery, sixth, pupil("3"), phase="AT"), supplement=lines)
    assert table(result, "pupil", "class_type", "daf") == [("N", True), (None, None), (None, None)]
    assert table(result, "learner_fam", "pupil_id", "fam_type", "fam_code") == [("2", "EMH", "22"), ("2", "NLM", "01")]
    assert result.unmatched_lines == 1


def test_without_the_file_its_items_are_null_and_never_false():
    result = conformed(snapshot(pupil("1", dob="2021-10-01", year="R"), phase="PS"))
    assert table(result, "pupil", "school_lunch_taken", "class_type", "daf") == [(None, None, None)]
    assert not {"pupil.school_lunch_taken", "pupil.class_type", "pupil.daf"} & set(defaults(result))


def test_entry_to_a_pupil_referral_unit_is_for_single_registrations():
    entry = [{"prev_urn": "123456", "reason": "PEX", "sen_provision": "K"}]
    given = [pupil("1", ap_entry=entry), pupil("2", status="S", ap_entry=entry)]
    columns = ("prev_urn", "ap_reason", "ap_sen_entry")
    assert table(conformed(snapshot(*given, phase="PR")), "pupil", *columns) == [("123456", "PEX", "K"), (None,) * 3]
    assert table(conformed(snapshot(*given, phase="SS")), "pupil", *columns) == [(None,) * 3] * 2


def test_header_and_school():
    result = conformed(snapshot(pupil("1")))
    assert table(result, "header", *CENSUS["header"].names) == [
        ("SC", "AUT", 2026, REF, "S", "801", "4001", "123456", "Waybill", "0.1.0", "2026.1", 1, "2026-10-02T09:00:00"),
    ]
    assert table(result, "school", "school_name", "phase", "phone_no") == [("Synthetic School", "SS", "01174960000")]


@pytest.mark.parametrize("phase", [None, "EY", "QQ"])
def test_a_school_without_a_census_phase_is_refused(phase):
    with pytest.raises(PhaseUnknown, match=r"school\.phase"):
        conformed(snapshot(pupil("1"), phase=phase))


@pytest.mark.parametrize("phase", ["NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR"])
@pytest.mark.parametrize("key", ["2026-autumn", "2027-spring", "2027-summer"])
def test_every_phase_and_term_conforms_with_and_without_pupils(phase, key):
    for pupils in ((), (pupil("1"), pupil("2", leaving=day("2026-07-20")))):
        result = conformed(snapshot(*pupils, phase=phase), when=collection(key))
        assert set(result.frames) == set(CENSUS)
        for name, frame in result.frames.items():
            conforms(frame, CENSUS[name])
        if not pupils:
            assert result.frames["pupil"].empty


def test_the_snapshot_is_left_as_it_was():
    snap = snapshot(pupil("1"), pupil("2", leaving=day("2026-07-20")))
    before = {name: frame.copy() for name, frame in snap.items()}
    conformed(snap)
    assert all(frame.equals(before[name]) for name, frame in snap.items())

"""The Common Transfer File: what it holds, how it is ordered, and that the re-reader names every planted mistake."""

import re
from dataclasses import replace
from functools import cache

import pytest

from exports.formats import FORMATS, FileDisagrees, verified
from exports.formats.ctf_xml import FORMATS as VERSIONS
from exports.formats.profiles import problems
from schemas.ctf.layout import ctf_layout, unproven
from tests.exports.transfer_frames import (
    CASTLE_MOOR,
    CLOSED,
    INDEPENDENT,
    TERMS,
    minimised,
    of,
    plain,
    rich,
    usual,
)
from tests.schemas.snapshots import day, marks

NEW_IN_26 = frozenset({"transfer_fsm.verified_date", "transfer_fsm.category"})
WITHOUT_CONTACTS = tuple(line for line in TERMS.lines if line.table != "transfer_contact")
OLDER = replace(TERMS, format="ctf_25", lines=tuple(line for line in TERMS.lines if line.field not in NEW_IN_26))
FILE = FORMATS["ctf_26"].render(usual(), TERMS)


def told(frames, terms=TERMS):
    return {(one.field, one.pupil_id) for one in problems(frames, terms)}


def found(data, terms=TERMS):
    return FORMATS[terms.format].disagreements(data, usual(), terms)


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_the_re_reader_agrees_with_the_file_of_each_version(version):
    terms = {"ctf_26": TERMS, "ctf_25": OLDER}[version]
    frames = {name: frame[[c for c in frame if f"{name}.{c}" not in NEW_IN_26]] for name, frame in usual().items()}
    frames = usual() if version == "ctf_26" else frames
    data = FORMATS[version].render(frames, terms)
    assert FORMATS[version].disagreements(data, frames, terms) == ()
    assert f"<CTFversion>{version[-2:]}.0</CTFversion>".encode() in data
    assert (b"FSMCategory" in data) == (version == "ctf_26")


def test_the_same_tables_give_the_same_bytes_and_only_the_time_changes_them():
    assert FORMATS["ctf_26"].render(usual(), TERMS) == FILE
    later = {**usual(), "transfer_header": usual()["transfer_header"].assign(date_time="2026-10-02T18:30:00")}
    data = FORMATS["ctf_26"].render(later, TERMS)
    assert data != FILE
    assert FORMATS["ctf_26"].content(data) == FORMATS["ctf_26"].content(FILE)


def test_what_is_known_stands_in_the_proven_order_and_what_is_not_known_is_not_there():
    tags = [path.rpartition("/")[2] for path in (item.path for item in ctf_layout("26.0", "transfer").items)]
    top = ["UPN", "Surname", "Forename", "DOB", "Sex", "BasicDetails", "FSMhistory", "LookedAfter", "SENhistory",
           "Address", "Phones", "Email", "Contacts", "Attendance", "StageAssessments", "SchoolHistory"]  # fmt: skip
    pupil = FILE.split(b"<Pupil>")[1]
    places = [pupil.index(f"<{tag}>".encode()) for tag in top]
    assert places == sorted(places)
    assert b"<NAWdetails>" not in FILE
    assert not re.search(rb"<([A-Za-z0-9]+)></\1>|<[A-Za-z0-9]+/>", FILE)
    assert "NAWdetails" not in tags


PLANTED = {
    "a value changed": (b"<Surname>Leaver2", b"<Surname>Leaver3"),
    "a name shortened": ("Súilleabháin".encode(), b"S"),
    "a diacritic lost": ("Zoë".encode(), b"Zoe"),
    "an element left out": (b"<UniqueLearnerNumber>1000000000</UniqueLearnerNumber>", b""),
    "an element twice": (b"<Sex>F</Sex>", b"<Sex>F</Sex><Sex>F</Sex>"),
    "two elements changed round": (b"<DOB>2013-03-03</DOB><Sex>F</Sex>", b"<Sex>F</Sex><DOB>2013-03-03</DOB>"),
    "an empty element": (b"<Title>Ms</Title>", b"<Title></Title>"),
    "an empty container": (b"</BasicDetails>", b"</BasicDetails><FSMhistory/>"),
    "an element nobody knows": (b"<LookedAfter>", b"<Religion>X</Religion><LookedAfter>"),
    "an element the agreement leaves out": (b"<PhoneNo>+44", b"<TelephoneType>M</TelephoneType><PhoneNo>+44"),
    "an element of another version": (b"<DOB>", b"<Gender>F</Gender><DOB>"),
    "an attribute": (b"<Pupil>", b'<Pupil id="1">'),
    "a namespace": (b"<CTfile>", b'<CTfile xmlns="urn:x">'),
    "a prefix declared and not used": (b"<CTfile>", b'<CTfile xmlns:x="urn:x">'),
    "text beside an element": (b"<Contacts>", b"x<Contacts>"),
    "text in a container": (b"<Address><BS", b"<Address>x<BS"),
    "a comment": (b"<Contacts>", b"<!-- x --><Contacts>"),
    "an instruction": (b"<Contacts>", b"<?x y?><Contacts>"),
    "a CDATA section": (b"<Title>Ms</Title>", b"<Title><![CDATA[Ms]]></Title>"),
    "a document type": (b"<CTfile>", b'<!DOCTYPE CTfile [<!ENTITY x "y">]><CTfile>'),
    "another document element": (b"CTfile>", b"ATfile>"),
    "another version": (b"<CTFversion>26.0", b"<CTFversion>25.0"),
    "another document name": (b"Common Transfer File", b"Admissions Data Transfer File"),
    "another destination": (b"<LEA>826</LEA><Estab>4903</Estab><URN>", b"<LEA>826</LEA><Estab>4904</Estab><URN>"),
    "another time": (b"<DateTime>2026", b"<DateTime>2025"),
    "partial for full": (b"<DocumentQualifier>full", b"<DocumentQualifier>partial"),
    "a contact lost": (b"<Contact><Order>3", b"<Contact><Order>4"),
    "a telephone with another parent": (b"<PhoneNo>01525220101", b"<PhoneNo>01525220102"),
    "two contacts merged": (b"</Contact><Contact><Order>3</Order>", b""),
    "a period of SEN lost": (b"<SENprovision>K</SENprovision></SEN><SEN><StartDate>2020-03-02</StartDate>", b""),
    "a period of SEN open again": (b"<EndDate>2024-02-11</EndDate>", b""),
    "rows in another order": (b"VIS</Disability><Disability>HEA", b"HEA</Disability><Disability>VIS"),
    "a flag turned round": (b"<LastSchool>true", b"<LastSchool>false"),
    "a flag as a number": (b"<InCare>true", b"<InCare>1"),
    "a number with a nought before it": (b"<SENtypeRank>1", b"<SENtypeRank>01"),
    "a mark changed": (rb"<AttendanceMarks>/\/I", rb"<AttendanceMarks>/\/O"),
    "a total changed": (b"<SessionsPossible>11", b"<SessionsPossible>12"),
    "a result under another stage": (b"<Stage>KS1", b"<Stage>KS2"),
    "white space in a value": (b"<Result>25<", b"<Result>25 <"),
    "a second pupil lost": (b"</Pupil>\n<Pupil>", b""),
    "no declaration": (b'<?xml version="1.0" encoding="UTF-8"?>\n', b""),
    "cut short": (b"</CTfile>\n", b""),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_the_re_reader_names_every_planted_mistake(name):
    before, after = PLANTED[name]
    assert before in FILE
    assert found(FILE.replace(before, after, 1) if name != "another document element" else FILE.replace(before, after))


def test_the_re_reader_agrees_with_the_file_as_it_is():
    assert found(FILE) == ()


def test_the_re_reader_never_repeats_a_value():
    said = " ".join(found(FILE.replace(b"<Surname>Leaver2", b"<Surname>Quillfeather")))
    assert said == "transfer_pupil.surname differs: 1"


def test_a_file_that_disagrees_is_not_prepared():
    frames = {**usual(), "transfer_phone": usual()["transfer_phone"].iloc[:0]}
    with pytest.raises(FileDisagrees, match="transfer_phone"):
        verified(FILE, frames, TERMS)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("8234909_CTF_8264903_001.xml", None),
        ("8234909_CTF_8264904_001.xml", "receiver"),
        ("8234908_CTF_8264903_001.xml", "sender"),
        ("8234909_CML_8264903_001.xml", "CTF in its name"),
        ("8234909_CTF_8264903_1.xml", "not named"),
        ("8234909_CTF_8264903_1000.xml", "not named"),
        ("8234909_CTF_XXXXXXX_001.xml", "receiver"),
        ("8234909_CTF_826XXXX_001.xml", "not named"),
        ("8234909_CTF_8264903_001.XML", "not named"),
    ],
)
def test_the_name_says_what_the_header_says(name, fault):
    faults = list(FORMATS["ctf_26"].misnamed(name, usual(), TERMS))
    assert (fault is None and faults == []) or (fault is not None and len(faults) == 1 and fault in faults[0])


@pytest.mark.parametrize(("place", "more"), [("XXXXXXX", {"to": None}), ("MMMMMMM", {"to": None, "ground": "f"})])
def test_a_file_without_a_school_says_so_in_name_and_header(place, more):
    frames = of(place, plain(**more))
    data = FORMATS["ctf_26"].render(frames, TERMS)
    assert f"<DestSchool><LEA>{place[:3]}</LEA><Estab>{place[3:]}</Estab></DestSchool>".encode() in data.replace(
        b"\n", b""
    )
    assert list(FORMATS["ctf_26"].misnamed(f"8234909_CTF_{place}_001.xml", frames, TERMS)) == []


CONTACT = {"contact_id": "1", "surname": "Brown", "relationship": "PAM", "parental_responsibility": True}
RESULT = {
    "stage": "KS2", "year": 2024, "subject": "REA", "method": "TT", "component": "SUB", "status": "R",
    "qualifier": "NM", "result": "104",
}  # fmt: skip
UNFIT = (
    ("transfer_pupil.upn", {"upns": [{"upn": "A823432126001", "start_date": day("2017-09-04")}]}),
    ("transfer_pupil.upn", {"upns": [{"upn": None, "start_date": day("2017-09-04")}]}),
    ("transfer_pupil.uln", {"fields": {"uln": "1000000001"}}),
    ("transfer_pupil.surname", {"fields": {"surname": "A" * 36}}),
    ("transfer_pupil.surname", {"fields": {"surname": None}}),
    ("transfer_pupil.sex", {"fields": {"sex": "U"}}),
    ("transfer_phone.phone", {"fields": {"phone": "07412 345678"}}),
    ("transfer_pupil.postcode", {"address": [{"line1": "1 High Street", "postcode": "LU5"}]}),
    ("transfer_pupil.line1", {"address": [{"line1": "1" * 41, "postcode": "LU5 6QD"}]}),
    ("transfer_pupil.care_authority", {"in_care": [{"start_date": day("2022-02-02")}]}),
    ("transfer_sen.start_date", {"sen_status": [{"provision": "K"}]}),
    ("transfer_sen_need.sen_type", {"sen_need": [{"sen_type": "BESD", "rank": 1, "start_date": day("2021-09-06")}]}),
    ("transfer_contact.relationship", {"contact": [CONTACT | {"relationship": None}]}),
    ("transfer_contact.surname", {"contact": [CONTACT | {"surname": None}]}),
    ("transfer_fsm.uk_country", {"fsm": [{"start_date": day("2020-10-24")}]}),
    ("transfer_result.qualifier", {"assessment_result": [RESULT | {"qualifier": None}]}),
    ("transfer_marks.marks", {"attendance_mark": marks("2026-09-07", "/", "C1")}),
    ("transfer_header.dest_urn", {"to": CLOSED}),
    ("transfer_header.dest_urn", {"to": "8269999"}),
    ("transfer_header.dest_estab", {"to": None}),
    ("transfer_header.dest_estab", {"to": INDEPENDENT}),
    ("transfer_school.leaving_reason", {"school_history": [
        {"la_number": "823", "estab": "2902", "entry_date": day("2017-09-04"), "leaving_reason": "ZZ"}]}),
)  # fmt: skip


@cache
def all_told():
    """What is said of a sound pupil (0) and of one pupil for each unfit value, in one class."""
    sound = rich("0", contact=[CONTACT], assessment_result=[RESULT])
    pupils = [sound, *(rich(str(number), **change) for number, (_, change) in enumerate(UNFIT, 1))]
    return told(minimised(*pupils))


def test_a_sound_pupil_is_told_of_without_a_problem():
    assert not [field for field, pupil in all_told() if pupil == "0"]


@pytest.mark.parametrize("number", range(1, len(UNFIT) + 1), ids=[field for field, _ in UNFIT])
def test_what_a_receiver_would_refuse_is_told_before_sending(number):
    assert [field for field, pupil in all_told() if pupil == str(number)] == [UNFIT[number - 1][0]]


def test_a_problem_says_what_to_change_and_never_the_value():
    (one,) = problems(minimised(rich("1", fields={"surname": "Quillfeather" * 4})), TERMS)
    assert one.what_to_change == "shorten it to 35 characters"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, None),
        ({"lines": TERMS.lines[1:]}, "always has transfer_header.date_time"),
        ({"lines": WITHOUT_CONTACTS}, "stand inside those of transfer_contact"),
        ({"lines": (replace(TERMS.lines[0], transform="nfc"), *TERMS.lines[1:])}, "as they stand"),
        ({"delivery": replace(TERMS.delivery, filename="{urn}_{dest}_{serial}.xml")}, "sends by file name"),
    ],
    ids=["as it is", "no time", "telephones of no contact", "a transform", "another name"],
)  # fmt: skip
def test_an_agreement_that_could_not_be_written_does_not_compile(change, words):
    faults = list(FORMATS["ctf_26"].mismatches(replace(TERMS, **change)))
    assert (words is None and faults == []) or (words is not None and len(faults) == 1 and words in faults[0])


def test_the_older_version_has_no_place_for_what_is_new():
    (fault,) = FORMATS["ctf_25"].mismatches(TERMS)
    assert all(field in fault for field in NEW_IN_26)
    assert list(FORMATS["ctf_25"].mismatches(OLDER)) == []


def test_the_demo_names_every_field_that_it_can_fill():
    named = {line.field for line in TERMS.lines}
    never = {item.field for item in ctf_layout("26.0", "transfer").items} - named
    assert {field.partition(".")[0] for field in never} <= {
        "transfer_header", "transfer_pupil", "transfer_phone", "transfer_contact", "transfer_contact_phone",
    }  # fmt: skip
    assert of(CASTLE_MOOR, rich())["transfer_pupil"]["upn"].notna().all()


def test_what_is_not_proven_is_in_the_table_and_told():
    assert {item.field for item in unproven("26.0", "transfer")} == {
        "transfer_header.data_qualifier", "transfer_pupil.uci", "transfer_pupil.former_forename",
        "transfer_fsm.verified_date", "transfer_fsm.category", "transfer_sen.end_date", "transfer_contact.gender",
        "transfer_contact.middle_names",
    }  # fmt: skip

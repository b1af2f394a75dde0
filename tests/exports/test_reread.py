"""The re-reader: what was written reads back, and whatever else the bytes may be is refused or reported."""

import re
import tracemalloc

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bench.data import school
from exports.comparison import Difference, differences
from exports.formats.census_xml import DECLARATION, render_census
from exports.reread import LARGEST, Unreadable, reread_census, safe_parser
from schemas.census.tables import CENSUS
from tests.exports.census_frames import AUTUMN, FIELDS, frames

SCHOOL = school(2, 60)
FILE = render_census(SCHOOL, AUTUMN)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_what_was_written_reads_back(seed: int) -> None:
    tables = frames(seed)
    reread = reread_census(render_census(tables, AUTUMN), AUTUMN, FIELDS)
    assert differences(tables, reread, AUTUMN) == ()


def test_tables_have_the_columns_and_types_that_were_rendered() -> None:
    reread = reread_census(FILE, AUTUMN, FIELDS)
    for table, frame in reread.items():
        for column in frame:
            assert frame[column].dtype == SCHOOL[table][column].dtype


def test_minimised_frames_read_back_under_their_agreement() -> None:
    named = frozenset({"pupil.upn", "pupil.surname", "session_detail.code", "learning_aim.qn", "work_placement.hours"})
    keys = {"pupil_id", "section", "period", "programme_id", "aim_id"}
    kept = {
        table: frame[[column for column in frame if column in keys or f"{table}.{column}" in named]]
        for table, frame in SCHOOL.items()
    }
    kept["attendance"] = SCHOOL["attendance"]
    data = render_census(kept, AUTUMN)
    reread = reread_census(data, AUTUMN, named | {"attendance.sessions_possible"})
    assert differences(kept, reread, AUTUMN) == ()
    with pytest.raises(Unreadable, match="SessionsPossible is not named by the agreement"):
        reread_census(data, AUTUMN, named)


def changed(pattern: str, by: str, data: bytes = FILE) -> bytes:
    """Change the first match; a mutation that changes nothing would prove nothing."""
    mutated, count = re.subn(pattern.encode(), by.encode(), data, count=1, flags=re.DOTALL)
    assert count == 1
    assert mutated != data
    return mutated


PUPIL = r"<PupilOnRoll>.*?</PupilOnRoll>\n"
LEAVER = r"<PupilNoLongerOnRoll>.*?</PupilNoLongerOnRoll>\n"
MUTATIONS = {
    # dropped
    "UPN dropped": (r"<UPN>[^<]*</UPN>", ""),
    "surname dropped": (r"<Surname>[^<]*</Surname>", ""),
    "date of birth dropped": (r"<DOB>[^<]*</DOB>", ""),
    "container dropped": (r"<PupilStatus>.*?</PupilStatus>", ""),
    "pupil dropped": (PUPIL, ""),
    "leaver dropped": (LEAVER, ""),
    "all leavers dropped": (r"<PupilsNoLongerOnRoll>.*</PupilsNoLongerOnRoll>\n", ""),
    "FSM period dropped": (r"<FSMperiod>.*?</FSMperiod>", ""),
    "session detail dropped": (r"<SessionDetail>.*?</SessionDetail>", ""),
    "attendance dropped": (r"<Attendance>.*?</Attendance>", ""),
    "learning aim dropped": (r"<LearningAim>.*?</LearningAim>", ""),
    "header dropped": (r"<Header>.*?</Header>\n", ""),
    "school dropped": (r"<School>.*?</School>\n", ""),
    # twice
    "UPN twice": (r"(<UPN>[^<]*</UPN>)", r"\1\1"),
    "container twice": (r"(<PupilStatus>.*?</PupilStatus>)", r"\1\1"),
    "pupil twice": (f"({PUPIL})", r"\1\1"),
    "session detail twice": (r"(<SessionDetail>.*?</SessionDetail>)", r"\1\1"),
    "header twice": (r"(<Header>.*?</Header>\n)", r"\1\1"),
    "section twice": (r"(<PupilsOnRoll>.*</PupilsOnRoll>\n)", r"\1\1"),
    # order
    "items swapped": (r"(<Surname>[^<]*</Surname>)(<Forename>[^<]*</Forename>)", r"\2\1"),
    "containers swapped": (
        r"(<PupilIdentifiers>.*?</PupilIdentifiers>)(<PupilCharacteristics>.*?</PupilCharacteristics>)",
        r"\2\1",
    ),
    "sections swapped": (
        r"(<PupilsOnRoll>.*</PupilsOnRoll>\n)(<PupilsNoLongerOnRoll>.*</PupilsNoLongerOnRoll>\n)",
        r"\2\1",
    ),
    "pupils swapped": (f"({PUPIL})({PUPIL})", r"\2\1"),
    "periods swapped": (
        r"(<TermlyAttendance>.*?</TermlyAttendance>)(<SummerHalfTerm2Attendance>.*?</SummerHalfTerm2Attendance>)",
        r"\2\1",
    ),
    # renamed
    "item renamed": (r"<Surname>([^<]*)</Surname>", r"<LastName>\1</LastName>"),
    "item renamed to its neighbour": (r"<Surname>([^<]*)</Surname>", r"<FormerSurname>\1</FormerSurname>"),
    "item in another case": (r"<DOB>([^<]*)</DOB>", r"<Dob>\1</Dob>"),
    "period renamed": (
        r"<TermlyAttendance>(.*?)</TermlyAttendance>",
        r"<SummerHalfTerm2Attendance>\1</SummerHalfTerm2Attendance>",
    ),
    "root renamed": (r"<Message>(.*)</Message>", r"<Massage>\1</Massage>"),
    # moved
    "pupil moved to leavers": (f"({PUPIL})(.*)(<PupilsNoLongerOnRoll>\n)", r"\2\3\1"),
    "item moved out of its container": (r"(<DOB>[^<]*</DOB>)(</PupilIdentifiers>)", r"\2\1"),
    "item moved into a value": (r"</Surname>(<Forename>[^<]*</Forename>)", r"\1</Surname>"),
    "detail moved to the other period": (
        r"(<SessionDetail>(?:(?!SessionDetail>).)*</SessionDetail>)(</SessionDetails></TermlyAttendance><SummerHalfTerm2Attendance><SessionsPossible>\d+</SessionsPossible><SessionDetails>)",
        r"\2\1",
    ),
    # changed
    "one letter of a name": (r"<Surname>.", "<Surname>Q"),
    "one digit of a UPN": (r"<UPN>(.)\d", r"<UPN>\g<1>7"),
    "another date": (r"<DOB>\d{4}", "<DOB>1999"),
    "another flag": (r"<PartTime>false", "<PartTime>true"),
    "another count": (r"<Sessions>\d+", "<Sessions>999"),
    "another school": (r"<Estab>\d+", "<Estab>9999"),
    "white space round a value": (r"<Surname>", "<Surname> "),
    # form
    "British date": (r"<DOB>(\d+)-(\d+)-(\d+)", r"<DOB>\3/\2/\1"),
    "a day that is none": (r"<DOB>[^<]*", "<DOB>2011-02-29"),
    "date with a time": (r"<DOB>([^<]*)", r"<DOB>\1T00:00:00"),
    "flag as a number": (r"<PartTime>false", "<PartTime>0"),
    "flag in capitals": (r"<PartTime>false", "<PartTime>False"),
    "count with a fraction": (r"<Sessions>(\d+)", r"<Sessions>\1.0"),
    "count with a leading zero": (r"<Sessions>(\d+)", r"<Sessions>0\1"),
    "text in place of a count": (r"<Sessions>\d+", "<Sessions>many"),
    "longer than the item may be": (r"<Surname>", "<Surname>" + "Q" * 36),
    # added
    "unknown item": (r"</PupilIdentifiers>", "<Religion>x</Religion></PupilIdentifiers>"),
    "unknown container": (r"</PupilOnRoll>", "<Photo><Bytes>x</Bytes></Photo></PupilOnRoll>"),
    "known item elsewhere": (r"</PupilStatus>", "<UPN>x</UPN></PupilStatus>"),
    "empty item": (r"<Forename>[^<]*</Forename>", "<Forename></Forename>"),
    "empty item, short form": (r"<Forename>[^<]*</Forename>", "<Forename/>"),
    "blank item": (r"<Forename>[^<]*</Forename>", "<Forename> </Forename>"),
    "empty container": (r"<PupilStatus>.*?</PupilStatus>", "<PupilStatus></PupilStatus>"),
    "text between items": (r"</UPN>", "</UPN>x"),
    "text after a pupil": (r"</PupilOnRoll>\n", "</PupilOnRoll>x\n"),
    "line end inside a row": (r"</UPN>", "</UPN>\n\n"),
    "comment": (r"</UPN>", "</UPN><!-- x -->"),
    "comment inside a value": (r"<Surname>(.)", r"<Surname>\1<!-- x -->"),
    "CDATA": (r"<Surname>([^<]*)<", r"<Surname><![CDATA[\1]]><"),
    "processing instruction": (r"</UPN>", "</UPN><?x y?>"),
    "attribute": (r"<UPN>", '<UPN x="y">'),
    "namespace": (r"<Message>", "<Message xmlns='urn:x'>"),
    "unused prefix": (r"<UPN>", "<UPN xmlns:x='urn:x'>"),
    "comment at the end": (r"</Message>\n", "</Message>\n<!-- x -->"),
    "end cut off": (r"</Message>\n", ""),
    "declaration missing": (r"^<\?xml[^>]*>\n", ""),
    "another encoding": ("UTF-8", "UTF-16"),
    "entity": (r"<Surname>", "<Surname>&x;"),
    "zero byte": (r"<Surname>", "<Surname>\x00"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_refused_or_reported(name: str) -> None:
    data = changed(*MUTATIONS[name])
    try:
        reread = reread_census(data, AUTUMN, FIELDS)
    except Unreadable:
        return
    assert differences(SCHOOL, reread, AUTUMN)


def test_broken_utf_8_is_refused() -> None:
    with pytest.raises(Unreadable, match="not well-formed"):
        reread_census(FILE.replace(b"<Surname>", b"<Surname>\xff", 1), AUTUMN, FIELDS)


HOSTILE = {
    "external entity": '<!DOCTYPE Message [<!ENTITY x SYSTEM "file:///etc/hostname">]><Message>&x;</Message>',
    "external entity over the network": '<!DOCTYPE Message [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><Message>&x;</Message>',
    "parameter entity": '<!DOCTYPE Message [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><Message>a</Message>',
    "external DTD": '<!DOCTYPE Message SYSTEM "http://127.0.0.1:9/x.dtd"><Message>a</Message>',
    "default attribute by DTD": '<!DOCTYPE Message [<!ATTLIST Message x CDATA "y">]><Message>a</Message>',
    "billion laughs": "<!DOCTYPE Message ["
    '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><Message>&a9;</Message>",
    "quadratic blow-up": f'<!DOCTYPE Message [<!ENTITY a "{"a" * 50_000}">]><Message>{"&a;" * 5_000}</Message>',
    "huge text": f"<Message>{'a' * 11_000_000}</Message>",
    "depth": f"<Message>{'<a>' * 5_000}{'</a>' * 5_000}</Message>",
    "XInclude": '<Message><include xmlns="http://www.w3.org/2001/XInclude" href="/etc/hostname"/></Message>',
    "stylesheet": '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><Message>a</Message>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_before_it_costs_anything(name: str) -> None:
    data = DECLARATION + HOSTILE[name].encode()
    tracemalloc.start()
    with pytest.raises(Unreadable):
        reread_census(data, AUTUMN, FIELDS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6


@pytest.mark.parametrize("name", ["external entity", "default attribute by DTD"])
def test_the_parser_alone_expands_no_entity_and_loads_no_dtd(name: str) -> None:
    """The second line of defence: in `reread_census` these bytes never reach it."""
    root = etree.fromstring(DECLARATION + HOSTILE[name].encode(), safe_parser())
    assert "".join(root.itertext("Message")) in ("", "a")
    assert b"/etc/hostname" not in etree.tostring(root, doctype="")


@pytest.mark.parametrize(
    "name", ["parameter entity", "external DTD", "billion laughs", "quadratic blow-up", "huge text", "depth"]
)
def test_the_parser_alone_gives_up_on_the_network_and_on_what_grows(name: str) -> None:
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(DECLARATION + HOSTILE[name].encode(), safe_parser())


def test_a_file_larger_than_any_school_is_refused() -> None:
    with pytest.raises(Unreadable, match="larger"):
        reread_census(FILE + b" " * LARGEST, AUTUMN, FIELDS)


def test_messages_name_places_and_counts_only() -> None:
    data = changed(r"<DOB>[^<]*", "<DOB>Zzyzx", changed(r"</PupilIdentifiers>", "<Qwfpg>x</Qwfpg></PupilIdentifiers>"))
    with pytest.raises(Unreadable) as refused:
        reread_census(data, AUTUMN, FIELDS)
    assert "PupilIdentifiers holds an element that is not in the layout (1)" in str(refused.value)
    assert "Zzyzx" not in str(refused.value)
    assert "Qwfpg" not in str(refused.value)


@pytest.mark.parametrize(
    ("table", "rows", "difference"),
    [
        ("exclusion", {"pupil_id": ["nobody"], "category": ["SUSP"]}, Difference("exclusion", "*", 1)),
        (
            "attendance",
            {"pupil_id": ["2-0"], "period": ["winter"], "sessions_possible": [9]},
            Difference("attendance", "*", 1),
        ),
        ("fsm_period", {"pupil_id": ["2-59"], "category": ["TFSM"]}, Difference("fsm_period", "*", 1)),
    ],
)
def test_a_row_that_has_no_place_in_the_file_is_reported(
    table: str, rows: dict[str, object], difference: Difference
) -> None:
    added = SCHOOL | {table: pd.concat([SCHOOL[table], CENSUS[table].frame(rows)], ignore_index=True)}
    reread = reread_census(render_census(added, AUTUMN), AUTUMN, FIELDS)
    assert differences(added, reread, AUTUMN) == (difference,)


def test_a_value_without_an_element_in_its_section_is_reported() -> None:
    leaver = SCHOOL["pupil"]["section"] == "off_roll"
    lunches = SCHOOL | {"pupil": SCHOOL["pupil"].assign(plaa=SCHOOL["pupil"]["plaa"].mask(leaver, "N"))}
    reread = reread_census(render_census(lunches, AUTUMN), AUTUMN, FIELDS)
    assert differences(lunches, reread, AUTUMN) == (Difference("pupil", "plaa", int(leaver.sum())),)

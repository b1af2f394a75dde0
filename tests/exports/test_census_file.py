"""Somebody else's file: every encoding and departure is read or named, and nothing hostile costs anything."""

import tracemalloc

import pytest

from bench.data import school
from exports.census_file import read_return
from exports.comparison import differences
from exports.formats.census_xml import render_census
from exports.markup import CensusFileUnfit
from exports.placing import form, longest_in_order
from schemas.census.tables import CENSUS
from tests.exports.census_frames import AUTUMN
from tests.exports.test_reread import HOSTILE

PUPIL = "Message/Pupils/PupilsOnRoll/PupilOnRoll"
FOREIGN = "a namespace, an attribute, a comment or an instruction"
SCHOOL = school(2, 25)
FILE = render_census(SCHOOL, AUTUMN).decode()
BODY = FILE.partition("?>\n")[2]


def read(text: str):
    return read_return(text.encode(), "x.xml")


def faults(text: str) -> set[tuple[str, str, int]]:
    return {(fault.path.removeprefix(PUPIL + "/"), str(fault.kind), fault.count) for fault in read(text).faults}


def test_our_own_file_is_read_without_a_fault_and_typed_as_the_tables_are():
    file = read(FILE)
    assert file.faults == ()
    assert (file.collection.key, file.software) == ("2026-autumn", "Waybill 0.1")
    named = {name: frame.drop(columns=["age", "attendance_age"], errors="ignore") for name, frame in SCHOOL.items()}
    read_back = {name: file.frames[name].drop(columns=["age", "attendance_age"], errors="ignore") for name in named}
    assert differences(named, read_back, AUTUMN) == ()
    for name, table in CENSUS.items():
        assert table.schema.validate(file.frames[name]) is not None
    assert file.frames["pupil"]["age"].notna().all()


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("Windows-1252", "cp1252"),
        ("ISO-8859-1", "cp1252"),
        (None, "utf-8"),
    ],
)
def test_every_encoding_that_a_mis_writes(declared, encoding):
    text = BODY.replace("Ł", "L").replace("ŷ", "y")
    head = f"<?xml version='1.0' encoding='{declared}'?>\r\n" if declared else ""
    file = read_return((head + text).encode(encoding), "x.xml")
    assert file.faults == ()
    assert file.frames["pupil"]["surname"].tolist() == read(text).frames["pupil"]["surname"].tolist()
    assert file.frames["pupil"]["forename"].eq("Zoë").any()


DEPARTURES = {
    "unknown": ("</UPN>", "</UPN><Faith>x</Faith>", ("PupilIdentifiers/Faith", "not in the layout", 1)),
    "unknown container": ("</UPN>", "</UPN><A><B>x</B></A>", ("PupilIdentifiers/A/B", "not in the layout", 1)),
    "container in between": (
        "</UPN>", "</UPN><A><ServiceChild>N</ServiceChild></A>",
        ("PupilIdentifiers/A/ServiceChild", "in another place", 1),
    ),
    "empty": ("</UPN>", "</UPN><FormerUPN></FormerUPN>", ("PupilIdentifiers/FormerUPN", "empty", 1)),
    "blank": ("</UPN>", "</UPN><FormerUPN> </FormerUPN>", ("PupilIdentifiers/FormerUPN", "empty", 1)),
    "twice": ("</UPN>", "</UPN><UPN>x</UPN>", ("PupilIdentifiers/UPN", "more than once", 1)),
    "container twice": ("<PupilStatus>", "<PupilStatus/><PupilStatus>", ("PupilStatus", "more than once", 1)),
    "stray text": ("</UPN>", "</UPN>x", ("PupilIdentifiers", "text outside a value", 1)),
    "comment": ("</UPN>", "</UPN><!-- x -->", ("PupilIdentifiers", FOREIGN, 1)),
    "attribute": ("<UPN>", "<UPN a='b'>", ("PupilIdentifiers/UPN", FOREIGN, 1)),
    "space": ("<UPN>", "<UPN> ", ("PupilIdentifiers/UPN", "space around a value", 1)),
    "unreadable flag": (
        "<PartTime>false", "<PartTime>maybe", ("PupilStatus/PartTime", "a value that cannot be read", 1),
    ),
    "a day that is none": (
        "<EntryDate>", "<EntryDate>2026-02-30</EntryDate><EntryDate>",
        ("PupilStatus/EntryDate", "a value that cannot be read", 1),
    ),
    "another term": (
        "</SENprovision>", "</SENprovision><SENneeds><SENneed><SENtypeRank>1</SENtypeRank></SENneed></SENneeds>",
        ("SpecialEducationalNeeds/SENneeds/SENneed/SENtypeRank", "not collected in this term", 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEPARTURES)
def test_a_departure_is_named_with_its_path_and_count(name):
    old, new, expected = DEPARTURES[name]
    assert old in FILE
    assert expected in faults(FILE.replace(old, new, 1))


def test_flags_may_be_one_and_nought_and_numbers_may_have_needless_noughts():
    text = FILE.replace("<PartTime>false", "<PartTime>0").replace("<SENunitIndicator>true", "<SENunitIndicator>1")
    assert read(text).faults == ()
    assert read(text).frames["pupil"]["part_time"].tolist() == read(FILE).frames["pupil"]["part_time"].tolist()


def test_of_an_item_that_stands_twice_the_first_counts():
    text = FILE.replace("</UPN>", "</UPN><UPN>x</UPN>", 1)
    assert read(text).frames["pupil"]["upn"].tolist() == read(FILE).frames["pupil"]["upn"].tolist()


def test_a_namespace_is_reported_and_read_through():
    file = read(FILE.replace("<Message>", '<Message xmlns="urn:x">'))
    assert [fault.path for fault in file.faults] == ["Message"]
    assert len(file.frames["pupil"]) == 25


def test_a_container_in_another_case_is_read_with_all_it_holds():
    file = read(FILE.replace("PupilIdentifiers>", "pupilIdentifiers>"))
    assert {(fault.path.rpartition("/")[2], str(fault.kind)) for fault in file.faults} == {
        ("pupilIdentifiers", "in another case")
    }
    assert file.frames["pupil"]["upn"].notna().all()


UNFIT = {
    "no root": ("", 1),
    "another root": (BODY.replace("Message>", "Massage>"), 1),
    "no term": (FILE.replace("<Term>AUT</Term>", ""), 3),
    "a year that is not known": (FILE.replace("<Year>2026", "<Year>1999"), 3),
    "cut off": (FILE[: len(FILE) // 2], None),
    "a tag that is not closed": (FILE.replace("</UPN>", "", 1), 7),
    "a control character": (FILE.replace("<UPN>", "<UPN>\x01", 1), 7),
    "a private character": (FILE.replace("<UPN>", "<UPN>\ue000", 1), 7),
    "an encoding nobody uses": (FILE.replace("UTF-8", "EBCDIC-UK"), 1),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(name):
    text, line = UNFIT[name]
    with pytest.raises(CensusFileUnfit) as refused:
        read(text)
    assert f"x.xml, line {line or ''}" in str(refused.value)


def test_bytes_of_another_encoding_are_refused_with_their_line():
    with pytest.raises(CensusFileUnfit, match=r"line 7.*not utf-8"):
        read_return(FILE.encode().replace(b"<Surname>", b"<Surname>\xe9", 1), "x.xml")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_before_they_cost_anything(name):
    tracemalloc.start()
    with pytest.raises(CensusFileUnfit):
        read_return(b'<?xml version="1.0"?>' + HOSTILE[name].encode(), "x.xml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6


def test_no_value_of_the_file_is_in_a_fault_or_in_what_is_known_of_its_codes():
    text = (
        FILE.replace("<Language>ENG", "<Language>Quetzal")
        .replace("<DOB>", "<DOB>Quetzal")
        .replace("</UPN>", "</UPN>Quetzal")
    )
    file = read(text)
    assert "Quetzal" not in repr((file.faults, file.codes, file.foreign_codes, file.forms, file.seen))
    assert sum(file.foreign_codes.values()) > 0


@pytest.mark.parametrize(
    ("ranks", "kept"), [((), 0), ((1, 2, 3), 3), ((1, 1, 1), 3), ((3, 1, 2), 2), ((1, 4, 2, 3), 3), ((3, 2, 1), 1)]
)
def test_as_few_elements_as_can_be_are_called_out_of_order(ranks, kept):
    found = longest_in_order(ranks)
    assert len(found) == kept
    assert [ranks[place] for place in sorted(found)] == sorted(ranks[place] for place in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", "boolean"),
        ("2026-10-01", "date"),
        ("12", "integer"),
        ("012", "text"),
        ("1.5", "decimal"),
        ("ENG", "text"),
    ],
)
def test_what_a_value_looks_like(text, expected):
    assert form(text) == expected

"""The department's schema and stylesheets over a file: what they say, what stays inside, and what they may not do."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from exports import official
from exports.official import (
    Comparison,
    OfficialCheckFailed,
    SchemaRefused,
    accepted,
    compared,
    confirmed,
    official_findings,
    why_unfit,
)
from exports.spec_folder import Kind, SpecFolderFault, in_use, index
from exports.spec_import import (
    CODE_UNDECLARED,
    CODE_UNKNOWN,
    PATH_UNDECLARED,
    PATH_UNKNOWN,
    Origin,
    SpecUnreadable,
    keep,
    read_material,
)
from schemas.census.findings import FINDING
from tests.exports.official_material import (
    NAMED_TYPES,
    PRIMARY_AUTUMN,
    REPORT_AS_PAGE,
    REPORT_AS_TEXT,
    REPORT_AS_XML,
    XS,
    YEAR,
    schema,
    stylesheet,
    xlsx,
)

AT = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
SECRET = "Zzyzxworth"  # noqa: S105  a surname that must not come out
UPN = "Message/Pupils/PupilsOnRoll/PupilOnRoll/PupilIdentifiers/UPN"
PATH = "Message/Pupils/PupilsOnRoll/PupilOnRoll"


def pupil(*, upn: str = "<UPN>A801200005001</UPN>", dob: str = "2016-04-05", boarder: str = "N") -> str:
    return (
        f"<PupilOnRoll><PupilIdentifiers>{upn}<Surname>{SECRET}</Surname><Sex>F</Sex><DOB>{dob}</DOB>"
        f"</PupilIdentifiers><PupilStatus><Boarder>{boarder}</Boarder></PupilStatus></PupilOnRoll>"
    )


def message(*pupils: str) -> bytes:
    return f"<Message>\n<Pupils><PupilsOnRoll>{''.join(pupils)}</PupilsOnRoll></Pupils></Message>".encode()


def imported(trust: Path, data: bytes, name: str):
    return keep(trust, YEAR, read_material(data, YEAR), data, Origin(name, "the tests", "priya", AT))


GOOD, BAD = message(pupil(), pupil()), message(pupil(), pupil(dob=SECRET), pupil(boarder=SECRET), pupil(boarder=SECRET))


def test_without_material_nothing_is_run(tmp_path):
    assert official_findings(BAD, tmp_path, YEAR) == official.NOT_RUN
    assert accepted(tmp_path, BAD, YEAR) == official.NOT_RUN


def test_the_schema_says_line_path_and_kind_and_no_value(tmp_path):
    imported(tmp_path, schema(), "census.xsd")
    assert accepted(tmp_path, GOOD, YEAR).faults == ()
    with pytest.raises(SchemaRefused) as refused:
        accepted(tmp_path, BAD, YEAR)
    assert f"line 2: {PATH}/PupilIdentifiers/DOB has a value of another type (1)" in str(refused.value)
    assert f"line 2: {PATH}/PupilStatus/Boarder has a code that the schema does not list (2)" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_an_element_out_of_order_is_named_by_its_own_path(tmp_path):
    imported(tmp_path, schema(), "census.xsd")
    swapped = GOOD.replace(b"<Sex>F</Sex>", b"").replace(b"</DOB>", b"</DOB><Sex>F</Sex>")
    (fault,) = official_findings(swapped, tmp_path, YEAR).faults
    assert (fault.path, fault.times) == (f"{PATH}/PupilIdentifiers/Sex", 2)
    assert "not expected there" in fault.kind


def test_a_tag_that_is_no_plain_name_is_not_repeated(tmp_path):
    imported(tmp_path, schema(), "census.xsd")
    odd = f"{SECRET}{'x' * 80}"
    data = GOOD.replace(b"<Sex>F</Sex>", f"<{odd}>F</{odd}>".encode())
    (fault, *_) = official_findings(data, tmp_path, YEAR).faults
    assert fault.path == f"{PATH}/PupilIdentifiers/?"


@pytest.mark.parametrize(
    "report", [REPORT_AS_XML, REPORT_AS_PAGE, REPORT_AS_TEXT], ids=["as XML", "as a page", "as text"]
)
def test_a_report_becomes_counts_by_rule_and_nothing_else_comes_out(tmp_path, report, capfd):
    imported(tmp_path, report, "report.xslt")
    found = official_findings(message(pupil(), pupil(upn=""), pupil(upn="")), tmp_path, YEAR)
    assert (found.reported, found.unread, found.used) == ({"1500": 2}, 0, ("report.xslt",))
    assert SECRET not in repr(found) + "".join(capfd.readouterr())


def test_a_report_nobody_can_read_is_not_taken_for_a_clean_one(tmp_path):
    imported(tmp_path, stylesheet("<Report><Line>All is not well</Line><Line>at all</Line></Report>"), "odd.xslt")
    assert official_findings(GOOD, tmp_path, YEAR).unread == 2


def test_two_stylesheets_count_together_and_a_later_file_of_the_same_name_replaces(tmp_path):
    imported(tmp_path, REPORT_AS_XML, "a.xslt")
    imported(tmp_path, REPORT_AS_TEXT, "b.xslt")
    data = message(pupil(upn="", boarder="B"))
    assert official_findings(data, tmp_path, YEAR).reported == {"1500": 2, "2040Q": 1}
    imported(tmp_path, REPORT_AS_PAGE, "a.xslt")
    assert official_findings(data, tmp_path, YEAR).reported == {"1500": 2}


def test_their_counts_are_held_against_ours_by_number():
    row = {"severity": "error", "blocking": True, "level": "pupil", "table": "pupil", "pupil_id": "1", "row_key": None,
           "fields": "pupil.upn", "message": "words", "evaluated": True}  # fmt: skip
    rules = ["1500", "1500", "1510", "2040Q", "L-local", "1520"]
    rows = pd.DataFrame([row | {"rule": rule, "evaluated": rule != "1520"} for rule in rules])
    findings = FINDING.frame({name: rows[name] for name in rows})
    assert compared({"1500": 2, "2040": 3, "1999": 1, "1520": 1}, findings) == (
        Comparison("1500", 2, 2),
        Comparison("1510", 0, 1),
        Comparison("1520", 1, 0),
        Comparison("1999", 1, 0),
        Comparison("2040Q", 3, 1),
    )
    standings = [each.standing for each in compared({"1500": 2, "2040": 3, "1999": 1}, findings)]
    assert standings == ["agree", "only ours", "only theirs", "other count"]


REACHING = {
    "document()": stylesheet("<xsl:copy-of select=\"document('/etc/hostname')\"/>"),
    "an include": stylesheet("<a/>").replace(b"<xsl:output", b'<xsl:include href="file:///etc/hostname"/><xsl:output'),
    "an import": stylesheet("<a/>").replace(b"<xsl:output", b'<xsl:import href="http://127.0.0.1/x"/><xsl:output'),
    "version 2.0": stylesheet("<a/>", version="2.0"),
    "an unknown function": stylesheet('<xsl:value-of select="no-such-function()"/>'),
}


@pytest.mark.parametrize("data", REACHING.values(), ids=REACHING.keys())
def test_a_stylesheet_that_reaches_out_or_cannot_run_is_not_imported(tmp_path, data):
    with pytest.raises(SpecUnreadable):
        imported(tmp_path, data, "bad.xslt")
    assert index(tmp_path, YEAR) == ()


def test_inside_the_fence_no_file_is_opened_whatever_the_stylesheet_says(tmp_path):
    secret = tmp_path / "secret.xml"
    secret.write_text("<Error><RuleNumber>9999</RuleNumber></Error>", encoding="utf-8")
    reads = stylesheet(f"<xsl:copy-of select=\"document('{secret}')\"/>")
    assert why_unfit(reads, Kind.STYLESHEET) == "XSLTApplyError"
    exslt = 'version="1.0" xmlns:exsl="http://exslt.org/common" extension-element-prefixes="exsl"'
    writes = stylesheet(f'<exsl:document href="{tmp_path}/out"><a/></exsl:document>')
    assert why_unfit(writes.replace(b'version="1.0"', exslt.encode()), Kind.STYLESHEET)
    assert not (tmp_path / "out").exists()


def test_a_stylesheet_without_an_end_is_stopped_and_the_file_not_judged(tmp_path, monkeypatch):
    deep = "".join(f'<xsl:for-each select="{where}">' for where in ("//*|//text()", "//*", "//*", "//*"))
    endless = stylesheet(f'{deep}<xsl:value-of select="count(//*[count(//*) &gt; 1])"/>{"</xsl:for-each>" * 4}')
    imported(tmp_path, endless, "endless.xslt")
    monkeypatch.setattr(official, "WALL_SECONDS", 0.7)
    with pytest.raises(OfficialCheckFailed, match="out of its time or memory"):
        official_findings(message(*(pupil() for _ in range(300))), tmp_path, YEAR)


def test_what_a_schema_declares_is_confirmed_and_what_it_has_otherwise_is_said():
    tree = PRIMARY_AUTUMN.replace("          Sex = M F\n", "          Gender = M F X\n").replace(
        "= TFSM EFSM", "= TFSM XFSM"
    )
    reading = read_material(schema(tree), YEAR)
    assert {UPN, f"{PATH}/PupilStatus/Boarder"} <= reading.confirms.paths
    assert f"{PATH}/PupilIdentifiers/Sex" not in reading.confirms.paths
    assert {("FSM_CATEGORY", "TFSM"), ("FSM_CATEGORY", "XFSM"), ("BOARDER", "N")} <= reading.confirms.codes
    assert ("FSM_CATEGORY", "EFSM") not in reading.confirms.codes
    said = {(each.what, each.subject, each.theirs or each.ours) for each in reading.differences}
    category = f"{PATH}/PupilCharacteristics/FSMeligibility/FSMperiod/FSMCategory"
    assert (PATH_UNKNOWN, f"{PATH}/PupilIdentifiers/Gender", "declared") in said
    assert (PATH_UNDECLARED, f"{PATH}/PupilIdentifiers/Sex", "high") in said
    assert (CODE_UNKNOWN, category, "XFSM") in said
    assert (CODE_UNDECLARED, category, "EFSM") in said


def test_a_schema_of_named_types_groups_references_and_extensions_is_walked():
    confirms = read_material(NAMED_TYPES, YEAR).confirms
    assert confirms.paths == {UPN, f"{PATH}/PupilIdentifiers/Sex", f"{PATH}/PupilStatus/Boarder"}
    assert confirms.codes == {("SEX", "F"), ("BOARDER", "B"), ("BOARDER", "N")}


NO_SCHEMA = {
    "one that includes another": f'<xs:schema xmlns:xs="{XS}"><xs:include schemaLocation="types.xsd"/></xs:schema>',
    "one of something else": f'<xs:schema xmlns:xs="{XS}"><xs:element name="Order" type="xs:string"/></xs:schema>',
    "one that does not compile": schema().decode().replace('type="xs:date"', 'type="xs:nodate"'),
    "one with a document type": f'<!DOCTYPE a [<!ENTITY b "c">]><xs:schema xmlns:xs="{XS}">&b;</xs:schema>',
}


@pytest.mark.parametrize("text", NO_SCHEMA.values(), ids=NO_SCHEMA.keys())
def test_a_schema_that_cannot_be_used_is_refused(text):
    with pytest.raises(SpecUnreadable):
        read_material(text.encode(), YEAR)


def test_a_type_that_holds_itself_ends():
    data = (
        schema()
        .decode()
        .replace(
            "</xs:schema>",
            '<xs:complexType name="Loop"><xs:sequence><xs:element name="Loop" type="Loop" minOccurs="0"/></xs:sequence>'
            '</xs:complexType><xs:element name="Again" type="Loop"/></xs:schema>',
        )
    )
    assert UPN in read_material(data.encode(), YEAR).confirms.paths


def test_what_was_imported_is_kept_with_hash_source_person_and_time_and_adds_up(tmp_path):
    assert confirmed(tmp_path, YEAR).paths == frozenset()
    first, fresh = imported(tmp_path, schema(), "census.xsd")
    assert fresh
    imported(tmp_path, xlsx(), "rules.xlsx")
    assert imported(tmp_path, schema(), "census.xsd")[1] is False
    assert [(each.name, each.kind, each.by, each.source) for each in index(tmp_path, YEAR)] == [
        ("census.xsd", Kind.SCHEMA, "priya", "the tests"),
        ("rules.xlsx", Kind.WORKBOOK, "priya", "the tests"),
    ]
    assert index(tmp_path, YEAR)[0] == first
    together = confirmed(tmp_path, YEAR)
    assert (UPN in together.paths, "1510" in together.rules) == (True, True)


def test_a_file_that_is_not_what_was_imported_is_refused(tmp_path):
    kept, _ = imported(tmp_path, schema(), "census.xsd")
    file = tmp_path / "spec" / YEAR / kept.stored_as
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(SpecFolderFault, match="is not the file that priya imported on 2026-11-02"):
        in_use(tmp_path, YEAR)


@pytest.mark.parametrize("text", ["{", "[{}]", "[1]", '{"name": 1}'])
def test_an_index_that_cannot_be_read_is_refused(tmp_path, text):
    imported(tmp_path, schema(), "census.xsd")
    (tmp_path / "spec" / YEAR / "index.json").write_text(text, encoding="utf-8")
    with pytest.raises(SpecFolderFault, match="cannot be read"):
        confirmed(tmp_path, YEAR)


@pytest.mark.parametrize("year", ["2026", "2026-28", "../2026-27", "26-27", "2026-27/.."])
def test_only_an_academic_year_names_a_folder(tmp_path, year):
    with pytest.raises(SpecFolderFault, match="no academic year"):
        confirmed(tmp_path, year)

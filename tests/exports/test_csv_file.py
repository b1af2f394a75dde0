"""The comma-separated file: its dialect to the byte, and what reading it back proves."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.formats import FORMATS, FileDisagrees, verified
from exports.formats.csv_file import NoDialect, render
from exports.minimise import minimise
from exports.reread_csv import FileUnreadable, disagreements, reread
from tests.exports.trust_folder import agreement, feed, roll

LA, NHS = agreement("la_new_pupils"), agreement("nhs_immunisation")
JOINED = dt.date(2026, 9, 10)


def with_dialect(terms=LA, **changes):
    return dataclasses.replace(terms, dialect=dataclasses.replace(terms.dialect, **changes))


def joiners(*changes):
    return minimise(feed("joiner", *({"urn": "900001", "due": JOINED, **change} for change in changes)), LA)


def lines(data):
    return data.decode("utf-8-sig").split("\r\n")


def cell(data, name, terms=LA):
    return reread(data, terms).loc[0, name]


def test_the_header_is_the_agreements_columns_in_order():
    assert lines(render(joiners({}), LA))[0].split(",") == list(LA.outputs)


def test_the_same_table_in_any_order_gives_the_same_bytes():
    frames = joiners(
        {"surname": "Beta"}, {"surname": "Alpha"}, {"surname": None}, {"surname": "Alpha", "forename": "Ann"}
    )
    turned = {"joiner": frames["joiner"].iloc[::-1]}
    assert render(turned, LA) == render(frames, LA)
    assert list(reread(render(frames, LA), LA)["Surname"].fillna("")) == ["Alpha", "Alpha", "Beta", ""]


@pytest.mark.parametrize(
    ("change", "starts", "contains"),
    [
        ({"encoding": "utf-8"}, b"School_URN", b"\r\n"),
        ({"encoding": "utf-8-sig"}, b"\xef\xbb\xbfSchool_URN", b"\r\n"),
        ({"quoting": "all"}, b'"School_URN"', b'"900001"'),
    ],
)
def test_the_dialect_is_as_declared(change, starts, contains):
    data = render(joiners({}), with_dialect(**change))
    assert data.startswith(starts)
    assert contains in data


def test_lf_means_no_carriage_return():
    assert b"\r" not in render(joiners({}), with_dialect(newline="lf"))


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@x", "\tx", "\rx", "'=1", "''+1"])
def test_a_formula_is_neutralised_or_left_as_the_agreement_declares(text):
    frames = joiners({"town": text})
    safe, raw = render(frames, with_dialect(formula="neutralise")), render(frames, with_dialect(formula="raw"))
    assert f"'{text}" in safe.decode()
    assert f"'{text}" not in raw.decode()
    assert cell(safe, "Town") == text
    assert cell(raw, "Town", with_dialect(formula="raw")) == text


@pytest.mark.parametrize("newline", ["crlf", "lf"])
@pytest.mark.parametrize("text", ["\r", "\n", "a\r\nb", '"', ",", '""', " a "])
def test_a_cell_that_could_end_a_row_or_itself_is_kept_whole(text, newline):
    terms = with_dialect(newline=newline, formula="raw")
    assert cell(render(joiners({"town": text}), terms), "Town", terms) == text


def test_a_row_of_one_empty_cell_is_still_a_row():
    terms = dataclasses.replace(LA, lines=(LA.line("joiner.town"),), dialect=dataclasses.replace(LA.dialect, sort=()))
    frames = minimise(feed("joiner", {"urn": "900001", "town": None}, {"urn": "900001", "town": "x"}), terms)
    assert list(reread(render(frames, terms), terms)["Town"].fillna("")) == ["", "x"]


def test_an_apostrophe_that_guards_nothing_is_left_alone():
    assert "'tis" in render(joiners({"town": "'tis"}), LA).decode()
    assert cell(render(joiners({"town": "'tis"}), LA), "Town") == "'tis"


texts = st.none() | st.text(
    st.characters(blacklist_categories=("Cs",)) | st.sampled_from("\"'\n\r,;=+-@\t \u00a0\u200d"),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"town": texts, "line1": texts, "surname": texts}), max_size=4),
    st.sampled_from(["utf-8", "utf-8-sig"]),
    st.sampled_from(["crlf", "lf"]),
    st.sampled_from(["minimal", "all"]),
    st.sampled_from(["neutralise", "raw"]),
)
def test_whatever_the_text_the_file_reads_back_to_the_table(rows, encoding, newline, quoting, formula):
    terms = with_dialect(encoding=encoding, newline=newline, quoting=quoting, formula=formula)
    frames = joiners(*rows)
    data = render(frames, terms)
    assert disagreements(data, frames, terms) == ()
    read = reread(data, terms)
    assert sorted(read["Town"].fillna("")) == sorted(frames["joiner"]["town"].fillna(""))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"School_URN,", b"School_URN,Shoe_Size,"),
        (b"Surname", b"Family_Name"),
        (b"Surname,Forename", b"Forename,Surname"),
        (b"\r\n900001", b"\r\nx,900001"),
        ("é".encode(), b"\xe9"),
        (b"School_URN", b"\xef\xbb\xbfSchool_URN"),
        (b'"a,b"', b'"a,b"c"'),
        (b"School_URN,", b'"School_URN",'),
        (b"\r\n900001", b"\n900001"),
        (b"\r\n900001", b"\r900001"),
        (b"'=1", b"=1"),
    ],
)
def test_a_file_that_is_not_the_agreements_is_refused(old, new):
    data = render(joiners({"town": "a,b", "line1": "café", "line2": "=1"}), LA)
    assert old in data
    with pytest.raises(FileUnreadable) as refused:
        reread(data.replace(old, new, 1), LA)
    assert "café" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("10/09/2026", "09/10/2026", None),
        ("2026-09-10", "2026-09-11", "joiner.due"),
        ("Siân", "Sian", "joiner.forename"),
        ("MK40 1AA", "MK40 1AB", "joiner.postcode"),
        ("PAM", "PAF", "joiner.contact1_relationship"),
    ],
)
def test_one_changed_cell_is_found_and_never_repeated(old, new, field):
    frames = joiners({})
    data = render(frames, LA).decode().replace(old, new).encode()
    found = disagreements(data, frames, LA)
    assert found == (() if field is None else (f"{field}: 1 cells differ from the table",))


def test_a_row_too_few_is_found():
    frames = joiners({}, {})
    short = {"joiner": frames["joiner"].iloc[:1]}
    with pytest.raises(FileDisagrees, match="1 rows and the table 2"):
        verified(render(short, LA), frames, LA)


@pytest.mark.parametrize(
    ("year", "text"),
    [("R", "0"), ("N2", "-1"), ("N1", "-2"), ("8", "8"), ("10", "10"), ("X", None), ("E1", None), (None, None)],
)
def test_a_year_group_is_a_number_never_padded(year, text):
    terms = dataclasses.replace(NHS, population=())
    frames = minimise(roll({"nc_year": year}), terms)
    data = render(frames, terms)
    assert reread(data, terms)["CHILD_YEAR_GROUP"].fillna("")[0] == (text or "")
    assert disagreements(data, frames, terms) == ()


def test_verified_counts_pupils_and_values():
    frames = minimise(roll({}, {}), NHS)
    facts = verified(FORMATS["csv"].render(frames, NHS), frames, NHS)
    assert (facts.pupils, facts.emitted.held) == (2, ())
    assert facts.cells == sum(int(frames["roll"][line.column].notna().sum()) for line in NHS.lines)


def test_an_agreement_without_dialect_is_no_csv():
    with pytest.raises(NoDialect):
        render({}, agreement("dfe_autumn_census"))

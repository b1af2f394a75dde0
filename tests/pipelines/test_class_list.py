"""The class list of the demo trust against every rule that the immunisation team's software has for such a file.

The rules are written here afresh from what is known of that software ("Manage vaccinations in schools"), and share no
code with `exports.formats.mavis`.
"""

import csv
import datetime as dt
import io
import re

import pytest

from tests.pipelines.demo_returns import CENSUS_DAY, class_lists, demo_world

URNS = [f"90000{n}" for n in range(3, 8)]
YEAR_GROUPS = {"8", "9", "10", "11"}
REQUIRED = {"CHILD_FIRST_NAME", "CHILD_LAST_NAME", "CHILD_DATE_OF_BIRTH"}
KNOWN = REQUIRED | {
    "CHILD_POSTCODE", "CHILD_PREFERRED_FIRST_NAME", "CHILD_PREFERRED_LAST_NAME", "CHILD_YEAR_GROUP",
    "CHILD_REGISTRATION", "CHILD_NHS_NUMBER", "CHILD_GENDER", "CHILD_ADDRESS_LINE_1", "CHILD_ADDRESS_LINE_2",
    "CHILD_TOWN", *(f"PARENT_{n}_{what}" for n in (1, 2) for what in ("NAME", "RELATIONSHIP", "EMAIL", "PHONE")),
}  # fmt: skip
NAMES = {"CHILD_FIRST_NAME", "CHILD_LAST_NAME", "CHILD_PREFERRED_FIRST_NAME", "CHILD_PREFERRED_LAST_NAME",
         "PARENT_1_NAME", "PARENT_2_NAME"}  # fmt: skip
LETTERS = "".join(chr(code) for code in range(0xC0, 0x180) if code not in {0xD7, 0xF7})
NAME = re.compile(rf"[A-Za-z0-9_{LETTERS} '`\u2019\u02bc.\-]{{1,300}}")
POSTCODE = re.compile(r"(GIR ?0AA|[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]|[A-HK-Y][0-9][0-9A-Z]|[0-9][A-HJKPS-UW]) ?"
                      r"[0-9][ABD-HJLNP-UW-Z]{2})", re.IGNORECASE)  # fmt: skip
EMAIL_LOCAL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~\-]+")
EMAIL_HOST = re.compile(r"([a-z0-9]([a-z0-9\-]*[a-z0-9])?\.)+[a-z]{2,}")
UK_PHONE = re.compile(r"(?:\+44|0044|0)?(7[1-57-9][0-9]{8}|[12358][0-9]{8,9})")
DRAMA = re.compile(r"7700900[0-9]{3}|1632960[0-9]{3}")
GENDERS = {"male", "female", "not known", "not specified"}
FIRST_BIRTHDAY = dt.date(2000, 1, 1)
MOST_ROWS = 10_000


@pytest.fixture(params=URNS)
def urn(request):
    return request.param


@pytest.fixture
def data(urn):
    return class_lists()[urn].file


@pytest.fixture
def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def column(rows, name):
    return [row[name] for row in rows if row.get(name)]


def squeezed(text):
    """What the software makes of a cell before it looks at it."""
    return re.sub(r"\s+", " ", text.replace("\u200d", "").replace("\xa0", " ")).strip()


def wrong(rows, name, right):
    """How many filled cells of a column are not right; never which."""
    return sum(not right(squeezed(text)) for text in column(rows, name))


def test_every_school_of_the_agreement_has_a_list():
    assert sorted(class_lists()) == URNS


def test_the_file_is_utf_8_with_a_mark_and_commas(data):
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert "\ufeff" not in text
    assert "\x00" not in text
    assert "\n" not in text.replace("\r\n", "")
    assert text.endswith("\r\n")


def test_the_header_is_the_first_line_and_has_no_name_twice_or_unknown(data):
    header = next(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(header) == len(set(header))
    assert REQUIRED <= set(header) <= KNOWN


def test_every_row_has_every_cell_and_none_is_blank_or_an_instruction(data):
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True)
    assert 1 <= len(rows) <= MOST_ROWS
    assert {len(row) for row in rows} == {len(header)}
    assert all(any(row) for row in rows)
    assert not re.match(r"(Required|Optional)([,.:]|$)", rows[0][0])


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_what_is_required_is_there(rows, name):
    assert len(column(rows, name)) == len(rows)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_names_are_of_the_letters_it_knows(rows, name):
    assert wrong(rows, name, NAME.fullmatch) == 0


def _born(text):
    try:
        return dt.datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007  a date alone
    except ValueError:
        return None


def test_dates_of_birth_are_dates_of_this_century_before_today(rows):
    assert (
        wrong(rows, "CHILD_DATE_OF_BIRTH", lambda text: FIRST_BIRTHDAY <= (_born(text) or dt.date.min) < CENSUS_DAY)
        == 0
    )
    assert wrong(rows, "CHILD_DATE_OF_BIRTH", re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}").fullmatch) == 0


def test_postcodes_are_whole(rows):
    assert wrong(rows, "CHILD_POSTCODE", POSTCODE.fullmatch) == 0
    assert len(column(rows, "CHILD_POSTCODE")) >= 0.7 * len(rows)


@pytest.mark.parametrize("name", ["PARENT_1_EMAIL", "PARENT_2_EMAIL"])
def test_e_mails_can_be_sent_to(rows, name):
    def right(text):
        local, _, host = text.lower().rpartition("@")
        dots = not (local.startswith(".") or local.endswith(".") or ".." in text)
        return dots and len(text) <= 320 and EMAIL_LOCAL.fullmatch(local) and EMAIL_HOST.fullmatch(host)

    assert column(rows, name)
    assert wrong(rows, name, right) == 0


@pytest.mark.parametrize("name", ["PARENT_1_PHONE", "PARENT_2_PHONE"])
def test_telephones_are_numbers_that_ring_and_none_is_from_a_drama(rows, name):
    def right(text):
        number = UK_PHONE.fullmatch(text.replace(" ", ""))
        return number and not DRAMA.fullmatch(number.group(1))

    assert column(rows, name)
    assert wrong(rows, name, right) == 0


@pytest.mark.parametrize("parent", ["PARENT_1", "PARENT_2"])
def test_a_relationship_never_stands_alone(rows, parent):
    alone = [row for row in rows if row[f"{parent}_RELATIONSHIP"] and not any(
        row[f"{parent}_{what}"] for what in ("NAME", "EMAIL", "PHONE"))]  # fmt: skip
    assert len(alone) == 0


def test_year_groups_are_whole_numbers_that_are_not_padded_and_were_ticked(rows):
    """Where there is none, the software takes it from the date of birth."""
    placed = {row["CHILD_YEAR_GROUP"] or _by_age(_born(row["CHILD_DATE_OF_BIRTH"])) for row in rows}
    assert placed <= YEAR_GROUPS
    assert column(rows, "CHILD_YEAR_GROUP")


def test_gender_and_nhs_number_if_given_are_of_its_codes(rows):
    def number(text):
        digits = [int(digit) for digit in text.replace(" ", "")] if re.fullmatch(r"[0-9 ]{10,12}", text) else []
        total = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
        return len(digits) == 10 and any(digits) and (11 - total % 11) % 11 == digits[9]

    assert wrong(rows, "CHILD_GENDER", lambda text: text.lower() in GENDERS) == 0
    assert wrong(rows, "CHILD_NHS_NUMBER", number) == 0


def test_nobody_is_there_twice(rows):
    held = [(row["CHILD_LAST_NAME"], row["CHILD_FIRST_NAME"], row["CHILD_DATE_OF_BIRTH"]) for row in rows]
    assert len(set(held)) == len(held)
    numbers = column(rows, "CHILD_NHS_NUMBER")
    assert len(set(numbers)) == len(numbers)


def test_year_groups_are_whole_whoever_objects(urn, rows):
    """A child left out would be proposed as moved away: told from the world's facts and by no product code."""
    expected = []
    for pupil in demo_world().school(urn).pupils:
        spells = [fact for fact in pupil.on("enrolment", CENSUS_DAY) if fact.holds(CENSUS_DAY)]
        years = [fact.value for fact in pupil.on("year", CENSUS_DAY) if fact.holds(CENSUS_DAY)]
        if not spells or not years or years[-1].status == "G":
            continue
        born = pupil.one("person", CENSUS_DAY).value.dob
        if (_by_age(born) if years[-1].nc_year == "X" else years[-1].nc_year) in YEAR_GROUPS:
            expected.append(f"{born:%d/%m/%Y}")
    assert sorted(row["CHILD_DATE_OF_BIRTH"] for row in rows) == sorted(expected)


def _by_age(born):
    """Year group of a date of birth: twelve in the academic year is year 7."""
    academic_year_of_birth = born.year if born >= dt.date(born.year, 9, 1) else born.year - 1
    return str(2026 - academic_year_of_birth - 5)


def test_a_parent_who_may_not_be_told_is_not_in_the_file(urn, rows):
    roll = class_lists()[urn].roll
    protected = roll[roll["noted"] & roll["nc_year"].isin(YEAR_GROUPS)]
    for surname, forename in zip(protected["surname"], protected["forename"], strict=True):
        [row] = [row for row in rows if (row["CHILD_LAST_NAME"], row["CHILD_FIRST_NAME"]) == (surname, forename)]
        assert not any(row[name] for name in row if name.startswith("PARENT_"))

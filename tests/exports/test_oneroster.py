"""The OneRoster package: to the letter of the binding, the same bytes every time, and read back by other code."""

import dataclasses
import io
import random
import struct
import zipfile
from functools import cache

import pandas as pd
import pytest

from exports.formats import FileDisagrees, verified
from exports.formats.oneroster import RosterUnwritable, mismatches, problems, render
from exports.minimise import minimise
from exports.oneroster_files import files
from exports.protection_standing import Standing
from exports.reread_oneroster import disagreements
from exports.terms import Predicate
from tests.exports.roster_frames import AS_AT, TERMS, child, minimised, whole
from tests.exports.trust_folder import faults_of, text_of

EPOCH = (1980, 1, 1, 0, 0, 0)


@cache
def good():
    """Two pupils of year 8, one of year 12 whom the agreement leaves out, and the package of them."""
    frames = minimised(child(1), child(2, preferred_forename='Zoë "Z", of 8'), child(3, year="12", groups=("71",)))
    return frames, render(frames, TERMS)


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def rows(text):
    return [line.split(",") for line in text.splitlines()[1:]]


def zipped(texts, *, time=EPOCH, compression=zipfile.ZIP_DEFLATED, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.comment = comment
        for name, text in texts.items():
            data = text if isinstance(text, bytes) else text.encode()
            entry = zipfile.ZipInfo(name, time)
            entry.external_attr = 0o100644 << 16
            package.writestr(entry, data, compression)
    return buffer.getvalue()


def test_the_package_reads_back_to_the_tables():
    frames, data = good()
    assert disagreements(data, frames, TERMS) == ()
    assert disagreements(zipped(members(data)), frames, TERMS) == ()
    facts = verified(data, frames, TERMS)
    assert (facts.pupils, facts.emitted.academic_year) == (2, "")


def test_the_files_their_order_and_their_headings_are_the_bindings():
    found = members(good()[1])
    assert list(found) == [
        "manifest.csv", "orgs.csv", "academicSessions.csv", "courses.csv", "classes.csv", "users.csv", "roles.csv",
        "enrollments.csv",
    ]  # fmt: skip
    for name, text in found.items():
        if name != "manifest.csv":
            assert text.split("\r\n")[0].split(",") == [one.name for one in files()[name.removesuffix(".csv")]]
        assert text.endswith("\r\n")
    assert len(files()) == 21


def test_the_manifest_says_of_each_of_the_21_files_whether_it_is_there():
    said = dict(rows(members(good()[1])["manifest.csv"]))
    assert (said["manifest.version"], said["oneroster.version"]) == ("1.0", "1.2")
    assert {name for name, state in said.items() if state == "bulk"} == {
        f"file.{name}" for name in ("orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments")
    }
    assert said["file.demographics"] == said["file.userProfiles"] == "absent"
    assert len(said) == 21 + 2


def test_the_same_tables_in_any_order_give_the_same_bytes():
    frames, data = good()
    shuffled = {name: frame.sample(frac=1, random_state=7) for name, frame in frames.items()}
    assert render(shuffled, TERMS) == data
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(data)).infolist()} == {EPOCH}


def test_the_package_follows_a_change_of_one_cell():
    other = minimised(child(1, surname="Changed"), child(2, preferred_forename='Zoë "Z", of 8'))
    assert render(other, TERMS) != good()[1]


def test_a_file_without_rows_is_absent():
    frames = minimised(child(1, groups=()), terms=dataclasses.replace(TERMS, when_empty="nil"))
    nobody = {name: frame.iloc[:0] for name, frame in frames.items()}
    data = render(nobody, TERMS)
    assert list(members(data)) == ["manifest.csv"]
    assert disagreements(data, nobody, TERMS) == ()


def test_only_the_year_groups_of_the_agreement_their_classes_and_their_teachers_are_in_it():
    text = "".join(members(good()[1]).values())
    assert "900004.pupil.1," in text
    for other in ("900004.pupil.3", "12/Fm", "Further", "Bates", "900004.staff.6", "12 Blue"):
        assert other not in text


def test_a_scope_of_another_supplier_is_one_line_of_its_agreement():
    terms = dataclasses.replace(TERMS, population=(Predicate("year_groups", ("12",)),))
    frames = minimised(child(1), child(3, year="12", groups=("71",)), terms=terms)
    text = members(render(frames, terms))["users.csv"]
    assert "900004.pupil.3" in text
    assert "900004.pupil.1" not in text


@pytest.mark.parametrize(
    ("subjects", "pupils", "classes"),
    [
        (("Mathematics",), ["1", "3"], {"8x/Ma1"}),
        (("Further, mathematics", "Mathematics"), ["1", "2", "3"], {"8x/Ma1", "12/Fm"}),
        (("Registration",), ["1", "2", "3"], {"8 Blue, 1"}),
    ],
)
def test_a_supplier_of_one_subject_gets_its_classes_and_the_pupils_in_them(subjects, pupils, classes):
    terms = dataclasses.replace(TERMS, population=(Predicate("subjects", subjects),))
    three = child(1), child(2, groups=("71",)), child(3, groups=("70", "71"))
    frames = minimised(*three, terms=terms)
    assert sorted(frames["roster_pupil"]["pupil_id"]) == pupils
    assert set(frames["roster_class"]["title"]) == classes
    assert disagreements(render(frames, terms), frames, terms) == ()


def without(*fields):
    return dataclasses.replace(TERMS, lines=tuple(line for line in TERMS.lines if line.field not in fields))


def test_a_column_the_agreement_does_not_name_is_empty_from_the_first_row_to_the_last():
    terms = without("roster_pupil.email", "roster_staff.email")
    frames = minimised(child(1), terms=terms)
    data = render(frames, terms)
    assert "@" not in members(data)["users.csv"]
    assert disagreements(data, frames, terms) == ()
    assert any("users.csv email" in found for found in disagreements(render(minimised(child(1)), TERMS), frames, terms))


@pytest.mark.parametrize("gap", ["\r", "\n", "\r\n"])
def test_a_line_break_is_told_of_and_never_taken_out(gap):
    frames = minimised(child(1), child(2, surname=f"Two{gap}Lines"))
    with pytest.raises(RosterUnwritable) as refused:
        render(frames, TERMS)
    assert "users.csv familyName: 1 rows" in str(refused.value)
    assert "Two" not in str(refused.value)
    assert [(one.field, one.pupil_id) for one in problems(frames, TERMS)] == [("roster_pupil.family_name", "2")]


def test_a_missing_name_is_told_of_before_anything_is_sent():
    frames = minimised(child(1), child(2, forename=None))
    assert [(one.field, one.pupil_id) for one in problems(frames, TERMS)] == [("roster_pupil.given_name", "2")]
    assert problems(*good()[:1], TERMS) == ()
    with pytest.raises(FileDisagrees, match=r"users.csv givenName: 1 required cells are empty"):
        verified(render(frames, TERMS), frames, TERMS)


def edited(name, old, new, count=1):
    def edit(texts):
        assert old in texts[name], f"{old!r} is not in {name}"
        return texts | {name: texts[name].replace(old, new, count)}

    return edit


def dropped(name):
    return lambda texts: {key: text for key, text in texts.items() if key != name}


def added(name, text):
    return lambda texts: texts | {name: text}


def without_row(name, row):
    return lambda texts: texts | {
        name: "".join(
            line for at, line in enumerate(texts[name].splitlines(keepends=True)) if at != row
        )
    }  # fmt: skip


def row_twice(name, row):
    def edit(texts):
        lines = texts[name].splitlines(keepends=True)
        return texts | {name: "".join([*lines, lines[row]])}

    return edit


def swapped(name, one, other):
    def edit(texts):
        lines = texts[name].splitlines(keepends=True)
        lines[one], lines[other] = lines[other], lines[one]
        return texts | {name: "".join(lines)}

    return edit


def reordered(texts):
    return dict([*list(texts.items())[:1], *reversed(list(texts.items())[1:])])


DEMOGRAPHICS = ",".join(column.name for column in files()["demographics"]) + (
    f"\r\n900004.pupil.1,,,2013-03-03{',' * 12}\r\n"
)

MUTATIONS = {
    "a heading in other capitals": (edited("users.csv", "sourcedId", "sourcedID"), "headings"),
    "two headings change places": (edited("users.csv", "username,userIds", "userIds,username"), "headings"),
    "a column of its own": (edited("orgs.csv", "parentSourcedId", "parentSourcedId,metadata.upn"), "headings"),
    "a column is missing": (edited("roles.csv", ",userProfileSourcedId", ""), "headings"),
    "a row too wide": (edited("orgs.csv", "900004.school,,", "900004.school,,,"), "more or fewer cells"),
    "a row too narrow": (edited("orgs.csv", "900004.school,,", "900004.school,"), "more or fewer cells"),
    "a byte order mark": (edited("users.csv", "sourcedId", "\ufeffsourcedId"), "begins with a mark"),
    "lines end without a carriage return": (edited("users.csv", "\r\n", "\n", 99), "lines that do not end"),
    "no end of the last line": (lambda texts: texts | {"orgs.csv": texts["orgs.csv"].rstrip()}, "do not end"),
    "not UTF-8": (lambda texts: texts | {"users.csv": texts["users.csv"].encode("latin-1")}, "not UTF-8"),
    "a line break in a cell": (edited("users.csv", '"Zoë ""Z"", of 8"', '"Zoë\r\n""Z"", of 8"'), "line break"),
    "a quote that does not close": (edited("users.csv", 'of 8"', "of 8"), "quoting is broken"),
    "a file of no rows": (
        lambda texts: texts | {"courses.csv": texts["courses.csv"].split("\r\n")[0] + "\r\n"}, "forbidden",
    ),
    "a pupil is missing": (without_row("users.csv", 1), "users.csv has 2 rows and its tables 3"),
    "a pupil is there twice": (row_twice("users.csv", 1), "are not unique"),
    "rows change places": (swapped("users.csv", 1, 2), "cells differ from the tables"),
    "a name changes": (edited("users.csv", "Surname1", "Surname9"), "users.csv familyName: 1 cells differ"),
    "accents are lost": (edited("users.csv", "Zoë", "Zoe"), "users.csv preferredGivenName: 1 cells differ"),
    "a year group is padded": (edited("users.csv", ",8,", ",08,"), "users.csv grades: 1 cells differ"),
    "a password": (edited("users.csv", ",8,,,", ",8,secret,,"), "users.csv password: 1 cells are filled"),
    "a UPN among the user's ids": (
        edited("users.csv", "900004.pupil.1,,Ann", "900004.pupil.1,{UPN:B823200012345},Ann"),
        "users.csv userIds: 1 cells differ",
    ),
    "a telephone number": (edited("users.csv", "example.org,,,,8", "example.org,07412345678,,,8"), "users.csv sms"),
    "a user's own id is a UPN": (
        lambda texts: {name: text.replace("900004.pupil.1", "B823200012345") for name, text in texts.items()},
        "users.csv sourcedId: 1 cells are no GUID",
    ),
    "an id with a letter no id has": (edited("orgs.csv", "900004.school", "900004:school"), "are no GUID"),
    "an id too long": (edited("orgs.csv", "900004.school", "9" * 256), "are no GUID"),
    "a status in a bulk file": (edited("orgs.csv", "900004.school,,", "900004.school,active,"), "orgs.csv status"),
    "a time in a bulk file": (
        edited("orgs.csv", "900004.school,,", "900004.school,,2026-10-01T00:00:00Z"), "orgs.csv dateLastModified",
    ),
    "a boolean in other words": (edited("users.csv", ",true,", ",TRUE,"), "users.csv enabledUser: 1 cells are no"),
    "an account switched off": (edited("users.csv", ",true,", ",false,"), "users.csv enabledUser: 1 cells differ"),
    "a role of no binding": (edited("roles.csv", "student", "pupil"), "roles.csv role: 1 cells are no Enumeration"),
    "a pupil is a teacher": (edited("enrollments.csv", "student", "teacher"), "role: 1 are not the user's"),
    "two primary roles": (
        edited("roles.csv", "900004.pupil.2.role,,,900004.pupil.2", "900004.pupil.2.role,,,900004.pupil.1"),
        "two primary roles",
    ),
    "a day that is none": (edited("academicSessions.csv", "2026-12-18", "2026-13-18"), "endDate: 1 cells are no Date"),
    "a day as it is written here": (edited("academicSessions.csv", "2026-12-18", "18/12/2026"), "are no Date"),
    "a term that ends before it begins": (edited("academicSessions.csv", "2026-12-18", "2026-08-01"), "lie before"),
    "a year of two digits": (edited("academicSessions.csv", ",2027\r\n", ",27\r\n"), "schoolYear: 1 cells are no Year"),
    "a class that is not there": (edited("enrollments.csv", ",900004.class.70,", ",900004.class.99,"), "refer to what"),
    "a pupil who is not there": (edited("enrollments.csv", ",900004.pupil.1,", ",900004.pupil.9,"), "refer to what"),
    "one of two terms that is not there": (
        edited("classes.csv", ",900004.term.1,", ',"900004.term.1,900004.term.9",'), "classes.csv termSourcedIds: 1",
    ),
    "an enrolment at another school": (
        edited("enrollments.csv", ",900004.school,", ",900004.year.2027,"), "are not the school of their class",
    ),
    "a required cell is empty": (edited("users.csv", "Surname1", ""), "users.csv familyName: 1 required cells"),
    "an optional cell is lost": (edited("users.csv", "p1@ashdown.example.org", ""), "users.csv email: 1 cells differ"),
    "demographics": (added("demographics.csv", DEMOGRAPHICS), "never"),
    "a file no package has": (added("photographs.csv", "sourcedId\r\n1\r\n"), "under a name no package has"),
    "a file in a folder": (lambda texts: {f"roster/{name}": text for name, text in texts.items()}, "in a folder"),
    "no manifest": (dropped("manifest.csv"), "no manifest.csv"),
    "a file is gone": (dropped("roles.csv"), "manifest.csv: file.roles is not as the package is"),
    "files in another order": (reordered, "not in their order"),
    "the manifest is not first": (lambda texts: dict(reversed(list(texts.items()))), "manifest.csv is not the first"),
    "the manifest has another version": (edited("manifest.csv", "version,1.2", "version,1.1"), "oneroster.version"),
    "the manifest says delta": (edited("manifest.csv", "users,bulk", "users,delta"), "file.users"),
    "the manifest leaves a file out": (without_row("manifest.csv", 3), "a property is missing"),
    "the manifest says a thing twice": (row_twice("manifest.csv", 3), "twice there"),
    "the manifest says more": (
        edited("manifest.csv", "propertyName,value\r\n", "propertyName,value\r\nsource.systemCode,x\r\n"), "not one of",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_one_change_of_the_package_is_found_and_its_value_never_repeated(name):
    mutate, words = MUTATIONS[name]
    frames, data = good()
    found = disagreements(zipped(mutate(members(data))), frames, TERMS)
    assert any(words in one for one in found), found
    assert not [one for one in found for value in ("Surname1", "Zoë", "B8232000", "secret", "07412") if value in one]


CONTAINERS = {
    "something before it": lambda data: b"#!" + data,
    "something after it": lambda data: data + b"\0" * 30,
    "something between": lambda data: data[:-22].replace(b"PK\x01\x02", b"hidden" + b"PK\x01\x02", 1) + data[-22:],
    "a comment": lambda data: zipped(members(data), comment=b"of Ann"),
    "other times": lambda data: zipped(members(data), time=(2026, 10, 1, 9, 0, 0)),
    "not deflated": lambda data: zipped(members(data), compression=zipfile.ZIP_STORED),
    "cut short": lambda data: data[:-30],
    "a damaged byte": lambda data: data[:60] + bytes([data[60] ^ 0xFF]) + data[61:],
    "no zip at all": lambda _data: b"sourcedId\r\n",
    "nothing": lambda _data: b"",
    "said to be encrypted": lambda data: data[:6] + struct.pack("<H", 1) + data[8:],
}


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_a_zip_that_is_not_as_we_write_it_is_refused(name):
    frames, data = good()
    assert disagreements(CONTAINERS[name](data), frames, TERMS)


def changed(table, column, value):
    def change(frames):
        frame = frames[table].copy()
        frame[column] = pd.Series([value, *frame[column].tolist()[1:]], dtype=frame[column].dtype)
        return frames | {table: frame}

    return change


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("roster_org", "name", "Another school", "orgs.csv name"),
        ("roster_session", "title", "Michaelmas", "academicSessions.csv title"),
        ("roster_session", "end_date", AS_AT, "academicSessions.csv endDate"),
        ("roster_course", "title", "Alchemy", "courses.csv title"),
        ("roster_class", "title", "9z/Ma9", "classes.csv title"),
        ("roster_pupil", "given_name", "Bea", "users.csv givenName"),
        ("roster_pupil", "email", None, "users.csv email"),
        ("roster_pupil", "enabled_user", False, "users.csv enabledUser"),
        ("roster_staff", "family_name", "Lovelace", "users.csv familyName"),
        ("roster_pupil_role", "role", "guardian", "roles.csv role"),
        ("roster_pupil_enrolment", "class_sourced_id", "900004.class.71", "enrollments.csv classSourcedId"),
    ],
)
def test_a_table_that_says_something_else_than_the_package_is_found(table, column, value, words):
    frames, data = good()
    assert any(words in one for one in disagreements(data, changed(table, column, value)(frames), TERMS))


def test_a_row_more_in_a_table_than_in_the_package_is_found():
    frames, data = good()
    twice = pd.concat([frames["roster_staff"]] * 2, ignore_index=True)
    assert "users.csv has 3 rows and its tables 4" in disagreements(data, frames | {"roster_staff": twice}, TERMS)


@pytest.mark.nightly
def test_no_flipped_byte_of_the_package_goes_unnoticed():
    frames, data = good()
    chosen = random.Random(20261001)  # noqa: S311 - a fixed choice of places, not a secret
    silent = []
    for _ in range(3000):
        place, bit = chosen.randrange(len(data)), 1 << chosen.randrange(8)
        flipped = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
        if not disagreements(flipped, frames, TERMS) and members(flipped) != members(data):
            silent.append(place)  # the same files deflated otherwise are no change
    assert silent == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (("roster_pupil.family_name",), "users.csv needs roster_pupil.family_name"),
        (("roster_class.class_type", "roster_class.title"), "needs roster_class.title, roster_class.class_type"),
        (tuple(f for f in TERMS.fields if f.startswith("roster_org.")), "refers to orgs.csv"),
        (tuple(f for f in TERMS.fields if f.startswith("roster_course.")), "classes.csv refers to courses.csv"),
    ],
)  # fmt: skip
def test_an_agreement_that_could_make_no_valid_package_does_not_compile(fields, words):
    assert any(words in one for one in mismatches(without(*fields)))
    assert list(mismatches(TERMS)) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("roster_pupil.email", "roster_pupil.dob", "users.csv has no column for roster_pupil.dob"),
        ("roster_pupil.email", "roster_pupil.upn", "a UPN goes to"),
        ("- roster_pupil.email", "- {source: roster_pupil.email, as: EMAIL}", "names its own elements"),
        ("format: oneroster", "format: csv", "the dataset roster is sent as oneroster, not as csv"),
        ("dataset: roster", "dataset: roll", "the dataset roll is sent as csv"),
        ("profile: oneroster", "profile: mavis", "mavis"),
        ("role: processor", "role: controller", "article_28 is given, but the recipient is not a processor"),
        ("  article_28: A28-LEARN-2026\n", "", "needs article_28"),
    ],
)
def test_what_a_roster_may_not_be(old, new, words):
    text = text_of("supplier_roster")
    assert old in text
    assert any(words in fault for fault in faults_of(text.replace(old, new, 1)))
    assert faults_of(text) == ()


@pytest.mark.parametrize(
    ("kind", "address", "row"),
    [("safe_address", False, True), ("court_order", False, True), ("restriction", False, False), (None, True, True)],
)
def test_protection_takes_the_address_or_the_whole_pupil(kind, address, row):
    standing = Standing(flags={"1": frozenset({kind})}) if kind else Standing()
    frames = minimise(whole(child(1), child(2)), TERMS, as_at=AS_AT, standing=standing)
    data = render(frames, TERMS)
    assert disagreements(data, frames, TERMS) == ()
    text = "".join(members(data).values())
    assert ("p1@ashdown.example.org" in text, "900004.pupil.1," in text) == (address, row)
    assert "p2@ashdown.example.org" in text

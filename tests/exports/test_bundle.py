"""The bundle that answers a case: deterministic, and read back by code that finds every planted change."""

import dataclasses
import datetime as dt
import hashlib
import io
import json
import zipfile

import pyrage
import pytest

from exports.case_tables import selected
from exports.cases import compile_cases
from exports.formats import FileDisagrees, verified
from exports.formats.bundle import render
from exports.gateways import load_gateways
from exports.reread_bundle import disagreements
from exports.sealing import sealed_for
from tests.exports.trust_folder import FOLDER, notice, schools
from tests.schemas.snapshots import marks, pupil, snapshot
from vault.identity import IdentityUnfit

CASE = next(one.case for one in compile_cases(FOLDER, notice(), load_gateways(), schools()) if one.id == "case_2026_1")
AGREEMENT = CASE.agreement


def person(number, **fields):
    return pupil(
        number,
        address=[
            {"line1": "1 Old Road", "postcode": "MK40 1AA", "start_date": dt.date(2020, 1, 1),
             "end_date": dt.date(2026, 9, 14)},
            {"line1": "2 New Road", "postcode": "MK40 1AB", "start_date": dt.date(2026, 9, 15)},
        ],
        contact=[{"contact_id": f"c{number}", "forename": "Zoë", "surname": "=1+1", "phone": "+44 7412 345678"}],
        attendance_mark=marks("2026-09-01", "/", "\\", "I"),
        fields=fields,
    )  # fmt: skip


SNAPSHOT = snapshot(person("9", surname='O"Neill, "Al"\r\n'), person("10"), person("11"))
FRAMES = selected(SNAPSHOT, CASE, ["9", "10"])
BUNDLE = render(FRAMES, AGREEMENT)


def members(data=BUNDLE):
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def zipped(files, *, when=(1980, 1, 1, 0, 0, 0), packing=zipfile.ZIP_STORED, note=b"", extra=b""):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packing) as package:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type, entry.comment, entry.extra = packing, note, extra
            package.writestr(entry, data)
    return held.getvalue()


def with_index(**changes):
    index = json.loads(members()["index.json"]) | changes
    return zipped({**members(), "index.json": json.dumps(index).encode()})


def with_file(name, old, new):
    """A bundle with one file changed, its entry in the index put right by whoever changed it."""
    files = members()
    assert old in files[name]
    files[name] = files[name].replace(old, new, 1)
    index = json.loads(files["index.json"])
    for entry in index["tables"]:
        entry["sha256"] = hashlib.sha256(files[entry["file"]]).hexdigest()
    return zipped({**files, "index.json": json.dumps(index).encode()})


def reordered():
    files = members()
    return zipped({name: files[name] for name in reversed(files)})


def patched(at, new):
    return BUNDLE[:at] + new + BUNDLE[at + len(new) :]


def hidden_between():
    """Bytes between two members, with the directory put right."""
    files, gap = members(), b"hidden!!"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        for number, (name, data) in enumerate(files.items()):
            if number == 1:
                held.write(gap)
                package.start_dir = held.tell()
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return held.getvalue()


MUTATIONS = {
    "cut short": (lambda: BUNDLE[:-30], "not a zip"),
    "a byte of a member changed": (lambda: patched(BUNDLE.index(b"Surname10"), b"X"), "not a zip"),
    "bytes before the zip": (lambda: b"hidden" + BUNDLE, "no member"),
    "bytes between two members": (hidden_between, "no member"),
    "a comment of the zip": (lambda: BUNDLE[:-2] + b"\x06\x00hidden", "no member"),
    "a comment of a member": (lambda: zipped(members(), note=b"hidden"), "beside its bytes"),
    "an extra field": (lambda: zipped(members(), extra=b"\x99\x99\x02\x00hi"), "beside its bytes"),
    "packed": (lambda: zipped(members(), packing=zipfile.ZIP_DEFLATED), "beside its bytes"),
    "a time": (lambda: zipped(members(), when=(2026, 9, 30, 12, 0, 0)), "tells a time"),
    "another member": (lambda: zipped({**members(), "suspension.csv": b"person,reason1\r\n"}), "members"),
    "a member twice": (lambda: zipped({**members(), "pupil.csv ": members()["pupil.csv"]}), "members"),
    "a member missing": (lambda: zipped({k: v for k, v in members().items() if k != "contact.csv"}), "members"),
    "members in another order": (reordered, "members"),
    "the index names another case": (lambda: with_index(case="case_2026_2"), "index: case"),
    "the index names another reference": (lambda: with_index(reference="IVC/2026/1"), "index: reference"),
    "the index names another recipient": (lambda: with_index(to="Another Constabulary"), "index: to"),
    "the index counts other persons": (lambda: with_index(persons=3), "index: persons"),
    "the index says more": (lambda: with_index(remark="x"), "the index does not say"),
    "the index lists other tables": (lambda: with_index(tables=[]), "index: the tables"),
    "the index says a key twice": (
        lambda: zipped({**members(), "index.json": members()["index.json"].replace(b"{", b'{"case": "x", ', 1)}),
        "the index does not say",
    ),
    "the index is no JSON": (lambda: zipped({**members(), "index.json": b"{"}), "the index does not say"),
    "a hash in the index is another": (
        lambda: zipped({**members(), "pupil.csv": members()["pupil.csv"].replace(b"Ann", b"Eve", 1)}),
        "index: the tables",
    ),
    "a cell changed": (lambda: with_file("pupil.csv", b"Surname10", b"Surname11"), "pupil.surname: 1 cells"),
    "a date in another form": (lambda: with_file("pupil.csv", b"2013-03-03", b"03/03/2013"), "pupil.dob: 1 cells"),
    "a code changed": (lambda: with_file("attendance_mark.csv", b'"I"', b'"N"'), "attendance_mark.code: 1 cells"),
    "a formula made safe unasked": (lambda: with_file("contact.csv", b"=1+1", b"'=1+1"), "contact.surname: 1 cells"),
    "an accent decomposed": (
        lambda: with_file("contact.csv", "Zoë".encode(), "Zoe\u0308".encode()), "contact.forename: 1 cells",
    ),
    "a row of another person": (lambda: with_file("contact.csv", b'"2","Zo', b'"1","Zo'), "contact: 1 rows are"),
    "a row left out": (lambda: with_file("address.csv", b'"1","2 New Road","MK40 1AB"\r\n', b""), "address: the file"),
    "a column more": (lambda: with_file("pupil.csv", b'"dob"', b'"dob","upn"'), "pupil: its columns"),
    "a column named otherwise": (lambda: with_file("pupil.csv", b'"dob"', b'"born"'), "pupil: its columns"),
    "a cell too many": (lambda: with_file("pupil.csv", b'"2013-03-03"', b'"2013-03-03","x"'), "a row has more"),
    "another encoding": (lambda: with_file("contact.csv", "Zoë".encode(), b"Zo\xeb"), "contact: it is not UTF-8"),
    "no byte order mark": (lambda: with_file("pupil.csv", b"\xef\xbb\xbf", b""), "pupil: its byte order mark"),
    "broken quoting": (lambda: with_file("pupil.csv", b'"Ann"', b'"Ann"x'), "pupil: it is not UTF-8, or its quoting"),
}  # fmt: skip


def test_the_bundle_says_what_the_tables_say():
    assert disagreements(BUNDLE, FRAMES, AGREEMENT) == ()
    facts = verified(BUNDLE, FRAMES, AGREEMENT)
    assert facts.pupils == 2
    assert facts.cells == sum(int(FRAMES[line.table][line.column].notna().sum()) for line in AGREEMENT.lines)


def test_there_are_enough_mutations():
    assert len(MUTATIONS) >= 30


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_every_planted_change_is_named_and_no_value_is_repeated(name):
    change, said = MUTATIONS[name]
    data = change()
    assert data != BUNDLE
    found = disagreements(data, FRAMES, AGREEMENT)
    assert any(said in one for one in found), found
    assert not any(value in one for one in found for value in ("Surname", "New Road", "Zo", "7412"))
    with pytest.raises(FileDisagrees):
        verified(data, FRAMES, AGREEMENT)


def test_the_same_rows_in_any_order_are_the_same_bytes():
    turned = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in SNAPSHOT.items()}
    assert render(selected(turned, CASE, ["10", "9"]), AGREEMENT) == BUNDLE


def test_pupils_are_numbered_and_the_references_of_the_mis_stay_at_home():
    files = members()
    assert [line.split(b",")[0] for line in files["contact.csv"].splitlines()[1:]] == [b'"1"', b'"2"']
    assert not any(b"/pupil/" in data or b"c10" in data or b'"10"' in data for data in files.values())


def test_only_the_pupils_the_columns_and_the_days_of_the_case_are_taken():
    assert set(FRAMES["pupil"]["pupil_id"]) == {"9", "10"}
    assert [list(frame) for frame in FRAMES.values()] == [
        ["pupil_id", "surname", "forename", "dob"],
        ["pupil_id", "line1", "postcode"],
        ["pupil_id", "forename", "surname", "phone"],
        ["pupil_id", "date", "session", "code"],
    ]
    assert len(FRAMES["address"]) == 4
    early = dataclasses.replace(CASE, span=dataclasses.replace(CASE.span, last=dt.date(2026, 9, 1)))
    taken = selected(SNAPSHOT, early, ["9"])
    assert list(taken["address"]["line1"]) == ["1 Old Road"]
    assert list(taken["attendance_mark"]["session"]) == ["AM", "PM"]


def test_a_seal_opens_for_the_recipient_alone_and_is_another_each_time():
    officer, stranger = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    sealed = sealed_for(str(officer.to_public()), BUNDLE)
    assert pyrage.decrypt(sealed, [officer]) == BUNDLE
    assert sealed != sealed_for(str(officer.to_public()), BUNDLE)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [stranger])
    with pytest.raises(IdentityUnfit):
        sealed_for("age1nobody", BUNDLE)

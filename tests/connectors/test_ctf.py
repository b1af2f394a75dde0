"""An incoming transfer file: our own comes back as the same pupil, and what is not one is refused without harm."""

import pytest

from connectors.ctf import LARGEST, CtfUnfit, CtfVersion, read_ctf
from exports.formats import FORMATS
from tests.exports.transfer_frames import CASTLE_MOOR, LEFT, TERMS, leaver, of, plain, rich, usual
from tests.schemas.snapshots import day, marks

FILE = FORMATS["ctf_26"].render(usual(), TERMS)
KEYS = ("pupil_id", "row_id")
HISTORIES = {
    "hardly anything": plain(),
    "something of everything": rich(),
    "no fixed address": rich(address=[]),
    "an address in lines": rich(address=[{"line1": "1 Dell", "line2": "Up", "line5": "Far", "postcode": "LU5 6QD"}]),
    "thirty periods of free meals": rich(
        fsm=[{"start_date": day(f"20{n:02d}-01-05"), "end_date": day(f"20{n:02d}-06-05"), "uk_country": "ENG"}
             for n in range(1, 26)]
    ),
    "two schools at once": rich(
        school_history=[
            {"la_number": "823", "estab": "2902", "entry_date": day("2022-09-05"), "leaving_date": day("2024-07-19")},
            {"la_number": "826", "estab": "1104", "entry_date": day("2022-11-07"), "leaving_date": day("2024-05-24")},
        ],
        enrol_status=[{"status": "M", "start_date": day("2024-09-03")}],
    ),
    "back at a school left before": rich(
        school_history=[
            {"la_number": "823", "estab": "4909", "entry_date": day("2020-09-07"), "leaving_date": day("2022-07-19")},
            {"la_number": "823", "estab": "4909", "entry_date": day("2024-09-03"), "leaving_date": LEFT},
        ]
    ),
    "a code of two characters": rich(attendance_mark=marks("2026-09-07", "/", "C1", "/", "\\")),
    "a code and a missing session": rich(attendance_mark=marks("2026-09-07", "/", "\\", "/")),
    "two parents of one name": rich(
        contact=[
            {"contact_id": n, "priority": 1, "surname": "Ó Néill", "forename": "Sam", "relationship": "PAM",
             "parental_responsibility": True, "phone": f"0741234560{n}"} for n in ("1", "2")
        ]
    ),
    "names of every alphabet": rich(fields={"surname": "Ønskov-Łęcki 't Hooft", "forename": "Ngọc 蘇 ئە"}),
}  # fmt: skip


def values(frame):
    """A table without the keys, which each side counts for itself, in one spelling."""
    bare = frame[[name for name in frame if name not in KEYS]].astype(object)
    return bare.where(bare.notna(), None).to_numpy().tolist()


@pytest.mark.parametrize("history", sorted(HISTORIES))
def test_our_own_file_comes_back_as_the_same_pupil(history):
    sent = of(CASTLE_MOOR, HISTORIES[history])
    read = read_ctf(FORMATS["ctf_26"].render(sent, TERMS), "the file")
    assert read.passed_over == {}
    for name, frame in sent.items():
        assert values(read.frames[name][list(frame)]) == values(frame), name


def test_rows_come_back_inside_their_own_row():
    sent, read = usual(), read_ctf(FILE, "the file").frames
    for table, inner in (("contact", "contact_phone"), ("attendance", "marks"), ("stage", "result")):
        for frames in (sent, read):
            assert set(frames[f"transfer_{inner}"]["row_id"]) <= set(frames[f"transfer_{table}"]["row_id"])
    order = [frames["transfer_contact"]["row_id"].tolist() for frames in (sent, read)]
    places = [
        [rows.index(row) for row in frames["transfer_contact_phone"]["row_id"]]
        for rows, frames in zip(order, (sent, read), strict=True)
    ]
    assert places[0] == places[1] == [0, 1, 1]


def test_contacts_of_one_name_stay_two_people():
    read = read_ctf(FORMATS["ctf_26"].render(of(CASTLE_MOOR, HISTORIES["two parents of one name"]), TERMS), "the file")
    assert len(read.frames["transfer_contact"]) == read.frames["transfer_contact"]["row_id"].nunique() == 2


def test_marks_with_a_code_of_two_characters_stay_out_and_the_totals_stay():
    frames = of(CASTLE_MOOR, HISTORIES["a code of two characters"])
    assert frames["transfer_marks"].empty
    (totals,) = (
        frames["transfer_attendance"][["possible", "authorised", "attended", "unauthorised"]].to_numpy().tolist()
    )
    assert totals == [4, 1, 3, 0]


@pytest.mark.parametrize("version", ["26.0", "25.0"])
def test_both_versions_are_read(version):
    read = read_ctf(FILE.replace(b"26.0", version.encode()), "the file")
    assert read.version == version
    assert bool(read.passed_over) == (version == "25.0")


@pytest.mark.parametrize("version", ["24.0", "27.0", "26", "", "26.1"])
def test_another_version_is_refused_and_says_which_are_read(version):
    with pytest.raises(CtfVersion, match=r"26\.0 and 25\.0"):
        read_ctf(FILE.replace(b">26.0<", f">{version}<".encode()), "the file")


def test_what_the_layout_does_not_have_is_counted_and_passed_over():
    more = FILE.replace(b"<LookedAfter>", b"<Religion>X</Religion><LookedAfter>")
    read = read_ctf(more, "the file")
    assert read.passed_over == {"CTfile/CTFpupilData/Pupil": 2}
    assert values(read.frames["transfer_pupil"]) == values(read_ctf(FILE, "the file").frames["transfer_pupil"])


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-15"])
def test_another_encoding_that_is_declared_is_read(encoding):
    text = FORMATS["ctf_26"].render(of(CASTLE_MOOR, leaver("1", fields={"surname": "Été"})), TERMS).decode()
    data = text.replace("UTF-8", encoding).encode(encoding)
    assert read_ctf(data, "the file").frames["transfer_pupil"]["surname"].tolist() == ["Été"]


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "&%c;&%c;">' % (98 + n, 97 + n, 97 + n) for n in range(20)
) + b"]>"  # fmt: skip


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not well-formed"),
        (b"no XML", "not well-formed"),
        (FILE[:-9], "not well-formed"),
        (FILE.replace(b"CTfile>", b"ATfile>"), "document element"),
        (FILE.replace(b"<CTfile>", b"<!DOCTYPE CTfile><CTfile>"), "document type"),
        (FILE.replace(b"<CTfile>", LAUGHS + b"<CTfile>"), "document type"),
        (FILE.replace(b"<CTfile>", b'<!DOCTYPE CTfile SYSTEM "file:///etc/passwd"><CTfile>'), "document type"),
        (FILE.replace(b"2013-03-03", b"03/03/2013"), r"wrong form: transfer_pupil.dob \(2\)"),
        (FILE.replace(b"<InCare>true", b"<InCare>yes"), "transfer_pupil.in_care"),
        (FILE.replace(b"<Order>1", b"<Order>first"), "transfer_contact.order"),
        (FILE + b" " * LARGEST, "larger than 16 MiB"),
    ],
    ids=[
        "nothing", "another kind of file", "cut short", "admissions", "a document type", "entities without end",
        "a file of this machine", "a date the other way round", "a flag in words", "an order in words", "too large",
    ],
)  # fmt: skip
def test_what_is_no_transfer_file_is_refused(data, why):
    with pytest.raises(CtfUnfit, match=why):
        read_ctf(data, "the file")


def test_a_refusal_never_repeats_a_value():
    with pytest.raises(CtfUnfit) as refused:
        read_ctf(FILE.replace(b"2013-03-03", b"Quillfeather"), "the file")
    assert "Quillfeather" not in str(refused.value)

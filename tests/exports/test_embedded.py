"""No image, document or archive leaves in a text file, whatever it is dressed as; ordinary values pass."""

import base64
import io
import zipfile

import pytest

from exports.embedded import SIGNATURES, embedded
from exports.formats import FORMATS, BinaryEmbedded, verified
from exports.minimise import minimise
from tests.exports.trust_folder import agreement, roll

NHS = agreement("nhs_immunisation")
BEGINNINGS = [(name, each) for name, signatures in SIGNATURES.items() for each in signatures]
AFTER = bytes(range(7, 107))


def in_csv(cell: bytes) -> bytes:
    return b"SURNAME,NOTE\r\nSmith," + cell + b"\r\n"


def hexadecimal(data: bytes) -> bytes:
    return data.hex().encode()


def wrapped(data: bytes) -> bytes:
    return b'"' + base64.encodebytes(data).replace(b"\n", b"\r\n") + b'"'


def shifted(data: bytes) -> bytes:
    return b"x" + base64.b64encode(data)


DISGUISES = (base64.b64encode, base64.urlsafe_b64encode, hexadecimal, wrapped, shifted)


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("name", "beginning"), BEGINNINGS, ids=[f"{n} {i}" for i, (n, _) in enumerate(BEGINNINGS)])
def test_a_file_written_out_as_text_is_found_and_named(name, beginning, disguise):
    assert any(found.startswith(name) for found in embedded(in_csv(disguise(beginning + AFTER)), "csv"))


@pytest.mark.parametrize(("name", "beginning"), [each for each in BEGINNINGS if each[1] != b"RIFF"])
def test_a_file_as_it_is_is_found_and_named(name, beginning):
    assert f"{name} as it is" in embedded(in_csv(beginning + AFTER), "csv")


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (b"data:image/svg+xml;base64,PHN2Zy8+", "written into an address"),
        (b"ab\x00cd", "a byte that no text has"),
        (b"A" * 200, "200 characters without a break"),
    ],
)
def test_other_disguises_are_found(cell, says):
    assert any(says in found for found in embedded(in_csv(cell), "csv"))


@pytest.mark.parametrize(
    "cell",
    [
        b"A" * 199,
        b"0123456789abcdef" * 4,
        b"Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondeley",
        "Ångström-Łuczak, Siân".encode(),
        b"Griffith RIFFkin of PKfield, MZee",
        b"\xef\xbb\xbfUTF-8 with a mark",
    ],
)
def test_ordinary_values_pass(cell):
    assert embedded(in_csv(cell), "csv") == ()


@pytest.mark.parametrize(
    ("member", "number_found"), [(b"name\r\nSmith\r\n", 0), (in_csv(base64.b64encode(b"%PDF-1.7" + AFTER)), 1)]
)
def test_each_member_of_a_zip_is_looked_at(member, number_found):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("users.csv", member)
    assert len(embedded(packed.getvalue(), "zip")) == number_found


@pytest.mark.parametrize(
    ("town", "passes"), [("Bedford", True), (base64.b64encode(b"\xff\xd8\xff" + AFTER).decode(), False)]
)
def test_a_file_with_a_photograph_in_a_cell_is_not_prepared(town, passes):
    frames = minimise(roll({"registration_group": town}), NHS)
    data = FORMATS["csv"].render(frames, NHS)
    if passes:
        assert verified(data, frames, NHS).pupils == 1
        return
    with pytest.raises(BinaryEmbedded, match="a JPEG image") as refused:
        verified(data, frames, NHS)
    assert town not in str(refused.value)


def test_every_format_is_one_that_the_scan_can_open():
    assert {each.kind for each in FORMATS.values()} <= {"csv", "xml", "zip"}

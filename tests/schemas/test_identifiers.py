import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.gb import nhs
from stdnum.gb import upn as stdnum_upn

from schemas import identifiers as ids
from schemas.codesets import codes

ALPHABET = "ABCDEFGHJKLMNPQRTUVWXYZ"
BODIES = st.from_regex(r"\A8[0-9]{10}[0-9A-HJ-NP-RT-Z]\Z")
NINE = st.from_regex(r"\A[1-9][0-9]{8}\Z")


def texts(*values):
    return pd.Series(list(values), dtype=pd.ArrowDtype(pa.string()))


def scalar_letter(body):
    """The check letter by the published words, one character at a time."""
    total = 0
    for weight, character in enumerate(body, start=2):
        total += weight * (int(character) if character.isdigit() else ALPHABET.index(character))
    return ALPHABET[total % 23]


@given(BODIES)
def test_the_check_letter_agrees_with_independent_code(body):
    letter = ids.upn_check_letter(body)
    assert letter == scalar_letter(body) == stdnum_upn.calc_check_digit(body)


@given(BODIES, st.sampled_from(ALPHABET))
def test_exactly_one_letter_is_right(body, letter):
    right = letter == scalar_letter(body)
    assert ids.upn_check_letter_right(texts(letter + body)).tolist() == [right]


@given(st.from_regex(r"\A[A-Z][0-9]{11}[0-9A-Z]\Z"), st.lists(st.just(None), max_size=2))
def test_validity_agrees_with_the_parts_that_rules_report(upn, nulls):
    series = texts(*nulls, upn)
    parts = (
        ids.upn_check_letter_right(series) & ids.upn_la_known(series) & ids.upn_middle_numeric(series)
        & ids.upn_ending_right(series)
    )  # fmt: skip
    assert ids.upn_valid(series).tolist() == parts.tolist()


@pytest.mark.parametrize(
    ("upn", "expected"),
    [
        ("B801200005001", (True, True, True, True, True)),
        ("A801200005001", (False, False, True, True, True)),
        ("B80120000500", (False, False, True, True, False)),
        ("b801200005001", (False, False, True, True, True)),
        ("B80120X005001", (False, False, True, False, True)),
        ("B80120000500O", (False, False, True, True, False)),
        ("B801200005001 ", (False, False, True, True, False)),
        ("B801200005001\n", (False, False, True, True, False)),
        ("B80120000500\u0661", (False, False, True, True, False)),
        (None, (False, False, False, False, False)),
        ("", (False, False, False, False, False)),
    ],
)
def test_validity_letter_authority_middle_and_ending_of_a_upn(upn, expected):
    series = texts(upn)
    found = (
        ids.upn_valid(series), ids.upn_check_letter_right(series), ids.upn_la_known(series),
        ids.upn_middle_numeric(series), ids.upn_ending_right(series),
    )  # fmt: skip
    assert tuple(mask.item() for mask in found) == expected


def test_a_temporary_upn_ends_in_a_letter():
    body = "80120000500A"
    upn = ids.upn_check_letter(body) + body
    assert ids.upn_valid(texts(upn)).item()
    assert ids.upn_temporary(texts(upn, "B801200005001", None)).tolist() == [True, False, False]


@pytest.mark.parametrize("body", ["", "80120000500", "80120000500O", "X01200005001", "8012000050011"])
def test_a_body_that_is_none_is_refused(body):
    with pytest.raises(ValueError, match="eleven digits"):
        ids.upn_check_letter(body)


def test_an_authority_outside_the_ranges_is_not_known():
    known, unknown = (scalar_letter(body) + body for body in ("801200005001", "004200005001"))
    gap = scalar_letter("006200005001") + "006200005001"
    assert ids.upn_la_known(texts(known, unknown, gap)).tolist() == [True, True, False]
    assert ids.upn_valid(texts(gap)).tolist() == [False]
    assert len(codes("UPN_LA")) == 195


@given(NINE)
def test_uln_check_digit_agrees_with_the_published_sum(body):
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), body, strict=True)) % 11
    expected = str(10 - total) if total else None
    assert ids.uln_check_digit(body) == expected
    valid = ids.uln_valid(texts(*[body + str(digit) for digit in range(10)])).tolist()
    assert valid == [str(digit) == expected and body + str(digit) != "9999999999" for digit in range(10)]


@given(NINE)
def test_nhs_check_digit_agrees_with_stdnum(body):
    valid = ids.nhs_number_valid(texts(*[body + str(digit) for digit in range(10)])).tolist()
    assert valid == [nhs.is_valid(body + str(digit)) for digit in range(10)]
    assert [str(digit) for digit, right in enumerate(valid) if right] == [
        digit for digit in [ids.nhs_check_digit(body)] if digit is not None
    ]


@pytest.mark.parametrize(
    ("valid", "good", "bad"),
    [
        (ids.uln_valid, (), ("9999999999", "0000000000", "123456789", "12345678901", "12345 7890")),
        (ids.nhs_number_valid, ("9434765919",), ("0000000000", "9434765918", "943 476 5919")),
        (
            ids.postcode_valid,
            ("M1 1AA", "M60 1NW", "W1A 1HQ", "CR2 6XH", "DN55 1PT", "EC1A 1BB"),
            ("M11AA", "m1 1aa", "M1  1AA", "M1 1CA", "M1 1AM", "ABC1 1AA", "M1 AAA", "M1 1AA\n", "M1 1A"),
        ),
        (ids.laestab_valid, ("8014001",), ("801400", "80140011", "0014001", "801/001")),
        (ids.urn_valid, ("123456",), ("12345", "1234567", "012345", "12345A")),
        (ids.ukprn_valid, ("10012345",), ("20012345", "1001234", "100123456")),
        (ids.company_number_valid, ("12345678", "SC123456"), ("S1234567", "1234567", "sc123456")),
        (ids.uprn_valid, ("1", "100012345678"), ("1000123456789", "", "10A")),
        (ids.eligibility_code_valid, ("50012345678",), ("5001234567", "500123456789", "5001234567A")),
    ],
)
def test_forms(valid, good, bad):
    assert valid(texts(*good, *bad, None)).tolist() == [True] * len(good) + [False] * (len(bad) + 1)


VECTORISED = [value for name, value in vars(ids).items() if name.startswith("u") and name.endswith(("_valid", "known"))]


@pytest.mark.parametrize("valid", VECTORISED)
def test_slices_keep_their_index_and_empty_stays_empty(valid):
    series = texts("B801200005001", "x", "B801200005001")
    assert valid(series[1:]).index.tolist() == [1, 2]
    assert valid(series[1:]).tolist() == valid(series).tolist()[1:]
    assert valid(series[:0]).tolist() == []
    assert valid(series).dtype == bool

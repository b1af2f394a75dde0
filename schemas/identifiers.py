"""Identifiers: UPN, ULN, NHS number, LAESTAB, URN, UKPRN, company number, UPRN, postcode, eligibility code (DERN).

Belongs here: whether a value has the form and check character of its kind. Does not belong here: whether it is the
right pupil's (rules), or what the value is. Tests over a Series return a numpy-bool Series on the same index without
nulls: a null is no valid identifier. The three check-character functions also take one body, to make identifiers.
Source: facts on the school census, "Identifiers, ages, dates, vocabulary".
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.codesets import codes
from schemas.dates import certain

UPN_ALPHABET: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The 23 letters of a UPN; a letter's value is its position (no I, O, S)."""

_UPN_WIDTH: Final = 13
_ELEVEN: Final = 11
_UNKNOWN_ULN: Final = "9999999999"
_LETTERS: Final = np.full(256, -1, dtype=np.int64)
_LETTERS[[ord(letter) for letter in UPN_ALPHABET]] = range(len(UPN_ALPHABET))
_DIGITS: Final = np.full(256, -1, dtype=np.int64)
_DIGITS[ord("0") : ord("9") + 1] = range(10)

_Ints = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


def upn_check_letter(body: str) -> str:
    """Return the letter that must stand before the twelve characters of `body` (weights 2 to 13, modulo 23).

    Raises ValueError when `body` is not eleven digits and then a digit or a letter of the alphabet.
    """
    matrix = _characters(pd.Series(["A" + body], dtype=pd.ArrowDtype(pa.string())), _UPN_WIDTH)
    if not (_upn_digits(matrix, 1, 12) & _upn_last(matrix))[0]:
        message = "a UPN body is eleven digits and then a digit or a letter other than I, O and S"
        raise ValueError(message)
    return UPN_ALPHABET[int(_upn_check_values(matrix)[0])]


def upn_valid(upns: pd.Series) -> pd.Series:
    """Say which values are complete UPNs, permanent or temporary: form, authority and check letter."""
    matrix = _characters(upns, _UPN_WIDTH)
    return _mask(upns, _upn_form(matrix) & _upn_letter_right(matrix)) & upn_la_known(upns)


def upn_check_letter_right(upns: pd.Series) -> pd.Series:
    """Say which values begin with the letter computed from the rest (rule 1510); False where it cannot be computed."""
    matrix = _characters(upns, _UPN_WIDTH)
    return _mask(upns, _upn_letter_right(matrix))


def upn_la_known(upns: pd.Series) -> pd.Series:
    """Say which values have a real or pseudo local authority in characters 2 to 4 (rule 1530)."""
    authorities = pc.utf8_slice_codeunits(_arrow(upns), start=1, stop=4)
    return _mask(upns, _filled(pc.is_in(authorities, value_set=pa.array(sorted(codes("UPN_LA"))))))


def upn_middle_numeric(upns: pd.Series) -> pd.Series:
    """Say which values have digits in all of characters 5 to 12 (rule 1540)."""
    return _matches(upns, r"^.{4}[0-9]{8}")


def upn_ending_right(upns: pd.Series) -> pd.Series:
    """Say which values have thirteen characters, the last a digit or a letter other than I, O, S (rule 1550)."""
    return _matches(upns, f"^.{{12}}[0-9{UPN_ALPHABET}]$")


def upn_temporary(upns: pd.Series) -> pd.Series:
    """Say which values end in a letter, the mark of a temporary UPN."""
    return _matches(upns, f"^.{{12}}[{UPN_ALPHABET}]$")


def uln_check_digit(body: str) -> str | None:
    """Return the tenth digit of the ULN that begins with these nine digits; None when no ULN begins so."""
    remainder = _weighted_text(body) % _ELEVEN
    return str(_ELEVEN - 1 - remainder) if remainder else None


def uln_valid(ulns: pd.Series) -> pd.Series:
    """Say which values are ULNs: ten digits, first not 0, check digit right (rule 1575), not the "unknown" value."""
    digits = _DIGITS[_characters(ulns, 10)]
    remainder = _weighted(digits) % _ELEVEN
    right = (remainder != 0) & (digits[:, 9] == _ELEVEN - 1 - remainder)
    known = ~certain(ulns == _UNKNOWN_ULN)
    return _mask(ulns, (digits >= 0).all(axis=1) & (digits[:, 0] > 0) & right) & known


def nhs_check_digit(body: str) -> str | None:
    """Return the tenth digit of the NHS number that begins with these nine digits; None when none begins so."""
    check = -_weighted_text(body) % _ELEVEN
    return None if check == _ELEVEN - 1 else str(check)


def nhs_number_valid(numbers: pd.Series) -> pd.Series:
    """Say which values are NHS numbers: ten digits with the modulo 11 check digit, not all zero."""
    digits = _DIGITS[_characters(numbers, 10)]
    right = digits[:, 9] == -_weighted(digits) % _ELEVEN
    return _mask(numbers, (digits >= 0).all(axis=1) & right & digits.any(axis=1))


def postcode_valid(postcodes: pd.Series) -> pd.Series:
    """Say which values are postcodes: upper case, one space, inward letters without C I K M O V."""
    return _matches(postcodes, r"^[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][ABD-HJLNP-UW-Z]{2}$")


def laestab_valid(numbers: pd.Series) -> pd.Series:
    """Say which values are DfE numbers: local authority (three digits), then establishment (four digits)."""
    return _matches(numbers, r"^[1-9][0-9]{6}$")


def urn_valid(urns: pd.Series) -> pd.Series:
    """Say which values are unique reference numbers: six digits."""
    return _matches(urns, r"^[1-9][0-9]{5}$")


def ukprn_valid(ukprns: pd.Series) -> pd.Series:
    """Say which values are UK provider reference numbers: eight digits, the first 1."""
    return _matches(ukprns, r"^1[0-9]{7}$")


def company_number_valid(numbers: pd.Series) -> pd.Series:
    """Say which values are Companies House numbers: two letters or two digits, then six digits."""
    return _matches(numbers, r"^([A-Z]{2}|[0-9]{2})[0-9]{6}$")


def uprn_valid(uprns: pd.Series) -> pd.Series:
    """Say which values are unique property reference numbers: one to twelve digits."""
    return _matches(uprns, r"^[0-9]{1,12}$")


def eligibility_code_valid(eligibility_codes: pd.Series) -> pd.Series:
    """Say which values are childcare eligibility codes (DERN): eleven digits."""
    return _matches(eligibility_codes, r"^[0-9]{11}$")


def _weighted(digits: _Ints) -> _Ints:
    """Return the sum of the first nine digits weighted 10 down to 2, row by row."""
    return np.asarray(digits[:, :9] @ np.arange(10, 1, -1))


def _weighted_text(body: str) -> int:
    return sum((10 - place) * int(digit) for place, digit in enumerate(body))


def _upn_form(matrix: npt.NDArray[np.uint8]) -> _Mask:
    letter = _LETTERS[matrix[:, 0]] >= 0
    return np.asarray(letter & _upn_digits(matrix, 1, 12) & _upn_last(matrix))


def _upn_digits(matrix: npt.NDArray[np.uint8], start: int, stop: int) -> _Mask:
    return np.asarray((_DIGITS[matrix[:, start:stop]] >= 0).all(axis=1))


def _upn_last(matrix: npt.NDArray[np.uint8]) -> _Mask:
    last = matrix[:, 12]
    return np.asarray((_DIGITS[last] >= 0) | (_LETTERS[last] >= 0))


def _upn_check_values(matrix: npt.NDArray[np.uint8]) -> _Ints:
    values = np.where(_DIGITS[matrix] >= 0, _DIGITS[matrix], _LETTERS[matrix])
    return np.asarray(values[:, 1:] @ np.arange(2, 14) % len(UPN_ALPHABET))


def _upn_letter_right(matrix: npt.NDArray[np.uint8]) -> _Mask:
    return np.asarray(_upn_form(matrix) & (_LETTERS[matrix[:, 0]] == _upn_check_values(matrix)))


def _characters(values: pd.Series, width: int) -> npt.NDArray[np.uint8]:
    """Return an (n, width) byte matrix; a null or a value of another length is a row of zero bytes, no character."""
    texts = _arrow(values)
    fits = pc.fill_null(pc.equal(pc.binary_length(texts), width), fill_value=False)
    fixed = pc.if_else(fits, pc.cast(texts, pa.binary()), b"\0" * width).cast(pa.binary(width))
    whole = fixed.combine_chunks() if isinstance(fixed, pa.ChunkedArray) else fixed
    data = np.frombuffer(whole.buffers()[1], dtype=np.uint8) if len(whole) else np.empty(0, dtype=np.uint8)
    return data[whole.offset * width : (whole.offset + len(whole)) * width].reshape(len(whole), width)


def _matches(values: pd.Series, pattern: str) -> pd.Series:
    return _mask(values, _filled(pc.match_substring_regex(_arrow(values), pattern)))


def _arrow(values: pd.Series) -> pa.ChunkedArray | pa.Array:
    return pa.array(values, type=pa.string(), from_pandas=True)


def _filled(mask: pa.ChunkedArray | pa.Array) -> _Mask:
    return np.asarray(pc.fill_null(mask, fill_value=False), dtype=bool)


def _mask(values: pd.Series, mask: _Mask) -> pd.Series:
    return pd.Series(mask, index=values.index)

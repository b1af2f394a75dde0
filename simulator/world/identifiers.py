"""Identifiers with right check letters and digits, written apart from the product's own so that each checks the other.

Sources: facts school_census/identifiers_and_dates.md (UPN, ULN); NHS data dictionary (NHS number, modulus 11).
"""

from collections import defaultdict
from typing import Final

ALPHABET: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"


def upn(body: str) -> str:
    """Put the check letter before twelve characters; the last may be a letter (temporary)."""
    values = [int(c) if c.isdigit() else ALPHABET.index(c) for c in body]
    return ALPHABET[sum(weight * value for weight, value in enumerate(values, start=2)) % 23] + body


def uln(serial: int) -> str | None:
    """Make a ULN of nine digits and a check digit; None when no digit fits."""
    body = f"{serial:09d}"
    remainder = sum((10 - place) * int(digit) for place, digit in enumerate(body)) % 11
    return None if remainder == 0 else body + str(10 - remainder)


def nhs_number(serial: int) -> str | None:
    """Make an NHS number of the 999 test range; None when the check would be ten."""
    body = f"999{serial:06d}"
    check = 11 - sum((10 - place) * int(digit) for place, digit in enumerate(body)) % 11
    return None if check == 10 else body + str(check % 11)  # noqa: PLR2004 - modulus 11


class Issuer:
    """Gives every pupil of one school numbers that no other school of the trust gives.

    UPNs come from feeder schools of the pupil's LA (three-digit serials, a thousand a year and feeder), ULNs and
    NHS numbers from a block of serials per school.
    """

    def __init__(self, school_index: int, la_number: str) -> None:
        """Start at the school's own block."""
        self._la = la_number
        self._feeder = 2000 + school_index * 8
        self._upns: defaultdict[int, int] = defaultdict(int)
        self._uln = 101_000_000 + school_index * 200_000
        self._nhs = school_index * 30_000

    def next_upn(self, year: int, *, temporary: bool = False) -> str:
        """Issue a UPN of a year of allocation."""
        self._upns[year] += 1
        serial = self._upns[year]
        body = f"{self._la}{self._feeder + serial // 1000:04d}{year % 100:02d}{serial % 1000:03d}"
        return upn(body[:-1] + ALPHABET[serial % len(ALPHABET)]) if temporary else upn(body)

    def next_uln(self) -> str:
        """Issue a ULN."""
        number = None
        while number is None:
            self._uln += 7
            number = uln(self._uln)
        return number

    def next_nhs_number(self) -> str:
        """Issue an NHS number of the test range."""
        number = None
        while number is None:
            self._nhs += 1
            number = nhs_number(self._nhs)
        return number

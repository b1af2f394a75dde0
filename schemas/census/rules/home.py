"""Rules on home information."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import Mask, any_of, missing, present
from schemas.identifiers import postcode_valid, uprn_valid


@rule("L-postcode", on="pupil")
def local_postcode(census: Census) -> Mask:
    return census.on_roll & missing(census.pupil.postcode)


@rule("L-postcode-format", on="pupil")
def local_postcode_format(census: Census) -> Mask:
    return present(census.pupil.postcode) & ~postcode_valid(census.pupil.postcode)


@rule("L-address-both-forms", on="pupil")
def local_address_both_forms(census: Census) -> Mask:
    return _structured(census) & _lines(census)


@rule("L-address-incomplete", on="pupil")
def local_address_incomplete(census: Census) -> Mask:
    pupil = census.pupil
    building = present(pupil.paon) | present(pupil.saon)
    place = any_of(present(part) for part in (pupil.street, pupil.town, pupil.post_town))
    structured = _structured(census) & ~(building & place)
    return census.on_roll & (structured | (~_structured(census) & missing(pupil.line1)))


@rule("L-uprn", on="pupil")
def local_uprn(census: Census) -> Mask:
    return present(census.pupil.uprn) & ~uprn_valid(census.pupil.uprn)


def _structured(census: Census) -> Mask:
    names = ("saon", "paon", "street", "locality", "town", "administrative_area", "post_town")
    return any_of(present(getattr(census.pupil, name)) for name in names)


def _lines(census: Census) -> Mask:
    return any_of(present(getattr(census.pupil, f"line{number}")) for number in range(1, 6))

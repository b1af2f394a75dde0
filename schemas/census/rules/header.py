"""Rules on the header: which collection, which school, which version."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import Mask, between, differs, equal, in_codeset, matches
from schemas.identifiers import laestab_valid, urn_valid

A_MOMENT = r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"


@rule("100", on="header")
def rule_100(census: Census) -> Mask:
    return differs(census.header.reference_date, census.collection.reference_date)


@rule("L-header-collection", on="header")
def local_header_collection(census: Census) -> Mask:
    return ~equal(census.header.collection, "SC")


@rule("L-header-term", on="header")
def local_header_term(census: Census) -> Mask:
    return ~equal(census.header.term, census.collection.term_code)


@rule("L-header-year", on="header")
def local_header_year(census: Census) -> Mask:
    return ~equal(census.header.year, census.collection.reference_date.year)


@rule("L-header-source-level", on="header")
def local_header_source_level(census: Census) -> Mask:
    return ~in_codeset(census.header.source_level, "SOURCE_LEVEL", census.collection.reference_date)


@rule("L-header-lea", on="header")
def local_header_lea(census: Census) -> Mask:
    return ~in_codeset(census.header.lea, "LA_CODE_LIIA", census.collection.reference_date)


@rule("L-header-estab", on="header")
def local_header_estab(census: Census) -> Mask:
    return ~laestab_valid("100" + census.header.estab)


@rule("L-header-urn", on="header")
def local_header_urn(census: Census) -> Mask:
    return ~urn_valid(census.header.urn)


@rule("L-header-serial-no", on="header")
def local_header_serial_no(census: Census) -> Mask:
    return ~between(census.header.serial_no, 1, 999)


@rule("L-header-date-time", on="header")
def local_header_date_time(census: Census) -> Mask:
    return ~matches(census.header.date_time, A_MOMENT)

"""Rules on alternative provision: pupils of a pupil referral unit, and placements a school arranges."""

from schemas.census.engine import rule
from schemas.census.view import Census
from schemas.census.vocabulary import (
    Mask,
    after,
    any_of,
    before,
    between,
    duplicated,
    equal,
    in_codeset,
    missing,
    one_of,
    present,
    wrong_code,
)  # fmt: skip
from schemas.identifiers import company_number_valid, postcode_valid, ukprn_valid, urn_valid

UNITS = ("PR",)
ARRANGING = ("PS", "MP", "MS", "SS", "AT", "SP")
SINGLE = ("C", "F", "O")


@rule("2360", on="pupil", phases=UNITS)
def rule_2360(census: Census) -> Mask:
    return _single(census) & present(census.pupil.prev_urn) & ~urn_valid(census.pupil.prev_urn)


@rule("2361", on="pupil", phases=UNITS)
def rule_2361(census: Census) -> Mask:
    return _single(census) & ~in_codeset(census.pupil.ap_reason, "AP_REASON", census.collection.reference_date)


@rule("2363", on="pupil", phases=UNITS)
def rule_2363(census: Census) -> Mask:
    return _single(census) & equal(census.pupil.ap_reason, "EHC") & ~equal(census.pupil.sen_provision, "E")


@rule("3131", on="pupil", phases=UNITS)
def rule_3131(census: Census) -> Mask:
    pupil = census.pupil
    return _single(census) & any_of(missing(part) for part in (pupil.prev_urn, pupil.ap_reason, pupil.ap_sen_entry))


@rule("L-ap-previous-school", on="pupil", phases=UNITS)
def local_ap_previous_school(census: Census) -> Mask:
    known = census.pupil.prev_urn.isin(census.register("establishments"))
    return _single(census) & urn_valid(census.pupil.prev_urn) & ~known


@rule("2364", on="ap_placement")
def rule_2364(census: Census) -> Mask:
    return _unnamed(census) & missing(census.ap_placement.setting_type)


@rule("2372", on="ap_placement")
def rule_2372(census: Census) -> Mask:
    left_pupil = census.of_pupil("ap_placement", "leaving_date")
    left = census.ap_placement.leaving_date
    return equal(census.of_pupil("ap_placement", "section"), "off_roll") & (missing(left) | after(left, left_pupil))


@rule("2392", on="pupil")
def rule_2392(census: Census) -> Mask:
    placement = census.ap_placement
    still = ~before(placement.leaving_date, census.collection.reference_date)
    full = census.has("pupil", "ap_placement", still & ~equal(placement.pattern, "PT"))
    return census.on_roll & full & (census.count("pupil", "ap_placement", still) > 1)


@rule("4015Q", on="school", phases=ARRANGING)
def rule_4015q(census: Census) -> bool:
    return not census.rows("ap_placement")


@rule("4016Q", on="school", phases=UNITS)
def rule_4016q(census: Census) -> bool:
    return not (census.rows("ap_placement") or present(census.pupil.ap_reason).any())


@rule("L-ap-unregistered", on="ap_placement")
def local_ap_unregistered(census: Census) -> Mask:
    placement = census.ap_placement
    unknown = missing(placement.company_number) | missing(placement.postcode)
    return _unnamed(census) & present(placement.setting_type) & unknown


@rule("L-ap-urn", on="ap_placement")
def local_ap_urn(census: Census) -> Mask:
    return present(census.ap_placement.urn) & ~urn_valid(census.ap_placement.urn)


@rule("L-ap-ukprn", on="ap_placement")
def local_ap_ukprn(census: Census) -> Mask:
    return present(census.ap_placement.ukprn) & ~ukprn_valid(census.ap_placement.ukprn)


@rule("L-ap-company-number", on="ap_placement")
def local_ap_company_number(census: Census) -> Mask:
    return present(census.ap_placement.company_number) & ~company_number_valid(census.ap_placement.company_number)


@rule("L-ap-postcode", on="ap_placement")
def local_ap_postcode(census: Census) -> Mask:
    return present(census.ap_placement.postcode) & ~postcode_valid(census.ap_placement.postcode)


@rule("L-ap-setting-type", on="ap_placement")
def local_ap_setting_type(census: Census) -> Mask:
    return wrong_code(census.ap_placement.setting_type, "AP_SETTING_TYPE", census.collection.reference_date)


@rule("L-ap-reason", on="ap_placement")
def local_ap_reason(census: Census) -> Mask:
    return ~in_codeset(census.ap_placement.reason, "AP_PLACEMENT_REASON", census.collection.reference_date)


@rule("L-ap-entry", on="ap_placement")
def local_ap_entry(census: Census) -> Mask:
    entry = census.ap_placement.entry_date
    return missing(entry) | after(entry, census.collection.reference_date)


@rule("L-ap-order", on="ap_placement")
def local_ap_order(census: Census) -> Mask:
    return before(census.ap_placement.leaving_date, census.ap_placement.entry_date)


@rule("L-ap-before-joining", on="ap_placement")
def local_ap_before_joining(census: Census) -> Mask:
    return before(census.ap_placement.entry_date, census.of_pupil("ap_placement", "entry_date"))


@rule("L-ap-window", on="ap_placement")
def local_ap_window(census: Census) -> Mask:
    return before(census.ap_placement.leaving_date, census.collection.ap.start)


@rule("L-ap-pattern", on="ap_placement")
def local_ap_pattern(census: Census) -> Mask:
    return ~in_codeset(census.ap_placement.pattern, "AP_PATTERN", census.collection.reference_date)


@rule("L-ap-sessions", on="ap_placement")
def local_ap_sessions(census: Census) -> Mask:
    return ~between(census.ap_placement.sessions_per_week, 1, 10)


@rule("L-ap-full-time-sessions", on="ap_placement")
def local_ap_full_time_sessions(census: Census) -> Mask:
    return equal(census.ap_placement.pattern, "FT") & between(census.ap_placement.sessions_per_week, 1, 9)


@rule("L-ap-repeated", on="ap_placement")
def local_ap_repeated(census: Census) -> Mask:
    placement = census.ap_placement
    return duplicated(placement.pupil_id, placement.entry_date, placement.urn)


def _single(census: Census) -> Mask:
    return census.on_roll & one_of(census.pupil.enrol_status, *SINGLE)


def _unnamed(census: Census) -> Mask:
    return missing(census.ap_placement.urn) & missing(census.ap_placement.ukprn)

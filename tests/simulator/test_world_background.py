"""What the world holds beside a census: plausible, dated, and without any effect on what a census asks."""

import datetime as dt
import re
from random import Random

import pytest

from simulator.world import background, days, teaching
from simulator.world.lookups import PARTNERS
from simulator.world.results import ASSESSMENTS, results
from simulator.world.schools import DEMO_SCHOOLS
from simulator.world.trust import make_trust

KINDS = {
    "attended", "results", "reached", "diet", "medical", "impairment", "social_care", "premium", "uci", "answer",
    "intention",
}  # fmt: skip
NINO = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")


@pytest.fixture(scope="module")
def demo():
    return make_trust()


def facts(trust, kind):
    return [fact for school in trust.schools for pupil in school.pupils for fact in pupil.facts.get(kind, ())]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_somebody_has_each_kind(demo, kind):
    assert facts(demo, kind)


def test_ids_of_the_background_lie_apart_from_all_others(demo):
    for school in demo.schools:
        block = (school.index + 1) * 1_000_000
        for pupil in school.pupils:
            for kind, held in pupil.facts.items():
                assert all((fact.id - block > 500_000) == (kind in KINDS) for fact in held), kind


@pytest.mark.parametrize(
    ("age", "summers"),
    [
        (4, set()), (5, {"EYFSP_ELG01": 2026}), (6, {"EYFSP_ELG17": 2025, "PHONICS_MARK": 2026}),
        (7, {"EYFSP_ELG01": 2024, "PHONICS_OUTCOME": 2025}), (9, {"MTC": 2026}),
        (11, {"KS2_MATHS_SCORE": 2026, "MTC": 2024, "KS1_READING_TA": 2022}), (12, {"KS2_WRITING_TA": 2025}),
        (16, set()),
    ],
)  # fmt: skip
def test_results_are_of_the_summer_in_which_the_age_was_reached(age, summers):
    held = {result.assessment: result.day.year for result in results(age, Random(1))}  # noqa: S311
    assert held.items() >= dict(summers).items()
    assert bool(held) == bool(summers)


def test_nobody_was_assessed_in_the_summers_without_assessments_or_in_what_is_not_listed(demo):
    found = [result for fact in facts(demo, "results") for result in fact.value]
    assert not {result.day.year for result in found} & {2020, 2021}
    assert {result.assessment for result in found} == set(ASSESSMENTS)
    assert all((result.grade is None) != (result.mark is None) for result in found)


def test_earlier_schools_follow_each_other_and_end_before_this_one(demo):
    closed = 0
    for school in demo.schools:
        for pupil in school.pupils:
            spells = sorted(pupil.facts.get("attended", ()), key=lambda fact: fact.start)
            joined = min(fact.start for fact in pupil.facts["enrolment"])
            ends = [*(fact.start for fact in spells[1:]), joined][: len(spells)]
            assert all(fact.start < fact.end < end for fact, end in zip(spells, ends, strict=True))
            for fact in spells:
                if fact.value.institution == background.DELL_LANE:
                    closed += 1
                    assert fact.end <= background.DELL_LANE_CLOSED
    assert closed


def test_parents_who_applied_for_meals_have_a_number_that_nobody_was_given(demo):
    parents = [fact.value for fact in facts(demo, "guardian")]
    ninos = [who.nino for who in parents if who.nino]
    assert all(NINO.fullmatch(nino) and nino[:2] in {"JJ", "CC", "GJ"} for nino in ninos)
    assert all(re.fullmatch(r"\d{9}", who.nass) for who in parents if who.nass)
    assert ninos
    assert any(who.nass for who in parents)
    assert all(who.dob for who in parents if who.nino or who.nass)
    for school in demo.schools:
        for pupil in school.pupils:
            if "fsm" not in pupil.facts:
                assert not any(fact.value.nino or fact.value.nass for fact in pupil.facts["guardian"])


def test_candidate_numbers_have_their_check_letter(demo):
    for value in [fact.value for fact in facts(demo, "uci")]:
        total = sum((16 - place) * int(digit) for place, digit in enumerate(value[:12]))
        assert len(value) == 13
        assert value[12] == "ABCDEFGHKLRTVWXYZ"[total % 17]


def test_plans_are_of_the_oldest_and_some_will_not_have_them_shared(demo):
    refused = set()
    for school in demo.schools:
        for pupil in school.pupils:
            for fact in pupil.facts.get("intention", ()):
                assert {year.value.nc_year for year in pupil.facts["year"]} & {"11", "12", "13", "X"}
                refused.add(fact.value.refused)
    assert refused == {True, False, None}


@pytest.mark.parametrize(("day", "withdrawn"), [(dt.date(2026, 10, 20), 0), (dt.date(2026, 10, 21), 1)])
def test_a_consent_is_withdrawn_after_census_day(demo, day, withdrawn):
    rows = demo.school("900002").entities(day)["Consent"]
    late = [row for row in rows if row["rejectedDatetime"] and row["rejectedDatetime"].date() > days.CENSUS_DAY]
    assert len(late) == withdrawn
    assert all(row["consentedDatetime"] for row in late)


def test_dental_consents_are_given_refused_withdrawn_and_open(demo):
    answers = {
        (fact.value.given is not None, fact.value.refused is not None)
        for fact in facts(demo, "answer")
        if fact.value.purpose == background.DENTAL
    }
    assert answers == {(True, False), (False, True), (True, True), (False, False)}


@pytest.mark.parametrize("urn", [school.urn for school in DEMO_SCHOOLS])
def test_everybody_of_this_year_is_taught_in_classes_with_a_teacher(demo, urn):
    store = demo.school(urn).entities(days.CENSUS_DAY)
    years = {row["id"]: row["code"] for row in store["AcademicYear"]}
    here = {row["student"].id for row in store["AcademicYearEnrolment"] if years[row["academicYear"].id] == "2026/2027"}
    assert {row["student"].id for row in store["AcademicUnitEnrolment"]} == here
    led = {row["academicUnit"].id for row in store["AcademicUnitLead"]}
    assert {row["academicUnit"].id for row in store["AcademicUnitEnrolment"]} == led
    subjects = {row["subject"] and row["subject"].id for row in store["AcademicUnit"]}
    assert subjects == ({None, *teaching.SUBJECTS} if urn in {"900003", "900004", "900005", "900007"} else {None})


def test_leavers_go_to_schools_colleges_work_home_abroad_or_nobody_knows_where(demo):
    goes = {
        (fact.value.goes, fact.value.destination)
        for fact in facts(demo, "enrolment")
        if fact.end and fact.end < days.RECORDED
    }
    assert {kind for kind, _ in goes} == {"SCHOOL", "COLLEGE", "EMPLOYMENT", "HOME_EDUCATED", "ABROAD", "UNKNOWN"}
    assert {number for _, number in goes} >= {background.CASTLE_MOOR, background.RIDGEWAY, None}


def test_partner_schools_are_in_the_demo_trusts_register():
    register = {row[2]: row[4:] for row in PARTNERS if row[2]}
    assert all(la and estab for la, estab in register.values())
    assert len(set(register.values())) == len(register)

"""The synthetic trust: the same every time, valid everywhere, complete."""

import csv
import datetime as dt
import io

import pytest
from stdnum.gb import upn as stdnum_upn

from simulator.world import days, names
from simulator.world.lookups import LOOKUPS
from simulator.world.refs import Ref
from simulator.world.schools import BENCH, DEMO_SCHOOLS, TINY, Scale, identities
from simulator.world.trust import Trust, make_trust

BEFORE = dt.date(2026, 10, 1)
AFTER = dt.date(2026, 10, 28)


@pytest.fixture(scope="module")
def demo() -> Trust:
    return make_trust()


@pytest.fixture(scope="module")
def tiny() -> Trust:
    return make_trust(scale=TINY)


def facts(trust, kind):
    return [fact for school in trust.schools for pupil in school.pupils for fact in pupil.facts.get(kind, ())]


def test_same_seed_same_trust(tiny):
    again = make_trust(scale=TINY)
    assert [school.digest() for school in tiny.schools] == [school.digest() for school in again.schools]


def test_another_seed_another_trust(tiny):
    other = make_trust(seed=1, scale=TINY)
    assert not {school.digest() for school in tiny.schools} & {school.digest() for school in other.schools}


def test_a_school_is_the_same_whatever_was_made_before(tiny):
    alone = make_trust(scale=TINY).school("900005")
    assert alone.digest() == tiny.school("900005").digest()


def test_size_and_phases(demo):
    assert 2000 <= sum(len(school.pupils) for school in demo.schools) <= 3000
    assert [school.identity.phase for school in demo.schools] == ["NS", "PS", "MS", "SS", "AT", "SP", "PR"]


def test_bench_scale_has_25_schools_of_1000_with_distinct_numbers():
    schools = identities(BENCH)
    assert len(schools) == 25
    assert {school.pupils for school in schools} == {1000}
    assert len({school.urn for school in schools}) == len({(s.la_number, s.estab) for s in schools}) == 25
    assert schools[0].urn == DEMO_SCHOOLS[0].urn


def test_few_schools_can_be_asked_for():
    assert [school.urn for school in make_trust(scale=Scale(2, 30)).schools] == ["900001", "900002"]


def test_upns_are_valid_by_a_second_opinion(demo):
    upns = [fact.value for fact in facts(demo, "upn")]
    permanent = [upn for upn in upns if upn[-1].isdigit()]
    assert all(stdnum_upn.is_valid(upn) for upn in permanent)
    assert len(permanent) < len(upns)


def test_temporary_upns_have_the_check_letter_of_the_published_weights(demo):
    alphabet = "ABCDEFGHJKLMNPQRTUVWXYZ"
    for upn in {fact.value for fact in facts(demo, "upn") if fact.value[-1].isalpha()}:
        digits = [int(c) for c in upn[1:12]]
        total = sum(d * w for w, d in enumerate(digits, start=2)) + 13 * alphabet.index(upn[12])
        assert alphabet[total % 23] == upn[0]


def test_nobody_shares_a_upn(demo):
    upns = {(fact.value, fact.id) for fact in facts(demo, "upn")}
    assert len({upn for upn, _ in upns}) == len(upns)


def test_ulns_and_nhs_numbers_pass_their_check_digits(demo):
    details = [pupil.last("details").value for school in demo.schools for pupil in school.pupils]
    for uln in {d.uln for d in details if d.uln}:
        remainder = sum(int(c) * w for c, w in zip(uln[:9], range(10, 1, -1), strict=True)) % 11
        assert remainder != 0
        assert int(uln[9]) == 10 - remainder
    numbers = [d.nhs_number for d in details if d.nhs_number]
    for number in numbers:
        assert number.startswith("999")
        assert sum(int(c) * w for c, w in zip(number, [*range(10, 1, -1), 1], strict=True)) % 11 == 0
    assert len(numbers) == len(set(numbers)) > 1000


def test_names_bring_every_difficulty(demo):
    people = [fact.value for fact in facts(demo, "person")]
    surnames = {who.surname for who in people}
    assert {"E", "Ng", "O'Connor", "Smith-Jones", "Wójcik", "Łuczak", "Gwyther", "van der Berg"} <= surnames
    assert len(names.SIXTY_LETTERS) == 60
    assert any(who.preferred_forename == names.SIXTY_LETTERS for who in people)
    census_names = [name for who in people for name in (who.surname, who.forename, who.middle, who.preferred_surname)]
    assert max(len(name) for name in census_names if name) <= 35


def test_names_and_numbers_suit_the_immunisation_list(demo):
    people = [fact.value for fact in facts(demo, "person")] + [fact.value for fact in facts(demo, "guardian")]
    letters = {c for who in people for c in f"{who.surname}{who.forename}"} - set(" '.-")
    assert all((c.isascii() and c.isalpha()) or "\u00c0" <= c <= "\u017f" for c in letters)
    phones = [fact.value.phone for fact in facts(demo, "guardian")]
    assert all(phone.startswith("07412") and len(phone) == 11 for phone in phones)


@pytest.mark.parametrize("as_of", [BEFORE, AFTER])
def test_store_rows_refer_to_rows_that_exist_and_have_own_ids(tiny, as_of):
    for school in tiny.schools:
        store = school.entities(as_of)
        ids = {entity: [row["id"] for row in rows] for entity, rows in store.items()}
        assert all(len(set(found)) == len(found) for found in ids.values())
        held = {entity: set(found) for entity, found in ids.items()}
        for rows in store.values():
            for row in rows:
                assert all(v.id in held[v.entity] for v in row.values() if isinstance(v, Ref))


def test_rows_of_an_entity_have_the_same_properties(tiny):
    for school in tiny.schools:
        for entity, rows in school.entities(AFTER).items():
            assert len({frozenset(row) for row in rows}) <= 1, entity


def test_lookup_rows_are_keyed_by_code():
    assert all(row["id"] == row["code"] for rows in LOOKUPS.values() for row in rows)


def test_marks_are_lazy_and_found_by_id(tiny):
    rows = tiny.school("900002").entities(BEFORE)["AttendanceRollCallRecord"]
    assert len(rows[:5]) == 5
    assert rows[7] == rows.find(rows[7]["id"]) == list(rows)[7]
    running = {day for day in days.AUTUMN_2026.days if day <= BEFORE}
    assert {row["recordDate"] for row in rows} == set(days.SCHOOL_DAYS) | running
    assert rows.find(1) is None


def test_a_later_revision_for_every_edited_row(tiny):
    school = tiny.school("900003")
    before, after = school.entities(BEFORE), school.entities(AFTER)
    last = max(row["revision"] for rows in before.values() for row in rows[:])
    for entity, rows in after.items():
        if entity != "AttendanceRollCallRecord":
            earlier = {row["id"]: row for row in before[entity]}
            changed = [row for row in rows if earlier.get(row["id"], {}) != row and row["revision"]]
            assert all(row["revision"] > last for row in changed), entity


def test_on_the_day_lists_lunches_classes_and_funding(demo):
    found = [row for school in demo.schools for row in csv.DictReader(io.StringIO(school.on_the_day("2026-autumn")))]
    assert {row["school_lunch_taken"] for row in found} == {"", "true", "false"}
    assert {row["class_type"] for row in found} == {"", "N", "O"}
    assert {row["daf"] for row in found} == {"", "true", "false"}
    assert {row["learner_fam_type"] for row in found} == {"", "NLM", "EMH", "MMH"}
    assert len({row["upn"] for row in found}) == len(found)


def test_a_census_that_the_world_does_not_live_through_is_refused(tiny):
    with pytest.raises(KeyError, match="2027-autumn"):
        tiny.school("900001").on_the_day("2027-autumn")
    with pytest.raises(KeyError, match="2027-autumn"):
        tiny.school("900001").school_file("2027-autumn")

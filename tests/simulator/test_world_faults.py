"""Seeded faults touch the pupil they name, and no other."""

import pytest

from simulator.world.faults import FAULTS, NoPupilFitsError, with_faults
from simulator.world.schools import Scale
from simulator.world.trust import make_trust

TRUST = make_trust(scale=Scale(pupils=60))
WHERE = {
    **dict.fromkeys(("two-year basis missing",), "900001"),
    **dict.fromkeys(
        ("uln check digit", "uln missing", "extended hours without code", "funded hours over 15"), "900005"
    ),
    **dict.fromkeys(("programme missing", "programme without aims", "maths condition not met"), "900005"),
    **dict.fromkeys(("ap reason missing", "ap reason EHC without plan"), "900007"),
}


def changed(before, after):
    pairs = zip(before.pupils, after.pupils, strict=True)
    facts = {old.id for old, new in pairs if old != new}
    rows = zip(before.contents.marks.pupils, before.contents.marks.codes != after.contents.marks.codes, strict=True)
    return facts | {pupil_id for pupil_id, differs in rows if differs.any()}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_touches_the_pupil_it_names_and_no_other(kind):
    urn = WHERE.get(kind, "900002")
    spoilt = with_faults(TRUST, urn, [kind]).school(urn)
    assert changed(TRUST.school(urn), spoilt) == {spoilt.faults[kind]}


def test_each_fault_has_a_pupil_of_its_own():
    kinds = [kind for kind in FAULTS if kind not in WHERE]
    spoilt = with_faults(TRUST, "900002", kinds).school("900002")
    assert len(set(spoilt.faults.values())) == len(kinds)
    assert changed(TRUST.school("900002"), spoilt) == set(spoilt.faults.values())


def test_faults_add_up():
    trust = with_faults(with_faults(TRUST, "900002", ["surname missing"]), "900002", ["sex missing"])
    assert set(trust.school("900002").faults) == {"surname missing", "sex missing"}


def test_other_schools_are_left_alone():
    spoilt = with_faults(TRUST, "900002", ["surname missing"])
    assert spoilt.school("900003") is TRUST.school("900003")


def test_no_row_of_the_store_is_there_twice():
    kinds = [kind for kind in FAULTS if kind not in WHERE]
    store = with_faults(TRUST, "900002", kinds).school("900002").entities(max(TRUST.school("900002").recorded_days()))
    for rows in store.values():
        assert len({row["id"] for row in rows}) == len(rows)


def test_there_are_at_least_25_kinds_and_they_name_their_rules():
    assert len(FAULTS) >= 25
    assert [kind for kind, fault in FAULTS.items() if not fault.rules] == ["fsm after census day"]


def test_an_unknown_fault_is_refused():
    with pytest.raises(KeyError):
        with_faults(TRUST, "900002", ["no such fault"])


def test_a_fault_that_no_pupil_can_have_is_refused():
    with pytest.raises(NoPupilFitsError, match="900002"):
        with_faults(TRUST, "900002", ["programme missing"])

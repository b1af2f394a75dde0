"""What is declared to be sent to nobody: each with its reason, and truly not sent."""

from dataclasses import replace

import pytest

from exports.gateways import load_gateways
from exports.no_feeds import FILE, NoFeedsUnreadable, load_no_feeds, untrue
from exports.records import load_records
from exports.vocabularies import DATASETS
from tests.exports.trust_folder import FOLDER, compiled, notice

DECLARED = {one.id: one for one in load_no_feeds(FOLDER, notice(), load_gateways())}


def test_the_four_are_declared():
    assert set(DECLARED) == {"early_years_census", "alternative_provision_census", "workforce_census", "exam_entries"}


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_there_is_truly_no_agreement_and_no_dataset_for_it(name):
    one = DECLARED[name]
    agreements = load_records(FOLDER).agreements
    assert list(untrue([one], agreements)) == []
    assert one.clause in notice().clauses
    assert len(one.reason) > 80
    assert not any(word in f"{key} {meaning}" for word in one.words for key, meaning in DATASETS.items())
    assert not {line.gateway for agreement in agreements for line in agreement.lines} & set(one.gateways)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_an_agreement_for_it_would_be_noticed(name):
    one = DECLARED[name]
    agreement = compiled()["la_new_pupils"].agreement
    for changed in (
        replace(agreement, title=f"Yearly {one.words[0].upper()} return"),
        replace(agreement, id=one.words[0].replace(" ", "_")),
    ):
        assert [one.id in fault and changed.id in fault for fault in untrue([one], [changed])] == [True]
    assert list(untrue([one], [agreement])) == []


def test_an_agreement_on_its_gateway_would_be_noticed():
    agreement = compiled()["la_new_pupils"].agreement
    lines = (replace(agreement.lines[0], gateway="cca-2006-s99"), *agreement.lines[1:])
    (fault,) = untrue(DECLARED.values(), [replace(agreement, lines=lines)])
    assert "early_years_census" in fault
    assert "cca-2006-s99" in fault


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    unless: the trust runs a nursery", "    why: the trust runs a nursery", "no key why"),
        ('clause: "2.5"', 'clause: "2.55"', "no clause 2.55"),
        ("gateways: [cca-2006-s99]", "gateways: [cca-1906-s99]", "no gateway cca-1906-s99"),
        ("words: [early years census]", "words: []", "at least one entry"),
        ("    title: Examination entries\n", "", "does not say its title"),
    ],
)
def test_a_declaration_that_is_not_whole_is_refused_with_its_line(tmp_path, old, new, says):
    text = (FOLDER / FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(NoFeedsUnreadable, match=says) as refused:
        load_no_feeds(tmp_path, notice(), load_gateways())
    assert "line " in str(refused.value)


def test_a_trust_may_declare_nothing(tmp_path):
    assert load_no_feeds(tmp_path, notice(), load_gateways()) == ()

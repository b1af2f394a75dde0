"""Cases: one request of police, court or tribunal, and every way in which it does not compile."""

import dataclasses
import datetime as dt

import pytest

from exports import vocabularies as words
from exports.cases import CaseFaulty, compile_case, compile_cases, compiled_case
from exports.gateways import load_gateways, not_in_force
from schemas.canonical import CANONICAL
from schemas.feeds import DATASETS
from tests.exports.trust_folder import FOLDER, notice, schools

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in (FOLDER / "cases").glob("*.yaml")}
POLICE, COURT = TEXTS["case_2026_1"], TEXTS["case_2026_2"]


def faults(text, name="case_1"):
    return compile_case(text.encode(), name, notice(), load_gateways(), schools()).faults


def case(text, name="case_1"):
    return compiled_case(compile_case(text.encode(), name, notice(), load_gateways(), schools()))


def changed(text, old, new):
    assert old in text, old
    return text.replace(old, new, 1)


def test_the_demo_cases_compile():
    found = compile_cases(FOLDER, notice(), load_gateways(), schools())
    assert [(one.id, one.faults) for one in found] == [("case_2026_1", ()), ("case_2026_2", ())]


def test_a_trust_without_cases_has_none(tmp_path):
    assert compile_cases(tmp_path, notice(), load_gateways(), schools()) == ()


def test_a_case_is_an_agreement_that_ends_and_is_handed_over():
    agreement = case(POLICE).agreement
    assert (agreement.starts, agreement.recipient.ends) == (dt.date(2026, 9, 28), dt.date(2026, 10, 12))
    assert (agreement.recipient.kind, agreement.delivery.ends_as) == ("legal", "handed over")
    assert not_in_force(agreement, load_gateways(), agreement.starts) == ()
    assert {line.gateway for line in agreement.lines} == {"dpa-2018-sch2-2"}
    assert {effect.name for effect in agreement.protection.values()} == {"sent"}
    assert agreement.protection.keys() == words.PROTECTION.keys()
    assert agreement.withheld == case(POLICE).withheld.reason
    assert case(COURT).agreement.withheld is None


def test_no_agreement_can_name_what_a_case_is_made_of():
    agreement = case(POLICE).agreement
    assert agreement.dataset not in {**DATASETS, **words.DATASETS}
    assert agreement.format not in words.FORMATS
    assert agreement.cadence not in words.CADENCES


def test_the_recipient_lock_holds_the_public_key():
    one = case(POLICE).agreement
    other = dataclasses.replace(one, delivery=dataclasses.replace(one.delivery, host_key="age1another"))
    assert one.recipient_lock != other.recipient_lock


_WITHHELD = "subject_informed: {told: false, why: w}\nwithheld_from_access: {reason: r, review_on: 2027-01-01}"

BROKEN = [
    (POLICE, "authorised_by: Inspector Alex Example", "", "needs authorised_by"),
    (POLICE, "public_key: age1", "public_key: age2", "not an age public key"),
    (POLICE, 'clause: "7.5"', 'clause: "7.9"', "no clause 7.9"),
    (POLICE, "kind: police", "kind: newspaper", "not one of police"),
    (POLICE, "kind: police", "kind: court", "the exemption is dpa-2018-sch2-5"),
    (POLICE, "exemption: dpa-2018-sch2-2", "exemption: dpa-2018-sch2-5", "the exemption is dpa-2018-sch2-2"),
    (POLICE, "exemption: dpa-2018-sch2-2", "exemption: ea-1996-s537a", "no exemption ea-1996-s537a"),
    (POLICE, "basis: 6(1)(e)", "basis: 6(1)(a)", "rests on 6(1)(c) or 6(1)(e)"),
    (POLICE, "  policy_document: APD-2026-02\n", "", "needs policy_document"),
    (POLICE, "APD-2026-02\n", 'APD-2026-02\n  article_10: "6"\n', "paragraph 10 or 18 only"),
    (COURT, "  exemption: dpa-2018-sch2-5", '  exemption: dpa-2018-sch2-5\n  article_10: "10"', "10 needs policy"),
    (POLICE, "asked_on: 2026-09-28", "asked_on: 2026-10-28", "due before the request came"),
    (POLICE, "asked_on: 2026-09-28", "asked_on: yesterday", "must be a date"),
    (POLICE, "on: 2026-09-29}", "on: 2026-09-27}", "decision was taken before"),
    (POLICE, 'schools: ["900004"]', 'schools: ["900099"]', "no school with URN 900099"),
    (POLICE, "pupils: 1", "pupils: 0", "whole number from 1"),
    (POLICE, "pupils: 1", "pupils: everybody", "whole number from 1"),
    (POLICE, "pupils: 1\n", "", "does not say its pupils"),
    (POLICE, "necessity: >-", "necessities: >-", "does not say its necessity"),
    (POLICE, "not_released: the reason of a suspension has no bearing on where the child is.", "", "needs not_rel"),
    (COURT, "subject_informed:", "not_released: nothing.\nsubject_informed:", "nothing not released"),
    (POLICE, "  - pupil.dob\n", "", "pupil.dob was not asked for"),
    (POLICE, "items: [pupil.surname,", "items: [pupil.surname, pupil.surname,", "is there twice"),
    (POLICE, "items: [pupil.surname,", "items: [pupil.nationality, pupil.surname,", "no field pupil.nationality"),
    (POLICE, "items: [pupil.surname,", "items: [school.name, pupil.surname,", "no field school.name about a pupil"),
    (POLICE, "items: [pupil.surname,", "items: [upn.upn, pupil.surname,", "a UPN goes to"),
    (POLICE, "items: [pupil.surname,", "items: [pupil.source, pupil.surname,", "the MIS's own reference"),
    (POLICE, "items: [pupil.surname,", "items: [{source: pupil.surname, as: Name},", "table.column and nothing else"),
    (POLICE, '    article_9: 9(2)(g)\n    schedule_1: "10"\n', "", "needs article_9 9(2)(g)"),
    (POLICE, "    article_9: 9(2)(g)", "    article_9: 9(2)(a)", "needs article_9 9(2)(g)"),
    (POLICE, '    schedule_1: "10"', '    schedule_1: "6"', "carried by schedule_1 10 or 18"),
    (COURT, "    article_9: 9(2)(f)", '    article_9: 9(2)(g)\n    schedule_1: "10"', "needs article_9 9(2)(f)"),
    (POLICE, "span: {first: 2026-09-01, last: 2026-09-28}\n", "", "so the case needs span"),
    (POLICE, "first: 2026-09-01", "first: 2026-09-30", "ends before it begins"),
    (POLICE, "  why: the officer says that telling the family would warn a suspect.\n", "", "needs its why"),
    (POLICE, "told: false", "told: true", "cannot be withheld"),
    (POLICE, "told: false", "told: perhaps", "not one of true, false"),
    (COURT, "subject_informed: {told: true}", _WITHHELD, "only under dpa-2018-sch2-2"),
    (POLICE, "review_on: 2027-03-29", "review_on: 2026-09-28", "must lie after"),
    (POLICE, "signing: [head, dpo]", "signing: [dpo]", "two different roles"),
    (POLICE, "signing: [head, dpo]", "signing: [dpo, dpo]", "two different roles"),
    (POLICE, "signing: [head, dpo]", "signing: [head, data_manager]", "data protection officer is one"),
    (POLICE, "retention_days: 2190", "retention_days: 99999", "whole number from 1"),
    (POLICE, "protection_considered: >-", "protection_ignored: >-", "does not say its protection_considered"),
    (POLICE, "title:", "cadence: day\ntitle:", "has no key cadence"),
    (POLICE, "title:", "delivery: {host: x}\ntitle:", "has no key delivery"),
    (POLICE, "title:", "pupil_ids: ['1']\ntitle:", "has no key pupil_ids"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "said"), BROKEN, ids=[f"{n}-{b[3][:30]}" for n, b in enumerate(BROKEN)])
def test_a_broken_case_does_not_compile_and_says_why(text, old, new, said):
    assert faults(text) == ()
    found = faults(changed(text, old, new))
    assert any(said in fault for fault in found), found


def test_every_fault_is_listed_at_once():
    text = changed(changed(POLICE, "pupils: 1\n", ""), "signing: [head, dpo]", "signing: [dpo]")
    assert len(faults(changed(text, "kind: police", "kind: court"))) >= 4


@pytest.mark.parametrize("name", ["2026_1", "case_", "Case_1", "case_1-2", "case__1"])
def test_the_name_of_a_case_is_its_id(name):
    assert any("the name of a case" in fault for fault in faults(POLICE, name))


@pytest.mark.parametrize("data", [b"", b"\xff", b"- a", b"a: *b"])
def test_what_is_no_case_at_all_is_a_fault(data):
    compiled = compile_case(data, "case_1", notice(), load_gateways(), schools())
    assert compiled.case is None
    with pytest.raises(CaseFaulty):
        compiled_case(compiled)


def test_an_undated_case_needs_no_span():
    head, _, _ = POLICE.partition("fields:")
    fields = "fields:\n  - {why: w, items: [pupil.surname]}\n"
    kept = head.replace("span: {first: 2026-09-01, last: 2026-09-28}\n", "")
    assert faults(kept + fields) == ()
    assert any("no table of the case is dated" in fault for fault in faults(head + fields))


@pytest.mark.parametrize("column", ["upn", "former_upn"])
def test_no_column_of_the_mis_with_a_upn_can_be_named(column):
    for table in (table for table in CANONICAL.values() if column in table and "pupil_id" in table):
        text = changed(POLICE, "items: [pupil.surname,", f"items: [{table.name}.{column}, pupil.surname,")
        assert any("a UPN goes to" in fault for fault in faults(text))

"""The factual part of an impact assessment says what the agreement says, and leaves judging to people."""

from functools import cache

import pytest

from exports.dpia import NoSuchSharing, dpia
from exports.observed import MARK
from exports.records import Records, load_records
from tests.exports.trust_folder import FOLDER


@cache
def records() -> Records:
    return load_records(FOLDER)


def test_of_every_agreement_each_field_its_clause_its_law_and_its_reason_are_there():
    for agreement in records().agreements:
        page = dpia(records(), agreement.id)
        for line in agreement.lines:
            (row,) = [row for row in page.splitlines() if row.startswith(f"| `{line.field}` |")]
            assert f"| {line.clause} |" in row
            assert line.why in row
            assert records().gateways[line.gateway].instrument in row
            assert (line.article_9 or "") in row
        assert agreement.sha256 in page
        assert agreement.recipient.legal_name in page
        assert agreement.paperwork.dpia in page


def test_of_every_flow_the_same_and_that_it_is_not_sent_here():
    for flow in records().flows:
        page = dpia(records(), flow.id)
        assert MARK in page
        assert all(f"`{field}`" in page for field in flow.fields)
        assert flow.retention in page


def test_what_is_a_persons_to_judge_is_asked_and_not_answered():
    page = dpia(records(), "nhs_immunisation").partition("## For a person to judge")[2]
    assert page.count("- [ ]") == 5
    assert "- [x]" not in page


def test_what_is_left_behind_is_counted():
    agreement = next(one for one in records().agreements if one.id == "nhs_immunisation")
    assert f"{len(agreement.lines)} are taken" in dpia(records(), "nhs_immunisation")


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(NoSuchSharing, match="nhs_immunisation"):
        dpia(records(), "nobody")

"""Every kind of refusal has one code and one exit code, in the range of its kind."""

import itertools
import re
from collections import Counter

import pytest

from pipelines.exit_codes import EXIT_CODES, FAULT, HELD, KINDS, USAGE
from pipelines.exit_codes_page import PAGE, page, refusals

OF_MODULE = (
    ("connectors.", "Reading the MIS"),
    ("exports.transports", "The wire"),
    ("exports.delivery", "The wire"),
    ("exports.signing", "People and signatures"),
    ("exports.approvers", "People and signatures"),
    ("ledger.head", "The record"),
)


def test_there_are_refusals_to_look_at():
    assert len(refusals()) > 100


def test_a_code_is_one_class_s_own():
    shared = {code: n for code, n in Counter(refusal.code for refusal in refusals()).items() if n > 1}
    assert shared == {}
    assert [refusal.__name__ for refusal in refusals() if "code" not in vars(refusal)] == []


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: refusal.__name__)
def test_a_refusal_has_a_snake_case_code_an_exit_code_and_a_meaning(refusal):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", refusal.code)
    assert refusal.code in EXIT_CODES, f"give {refusal.code} a row in pipelines/exit_codes.py"
    assert (refusal.__doc__ or "").strip()


def test_no_row_is_without_a_refusal():
    assert sorted(EXIT_CODES.keys() - {refusal.code for refusal in refusals()}) == []


def test_numbers_are_unique_and_in_the_range_of_their_kind():
    numbers = [number for kind in KINDS for number, _ in kind.codes.values()]
    assert len(numbers) == len(set(numbers)) == len(EXIT_CODES)
    assert not {0, FAULT, USAGE, HELD} & set(numbers)
    for kind in KINDS:
        assert [code for code, (number, _) in kind.codes.items() if number not in kind.numbers] == []
    ranges = sorted((kind.numbers.start, kind.numbers.stop) for kind in KINDS)
    assert all(stop <= start for (_, stop), (start, _) in itertools.pairwise(ranges))
    assert not set(range(126, 193)) & set(numbers)  # a shell's own, and signals


@pytest.mark.parametrize(("module", "title"), OF_MODULE)
def test_a_refusal_stands_with_its_kind(module, title):
    codes = next(kind.codes for kind in KINDS if kind.title == title)
    assert [each.code for each in refusals() if each.__module__.startswith(module) and each.code not in codes] == []


def test_the_page_is_not_stale():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m pipelines.exit_codes_page"

"""The compiler names every fault of forty-two agreements that are broken on purpose, and no other fault."""

import pytest

from exports.agreements import compile_folder
from exports.gateways import load_gateways
from tests.exports.broken import FILES, FOLDER, expected
from tests.exports.trust_folder import notice, schools

COMPILED = {each.id: each for each in compile_folder(FOLDER, notice(), load_gateways(), schools())}


def test_there_are_forty_two_and_none_compiles():
    assert len(FILES) == len(COMPILED) == 42
    assert [name for name, each in COMPILED.items() if each.agreement is not None] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_fault_is_named_with_its_line_and_no_other(file):
    told, known = COMPILED[file.stem].faults, expected(file)
    assert known
    assert [fault for fault in told if not any(pattern.fullmatch(fault) for pattern in known)] == []
    assert [pattern.pattern for pattern in known if not any(map(pattern.fullmatch, told))] == []
    assert len(told) == len(known)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_fault_is_plain_english(file):
    for fault in COMPILED[file.stem].faults:
        words = fault.partition(": ")[2]
        assert len(words.split()) > 3, fault
        assert "Traceback" not in words
        assert "None" not in words

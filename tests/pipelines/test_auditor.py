"""The 25 questions of the auditor's page, run as commands and held against what the simulator planted."""

import json
from pathlib import Path

import pytest

from pipelines.auditor import QUESTIONS
from pipelines.exit_codes import HELD, USAGE
from simulator.auditor import main, plant
from tests.pipelines.audited import SCHOOL

PAGE = Path(__file__).parents[2] / "docs" / "auditor.md"


@pytest.fixture
def planted(auditor, tmp_path):
    return plant(auditor.demo.installation, auditor.demo.received, SCHOOL, tmp_path / "packs")


def test_there_are_25_questions_and_the_page_shows_each_with_its_command():
    page = PAGE.read_text(encoding="utf-8")
    assert len(QUESTIONS) == 25
    assert [one for one in QUESTIONS if f"| {one.number} | {one.asks} | `waybill {one.command}" not in page] == []


@pytest.mark.usefixtures("planted")
def test_every_question_is_answered_as_planted(auditor):
    answer = auditor.door.run("auditor", "--all", "--as", "daniel")
    assert [line for line in answer.out.splitlines() if "DISAGREES" in line] == []
    assert answer.code == 0
    assert "25 of 25 questions answered as known" in answer.out


@pytest.mark.parametrize("number", ["3", "9", "14", "18"])
def test_an_answer_that_differs_is_noticed(auditor, planted, number):
    body = json.loads(planted.read_bytes())
    body["answers"][number] = [f"{body['answers'][number][0]}, and somebody else"]
    planted.write_text(json.dumps(body), encoding="utf-8")
    answer = auditor.door.run("auditor", "--all", "--as", "daniel")
    assert answer.code == HELD
    (wrong,) = [line for line in answer.out.splitlines() if "DISAGREES" in line]
    assert wrong.startswith(f"{number}. ")


def test_answers_that_are_not_all_there_are_not_used(auditor, planted):
    body = json.loads(planted.read_bytes())
    del body["answers"]["25"]
    planted.write_text(json.dumps(body), encoding="utf-8")
    assert auditor.door.run("auditor", "--all", "--as", "daniel").code == USAGE


def test_a_demonstration_that_has_run_is_planted_by_a_command(auditor, capsys):
    main()
    assert (auditor.door.home / "auditor-answers.json").is_file()
    assert "waybill auditor --all" in capsys.readouterr().out


def test_without_all_the_questions_are_listed(auditor):
    said = " ".join(auditor.door.done("auditor").out.split())
    assert [one for one in QUESTIONS if one.asks not in said or f"waybill {one.command}" not in said] == []

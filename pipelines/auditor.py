"""The questions an auditor asks, each with the command that answers it, and the rehearsal that runs them all.

Belongs here: the list, which `docs/auditor.md` shows, and comparing what the commands say with answers known before: a
simulator plants them (`simulator.auditor`), from the files as the recipients have them and not from the record.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Question:
    """One question; words in capitals in its command stand for what it is about."""

    number: int
    asks: str
    command: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one question: the known answers that the command did not give; none is right."""

    question: Question
    missing: tuple[str, ...]


_ASKED: Final = (
    ("What was told about this child, to whom, when and why?", "trace pupil UPN"),
    ("Who was told this child's surname?", "who-had UPN surname"),
    ("Who was told this very value?", "who-had UPN joiner.surname --value SURNAME"),
    ("Was anybody told another value?", "who-had UPN joiner.surname --value NOT-SURNAME"),
    ("Who had it before a day?", "who-had UPN joiner.surname --before DAY"),
    ("What does this file rest on?", "trace file FILE"),
    ("Which exact bytes arrived, and how is that known?", "trace file FILE --json"),
    ("Who decided that it may leave, and as what?", "trace file FILE"),
    ("How many pupils did it tell of?", "trace file FILE"),
    ("From which list of the MIS, at which revision, is this value?", "trace cell FILE UPN joiner.surname"),
    ("What was done to it on the way?", "trace cell FILE UPN joiner.surname"),
    ("What did the rules say of it?", "trace cell FILE UPN joiner.surname"),
    ("Which clause, gateway and need let it leave?", "trace cell FILE UPN joiner.surname"),
    ("What has this recipient had?", "trace recipient RECIPIENT"),
    ("What left on this day?", "trace day DAY"),
    ("What left under this agreement?", "trace agreement AGREEMENT"),
    ("What left under this clause of the notice?", "trace clause CLAUSE"),
    ("This file is in the wrong hands: how many, what, when?", "breach FILE"),
    ("Is this child in it?", "breach FILE --among UPN"),
    ("Is the record intact?", "verify"),
    ("Does it continue the head that I was given?", "verify --head HEAD --key KEY"),
    ("Where does every release stand?", "status"),
    ("Who may sign, with which key?", "approvers list"),
    ("Prove this file to me without your database.", "pack file FILE --to FOLDER/file.zip"),
    ("Prove this day to me without your database.", "pack day DAY --to FOLDER/day.zip"),
)
QUESTIONS: Final = tuple(Question(number, *asked) for number, asked in enumerate(_ASKED, start=1))
_ANYBODY: Final = frozenset({"verify", "status", "approvers"})
"""Commands that record no look-up, or say who acts by themselves."""


def rehearse(answers: Path, run: Callable[[list[str]], str], actor: str) -> list[Answered]:
    """Run every question's command and hold what it says against the known answers.

    Args:
        answers: JSON {names: what each word in capitals stands for, answers: by number the texts to be found}.
        run: runs one command of `waybill` and returns what it printed.
        actor: who asks.

    Raises:
        ValueError: the file is not of that form.
        Refusal: a command's own.

    """
    names, known = _known(answers)
    return [_ask(question, names, known[str(question.number)], run, actor) for question in QUESTIONS]


def words_of(question: Question, names: Mapping[str, str]) -> list[str]:
    """Return the command's words about what is named."""
    words = shlex.split(question.command)
    for name, meant in sorted(names.items(), key=lambda named: -len(named[0])):
        words = [word.replace(name, meant) if word.isupper() or "/" in word else word for word in words]
    return words


def _ask(
    question: Question, names: Mapping[str, str], known: list[str], run: Callable[[list[str]], str], actor: str
) -> Answered:
    words = words_of(question, names)
    said = " ".join(run(words if words[0] in _ANYBODY else [*words, "--as", actor]).split())
    return Answered(question, tuple(text for text in known if text not in said))


def _known(answers: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    try:
        read = json.loads(answers.read_bytes())
        names, known = dict(read["names"]), dict(read["answers"])
        complete = all(known[str(question.number)] for question in QUESTIONS)
    except (OSError, ValueError, KeyError, TypeError):
        complete, names, known = False, {}, {}
    if not complete:
        message = f"{answers.name} does not hold an answer to each of {len(QUESTIONS)} questions; see docs/auditor.md"
        raise ValueError(message)
    return names, known

"""`waybill init`: the state folder and its keys, and before it, where there is none, the trust folder by questions.

Belongs here: asking one thing at a time, again until the answer fits, and presenting.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.actions.founding import LISTS, found, read_answers
from pipelines.clock import today
from pipelines.commands.asking import the_clock
from pipelines.founding import TRUST, AnswerUnfitError, Question, unfit
from pipelines.installation import initialise
from pipelines.screen import say
from pipelines.settings import Settings
from pipelines.trust import TrustFolderFault
from schemas.wording import counted

AnswersFile = Annotated[Path | None, typer.Option(help="A file of answers (TOML), in place of questions.", exists=True)]


def init(answers: AnswersFile = None) -> None:
    """Make the state folder and its keys; ask for a new trust where WAYBILL_TRUST names a folder without one."""
    settings = Settings.from_environment()
    if answers is not None or not (settings.trust / "trust.toml").exists():
        _found(settings, answers)
    made = initialise(settings, the_clock.get())
    say(f"Keys made in {settings.keys}." if made else f"{settings.home} is already set up. Nothing was changed.")
    say("Keep a copy of ledger-head.pub outside: with it an auditor can check the ledger.")
    say("Next: each signer runs waybill approvers new-key; then waybill approvers bootstrap PEOPLE.json")


def _found(settings: Settings, file: Path | None) -> None:
    given = _asked(settings.trust) if file is None else read_answers(file)
    still = found(given, settings.trust, today(the_clock.get()))
    say(f"A trust of {counted(len(given['school']), 'school')} was written to {settings.trust} and read back.")
    for point in still:
        say(f"still to do: {point.words}", 2)
    for one in given["school"]:
        if not one["mis_url"].startswith("inbox:"):
            say(f"still to do: {settings.keys}/mis-{one['urn']}, the secret of {one['name']}'s MIS (0600)", 2)
    for what in (
        "notice.md, the published notice",
        "agreements: waybill agreements new",
        "people.json: everybody's key",
    ):
        say(f"still to do: {what}", 2)


def _asked(folder: Path) -> dict[str, Any]:
    say(f"{folder} has no trust yet. Answer each question; nothing is written before the last. Ctrl-C leaves.")
    answers: dict[str, Any] = _entry(TRUST, ()) or {}
    for kind, questions in LISTS.items():
        answers[kind] = []
        _add(answers[kind], questions)
        while kind == "person" and (lacking := unfit(answers["school"], answers["person"])):
            say(lacking, to_stderr=True)
            wanting = kind if answers["school"] else "school"
            _add(answers[wanting], LISTS[wanting])
    return answers


def _add(entries: list[dict[str, Any]], questions: Sequence[Question]) -> None:
    while (entry := _entry(questions, entries, may_end=True)) is not None:
        entries.append(entry)


def _entry(
    questions: Sequence[Question], earlier: Sequence[Mapping[str, Any]], *, may_end: bool = False,
) -> dict[str, Any] | None:  # fmt: skip
    entry: dict[str, Any] = {}
    for question in questions:
        while question.key not in entry:
            words = _answer(question.words)
            if may_end and not entry and not words:
                return None
            try:
                entry[question.key] = question.fit(words, entry, earlier)
            except AnswerUnfitError as wrong:
                say(str(wrong), 4, to_stderr=True)
    return entry


def _answer(words: str) -> str:
    sys.stdout.write(f"{words}: ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        message = "The answers ended before the questions did; nothing was written. Without a terminal: --answers FILE."
        raise TrustFolderFault(message)
    return line.strip()

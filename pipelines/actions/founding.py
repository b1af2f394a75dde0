"""Found: a new trust folder from answers, checked by the same looks as `waybill doctor` before it is there.

Belongs here: the verb `found`, from answers that a person gave one by one or that stand in a file. What may be answered
is `pipelines.founding`.
"""

import datetime as dt
import shutil
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.doctor import setup
from pipelines.doctor.symptoms import Symptom, looked
from pipelines.founding import PERSON, ROUTE, SCHOOL, TRUST, AnswerUnfitError, Question, files, unfit
from pipelines.trust import Trust, TrustFolderFault, load_trust

LISTS: Mapping[str, Sequence[Question]] = {"school": SCHOOL, "person": PERSON, "route": ROUTE}


def read_answers(file: Path) -> dict[str, Any]:
    """Read an answers file: the answers of `TRUST`, and tables [[school]], [[person]] and [[route]].

    Raises TrustFolderFault, naming the entry, the key and what to write instead.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file} cannot be read: {error}"
        raise TrustFolderFault(message) from None
    answers = _fitted(said, TRUST, (), f"{file.name}")
    for kind, questions in LISTS.items():
        entries: list[dict[str, Any]] = []
        for number, entry in enumerate(said.pop(kind, []), 1):
            entries.append(_fitted(entry, questions, entries, f"{file.name}: {kind} number {number}"))
        answers[kind] = entries
    if said:
        message = f"{file.name} has {', '.join(sorted(said))}, which nobody asked for."
        raise TrustFolderFault(message)
    return answers


def _fitted(
    said: dict[str, Any], questions: Sequence[Question], earlier: Sequence[Mapping[str, Any]], where: str,
) -> dict[str, Any]:  # fmt: skip
    fitted: dict[str, Any] = {}
    for question in questions:
        given = said.pop(question.key, "")
        words = " ".join(map(str, given)) if isinstance(given, list) else str(given).strip()
        try:
            fitted[question.key] = question.fit(words, fitted, earlier)
        except AnswerUnfitError as wrong:
            message = f"{where}, {question.key}: {wrong}"
            raise TrustFolderFault(message) from None
    if where.endswith(tuple("0123456789")) and said:
        message = f"{where} has {', '.join(sorted(said))}, which nobody asked for."
        raise TrustFolderFault(message)
    return fitted


def found(answers: Mapping[str, Any], folder: Path, today: dt.date) -> tuple[Symptom, ...]:
    """Write a new trust folder, whole or not at all; return what is still to be done in it.

    Raises TrustFolderFault: the answers lack something as a whole, or the folder has a trust already.
    """
    lacking = unfit(answers["school"], answers["person"])
    if not lacking and folder.exists() and any(folder.iterdir()):
        lacking = f"{folder} is not empty: name a new folder with WAYBILL_TRUST."
    if lacking:
        raise TrustFolderFault(lacking)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-trust-") as there:
        made = Path(there) / "trust"
        (made / "agreements").mkdir(parents=True)
        for name, text in files(answers).items():
            (made / name).write_text(text, encoding="utf-8")
        trust = load_trust(made)
        open_points = tuple(_looked_at(trust, today))
        if folder.exists():
            folder.rmdir()
        shutil.move(made, folder)
    return open_points


def _looked_at(trust: Trust, today: dt.date) -> list[Symptom]:
    return [
        *looked("calendar", lambda: setup.calendar(trust, today)),
        *looked("agreements", lambda: setup.agreements(trust, today)),
    ]

"""Answers to the auditor's questions, planted beforehand from files as their recipients have them, not from the record.

Belongs here: reading what landed and writing down what the record must say of it; `python -m simulator.auditor` does so
for a demonstration that has run. The questions are `pipelines.auditor`.
"""

import csv
import hashlib
import json
from pathlib import Path
from typing import Final

from pipelines.installation import Installation
from pipelines.settings import Settings

AGREEMENT: Final = "la_new_pupils"
SCHOOL: Final = "900001"
_UPN, _SURNAME, _DAY = "UPN", "Surname", "2026-10-01"


def plant(here: Installation, received: Path, school: str, folder: Path) -> Path:
    """Write the answers about one school's joiner return into the state folder; returns where.

    Args:
        here: an installation whose joiner returns of the day have arrived.
        received: the recipients' folders.
        school: whose return is asked about.
        folder: where evidence packs go; made when missing, the packs of the same names removed.

    """
    folder.mkdir(parents=True, exist_ok=True)
    for pack in folder.glob("*.zip"):
        pack.unlink()
    (landed,) = received.rglob(f"{school}_new_pupils_*.csv")
    (release,) = here.ledger.releases(school=school, agreement=AGREEMENT)
    with landed.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = {
        "UPN": rows[0][_UPN], "SURNAME": rows[0][_SURNAME], "FILE": release.waybill, "DAY": _DAY,
        "RECIPIENT": release.slot.recipient, "AGREEMENT": AGREEMENT, "CLAUSE": "2.1", "FOLDER": str(folder),
        "HEAD": str(here.lodged.path), "KEY": str(here.settings.keys / "ledger-head.pub"),
    }  # fmt: skip
    path = here.settings.home / "auditor-answers.json"
    answers = {str(number): told for number, told in enumerate(_answers(received, landed, rows), start=1)}
    path.write_text(json.dumps({"names": names, "answers": answers}, indent=1), encoding="utf-8")
    return path


def _answers(received: Path, landed: Path, rows: list[dict[str, str]]) -> list[list[str]]:
    """Return what each question's answer must hold, in the order of the questions."""
    sha256 = hashlib.sha256(landed.read_bytes()).hexdigest()
    files = [path for path in received.rglob("*.csv") if path.is_file()]
    of_recipient = sorted(path.name for path in files if "la-823" in path.parts)
    joiners = sorted(path.name for path in of_agreement(files))
    same = sum(_tells(path, rows[0]) for path in of_agreement(files))
    pupils = f"{len(rows)} pupils"
    return [
        ["Local authority 823", landed.name],
        [f"{AGREEMENT}.joiner.surname"],
        [f"Tellings: {same}."],
        ["Tellings: 0."],
        ["Tellings: 0."],
        [landed.name, sha256, str(landed.stat().st_size)],
        [f'"read_back_sha256": "{sha256}"'],
        ["release signed as data_manager by priya", "release signed as head by helen"],
        [pupils],
        ["pupil.surname from students (person.legalLastName), at revision"],
        ["snapshot > dataset joiner", "read back and compared"],
        ["Rules that found something in it: 0"],
        ["Notice clause 2.1", "gateway si-2024-208-reg-13-1"],
        of_recipient,
        of_recipient,
        joiners,
        joiners,
        [f"Pupils: {len(rows)}", "Local authority 823"],
        [f"In the file: {rows[0][_UPN]}"],
        ["The ledger is intact"],
        ["The ledger is intact"],
        [f"{AGREEMENT}, {_DAY}, version 1"],
        ["priya", "helen", "daniel"],
        ["file.zip. It holds no value of a pupil"],
        ["day.zip. It holds no value of a pupil"],
    ]


def of_agreement(files: list[Path]) -> list[Path]:
    """Return the joiner returns to this authority among what landed."""
    return [path for path in files if "_new_pupils_" in path.name and "la-823" in path.parts]


def _tells(path: Path, row: dict[str, str]) -> bool:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return any((one[_UPN], one[_SURNAME]) == (row[_UPN], row[_SURNAME]) for one in csv.DictReader(stream))


def main() -> None:
    """Plant the answers in the state folder of a demonstration, and say what to do with them."""
    here = Installation.open(Settings.from_environment())
    home = here.settings.home
    print(f"Planted: {plant(here, home / 'recipients', SCHOOL, home / 'packs')}")
    print("Now: .venv/bin/waybill auditor --all --as daniel")


if __name__ == "__main__":
    main()

"""What a new trust folder is made from: the questions, what each answer may be, and the files that come of them.

Belongs here: questions as data, and answers to text. Who asks, and where the folder is put, is
`pipelines.actions.founding` and `pipelines.commands.founding`. Nothing here is a secret: an answer names where one is.
"""

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import pandas as pd

from connectors import KINDS
from exports.approvers import SIGNERS_OF_A_CHANGE, WHOLE_TRUST
from exports.signing import DECIDING, Role
from pipelines.calendar_file import COLUMNS
from schemas.census.collection import COLLECTIONS, Collection
from schemas.census.view import PHASES
from schemas.identifiers import urn_valid

_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,30}")
_DAYS_OF_A_YEAR: Final = range(150, 367)
_TRIAL: Final = dt.timedelta(days=14)
_PHASE_NAMES: Final = {
    "NS": "nursery", "PS": "primary", "MP": "middle deemed primary", "MS": "middle deemed secondary",
    "SS": "secondary", "AT": "all-through", "SP": "special", "PR": "pupil referral unit",
}  # fmt: skip

Answers = Mapping[str, Any]
"""What has been answered so far: words by key, and the list of what was answered before of the same kind."""


class AnswerUnfitError(ValueError):
    """An answer cannot be what was asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask.

    Attributes:
        key: of the answer, in an answers file too.
        words: what a person reads.
        fit: returns the answer as it is kept, from the words, those before it of the same entry, and earlier entries.
            Raises AnswerUnfitError with what to write instead.

    """

    key: str
    words: str
    fit: Callable[[str, Answers, Sequence[Answers]], Any]


def _line(text: str, _so_far: Answers, earlier: Sequence[Answers]) -> str:
    if not text or '"' in text or "\\" in text or not text.isprintable():
        message = "Write a name in one line, without quotation marks."
        raise AnswerUnfitError(message)
    if any(text.casefold() == str(one["name"]).casefold() for one in earlier):
        message = f"{text} was named already."
        raise AnswerUnfitError(message)
    return text


def _day(text: str, so_far: Answers, _earlier: Sequence[Answers]) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        message = f"{text or 'An empty answer'} is no day: write it as 2026-09-01."
        raise AnswerUnfitError(message) from None
    first = so_far.get("first_day")
    if first is not None and (day - first).days not in _DAYS_OF_A_YEAR:
        message = f"A school year that begins on {first} ends 5 to 12 months later; {day} does not."
        raise AnswerUnfitError(message)
    return day


def _digits(count: int, what: str) -> Callable[[str, Answers, Sequence[Answers]], str]:
    def fit(text: str, _so_far: Answers, _earlier: Sequence[Answers]) -> str:
        if not (text.isascii() and text.isdigit() and len(text) == count):
            message = f"{what} has {count} digits; {text or 'nothing'} has not."
            raise AnswerUnfitError(message)
        return text

    return fit


def _urn(text: str, _so_far: Answers, earlier: Sequence[Answers]) -> str:
    if not urn_valid(pd.Series([text], dtype="str")).all():
        message = f"A URN has six digits, as GIAS gives it; {text or 'nothing'} has not."
        raise AnswerUnfitError(message)
    if any(one["urn"] == text for one in earlier):
        message = f"{text} is the URN of a school you named already."
        raise AnswerUnfitError(message)
    return text


def _estab(text: str, so_far: Answers, earlier: Sequence[Answers]) -> str:
    fit = _digits(4, "An establishment number")(text, so_far, earlier)
    same = [one["name"] for one in earlier if (one["la_number"], one["estab"]) == (so_far["la_number"], fit)]
    if same:
        message = f"{so_far['la_number']}/{fit} is {same[0]}: two schools have no number in common."
        raise AnswerUnfitError(message)
    return fit


def _one_of(known: Sequence[str]) -> Callable[[str, Answers, Sequence[Answers]], str]:
    def fit(text: str, _so_far: Answers, _earlier: Sequence[Answers]) -> str:
        found = next((one for one in known if one.casefold() == text.casefold()), None)
        if found is None:
            message = f"{text or 'An empty answer'} is none of {', '.join(known)}."
            raise AnswerUnfitError(message)
        return found

    return fit


def _mis_url(text: str, so_far: Answers, _earlier: Sequence[Answers]) -> str:
    if so_far["mis_kind"] in {"reports", "ctf"}:
        return f"inbox:{so_far['urn']}"
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password or '"' in text:
        message = "Write the address of the MIS as https://..., without a name or password in it."
        raise AnswerUnfitError(message)
    return text


def _person_id(text: str, _so_far: Answers, earlier: Sequence[Answers]) -> str:
    if not _ID.fullmatch(text):
        message = "An id is short and never changes: small letters, digits and hyphens, as priya or j-smith."
        raise AnswerUnfitError(message)
    if any(one["id"] == text for one in earlier):
        message = f"{text} is the id of somebody you named already."
        raise AnswerUnfitError(message)
    return text


def _roles(text: str, _so_far: Answers, _earlier: Sequence[Answers]) -> list[str]:
    named, known = text.replace(",", " ").split(), [role.value for role in Role]
    if not named or set(named) - set(known):
        message = f"Write one or more of {', '.join(known)}, with spaces between."
        raise AnswerUnfitError(message)
    return sorted(set(named))


def _schools_of(text: str, _so_far: Answers, _earlier: Sequence[Answers]) -> list[str]:
    named = text.replace(",", " ").split()
    if named != [WHOLE_TRUST] and not (named and urn_valid(pd.Series(named, dtype="str")).all()):
        message = f"Write {WHOLE_TRUST} for the whole trust, or the URNs of schools with spaces between."
        raise AnswerUnfitError(message)
    return named


def _reference(text: str, _so_far: Answers, _earlier: Sequence[Answers]) -> str:
    if not re.fullmatch(r"(env:\w+|file:[\w.-]+)", text):
        message = (
            "An address is kept where secrets are, never here: write file:NAME, a file of the keys folder, or env:NAME."
        )
        raise AnswerUnfitError(message)
    return text


TRUST: Final = (
    Question("name", "Legal name of the trust", _line),
    Question("first_day", "First day of this school year (2026-09-01)", _day),
    Question("last_day", "Last day of this school year (2027-07-21)", _day),
)
SCHOOL: Final = (
    Question("name", "Name of a school (empty when there is no other)", _line),
    Question("urn", "  its URN", _urn),
    Question("la_number", "  its local authority's number", _digits(3, "The number of a local authority")),
    Question("estab", "  its establishment number", _estab),
    Question("phase", f"  its phase ({', '.join(f'{k} {v}' for k, v in _PHASE_NAMES.items())})", _one_of(PHASES)),
    Question("establishment", "  academy or maintained", _one_of(("academy", "maintained"))),
    Question("mis_kind", f"  its MIS ({', '.join(sorted(KINDS))})", _one_of(sorted(KINDS))),
    Question("mis_url", "  address of its MIS (https://...; empty when it puts files into the inbox)", _mis_url),
)
PERSON: Final = (
    Question("name", "Name of a person who signs or looks (empty when there is no other)", _line),
    Question("id", "  their id", _person_id),
    Question("roles", f"  their roles ({', '.join(role.value for role in Role)})", _roles),
    Question("schools", "  for which schools (* for the whole trust)", _schools_of),
)
ROUTE: Final = (
    Question("name", "Who is told when something needs a person, as 'trust IT' (empty when there is no other)", _line),
    Question("address", "  where their address is kept (file:alerts-it)", _reference),
)


def unfit(schools: Sequence[Answers], people: Sequence[Answers]) -> str:
    """Say what the answers lack as a whole; nothing when they do."""
    if not schools:
        return "A trust has at least one school."
    urns = {str(one["urn"]) for one in schools}
    strange = sorted({urn for one in people for urn in one["schools"]} - urns - {WHOLE_TRUST})
    if strange:
        return f"{', '.join(strange)}: somebody's school that is none of the trust's."
    deciding = [one for one in people if WHOLE_TRUST in one["schools"] and set(one["roles"]) & set(DECIDING)]
    if len(deciding) < SIGNERS_OF_A_CHANGE:
        known = ", ".join(sorted(role.value for role in DECIDING))
        return f"{SIGNERS_OF_A_CHANGE} people decide for the whole trust (*), as {known}; so far {len(deciding)}."
    return ""


def files(answers: Answers) -> dict[str, str]:
    """Return the files of a new trust folder, by name."""
    return {
        "trust.toml": _trust_toml(answers),
        "calendar.csv": _calendar(answers),
        "notice.md": _notice(answers),
        "people.json": json.dumps([{**one, "public_key": ""} for one in answers["person"]], indent=2) + "\n",
        **({"alerts.toml": _alerts(answers["route"])} if answers["route"] else {}),
    }


def _trust_toml(answers: Answers) -> str:
    head = (
        f'name = "{answers["name"]}"\n'
        f"school_years = [{{ first = {answers['first_day']}, last = {answers['last_day']} }}]\n\n"
        "# Flags of the MIS that protect a pupil, beside the register of the safeguarding lead; [] says none.\n"
        "[protection]\nmis_flags = []\n"
    )
    return head + "".join(f"\n{_school(one)}" for one in answers["school"])


def _school(one: Answers) -> str:
    server = not one["mis_url"].startswith("inbox:")
    secret = f', application = "", secret = "file:mis-{one["urn"]}"' if server else ""
    return (
        f'[[school]]\nurn = "{one["urn"]}"\nla_number = "{one["la_number"]}"\nestab = "{one["estab"]}"\n'
        f'name = "{one["name"]}"\nphase = "{one["phase"]}"\nestablishment = "{one["establishment"]}"\n'
        f'mis = {{ kind = "{one["mis_kind"]}", url = "{one["mis_url"]}"{secret} }}\n'
    )


def _calendar(answers: Answers) -> str:
    """The collections of the school year, as the program knows their dates; terms and feeds are the trust's to add."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    rows.writeheader()
    for one in COLLECTIONS.values():
        if answers["first_day"] <= one.reference_date <= answers["last_day"]:
            rows.writerow(_collection(one))
    return text.getvalue()


def _collection(one: Collection) -> dict[str, object]:
    return {
        "kind": "collection",
        "subject": one.key,
        "period": one.key,
        "as_at": one.reference_date,
        "window_start": one.previous_reference_date + dt.timedelta(days=1),
        "opens": one.reference_date - _TRIAL,
        "due": one.deadline,
        "note": "dates as the program knows them: compare with the Department's",
    }


def _notice(answers: Answers) -> str:
    return (
        f"# Privacy notice of {answers['name']}\n\nVersion: 0\nPublished: {answers['first_day']}\n\n"
        "**1** Put the text of the published notice here, each clause with its number; agreements cite these numbers.\n"
    )


def _alerts(routes: Sequence[Answers]) -> str:
    return "".join(
        f'[[route]]\nname = "{one["name"]}"\naddress = "{one["address"]}"\nclasses = ["*"]\nreminders = true\n\n'
        for one in routes
    )

"""The two lists of Manage vaccinations in schools (Mavis): their templates and every rule the importer has for a cell.

Belongs here: what the importer refuses, so that it is known before sending. One refused cell refuses the whole
file. Facts: nhs/mavis.md sections 2 (columns), 3 (values) and 4 (file). Cells are judged as the importer reads
them: trimmed, white space collapsed, no-break space as space, zero-width joiner removed. Lists for teams that use
other software are `exports.formats.nhs_lists`.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pandas as pd

from exports.formats.cells import cells
from exports.formats.problems import Problem
from exports.terms import Agreement
from schemas.table import Frames


@dataclass(frozen=True, slots=True)
class Template:
    """One of the importer's files.

    Attributes:
        called: what a person calls it.
        columns: of the template, in its order.
        required: columns that may not be missing or blank.

    """

    called: str
    columns: tuple[str, ...]
    required: tuple[str, ...]

    @property
    def transforms(self) -> Mapping[str, tuple[str, ...]]:
        """Transforms that the importer can read, for each column where not every one will do."""
        return {
            "CHILD_YEAR_GROUP": ("year_number",),
            **{name: ("nfc", "name_part") for name in self.columns if name.endswith("_NAME")},
            **{f"PARENT_{number}_RELATIONSHIP": ("relationship_words",) for number in (1, 2)},
        }


CLASS_LIST: Final = Template(
    called="mavis class list",
    columns=(
        "CHILD_LAST_NAME", "CHILD_FIRST_NAME", "CHILD_DATE_OF_BIRTH", "CHILD_POSTCODE", "CHILD_ADDRESS_LINE_1",
        "PARENT_1_NAME", "PARENT_1_RELATIONSHIP", "PARENT_1_EMAIL", "PARENT_1_PHONE", "CHILD_REGISTRATION",
        "CHILD_PREFERRED_FIRST_NAME", "CHILD_PREFERRED_LAST_NAME", "CHILD_YEAR_GROUP", "CHILD_NHS_NUMBER",
        "CHILD_GENDER", "CHILD_ADDRESS_LINE_2", "CHILD_TOWN", "PARENT_2_NAME", "PARENT_2_RELATIONSHIP",
        "PARENT_2_EMAIL", "PARENT_2_PHONE",
    ),
    required=("CHILD_FIRST_NAME", "CHILD_LAST_NAME", "CHILD_DATE_OF_BIRTH"),
)  # fmt: skip
COHORT_LIST: Final = Template(
    called="mavis cohort list",
    columns=(
        "CHILD_SCHOOL_URN", "CHILD_FIRST_NAME", "CHILD_LAST_NAME", "CHILD_PREFERRED_FIRST_NAME",
        "CHILD_PREFERRED_LAST_NAME", "CHILD_DATE_OF_BIRTH", "CHILD_YEAR_GROUP", "CHILD_REGISTRATION", "CHILD_GENDER",
        "CHILD_ADDRESS_LINE_1", "CHILD_ADDRESS_LINE_2", "CHILD_TOWN", "CHILD_POSTCODE", "CHILD_NHS_NUMBER",
        "PARENT_1_NAME", "PARENT_1_RELATIONSHIP", "PARENT_1_PHONE", "PARENT_1_EMAIL", "PARENT_2_NAME",
        "PARENT_2_RELATIONSHIP", "PARENT_2_PHONE", "PARENT_2_EMAIL",
    ),
    required=("CHILD_SCHOOL_URN", "CHILD_FIRST_NAME", "CHILD_LAST_NAME", "CHILD_DATE_OF_BIRTH", "CHILD_POSTCODE"),
)  # fmt: skip
"""The list of child records: it names the school in each row, and no row goes without a postcode
(`vocabularies.POSTCODE_FORCED`)."""

GATEWAY: Final = "public-task-immunisation"
"""The only ground of these lists: another purpose needs another agreement."""
MOST_ROWS: Final = 10_000
LONGEST_NAME: Final = 300
LONGEST_EMAIL: Final = 320

_SPACE: Final = re.compile(r"\s+")
_NAME: Final = re.compile(r"[A-Za-z0-9_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u017F '`’ʼ.-]*")  # noqa: RUF001
_DATE: Final = re.compile(r"(\d{2})/(\d{2})/(\d{4})|(\d{4})-(\d{2})-(\d{2})")
_POSTCODE: Final = re.compile(
    r"GIR ?0AA|BFPO ?\d{1,4}|ZZ99 ?3[CVW]Z"
    r"|[A-PR-UWYZ]([A-HK-Y]?\d[A-HJKMNP-Y0-9]?|\d[A-HJKPSTUW]) ?\d[ABD-HJLNP-UW-Z]{2}",
    re.IGNORECASE,
)
_EMAIL_FORM: Final = "ASCII letters, digits and .!#$%&'*+/=?^_`{|}~- before the @, a host with a dot after it"
_LOCAL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+")
_HOST_PART: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_TLD: Final = re.compile(r"[A-Za-z]{2,63}|xn--[A-Za-z0-9-]+", re.IGNORECASE)
_UK_PHONE: Final = re.compile(
    r"7[1-57-9]\d{8}|7624\d{6}|[12]\d{8,9}|3[0347]\d{8}|5[56]\d{8}|8(?:00\d{6,7}|[0-47]\d{8})|9[018]\d{8}",
)
_DRAMA: Final = re.compile(r"7700900\d{3}|1632960\d{3}")
_FOREIGN_PHONE: Final = re.compile(r"[1-9]\d{6,14}")
_NHS_NUMBER: Final = re.compile(r"\d{10}")
_GENDERS: Final = frozenset({"male", "female", "not known", "not specified"})
_FIRST_BIRTHDAY: Final = dt.date(2000, 1, 1)
_SCHOOL: Final = re.compile(r"\d{6}[A-Za-z]?")
_WHOLE_YEAR: Final = frozenset({"whole_roll", "year_groups"})


def mismatches(template: Template, agreement: Agreement) -> Iterator[str]:
    """Yield what in an agreement the importer could never take."""
    outputs, called = agreement.outputs, template.called
    if unknown := [name for name in outputs if name not in template.columns]:
        yield f"the {called} has no column {', '.join(unknown)}"
    elif list(outputs) != [name for name in template.columns if name in outputs]:
        yield f"the columns of a {called} stand in the order of its template"
    if missing := [name for name in template.required if name not in outputs]:
        yield f"a {called} needs {', '.join(missing)}"
    dialect = agreement.dialect
    if dialect is not None and (dialect.encoding, dialect.formula) != ("utf-8-sig", "raw"):
        yield f"a {called} is written as utf-8-sig, with formula: raw"
    if agreement.recipient.kind not in {"", "nhs_immunisation"}:
        yield f"a {called} goes to a school-age immunisation team only"
    if any(predicate.name and predicate.name not in _WHOLE_YEAR for predicate in agreement.population):
        yield f"a {called} is the whole roll of its year groups: a pupil left out is proposed as moved away"
    if any(line.gateway not in {"", GATEWAY} for line in agreement.lines):
        yield f"a {called} rests on {GATEWAY} alone: another purpose needs an agreement of its own"
    for line in agreement.lines:
        wanted = template.transforms.get(line.output or "")
        if wanted is not None and line.transform not in {"", *wanted}:
            yield f"{line.output} of a {called} is written with the transform {' or '.join(wanted)}"


def problems(template: Template, frames: Frames, agreement: Agreement) -> tuple[Problem, ...]:
    """Return everything the importer would refuse in minimised frames, in the file's order."""
    table = cells(frames, agreement)
    fields = {line.output: line.field for line in agreement.lines if line.output is not None}
    found = list(_file_problems(table))
    for name in table.columns:
        required = name in template.required
        found += [
            Problem(fields[name], pupil, message)
            for pupil, message in _column_problems(name, table[name], required=required)
        ]
    found += [Problem(fields[name], pupil, message) for name, pupil, message in _parent_problems(table)]
    found += [Problem(fields["CHILD_NHS_NUMBER"], pupil, message) for pupil, message in _repeated_numbers(table)]
    return tuple(found)


def read_as_mavis_does(text: str) -> str:
    """Return a cell as the importer reads it."""
    return _SPACE.sub(" ", text.replace("\u200d", "")).strip()


def _file_problems(table: pd.DataFrame) -> Iterator[Problem]:
    if len(table) > MOST_ROWS:
        yield Problem("file", None, f"split the list by year group: the importer takes at most {MOST_ROWS} rows")


def _column_problems(name: str, column: pd.Series, *, required: bool) -> Iterator[tuple[str, str]]:
    check = CHECKS.get(name)
    for pupil, raw in zip(column.index, column, strict=True):
        text = "" if pd.isna(raw) else read_as_mavis_does(raw)
        if not text:
            if required:
                yield pupil, f"enter it: {name} may not be blank"
        elif check is not None and (message := check(text)):
            yield pupil, message


def _parent_problems(table: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for number in (1, 2):
        name = f"PARENT_{number}_RELATIONSHIP"
        others = [f"PARENT_{number}_{part}" for part in ("NAME", "EMAIL", "PHONE")]
        if name not in table:
            continue
        present = [other for other in others if other in table]
        alone = table[name].notna() & ~table[present].notna().any(axis=1)
        for pupil in table.index[alone]:
            yield name, pupil, "enter the parent's name, e-mail or telephone, or clear the relationship"


def _repeated_numbers(table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    if "CHILD_NHS_NUMBER" not in table:
        return
    numbers = table["CHILD_NHS_NUMBER"].dropna().str.replace(" ", "")
    counts = Counter(numbers)
    for pupil, number in numbers.items():
        if counts[number] > 1:
            yield str(pupil), "another pupil of the list has the same NHS number: correct one of them"


def _name(text: str) -> str | None:
    if len(text) > LONGEST_NAME:
        return f"shorten it to {LONGEST_NAME} characters"
    if _NAME.fullmatch(text):
        return None
    return "use letters of Latin-1 and Latin Extended-A, digits, spaces, apostrophes, hyphens and full stops only"


def _school(text: str) -> str | None:
    return None if _SCHOOL.fullmatch(text) else "the school is its URN, six digits, with a letter for one of its sites"


def _date(text: str) -> str | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return "it must be written DD/MM/YYYY or YYYY-MM-DD"
    day, month, year = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    if dt.date(int(year), int(month), int(day)) < _FIRST_BIRTHDAY:
        return "check the date of birth: before 2000 is refused"
    return None


def _postcode(text: str) -> str | None:
    return None if _POSTCODE.fullmatch(text) else "enter a full United Kingdom postcode"


def _email(text: str) -> str | None:
    local, _, host = text.rpartition("@")
    parts = host.split(".")
    dotted = len(parts) > 1 and _TLD.fullmatch(parts[-1]) and all(_HOST_PART.fullmatch(part) for part in parts)
    if len(text) <= LONGEST_EMAIL and _LOCAL.fullmatch(local) and ".." not in text and dotted:
        return None
    return f"correct the e-mail address: {_EMAIL_FORM}"


def _phone(text: str) -> str | None:
    digits = re.sub(r"[\s().-]", "", text)
    for prefix in ("+44", "0044"):
        if digits.startswith(prefix):
            digits = "0" + digits.removeprefix(prefix).removeprefix("0")
    if digits.startswith("+"):
        return None if _FOREIGN_PHONE.fullmatch(digits[1:]) else _PHONE_ADVICE
    number = digits.removeprefix("0")
    return None if _UK_PHONE.fullmatch(number) and not _DRAMA.fullmatch(number) else _PHONE_ADVICE


def _year_group(text: str) -> str | None:
    return None if re.fullmatch(r"-[12]|0|[1-9]\d?", text) else "the year group must be a number, never padded"


def _nhs_number(text: str) -> str | None:
    number = text.replace(" ", "")
    if _NHS_NUMBER.fullmatch(number) and number != "0000000000" and _check_digit_right(number):
        return None
    return "correct the NHS number: ten digits with the right check digit"


def _check_digit_right(number: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), number[:9], strict=True))
    return (11 - total % 11) % 11 == int(number[9])


def _gender(text: str) -> str | None:
    return None if text.lower().replace("_", " ") in _GENDERS else "male, female, not known or not specified"


_PHONE_ADVICE: Final = "enter one valid telephone number and nothing else; numbers reserved for drama are refused"

CHECKS: Final[Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {
        "CHILD_SCHOOL_URN": _school,
        "CHILD_LAST_NAME": _name,
        "CHILD_FIRST_NAME": _name,
        "CHILD_PREFERRED_FIRST_NAME": _name,
        "CHILD_PREFERRED_LAST_NAME": _name,
        "CHILD_DATE_OF_BIRTH": _date,
        "CHILD_POSTCODE": _postcode,
        "CHILD_YEAR_GROUP": _year_group,
        "CHILD_NHS_NUMBER": _nhs_number,
        "CHILD_GENDER": _gender,
        **{f"PARENT_{number}_NAME": _name for number in (1, 2)},
        **{f"PARENT_{number}_EMAIL": _email for number in (1, 2)},
        **{f"PARENT_{number}_PHONE": _phone for number in (1, 2)},
    },
)
"""What is checked of each column; a column not here is free text."""

"""Holding a census file that a MIS made to an agreement, so that it may go in place of ours.

Belongs here: every ground on which such a file is refused, all of them listed at once, and its tables under ids that
the pupil keys know. The tolerant reader says what the file is; then the strict re-reader must find in it what the
minimised tables say and nothing else. Signing and the gate are the same as for our own files.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import pandas as pd

from exports.census_file import CensusFile
from exports.formats import FileDisagrees, FileFacts, verified
from exports.markup import UTF_8, strict_form
from exports.minimise import minimise
from exports.preparation import MADE_BY
from exports.protection import DECLINABLE
from exports.protection_standing import Standing, Treatment
from exports.reread import Unreadable
from exports.terms import Agreement
from schemas.census.collection import Collection
from schemas.census.layout import Item
from schemas.census.tables import CENSUS, ON_ROLL
from schemas.deployment import School
from schemas.refusal import Refusal
from schemas.table import Frames, Kind
from schemas.wording import counted
from vault.pupils import PupilKeys

_GUEST: Final = "G"
_KEYS: Final = frozenset({"pupil_id", "programme_id", "aim_id", "section", "period", "kind"})
_MADE_HERE: Final = frozenset({"pupil.age", "pupil.attendance_age"})
_FRACTION: Final = re.compile(r"(-?)0*([0-9]+)(?:\.([0-9]*?)0*)?")
_FLAGS: Final = {"1": "true", "0": "false"}


class NotAdopted(Refusal):
    """A file is not one that the agreement lets leave; every ground is listed."""

    code: ClassVar[str] = "not_adopted"

    def __init__(self, label: str, grounds: Sequence[str]) -> None:
        """Take what the file is called and each ground."""
        self.grounds = tuple(grounds)
        listed = "; ".join(self.grounds)
        super().__init__(
            f"{label} was not adopted, and nothing was prepared: {listed}. Correct it in the MIS and export it again"
        )


@dataclass(frozen=True)
class Held:
    """A file that its agreement lets leave.

    Attributes:
        frames: every census table, with ids that `PupilKeys` knows.
        minimised: what the file tells, as the agreement names it.
        facts: counted by the strict reader.

    """

    frames: Frames
    minimised: Frames
    facts: FileFacts
    upns: Mapping[str, str | None]
    certificate: Mapping[str, object]


def hold(  # noqa: PLR0913, PLR0917  the file, and all it is held to
    file: CensusFile, digest: str, agreement: Agreement, school: School, collection: Collection, pupils: PupilKeys,
    standing: Standing, known: Mapping[str, str],
) -> Held:  # fmt: skip
    """Hold a file to an agreement.

    Args:
        file: as the tolerant reader has it.
        digest: SHA-256 of its bytes, for the certificate.
        standing: what protects the school's pupils from the agreement.
        known: the MIS's id of the pupil of each UPN.

    Raises:
        NotAdopted: anything in it is not in its place, not in the agreement or not in scope; it is not this school's
            or collection's; a pupil could not be traced by UPN; or it tells what protection keeps back.
        Refusal: `exports.minimise`'s.

    """
    grounds = [*_grounds(file, agreement, school, collection), *_protected(file, agreement, standing, known)]
    if grounds:
        raise NotAdopted(file.label, grounds)
    minimised = minimise(file.frames, agreement, as_at=collection.reference_date)
    facts = _strictly(file, minimised, agreement)
    who = file.frames["pupil"]
    upns = [str(upn) for upn in who["upn"]]
    ids = pupils.ids_of(school.urn, upns)
    ours = dict(zip(who["pupil_id"], ids, strict=True))
    return Held(
        frames=_under_ids(file.frames, ours),
        minimised=_under_ids(minimised, ours),
        facts=facts,
        upns=dict(zip(ids, upns, strict=True)),
        certificate={"stable": True, MADE_BY: file.software, "file_sha256": digest},
    )


def _strictly(file: CensusFile, minimised: Frames, agreement: Agreement) -> FileFacts:
    kinds = {item.path: item.kind for item in file.layout.items}
    written = strict_form(file.markup, lambda path, text: plain(kinds[path], text) if path in kinds else text)
    try:
        return verified(written, minimised, agreement)
    except Unreadable as unreadable:
        grounds = [f"{fault} ({count})" for fault, count in sorted(unreadable.faults.items())]
    except FileDisagrees as disagrees:
        grounds = [str(disagrees)]
    raise NotAdopted(file.label, grounds)


def plain(kind: Kind, text: str) -> str:
    """Return a value in the one spelling that our own files have: 1 is true, 15.00 is 15."""
    value = text.strip()
    if kind is Kind.BOOLEAN:
        return _FLAGS.get(value, value.lower())
    if kind in (Kind.INTEGER, Kind.DECIMAL) and (parts := _FRACTION.fullmatch(value)):
        sign, whole, rest = parts.groups()
        return f"{sign if int(whole) or rest else ''}{whole}{f'.{rest}' if rest else ''}"
    return text


def _under_ids(frames: Frames, known: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Put the ids that the pupil keys know in place of the numbers counted afresh."""
    return {
        name: frame.assign(pupil_id=frame["pupil_id"].map(known).astype(CENSUS[name]["pupil_id"].dtype))
        if "pupil_id" in frame
        else frame
        for name, frame in frames.items()
    }


def _grounds(file: CensusFile, agreement: Agreement, school: School, collection: Collection) -> Iterator[str]:
    if file.markup.encoding != UTF_8:
        yield "it is not UTF-8"
    for fault in file.faults:
        yield f"{fault.path}: {fault.kind} ({fault.count}, first in line {fault.line})"
    yield from _another(file, agreement, school, collection)
    yield from _too_much(file, agreement, school)
    pupils = file.frames["pupil"]
    if guests := int((pupils["enrol_status"] == _GUEST).sum()):
        yield f"{guests} guest pupils, who are returned by their own school"
    if unnamed := int(pupils["upn"].isna().sum()):
        yield f"{counted(unnamed, 'pupil')} without a UPN, whom nobody could trace"
    if twice := int(pupils["upn"].dropna().duplicated().sum()):
        yield f"{twice} UPNs that stand twice"


def _protected(file: CensusFile, agreement: Agreement, standing: Standing, upns: Mapping[str, str]) -> Iterator[str]:
    """What of a file only our own could leave out or empty: nothing in another program's bytes can be changed."""
    frame = file.frames["pupil"]
    ids = frame["upn"].map(upns.get)
    kept = sum(standing.treatment(pupil, agreement) is not Treatment.SENT for pupil in ids.dropna())
    if kept:
        yield f"{kept} protected pupils, whose rows or addresses must not leave so: send our own return"
    for item, declined in standing.declined.items():
        said = frame[item].notna() & (frame[item] != DECLINABLE[item])
        if told := int((ids.isin(list(declined)) & said).sum()):
            yield f"pupil.{item} of {counted(told, 'pupil')} whose family declined to say it"


def _another(file: CensusFile, agreement: Agreement, school: School, collection: Collection) -> Iterator[str]:
    header, said = file.frames["header"].iloc[0], file.frames["school"].iloc[0]
    expected = {
        "header.collection": "SC",
        "header.reference_date": collection.reference_date,
        "header.lea": school.la_number,
        "header.estab": school.estab,
        "header.urn": school.urn,
        "school.phase": school.phase,
    }
    for field, value in expected.items():
        table, _, column = field.partition(".")
        found = (header if table == "header" else said)[column]
        if pd.isna(found) or found != value:
            yield f"{field} is not {value}, as the trust has it for this school and collection"
    if file.collection.key != collection.key:
        yield f"its header names the collection {file.collection.key}"
    if collection.term_code not in agreement.terms:
        yield f"agreement {agreement.id} does not cover the term {collection.term_code}"
    if not agreement.covers(school.urn):
        yield f"agreement {agreement.id} does not cover the school"


def _too_much(file: CensusFile, agreement: Agreement, school: School) -> Iterator[str]:
    """Fields with a value that the agreement does not name, or that this phase is not asked for."""
    asked = {
        (file.layout.section_of(item), item.field)
        for item in file.layout.items
        if _is_asked(item, file.collection.term, school.phase)
    }
    for section, field, count in _held(file.frames):
        if field not in agreement.fields:
            yield f"{field} is not named by agreement {agreement.id} ({count})"
        elif (section, field) not in asked:
            where = "" if section in (None, ON_ROLL) else " of pupils no longer on roll"
            yield f"{field}{where} is not collected from a school of phase {school.phase} in this term ({count})"


def _is_asked(item: Item, term: str, phase: str) -> bool:
    return term in item.terms and phase in item.phases


def _held(frames: Frames) -> Iterator[tuple[str | None, str, int]]:
    """Every field that holds a value: the section of pupils it is in, its name and how many values."""
    pupils = frames["pupil"]
    sections = dict(zip(pupils["pupil_id"], pupils["section"], strict=True))
    for name, table in CENSUS.items():
        frame = frames[name]
        of = frame["pupil_id"].map(sections) if "pupil_id" in frame else pd.Series(index=frame.index, dtype=object)
        for column in table.names:
            if column in _KEYS or f"{name}.{column}" in _MADE_HERE:
                continue
            held = of[frame[column].notna()]
            for section, count in held.value_counts(dropna=False).items():
                yield str(section) if isinstance(section, str) else None, f"{name}.{column}", int(count)

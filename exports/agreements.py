"""Reading agreements: a YAML file becomes an `Agreement`, or the list of everything that is wrong with it.

Belongs here: the shape of the file, and compiling a folder of them. Default deny: what is missing, unknown or
contradictory is a fault, all faults are listed, and a file with one compiles to none. Expiry is not a fault: it is
judged by the clock of the run (`Agreement.in_force`, `exports.gateways.not_in_force`). Which combinations are
refused is `exports.agreement_rules`.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from exports import vocabularies as words
from exports.agreement_rules import broken_rules
from exports.drafts import REMEMBERED, Draft, Ground, TrustSchool
from exports.gateways import Gateway
from exports.notice import Notice
from exports.parties import read_paperwork, read_recipient
from exports.routes import read_route
from exports.terms import Agreement, Compiled, Dialect, Effect, Line, Paperwork, Predicate, Recipient, Route
from exports.yaml_file import Entry, Fault, Section, read_yaml
from schemas.census.tables import CENSUS
from schemas.feeds import FEEDS
from schemas.table import Sensitivity

__all__ = [
    "Agreement", "Compiled", "Dialect", "Line", "Paperwork", "Predicate", "Recipient", "Route", "TrustSchool",
    "compile_folder", "compile_text",
]  # fmt: skip

_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
_KEYS: Final = frozenset(
    {
        "title", "version", "starts", "schools", "recipient", "purpose", "purpose_clause", "basis", "cadence", "terms",
        "dataset", "format", "dialect", "profile", "population", "protection", "when_empty", "delivery", "signing",
        "retention_days", "paperwork", "fields", "consent_purpose",
    },
)  # fmt: skip
_GROUP_KEYS: Final = frozenset({"clause", "gateway", "why", "article_9", "schedule_1", "items"})
_PREDICATES_WITH_VALUES: Final = ("year_groups", "ages", "subjects")


def compile_folder(
    folder: Path, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> tuple[Compiled, ...]:  # fmt: skip
    """Compile every file of an agreements folder, well-named ones first; a broken file has an entry too.

    Args:
        folder: the trust's `agreements` folder.
        notice: the notice in force.
        gateways: the gateway register, by id.
        schools: the trust's schools by URN.

    """
    taken: set[str] = set()
    compiled, ground = [], Ground.of(notice, gateways, schools)
    for path in sorted((each for each in folder.iterdir() if not each.name.startswith(".")), key=_order):
        entry = _compile_file(path, ground)
        if entry.id in taken:
            fault = f"{path.name}: another file has the id {entry.id}; give each agreement its own"
            entry = Compiled(_free(entry.id, taken), entry.sha256, None, (fault, *entry.faults))
        taken.add(entry.id)
        compiled.append(entry)
    return tuple(compiled)


def compile_text(
    data: bytes, name: str, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> Compiled:  # fmt: skip
    """Compile the bytes of one agreement; `name` is its id and stands in every fault."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        entry, faults = read_yaml(data.decode("utf-8"))
    except UnicodeDecodeError:
        return Compiled(name, sha256, None, (f"{name}.yaml: the file is not UTF-8 text",))
    if entry is None:
        return Compiled(name, sha256, None, _sentences(name, faults))
    draft = _draft(name, sha256, entry, faults)
    faults.extend(broken_rules(draft, notice, gateways, schools))
    return Compiled(name, sha256, None if faults else draft.agreement, _sentences(name, faults))


@lru_cache(REMEMBERED)
def _compiled(data: bytes, name: str, ground: Ground) -> Compiled:
    return compile_text(data, name, ground.notice, ground.gateways, ground.schools)


def _compile_file(path: Path, ground: Ground) -> Compiled:
    if not path.is_file():
        return Compiled(_safe_id(path.stem), "", None, (f"{path.name}: only agreement files belong in this folder",))
    compiled = _compiled(path.read_bytes(), path.stem, ground)
    faults = []
    if path.suffix != ".yaml":
        faults.append(f"{path.name}: the name of an agreement file ends in .yaml")
    if not _ID.fullmatch(path.stem):
        faults.append(f"{path.name}: the name must be small letters, digits and underscores, a letter first")
    if not faults:
        return compiled
    return Compiled(_safe_id(path.stem), compiled.sha256, None, (*faults, *compiled.faults))


def _order(path: Path) -> tuple[bool, str]:
    """Put well-named files first, so that a badly named one cannot take the id of another."""
    return not (path.suffix == ".yaml" and _ID.fullmatch(path.stem)), path.name


def _safe_id(stem: str) -> str:
    """Return an id that can stand for a file whose own name cannot, so that its faults are still shown."""
    letters = re.sub(r"[^a-z0-9_]", "_", stem.lower())
    return letters if _ID.fullmatch(letters) else f"agreement_{letters}"


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _sentences(name: str, faults: list[Fault]) -> tuple[str, ...]:
    return tuple(f"{name}.yaml line {line}: {message}" for line, message in sorted(dict.fromkeys(faults)))


def _draft(name: str, sha256: str, entry: Entry, faults: list[Fault]) -> Draft:
    top = Section(entry, "the agreement", _KEYS, faults)
    lines, line_at = _lines(name, top, faults)
    agreement = Agreement(
        id=name,
        title=top.text("title"),
        version=top.text("version"),
        starts=top.day("starts"),
        schools=top.words("schools"),
        recipient=read_recipient(top, faults),
        purpose=top.choice("purpose", words.PURPOSES),
        purpose_clause=top.text("purpose_clause"),
        basis=top.choice("basis", words.ARTICLE_6),
        cadence=top.choice("cadence", words.CADENCES),
        terms=top.words("terms", words.TERMS) if top.has("terms") else (),
        dataset=top.choice("dataset", words.DATASETS),
        format=top.choice("format", words.FORMATS),
        dialect=_dialect(top, faults) if top.has("dialect") else None,
        profile=top.optional_choice("profile", words.PROFILES),
        lines=lines,
        population=tuple(_predicate(item, faults) for item in top.items("population")),
        protection=_protection(top, faults),
        consent_purpose=top.optional("consent_purpose"),
        when_empty=top.choice("when_empty", words.WHEN_EMPTY),
        delivery=read_route(name, top, faults),
        signing=top.words("signing", words.SIGNING_ROLES),
        retention_days=top.number("retention_days", 1, 3660),
        paperwork=read_paperwork(top, faults),
        sha256=sha256,
    )
    return Draft(agreement, {key: top.at(key) for key in _KEYS} | dict(_nested_places(entry)), line_at)


def _nested_places(entry: Entry) -> Iterator[tuple[str, int]]:
    """Yield the line of each key of a section, as `section.key`."""
    sections = entry.value.items() if isinstance(entry.value, Mapping) else ()
    for name, section in sections:
        if isinstance(section.value, Mapping):
            yield from ((f"{name}.{key}", each.line) for key, each in section.value.items())


def _dialect(top: Section, faults: list[Fault]) -> Dialect:
    part = Section(top.raw("dialect"), "the dialect", frozenset(Dialect.__dataclass_fields__), faults)
    return Dialect(
        encoding=part.choice("encoding", words.ENCODINGS),
        newline=part.choice("newline", words.NEWLINES),
        quoting=part.choice("quoting", words.QUOTING),
        formula=part.choice("formula", words.FORMULA),
        sort=part.words("sort"),
    )


def _protection(top: Section, faults: list[Fault]) -> Mapping[str, Effect]:
    part = Section(top.raw("protection"), "the protection", words.PROTECTION, faults)
    return MappingProxyType({kind: _effect(part, kind, faults) for kind in words.PROTECTION})


def _effect(part: Section, kind: str, faults: list[Fault]) -> Effect:
    entry = part.raw(kind)
    if entry is None or isinstance(entry.value, str):
        return Effect(part.choice(kind, words.EFFECTS) if entry is not None else "")
    details = Section(entry, f"the protection's {kind}", {"effect", "why"}, faults)
    return Effect(details.choice("effect", words.EFFECTS), details.optional("why"))


def _predicate(item: Entry, faults: list[Fault]) -> Predicate:
    if isinstance(item.value, str):
        if item.value in words.POPULATIONS and item.value not in _PREDICATES_WITH_VALUES:
            return Predicate(item.value)
        listed = ", ".join(words.POPULATIONS)
        faults.append((item.line, f"the population {item.value!r} is not one of {listed}, or needs its values"))
        return Predicate("")
    part = Section(item, "a population", _PREDICATES_WITH_VALUES, faults)
    given = [name for name in _PREDICATES_WITH_VALUES if part.has(name)]
    if len(given) != 1:
        part.fault(f"a population says one of {', '.join(_PREDICATES_WITH_VALUES)}, with its values")
        return Predicate("")
    return Predicate(given[0], part.words(given[0]))


def _lines(name: str, top: Section, faults: list[Fault]) -> tuple[tuple[Line, ...], tuple[int, ...]]:
    placed: list[tuple[Line, int]] = []
    for entry in top.items("fields"):
        group = Section(entry, "a group of fields", _GROUP_KEYS, faults)
        shared = Line(
            id="",
            field="",
            output=None,
            transform="as_is",
            clause=group.text("clause"),
            gateway=group.text("gateway"),
            why=group.text("why"),
            sensitivity=Sensitivity.REFERENCE,
            article_9=group.optional_choice("article_9", words.ARTICLE_9),
            schedule_1=group.optional_choice("schedule_1", words.SCHEDULE_1),
        )
        placed.extend((_line(name, shared, item, faults), item.line) for item in group.items("items"))
    return tuple(line for line, _ in placed), tuple(at for _, at in placed)


def _line(name: str, shared: Line, item: Entry, faults: list[Fault]) -> Line:
    if isinstance(item.value, str):
        field, output, transform = item.value, None, "as_is"
    else:
        part = Section(item, "a field", {"source", "as", "transform"}, faults)
        field, output = part.text("source"), part.optional("as")
        transform = part.choice("transform", words.TRANSFORMS) if part.has("transform") else "as_is"
    return replace(
        shared,
        id=f"{name}.{field}",
        field=field,
        output=output,
        transform=transform,
        sensitivity=_sensitivity(field),
    )


def _sensitivity(field: str) -> Sensitivity:
    """Return the declared sensitivity; the highest for a field that does not exist, which a rule refuses."""
    table, _, column = field.partition(".")
    declared = CENSUS.get(table) or FEEDS.get(table)
    return declared[column].sensitivity if declared is not None and column in declared else Sensitivity.PROTECTED

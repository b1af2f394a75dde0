"""Importing the department's material: what a downloaded file says beside what we have, and what it so confirms.

Belongs here: telling a workbook, a schema and a stylesheet apart, reading each, and the differences from our layout,
code sets and catalogue. Storing is `exports.spec_folder`; running schema and stylesheet over a return is
`exports.official`. A file in which nothing usable is found is refused, with what was seen in it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from lxml import etree

from exports.official import why_unfit
from exports.official_run import XSL, parser
from exports.spec_folder import Imported, Kind, store
from exports.spec_schema import XS, SchemaUnfitError, declared
from exports.spec_workbook import PublishedRule, Seen, published_rules
from schemas.census.catalogue import catalogue, not_implemented
from schemas.census.collection import YEARS
from schemas.census.layout import layout
from schemas.census.spec import Confirmed
from schemas.codesets import codeset
from schemas.refusal import Refusal

LARGEST: Final = 30 * 2**20
UNKNOWN_RULE: Final = "rules we do not know"
REWORDED: Final = "rules worded otherwise"
OTHER_SEVERITY: Final = "rules of another severity"
NOT_IMPLEMENTED: Final = "rules we know and do not run"
NOT_NAMED: Final = "rules of ours that it does not name"
PATH_UNKNOWN: Final = "elements our layout does not have"
PATH_UNDECLARED: Final = "elements of ours that it does not declare"
CODE_UNKNOWN: Final = "codes our code sets do not have"
CODE_UNDECLARED: Final = "codes of ours that it does not list"

_ZIP: Final = b"PK\x03\x04"
_REACHES_OUT: Final = ("document(", "unparsed-text(", "collection(")
_OUTSIDE: Final = frozenset({f"{XSL}import", f"{XSL}include", f"{XSL}document"})


class SpecUnreadable(Refusal):
    """A file that was to be imported is not, or not usably, one of the department's kinds."""

    code: ClassVar[str] = "spec_unreadable"


class Origin(NamedTuple):
    """Where a file comes from: its name, the source in the importer's words, who imported it, and when (aware UTC)."""

    name: str
    source: str
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the file has otherwise than we: what, where, and both sides of it."""

    what: str
    subject: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file says.

    Attributes:
        kind: what it is.
        seen: what was found in it, in words.
        confirms: what it confirms.
        differences: what it has otherwise than we, grouped by `what`.

    """

    kind: Kind
    seen: tuple[str, ...]
    confirms: Confirmed
    differences: tuple[Difference, ...]


def read_material(data: bytes, year: str) -> Reading:
    """Read a workbook, schema or stylesheet against our material of an academic year.

    Raises:
        SpecUnreadable: it is none of them, nothing usable is in it, or there is no material of ours for that year.

    """
    if year not in YEARS:
        message = f"there is no layout for {year}; there is for {', '.join(YEARS)}. See `waybill new-year`"
        raise SpecUnreadable(message)
    if len(data) > LARGEST:
        message = f"the file is larger than {LARGEST // 2**20} MB: it is no workbook, schema or stylesheet"
        raise SpecUnreadable(message)
    if data.startswith(_ZIP):
        return _workbook(data, year)
    root = _root(data)
    if root.tag == f"{XS}schema":
        return _schema(root, data, year)
    if root.tag in (f"{XSL}stylesheet", f"{XSL}transform"):
        return _stylesheet(root, data)
    message = "the file is XML, but neither a schema (xs:schema) nor a stylesheet (xsl:stylesheet)"
    raise SpecUnreadable(message)


def keep(trust: Path, year: str, reading: Reading, data: bytes, origin: Origin) -> tuple[Imported, bool]:
    """Store a file that was read, with what it confirms; False when the very same file is in use already."""
    sha256 = hashlib.sha256(data).hexdigest()
    imported = Imported(
        name=origin.name,
        kind=reading.kind,
        sha256=sha256,
        source=origin.source,
        imported_at=origin.at,
        by=origin.by,
        confirms=reading.confirms,
    )
    return imported, store(trust, year, imported, data)


def learned(
    paths: AbstractSet[str], codes: AbstractSet[tuple[str, str]], made_by: str, year: str
) -> tuple[Reading, bytes]:
    """Make material of what a file written by an MIS shows: paths and codes that our layout has too, and no value.

    Args:
        paths: element paths of the file.
        codes: code set and code.
        made_by: the software that wrote the file.
        year: academic year.

    """
    confirms = Confirmed(_ours(paths, year), frozenset(codes))
    body = {"made_by": made_by, "paths": sorted(confirms.paths), "codes": sorted(map(list, confirms.codes))}
    seen = (f"{len(confirms.paths)} element paths and {len(confirms.codes)} codes of ours, in a file of {made_by}",)
    return Reading(Kind.LEARNED, seen, confirms, ()), json.dumps(body, indent=2, ensure_ascii=False).encode()


def _root(data: bytes) -> etree._Element:
    try:
        return etree.fromstring(data, parser())
    except etree.XMLSyntaxError as error:
        message = f"the file is no workbook, and not well-formed XML at line {error.lineno}"
    raise SpecUnreadable(message)


def _workbook(data: bytes, year: str) -> Reading:
    try:
        sheets = published_rules(data)
    except ValueError as error:
        message = f"the file cannot be read: {error}"
        raise SpecUnreadable(message) from None
    rules = {rule.number: rule for rule in reversed([rule for sheet in sheets for rule in sheet.rules])}
    if not rules:
        seen = "; ".join(_seen(sheet) for sheet in sheets)
        message = (
            "no table of rules was found: looked for a heading such as 'Rule number' above numbers such as 1510, and "
            f"one such as 'Description'. Seen: {seen}"
        )
        raise SpecUnreadable(message)
    ordered = sorted(rules.values(), key=lambda rule: (int(rule.number.rstrip("Q")), rule.number))
    named = {number: rule for rule in ordered if (number := _our_number(rule, year))}
    differences = tuple(_rule_differences(ordered, named, year))
    disputed = {each.subject for each in differences if each.what == OTHER_SEVERITY}
    confirms = Confirmed(rules=frozenset(named.keys() & catalogue(year).keys()) - disputed)
    return Reading(Kind.WORKBOOK, tuple(map(_seen, sheets)), confirms, differences)


def _seen(sheet: Seen) -> str:
    headings = ", ".join(heading for heading in sheet.headings if heading) or "empty"
    return f"sheet {sheet.sheet!r} ({headings}): {len(sheet.rules)} rules"


def _our_number(rule: PublishedRule, year: str) -> str | None:
    """Our number of a rule: as written, else with or without the Q that marks a query in some lists."""
    other = rule.number.removesuffix("Q") if rule.number.endswith("Q") else f"{rule.number}Q"
    return next(
        (each for each in (rule.number, other) if each in catalogue(year) or each in not_implemented(year)), None
    )


def _rule_differences(
    rules: Sequence[PublishedRule], named: Mapping[str, PublishedRule], year: str
) -> Iterator[Difference]:
    ours, gaps = catalogue(year), not_implemented(year)
    for rule in rules:
        if _our_number(rule, year) is None:
            yield Difference(UNKNOWN_RULE, rule.number, rule.text, "")
    for number, rule in named.items():
        meaning = ours[number].meaning if number in ours else gaps[number].meaning
        if _plain(meaning) != _plain(rule.text):
            yield Difference(REWORDED, number, rule.text, meaning)
        if number in ours and rule.severity not in ("", ours[number].severity.value):
            yield Difference(OTHER_SEVERITY, number, rule.severity, ours[number].severity.value)
        if number in gaps:
            yield Difference(NOT_IMPLEMENTED, number, rule.text, gaps[number].reason)
    for number, entry in ours.items():
        if number[0].isdigit() and number not in named:
            yield Difference(NOT_NAMED, number, "", entry.meaning)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _schema(root: etree._Element, data: bytes, year: str) -> Reading:
    try:
        leaves = declared(root).leaves
    except SchemaUnfitError as why:
        message = f"the schema cannot be used: {why}"
        raise SpecUnreadable(message) from None
    paths = _ours(leaves.keys(), year)
    if not paths:
        first = ", ".join(sorted(leaves)[:5]) or "no element"
        message = f"the schema declares none of the paths of our layout for {year}; it begins with {first}"
        raise SpecUnreadable(message)
    if reason := why_unfit(data, Kind.SCHEMA):
        message = f"the schema cannot be run: {reason}"
        raise SpecUnreadable(message)
    enumerated = {(path, code) for path in paths for code in leaves[path]}
    confirms = Confirmed(paths, _by_codeset(enumerated, year))
    seen = (f"{len(leaves)} elements declared, {len(paths)} of them in our layout; {len(enumerated)} codes listed",)
    return Reading(Kind.SCHEMA, seen, confirms, tuple(_schema_differences(leaves, enumerated, year)))


def _schema_differences(
    leaves: Mapping[str, frozenset[str]], enumerated: AbstractSet[tuple[str, str]], year: str
) -> Iterator[Difference]:
    items = layout(year).items
    ours = {item.path for item in items}
    yield from (Difference(PATH_UNKNOWN, path, "declared", "") for path in leaves if path not in ours)
    yield from (
        Difference(PATH_UNDECLARED, item.path, "", item.confidence) for item in items if item.path not in leaves
    )
    for item in items:
        theirs = {code for path, code in enumerated if path == item.path}
        if item.codeset and theirs:
            known = {code for code, each in codeset(item.codeset).items() if each.last is None}
            yield from (Difference(CODE_UNKNOWN, item.path, code, "") for code in sorted(theirs - known))
            yield from (Difference(CODE_UNDECLARED, item.path, "", code) for code in sorted(known - theirs))


def _stylesheet(root: etree._Element, data: bytes) -> Reading:
    outside = sum(element.tag in _OUTSIDE for element in root.iter(etree.Element))
    outside += sum(call in str(value) for element in root.iter(etree.Element) for value in element.attrib.values()
                   for call in _REACHES_OUT)  # fmt: skip
    if outside:
        message = (
            f"the stylesheet reaches for other files in {outside} places (xsl:include, xsl:import, document()): it "
            "would not be run. Join what it needs into one file first"
        )
        raise SpecUnreadable(message)
    if root.get("version") != "1.0":
        message = f"the stylesheet is written in version {root.get('version')} of XSLT; this program runs version 1.0"
        raise SpecUnreadable(message)
    if why := why_unfit(data, Kind.STYLESHEET):
        message = f"the stylesheet cannot be run: {why}"
        raise SpecUnreadable(message)
    templates = sum(1 for _ in root.iter(f"{XSL}template"))
    return Reading(Kind.STYLESHEET, (f"{templates} templates",), Confirmed(), ())


def _ours(paths: Iterable[str], year: str) -> frozenset[str]:
    return frozenset(paths) & {item.path for item in layout(year).items}


def _by_codeset(codes: Iterable[tuple[str, str]], year: str) -> frozenset[tuple[str, str]]:
    """Codes by path become codes by code set: a code that is right at one element is right wherever its set is used."""
    sets = {item.path: item.codeset for item in layout(year).items}
    return frozenset((name, code) for path, code in codes if (name := sets.get(path)))

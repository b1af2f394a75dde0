"""What a single field of an agreement may not be: each rule looks at the lines and says what is wrong with which.

Belongs here: rules about a field's source, clause, gateway, conditions, transform and column. Rules about the whole
agreement are `exports.agreement_rules`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from exports import vocabularies as words
from exports.drafts import Draft, TrustSchool
from exports.gateways import Gateway
from exports.notice import Notice, unnamed_parent_data
from exports.terms import Line
from exports.yaml_file import NO_DATE, Fault
from schemas.census.tables import CENSUS
from schemas.feeds import DATASETS, FEEDS
from schemas.table import Column, Kind, Sensitivity

Gateways: TypeAlias = Mapping[str, Gateway]
LineRule: TypeAlias = Callable[[Draft, Notice, Gateways, Mapping[str, TrustSchool]], Iterator[Fault]]

_NEEDS_CONDITION: Final = frozenset({Sensitivity.SPECIAL, Sensitivity.PROTECTED})
_UPN: Final = re.compile(r"(?:.*_)?upn")
_NEVER_COLLECTED: Final = re.compile(r"nationalit|countr(?:y|ies)_?of_?birth|birth_?country", re.IGNORECASE)
"""Items the notice lists and nobody may be sent: the Department stopped collecting them in 2018."""
_NO_COLUMN: Final = re.compile(
    r"passport|visa|identi(?:ty|fication)_?(?:card|document|paper)|birth_?certificate|driving_?licen[cs]e"
    r"|photo|portrait|picture|image|cctv|video|footage|recording|biometric|fingerprint|face_?scan",
    re.IGNORECASE,
)
"""Identity documents, photographs and recordings: no table has such a column, and no column may pose as one."""
_KIND_OF_TRANSFORM: Final[Mapping[str, frozenset[Kind]]] = {
    "as_is": frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL}),
    "date_iso": frozenset({Kind.DATE}),
    "date_uk": frozenset({Kind.DATE}),
    "yes_no": frozenset({Kind.BOOLEAN}),
    "nfc": frozenset({Kind.TEXT}),
    "name_part": frozenset({Kind.TEXT}),
    "year_number": frozenset({Kind.TEXT}),
    "relationship_words": frozenset({Kind.TEXT}),
}
_COLUMN_OF_TRANSFORM: Final[Mapping[str, str]] = {"year_number": "nc_year", "relationship_words": "relationship"}


def column_of(line: Line) -> Column | None:
    """Return the declared column of a line, or None when there is no such field."""
    table = CENSUS.get(line.table) or FEEDS.get(line.table)
    return table[line.column] if table is not None and line.column in table else None


def _placed(draft: Draft) -> Iterator[tuple[int, Line]]:
    return ((at, line) for at, line in zip(draft.line_at, draft.agreement.lines, strict=True) if line.field)


def _exists(draft: Draft, *_: object) -> Iterator[Fault]:
    for at, line in _placed(draft):
        named = f"{line.column} {line.output or ''}"
        if _NEVER_COLLECTED.search(named):
            yield at, f"{line.field}: nationality and country of birth are collected by no one and may go to no one"
        elif _NO_COLUMN.search(named):
            yield at, f"{line.field}: identity documents, photographs and recordings never leave, under no name"
        elif column_of(line) is None:
            yield at, f"there is no field {line.field}; a field is written table.column"


def _in_dataset(draft: Draft, *_: object) -> Iterator[Fault]:
    dataset = draft.agreement.dataset
    allowed = CENSUS.keys() if dataset == "census" else _tables_of(dataset)
    for at, line in _placed(draft):
        if dataset and column_of(line) is not None and line.table not in allowed:
            yield at, f"{line.field} is not in the dataset {dataset}"


def _tables_of(dataset: str) -> frozenset[str]:
    return frozenset(table.name for table in DATASETS[dataset].tables) if dataset in DATASETS else frozenset()


def _named_once(draft: Draft, *_: object) -> Iterator[Fault]:
    counts = Counter(line.field for line in draft.agreement.lines)
    seen: set[str] = set()
    for at, line in _placed(draft):
        if counts[line.field] > 1 and line.field in seen:
            yield at, f"{line.field} is named twice"
        seen.add(line.field)


def _clause(draft: Draft, notice: Notice, *_: object) -> Iterator[Fault]:
    for at, line in _placed(draft):
        if line.clause and line.clause not in notice.clauses:
            yield at, f"{line.field}: the notice (version {notice.version}) has no clause {line.clause}"


def _parent_data(draft: Draft, notice: Notice, *_: object) -> Iterator[Fault]:
    for at, line in _placed(draft):
        if line.clause in notice.clauses:
            yield from ((at, message) for message in unnamed_parent_data(line.field, line.clause, notice))


def _gateway(draft: Draft, _notice: Notice, gateways: Gateways, schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    for at, line in _placed(draft):
        if not line.gateway:
            continue
        if line.gateway not in gateways:
            yield at, f"{line.field}: there is no gateway {line.gateway} in the register"
            continue
        yield from ((at, f"{line.field}: {message}") for message in _unusable(gateways[line.gateway], draft, schools))


def _unusable(gateway: Gateway, draft: Draft, schools: Mapping[str, TrustSchool]) -> Iterator[str]:
    agreement = draft.agreement
    if gateway.kind == "condition":
        yield f"{gateway.id} is a condition for using special data, not a gateway"
    if gateway.kind == "exemption" and agreement.recipient.kind not in {"", "legal"}:
        yield f"{gateway.id} is an exemption for police and courts in a single case, not a gateway for this recipient"
    if gateway.kind == "power" and agreement.basis == "6(1)(c)":
        yield f"{gateway.id} is a power, and the basis 6(1)(c) is a legal obligation: it needs a gateway that is a duty"
    if gateway.in_force_from is None:
        yield f"the commencement of {gateway.id} is not known, so it opens nothing"
    elif NO_DATE not in {agreement.starts, agreement.recipient.ends} and not gateway.overlaps(
        agreement.starts, agreement.recipient.ends,
    ):  # fmt: skip
        yield f"{gateway.id} is in force on no day of the agreement"
    for urn in agreement.schools:
        if urn in schools and not gateway.binds_establishment(schools[urn].establishment):
            yield f"{gateway.id} binds {gateway.binds} schools, and school {urn} is {schools[urn].establishment}"


def _conditions(draft: Draft, *_: object) -> Iterator[Fault]:
    for at, line in _placed(draft):
        if line.sensitivity in _NEEDS_CONDITION and column_of(line) is not None:
            yield from ((at, f"{line.field} is {line.sensitivity.value} data: {message}") for message in _missing(line))


def _missing(line: Line) -> Iterator[str]:
    if line.article_9 is None:
        yield "its group needs article_9, the condition of Article 9 it is used under"
    if line.schedule_1 is None and line.article_9 in {None, *words.PARAGRAPHS_OF}:
        yield "its group needs schedule_1, the paragraph of Schedule 1 that carries the condition"
    carriers = words.PARAGRAPHS_OF.get(line.article_9 or "")
    if carriers is not None and line.schedule_1 not in {None, "", *carriers}:
        yield f"Schedule 1 paragraph {line.schedule_1} does not carry {line.article_9}"


def _upn(draft: Draft, *_: object) -> Iterator[Fault]:
    kind = draft.agreement.recipient.kind
    for at, line in _placed(draft):
        if kind and _UPN.fullmatch(line.column) and kind not in words.UPN_RECIPIENTS:
            yield at, f"{line.field}: a UPN goes to the Department, a local authority and the next school only"


def _ethnicity(draft: Draft, *_: object) -> Iterator[Fault]:
    for at, line in _placed(draft):
        if line.column == "ethnicity" and draft.agreement.recipient.kind == "nhs_immunisation":
            yield at, f"{line.field}: ethnicity never goes to an immunisation team"


def _transform(draft: Draft, *_: object) -> Iterator[Fault]:
    for at, line in _placed(draft):
        column = column_of(line)
        if column is None or not line.transform:
            continue
        if draft.agreement.format not in {"", "csv"}:
            if line.transform != "as_is":
                yield at, f"{line.field}: {draft.agreement.format} writes values its own way, so name no transform"
        elif column.kind not in _KIND_OF_TRANSFORM[line.transform]:
            yield at, f"{line.field} is a {column.kind.value}, which the transform {line.transform} cannot write"
        elif not line.column.endswith(_COLUMN_OF_TRANSFORM.get(line.transform, "")):
            yield at, f"{line.field}: the transform {line.transform} is for {_COLUMN_OF_TRANSFORM[line.transform]} only"


def _output(draft: Draft, *_: object) -> Iterator[Fault]:
    csv = draft.agreement.format == "csv"
    for at, line in _placed(draft):
        if csv and line.output is None:
            yield at, f"{line.field} does not say its column: write it as {{source: {line.field}, as: NAME}}"
        if draft.agreement.format not in {"", "csv"} and line.output is not None:
            yield at, f"{line.field}: {draft.agreement.format} names its own elements, so 'as' may not be given"


def _shared_output(draft: Draft, *_: object) -> Iterator[Fault]:
    sharing: defaultdict[str, list[tuple[int, Line]]] = defaultdict(list)
    for at, line in _placed(draft):
        if line.output is not None:
            sharing[line.output].append((at, line))
    for name, lines in sharing.items():
        if len(lines) > 1 and any(line.transform != "name_part" for _, line in lines):
            yield lines[-1][0], f"the column {name} has {len(lines)} sources; only name_part sources can share a column"


def _sort(draft: Draft, *_: object) -> Iterator[Fault]:
    dialect = draft.agreement.dialect
    for field in dialect.sort if dialect is not None else ():
        if field not in draft.agreement.fields:
            yield draft.at("dialect.sort"), f"the file cannot be sorted by {field}, which it does not hold"


LINE_RULES: Final[tuple[LineRule, ...]] = (
    _exists, _in_dataset, _named_once, _clause, _parent_data, _gateway, _conditions, _upn, _ethnicity, _transform,
    _output, _shared_output, _sort,
)  # fmt: skip

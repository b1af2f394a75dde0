"""One REST body to columns: the properties that were planned, as Arrow text, and nothing else of it.

Belongs here: JSON. A reference becomes its href, a wrapped date its text, a scalar its text.
Two readers give the same columns: Arrow's own, for bodies that keep to the expected types, and a patient one for the
rest (numbers as text, "1" for true, [] for {}, a missing list), since both kinds have been seen (facts: mis/arbor.md,
section 4). A property that is not there is not one that is null: which were not there is told with the page.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from connectors.arbor.resources import Entity, Kind
from connectors.wire import AskAgain, Unreadable

HREF: Final = "href"
REVISION: Final = "revisionId"
_ANCHORS: Final = 4
"""Rows that are remembered as the newest of a list."""
_REPEATS: Final = 4
"""Rows to a different value from which on it pays to look for what is the same."""
_OK: Final = frozenset({"200", "201"})
_JSON_TYPE: Final[Mapping[Kind, pa.DataType]] = {
    Kind.REFERENCE: pa.struct([("href", pa.string())]),
    Kind.DATE: pa.struct([("date", pa.string())]),
    Kind.TEXT: pa.string(),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one answer.

    Attributes:
        table: `href`, `revisionId` (null when not given) and one text column for each planned property.
        present: planned properties that at least one row has, null or not.
        ragged: planned properties that some rows have and others have not.
        rooted: the answer had the list, empty or not; an answer without it may mean "none" or "not for you".
        writes_null: the answer writes null somewhere, so that a missing property is no null.
        sha256: of the body.

    """

    table: pa.Table
    present: frozenset[str]
    ragged: frozenset[str] = frozenset()
    rooted: bool = True
    writes_null: bool = False
    sha256: bytes = b""

    @property
    def rows(self) -> int:
        """How many rows."""
        return int(self.table.num_rows)

    @property
    def hrefs(self) -> list[str]:
        """References of the rows, in order."""
        return self.table[HREF].to_pylist()  # type: ignore[no-any-return]


def read_list(body: bytes, entity: Entity, properties: Sequence[str]) -> Page:
    """Read a list answer.

    Raises Unreadable (not JSON, no href, a value of the wrong shape) or AskAgain (an error riding on HTTP 200).
    """
    page = _by_arrow(body, entity, properties)
    if page is None:
        listed = _objects(body, entity)
        page = _patiently(listed or [], entity, properties, rooted=listed is not None)
    return replace(page, sha256=hashlib.sha256(body).digest(), writes_null=b": null" in body or b":null" in body)


def read_item(body: bytes, entity: Entity, properties: Sequence[str]) -> Page:
    """Read an item answer as a list of one; raises as `read_list` does."""
    item = _document(body).get(entity.item_root)
    if not isinstance(item, dict):
        message = f"no {entity.item_root}"
        raise Unreadable(message)
    page = _patiently([item], entity, properties)
    return replace(page, sha256=hashlib.sha256(body).digest(), writes_null=b": null" in body or b":null" in body)


class Change(NamedTuple):
    """One entry of a change log.

    Attributes:
        href: of the row.
        kind: begins with "create", "update" or "delete".
        revision: that the row has had since.

    """

    href: str
    kind: str
    revision: int


def read_changes(body: bytes) -> list[Change]:
    """Read a change log; no `changes` key means that there are none. Raises as `read_list` does."""
    changes = _document(body).get("changes") or []
    try:
        return [
            Change(str(change["changedObject"]["href"]), str(change["changeType"]), int(change["toRevision"]))
            for change in changes
        ]
    except (KeyError, TypeError, ValueError):
        message = "an entry of the change log is not understood"
        raise Unreadable(message) from None


def join(pages: Sequence[Page], properties: Sequence[str]) -> pa.Table:
    """Put pages together, the first row of a reference winning; a list without rows gives the same columns, empty."""
    return pa.concat_tables([page.table for page in pages]) if pages else empty(properties)


def newest(rows: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Return a few of the rows with the highest revisions, the highest first."""
    return tuple(sorted(dict.fromkeys(rows), key=lambda row: (-row[1], row[0]))[:_ANCHORS])


def newest_with(known: tuple[tuple[str, int], ...], table: pa.Table) -> tuple[tuple[str, int], ...]:
    """Return a few of the rows with the highest revisions, of those known so far and of a table, the highest first."""
    highest = pc.max(table[REVISION]).as_py()
    if highest is None or (len(known) == _ANCHORS and highest <= known[-1][1]):
        return known
    told = table.select([HREF, REVISION]).filter(pc.is_valid(table[REVISION]))
    few = told.take(pc.select_k_unstable(told, _ANCHORS, [(REVISION, "descending")]))
    return newest([*known, *zip(few[HREF].to_pylist(), few[REVISION].to_pylist(), strict=True)])


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        message = "not JSON: perhaps a sign-in or maintenance page, or half an answer"
        raise AskAgain(message, garbled=True) from None
    if not isinstance(document, dict):
        message = "not a JSON object"
        raise Unreadable(message)
    response = document.get("response")
    code = str(response.get("code", 200)) if isinstance(response, dict) else "200"
    if code not in _OK:
        message = f"error {code} in the answer"
        raise AskAgain(message)
    return document


def _objects(body: bytes, entity: Entity) -> list[dict[str, Any]] | None:
    objects = _document(body).get(entity.list_root)
    if objects is None or objects == {}:
        return None
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        message = f"{entity.list_root} is not a list of objects"
        raise Unreadable(message)
    return objects


def _by_arrow(body: bytes, entity: Entity, properties: Sequence[str]) -> Page | None:
    fields = {HREF: pa.string(), REVISION: pa.int64(), **{name: _JSON_TYPE[entity.kind(name)] for name in properties}}
    schema = pa.schema(
        [
            ("response", pa.struct([("code", pa.int64())])),
            (entity.list_root, pa.list_(pa.struct(list(fields.items())))),
        ],
    )
    try:
        document = pj.read_json(
            io.BytesIO(body),
            read_options=pj.ReadOptions(use_threads=False, block_size=max(len(body) + 1, 1024)),
            parse_options=pj.ParseOptions(
                explicit_schema=schema,
                newlines_in_values=b"\n" in body,
                unexpected_field_behavior="ignore",
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    lists = document[entity.list_root].combine_chunks()
    if document.num_rows != 1 or lists.null_count or document["response"][0].as_py() != {"code": 200}:
        return None
    rows = lists.flatten()
    columns = {
        name: pc.struct_field(rows, [name, kind.field(0).name])
        if pa.types.is_struct(kind)
        else pc.struct_field(rows, name)
        for name, kind in fields.items()
    }
    present = frozenset(name for name in properties if f'"{name}"'.encode() in body)
    ragged = frozenset(name for name in present if columns[name].null_count and _told(body, name) < len(rows))
    return Page(columns_of(columns, properties), present, ragged)


def _told(body: bytes, name: str) -> int:
    """Count how often a body has a property."""
    return body.count(f'"{name}":'.encode()) + body.count(f'"{name}" :'.encode())


def _patiently(
    objects: Sequence[Mapping[str, Any]], entity: Entity, properties: Sequence[str], *, rooted: bool = True
) -> Page:
    columns = {name: [plain(item.get(name), entity.kind(name), name) for item in objects] for name in properties}
    told = {name: sum(name in item for item in objects) for name in properties}
    present = frozenset(name for name, count in told.items() if count)
    ragged = frozenset(name for name in present if told[name] < len(objects))
    revisions = [_whole(item.get(REVISION)) for item in objects]
    hrefs = [plain(item.get(HREF), Kind.TEXT, HREF) for item in objects]
    return Page(columns_of({HREF: hrefs, REVISION: revisions, **columns}, properties), present, ragged, rooted)


def plain(value: Any, kind: Kind, name: str) -> str | None:  # noqa: ANN401
    """Return one value as text; raises Unreadable when it is not of its kind."""
    if isinstance(value, dict) and kind is not Kind.TEXT:
        value = value.get("href" if kind is Kind.REFERENCE else "date")
    if value is None or value == []:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list) or (kind is Kind.REFERENCE and not isinstance(value, str)):
        message = f"{name} is not a {kind.value}"
        raise Unreadable(message)
    return str(value)


def _whole(value: Any) -> int | None:  # noqa: ANN401
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None


def columns_of(columns: Mapping[str, Iterable[Any]], properties: Sequence[str]) -> pa.Table:
    """Return the table of a page; raises Unreadable for a row that does not say what it is."""
    table = pa.table(
        {
            HREF: pa.array(columns[HREF], pa.string()),
            REVISION: pa.array(columns[REVISION], pa.int64()),
            **{name: pa.array(columns[name], pa.string()) for name in properties},
        },
    )
    if table[HREF].null_count:
        message = "a row without href"
        raise Unreadable(message)
    return table


def of_each(values: pa.Array, make: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Make something of each different value once: thousands of rows share a day, a pupil and a code."""
    encoded = values.dictionary_encode()
    if len(encoded.dictionary) > len(values) // _REPEATS:
        return make(values)
    return make(encoded.dictionary).take(encoded.indices)


def without_blanks(table: pa.Table) -> pa.Table:
    """Return the rows of a list with null for each text of nothing but blanks: once for a list, not for each page."""
    told = {name: _blank_is_null(table[name]) for name in table.column_names if name not in {HREF, REVISION}}
    return pa.table({HREF: table[HREF], REVISION: table[REVISION], **told})


def _blank_is_null(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(values), ""), pa.scalar(None, pa.string()), values)


def empty(properties: Sequence[str]) -> pa.Table:
    """Return the columns of a list without rows."""
    return columns_of(dict.fromkeys((HREF, REVISION, *properties), ()), properties)

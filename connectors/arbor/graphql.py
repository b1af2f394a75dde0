"""The GraphQL door: several lists in one request, and only the properties that were planned leave the school.

Belongs here: queries, their answers as the same columns that the REST door gives, and the words of a missing permission
(facts: mis/arbor.md, section 7). What is served is found out by `introspection`; ids are given for objects and codes
for lookups, so that references are written here as REST writes them.
"""

import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from connectors.arbor.resources import ANY, ENTITIES, Entity, Kind
from connectors.arbor.rows import HREF, REVISION, Page, columns_of, empty, of_each, plain
from connectors.arbor.walk import PREFIX, Listing, Narrowing, PageAsk
from connectors.mis import MisRefused
from connectors.wire import Ask, AskAgain, Unreadable, Wire

PATH: Final = "/graphql/query"
_DENIED: Final = re.compile(r"You do not have access to `(\w+)(?:\.(\w+))?`")
_MOMENT: Final = r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}))?.*$"
_TOGETHER: Final = 8
"""Lists of objects in one request; lookups are short, and all go together."""
_ID, _CODE, _TYPE = "id", "code", "entityType"
_PICKING: Final = "id_in"


class Denied(Exception):  # noqa: N818  becomes a choice of the other door, or a refusal
    """The application may not read some of what a query asked for.

    Attributes:
        named: (entity, property) of each; the property is "" for a whole entity.

    """

    def __init__(self, named: frozenset[tuple[str, str]]) -> None:
        super().__init__(f"{len(named)} not granted")
        self.named = named


class GraphqlDoor:
    """Arbor's GraphQL.

    Args:
        wire: to the school's MIS.
        page_size: rows to ask for in one page of each list.
        arguments: entity -> names of the arguments that its root field takes.
        revisions: entities whose rows have `revisionId`.

    """

    name = "graphql"
    picks = 500

    def __init__(
        self, wire: Wire, urn: str, page_size: int, arguments: Mapping[str, frozenset[str]], revisions: frozenset[str]
    ) -> None:
        self._wire, self._urn, self._page_size = wire, urn, page_size
        self._arguments, self._revisions = arguments, revisions
        self._known: dict[str, tuple[bytes, list[Page]]] = {}

    def groups(self, listings: Sequence[Listing]) -> list[list[Listing]]:
        """Put all lookups into one request, and so many lists of objects into each other one."""
        codes = [listing for listing in listings if listing.entity.lookup]
        objects = [listing for listing in listings if not listing.entity.lookup]
        chunks = [objects[place : place + _TOGETHER] for place in range(0, len(objects), _TOGETHER)]
        return [*chunks, codes] if codes else chunks

    def pages(self, asked: Sequence[PageAsk]) -> list[Page | None]:
        """Return each page; there is none that does not exist, only empty ones."""
        try:
            return list(self._ask(asked))
        except Denied as denied:
            named = ", ".join(sorted(".".join(filter(None, one)) for one in denied.named))
            what = f"the MIS stopped giving {named} while it was read; ask the school whether the grant was changed"
            raise MisRefused(self._urn, what) from None

    def body(self, asked: PageAsk) -> bytes:
        """Return the answer to a page as it came."""
        body = self._wire.ask(self._query([asked]), bytes)
        assert body is not None  # noqa: S101  no status is tolerated
        return body

    def probe(self, listings: Sequence[Listing]) -> frozenset[tuple[str, str]]:
        """Ask for one row of each list, and return what is not granted."""
        try:
            self._ask([PageAsk(listing, 0, 1, may_not_exist=False) for listing in listings])
        except Denied as denied:
            return denied.named
        return frozenset()

    def can_narrow(self, listing: Listing) -> bool:
        """Say whether the server itself can leave out the rows that are not wanted."""
        narrowing = listing.narrowing
        wide = narrowing is None or (narrowing.since is None and narrowing.among is None)
        return wide or bool(self._narrowed(listing.entity, narrowing))

    def can_pick(self, listing: Listing) -> bool:
        """Say whether rows can be asked for by their ids."""
        return _PICKING in self._arguments.get(listing.entity.name, frozenset())

    def some(self, listing: Listing, hrefs: Iterable[str]) -> Iterator[Page]:
        """Yield pages of the rows with these references; those that have gone are not among them."""
        wanted = list(hrefs)
        for place in range(0, len(wanted), self.picks):
            few = tuple(wanted[place : place + self.picks])
            picked = Listing(listing.entity, listing.properties, Narrowing("", among=few))
            number = given = 0
            while given < len(few):
                (page,) = self.pages([PageAsk(picked, number, len(few), may_not_exist=False)])
                if page is None or not page.rows:
                    break
                yield page
                number, given = number + 1, given + page.rows

    def _ask(self, asked: Sequence[PageAsk]) -> list[Page]:
        listings, query = [one.listing for one in asked], self._query(asked)
        pages = self._wire.ask(query, lambda body: self._known_or_read(query, body, listings))
        assert pages is not None  # noqa: S101  no status is tolerated
        return pages

    def _query(self, asked: Sequence[PageAsk]) -> Ask:
        query = f"{{ {' '.join(self._field(one) for one in asked)} }}"
        more = f" and {len(asked) - 1} more" if len(asked) > 1 else ""
        return Ask(asked[0].listing.entity.path + more, PATH, body={"query": query})

    def _field(self, asked: PageAsk) -> str:
        listing, entity = asked.listing, asked.listing.entity
        paging = {"page_size": asked.size or self._page_size, "page_num": asked.number}
        arguments = {**paging, **self._narrowed(entity, listing.narrowing)}
        written = ", ".join(f"{name}: {json.dumps(value)}" for name, value in arguments.items())
        own = [_CODE if entity.lookup else _ID, *([REVISION] if entity.name in self._revisions else [])]
        wanted = [_selected(entity, name) for name in listing.properties if name not in own]
        return f"{entity.name}({written}) {{ {' '.join([*own, *wanted])} }}"

    def _narrowed(self, entity: Entity, narrowing: Narrowing | None) -> dict[str, Any]:
        """Return one argument, as wide as any reading of it needs; none when the server knows none that fits."""
        known = self._arguments.get(entity.name, frozenset())
        if narrowing is None:
            return {}
        if narrowing.among is not None:
            name = f"{narrowing.name}__id_in" if narrowing.name else _PICKING
            return {name: [href.rpartition("/")[2] for href in narrowing.among]} if name in known else {}
        if narrowing.since is None:
            return {}
        before = narrowing.since - dt.timedelta(days=1)
        suffix = next((each for each in ("_after_or_equal", "_after") if f"{narrowing.name}{each}" in known), None)
        return {f"{narrowing.name}{suffix}": before.isoformat()} if suffix else {}

    def _known_or_read(self, query: Ask, body: bytes, listings: Sequence[Listing]) -> list[Page]:
        """Read an answer of several lists; one that is byte for byte what the same query got before was read then."""
        sha256 = hashlib.sha256(body).digest()
        if len(listings) == 1:
            return self._read(body, sha256, listings)
        asked = str(query.body)
        before, pages = self._known.get(asked, (b"", []))
        if sha256 != before:
            pages = self._read(body, sha256, listings)
            self._known[asked] = sha256, pages
        return pages

    def _read(self, body: bytes, sha256: bytes, listings: Sequence[Listing]) -> list[Page]:
        found = self._by_arrow(body, listings) or _patiently(body, listings)
        return [
            Page(table, frozenset(listing.properties) if table.num_rows else frozenset(), sha256=sha256)
            for listing, table in zip(listings, found, strict=True)
        ]

    def _by_arrow(self, body: bytes, listings: Sequence[Listing]) -> list[pa.Table] | None:
        """Read by Arrow what it can: scalars as they come, everything else as it must be; None for anything else."""
        schema = pa.schema([("data", pa.struct([(one.entity.name, _rows_of(one)) for one in listings]))])
        try:
            document = pj.read_json(
                io.BytesIO(body),
                read_options=pj.ReadOptions(use_threads=False, block_size=max(len(body) + 1, 1024)),
                parse_options=pj.ParseOptions(explicit_schema=schema, newlines_in_values=b"\n" in body),
            )
            if document.num_rows != 1 or document.column_names != ["data"]:
                return None
            data = document["data"].combine_chunks()
            return [_table(one, pc.struct_field(data, one.entity.name).flatten()) for one in listings]
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, pa.ArrowTypeError):
            return None


def _selected(entity: Entity, name: str) -> str:
    if entity.kind(name) is not Kind.REFERENCE:
        return name
    target = entity.references[name]
    if target == ANY:
        return f"{name} {{ {_ID} {_TYPE} }}"
    return f"{name} {{ {_CODE if ENTITIES[target].lookup else _ID} }}"


def _rows_of(listing: Listing) -> pa.DataType:
    """Say what must be text; Arrow finds out the kind of every other scalar."""
    entity = listing.entity
    fields: dict[str, pa.DataType] = {_CODE if entity.lookup else _ID: pa.string()}
    for name in listing.properties:
        match entity.kind(name):
            case Kind.DATE:
                fields[name] = pa.string()
            case Kind.REFERENCE:
                fields[name] = pa.struct([(step, pa.string()) for step in _steps(entity.references[name])])
            case Kind.TEXT:
                pass
    return pa.list_(pa.struct(list(fields.items())))


def _steps(target: str) -> tuple[str, ...]:
    if target == ANY:
        return (_ID, _TYPE)
    return (_CODE,) if ENTITIES[target].lookup else (_ID,)


def _table(listing: Listing, rows: pa.Array) -> pa.Table:
    """Return the columns that the REST door gives. Raises ArrowInvalid for a scalar that Arrow took for a moment."""
    entity = listing.entity
    if not len(rows):
        return empty(listing.properties)
    known = {field.name for field in rows.type}

    def field(name: str) -> pa.Array:
        return pc.struct_field(rows, name) if name in known else pa.nulls(len(rows), pa.string())

    own = field(_CODE if entity.lookup else _ID)
    columns = {HREF: _href(entity, own), REVISION: field(REVISION).cast(pa.int64())}
    for name in listing.properties:
        values = field(name)
        match entity.kind(name):
            case Kind.DATE:
                columns[name] = of_each(values, _moment)
            case Kind.REFERENCE:
                columns[name] = _reference(entity.references[name], values)
            case Kind.TEXT:
                if pa.types.is_temporal(values.type) or pa.types.is_nested(values.type):
                    message = f"{name} is not a scalar"
                    raise pa.ArrowInvalid(message)
                columns[name] = values.cast(pa.string())
    return columns_of(columns, listing.properties)


def _href(entity: Entity, ids: pa.Array) -> pa.Array:
    if entity.lookup:
        ids = _quoted(ids)
    return pc.binary_join_element_wise(pa.scalar(f"{PREFIX}{entity.path}"), ids, "/")


def _quoted(codes: pa.Array) -> pa.Array:
    """Write codes as a path does; only an odd one needs it."""
    odd = pc.match_substring_regex(codes, r"[^A-Za-z0-9_.~-]")
    if not pc.any(odd).as_py():
        return codes
    return pa.array([None if code is None else quote(code, safe="") for code in codes.to_pylist()], pa.string())


def _reference(target: str, values: pa.Array) -> pa.Array:
    if target != ANY:
        return of_each(pc.struct_field(values, _steps(target)[0]), partial(_href, ENTITIES[target]))
    ids, kinds = pc.struct_field(values, _ID), pc.struct_field(values, _TYPE)
    known = {name: entity for name, entity in ENTITIES.items() if not entity.lookup}
    found = pa.nulls(len(values), pa.string())
    for kind in pc.unique(kinds).drop_null().to_pylist():
        path = known[kind].path if kind in known else kind
        of_kind = pc.binary_join_element_wise(pa.scalar(f"{PREFIX}{path}"), ids, "/")
        found = pc.if_else(pc.fill_null(pc.equal(kinds, kind), fill_value=False), of_kind, found)
    return found


def _moment(values: pa.Array) -> pa.Array:
    """Write a day or a moment as REST does: without an offset, which is not converted; a day alone is its midnight."""
    if pc.all(pc.equal(pc.utf8_length(values), len("2026-10-01"))).as_py():
        return pc.binary_join_element_wise(values, "00:00:00", " ")
    spaced = pc.replace_substring_regex(values, pattern=_MOMENT, replacement=r"\1 \2")
    day_alone = pc.equal(pc.utf8_length(spaced), len("2026-10-01 "))
    return pc.if_else(day_alone, pc.binary_join_element_wise(spaced, "00:00:00", ""), spaced)


def _patiently(body: bytes, listings: Sequence[Listing]) -> list[pa.Table]:
    data = document(body)
    return [_patient_table(listing, data.get(listing.entity.name)) for listing in listings]


def document(body: bytes) -> dict[str, Any]:
    """Return the data of an answer.

    Raises Denied (not granted), AskAgain (any other error of the server, or half an answer), Unreadable.
    """
    try:
        told = json.loads(body)
    except ValueError:
        message = "not JSON: perhaps a sign-in or maintenance page, or half an answer"
        raise AskAgain(message, garbled=True) from None
    if not isinstance(told, dict):
        message = "not a JSON object"
        raise Unreadable(message)
    errors = told.get("errors") or ()
    response = told.get("response")
    if isinstance(response, dict) and str(response.get("code", 200)) not in ("200", "201"):
        message = f"error {response.get('code')} in the answer"
        raise AskAgain(message)
    denied = frozenset((match[1], match[2] or "") for match in map(_DENIED.search, _messages(errors)) if match)
    if denied:
        raise Denied(denied)
    data = told.get("data")
    if errors or not isinstance(data, dict):
        message = "errors in the answer" if errors else "no data"
        raise AskAgain(message, garbled=not errors)
    return data


def _messages(errors: Iterable[Any]) -> list[str]:
    return [str(error.get("message", "")) for error in errors if isinstance(error, dict)]


def _patient_table(listing: Listing, rows: object) -> pa.Table:
    entity, listed = listing.entity, rows or []
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        message = f"{entity.name} is not a list of objects"
        raise Unreadable(message)
    own = _CODE if entity.lookup else _ID
    columns: dict[str, Any] = {
        HREF: _href(entity, pa.array([plain(row.get(own), Kind.TEXT, own) for row in listed], pa.string())),
        REVISION: [int(row[REVISION]) if str(row.get(REVISION, "")).isdecimal() else None for row in listed],
    }
    for name in listing.properties:
        values = [row.get(name) for row in listed]
        match entity.kind(name):
            case Kind.DATE:
                columns[name] = _moment(pa.array([plain(value, Kind.TEXT, name) for value in values], pa.string()))
            case Kind.REFERENCE:
                columns[name] = _reference(entity.references[name], _referred(entity.references[name], values, name))
            case Kind.TEXT:
                columns[name] = [plain(value, Kind.TEXT, name) for value in values]
    return columns_of(columns, listing.properties)


def _referred(target: str, values: Sequence[Any], name: str) -> pa.Array:
    steps = _steps(target)
    given = [{} if value is None or value == [] else value for value in values]
    if not all(isinstance(value, dict) for value in given):
        message = f"{name} is not a reference"
        raise Unreadable(message)
    held = [{step: plain(value.get(step), Kind.TEXT, step) for step in steps} for value in given]
    return pa.array(held, pa.struct([(step, pa.string()) for step in steps]))

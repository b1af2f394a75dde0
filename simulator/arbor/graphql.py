"""The GraphQL door: queries read and answered (facts: mis/arbor.md, section 7).

Belongs here: root fields that are arrays, `page_num` from 0, arguments with `__` hops and suffix operators, fragments,
introspection of what is served, and the words of a missing permission. Reading a query is `graphql_query`.
"""

import csv
import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from simulator.arbor.encode import Row
from simulator.arbor.graphql_query import Field, NotAQuery, parse
from simulator.arbor.knobs import Knobs
from simulator.arbor.school import School
from simulator.world.marks import MarkRows
from simulator.world.refs import Ref

PATH: Final = "/graphql/query"
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "_after_or_equal": lambda value, wanted: value >= wanted,
    "_before_or_equal": lambda value, wanted: value <= wanted,
    "_after": lambda value, wanted: value > wanted,
    "_before": lambda value, wanted: value < wanted,
    "_in": lambda value, wanted: value in wanted,
}
_REMEMBERED: Final = 50_000
_ROWS_REMEMBERED: Final = 200_000
"""A year's attendance of a thousand pupils; a list is read twice."""
Telling: TypeAlias = Callable[[Row], str]
_PAGING: Final = frozenset({"page_num", "page_size"})


def answer(school: School, body: bytes, knobs: Knobs) -> bytes:
    """Answer one request."""
    try:
        fields = parse(json.loads(body)["query"])
    except (ValueError, KeyError, TypeError, NotAQuery):
        return json.dumps({"errors": [{"message": "Syntax Error"}]}).encode()
    asked = _Asked(school, knobs)
    data = ",".join(f"{json.dumps(field.alias)}:{asked.root(field)}" for field in fields)
    errors = [{"message": message, "locations": [{"line": 1, "column": 1}]} for message in asked.errors]
    told = f',"errors":{json.dumps(errors)}' if errors else ""
    return f'{{"data":{{{data}}}{told}}}'.encode()


class _Asked:
    """One request being answered."""

    def __init__(self, school: School, knobs: Knobs) -> None:
        self._school, self._knobs = school, knobs
        self.errors: dict[str, None] = {}

    def root(self, field: Field) -> str:
        """Return what a root field holds, as JSON."""
        if field.name in ("__schema", "__type"):
            return json.dumps(None if self._knobs.graphql == "dark" else self._introspected(field))
        if field.name not in self._school.store:
            self._error(f'Cannot query field "{field.name}" on type "Query".')
            return "null"
        if field.name in self._knobs.forbidden:
            self._error(f"You do not have access to `{field.name}`.")
            return "null"
        self._school.served(field.name)
        rows = self._paged(field)
        if not rows and self._knobs.empty_list != "[]":
            return "null"
        return f"[{','.join(self._objects(field, rows))}]"

    def _objects(self, field: Field, rows: Iterable[Row]) -> Iterator[str]:
        """Yield objects as JSON; remembered until a row changes, since a list is read twice and more."""
        entity, fields = field.name, field.fields
        known = self._school.told.setdefault((entity, repr(fields), self._school.withheld(entity)), {})
        tell = self._object(entity, fields)
        for row in rows:
            if row["id"] in known:
                yield known[row["id"]]
                continue
            if len(known) >= _ROWS_REMEMBERED:
                known.clear()
            told = tell(row)
            if not self.errors:
                known[row["id"]] = told
            yield told

    def _paged(self, field: Field) -> Sequence[Row]:
        rows = self._selected(field)
        size = min(int(field.arguments.get("page_size", self._knobs.max_page_size)), self._knobs.max_page_size)
        number = int(field.arguments.get("page_num", 0))
        if not self._knobs.honour_paging:
            return rows
        if number > 0 and self._school.ends_early(field.name):
            return ()
        return rows[number * size : (number + 1) * size]

    def _selected(self, field: Field) -> Sequence[Row]:
        """Return the rows that the arguments choose; remembered, since every page of a walk asks again."""
        conditions = {name: wanted for name, wanted in field.arguments.items() if name not in _PAGING}
        rows = self._school.store[field.name]
        if self._knobs.ignored_filters or not conditions:
            return rows
        key = (field.name, json.dumps(conditions, sort_keys=True))
        if key not in self._school.chosen:
            for name, wanted in conditions.items():
                rows = self._meeting(field.name, rows, name, wanted)
            self._school.chosen[key] = list(rows)
        return self._school.chosen[key]

    def _meeting(self, entity: str, rows: Sequence[Row], argument: str, wanted: Any) -> Sequence[Row]:  # noqa: ANN401
        """Return the rows that meet one condition; of marks no other than those is made."""
        if not _own(argument):
            return [row for row in rows if self._meets(entity, row, argument, wanted)]
        name, meets = argument.partition("_")[0], cache(partial(self._holds, argument, wanted))
        if isinstance(rows, MarkRows) and name == "recordDate":
            return rows.on(meets)
        return [row for row in rows if meets(row.get(name))]

    def _holds(self, argument: str, wanted: Any, value: Any) -> bool:  # noqa: ANN401
        return self._meets("", {argument.partition("_")[0]: value}, argument, wanted)

    def _meets(self, entity: str, row: Row, argument: str, wanted: Any) -> bool:  # noqa: ANN401
        suffix = next((each for each in _OPERATORS if argument.endswith(each)), "")
        path = argument.removesuffix(suffix).split("__")
        value: Any = row
        for step in path:
            if isinstance(value, Ref):
                entity, value = value.entity, self._school.row(value.entity, str(value.id))
            value = None if value is None else self._value(entity, value, step)
        if value is None:
            return wanted is None
        if isinstance(value, dt.date):
            value = value.strftime("%Y-%m-%d %H:%M:%S")[: len(str(wanted))]
        plain = str(value) if not isinstance(value, bool) else value
        compared = wanted if isinstance(wanted, bool | list) else str(wanted)
        return _OPERATORS[suffix](plain, compared) if suffix else plain == compared

    def _value(self, entity: str, row: Row, name: str) -> Any:  # noqa: ANN401
        return self._reader(entity, name)(row)

    def _reader(self, entity: str, name: str) -> Callable[[Row], Any]:
        """Return what reads a property of an entity's rows."""
        match name:
            case "id":
                return lambda row: str(self._number(entity, row))
            case "entityType":
                return lambda _: entity
            case "revisionId" if self._knobs.graphql_revisions:
                return lambda row: row["revision"]
            case "code":
                return lambda row: row["code"] if "code" in row else row["id"]
            case _:
                return lambda row: row.get(name)

    def _number(self, entity: str, row: Row) -> object:
        """Return the id: of a code its place among its kind, since its code is a property of its own."""
        if isinstance(row["id"], int):
            return row["id"]
        return 1 + [each["id"] for each in self._school.store[entity]].index(row["id"])

    def _object(self, entity: str, fields: Iterable[Field]) -> Telling:
        """Return what tells a row as JSON: worked out once for a list, whose rows are many."""
        tellers = self._tellers(entity, fields, self._school.withheld(entity))
        form = "{" + ", ".join(f'"{alias}": %s' for alias in tellers) + "}"
        return lambda row: form % tuple([tell(row) for tell in tellers.values()])

    def _tellers(self, entity: str, fields: Iterable[Field], withheld: frozenset[str]) -> dict[str, Telling]:
        """Return what tells each property, by alias."""
        tellers: dict[str, Telling] = {}
        for field in fields:
            if field.on is not None:
                tellers |= self._tellers(entity, field.fields, withheld) if field.on == entity else {}
            elif field.name in withheld:
                tellers[field.alias] = partial(self._refused, f"You do not have access to `{entity}.{field.name}`.")
            else:
                tellers[field.alias] = self._teller(entity, field)
        return tellers

    def _refused(self, message: str, _row: Row) -> str:
        self._error(message)
        return "null"

    def _teller(self, entity: str, field: Field) -> Telling:
        if field.name == "id":  # no two are alike: nothing to remember
            return lambda row: f'"{self._number(entity, row)}"'
        read, refer = self._reader(entity, field.name), self._referrer(field.fields)

        def tell(row: Row) -> str:
            value = read(row)
            return refer(value) if isinstance(value, Ref) else self._scalar(value)

        return tell

    def _scalar(self, value: Any) -> str:  # noqa: ANN401
        if isinstance(value, dt.date):
            return _day(value, self._knobs.graphql_dates)
        if self._knobs.text_scalars and isinstance(value, bool | int | float):
            return _json(str(int(value)) if isinstance(value, bool) else str(value))
        return _json(value)

    def _referrer(self, fields: tuple[Field, ...]) -> Callable[[Ref], str]:
        """Return what tells where a reference leads; remembered for one list, whose rows lead to the same few."""
        known: dict[Ref, str] = {}
        objects = cache(lambda entity: self._object(entity, fields))

        def refer(ref: Ref) -> str:
            if ref in known:
                return known[ref]
            told = self._followed(ref, fields, objects)
            if not self.errors:
                known[ref] = told
            return told

        return refer

    def _followed(self, ref: Ref, fields: Sequence[Field], objects: Callable[[str], Telling]) -> str:
        if len(fields) == 1 and fields[0].name == ("id" if isinstance(ref.id, int) else "code"):
            return f'{{"{fields[0].alias}": {_json(str(ref.id))}}}'
        row = self._school.row(ref.entity, str(ref.id)) or {"id": ref.id, "revision": 0}
        return objects(ref.entity)(row)

    def _error(self, message: str) -> None:
        self.errors[message] = None

    def _introspected(self, field: Field) -> Any:  # noqa: ANN401
        if field.name == "__type":
            name = str(field.arguments.get("name", ""))
            return _picked(self._type(name), field.fields) if name in self._school.store else None
        roots = [
            {"name": entity, "args": [{"name": name} for name in self._arguments(entity)]}
            for entity in self._school.store
        ]
        return _picked({"queryType": {"name": "Query", "fields": roots}}, field.fields)

    def _type(self, entity: str) -> dict[str, Any]:
        own = ["id", "entityType", "displayName", "code", *(["revisionId"] if self._knobs.graphql_revisions else [])]
        names = dict.fromkeys([*own, *self._properties(entity)])
        return {"name": entity, "kind": "OBJECT", "fields": [{"name": name} for name in names]}

    def _arguments(self, entity: str) -> list[str]:
        plain = ["id", *self._properties(entity)]
        suffixed = [f"{name}{suffix}" for name, suffix in itertools.product(plain, ("", *_OPERATORS))]
        return [*sorted(_PAGING), *suffixed, *(f"{name}__{hop}" for name in plain for hop in ("id", "id_in", "code"))]

    def _properties(self, entity: str) -> Iterable[str]:
        """Return the properties of a type, which it has however many rows there are."""
        rows = self._school.store[entity]
        return [*_properties().get(entity, ()), *(set(rows[0]) - {"id", "revision", "displayName"} if rows else ())]


@lru_cache(maxsize=_REMEMBERED, typed=True)
def _json(value: object) -> str:
    """Return a scalar as JSON; remembered, since thousands of rows share theirs."""
    return json.dumps(value)


@lru_cache(maxsize=_REMEMBERED, typed=True)
def _day(value: dt.date, written: str) -> str:
    """Return a day or a moment as JSON, written as `Knobs.graphql_dates` says."""
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    if written == "iso":
        return json.dumps(moment.isoformat() + "+00:00")
    if written == "datetime" or moment is value:
        return json.dumps(moment.strftime("%Y-%m-%d %H:%M:%S"))
    return json.dumps(value.isoformat())


@cache
def _properties() -> Mapping[str, tuple[str, ...]]:
    with (Path(__file__).parent / "properties.csv").open(encoding="utf-8", newline="") as file:
        return {row["entity"]: tuple(row["properties"].split()) for row in csv.DictReader(file)}


def _own(argument: str) -> bool:
    """Say whether an argument is about a property of the row itself, whose values repeat."""
    return "__" not in argument and argument.partition("_")[0] not in {"id", "code"}


def _picked(value: Any, fields: Sequence[Field]) -> Any:  # noqa: ANN401
    """Return what a selection asks for of a plain value."""
    if isinstance(value, list):
        return [_picked(each, fields) for each in value]
    if not isinstance(value, dict) or not fields:
        return value
    return {field.alias: _picked(value.get(field.name), field.fields) for field in fields}

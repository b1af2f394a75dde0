"""Wonde as a `Mis`: whole collections by cursor, read until they stand still, and what it has of the canon.

Belongs here: the order of the work, and the last step from text to the types of the canon. The same rule holds as for
every connector: two readings that agree, or a refusal by name.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pandas as pd

from connectors.availability import Asked, Availability, Grant, Origin, Origins
from connectors.mis import (
    Default,
    MisAnswerUnreadable,
    MisLacks,
    MisSettings,
    Now,
    Plan,
    Progress,
    Snapshot,
    TornSnapshot,
    WrongSchool,
)
from connectors.wire import Ask, Unreadable, Wire
from connectors.wonde.rows import members, read_object, read_page, value
from connectors.wonde.supplies import NOT_SUPPLIED, SUPPLIES, Supply
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.table import Frames, Kind, Table
from schemas.wording import counted

_PREFIX: Final = "/v1.0"
_INVALID_INCLUDE: Final = frozenset({400})
_PER_PAGE: Final = "200"
_UNDATED: Final = frozenset({"upn", "nc_year", "address"})
_SEX: Final = {"MALE": "M", "FEMALE": "F"}
_SCHOOL: Final = {
    "urn": "urn", "la_number": "la_code", "estab": "establishment_number", "name": "name", "phone": "phone_number",
}  # fmt: skip

Rows = Mapping[str, Mapping[str, Any]]
"""Of one collection, by id."""


class _Bearer(httpx.Auth):
    """One token, sent with every request to the configured host."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["authorization"] = f"Bearer {self._token}"
        yield request


class Wonde:
    """One school as Wonde gives it.

    Args:
        settings: `application` is Wonde's own id of the school, `secret` the token.

    """

    def __init__(self, settings: MisSettings) -> None:
        self._settings = settings
        self._root = f"{_PREFIX}/schools/{settings.application}"

    def snapshot(self, plan: Plan, progress: Progress, now: Now) -> Snapshot:
        """Read what the plan names, whole, or refuse; see `Mis.snapshot`."""
        self._refuse_lacking(plan)
        started, resources = now(), dict[str, dict[str, Any]]()
        with Wire(self._settings, _Bearer(self._settings.secret)) as wire:
            school = self._school(wire)
            scopes = self._scopes(wire)
            held, at, rounds = self._collected(wire, plan, progress, now, resources)
            requests = wire.requests
        frames, defaults = self._frames(plan, school, held, scopes)
        certificate = {
            "kind": "wonde", "state": "stable", "stable": True, "at": at.isoformat(), "started": started.isoformat(),
            "ended": now().isoformat(), "rounds": rounds, "requests": requests, "resources": resources,
        }  # fmt: skip
        return Snapshot(frames, certificate, tuple(defaults))

    def asked(self, plan: Plan) -> Asked:
        """Say what would be asked for, without asking."""
        entities = dict(sorted(_collections(plan).items()))
        return Asked(entities, {}, _origins(plan))

    def probe(self, plan: Plan) -> Availability:
        """Read the list of scopes: a property without one comes as null, as if nobody had recorded it."""
        with Wire(self._settings, _Bearer(self._settings.secret)) as wire:
            scopes = self._scopes(wire)
        grants = {
            one: Grant.READ if scopes is None or one[1].partition("|")[0] in scopes else Grant.ABSENT
            for origin in _origins(plan).values()
            for one in origin
        }
        return Availability(grants, dict.fromkeys(_collections(plan), "wonde"))

    def _refuse_lacking(self, plan: Plan) -> None:
        lacking = tuple(sorted(plan.tables.keys() - SUPPLIES.keys() - {"school"}))
        if lacking:
            known = [f"{name} ({NOT_SUPPLIED[name]})" for name in lacking if name in NOT_SUPPLIED]
            why = f"It has {'; '.join(known)}. " if known else ""
            raise MisLacks(self._settings.urn, f"{why}Read them from the school's own MIS", lacking)

    def _school(self, wire: Wire) -> Mapping[str, Any]:
        settings = self._settings
        told = wire.ask(Ask("school", self._root), read_object) or {}
        found = tuple(value(told, _SCHOOL[name]) for name in ("urn", "la_number", "estab"))
        if found != (settings.urn, settings.la_number, settings.estab):
            raise WrongSchool(settings.urn, "has another URN, authority or establishment number")
        return told

    def _scopes(self, wire: Wire) -> frozenset[str] | None:
        """Return the properties that may be read; None where the list is not to be had."""
        path = f"{_PREFIX}/meta/schools/{self._settings.application}/permissions"

        def read(body: bytes) -> frozenset[str]:
            told = json.loads(body).get("data")
            if not isinstance(told, list):
                message = "the list of permissions is not a list"
                raise Unreadable(message)
            return frozenset(str(one) for one in told)

        return wire.ask(Ask("permissions", path, tolerated=frozenset({404})), read)

    def _collected(
        self, wire: Wire, plan: Plan, progress: Progress, now: Now, resources: dict[str, dict[str, Any]]
    ) -> tuple[dict[str, Rows], dt.datetime, int]:
        """Read every collection until a whole round finds what the one before found."""
        asked = _collections(plan)
        held = {name: self._walk(wire, name, include, progress, resources) for name, include in asked.items()}
        for reading in range(1, self._settings.limits.rounds + 1):
            at, again = now(), dict[str, dict[str, Any]]()
            found = {name: self._walk(wire, name, include, progress, again) for name, include in asked.items()}
            changed = [name for name in asked if found[name] != held[name]]
            if not changed:
                for name, told in again.items():
                    resources[name]["confirmed_sha256"] = told["sha256"]
                return held, at, reading + 1
            held = found
            resources.update(again)
        raise TornSnapshot(self._settings.urn, tuple(f"{name}: its rows went on changing" for name in changed))

    def _walk(
        self,
        wire: Wire,
        name: str,
        include: tuple[str, ...],
        progress: Progress,
        resources: dict[str, dict[str, Any]],
    ) -> Rows:
        host, digest = urlsplit(self._settings.url).netloc, hashlib.sha256()

        def read(body: bytes) -> tuple[list[dict[str, Any]], str | None]:
            page = read_page(body, host)
            digest.update(body)
            return page

        rows: dict[str, Mapping[str, Any]] = {}
        listed, pages, cursor, wanted = 0, 0, "true", include
        while cursor:
            included = {"include": ",".join(wanted)} if wanted else {}
            parameters = {"per_page": _PER_PAGE, "cursor": cursor, **included}
            page = wire.ask(Ask(name, f"{self._root}/{name}", parameters, tolerated=_INVALID_INCLUDE), read)
            if page is None:
                wanted = self._fewer(name, wanted)
                continue
            pages, listed, cursor = pages + 1, listed + len(page[0]), page[1] or ""
            rows |= {str(row["id"]): row for row in page[0]}
            progress(name, len(rows))
        if len(rows) != listed:
            raise TornSnapshot(self._settings.urn, (f"{name}: {listed:,} listed, {counted(len(rows), 'row')}",))
        resources[name] = {
            "door": "wonde", "pages": pages, "listed": listed, "fetched": len(rows), "rows": len(rows),
            "absent": sorted(set(include) - set(wanted)), "sha256": digest.hexdigest(),
        }  # fmt: skip
        return rows

    def _fewer(self, name: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Leave out the last of what was included: one that a school's MIS has not fails the whole request."""
        if not wanted:
            raise MisAnswerUnreadable(self._settings.urn, name, "HTTP 400, though nothing is included")
        return wanted[:-1]

    def _frames(
        self, plan: Plan, school: Mapping[str, Any], held: Mapping[str, Rows], scopes: frozenset[str] | None
    ) -> tuple[Frames, list[Default]]:
        frames: dict[str, pd.DataFrame] = {}
        defaults: list[Default] = []
        for name, columns in plan.tables.items():
            if name == "school":
                frames[name] = self._school_frame(school)
                continue
            table, supply = CANONICAL[name], SUPPLIES[name]
            wanted = {c: path for c, path in supply.columns.items() if c in columns or table[c].required}
            frames[name] = self._frame(table, supply, wanted, held)
            if len(frames[name]):
                defaults += _defaults(name, columns - {"pupil_id", "source"}, wanted, scopes, len(frames[name]))
        return frames, defaults

    def _school_frame(self, school: Mapping[str, Any]) -> pd.DataFrame:
        table = CANONICAL["school"]
        cells = {column: [value(school, path)] for column, path in _SCHOOL.items()}
        return conforms(table.frame({"source": [self._root], **cells}), table)

    def _frame(self, table: Table, supply: Supply, wanted: Mapping[str, str], held: Mapping[str, Rows]) -> pd.DataFrame:
        rows = [
            (f"{self._root}/{collection}/{row['id']}", row, each)
            for collection in supply.collections
            for row in held[collection].values()
            for each in (members(row, supply.each) if supply.each else (row,))
        ]
        cells: dict[str, list[Any]] = {
            column: [self._typed(table, column, value(each, path)) for _, _, each in rows]
            for column, path in wanted.items()
        }
        if "pupil_id" in table:
            cells["pupil_id"] = [value(row, "mis_id|id") for _, row, _ in rows]
        cells["source"] = [href if each is row else f"{href}#{each['id']}" for href, row, each in rows]
        frame = table.frame(cells)
        kept = frame[frame[[*wanted]].notna().any(axis=1)] if table.name in _UNDATED else frame
        return conforms(kept.reset_index(drop=True), table)

    def _typed(self, table: Table, column: str, text: str | None) -> object:
        if text is None:
            return None
        try:
            return _typed(table[column].kind, column, text)
        except ValueError:
            what = f"{table.name}.{column} has a value that is no {table[column].kind.value}"
        raise MisAnswerUnreadable(self._settings.urn, table.name, what)


def _defaults(
    table: str, columns: frozenset[str], wanted: Mapping[str, str], scopes: frozenset[str] | None, count: int
) -> list[Default]:
    """Tell of every column that Wonde has not, or not for this token, and of every table that it has without dates."""
    never = sorted(columns - wanted.keys() - {"start_date", "end_date"})
    lost = sorted(c for c, path in wanted.items() if scopes is not None and path.partition("|")[0] not in scopes)
    found = [Default("never-supplied", table, column, count, "left empty: Wonde has none") for column in never]
    found += [Default("not-granted", table, column, count, "left empty: no scope for it") for column in lost]
    if table in _UNDATED:
        found.append(Default("undated", table, "start_date", count, "as it stands today: Wonde has no dates of it"))
    return found


def _typed(kind: Kind, column: str, text: str) -> object:
    match kind:
        case Kind.DATE:
            return dt.date.fromisoformat(text[:10])
        case Kind.BOOLEAN:
            return text.lower() in ("true", "1", "yes")
        case Kind.INTEGER:
            return int(text)
        case Kind.DECIMAL:
            return float(text)
        case Kind.TEXT:
            return _SEX.get(text, text) if column == "sex" else _year(text) if column == "nc_year" else text


def _year(text: str) -> str:
    """Write a year group as its code: shapes seen are 2, R, N1 and Year 2."""
    plain = text.removeprefix("Year").strip()
    return {"Reception": "R"}.get(plain, plain)


def _collections(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return the collections that a plan needs, each with what is included."""
    found: dict[str, dict[str, None]] = {}
    for name in plan.tables:
        supply = SUPPLIES.get(name)
        for collection in supply.collections if supply else ():
            found.setdefault(collection, {}).update(dict.fromkeys(supply.include if supply else ()))
    return {name: tuple(include) for name, include in found.items()}


def _origins(plan: Plan) -> Origins:
    def properties(table: str, column: str) -> Iterator[Origin]:
        supply = SUPPLIES.get(table)
        if supply and column in supply.columns:
            yield Origin(supply.collections[0], supply.columns[column])
        elif table == "school" and column in _SCHOOL:
            yield Origin("school", _SCHOOL[column])

    return {
        (table, column): frozenset(properties(table, column))
        for table, columns in plan.tables.items()
        for column in columns
    }

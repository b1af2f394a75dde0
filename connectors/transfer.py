"""Incoming transfer files (CTF) as a source: what other schools say of pupils who come, in the tables of the canon.

Belongs here: the files of a school's folder, put together. It is a source of what a joiner brings, and of nothing else:
it says nothing of this school, so that no return and no register can be made of it. What a file may hold, and how it is
read safely, is `connectors.ctf`. Pupils are numbered by file and place; nobody is joined to a pupil of this school.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from connectors.availability import Asked, Availability, Grant, Origin
from connectors.ctf import Incoming, read_ctf
from connectors.mis import (
    Default,
    MisLacks,
    MisSettings,
    MisUnavailable,
    Now,
    Plan,
    Progress,
    Snapshot,
    TornSnapshot,
    WrongSchool,
)
from schemas.boundary import conforms
from schemas.canonical import CANONICAL

_SAME: Final = (
    "saon", "paon", "street", "locality", "town", "administrative_area", "post_town", "uprn", "line1", "line2",
    "line3", "line4", "line5", "postcode",
)  # fmt: skip
FROM: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = MappingProxyType(
    {
        "pupil": (
            "transfer_pupil",
            {
                name: name
                for name in (
                    "surname", "forename", "middle_names", "preferred_surname", "preferred_forename", "sex", "dob",
                    "uln", "uci", "ethnicity", "ethnicity_source", "medical_flag", "email",
                )
            },
        ),
        "upn": ("transfer_pupil", {"upn": "upn"}),
        "former_surname": ("transfer_pupil", {"surname": "former_surname"}),
        "nc_year": ("transfer_pupil", {"nc_year": "nc_year"}),
        "address": ("transfer_pupil", {name: name for name in _SAME}),
        "contact": (
            "transfer_contact",
            {
                "contact_id": "row_id", "priority": "order", "title": "title", "surname": "surname",
                "forename": "forename", "middle_names": "middle_names", "relationship": "relationship",
                "parental_responsibility": "responsibility", "lives_with_pupil": "address_as_pupil",
                "email": "email", "line1": "line1", "line2": "line2", "town": "town", "postcode": "postcode",
            },
        ),
        "fsm": (
            "transfer_fsm",
            {name: name for name in ("start_date", "end_date", "verified_date", "uk_country", "category")},
        ),
        "sen_status": (
            "transfer_sen", {"provision": "provision", "start_date": "start_date", "end_date": "end_date"},
        ),
        "sen_need": ("transfer_sen_need", {"sen_type": "sen_type", "rank": "rank"}),
        "school_history": (
            "transfer_school",
            {
                "la_number": "la_number", "estab": "estab", "name": "school_name", "entry_date": "entry_date",
                "leaving_date": "leaving_date", "leaving_reason": "leaving_reason",
            },
        ),
        "assessment_result": (
            "transfer_result",
            {
                name: name
                for name in (
                    "year", "subject", "method", "component", "status", "qualifier", "result", "result_date",
                )
            },
        ),
    },
)  # fmt: skip
"""Canonical table -> the table of a transfer file that feeds it, and its columns by ours."""


class TransferFiles:
    """The transfer files that have come for one school.

    Args:
        settings: whose folder.

    """

    def __init__(self, settings: MisSettings) -> None:
        if settings.folder is None:
            raise MisUnavailable(settings.urn, "transfer files", "no folder is set")
        self._settings, self._folder = settings, settings.folder

    def snapshot(self, plan: Plan, progress: Progress, now: Now) -> Snapshot:
        """Read what the plan names of every file, whole, or refuse; see `Mis.snapshot`."""
        lacking = tuple(sorted(plan.tables.keys() - FROM.keys()))
        if lacking:
            what = "A transfer file tells of pupils who come, not of the school"
            raise MisLacks(self._settings.urn, what, lacking)
        started, data = now(), self._files()
        read = {name: read_ctf(each, name) for name, each in data.items()}
        self._refuse_others(read)
        frames = {name: self._frame(name, columns, read) for name, columns in plan.tables.items()}
        for name, each in read.items():
            progress(name, len(each.frames["transfer_pupil"]))
        if self._files() != data:
            raise TornSnapshot(self._settings.urn, ("files came or changed while they were read",))
        resources = {name: _resource(data[name], each) for name, each in read.items()}
        certificate = {
            "kind": "ctf", "state": "stable", "stable": True, "at": started.isoformat(),
            "started": started.isoformat(), "ended": now().isoformat(), "requests": 0, "resources": resources,
        }  # fmt: skip
        return Snapshot(frames, certificate, tuple(_defaults(plan, frames)))

    def asked(self, plan: Plan) -> Asked:
        """Say which tables of the files would be read."""
        wanted = {FROM[name][0]: tuple(FROM[name][1].values()) for name in plan.tables if name in FROM}
        origins = {
            (table, column): (
                frozenset({Origin(FROM[table][0], FROM[table][1][column])})
                if table in FROM and column in FROM[table][1]
                else frozenset()
            )
            for table, columns in plan.tables.items()
            for column in columns
        }
        return Asked(wanted, {}, origins)

    def probe(self, plan: Plan) -> Availability:
        """Say what such a file can hold; whether one of them does is known when it is read."""
        origins = self.asked(plan).origins
        grants = {one: Grant.READ for origin in origins.values() for one in origin}
        return Availability(grants, {}, (f"{len(self._files())} files have come",))

    def _files(self) -> dict[str, bytes]:
        found = {file.name: file.read_bytes() for file in sorted(self._folder.glob("*.xml"))}
        if not found:
            raise MisUnavailable(self._settings.urn, "transfer files", "none has come")
        return found

    def _refuse_others(self, read: Mapping[str, Incoming]) -> None:
        ours = (self._settings.la_number, self._settings.estab)
        wrong = 0
        for each in read.values():
            header = each.frames["transfer_header"]
            named = [tuple(row) for row in header[["dest_la", "dest_estab"]].itertuples(index=False)]
            wrong += named != [ours]
        if wrong:
            raise WrongSchool(self._settings.urn, f"sent {wrong} files that name another receiver")

    def _frame(self, name: str, columns: frozenset[str], read: Mapping[str, Incoming]) -> pd.DataFrame:
        table, (source, ours) = CANONICAL[name], FROM[name]
        parts = [
            _part(f"{file}#{number}", each.frames, source, {c: f for c, f in ours.items() if _wanted(name, c, columns)})
            for number, (file, each) in enumerate(read.items(), 1)
        ]
        cells: dict[str, list[object]] = {key: [one for part in parts for one in part[key]] for key in parts[0]}
        return conforms(table.frame(cells), table)


def _wanted(table: str, column: str, columns: frozenset[str]) -> bool:
    return column in columns or CANONICAL[table][column].required or column in ("start_date", "end_date")


def _part(
    file: str, frames: Mapping[str, pd.DataFrame], source: str, ours: Mapping[str, str]
) -> dict[str, list[object]]:
    """Return one file's rows of one table; a row that says nothing is none."""
    frame = frames[source]
    if source == "transfer_pupil":
        frame = frame[frame[[*ours.values()]].notna().any(axis=1)] if ours else frame
    prefix = file.rpartition("#")[2]
    plain = frame.astype(object).where(frame.notna(), None)
    cells: dict[str, list[object]] = {name: plain[theirs].tolist() for name, theirs in ours.items()}
    if "contact_id" in cells:
        cells["contact_id"] = [f"{prefix}-{one}" for one in cells["contact_id"]]
    return {
        "pupil_id": [f"{prefix}-{one}" for one in plain["pupil_id"]],
        "source": [f"{file}/{source}/{number}" for number in range(1, len(plain) + 1)],
        **cells,
    }


def _resource(data: bytes, read: Incoming) -> dict[str, object]:
    pupils = len(read.frames["transfer_pupil"])
    return {
        "door": "files", "pages": 1, "listed": pupils, "fetched": pupils, "rows": pupils, "version": read.version,
        "passed_over": sum(read.passed_over.values()), "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip


def _defaults(plan: Plan, frames: Mapping[str, pd.DataFrame]) -> list[Default]:
    return [
        Default("never-supplied", name, column, len(frames[name]), "left empty: a transfer file has none")
        for name, columns in plan.tables.items()
        for column in sorted(columns - FROM[name][1].keys() - {"pupil_id", "source", "start_date", "end_date"})
        if len(frames[name])
    ]

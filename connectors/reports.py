"""A MIS that is no server: reports that a person or a job has it write, as CSV or XLSX, into a folder of the school.

Belongs here: finding out that the reports are whole and of one moment, and reading each cell as its column must be.
Which report and which heading feed which column is the school's mapping file (`connectors.mapping`): another MIS, or
another report of it, is another mapping and no code. A manifest, written last, says how many rows each report has and
when it was made: without it a report that was cut short looks like pupils who left.
"""

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Mapping
from typing import Final, NoReturn

import pandas as pd

from connectors.availability import Asked, Availability, Grant, Origin, Origins
from connectors.mapping import Mapped, ReportMapping, read_mapping
from connectors.mis import (
    Default,
    MisAnswerUnreadable,
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
from connectors.sheets import rows_of
from schemas.boundary import conforms
from schemas.canonical import CANONICAL
from schemas.table import Frames, Table
from schemas.wording import counted

MANIFEST: Final = "manifest.csv"
_MANIFEST_COLUMNS: Final = ("file", "rows", "made")
_APART: Final = dt.timedelta(hours=2)
"""Reports made further apart than this are not of one moment."""


class Reports:
    """One school's reports.

    Args:
        settings: whose folder and mapping file.

    """

    def __init__(self, settings: MisSettings) -> None:
        if settings.folder is None or settings.mapping is None:
            raise MisUnavailable(settings.urn, "reports", "no folder or no mapping file is set")
        self._settings, self._folder, self._file = settings, settings.folder, settings.mapping

    def snapshot(self, plan: Plan, progress: Progress, now: Now) -> Snapshot:
        """Read what the plan names, whole, or refuse; see `Mis.snapshot`."""
        began, mapping = now(), read_mapping(self._file, self._settings.urn)
        self._refuse_lacking(plan, mapping)
        manifest = self._manifest()
        made = self._made(manifest, mapping, began)
        wanted = [mapped for mapped in mapping.tables if mapped.table in plan.tables or mapped.table == "school"]
        before = {mapped.file: self._bytes(mapped.file) for mapped in wanted}
        frames, resources = {}, {}
        for mapped in wanted:
            data = before[mapped.file]
            frames[mapped.table] = self._frame(mapped, data, plan)
            resources[mapped.key] = self._resource(mapped, data, frames[mapped.table], manifest)
            progress(mapped.file, len(frames[mapped.table]))
        self._refuse_torn(resources, before, frames)
        self._check_school(frames["school"])
        told = {name: frames[name] for name in plan.tables if name in frames}
        told |= {name: CANONICAL[name].empty() for name in plan.tables if name in mapping.none}
        certificate = {
            "kind": "reports", "state": "stable", "stable": True, "at": made[0].isoformat(),
            "started": made[0].isoformat(), "ended": made[1].isoformat(), "read": began.isoformat(), "requests": 0,
            "resources": resources,
        }  # fmt: skip
        return Snapshot(told, certificate, self._defaults(plan, mapping, told))

    def asked(self, plan: Plan) -> Asked:
        """Say which reports and headings would be read."""
        mapping = read_mapping(self._file, self._settings.urn)
        wanted = [mapped for mapped in mapping.tables if mapped.table in plan.tables]
        entities = {mapped.file: tuple(mapped.columns[name] for name in mapped.columns) for mapped in wanted}
        return Asked(entities, {}, _origins(plan, mapping))

    def probe(self, plan: Plan) -> Availability:
        """Look at the headings of every report that is there."""
        mapping = read_mapping(self._file, self._settings.urn)
        grants: dict[tuple[str, str], Grant] = {}
        for mapped in mapping.tables:
            if mapped.table in plan.tables:
                there = (self._folder / mapped.file).is_file()
                headings = rows_of(self._bytes(mapped.file), mapped.file, mapped.sheet)[0] if there else []
                grants[mapped.file, ""] = Grant.READ if there else Grant.ABSENT
                grants |= {
                    (mapped.file, name): Grant.READ if name in headings else Grant.ABSENT
                    for name in mapped.columns.values()
                }
        return Availability(grants, dict.fromkeys({mapped.file for mapped in mapping.tables}, "files"))

    def _refuse_lacking(self, plan: Plan, mapping: ReportMapping) -> None:
        supplied = {mapped.table for mapped in mapping.tables} | mapping.none
        lacking = sorted(plan.tables.keys() - supplied)
        if lacking:
            where = f"Map a report for each in {self._file.name}, or list it under `none` if the school has none"
            raise MisLacks(self._settings.urn, where, tuple(lacking))

    def _bytes(self, file: str) -> bytes:
        try:
            return (self._folder / file).read_bytes()
        except OSError:
            raise MisUnavailable(self._settings.urn, file, f"it is not in {self._folder.name}") from None

    def _manifest(self) -> dict[str, tuple[int, dt.datetime]]:
        reader = csv.DictReader(io.StringIO(self._bytes(MANIFEST).decode("utf-8-sig")))
        if tuple(reader.fieldnames or ()) != _MANIFEST_COLUMNS:
            self._unreadable(MANIFEST, f"its header must be {','.join(_MANIFEST_COLUMNS)}")
        try:
            found = {row["file"]: (int(row["rows"]), dt.datetime.fromisoformat(row["made"])) for row in reader}
        except (ValueError, TypeError):
            self._unreadable(MANIFEST, "a row is not a file, a number of rows and a moment")
        if any(moment.tzinfo is None for _, moment in found.values()):
            self._unreadable(MANIFEST, "a moment has no offset, as in 2026-10-01T17:00:00+01:00")
        return found

    def _made(
        self, manifest: Mapping[str, tuple[int, dt.datetime]], mapping: ReportMapping, now: dt.datetime
    ) -> tuple[dt.datetime, dt.datetime]:
        """Return when the reports were made, first and last. Raises TornSnapshot when that is no one moment, or old."""
        files = {mapped.key for mapped in mapping.tables}
        missing = sorted(files - manifest.keys())
        moments = sorted(moment.astimezone(dt.UTC) for file, (_, moment) in manifest.items() if file in files)
        faults = [f"{file}: not in the manifest" for file in missing]
        if moments and moments[-1] - moments[0] > _APART:
            faults.append(f"reports were made more than {_APART.seconds // 3600} hours apart")
        if moments and (moments[-1] > now or now - moments[0] > mapping.oldest):
            faults.append(f"reports were made later than now, or more than {mapping.oldest} ago")
        if faults or not moments:
            raise TornSnapshot(self._settings.urn, tuple(faults) or ("the mapping names no report",))
        return moments[0], moments[-1]

    def _frame(self, mapped: Mapped, data: bytes, plan: Plan) -> pd.DataFrame:
        table = CANONICAL[mapped.table]
        try:
            headings, rows = rows_of(data, mapped.file, mapped.sheet)
        except ValueError as fault:
            self._unreadable(mapped.file, str(fault))
        lacking = [name for name in mapped.columns.values() if headings.count(name) != 1]
        if lacking:
            self._unreadable(mapped.file, f"no column, or several, headed {', '.join(sorted(lacking))}")
        place = {name: headings.index(heading) for name, heading in mapped.columns.items()}
        wanted = _wanted(table, plan)
        columns: dict[str, list[object]] = {
            name: [self._cell(mapped, table, name, row[place[name]]) for row in rows]
            for name in place
            if name in wanted
        }
        if "source" in table and "source" not in columns:
            columns["source"] = [f"{mapped.file}#{number}" for number in range(2, len(rows) + 2)]
        return conforms(table.frame(columns), table)

    def _cell(self, mapped: Mapped, table: Table, name: str, text: str) -> object:
        if not text:
            return None
        try:
            return mapped.read(table[name].kind, text)
        except ValueError:
            what = f"{mapped.columns[name]} has a value that is no {table[name].kind.value}"
        raise MisAnswerUnreadable(self._settings.urn, mapped.file, what)

    def _resource(
        self, mapped: Mapped, data: bytes, frame: pd.DataFrame, manifest: Mapping[str, tuple[int, dt.datetime]]
    ) -> dict[str, object]:
        return {
            "door": "files", "pages": 1, "listed": manifest[mapped.key][0], "fetched": len(frame), "rows": len(frame),
            "sha256": hashlib.sha256(data).hexdigest(),
        }  # fmt: skip

    def _refuse_torn(
        self, resources: Mapping[str, Mapping[str, object]], before: Mapping[str, bytes], frames: Frames
    ) -> None:
        """Refuse reports with other rows than the manifest says, that changed meanwhile, or that speak of strangers."""
        faults = [
            f"{name}: {counted(told['listed'], 'row')} in the manifest, {told['rows']:,} in the report"
            for name, told in resources.items()
            if told["listed"] != told["rows"]
        ]
        faults += [f"{file}: written while it was read" for file, data in before.items() if self._bytes(file) != data]
        if "pupil" in frames:
            known = set(frames["pupil"]["pupil_id"])
            strangers = {
                name: int((~frame["pupil_id"].isin(known)).sum())
                for name, frame in frames.items()
                if "pupil_id" in frame
            }
            faults += [
                f"{name}: {counted(count, 'row')} of pupils who are in no pupil report"
                for name, count in strangers.items()
                if count
            ]
        if faults:
            raise TornSnapshot(self._settings.urn, tuple(faults))

    def _check_school(self, school: pd.DataFrame) -> None:
        settings = self._settings
        held = [tuple(row) for row in school[["urn", "la_number", "estab"]].itertuples(index=False)]
        if held != [(settings.urn, settings.la_number, settings.estab)]:
            raise WrongSchool(settings.urn, "wrote reports of another school, or of several")

    def _defaults(self, plan: Plan, mapping: ReportMapping, told: Frames) -> tuple[Default, ...]:
        by_table = {mapped.table: mapped for mapped in mapping.tables}
        found = [
            Default("none-declared", name, "source", 0, "the school says that it has none of these")
            for name in sorted(plan.tables.keys() & mapping.none)
        ]
        for name, columns in plan.tables.items():
            if name in by_table:
                gaps = sorted(columns - by_table[name].columns.keys() - {"source"})
                found += [
                    Default("not-in-report", name, column, len(told[name]), "left empty: no heading is mapped to it")
                    for column in gaps
                    if len(told[name])
                ]
        return tuple(found)

    def _unreadable(self, file: str, why: str) -> NoReturn:
        raise MisAnswerUnreadable(self._settings.urn, file, why)


def _wanted(table: Table, plan: Plan) -> frozenset[str]:
    always = {column.name for column in table.columns if column.required} | {"pupil_id", "start_date", "end_date"}
    return plan.tables.get(table.name, frozenset()) | frozenset(always) | frozenset({"source"})


def _origins(plan: Plan, mapping: ReportMapping) -> Origins:
    by_table = {mapped.table: mapped for mapped in mapping.tables}
    return {
        (table, column): (
            frozenset({Origin(by_table[table].file, by_table[table].columns[column])})
            if table in by_table and column in by_table[table].columns
            else frozenset()
        )
        for table, columns in plan.tables.items()
        for column in columns
    }

"""Lineage for other programs: what the ledger says of each release, as OpenLineage run events of the official client.

Belongs here: from a release's events in the ledger to run events, and handing them to a file or an HTTP endpoint. The
ledger is the record; this is an export that can be made again at any time, the same for the same ledger. It names
tables, columns, agreements and recipients, never a pupil. Answers to police and courts are not in it: that one was
asked for says something of somebody. What the events are checked against is told in `docs/how-to/export-lineage.md`.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    DatasetFacet,
    column_lineage_dataset,
    datasource_dataset,
    documentation_job,
    job_type_job,
    nominal_time_run,
    schema_dataset,
)
from openlineage.client.serde import Serde
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider

from exports.cases import NAME as CASE_NAME
from exports.grounds import Grounds
from exports.lineage_facets import AGREEMENT, NOTICE, RELEASE, AgreementFacet, NoticeFacet, ReleaseFacet
from exports.lineage_links import links
from exports.preparation import read_grounds, read_waybill
from exports.terms import Agreement
from exports.waybill import Waybill
from ledger.states import State
from ledger.store import Event, Ledger
from schemas.canonical import CANONICAL
from schemas.census.tables import CENSUS
from schemas.feeds import FEEDS
from schemas.refusal import Refusal
from vault.store import Vault

PRODUCER: Final = "https://waybill.example/waybill"
_SPACE: Final = uuid.UUID("5b0ab1a7-6d0f-5d3e-9c1e-2f6d1f6f7a11")
_RUN_STATES: Final[Mapping[State, RunState]] = MappingProxyType(
    {
        State.PREPARED: RunState.START,
        State.APPROVED: RunState.RUNNING,
        State.SENDING: RunState.RUNNING,
        State.UNKNOWN: RunState.OTHER,
        State.DELIVERED: RunState.COMPLETE,
        State.DELIVERED_UNVERIFIED: RunState.COMPLETE,
        State.HANDED_OVER: RunState.COMPLETE,
        State.REFUSED: RunState.FAIL,
        State.WITHDRAWN: RunState.ABORT,
        State.SUPERSEDED: RunState.OTHER,
        State.RECALLED: RunState.OTHER,
    },
)


class LineageUndelivered(Refusal):
    """The events could not be handed over; the ledger has them, so they can be exported again."""

    code: ClassVar[str] = "lineage_undelivered"


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called outside.

    Attributes:
        trust: the trust's domain.
        mis: kind and host of each school's MIS, `arbor://host`, by URN.

    """

    trust: str
    mis: Mapping[str, str]


def run_events(
    ledger: Ledger, vault: Vault, agreements: Mapping[str, Agreement], names: Names, since: int = 0
) -> Iterator[RunEvent]:
    """Give the run events of every move of every release after an event of the ledger, in the ledger's order."""
    of_waybill: dict[str, tuple[Waybill, Grounds]] = {}
    moves = [event for state in _RUN_STATES for event in ledger.events(state.value) if event.seq > since]
    for event in sorted(moves, key=lambda event: event.seq):
        name = str(event.body["waybill"])
        if name not in of_waybill:
            of_waybill[name] = read_waybill(ledger, vault, name), read_grounds(ledger, vault, name)
        waybill, grounds = of_waybill[name]
        if not CASE_NAME.fullmatch(waybill.agreement):
            yield _run_event(event, waybill, grounds, agreements.get(waybill.agreement), names)


def as_json(event: RunEvent) -> dict[str, Any]:
    """Return an event as it goes out."""
    return Serde.to_dict(event)


def to_file(path: Path) -> Callable[[RunEvent], None]:
    """Return what appends events to a file, one JSON object a line."""
    return _handing(FileTransport(FileConfig(log_file_path=str(path), append=True)), str(path))


def to_http(url: str, api_key: str | None = None) -> Callable[[RunEvent], None]:
    """Return what posts events to an OpenLineage endpoint. Raises LineageUndelivered for one elsewhere without TLS."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        message = f"{parts.scheme}://{parts.hostname} would carry the events in the open: use https"
        raise LineageUndelivered(message)
    auth = ApiKeyTokenProvider({"apiKey": api_key}) if api_key else TokenProvider({})
    config = HttpConfig(url=url, auth=auth, retry={"total": 2, "backoff_factor": 0.2, "status_forcelist": [502, 503]})
    return _handing(HttpTransport(config), url)


def _handing(transport: FileTransport | HttpTransport, where: str) -> Callable[[RunEvent], None]:
    def hand(event: RunEvent) -> None:
        try:
            transport.emit(event)
        except OSError as error:  # the client's own errors of the wire are kinds of it
            message = f"{where} did not take the events ({type(error).__name__}): put it right and export again"
            raise LineageUndelivered(message) from None

    return hand


def _run_event(event: Event, waybill: Waybill, grounds: Grounds, agreement: Agreement | None, names: Names) -> RunEvent:
    state = State(event.kind)
    return RunEvent(
        eventType=_RUN_STATES[state],
        eventTime=event.at.isoformat(),
        run=Run(str(uuid.uuid5(_SPACE, waybill.sha256)), facets=_run_facets(event, waybill, state)),
        job=_job(waybill, grounds, names),
        inputs=list(_inputs(waybill, grounds, names)),
        outputs=[_output(waybill, grounds, agreement, names)],
        producer=PRODUCER,
    )


def _run_facets(event: Event, waybill: Waybill, state: State) -> dict[str, Any]:
    began = waybill.prepared_at.isoformat()
    return {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(nominalStartTime=began, producer=PRODUCER),
        RELEASE: ReleaseFacet(
            waybill.sha256, waybill.release_version, waybill.period, state.value, event.seq, producer=PRODUCER
        ),
    }


def _job(waybill: Waybill, grounds: Grounds, names: Names) -> Job:
    gateways = sorted({ground.gateway for ground in grounds.lines.values()})
    clauses = sorted({ground.clause for ground in grounds.lines.values()})
    facets: dict[str, Any] = {
        "documentation": documentation_job.DocumentationJobFacet(grounds.title, producer=PRODUCER),
        "jobType": job_type_job.JobTypeJobFacet("BATCH", "WAYBILL", jobType="RELEASE", producer=PRODUCER),
        AGREEMENT: AgreementFacet(
            waybill.agreement, waybill.agreement_sha256, grounds.recipient, grounds.basis, list(grounds.signing),
            gateways, producer=PRODUCER,
        ),
        NOTICE: NoticeFacet(waybill.notice_version, waybill.notice_sha256, clauses, producer=PRODUCER),
    }  # fmt: skip
    return Job(f"waybill://{names.trust}", f"{waybill.agreement}.{waybill.school}", facets=facets)


def _inputs(waybill: Waybill, grounds: Grounds, names: Names) -> Iterator[InputDataset]:
    tables: dict[str, list[str]] = {}
    for ground in grounds.lines.values():
        table, _, column = ground.field.partition(".")
        tables.setdefault(table, []).append(column)
    namespace = names.mis[waybill.school]
    for table, columns in tables.items():
        fields = [_field(f"{table}.{column}", column) for column in dict.fromkeys(columns)]
        facets: dict[str, DatasetFacet] = {
            "schema": schema_dataset.SchemaDatasetFacet(fields, producer=PRODUCER),
            "dataSource": datasource_dataset.DatasourceDatasetFacet(namespace, namespace, producer=PRODUCER),
        }
        yield InputDataset(namespace, f"{waybill.school}.{table}", facets=facets)


def _output(waybill: Waybill, grounds: Grounds, agreement: Agreement | None, names: Names) -> OutputDataset:
    first = {ground.shown_as: ground.field for ground in reversed(list(grounds.lines.values()))}
    found, namespace = links(grounds), f"waybill-recipient://{_recipient(waybill)}"
    transforms = {line.field: line.transform for line in agreement.lines} if agreement else {}
    facets: dict[str, DatasetFacet] = {
        "schema": schema_dataset.SchemaDatasetFacet(
            [_field(first[column], column) for column in found], producer=PRODUCER
        ),
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(
            {column: _made_from(fields, waybill, names, transforms) for column, fields in found.items()},
            producer=PRODUCER,
        ),
        "dataSource": datasource_dataset.DatasourceDatasetFacet(grounds.recipient, namespace, producer=PRODUCER),
    }
    return OutputDataset(namespace, f"{waybill.agreement}.{waybill.school}", facets=facets)


def _recipient(waybill: Waybill) -> str:
    """Return the agreement's recipient, not the one of several places a pupil's file may go to."""
    return waybill.recipient.removesuffix(f"-{waybill.destination}") if waybill.destination else waybill.recipient


def _made_from(
    fields: tuple[str, ...], waybill: Waybill, names: Names, transforms: Mapping[str, str]
) -> column_lineage_dataset.Fields:
    inputs = []
    for field in fields:
        table, _, column = field.partition(".")
        word = transforms.get(field, "")
        kind = "IDENTITY" if word in {"as_is", "nfc"} else "TRANSFORMATION"
        how = column_lineage_dataset.Transformation("DIRECT", kind, word, masking=False)
        inputs.append(
            column_lineage_dataset.InputField(names.mis[waybill.school], f"{waybill.school}.{table}", column, [how])
        )
    return column_lineage_dataset.Fields(inputs)


def _field(field: str, name: str) -> schema_dataset.SchemaDatasetFacetFields:
    table, _, column = field.partition(".")
    declared = next((tables[table] for tables in (CENSUS, FEEDS, CANONICAL) if table in tables), None)
    if declared is None or column not in declared:
        return schema_dataset.SchemaDatasetFacetFields(name)
    found = declared[column]
    return schema_dataset.SchemaDatasetFacetFields(name, found.kind.value, found.description)


def names_of(trust: str, mis: Mapping[str, tuple[str, str]]) -> Names:
    """Return what things are called outside.

    Args:
        trust: its website.
        mis: kind and address of each school's MIS, by URN.

    """
    hosts = {urn: f"{kind}://{urlsplit(url).netloc}" for urn, (kind, url) in mis.items()}
    return Names(urlsplit(trust).hostname or trust, hosts)

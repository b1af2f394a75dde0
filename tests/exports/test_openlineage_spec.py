"""The rules for exports are no laxer than the client's classes, which are generated from the published schemas."""

import json
from typing import Any

import attr
import pytest
from openlineage.client import event_v2
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    datasource_dataset,
    documentation_job,
    job_type_job,
    nominal_time_run,
    schema_dataset,
)

from exports.lineage_facets import BASE, RELEASE
from tests.exports import openlineage_published as published
from tests.exports import openlineage_spec as spec

EVENT = spec.run_event({"ReleaseFacet": {}, "AgreementFacet": {}, "NoticeFacet": {}})
RUN, JOB = (EVENT["properties"][name] for name in ("run", "job"))
RULES = [
    (EVENT, event_v2.RunEvent),
    (RUN, event_v2.Run),
    (JOB, event_v2.Job),
    (spec.INPUT, event_v2.InputDataset),
    (spec.OUTPUT, event_v2.OutputDataset),
    (RUN["properties"]["facets"]["properties"]["nominalTime"], nominal_time_run.NominalTimeRunFacet),
    (JOB["properties"]["facets"]["properties"]["documentation"], documentation_job.DocumentationJobFacet),
    (JOB["properties"]["facets"]["properties"]["jobType"], job_type_job.JobTypeJobFacet),
    (spec.SCHEMA_FACET, schema_dataset.SchemaDatasetFacet),
    (spec.COLUMN, schema_dataset.SchemaDatasetFacetFields),
    (spec.DATA_SOURCE, datasource_dataset.DatasourceDatasetFacet),
    (spec.COLUMN_LINEAGE, column_lineage_dataset.ColumnLineageDatasetFacet),
    (spec.INPUT_FIELD, column_lineage_dataset.InputField),
    (spec.TRANSFORMATION, column_lineage_dataset.Transformation),
]
ALWAYS = {"eventTime", "producer", "schemaURL", "_producer", "_schemaURL"}
"""Required by the schemas, and given a value of its own by the client."""


@pytest.mark.parametrize(("rule", "made"), RULES, ids=[made.__name__ for _, made in RULES])
def test_a_member_is_known_to_the_client_and_one_that_it_needs_is_required(rule, made):
    members = attr.fields_dict(made)
    needed = {name for name, field in members.items() if field.default is attr.NOTHING or name in ALWAYS}
    assert set(rule["properties"]) <= set(members) | {"_deleted"}
    assert needed <= set(rule["required"])
    assert rule["additionalProperties"] is False


def test_states_and_the_version_of_the_schema_are_the_clients():
    assert set(EVENT["properties"]["eventType"]["enum"]) == {state.value for state in event_v2.RunState}
    assert EVENT["properties"]["schemaURL"]["const"] == event_v2.RunEvent._get_schema()


@pytest.fixture
def folder(tmp_path):
    """A folder of the form of the published one, with one rule in it."""
    rule = {"$id": "https://spec.example/1/OpenLineage.json", "type": "object", "required": ["run"],
            "properties": {"eventTime": {"format": "date-time"}, "producer": {"format": "uri"}}}  # fmt: skip
    (tmp_path / "OpenLineage.json").write_text(json.dumps(rule), encoding="utf-8")
    return tmp_path


def event(**changed: Any) -> dict[str, Any]:
    release = {"_producer": "https://a.example", "_schemaURL": f"{BASE}/ReleaseFacet.json",
               "waybill": "0" * 64, "version": 1, "period": "2026-autumn", "state": "prepared", "event": 1}  # fmt: skip
    facets = {RELEASE: release | changed.pop("release", {})}
    sound = {"schemaURL": "https://spec.example/1/OpenLineage.json", "eventTime": "2026-10-01T17:30:00+00:00",
             "producer": "https://a.example", "run": {"facets": facets}, "job": {}, "inputs": []}  # fmt: skip
    return sound | {"outputs": []} | changed


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        ({"eventTime": "yesterday"}, "event eventTime: 'yesterday' is not a 'date-time'"),
        ({"eventTime": "2026-10-01T17:30:00"}, "event eventTime: '2026-10-01T17:30:00' is not a 'date-time'"),
        ({"producer": "us"}, "event producer: 'us' is not a 'uri'"),
        ({"release": {"version": 0}}, "run.waybill_release version: 0 is less than the minimum of 1"),
        ({"schemaURL": "https://spec.example/2"}, "event: https://spec.example/2 is not in the folder"),
        ({"inputs": [{"facets": {"x": {"_schemaURL": "a:b"}}}]}, "inputs.x: a:b is not in the folder"),
    ],
)
def test_an_export_is_held_against_a_folder_of_schemas(folder, tmp_path, capsys, changed, fault):
    events = tmp_path / "events.jsonl"
    events.write_text(json.dumps(event(**changed)), encoding="utf-8")
    assert published.main(folder, events) == int(fault is not None)
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("  OpenLineage.json")
    assert said[1:] == ([f"line 1, {fault}", "1 events, 1 faults"] if fault else ["1 events, 0 faults"])

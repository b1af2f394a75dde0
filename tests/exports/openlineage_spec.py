"""What OpenLineage 2-0-2 asks of a run event and of the facets used here, written down from its documentation.

Required members, types, formats and closed lists; stricter where the documentation only recommends: a member that is
not named here is a fault, so that nothing goes out unnoticed.
"""

from typing import Any

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
URI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:\S+$"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_FACET = {"_producer": URI, "_schemaURL": URI}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = required | (optional or {})
    return {"type": "object", "properties": properties, "required": [*required], "additionalProperties": False}


def _facet(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return _object(_FACET | required, {"_deleted": {"type": "boolean"}} | (optional or {}))


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _mapping(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


COLUMN = _object({"name": TEXT}, {"type": TEXT, "description": TEXT, "fields": _list({})})
SCHEMA_FACET = _facet({"fields": _list(COLUMN)})
DATA_SOURCE = _facet({}, {"name": TEXT, "uri": URI})
TRANSFORMATION = _object(
    {"type": {"enum": ["DIRECT", "INDIRECT"]}},
    {"subtype": TEXT, "description": {"type": "string"}, "masking": {"type": "boolean"}},
)
INPUT_FIELD = _object(
    {"namespace": TEXT, "name": TEXT, "field": TEXT}, {"transformations": _list(TRANSFORMATION)},
)  # fmt: skip
COLUMN_LINEAGE = _facet(
    {"fields": _mapping(_object({"inputFields": _list(INPUT_FIELD)}))}, {"dataset": _list(INPUT_FIELD)},
)  # fmt: skip
INPUT = _object(
    {"namespace": TEXT, "name": TEXT},
    {"facets": _object({"schema": SCHEMA_FACET, "dataSource": DATA_SOURCE}), "inputFacets": _object({})},
)
OUTPUT = _object(
    {"namespace": TEXT, "name": TEXT},
    {
        "facets": _object({"schema": SCHEMA_FACET, "columnLineage": COLUMN_LINEAGE, "dataSource": DATA_SOURCE}),
        "outputFacets": _object({}),
    },
)


def run_event(ours: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of a run event; `ours` are our own facets' schemas by name."""
    run = _object({"nominalTime": _facet({"nominalStartTime": MOMENT}, {"nominalEndTime": MOMENT}),
                   "waybill_release": ours["ReleaseFacet"]})  # fmt: skip
    job = _object(
        {
            "documentation": _facet({"description": TEXT}, {"contentType": TEXT}),
            "jobType": _facet({"processingType": TEXT, "integration": TEXT}, {"jobType": TEXT}),
            "waybill_agreement": ours["AgreementFacet"],
            "waybill_notice": ours["NoticeFacet"],
        }
    )
    return _object(
        {
            "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
            "eventTime": MOMENT,
            "producer": URI,
            "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
            "run": _object({"runId": {"type": "string", "format": "uuid"}, "facets": run}),
            "job": _object({"namespace": TEXT, "name": TEXT, "facets": job}),
            "inputs": _list(INPUT),
            "outputs": _list(OUTPUT),
        }
    )

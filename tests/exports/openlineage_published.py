"""Hold an export against OpenLineage's own files: `python -m tests.exports.openlineage_published SPEC EVENTS`.

SPEC is the folder `spec` of OpenLineage's repository, EVENTS what `waybill lineage --to` wrote. Each event is held
against the schema that it names, and so is each facet; a schema that is not in the folder is a fault. The files are not
copied here: every test run uses `openlineage_spec.py`, and this shows that what it accepts the real ones accept.
"""

import datetime as dt
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from exports.lineage_facets import SCHEMAS

FORMATS = FormatChecker(("uuid",))


@FORMATS.checks("date-time", ValueError)
def _moment(value: object) -> bool:
    return not isinstance(value, str) or dt.datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uri", ValueError)
def _uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


def published(spec: Path) -> Registry:
    """Return the schemas of a folder, and those of our own facets, by the address each gives itself."""
    files = [spec / "OpenLineage.json", *sorted((spec / "facets").glob("*.json")), *sorted(SCHEMAS.glob("*.json"))]
    schemas = [json.loads(file.read_bytes()) for file in files]
    return Registry().with_resources((one["$id"], DRAFT202012.create_resource(one)) for one in schemas)


def faults(event: dict[str, Any], known: Registry) -> list[str]:
    """Return what is wrong with an event and its facets, each with where."""
    return [fault for where, part, schema in _parts(event) for fault in _against(where, part, schema, known)]


def _parts(event: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Give the event and each facet in it, with where it is and the schema it names."""
    yield "event", event, event["schemaURL"]
    for kind in ("run", "job", "inputs", "outputs"):
        held = event[kind] if isinstance(event[kind], list) else [event[kind]]
        for name, facet in ((name, facet) for one in held for name, facet in one.get("facets", {}).items()):
            yield f"{kind}.{name}", facet, facet["_schemaURL"]


def _against(where: str, part: object, schema: str, known: Registry) -> Iterator[str]:
    checker = Draft202012Validator({"$ref": schema}, registry=known, format_checker=FORMATS)
    try:
        for error in checker.iter_errors(part):
            yield f"{where} {'/'.join(map(str, error.absolute_path))}: {error.message}"
    except Unresolvable:
        yield f"{where}: {schema} is not in the folder"


def main(spec: Path, events: Path) -> int:
    """Check a file of events, one a line; say which files it was held against."""
    known = published(spec)
    for file in (spec / "OpenLineage.json", *sorted((spec / "facets").glob("*.json"))):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(spec)}")  # noqa: T201  what it is for
    lines = events.read_text(encoding="utf-8").splitlines()
    found = [f"line {at}, {fault}" for at, line in enumerate(lines, 1) for fault in faults(json.loads(line), known)]
    print("\n".join([*found, f"{len(lines)} events, {len(found)} faults"]))  # noqa: T201
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

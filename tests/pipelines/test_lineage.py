"""Lineage for other programs: valid, complete, the same as Dagster's, and without anybody in it."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest
from jsonschema import Draft202012Validator

from assets.lineage import column_links
from exports.grounds import grounds_of
from exports.lineage_facets import SCHEMAS
from exports.lineage_links import links
from exports.open_lineage import LineageUndelivered, as_json, run_events, to_http
from pipelines.actions import exporting
from pipelines.actions.context import Context
from pipelines.build import build_defs
from pipelines.exit_codes import EXIT_CODES
from tests.exports.openlineage_spec import run_event
from tests.pipelines.front_door import CENSUS

OURS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}


def events(door):
    ctx = Context(door.installation(), "daniel")
    agreements = {one.id: one.agreement for one in ctx.installation.trust.agreements if one.agreement}
    return list(run_events(ctx.installation.ledger, ctx.installation.vault, agreements, exporting.names(ctx)))


def faults(event):
    checker = Draft202012Validator(run_event(OURS), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in checker.iter_errors(event)]


def test_our_own_facets_are_sound_schemas():
    assert set(OURS) == {"AgreementFacet", "NoticeFacet", "ReleaseFacet"}
    for schema in OURS.values():
        Draft202012Validator.check_schema(schema)


def test_every_move_of_a_release_is_a_valid_run_event(sent):
    found = [as_json(event) for event in events(sent)]
    assert [fault for event in found for fault in faults(event)] == []
    ours = [one for one in found if one["job"]["name"] == f"{CENSUS}.900002"]
    assert [one["eventType"] for one in ours] == ["START", "RUNNING", "RUNNING", "COMPLETE"]
    assert len({one["run"]["runId"] for one in ours}) == 1
    states = [one["run"]["facets"]["waybill_release"]["state"] for one in ours]
    assert states == ["prepared", "approved", "sending", "handed over"]


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda event: event.pop("eventTime"), ""),
        (lambda event: event.update(eventType="DONE"), "eventType"),
        (lambda event: event["run"].update(runId="1"), "run/runId"),
        (lambda event: event["run"]["facets"]["waybill_release"].update(pupil="x"), "run/facets/waybill_release"),
        (lambda event: event["job"]["facets"]["waybill_agreement"].update(sha256="x"), "job/facets"),
        (lambda event: event["outputs"][0]["facets"]["columnLineage"].pop("fields"), "outputs/0/facets"),
        (lambda event: event["inputs"][0].update(sample=["x"]), "inputs/0"),
        (lambda event: event.update(eventTime="yesterday"), "eventTime"),
    ],
    ids=["no time", "no such type", "no uuid", "more than declared", "no hash", "no fields", "a sample", "no moment"],
)
def test_the_check_finds_an_event_that_is_not_valid(sent, spoil, where):
    event = as_json(events(sent)[0])
    spoil(event)
    assert any(fault.startswith(where) for fault in faults(event))


def test_each_column_of_the_file_is_linked_to_what_it_is_made_from(sent):
    agreement = next(one.agreement for one in sent.installation().trust.agreements if one.id == CENSUS)
    last = as_json(events(sent)[-1])
    (output,) = last["outputs"]
    linked = {
        column: tuple(f"{one['name'].split('.')[1]}.{one['field']}" for one in made["inputFields"])
        for column, made in output["facets"]["columnLineage"]["fields"].items()
    }
    assert linked == links(grounds_of(agreement))
    assert {field for fields in linked.values() for field in fields} == set(agreement.fields)
    described = {one["name"] for one in output["facets"]["schema"]["fields"]}
    assert described == set(linked)
    told = last["job"]["facets"]
    assert told["waybill_agreement"]["sha256"] == agreement.sha256
    assert told["waybill_notice"]["version"] == "3.2"
    assert set(told["waybill_notice"]["clauses"]) == {line.clause for line in agreement.lines}


def test_dagster_shows_the_same_links(sent):
    agreements = [one for one in sent.installation().trust.agreements if one.id == CENSUS]
    shown = column_links(agreements[0], dg.AssetKey(["census", "tables"]))["dagster/column_lineage"].deps_by_column
    output = as_json(events(sent)[-1])["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert shown.keys() == output.keys()
    for column, deps in shown.items():
        made = [f"{one['name'].split('.')[1]}.{one['field']}" for one in output[column]["inputFields"]]
        assert [dep.column_name for dep in deps] == made
    held = build_defs(sent.settings, clock=lambda: sent.now).get_repository_def().asset_graph
    metadata = held.get(dg.AssetKey([CENSUS, "minimised"])).metadata
    assert metadata["agreement_sha256"] == agreements[0].agreement.sha256
    assert "dagster/column_lineage" in metadata


def test_the_file_transport_writes_one_event_a_line_and_goes_on_where_it_stopped(sent):
    path = sent.home / "lineage.jsonl"
    sent.done("lineage", "--to", str(path), "--as", "daniel")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [as_json(event) for event in events(sent)]
    assert [fault for line in lines for fault in faults(json.loads(line))] == []
    until = sent.installation().ledger.events(exporting.EXPORTED)[-1].body["until"]
    said = sent.done("lineage", "--to", str(path), "--since", str(until), "--as", "daniel").out
    assert "Handed over: 0 run events" in said
    assert path.read_text(encoding="utf-8").splitlines() == lines


class Catalogue(BaseHTTPRequestHandler):
    """An OpenLineage endpoint on this machine."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Authorization"], json.loads(body)))
        self.send_response(self.server.answers)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def catalogue():
    server = HTTPServer(("127.0.0.1", 0), Catalogue)
    server.received, server.answers = [], 201
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_http_transport_posts_the_same_events_with_the_key(sent, catalogue, monkeypatch):
    monkeypatch.setenv("CATALOGUE_KEY", "k-1")
    url = f"http://127.0.0.1:{catalogue.server_port}"
    sent.done("lineage", "--url", url, "--key-ref", "env:CATALOGUE_KEY", "--as", "daniel")
    paths, keys, bodies = zip(*catalogue.received, strict=True)
    assert set(paths) == {"/api/v1/lineage"}
    assert set(keys) == {"Bearer k-1"}
    assert list(bodies) == [as_json(event) for event in events(sent)]


def test_a_catalogue_that_refuses_or_is_away_loses_nothing(sent, catalogue):
    catalogue.answers = 400
    before = len(sent.installation().ledger.events(exporting.EXPORTED))
    url = f"http://127.0.0.1:{catalogue.server_port}"
    assert sent.run("lineage", "--url", url, "--as", "daniel").code == EXIT_CODES["lineage_undelivered"]
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    assert sent.run("lineage", "--url", away, "--as", "daniel").code == EXIT_CODES["lineage_undelivered"]
    assert len(sent.installation().ledger.events(exporting.EXPORTED)) == before


def test_nothing_goes_over_the_network_in_the_open():
    with pytest.raises(LineageUndelivered, match="https"):
        to_http("http://catalogue.example")


def test_no_pupil_and_no_count_of_pupils_is_in_an_event(sent):
    from exports.readings import newest_reading  # noqa: PLC0415  for this test alone

    text = json.dumps([as_json(event) for event in events(sent)])
    tables = newest_reading(sent.installation().vault, "900002", "2026-autumn").tables
    pupil = tables["pupil"]
    values = {str(value) for name in ("upn", "surname", "forename", "dob") for value in pupil[name].dropna()}
    assert len(values) > 60
    assert [value for value in values if f'"{value}"' in text or (len(value) > 8 and value in text)] == []
    assert sent.waybill().file_sha256 not in text

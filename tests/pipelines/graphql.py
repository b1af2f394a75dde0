"""Dagster's web server as a program outside meets it, every answer kept to be looked through."""

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

LOCATION = {"repositoryLocationName": "waybill", "repositoryName": "__repository__"}
FINISHED = frozenset({"SUCCESS", "FAILURE", "CANCELED"})
_LAUNCHED = """
    __typename
    ... on LaunchRunSuccess { run { runId tags { key value } } }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on PythonError { message stack }
"""
_LAUNCH = f"mutation($params: ExecutionParams!) {{ launchRun(executionParams: $params) {{ {_LAUNCHED} }} }}"
_AGAIN = (
    f"mutation($params: ReexecutionParams) {{ launchRunReexecution(reexecutionParams: $params) {{ {_LAUNCHED} }} }}"
)
_RUN = (
    "query($id: ID!) { runOrError(runId: $id) { __typename ... on Run { status runConfigYaml tags { key value } } } }"
)
_LOGS = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
    __typename
    ... on MessageEvent { message stepKey }
    ... on ExecutionStepFailureEvent {
        error { message stack cause { message stack } }
        failureMetadata { description metadataEntries { label ... on TextMetadataEntry { text } } }
    }
    ... on MaterializationEvent {
        metadataEntries { label ... on TextMetadataEntry { text } ... on JsonMetadataEntry { jsonString } }
    }
} } } }"""


@dataclass
class GraphQL:
    """One client; `said` is the text of every answer so far."""

    url: str
    said: list[str] = field(default_factory=list)

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        self.said.append(answer.text)
        assert "errors" not in answer.json(), answer.text[:2000]
        return answer.json()["data"]

    def launch(
        self,
        job: str,
        tags: Mapping[str, str],
        config: object = None,
        assets: Iterable[tuple[str, str]] = (),
    ) -> dict[str, Any]:
        selected = {"assetSelection": [{"path": list(path)} for path in assets]} if assets else {}
        params = {
            "selector": {**LOCATION, "jobName": job, **selected},
            "runConfigData": config or {},
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        return self.ask(_LAUNCH, params=params)["launchRun"]

    def again(self, run_id: str, strategy: str) -> dict[str, Any]:
        return self.ask(_AGAIN, params={"parentRunId": run_id, "strategy": strategy})["launchRunReexecution"]

    def of_backfill(self, backfill: str, count: int, within: float = 120) -> list[str]:
        """The runs that the daemon makes of a backfill, once there are so many."""
        query = """query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs { results { runId } } } }"""
        wanted = {"tags": [{"key": "dagster/backfill", "value": backfill}]}
        deadline, pause = time.monotonic() + within, threading.Event()
        while len(found := self.ask(query, filter=wanted)["runsOrError"]["results"]) < count:
            assert time.monotonic() < deadline, "the daemon makes no runs of the backfill"
            pause.wait(0.5)
        return [run["runId"] for run in found]

    def ends(self, run_id: str, within: float = 240) -> str:
        """The status in which a run ends; the status it has when the time is over."""
        deadline, pause = time.monotonic() + within, threading.Event()
        while (status := self.run(run_id)["status"]) not in FINISHED and time.monotonic() < deadline:
            pause.wait(0.25)
        return status

    def run(self, run_id: str) -> dict[str, Any]:
        return self.ask(_RUN, id=run_id)["runOrError"]

    def refusals(self, run_id: str) -> list[tuple[str, str]]:
        """Code and words of each step of a run that was refused."""
        events = self.ask(_LOGS, id=run_id)["logsForRun"]["events"]
        failures = [event["failureMetadata"] for event in events if event.get("failureMetadata")]
        return [
            (next(entry["text"] for entry in one["metadataEntries"] if entry["label"] == "code"), one["description"])
            for one in failures
        ]

    def text(self) -> bytes:
        return "\n".join([*self.said, json.dumps(self.said)]).encode()

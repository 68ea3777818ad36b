"""Generated requests against a real server: its answers are what the documents say, and never a 5xx.

`make contract` asks for many more requests; the official document is judged with where
`PAULTRAP_OFFICIAL_OPENAPI`, and an overlay in `PAULTRAP_OFFICIAL_OVERLAY`, name its files.
"""

import json
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import yaml
from harness import RunningServer
from harness.overlay import overlaid
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

_log = logging.getLogger(__name__)

EXAMPLES = int(os.environ.get("PAULTRAP_CONTRACT_EXAMPLES", "12"))
SEED = int(os.environ.get("PAULTRAP_CONTRACT_SEED", "1"))
OFFICIAL = os.environ.get("PAULTRAP_OFFICIAL_OPENAPI")
OVERLAY = os.environ.get("PAULTRAP_OFFICIAL_OVERLAY")

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
# Small, so that no generated job keeps the worker busy.
LIMITS = {"PAULTRAP_MAX_QUBITS": "4", "PAULTRAP_MAX_SHOTS": "600"}
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
# A job that each version takes: too few that are generated are right in all of their fields.
RIGHT: dict[str, dict[str, Any]] = {
    "/v0.3": {"target": "simulator"},
    "/v0.4": {"backend": "simulator", "type": "ionq.circuit.v1"},
}
KINDS: list[dict[str, Any]] = [
    {},
    {"shots": 50, "noise": {"model": "aria-1", "seed": 1}},
    {"shots": 600, "backend": "qpu.aria-1"},
    {"backend": "qpu.forte-1", "dry_run": True},
]

Words = dict[str, list[str]]
Counts = Counter[tuple[str, str, int]]  # by method, path and status
# What ends jobs comes last, and finds its own.
ORDER = ["get", "post", "put", "delete"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in LIMITS.items():
            patch.setenv(name, value)
        running = RunningServer(tmp_path_factory.mktemp("documents")).start()
    running.become_admin()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def known_words(server: RunningServer) -> Callable[[], Words]:
    """Return what makes jobs of every kind and returns words for paths that the server knows."""

    def make() -> Words:
        with server.client() as client:
            jobs = [each for kind in KINDS for each in _submit(client, kind)]
            backends = [each["backend"] for each in client.get("/v0.4/backends").json()]
            machine = client.get("/v0.4/backends/qpu.aria-1").json()
            sessions = [_session(client) for _ in range(3)]
            client.post(f"/v0.4/sessions/{sessions[0]}/end")
            organization = client.get("/v0.4/sessions").json()["organization_id"]
            artifacts = {key for job in jobs for key in _artifacts(job)}
        return {
            "job_id": [job["id"] for job in jobs],
            "session_id": sessions,
            "organization_id": [organization],
            "backend": backends,
            "characterization_id": [machine["characterization_id"]],
            "artifact_id": sorted(artifacts),
            "format_id": sorted(key for key in artifacts if key.startswith("ionq.")),
            "part": ["v0.3", "v0.4", "paultrap"],
        }

    return make


def _session(client: httpx.Client) -> str:
    session_id: str = client.post("/v0.4/sessions", json={"backend": "simulator"}).json()["id"]
    return session_id


def _submit(client: httpx.Client, kind: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a finished job of one circuit, one of two, and the children of that one."""
    single = {"type": "ionq.circuit.v1", "input": {"qubits": 2, "circuit": BELL}}
    several = {
        "type": "ionq.multi-circuit.v1",
        "input": {"qubits": 2, "circuits": [{"circuit": BELL}] * 2},
    }
    for body in (single, several):
        created = client.post("/v0.4/jobs", json={"backend": "simulator"} | body | kind)
        job = _finished(client, created.json()["id"])
        yield job
        for child in job["child_job_ids"] or []:
            yield _finished(client, child)


def _finished(client: httpx.Client, job_id: str) -> dict[str, Any]:
    while True:
        job: dict[str, Any] = client.get(f"/v0.4/jobs/{job_id}").json()
        if job["status"] in {"completed", "failed", "canceled"}:
            return job


def _artifacts(job: Any) -> Iterator[str]:
    if isinstance(job, dict):
        if "media_type" in job:
            yield job["id"]
        for each in job.values():
            yield from _artifacts(each)
    if isinstance(job, list):
        for each in job:
            yield from _artifacts(each)


def closed(value: Any) -> Any:
    """Return a document in which no object of an answer has a field that is not described."""
    if isinstance(value, list):
        return [closed(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: each if key == "requestBody" else closed(each) for key, each in value.items()}
    if found.get("type") == "object" and isinstance(found.get("properties"), dict):
        found.setdefault("additionalProperties", False)
    return found


def opened(value: Any) -> Any:
    """Return a document in which objects may have more fields than it describes."""
    if isinstance(value, list):
        return [opened(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: opened(each)
        for key, each in value.items()
        if not (key == "additionalProperties" and each is False)
    }


def ask(
    server: RunningServer,
    document: dict[str, Any],
    words: Callable[[], Words],
    judge: Callable[[Case, Any], None],
) -> Counts:
    """Send generated requests, right and wrong ones, to each operation; count the answers."""
    counts: Counts = Counter()
    failures: list[Exception] = []
    found = [each.ok() for each in schemathesis.openapi.from_dict(document).get_all_operations()]
    shared = words()
    for operation in sorted(found, key=lambda each: ORDER.index(each.method.lower())):
        own = words() if operation.method.lower() in {"put", "delete"} else shared
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = operation.as_strategy(generation_mode=mode)
            try:
                _ask_one(server, cases, own, judge, counts)
            except Unsatisfiable:  # What takes nothing cannot be asked wrongly.
                continue
            except Exception as error:  # noqa: BLE001 - all operations are to be judged.
                failures.append(error)
        if (operation.method.upper(), operation.path) == ("POST", "/jobs"):
            _submit_rightly(server, operation, judge, counts)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of the operations answer otherwise", failures)
    return counts


def _submit_rightly(
    server: RunningServer, operation: Any, judge: Callable[[Case, Any], None], counts: Counts
) -> None:
    case = operation.Case(media_type="application/json")
    case.body = RIGHT[_base(case)] | {"input": {"qubits": 2, "circuit": BELL}}
    response = case.call(base_url=server.url + _base(case), headers=server.headers, timeout=60)
    counts["POST", "/jobs", response.status_code] += 1
    judge(case, response)


def _ask_one(
    server: RunningServer,
    cases: st.SearchStrategy[Case],
    words: Words,
    judge: Callable[[Case, Any], None],
    counts: Counts,
) -> None:
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, data=st.data())
    def send(case: Case, data: st.DataObject) -> None:
        for name in case.path_parameters or {}:
            if name in words and data.draw(st.integers(0, 9)):
                case.path_parameters[name] = data.draw(st.sampled_from(words[name]))
        _tame_query(case.query, words, data)
        for sent, name in ((case.query, "after"), (case.headers, "If-Match")):
            # What is random names no child, and no result.
            if sent and name in sent and data.draw(st.integers(0, 9)):
                del sent[name]
        # Of wrong requests, most are to be wrong in another place than the key.
        _tame(case.body, words, data)
        headers = server.headers if data.draw(st.integers(0, 9)) else {"Authorization": "Bearer x"}
        response = case.call(base_url=server.url + _base(case), headers=headers, timeout=60)
        counts[case.method.upper(), case.operation.path, response.status_code] += 1
        judge(case, response)

    send()


def _tame_query(query: Any, words: Words, data: st.DataObject) -> None:
    if query and "backend" in query and data.draw(st.integers(0, 9)):
        query["backend"] = data.draw(st.sampled_from(words["backend"]))
        query.pop("shots", None)
    if query and {"start_date", "end_date"} <= set(query) and data.draw(st.integers(0, 9)):
        # Of two random days, the second is too often the earlier one.
        query |= {"start_date": "2025-01-01", "end_date": "2099-12-31"}


def _tame(body: Any, words: Words, data: st.DataObject) -> None:
    """Make more bodies meaningful: a width that fits the gates, ids that there are."""
    if not isinstance(body, dict):
        return
    if isinstance(body.get("input"), dict):
        # Few generated circuits are right in all of their gates.
        change = data.draw(st.sampled_from(["nothing", "width", "circuit"]))
        if change != "nothing":
            body["input"].pop("qubits", None)
        if change == "circuit":
            key = "circuits" if "circuits" in body["input"] else "circuit"
            body["input"] |= {
                "gateset": "qis",
                key: BELL if key == "circuit" else [{key[:-1]: BELL}],
            }
    if {"backend", "target"} <= body.keys() and data.draw(st.integers(0, 9)):
        del body["backend"]  # The two names of one field are hardly ever generated alike.
    if "session_id" in body and data.draw(st.integers(0, 9)):
        body["session_id"] = data.draw(st.sampled_from([None] * 9 + words["session_id"]))
    if isinstance(body.get("ids"), list) and data.draw(st.booleans()):
        body["ids"] = data.draw(st.lists(st.sampled_from(words["job_id"]), max_size=2))


def _base(case: Case) -> str:
    path: str = case.operation.schema.raw_schema["servers"][0]["url"]
    return httpx.URL(path).path.rstrip("/")


@pytest.mark.parametrize("name", ["v0.4", "v0.3", "paultrap"])
def test_answers_are_what_the_servers_own_document_says(server, known_words, name):
    document = closed(httpx.get(f"{server.url}/{name}/api-docs").json())

    counts = ask(
        server, document, known_words, lambda case, answer: case.validate_response(answer, CHECKS)
    )

    # Were all requests refused, nothing would be shown.
    asked = {(method, path) for method, path, _ in counts}
    answered = {(method, path) for method, path, status in counts if status < 300}
    # Circuits are gone for good, hardly any job waits long enough to be moved, and none has failed
    # circuits to be run again.
    never = {("GET", "/jobs/{job_id}/circuits/{lang}"), ("POST", "/jobs/{job_id}/move")}
    never.add(("POST", "/paultrap/jobs/{job_id}/retry"))
    assert asked - answered - never == set()
    _log.info("%s: %d requests to %d operations", name, counts.total(), len(asked))


def _correct(document: dict[str, Any]) -> None:
    """Change what the official document has wrong and its overlay does not correct; see quirks.md."""
    timing = document["components"]["schemas"]["Characterization"]["properties"]["timing"]
    for each in timing["properties"].values():
        each["type"] = "number"  # integers there, with examples that are none
    listed = document["components"]["responses"]["ListCharacterizations"]
    page = listed["content"]["application/json"]["schema"]
    page["properties"]["characterizations"]["nullable"] = True  # null, seen live
    document["components"]["schemas"]["GetResultsResponse"] = {}  # the aggregate too


@pytest.mark.skipif(OFFICIAL is None, reason="PAULTRAP_OFFICIAL_OPENAPI names no document")
def test_answers_are_what_the_official_document_says(server, known_words):
    document = json.loads(Path(str(OFFICIAL)).read_text())
    if OVERLAY is not None:
        document = overlaid(document, yaml.safe_load(Path(OVERLAY).read_text()))

    _correct(document)

    def words() -> Words:
        found = known_words()
        names = {"UUID": "job_id", "artifactId": "artifact_id", "format": "format_id"}
        return found | {theirs: found[ours] for theirs, ours in names.items()}

    def judge(case: Case, answer: Any) -> None:
        # It documents few errors, and quirks.md lists what stands beside its fields.
        succeeded = answer.status_code < 300
        case.validate_response(answer, CHECKS if succeeded else [not_a_server_error])

    counts = ask(server, opened(document), words, judge)

    asked = {(method, path) for method, path, _ in counts}
    _log.info("official: %d requests to %d operations", counts.total(), len(asked))

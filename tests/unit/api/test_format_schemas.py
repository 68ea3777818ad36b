"""Version 0.4: every payload is what the schema that the server itself hands out says."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

RESULTS = [
    f"ionq.result.{kind}.json.{version}"
    for kind in ("probabilities", "histogram", "shots")
    for version in ("v1", "v2")
]
AGGREGATE = "ionq.result.probabilities-aggregate.json.v1"
NATIVE = "ionq.native.v1"
QASM3 = "ionq.qasm3.v1"
CHILD = "06a2099c-f845-7208-8000-8111ee2dccbc"

# The examples of the public catalogue of formats.
EXAMPLES: dict[str, Any] = {
    "ionq.result.probabilities.json.v1": {"0": 0.5, "1": 0.25, "3": 0.25},
    "ionq.result.probabilities.json.v2": {
        "probabilities": {"registers": {"output_all": {"11": 0.5, "00": 0.5}}}
    },
    "ionq.result.histogram.json.v1": {"0": 500, "1": 250, "3": 250},
    "ionq.result.histogram.json.v2": {
        "histogram": {"registers": {"output_all": {"11": 500, "00": 500}}}
    },
    "ionq.result.shots.json.v1": ["2", "1", "3", "0"],
    "ionq.result.shots.json.v2": {
        "shots": [{"registers": {"output_all": [1, 0]}}, {"registers": {"output_all": [0, 1]}}]
    },
    AGGREGATE: {CHILD: {"2": 1}},
    NATIVE: {"qubits": 2, "circuit": [{"gate": "gpi2", "target": 0, "phase": 0.75}]},
    QASM3: "OPENQASM 3.0; qubit q;",
}

WRONG: list[tuple[str, Any]] = [
    ("ionq.result.probabilities.json.v1", {"0": 1.5}),
    ("ionq.result.probabilities.json.v1", {"01": 1}),
    ("ionq.result.probabilities.json.v1", {"0": "1"}),
    ("ionq.result.probabilities.json.v2", {"0": 1}),
    ("ionq.result.probabilities.json.v2", {"probabilities": {"registers": {"c": {"2": 1}}}}),
    ("ionq.result.histogram.json.v1", {"0": 0.5}),
    ("ionq.result.histogram.json.v2", {"histogram": {"0": 5}}),
    ("ionq.result.shots.json.v1", [2, 1]),
    ("ionq.result.shots.json.v1", {"0": 1}),
    ("ionq.result.shots.json.v2", {"shots": [{"registers": {"c": [0, 2]}}]}),
    ("ionq.result.shots.json.v2", {"shots": [{"registers": {}, "more": 1}]}),
    (AGGREGATE, {"0": 0.5}),
    (AGGREGATE, {CHILD: {"x": 0.5}}),
    (NATIVE, {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]}),
    (NATIVE, {"qubits": 1, "circuit": [{"gate": "gpi", "target": 0}]}),
    (NATIVE, {"qubits": 0, "circuit": []}),
    (QASM3, {"data": "OPENQASM 3.0;"}),
]


@pytest.fixture
def schema_of(client):
    def read(name: str) -> dict[str, Any]:
        answer = client.get(f"/v0.4/schemas/formats/{name}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


@pytest.fixture
def check(client, schema_of):
    """Fetch a path and hold its answer to the schema of a format."""

    def check(path: str, name: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        Draft7Validator(schema_of(name)).validate(answer.json())

    return check


@pytest.fixture
def submitted(client, submit, bell_v04, batch_v04):
    """Submit one circuit or several; return the job."""

    def post(extra: dict[str, Any], *, several: bool) -> dict[str, Any]:
        job_id = submit((batch_v04 if several else bell_v04) | extra)
        return client.get(f"/v0.4/jobs/{job_id}").json()

    return post


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_schema_is_a_document_that_takes_the_published_example(schema_of, name):
    schema = schema_of(name)

    assert (schema["$schema"], schema["$id"]) == ("https://json-schema.org/draft-07/schema", name)
    assert schema["type"] == {list: "array", dict: "object", str: "string"}[type(EXAMPLES[name])]
    assert schema["description"]
    Draft7Validator.check_schema(schema)
    Draft7Validator(schema).validate(EXAMPLES[name])


@pytest.mark.parametrize(("name", "payload"), WRONG)
def test_a_schema_refuses_what_is_not_of_its_format(schema_of, name, payload):
    assert not Draft7Validator(schema_of(name)).is_valid(payload)


@pytest.mark.parametrize("name", ["ionq.mir.v1", "ionq.native.v2", "x" * 3000, "%00"])
def test_an_unknown_format_is_a_404(client, name):
    answer = client.get(f"/v0.4/schemas/formats/{name}")

    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


def test_a_schema_takes_a_key(client):
    answer = client.get(f"/v0.4/schemas/formats/{NATIVE}", headers={"authorization": ""})

    assert answer.status_code == 401


def described(job: Any) -> Iterator[dict[str, str]]:
    """Yield every descriptor of an artifact anywhere in a job."""
    if isinstance(job, dict):
        if {"id", "format", "media_type"} <= job.keys():
            yield job
        for value in job.values():
            yield from described(value)
    if isinstance(job, list):
        for value in job:
            yield from described(value)


SHOTS = {"shots": 600}
NOISY = SHOTS | {"noise": {"model": "aria-1", "seed": 5}}
QPU = SHOTS | {"backend": "qpu.aria-1"}
VARIANTS = 16


@pytest.mark.parametrize(
    "case",
    [
        ({}, {*RESULTS[:2]}),
        (NOISY, {*RESULTS}),
        (QPU, {*RESULTS, NATIVE}),
        (QPU | {"shots": 100}, {*RESULTS, NATIVE}),
        (QPU | {"dry_run": True}, {NATIVE}),
        ({"backend": "qpu.forte-1"}, {*RESULTS, NATIVE}),
    ],
)
@pytest.mark.parametrize("several", [False, True])
def test_every_artifact_is_of_its_format(client, submitted, check, case, several):
    extra, formats = case
    parent = submitted(extra, several=several)
    jobs = [client.get(f"/v0.4/jobs/{each}").json() for each in parent["child_job_ids"] or []]

    assert len(jobs) == (2 if several else 0)
    for job in jobs or [parent]:
        found = list(described(job))
        assert {each["format"] for each in found} == formats
        assert all(each["media_type"] == "application/json" for each in found)
        for each in found:
            check(f"/v0.4/jobs/{job['id']}/artifacts/{each['id']}", each["format"])
            if "url" in each:
                check(each["url"], each["format"])
    if several and not parent["dry_run"]:
        both = list(described(parent))
        assert {each["format"] for each in both} == {AGGREGATE}
        for each in both:
            check(f"/v0.4/jobs/{parent['id']}/artifacts/{each['id']}", AGGREGATE)
        check(parent["results"]["probabilities"]["url"], AGGREGATE)


def test_the_variants_and_aggregations_of_a_debiased_job_are_among_them(client, submit, bell_v04):
    job = client.get(f"/v0.4/jobs/{submit(bell_v04 | QPU)}").json()

    ids = [each["id"] for each in described(job["output"]["error_mitigation"])]

    assert len(ids) == len(set(ids)) == 3 * VARIANTS + 4


@pytest.mark.parametrize("gate", ["ms", "zz"])
def test_a_native_artifact_is_a_circuit_to_submit_again(client, submit, bell_v04, gate):
    backend = {"ms": "qpu.aria-1", "zz": "qpu.forte-1"}[gate]
    job_id = submit(bell_v04 | {"backend": backend})
    compiled = client.get(f"/v0.4/jobs/{job_id}/artifacts/{NATIVE}").json()
    again = copy.deepcopy(bell_v04) | {"backend": backend}
    again["input"] = {"gateset": "native", **compiled}

    assert gate in json.dumps(compiled)
    second = submit(again)
    assert client.get(f"/v0.4/jobs/{second}/artifacts/{NATIVE}").json() == compiled

"""The server's documents of itself, and the page to read them."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from litestar.routes import HTTPRoute

from paultrap.api.documents.parts import PARTS

DOCUMENTS = {"v0.4": "/v0.4/api-docs", "v0.3": "/v0.3/api-docs", "paultrap": "/paultrap/api-docs"}
NO_KEY = {"authorization": ""}


@pytest.fixture
def documents(client):
    return {name: client.get(path).json() for name, path in DOCUMENTS.items()}


@pytest.fixture
def body_of(documents):
    """Return what validates the body of a submission."""
    return lambda version: strict(
        documents[version], documents[version]["paths"]["/jobs"]["post"]["requestBody"]
    )


@pytest.fixture
def answer_of(documents):
    """Return what validates the answer to a GET."""
    return lambda version, path: strict(
        documents[version], documents[version]["paths"][path]["get"]["responses"]["200"]
    )


def strict(document: dict[str, Any], holder: dict[str, Any]) -> Draft202012Validator:
    """Return what validates against a schema of a document; objects have nothing undescribed."""
    schema = holder["content"]["application/json"]["schema"]
    return Draft202012Validator(closed(schema | {"components": document["components"]}))


def closed(schema: Any) -> Any:
    """Return a schema whose objects have the fields that it describes and no others."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "properties" in found and isinstance(found.get("type"), str):
        found.setdefault("additionalProperties", False)
    return found


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    prefix = document["servers"][0]["url"].rstrip("/")
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield prefix + path, method.upper(), operation


def schemas_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("schema"), dict):
            yield value["schema"]
        for each in value.values():
            yield from schemas_in(each)
    if isinstance(value, list):
        for each in value:
            yield from schemas_in(each)


def test_every_route_is_in_a_document_and_nothing_else_is(client, documents):
    routes = {
        (route.path_format, method)
        for route in client.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"HEAD", "OPTIONS"}
    }

    described = [
        (path, method)
        for document in documents.values()
        for path, method, _ in operations_of(document)
    ]

    assert sorted(described) == sorted(routes)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_description_is_left_of_a_route_that_is_gone(documents, name):
    ids = {operation["operationId"] for _, _, operation in operations_of(documents[name])}

    assert PARTS[name].operations.keys() == ids


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_openapi_whose_schemas_are_sound(documents, name):
    document = documents[name]
    components = document["components"]["schemas"]
    text = json.dumps(document)

    assert document["openapi"].startswith("3.1")
    for schema in [*components.values(), *schemas_in(document["paths"])]:
        Draft202012Validator.check_schema(schema)
    references = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert references <= components.keys()
    for path, method, operation in operations_of(document):
        words = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        parameters = operation.get("parameters", [])
        assert {each["name"] for each in parameters if each["in"] == "path"} == words
        assert len({(each["in"], each["name"]) for each in parameters}) == len(parameters)
        assert operation["summary"].endswith("."), (path, method)
        assert operation["responses"]


@pytest.mark.parametrize("path", ["/docs", "/docs/v0.3", "/docs/paultrap", *DOCUMENTS.values()])
def test_documents_and_pages_need_no_key(client, path):
    assert client.get(path, headers=NO_KEY).status_code == 200


def test_a_document_asks_for_a_key_where_the_server_does(client, documents):
    for document in documents.values():
        for path, method, operation in operations_of(document):
            answer = client.request(method, path.replace("{", "").replace("}", ""), headers=NO_KEY)
            assert (answer.status_code == 401) == ("security" in operation), (method, path)
            assert str(answer.status_code) in operation["responses"], (method, path)


def test_a_document_states_the_limits_of_the_server(documents, settings):
    body = documents["v0.4"]["paths"]["/jobs"]["post"]["requestBody"]["content"]
    single, several, program, *_ = body["application/json"]["schema"]["oneOf"]

    assert single["properties"]["shots"]["maximum"] == settings.max_shots
    for circuit in single["properties"]["input"]["oneOf"]:
        assert circuit["properties"]["qubits"]["maximum"] == settings.max_qubits
    circuits = several["properties"]["input"]["properties"]["circuits"]
    assert circuits["maxItems"] == settings.max_circuits
    text = program["properties"]["input"]["properties"]["data"]
    assert text["maxLength"] == settings.max_program_bytes


GATES: list[tuple[dict[str, Any], bool]] = [
    ({"gate": "h", "target": 0}, True),
    ({"gate": "sdg", "targets": [0]}, True),
    ({"gate": "x", "target": 0, "controls": [1, 2]}, True),
    ({"gate": "z", "target": 0, "control": 1, "rotation": 0.5}, True),
    ({"gate": "cnot", "target": 0, "control": 1}, True),
    ({"gate": "swap", "targets": [0, 1]}, True),
    ({"gate": "zz", "targets": [0, 1], "rotation": 1}, True),
    (
        {
            "gate": "pauliexp",
            "targets": [0, 1],
            "terms": ["XX"],
            "coefficients": [0.5],
            "time": 1,
        },
        True,
    ),
    ({"gate": "h"}, False),
    ({"gate": "rx", "target": 0}, False),
    ({"gate": "cnot", "target": 0}, False),
    ({"gate": "swap", "targets": [0]}, False),
    ({"gate": "swap", "target": 0}, False),
    ({"gate": "u3", "target": 0}, False),
    ({"gate": "h", "target": -1}, False),
]


@pytest.mark.parametrize(("gate", "is_right"), GATES)
def test_the_schema_of_a_gate_takes_what_the_server_takes(
    client, body_of, bell_v04, gate, is_right
):
    bell_v04["input"] |= {"qubits": 3, "circuit": [gate]}

    assert body_of("v0.4").is_valid(bell_v04) is is_right
    assert client.post("/v0.4/jobs", json=bell_v04).is_success is is_right


NATIVE = [
    {"gate": "gpi", "target": 0, "phase": 0.1},
    {"gate": "gpi2", "targets": [0], "phase": 0.1},
    {"gate": "ms", "targets": [0, 1], "phases": [0, 0.5]},
    {"gate": "ms", "targets": [0, 1], "phases": [0, 0.5], "angle": 0.1},
    {"gate": "zz", "targets": [0, 1], "angle": 0.1},
    {"gate": "nop", "targets": [0, 1]},
]


def test_the_schema_of_a_submission_takes_jobs_of_all_forms(
    client, body_of, founding_job, batch_v04
):
    forms = {
        "v0.3": [
            founding_job,
            {"input": {"circuit": []}},
            {"input": [{"circuit": []}, {"circuit": []}]},
        ],
        "v0.4": [
            batch_v04,
            batch_v04 | {"noise": {"model": "aria-1", "seed": None}, "shots": 5},
            {
                "type": "ionq.circuit.v1",
                "backend": "qpu",
                "metadata": {"a": "b"},
                "name": "native",
                "input": {"gateset": "native", "qubits": 2, "circuit": []},
            },
            {
                "type": "ionq.circuit.v1",
                "backend": "simulator",
                "input": {"gateset": "native", "qubits": 2, "circuit": NATIVE},
            },
        ],
    }
    for version, jobs in forms.items():
        for job in jobs:
            body_of(version).validate(job)
            assert client.post(f"/{version}/jobs", json=job).is_success


QASM = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\nc = measure q;\n'
ENERGY: dict[str, Any] = {
    "data": {
        "type": "hamiltonian-energy",
        "data": {
            "hamiltonian": [{"pauli_string": "ZI", "coefficient": 1}],
            "ansatz": {"data": QASM.replace("c = measure q;\n", "").replace("bit[2] c;\n", "")},
            "linear_constraints": [{"coeffs": [1, 1], "rhs": 1}],
            "quadratic_constraints": None,
            "cvar_alpha": 0.5,
        },
    },
    "params": [],
}
MAXCUT: dict[str, Any] = {
    "problem_type": "maxcut",
    "problem": {
        "directed": False,
        "multigraph": False,
        "graph": [],
        "nodes": [{"id": 0}, {"id": "b"}],
        "adjacency": [[{"id": "b", "weight": 2}], [{"id": 0, "weight": 2}]],
    },
}
CREDENTIALS = {"external_settings": {"api_credentials": "any"}}
OTHERS: list[tuple[str, Any, dict[str, Any]]] = [
    ("ionq.qasm3.v1", {"data": QASM}, {}),
    ("ionq.qasm2.v1", {"data": QASM}, {}),
    ("ionq.qir.v1", {"data": "QkPA3g=="}, {}),
    ("quantum-function", ENERGY, {"shots": 100}),
    ("qctrl.qaoa.v1", MAXCUT, CREDENTIALS),
]
WRONG: list[tuple[str, Any, dict[str, Any]]] = [
    ("ionq.qasm3.v1", {"data": ""}, {}),
    ("ionq.qasm2.v1", {"data": ""}, {}),
    ("ionq.qasm3.v1", {"qubits": 2}, {}),
    ("ionq.qir.v1", {}, {}),
    ("quantum-function", {"data": ENERGY["data"] | {"type": "another"}}, {}),
    ("quantum-function", {"params": []}, {}),
    ("qctrl.qaoa.v1", MAXCUT, {}),
    ("qctrl.qaoa.v1", MAXCUT | {"problem_type": "tsp"}, CREDENTIALS),
]


@pytest.mark.parametrize(
    ("sent", "is_right"),
    [*((each, True) for each in OTHERS), *((each, False) for each in WRONG)],
)
def test_the_schema_of_a_submission_takes_programs_and_functions_as_the_server_does(
    client, body_of, sent, is_right
):
    job_type, source, more = sent
    job = {"type": job_type, "backend": "simulator", "input": source} | more

    assert body_of("v0.4").is_valid(job) is is_right
    assert client.post("/v0.4/jobs", json=job).is_success is is_right


@pytest.mark.parametrize("form", ["qasm", "openqasm", "ionq.qasm3.v1", "qasm2", "ionq.qasm2.v1"])
def test_the_schema_of_a_v03_submission_takes_programs(client, body_of, form):
    job = {"input": {"format": form, "data": QASM}}

    body_of("v0.3").validate(job)
    assert client.post("/v0.3/jobs", json=job).is_success


def test_an_artifact_has_one_of_the_media_types_that_are_described(client, documents, submit):
    job = {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": QASM}}
    job_id = submit(job)
    path = documents["v0.4"]["paths"]["/jobs/{job_id}/artifacts/{artifact_id}"]

    described = path["get"]["responses"]["200"]["content"]

    answer = client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.qasm3.v1")
    assert answer.text == QASM
    assert answer.headers["content-type"].split(";")[0] == "text/plain"
    assert set(described) == {"application/json", "text/plain", "application/octet-stream"}
    assert "text/plain" in client.get("/docs/v0.4").text


EXTRAS: list[dict[str, Any]] = [
    {},
    {"name": "n", "metadata": {"a": "b"}, "dry_run": True},
    {"noise": {"model": "aria-1", "seed": 4}, "shots": 50},
    {"on": "qpu.aria-1", "shots": 600},
    {"on": "qpu.forte-1", "shots": 600, "dry_run": True},
]


@pytest.fixture(params=["completed", "ready", "failed"])
def state(request, bench) -> str:
    """Let every job come to one state."""
    bench.works = request.param != "ready"
    bench.fails_with = ("SimulationError", ": it failed.") if request.param == "failed" else None
    return request.param


@pytest.fixture
def forms(batch_v04, founding_job):
    """Return one job of several circuits as each version writes it."""
    return {
        "v0.4": (batch_v04, "backend", "child_job_ids"),
        "v0.3": (founding_job, "target", "children"),
    }


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.usefixtures("state")
def test_jobs_have_the_fields_that_the_documents_describe(client, submit, answer_of, forms, extra):
    on = extra.get("on", "simulator")
    more = {key: value for key, value in extra.items() if key != "on"}
    for version, (job, field, children) in forms.items():
        parent = submit(job | more | {field: on})
        ids = client.get(f"/{version}/jobs/{parent}").json()[children]
        for each in [parent, *ids]:
            job_validator = answer_of(version, "/jobs/{job_id}")
            job_validator.validate(client.get(f"/{version}/jobs/{each}").json())
        answer_of(version, "/jobs").validate(client.get(f"/{version}/jobs").json())


class Reader(HTMLParser):
    """Checks that tags are closed in order, and collects what a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "input"}:
            self.open.append(tag)
        values = dict(attrs)
        self.ids |= {values["id"]} if "id" in values else set()
        self.links |= {values[key] for key in ("href", "src", "action") if key in values}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_page_shows_every_operation_and_needs_nothing_else(client, documents, name):
    answer = client.get(f"/docs/{name}")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    reader = Reader()
    reader.feed(answer.text)
    assert reader.open == []
    for path, _, operation in operations_of(documents[name]):
        assert operation["operationId"] in reader.ids
        assert f"<code>{path}</code>" in answer.text
    inside = {link[1:] for link in reader.links if link.startswith("#")}
    assert inside <= reader.ids
    others = {link for link in reader.links if not link.startswith("#")}
    assert others == {*(f"/docs/{each}" for each in DOCUMENTS), DOCUMENTS[name]}


def test_the_first_page_is_about_the_newest_version(client):
    assert client.get("/docs").text == client.get("/docs/v0.4").text


def test_there_is_no_page_about_another_version(client):
    assert client.get("/docs/v0.2").status_code == 404

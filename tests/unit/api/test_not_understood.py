"""What is not understood: taken and told where the real service ignores it, else refused."""

import json

import pytest
from harness.log import log
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.settings import Settings

__all__ = ["log"]

STRICT = {"paultrap-strict": "true"}
NATIVE = {"gateset": "native", "qubits": 2}


def told(answer):
    return answer.headers.get_list("paultrap-warning")


@pytest.fixture
def post(client, bell_v03, bell_v04):
    """Post the Bell pair in either version, with changes; changes of the input are apart."""

    def send(version, change=None, headers=None, **of_input):
        body = {"v0.3": bell_v03, "v0.4": bell_v04}[version]
        body = body | (change or {}) | {"input": body["input"] | of_input}
        return client.post(f"/{version}/jobs", json=body, headers=headers)

    return send


VERSIONS = pytest.mark.parametrize("version", ["v0.3", "v0.4"])


FIELDS = pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"shot": 5}, 'shot: not understood, so ignored; did you mean "shots"?'),
        ({"nmae": "x"}, 'nmae: not understood, so ignored; did you mean "name"?'),
        ({"comment": {"a": [1]}}, "comment: not understood, so ignored"),
        ({"settings": {"x": 1}}, "settings.x: not understood, so ignored"),
        (
            {"settings": {"error_mitigation": {"debiasin": True}}},
            'settings.error_mitigation.debiasin: not understood, so ignored; did you mean "debiasing"?',
        ),
        ({"noise": {"model": "ideal", "colour": 1}}, "noise.colour: not understood, so ignored"),
        ({"λ\r\n": 1}, "\\u03bb\\r\\n: not understood, so ignored"),
    ],
)


@VERSIONS
@pytest.mark.parametrize(("sent", "is_told"), [("yes", True), ("True", False), ("0", False)])
def test_a_wish_to_be_strict_is_true_or_false(post, version, sent, is_told):
    answer = post(version, headers={"paultrap-strict": sent})
    assert answer.is_success
    text = f'paultrap-strict: "{sent}" is neither true nor false, so ignored'
    assert told(answer) == [text] * is_told


@VERSIONS
@FIELDS
def test_a_field_that_is_not_understood_is_told(post, log, version, change, text):
    taken = post(version, change)
    assert taken.is_success
    assert told(taken) == [text]
    assert log.lines[-1]["not_understood"] == text


@VERSIONS
@FIELDS
def test_a_field_that_is_not_understood_is_refused_by_the_strict(
    post, n_jobs, version, change, text
):
    refused = post(version, change, STRICT)
    assert refused.status_code == 400
    path = text.partition(":")[0]
    assert f"(strict): {path}: not understood" in refused.json()["message"]
    assert refused.json()["validation"] == {"source": "body", "keys": [path]}
    assert told(refused) == []  # Nothing of it was ignored.
    assert n_jobs() == 0


@VERSIONS
def test_fields_of_the_input_of_circuits_and_of_gates_are_told_where_they_are(post, version):
    gates = [{"gate": "h", "target": 0, "label": "a"}, {"gate": "x", "target": 1, "label": "b"}]
    answer = post(version, circuit=gates, qubit=2)
    assert told(answer) == [
        'input.qubit: not understood, so ignored; did you mean "qubits"?',
        "input.circuit[0].label: not understood, so ignored",
    ]


def test_fields_of_one_circuit_of_several_are_told(client, founding_job):
    founding_job["input"]["circuits"][1]["nam"] = "x"
    answer = client.post("/v0.3/jobs", json=founding_job)
    text = 'input.circuits[1].nam: not understood, so ignored; did you mean "name"?'
    assert told(answer) == [text]
    listed = {"input": [{"qubits": 1, "circuit": [], "x": 1}]}
    assert told(client.post("/v0.3/jobs", json=listed)) == [
        "input[0].x: not understood, so ignored"
    ]


@VERSIONS
@pytest.mark.parametrize(
    ("gate", "field", "meant"),
    [
        ({"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angles": 0.1}, "angles", "angle"),
        ({"gate": "gpi", "target": 0, "phase": 0.5, "phas": 0.5}, "phas", "phase"),
        ({"gate": "gpi", "targt": 0, "phase": 0.5}, "targt", "target"),
        ({"gate": "gpi2", "target": 0, "pahse": 0.5, "phase": 0.25}, "pahse", "phase"),
        ({"gtae": "gpi", "target": 0, "phase": 0.5}, "gtae", "gate"),
        ({"gate": "gpi", "gtae": "h", "target": 0, "phase": 0.5}, "gtae", "gate"),
        ({"gate": "gpi", "target": 0, "PHASE": 0.5, "phase": 0}, "PHASE", "phase"),
    ],
)
def test_a_near_miss_in_a_gate_is_refused(post, version, gate, field, meant):
    answer = post(version, circuit=[gate], **NATIVE)
    assert answer.status_code == 400
    problem = f'there is no field "{field}"; did you mean "{meant}"?'
    assert problem in answer.json()["message"]
    assert answer.json()["validation"]["keys"] == [f"input.circuit[0].{field}"]


@VERSIONS
@pytest.mark.parametrize(
    "gate",
    [
        {"gate": "x", "target": 0, "contrl": 1},
        {"gate": "x", "target": 0, "controsl": [1]},
        {"gate": "x", "target": 0, "roation": 0.5},
        {"gate": "pauliexp", "targets": [0], "terms": ["X"], "coeficients": [1], "time": 1},
    ],
)
def test_what_a_gate_need_not_have_is_not_missed_in_silence(post, version, gate):
    assert post(version, circuit=[gate]).status_code == 400


@VERSIONS
def test_a_word_that_is_another_word_is_no_near_miss(post, version):
    gate = {"gate": "h", "target": 0, "note": "half of its letters are those of gate", "name": "H"}
    answer = post(version, circuit=[gate])
    assert answer.is_success
    assert len(told(answer)) == 2


@VERSIONS
@pytest.mark.parametrize(("field", "meant"), [("sed", "seed"), ("modle", "model")])
def test_a_near_miss_in_noise_is_refused(post, version, field, meant):
    answer = post(version, {"noise": {"model": "aria-1", field: 3}})
    assert answer.status_code == 400
    assert f'noise.{field}: there is no such field; did you mean "{meant}"?' in answer.text.replace(
        "\\", ""
    )


@VERSIONS
def test_noise_with_unknown_members_without_end_is_refused(post, version):
    answer = post(version, {"noise": {"model": "aria-1"} | {f"n{i}": 0 for i in range(1_001)}})
    assert answer.status_code == 400
    assert "noise: there are more than 1000 different names" in answer.text


@VERSIONS
@pytest.mark.parametrize("field", ["shots", "noise", "error_mitigation"])
def test_one_circuit_has_no_fields_of_the_whole_job(client, batch_v04, post, version, field):
    batch_v04["input"]["circuits"][1][field] = {"model": "aria-1"} if field == "noise" else 5
    body = batch_v04 if version == "v0.4" else {"input": batch_v04["input"]}
    answer = client.post(f"/{version}/jobs", json=body)
    assert answer.status_code == 400
    path = f"input.circuits[1].{field}"
    assert path in answer.json()["message"]
    assert answer.json()["validation"]["keys"] == [path]
    assert post(version, **{field: 5}).json()["validation"]["keys"] == [f"input.{field}"]


@VERSIONS
def test_what_clients_send_without_need_is_understood(post, version):
    for change in ({"lang": "json"}, {"settings": {"compilation": {"opt": 1}}}):
        answer = post(version, change, STRICT)
        assert answer.is_success
        assert told(answer) == []
    assert post("v0.3", {"qubits": "29"}, STRICT).is_success


def test_the_backend_may_be_named_as_in_the_other_version(client, bell_v03, bell_v04):
    bell_v03["backend"] = bell_v03.pop("target")
    bell_v04["target"] = bell_v04.pop("backend")
    for version, body in (("v0.3", bell_v03), ("v0.4", bell_v04)):
        answer = client.post(f"/{version}/jobs", json=body, headers=STRICT)
        assert answer.is_success
        both = body | {"target": "simulator", "backend": "qpu.aria-1"}
        answer = client.post(f"/{version}/jobs", json=both)
        assert answer.status_code == 400
        assert "differ" in answer.json()["message"]
        unknown = {
            name: "qpu.x" if name in {"target", "backend"} else each for name, each in body.items()
        }
        answer = client.post(f"/{version}/jobs", json=unknown)
        assert answer.json()["validation"]["keys"] == ["backend" if version == "v0.3" else "target"]


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("/v0.3/jobs?limt=3", ['limt: not understood, so ignored; did you mean "limit"?']),
        (
            "/v0.4/jobs?ids[]=x&limt[]=3",
            ['limt: not understood, so ignored; did you mean "limit"?'],
        ),
        ("/v0.3/jobs?status=queued", ['status: "queued" is no status, so no job has it']),
        (
            "/v0.4/jobs?status=completd,ready",
            ['status: "completd" is no status, so no job has it; did you mean "completed"?'],
        ),
        (
            "/v0.3/jobs?include=statsu,id",
            ['include.statsu: not understood, so ignored; did you mean "status"?'],
        ),
        ("/v0.4/backends?x", ["x: not understood, so ignored"]),
    ],
)
def test_what_is_not_understood_of_a_query_is_told_and_not_logged(client, log, path, texts):
    answer = client.get(path)
    assert answer.status_code == 200
    assert told(answer) == texts
    assert "not_understood" not in log.lines[-1]
    answer = client.get(path, headers=STRICT)
    assert answer.status_code == 400
    assert answer.json()["validation"]["source"] == "query"


def test_a_status_that_no_job_can_have_finds_none(client, submit, bell_v03):
    submit(bell_v03)
    assert client.get("/v0.3/jobs?status=queued").json() == {"jobs": []}
    assert client.get("/v0.4/jobs?status=queued").json() == {"jobs": [], "next": None}


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_a_next_that_no_page_has_had_is_refused(client, submit, bell_v03, version):
    ids = [submit(bell_v03) for _ in range(3)]
    answer = client.get(f"/{version}/jobs?next=garbage")
    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "query", "keys": ["next"]}
    page = client.get(f"/{version}/jobs?next={ids[1].upper()}").json()
    assert [job["id"] for job in page["jobs"]] == [ids[0]]


@VERSIONS
def test_a_whole_float_is_a_whole_number(client, post, version):
    noise = {"model": "aria-1", "seed": 3e0}
    gates = [{"gate": "x", "target": 1.0, "controls": [0.0]}]
    answer = post(version, {"shots": 1e3, "noise": noise}, circuit=gates, qubits=2.0)
    assert answer.is_success
    job = client.get(f"/{version}/jobs/{answer.json()['id']}").json()
    assert (job["shots"], job["noise"]["seed"]) == (1_000, 3)
    for seed in (2.5, 1e300, True, [3]):
        refused = post(version, {"noise": {"model": "aria-1", "seed": seed}})
        assert refused.status_code == 400, seed
    assert len(client.get(f"/{version}/jobs?limit=1.0").json()["jobs"]) == 1
    assert client.get(f"/{version}/jobs?limit=1e2").status_code == 200
    for limit in ("1.5", "1e-1", "1e99", "0.0", "nan", "٣"):
        assert client.get(f"/{version}/jobs", params={"limit": limit}).status_code == 400, limit
    body = json.dumps({"limit": 1.0})
    assert len(client.request("GET", "/v0.4/jobs", content=body).json()["jobs"]) == 1


def test_whole_floats_count_in_sessions_characterizations_and_estimates(client):
    limits = {"job_count_limit": 2.0, "duration_limit_min": 1e1}
    answer = client.post("/v0.4/sessions", json={"backend": "simulator", "settings": limits})
    assert answer.json()["settings"]["job_count_limit"] == 2
    assert client.get("/v0.4/backends/qpu.aria-1/characterizations?limit=2.0").status_code == 200
    path = "/v0.3/characterizations/backends/qpu.aria-1?start=1.5e12"
    assert client.get(path).status_code == 200
    answer = client.get("/v0.4/jobs/estimate?backend=qpu.aria-1&shots=1e3")
    assert answer.json()["estimate_context"]["shots"] == 1_000


def test_bodies_of_sessions_clones_and_ids_are_judged_the_same(client, submit, bell_v04):
    job = submit(bell_v04)
    asked = [
        ("POST", "/v0.4/sessions", {"backend": "simulator", "settings": {"job_limit": 1}}),
        ("POST", f"/v0.4/jobs/{job}/clone", {"shot": 3}),
        ("PUT", "/v0.4/jobs/status/cancel", {"ids": [job], "force": True}),
    ]
    paths = ["settings.job_limit", "shot", "force"]
    for (method, path, body), field in zip(asked, paths, strict=True):
        assert client.request(method, path, json=body, headers=STRICT).status_code == 400
        answer = client.request(method, path, json=body)
        assert answer.is_success
        assert told(answer)[0].startswith(f"{field}: not understood, so ignored")


def test_a_strict_server_takes_nothing_that_it_does_not_understand(store, bench, bell_v04):
    app = create_app(Settings(strict=True), store, bench)
    with TestClient(app) as client:
        client.headers["authorization"] = "apiKey a-key"
        assert client.post("/v0.4/jobs", json=bell_v04 | {"shot": 3}).status_code == 400
        assert (
            client.post("/v0.4/sessions", json={"backend": "simulator", "x": 1}).status_code == 400
        )
        assert client.get("/v0.4/jobs?limt=3").status_code == 400
        assert client.post("/v0.4/jobs", json=bell_v04).status_code == 201


def test_the_documents_say_so(client):
    for version in ("v0.3", "v0.4"):
        document = client.get(f"/{version}/api-docs").json()
        assert "paultrap-warning" in document["info"]["description"]
        post = document["paths"]["/jobs"]["post"]
        created = next(each for status, each in post["responses"].items() if status[0] == "2")
        assert "paultrap-warning" in created["headers"]
        names = {each["name"]: each["in"] for each in post["parameters"]}
        assert names["paultrap-strict"] == "header"


def test_a_path_that_does_not_exist_names_the_page_of_those_that_do(client):
    for path in ("/v0.4", "/v0.4/job", "/x"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "/docs" in answer.json()["message"]


def test_a_missing_backend_is_told_with_all_that_there_are(client, bell_v04):
    del bell_v04["backend"]
    answer = client.post("/v0.4/jobs", json=bell_v04)
    assert answer.json()["validation"]["keys"] == ["backend"]
    for backend in client.get("/v0.4/backends").json():
        is_named = f'"{backend["backend"]}"' in answer.json()["message"]
        assert is_named == (backend["status"] == "available")


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_an_empty_body_is_called_empty(client, version):
    for body in (b"", b" \n"):
        answer = client.post(f"/{version}/jobs", content=body)
        assert answer.status_code == 400
        assert "the body is empty" in answer.json()["message"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": []}, "name: expected a string, not a list"),
        ({"input": 5}, "input: expected an object or a list, not a whole number"),
        ({"input": {"circuits": "x"}}, "input.circuits: expected a list, not a string"),
        ({"noise": []}, "noise: expected an object, not a list"),
        ({"noise": {"model": 5}}, "noise.model: expected a string, not a whole number"),
        ({"dry_run": "maybe"}, "dry_run: "),
        ({"settings": {"error_mitigation": []}}, "settings.error_mitigation: expected an object"),
    ],
)
def test_other_types_are_told_in_plain_words(client, bell_v03, change, said):
    message = client.post("/v0.3/jobs", json=bell_v03 | change).json()["message"]
    assert said in message
    for word in ("array", "`", "$", "got", "Expected"):
        assert word not in message


def test_what_pennylane_sends_with_each_get_is_understood(client, submit, bell_v04):
    job_id = submit(bell_v04)
    for path in (f"/v0.4/jobs/{job_id}", f"/v0.4/jobs/{job_id}/results/probabilities"):
        answer = client.get(f"{path}?sharpen=True", headers=STRICT)
        assert answer.status_code == 200
        assert told(answer) == []

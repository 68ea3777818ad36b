"""Both versions: every refusal has one shape."""

import re

import pytest

from paultrap.store import StoreUnavailableError

UNKNOWN = "0190070f-9691-7000-a1f6-306623179a83"

JOB_PATHS = [
    ("GET", "/v0.3/jobs/{}"),
    ("DELETE", "/v0.3/jobs/{}"),
    ("GET", "/v0.3/jobs/{}/results"),
    ("PUT", "/v0.3/jobs/{}/status/cancel"),
    ("GET", "/v0.4/jobs/{}"),
    ("DELETE", "/v0.4/jobs/{}"),
    ("PUT", "/v0.4/jobs/{}/status/cancel"),
    ("GET", "/v0.4/jobs/{}/results/probabilities"),
    ("GET", "/v0.4/jobs/{}/results/probabilities/aggregated"),
    ("GET", "/v0.4/jobs/{}/artifacts/probabilities"),
]
KEYED_PATHS = [
    *JOB_PATHS,
    ("POST", "/v0.3/jobs"),
    ("GET", "/v0.3/jobs"),
    ("DELETE", "/v0.3/jobs"),
    ("PUT", "/v0.3/jobs/status/cancel"),
    ("POST", "/v0.4/jobs"),
    ("GET", "/v0.4/jobs"),
    ("DELETE", "/v0.4/jobs"),
    ("PUT", "/v0.4/jobs/status/cancel"),
    ("GET", "/v0.4/whoami"),
]


def check(answer, status, error):
    body = answer.json()
    keys = ["error", "message", "statusCode"] + (["validation"] if status == 400 else [])
    assert list(body) == [*keys, "requestId"]
    assert body["requestId"] == answer.headers["x-request-id"]
    assert (answer.status_code, body["statusCode"], body["error"]) == (status, status, error)
    assert body["message"]
    assert answer.headers["x-request-id"]
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("job_id", [UNKNOWN, "nonsense", "%00", "%F0%9F%98%80", "a" * 3000, "-"])
def test_unknown_and_malformed_ids_are_404(client, job_id):
    for method, path in JOB_PATHS:
        check(client.request(method, path.format(job_id)), 404, "Not Found")


@pytest.mark.parametrize("header", ["", "apiKey", "apiKey ", "Bearer a-key", "a-key"])
def test_a_request_without_a_key_is_401(client, header):
    for method, path in KEYED_PATHS:
        answer = client.request(method, path.format(UNKNOWN), headers={"authorization": header})
        check(answer, 401, "Unauthorized")


def test_unknown_paths_are_404(client):
    paths = ["/v0.2/jobs", "/v0.3", "/v0.3/nonsense", "/v0.4/jobs/x/y/z", "/%ff", "/schema"]
    for path in paths:
        check(client.get(path), 404, "Not Found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/v0.3/jobs"), ("POST", "/v0.4/jobs/x"), ("PUT", "/v0.4/backends")],
)
def test_wrong_methods_are_405(client, method, path):
    answer = client.request(method, path)

    check(answer, 405, "Method Not Allowed")
    assert "GET" in answer.headers["allow"]


def routes(client):
    """Yield each path that has parameters filled in, with its methods."""
    for route in client.app.routes:
        yield re.sub(r"{[^}]*}", "x", route.path_format), route.methods


def test_options_name_every_method_of_a_path(client):
    methods: dict[str, set[str]] = {}
    for path, more in routes(client):
        methods.setdefault(path, set()).update(more)
    assert methods["/v0.4/jobs"] == {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}

    for path, wanted in methods.items():
        answer = client.options(path)
        assert answer.status_code == 204
        assert set(answer.headers["allow"].split(", ")) == wanted, path


def test_other_methods_are_405_and_are_told_the_right_ones(client):
    for path, methods in routes(client):
        answer = client.patch(path)
        check(answer, 405, "Method Not Allowed")
        assert set(answer.headers["allow"].split(", ")) == methods, path


def test_head_is_get_without_the_body(client, submit, bell_v04):
    job_id = submit(bell_v04)
    for path in (
        "/healthz",
        "/docs",
        "/v0.3/backends",
        "/v0.4/whoami",
        f"/v0.4/jobs/{job_id}",
        f"/v0.4/jobs/{job_id}/results/probabilities",
        "/v0.4/jobs/nonsense",
    ):
        got, asked = client.get(path), client.head(path)
        assert asked.status_code == got.status_code
        assert asked.content == b""
        assert asked.headers["content-type"] == got.headers["content-type"]
    assert all("HEAD" in methods for _, methods in routes(client) if "GET" in methods)


BAD_IDS = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b'{"ids":null}',
    b'{"ids":"a"}',
    b'{"ids":[1]}',
    b'{"ids":["a",null]}',
    b"\xff\xfe",
    b'{"ids":["\xff"]}',
    b"[" * 100_000,
    b'{"ids":' + b"[" * 100_000,
    b'{"ids":["a"]} trailing',
]


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.parametrize(("method", "path"), [("DELETE", "/jobs"), ("PUT", "/jobs/status/cancel")])
def test_bad_bodies_of_bulk_requests_are_400(client, version, method, path):
    for body in BAD_IDS:
        check(client.request(method, f"/{version}{path}", content=body), 400, "Bad Request")


def test_too_many_ids_are_400(client):
    answer = client.request("DELETE", "/v0.3/jobs", json={"ids": [UNKNOWN] * 5_001})

    check(answer, 400, "Bad Request")
    assert answer.json()["validation"]["keys"] == ["ids"]


def test_the_unexpected_is_a_500_that_tells_nothing_of_the_inside(client, store, monkeypatch):
    def break_down(*_args):
        raise RuntimeError("an internal secret")

    monkeypatch.setattr(store.jobs, "get", break_down)
    answer = client.get(f"/v0.3/jobs/{UNKNOWN}")

    check(answer, 500, "Internal Server Error")
    assert "secret" not in answer.text


def test_a_path_with_a_trailing_slash_is_the_same_path(client):
    assert client.get("/v0.3/jobs/").status_code == 200


def test_unknown_query_parameters_are_ignored(client):
    assert client.get("/v0.4/jobs?nonsense=1&%ff=%fe&next=").status_code == 200


def test_a_store_that_does_not_answer_is_a_503_that_may_be_tried_again(client, store, monkeypatch):
    def locked(*_):
        raise StoreUnavailableError("locked")

    monkeypatch.setattr(store.jobs, "get", locked)

    answer = client.get("/v0.4/jobs/0190070f-9691-7000-a1f6-306623179a83")

    assert answer.status_code == 503
    assert answer.json() == {
        "error": "Service Unavailable",
        "message": "The store does not answer now; try again later.",
        "statusCode": 503,
        "requestId": answer.headers["x-request-id"],
    }


def test_circuits_of_jobs_are_gone(client):
    assert client.get("/v0.4/jobs/some-job/circuits/native").status_code == 410


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_all_bad_circuits_of_a_batch_are_named(client, version):
    entries = [{"circuit": [{"gate": name, "target": 0}]} for name in ("hh", "h", "xx")]
    fields = {"type": "ionq.multi-circuit.v1", "backend": "simulator"} if version == "v0.4" else {}
    job = {"input": {"qubits": 1, "circuits": entries}} | fields
    answer = client.post(f"/{version}/jobs", json=job)
    assert answer.status_code == 400
    assert "circuit 0, gate 0" in answer.json()["message"]
    assert "circuit 2, gate 0" in answer.json()["message"]
    keys = answer.json()["validation"]["keys"]
    assert [key.partition(".circuit[")[0] for key in keys] == [
        "input.circuits[0]",
        "input.circuits[2]",
    ]

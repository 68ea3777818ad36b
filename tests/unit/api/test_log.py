"""The log of the server: one line for each request, and what went wrong can be found again."""

import logging

import pytest
from harness.log import log
from litestar import Litestar
from litestar.testing import TestClient

from paultrap import logs
from paultrap.api.app import create_app
from paultrap.api.request_log import RequestLog
from paultrap.settings import Settings
from paultrap.store import Role, StoreUnavailableError

__all__ = ["log"]

UNKNOWN = "0190070f-9691-7000-a1f6-306623179a83"


def last(log):
    *_, line = [line for line in log.lines if line["event"] == "request"]
    return line


def test_each_request_has_a_line(client, log, store, bell_v04):
    answer = client.post("/v0.4/jobs?secret=word", json=bell_v04)

    [line] = log.lines
    key = store.keys.find_open("a-key")
    assert line.pop("timestamp")
    assert line.pop("ms") > 0
    assert line == {
        "level": "info",
        "event": "request",
        "logger": "paultrap.requests",
        "method": "POST",
        "route": "/v0.4/jobs",
        "status": 201,
        "project": key.project_id,
        "key": key.id,
        "request_id": answer.headers["x-request-id"],
        "bytes": len(answer.content),
        "client": "testclient",
    }
    assert "a-key" not in log.text
    assert "word" not in log.text


def test_a_route_is_named_by_its_template(client, log, submit, bell_v04):
    job_id = submit(bell_v04)
    for path, route in (
        (f"/v0.4/jobs/{job_id}", "/v0.4/jobs/{job_id}"),
        (f"/v0.4/jobs/{job_id}/results/probabilities?a=b", None),
        (f"/v0.3/jobs/{job_id}/results", None),
    ):
        client.get(path)
        assert last(log)["route"] == (route or path.split("?")[0].replace(job_id, "{job_id}"))
        assert "path" not in last(log)


def test_where_there_is_no_route_the_path_is_named(client, log):
    client.get("/nowhere/" + "x" * 5_000)

    line = last(log)
    assert (line["status"], line["level"], "route" in line) == (404, "info", False)
    assert line["path"] == "/nowhere/" + "x" * 191
    assert line["error"].startswith("Resource not found")
    client.patch("/v0.4/jobs")
    assert (last(log)["path"], last(log)["status"]) == ("/v0.4/jobs", 405)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("trace-1/a=b", "trace-1/a=b"),
        ("x" * 128, "x" * 128),
        ("x" * 129, None),
        ("", None),
        ("two words", None),
        ("caf\xe9", None),
    ],
)
def test_a_request_id_that_is_sent_is_kept_when_it_is_sane(client, log, header, expected):
    headers = {"x-request-id": header.encode("latin-1")}
    answer = client.get(f"/v0.4/jobs/{UNKNOWN}", headers=headers)

    given = answer.headers["x-request-id"]
    assert (given == header) == (expected is not None)
    assert len(given) == (36 if expected is None else len(expected))
    assert answer.json()["requestId"] == last(log)["request_id"] == given


def test_a_job_keeps_the_id_of_the_request_that_submitted_it(client, store, bell_v04):
    key = store.keys.find_open("any")
    headers = {"x-request-id": "request-7"}
    created = client.post("/v0.4/jobs", json=bell_v04, headers=headers)
    clone = client.post(f"/v0.4/jobs/{created.json()['id']}/clone", json={})

    assert store.jobs.get(key.project_id, created.json()["id"]).request_id == "request-7"
    cloned = store.jobs.get(key.project_id, clone.json()["id"])
    assert cloned.request_id == clone.headers["x-request-id"]


def test_refusals_that_matter_to_an_operator_are_warnings(store, bench, log):
    settings = Settings(auth="required", rate_limit_per_minute=1)
    secret, key = store.keys.create("reader", role=Role.VIEWER)
    with TestClient(create_app(settings, store, bench)) as client:
        client.get("/v0.4/jobs", headers={"authorization": "apiKey wrong-secret"})
        assert (last(log)["status"], last(log)["level"]) == (401, "warning")
        assert "key" not in last(log)
        client.headers["authorization"] = f"apiKey {secret}"
        client.post("/v0.4/jobs", json={})
        assert (last(log)["status"], last(log)["level"]) == (403, "warning")
        assert last(log)["key"] == key.id
        client.get("/v0.4/jobs")
        assert (last(log)["status"], last(log)["level"]) == (429, "warning")
        assert last(log)["project"] == key.project_id
    assert secret not in log.text
    assert "wrong-secret" not in log.text


def test_probes_are_for_who_looks_closely(client, log):
    client.get("/healthz")
    client.get("/readyz")
    assert log.lines == []

    log.configure("debug")
    client.get("/healthz")
    assert (last(log)["level"], last(log)["route"]) == ("debug", "/healthz")


def test_probes_are_quiet_under_a_path_too(log, store, bench):
    app = create_app(Settings(root_path="/quantum"), store, bench)
    with TestClient(app, root_path="/quantum") as client:
        # As uvicorn has it: the path is in front of what was asked for.
        client.get("/quantum/healthz")
        client.get("/quantum/metrics")
        assert log.lines == []
        client.get("/quantum/v0.4/backends")
        assert last(log)["route"] == "/v0.4/backends"


def test_a_500_is_logged_with_the_id_that_the_client_was_given(client, log, store, monkeypatch):
    def break_down(*_args):
        raise RuntimeError("broken down")

    monkeypatch.setattr(store.jobs, "get", break_down)
    answer = client.get(f"/v0.3/jobs/{UNKNOWN}")

    error, request = log.lines
    assert (error["event"], error["level"]) == ("unexpected error", "error")
    assert "RuntimeError: broken down" in error["exception"]
    assert (request["status"], request["level"]) == (500, "warning")
    assert error["request_id"] == request["request_id"] == answer.headers["x-request-id"]


def test_a_store_that_is_out_of_reach_does_not_fill_the_log(client, log, store, monkeypatch):
    def locked(*_):
        raise StoreUnavailableError("locked")

    monkeypatch.setattr(store.jobs, "get", locked)
    for _ in range(20):
        client.get(f"/v0.4/jobs/{UNKNOWN}")
    logs.flush()

    events = [line["event"] for line in log.lines]
    assert events.count("request") == 20
    assert events.count("store unavailable") == 3
    assert events[-1].startswith("store unavailable (repeated 17 times")


def within(layer):
    """Return an application that has nothing but a layer."""
    app = Litestar()
    app.asgi_handler = layer
    return app


def test_a_flood_of_requests_is_counted(log):
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    with TestClient(within(RequestLog(app, most_alike=5))) as client:
        for _ in range(50):
            client.get("/a")
        client.post("/a")
    logs.flush()

    requests = [line for line in log.lines if line["event"] == "request"]
    assert [line["method"] for line in requests] == ["GET"] * 5 + ["POST"]
    [counted] = [line for line in log.lines if line["event"] != "request"]
    assert counted["event"].startswith("45 more requests in ")
    assert (counted["method"], counted["status"], counted["repeated"]) == ("GET", 200, 45)


def test_words_as_methods_hide_no_lines_of_others(log):
    async def app(scope, _receive, send):
        status = 503 if scope["path"] == "/failing" else 405
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body"})

    with TestClient(within(RequestLog(app, most_alike=5))) as client:
        for number in range(600):
            client.request(f"WORD{number}" + "X" * 500, f"/{number}")
        client.get("/failing")
    logs.flush()

    assert last(log)["status"] == 503
    words = [line for line in log.lines if line.get("status") == 405]
    assert len(words) == 6
    assert all(len(line["method"]) < 100 for line in words)
    assert words[-1]["repeated"] == 595
    assert words[-1]["method"] == "other"
    assert "path" not in words[-1]


def test_an_error_in_a_layer_is_answered_and_logged(log):
    async def app(*_):
        raise RuntimeError("the secret of the layer")

    with TestClient(within(RequestLog(app))) as client:
        answer = client.get("/a")

    assert answer.status_code == 500
    assert list(answer.json()) == ["error", "message", "statusCode", "requestId"]
    assert "secret" not in answer.text
    error, request = log.lines
    assert "the secret of the layer" in error["exception"]
    assert error["request_id"] == request["request_id"] == answer.json()["requestId"]


def test_nothing_is_written_before_a_log_is_set_up(client, capfd):
    client.get("/nowhere")

    assert capfd.readouterr() == ("", "")
    assert not logging.getLogger("paultrap.requests").handlers

"""`/metrics`, read by Prometheus' own parsers."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from unit.api.conftest import BELL, Bench

from paultrap.api.app import create_app
from paultrap.api.metrics import scrape
from paultrap.settings import Settings
from paultrap.store import Store

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


@pytest.fixture
def settings() -> Settings:
    return Settings(metrics_allow_ips="*")


@pytest.fixture(autouse=True)
def fresh(monkeypatch) -> None:
    """Let each scrape look anew."""
    monkeypatch.setattr(scrape, "_REUSE_S", 0.0)


@pytest.fixture
def samples(client) -> Callable[[], Samples]:
    def read() -> Samples:
        answer = client.get("/metrics")
        assert answer.status_code == 200, answer.text
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return read


@pytest.fixture
def value(samples) -> Callable[..., float | None]:
    def read(name: str, **labels: str) -> float | None:
        return samples().get((f"paultrap_{name}", frozenset(labels.items())))

    return read


def test_metrics_follow_the_conventions_of_prometheus(client, submit, founding_job):
    submit(founding_job)
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"

    families = list(text_string_to_metric_families(answer.text))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    for family in families:
        assert family.documentation.endswith("."), family.name
        assert family.type in {"counter", "gauge", "histogram"}, family.name
        assert re.fullmatch(r"(paultrap|process)(_[a-z]+)+", family.name)
        if family.type == "counter":
            assert f"# TYPE {family.name}_total counter" in answer.text
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
        assert not re.search(r"milli|micro|_ms$|_mb$|_kb$", family.name)


def test_openmetrics_is_answered_where_it_is_asked_for(client, submit, founding_job):
    submit(founding_job)
    plain = list(text_string_to_metric_families(client.get("/metrics").text))
    accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4"
    answer = client.get("/metrics", headers={"accept": accept})

    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")
    strict = list(openmetrics.text_string_to_metric_families(answer.text))
    assert [family.name for family in strict] == [family.name for family in plain]


def test_head_is_get_without_the_body(client):
    answer = client.head("/metrics")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/plain")


def test_requests_are_counted_by_route_and_status(client, submit, founding_job, samples):
    job_id = submit(founding_job)
    for _ in range(3):
        assert client.get(f"/v0.4/jobs/{job_id}").status_code == 200
    assert client.get(f"/v0.4/jobs/{job_id[:-1]}x").status_code == 404
    assert client.get("/v0.4/jobs", headers={"authorization": ""}).status_code == 401
    assert client.patch("/healthz").status_code == 405
    for path in ("/one", "/two/three", "/v0.4/nothing"):
        assert client.get(path).status_code == 404
    assert client.request("BREW", "/one").status_code in {404, 405}

    found = samples()
    counts = {
        tuple(dict(labels)[name] for name in ("method", "route", "status")): value
        for (name, labels), value in found.items()
        if name == "paultrap_http_requests_total"
    }
    assert counts["POST", "/v0.3/jobs", "200"] == 1
    assert counts["GET", "/v0.4/jobs/{job_id}", "200"] == 3
    assert counts["GET", "/v0.4/jobs/{job_id}", "404"] == 1
    assert counts["GET", "/v0.4/jobs", "401"] == 1
    assert counts["PATCH", "unmatched", "405"] == 1
    assert counts["GET", "unmatched", "404"] == 3
    assert sum(number for (method, *_), number in counts.items() if method == "other") == 1
    assert all("BREW" not in key for key in counts)
    labels = frozenset({"method": "GET", "route": "/v0.4/jobs/{job_id}"}.items())
    assert found["paultrap_http_request_duration_seconds_count", labels] == 4
    # The request for the metrics itself.
    assert found["paultrap_http_requests_in_progress", frozenset()] == 1


def test_a_job_is_counted_with_its_circuits_and_gates(submit, founding_job, samples):
    before = samples()
    submit(founding_job)
    after = samples()

    backend = frozenset({"backend": "simulator"}.items())
    for name, number in {
        "jobs_submitted_total": 1,
        "jobs_completed_total": 1,
        "circuits_done_total": 2,
        "gates_done_total": 4,
        "jobs_failed_total": None,
        "jobs_canceled_total": 0,
        "dry_runs_total": 0,
        "job_wait_seconds_count": 1,
        "job_duration_seconds_count": 1,
        "chunk_duration_seconds_count": 1,
    }.items():
        key = (f"paultrap_{name}", backend)
        grown = None if key not in after else after[key] - before.get(key, 0)
        assert grown == number, name
    assert after["paultrap_chunk_duration_seconds_sum", backend] == 0.0015  # as the bench says


def test_failures_are_counted_by_code(submit, bench, bell_v04, value):
    bench.fails_with = ("SimulationError", "no")
    submit(bell_v04)

    def failed(code: str) -> float | None:
        return value("jobs_failed_total", backend="simulator", code=code)

    assert (failed("SimulationError"), failed("InternalError")) == (1, 0)
    assert value("jobs_completed_total", backend="simulator") == 0


def test_dry_runs_are_counted_apart(submit, bell_v04, value):
    submit(bell_v04 | {"dry_run": True})

    assert value("dry_runs_total", backend="simulator") == 1
    assert value("jobs_submitted_total", backend="simulator") == 0
    assert value("jobs_completed_total", backend="simulator") == 0


def test_the_queue_is_counted_by_backend(client, submit, bench, bell_v04, value):
    bench.works = False
    ids = [submit(bell_v04) for _ in range(3)]
    submit(bell_v04 | {"backend": "qpu.aria-1"})
    lease = bench.store.queue.lease("worker", 60_000)

    assert value("queue_jobs", backend="simulator") == 2
    assert value("queue_chunks", backend="simulator") == 2
    assert value("queue_jobs", backend="qpu.aria-1") == 1
    assert value("queue_jobs", backend="qpu.forte-1") == 0
    assert value("running_chunks", backend="simulator") == 1
    assert value("memory_leased_bytes", backend="simulator") > 0
    assert lease.job_id == ids[0]
    client.put(f"/v0.4/jobs/{ids[1]}/status/cancel")
    client.delete(f"/v0.4/jobs/{ids[2]}")

    assert value("queue_jobs", backend="simulator") == 0
    assert value("jobs_canceled_total", backend="simulator") == 1
    assert value("jobs_deleted_total", backend="simulator") == 1


def test_what_workers_lose_is_counted_by_reason(submit, bench, store, bell_v04, value):
    bench.works = False
    submit(bell_v04)
    store.queue.lease("one", 60_000)
    store.queue.release("one")
    store.queue.lease("two", 60_000)
    store.queue.release("two", blame=False)
    store.queue.lease("three", -1)
    lease = store.queue.lease("four", 60_000)
    store.queue.note_loss(lease)

    for reason in ("worker_died", "worker_stopped", "lease_expired"):
        assert value("chunk_retries_total", backend="simulator", reason=reason) == 1, reason
    assert value("lease_losses_total", backend="simulator") == 1


def test_workers_pools_and_database_are_measured(submit, bell_v04, samples):
    submit(bell_v04)
    found = samples()

    def of(name: str, **labels: str) -> float:
        return found[f"paultrap_{name}", frozenset(labels.items())]

    assert (of("workers"), of("workers_ready"), of("worker_restarts_total")) == (1, 1, 0)
    assert of("memory_limit_bytes") == 1 << 30
    assert of("worker_resident_memory_bytes", worker="0") == 1 << 20
    assert of("database_up") == 1
    assert of("database_read_duration_seconds") > 0
    assert of("database_size_bytes", file="database") > 0
    assert of("database_size_bytes", file="log") > 0
    assert of("pool_threads", pool="store-writer") == 1
    assert of("pool_call_duration_seconds_count", pool="store-writer") == 1
    assert of("pool_wait_seconds_count", pool="compute") == 1
    assert of("pool_busy_threads", pool="store-reader") == 0
    assert of("pool_queued_calls", pool="store-reader") == 0
    assert found["process_resident_memory_bytes", frozenset()] > 1e6


def test_calls_that_run_and_wait_are_counted(client, store, monkeypatch, value):
    gate, begun = threading.Event(), threading.Barrier(9)

    def stuck(*_: Any) -> None:
        begun.wait(30)
        gate.wait(30)

    monkeypatch.setattr(scrape, "_PATIENCE_S", 0.01)
    monkeypatch.setattr(store.keys, "find", stuck)
    waiting = [threading.Thread(target=client.get, args=("/v0.4/whoami",)) for _ in range(8)]
    for thread in waiting:
        thread.start()
    try:
        begun.wait(30)  # All eight readers are busy.
        assert value("pool_busy_threads", pool="store-reader") == 8
        assert value("pool_queued_calls", pool="store-reader") == 1  # the scrape's own
        assert value("database_up") == 0
    finally:
        gate.set()
        for thread in waiting:
            thread.join()


def test_a_store_that_hangs_hides_nothing_but_itself(store, monkeypatch, value):
    monkeypatch.setattr(scrape, "_PATIENCE_S", 0.05)
    gate, calls = threading.Event(), []
    load = store.load

    def hang() -> Any:
        calls.append(1)
        gate.wait(30)
        return load()

    monkeypatch.setattr(store, "load", hang)
    try:
        assert value("database_up") == 0
        assert value("queue_jobs", backend="simulator") is None
        assert value("http_requests_in_progress") == 1
        assert len(calls) == 1  # The first call still runs, and no other waits behind it.
    finally:
        gate.set()
    monkeypatch.setattr(scrape, "_PATIENCE_S", 30)
    value("database_up")
    assert value("database_up") == 1


def test_a_store_that_fails_is_down(store, value):
    store.load = lambda: 1 / 0

    assert value("database_up") == 0
    assert value("workers") == 1


def test_scrapes_within_a_second_are_one(client, store, monkeypatch):
    monkeypatch.setattr(scrape, "_REUSE_S", 3_600)
    calls, load = [], store.load
    monkeypatch.setattr(store, "load", lambda: calls.append(1) or load())
    texts = {client.get("/metrics").text for _ in range(20)}

    assert (len(texts), len(calls)) == (1, 1)


def test_two_applications_in_a_process_count_apart(settings, tmp_path):
    stores = [Store.open(tmp_path / f"{number}.db") for number in (1, 2)]
    one, two = (TestClient(create_app(settings, store, Bench(store))) for store in stores)
    with one, two:
        for client in (one, two, two):
            client.get("/healthz")
        line = 'paultrap_http_requests_total{method="GET",route="/healthz",status="200"}'
        assert f"{line} 1.0\n" in one.get("/metrics").text
        assert f"{line} 2.0\n" in two.get("/metrics").text
    for store in stores:
        store.close()


def test_no_metric_names_a_user_a_project_or_a_job(client, store, submit, founding_job, bench):
    store.accounts.create_organization("secretorg.example", "Secretorg")
    store.accounts.create_project("secretproject", "secretorg.example")
    store.accounts.create_user(
        "secretuser@secretorg.example", "Secretfirst", "Secretlast", "secretorg.example"
    )
    secret, key = store.keys.create(
        "secretkey", "secretproject", user="secretuser@secretorg.example"
    )
    client.headers["authorization"] = f"apiKey {secret}"
    job_id = submit(founding_job | {"name": "secretjob", "metadata": {"secretword": "secret"}})
    client.get(f"/v0.4/jobs/{job_id}?secretquery=1")
    client.get(f"/v0.4/jobs/{job_id}/results/probabilities")
    bench.works = False
    bench.fails_with = ("InternalError", "secretmessage")
    single = {"type": "ionq.circuit.v1", "backend": "simulator", "name": "secretjob"}
    waiting = submit(single | {"input": {"qubits": 2, "circuit": BELL}})
    client.put(f"/v0.4/jobs/{waiting}/status/cancel")
    client.get("/secretpath")
    text = client.get("/metrics").text

    assert "secret" not in text.lower()
    assert UUID.search(text) is None
    for name in (job_id, key.id, key.project_id, key.submitter_id, key.prefix):
        assert name not in text

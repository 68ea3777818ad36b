"""Probes."""

from litestar.testing import TestClient

from paultrap.api.app import create_app


def test_probes_need_no_key(client):
    assert client.get("/healthz", headers={"authorization": ""}).status_code == 200
    assert client.get("/readyz", headers={"authorization": ""}).status_code == 200


def test_not_ready_without_a_worker(client, bench):
    bench.alive = False

    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["error"] == "Service Unavailable"


def test_not_ready_when_the_store_is_closed(client, store):
    store.close()

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_workers_live_as_long_as_the_application(settings, store, bench):
    assert not bench.alive
    with TestClient(create_app(settings, store, bench)):
        assert bench.alive
    assert not bench.alive


def test_probes_may_ask_for_the_status_alone(client):
    for path in ("/healthz", "/readyz"):
        answer = client.head(path)

        assert (answer.status_code, answer.content) == (200, b"")

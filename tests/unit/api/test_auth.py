"""Keys: who is let in."""

import pytest
from litestar.testing import TestClient

from paultrap.api import auth
from paultrap.api.app import create_app
from paultrap.settings import Settings
from paultrap.store import Role


@pytest.fixture
def strict_client(store, bench):
    with TestClient(create_app(Settings(auth="required"), store, bench)) as client:
        yield client


def ask(client, key):
    return client.get("/v0.4/jobs", headers={"authorization": key}).status_code


def test_open_takes_any_key(client):
    assert ask(client, "apiKey whatever") == 200


def test_required_takes_only_keys_that_were_made(strict_client, store):
    secret, _ = store.keys.create("laptop")

    assert ask(strict_client, f"apiKey {secret}") == 200
    assert ask(strict_client, "apiKey whatever") == 401
    assert ask(strict_client, "apiKey caf\u00e9".encode()) == 401


@pytest.mark.parametrize("scheme", ["apiKey", "apikey", "APIKEY"])
def test_the_schemes_case_does_not_matter(strict_client, store, scheme):
    secret, _ = store.keys.create("laptop")

    assert ask(strict_client, f"{scheme} {secret}") == 200


def test_a_401_says_what_to_send(strict_client):
    answer = strict_client.get("/v0.3/jobs", headers={"authorization": "apiKey wrong"})

    assert answer.json()["message"].startswith("Invalid key provided.")
    assert "Authorization: apiKey" in answer.json()["message"]


def test_a_known_key_is_looked_up_once_in_a_while(strict_client, store, monkeypatch):
    secret, _ = store.keys.create("laptop")
    look_ups = []
    find_key = store.keys.find
    monkeypatch.setattr(store.keys, "find", lambda key: look_ups.append(key) or find_key(key))

    assert [ask(strict_client, f"apiKey {secret}") for _ in range(5)] == [200] * 5
    assert len(look_ups) == 1
    assert [ask(strict_client, "apiKey wrong") for _ in range(2)] == [401] * 2
    assert len(look_ups) == 3


def test_a_revoked_key_stops_within_the_time_it_is_remembered(strict_client, store, monkeypatch):
    monkeypatch.setattr(auth, "_REMEMBER_SECONDS", 0.0)
    secret, record = store.keys.create("laptop")
    assert ask(strict_client, f"apiKey {secret}") == 200

    store.keys.revoke(record.id)

    assert ask(strict_client, f"apiKey {secret}") == 401


def test_a_known_key_keeps_its_project_when_any_key_is_taken(client, store):
    secret, record = store.keys.create("laptop", project="another")

    answer = client.get("/v0.4/whoami", headers={"authorization": f"apiKey {secret}"})

    assert answer.json()["project_id"] == record.project_id


def test_a_viewer_reads_and_changes_nothing(strict_client, store, bell_v04):
    member, _ = store.keys.create("member")
    viewer, _ = store.keys.create("viewer", role=Role.VIEWER)
    headers = {"authorization": f"apiKey {viewer}"}
    job_id = strict_client.post(
        "/v0.4/jobs", json=bell_v04, headers={"authorization": f"apiKey {member}"}
    ).json()["id"]

    assert strict_client.get(f"/v0.4/jobs/{job_id}", headers=headers).status_code == 200
    for method, path in (
        ("POST", "/v0.4/jobs"),
        ("POST", "/v0.3/jobs"),
        ("PUT", f"/v0.4/jobs/{job_id}/status/cancel"),
        ("DELETE", f"/v0.3/jobs/{job_id}"),
        ("POST", "/v0.4/sessions"),
    ):
        answer = strict_client.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert list(answer.json()) == ["error", "message", "statusCode", "requestId"]
        assert answer.json()["error"] == "Forbidden"
        assert "--role member" in answer.json()["message"]
    assert len(strict_client.get("/v0.4/jobs", headers=headers).json()["jobs"]) == 1


def test_a_disabled_users_keys_stop_within_the_time_they_are_remembered(
    strict_client, store, monkeypatch
):
    monkeypatch.setattr(auth, "_REMEMBER_SECONDS", 0.0)
    store.accounts.create_user("ada@example.com")
    secret, _ = store.keys.create("laptop", user="ada@example.com")
    assert ask(strict_client, f"apiKey {secret}") == 200

    store.accounts.disable_user("ada@example.com")

    assert ask(strict_client, f"apiKey {secret}") == 401


def test_the_jobs_of_a_user_are_found_by_one_submitter(strict_client, store, bell_v04):
    ada = store.accounts.create_user("ada@example.com")
    keys = [store.keys.create(name, user=ada.email)[0] for name in ("laptop", "cluster")]
    keys.append(store.keys.create("robot")[0])
    ids = [
        strict_client.post(
            "/v0.4/jobs", json=bell_v04, headers={"authorization": f"apiKey {key}"}
        ).json()["id"]
        for key in keys
    ]

    path = f"/v0.4/jobs?submitter_id={ada.submitter_id}"
    found = strict_client.get(path, headers={"authorization": f"apiKey {keys[2]}"}).json()["jobs"]

    assert [job["id"] for job in found] == ids[1::-1]


@pytest.mark.parametrize("path", ["/v0.3/backends", "/v0.4/backends", "/v0.4/backends/simulator"])
@pytest.mark.parametrize("key", ["", "apiKey wrong", "Bearer x"])
def test_backends_are_public_with_and_without_a_key(strict_client, path, key):
    assert strict_client.get(path, headers={"authorization": key}).status_code == 200
    assert strict_client.get(path).status_code == 200

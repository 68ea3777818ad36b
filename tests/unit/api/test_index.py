"""`/`, and paths behind a proxy that puts another in front of them."""

import pytest
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.settings import Settings


def test_the_address_alone_answers_where_to_go_on(client):
    answer = client.get("/", headers={"authorization": ""})

    assert answer.status_code == 200
    index = answer.json()
    assert index["name"] == "paultrap"
    assert index["api"] == ["/v0.4", "/v0.3"]
    for path in (index["docs"], *index["api_docs"], *index["health"]):
        assert client.get(path).status_code == 200, path


@pytest.fixture
def behind_a_path(store, bench):
    settings = Settings(root_path="/quantum/")
    with TestClient(create_app(settings, store, bench), root_path="/quantum") as client:
        client.headers.update({"authorization": "apiKey any"})
        yield client


def test_a_path_of_a_proxy_is_in_what_a_person_follows(behind_a_path):
    index = behind_a_path.get("/quantum/").json()
    assert index["api"] == ["/quantum/v0.4", "/quantum/v0.3"]

    page = behind_a_path.get("/quantum/docs").text
    assert 'href="/quantum/docs/v0.3"' in page
    assert 'href="/quantum/v0.4/api-docs"' in page
    document = behind_a_path.get("/quantum/v0.4/api-docs").json()
    assert document["servers"] == [{"url": "/quantum/v0.4"}]


def test_what_clients_follow_stays_as_they_expect_it(behind_a_path, bell_v04):
    job_id = behind_a_path.post("/quantum/v0.4/jobs", json=bell_v04).json()["id"]

    job = behind_a_path.get(f"/quantum/v0.4/jobs/{job_id}").json()
    # qiskit-ionq puts it behind its own address and cuts the first version out.
    assert job["results"]["probabilities"]["url"] == f"/v0.4/jobs/{job_id}/results/probabilities"

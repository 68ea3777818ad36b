"""Both versions: characterizations."""

import pytest

EMULATED = ["qpu.aria-1", "qpu.forte-1", "qpu.forte-enterprise-1"]
ARIA = "/v0.4/backends/qpu.aria-1/characterizations"


@pytest.mark.parametrize("name", EMULATED)
def test_v04_lists_what_the_document_describes(client, name):
    body = client.get(f"/v0.4/backends/{name}/characterizations").json()

    [item] = body["characterizations"]
    backend = client.get(f"/v0.4/backends/{name}").json()
    assert body["pages"] == 0
    assert item["backend"] == name
    assert item["id"] == backend["characterization_id"]
    assert item["qubits"] == backend["qubits"]
    assert item["date"].endswith("T00:00:00.000Z")
    assert len(item["connectivity"]) == backend["qubits"] * (backend["qubits"] - 1) // 2
    assert set(item["fidelity"]) == {"1q", "2q", "spam"}
    assert all(0 < each["median"] <= 1 for each in item["fidelity"].values())
    assert set(item["timing"]) == {"1q", "2q", "readout", "reset", "t1", "t2"}
    assert item == client.get(f"/v0.4/backends/{name}/characterizations/{item['id']}").json()


def test_published_strengths_give_these_fidelities(client):
    [item] = client.get(ARIA).json()["characterizations"]

    assert item["fidelity"]["1q"]["median"] == pytest.approx(1 - 0.0005 / 2)
    assert item["fidelity"]["2q"]["median"] == pytest.approx(1 - 0.0133 * 3 / 4)


def test_the_simulator_has_none(client):
    answer = client.get("/v0.4/backends/simulator/characterizations")

    assert answer.json() == {"characterizations": None, "pages": 0}
    assert client.get("/v0.3/characterizations/backends/simulator").json() == {
        "characterizations": [],
        "pages": 0,
    }
    assert client.get("/v0.3/characterizations/backends/simulator/current").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("limit=1", 1),
        ("limit=10&page=1", 1),
        ("page=2", 0),
        ("start=2020-01-01", 1),
        ("start=2999-01-01", 0),
        ("end=2020-01-01", 0),
        ("end=2999-01-01T00:00:00Z", 1),
    ],
)
def test_v04_takes_dates_and_pages(client, query, found):
    assert len(client.get(f"{ARIA}?{query}").json()["characterizations"]) == found


@pytest.mark.parametrize(
    ("query", "key"), [("start=soon", "start"), ("limit=0", "limit"), ("page=x", "page")]
)
def test_a_bad_parameter_is_named(client, query, key):
    answer = client.get(f"{ARIA}?{query}")

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "query", "keys": [key]}


def test_v03_shows_the_same_with_unix_seconds(client):
    [new] = client.get(ARIA).json()["characterizations"]

    current = client.get("/v0.3/characterizations/backends/qpu.aria-1/current").json()

    assert isinstance(current["date"], int)
    assert {**current, "date": None} == {**new, "date": None}
    assert 0.99 < current["fidelity"]["2q"]["mean"] < 1
    assert client.get(f"/v0.3/characterizations/{new['id']}").json() == current
    listed = client.get("/v0.3/characterizations/backends/qpu.aria-1").json()
    assert listed == {"characterizations": [current], "pages": 0}
    milliseconds = current["date"] * 1000
    for query, found in ((f"start={milliseconds}", 1), (f"end={milliseconds}", 0)):
        page = client.get(f"/v0.3/characterizations/backends/qpu.aria-1?{query}").json()
        assert len(page["characterizations"]) == found


@pytest.mark.parametrize(
    "path",
    [
        "/v0.4/backends/qpu.nothing/characterizations",
        "/v0.4/backends/qpu.aria-1/characterizations/nothing",
        "/v0.3/characterizations/nothing",
        "/v0.3/characterizations/backends/qpu.nothing/current",
    ],
)
def test_what_does_not_exist_is_a_json_404(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "nothing" in answer.json()["message"]


def test_a_characterization_is_of_its_own_backend_only(client):
    [item] = client.get(ARIA).json()["characterizations"]

    assert client.get(f"/v0.4/backends/qpu.forte-1/characterizations/{item['id']}").is_error

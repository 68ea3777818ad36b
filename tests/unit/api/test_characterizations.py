"""Both versions: characterizations."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest

EMULATED = ["qpu.aria-1", "qpu.forte-1", "qpu.forte-enterprise-1"]
ARIA = "/v0.4/backends/qpu.aria-1/characterizations"
OLD_ARIA = "/v0.3/characterizations/backends/qpu.aria-1"
#: Of Aria 1, newest first.
DAYS = ["2026-11-01", "2024-08-09", "2024-04-23"]


@pytest.mark.parametrize("name", EMULATED)
def test_v04_lists_what_the_document_describes(client, name):
    body = client.get(f"/v0.4/backends/{name}/characterizations").json()

    item = body["characterizations"][0]
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


def test_published_strengths_give_the_newest_fidelities(client):
    item = client.get(ARIA).json()["characterizations"][0]

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
        ("", DAYS),
        ("limit=10&page=1", DAYS),
        ("page=2", []),
        ("limit=1", DAYS[:1]),
        ("limit=1&page=3", DAYS[2:]),
        ("limit=2&page=2", DAYS[2:]),
        ("limit=2&page=3", []),
        ("start=2020-01-01", DAYS),
        ("start=2024-08-09", DAYS[:2]),
        ("start=2024-08-10", DAYS[:1]),
        ("start=2999-01-01", []),
        ("end=2020-01-01", []),
        ("end=2024-08-09", DAYS[2:]),
        ("end=2024-08-09T00:00:01Z", DAYS[1:]),
        ("end=2999-01-01T00:00:00Z", DAYS),
        ("start=2024-04-23&end=2026-01-01&limit=1&page=2", DAYS[2:]),
    ],
)
def test_both_versions_take_dates_and_pages(client, query, found):
    new = client.get(f"{ARIA}?{query}").json()["characterizations"]
    old = client.get(f"{OLD_ARIA}?{in_milliseconds(query)}").json()["characterizations"]

    assert [each["date"][:10] for each in new] == found
    assert [each["id"] for each in old] == [each["id"] for each in new]


@pytest.mark.parametrize("path", [ARIA, OLD_ARIA])
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_pages_follow_until_none_remains(client, path, limit):
    whole = client.get(path).json()["characterizations"]
    found = []
    page = remaining = 1
    while remaining:
        body = client.get(f"{path}?limit={limit}&page={page}").json()
        found += body["characterizations"]
        remaining = body["pages"]
        assert remaining == -(-len(whole) // limit) - page
        page += 1

    assert found == whole
    assert len(whole) == len(DAYS)


def in_milliseconds(query: str) -> str:
    """Return a query of version 0.4 in the words of version 0.3."""
    pairs = parse_qsl(query)
    return urlencode(
        [(name, milliseconds(text) if name in {"start", "end"} else text) for name, text in pairs]
    )


def milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("name", "day", "fidelities"),
    [
        ("qpu.aria-1", "2024-08-09", (0.9995, 0.996, 0.9961)),
        ("qpu.aria-1", "2024-04-23", (0.9997, 0.9706, 0.9948)),
        ("qpu.aria-2", "2024-08-09", (0.9995, 0.996, 0.9961)),
        ("qpu.harmony", "2024-08-31", (0.9973, 0.9002, 0.993)),
        ("qpu.harmony", "2020-06-29", (0.9935, 0.9602, 0.993)),
    ],
)
def test_the_past_is_what_was_published(client, name, day, fidelities):
    path = f"/v0.4/backends/{name}/characterizations"
    [found] = [
        each for each in client.get(path).json()["characterizations"] if each["date"][:10] == day
    ]

    assert tuple(found["fidelity"][key]["median"] for key in ("1q", "2q", "spam")) == fidelities
    assert found == client.get(f"{path}/{found['id']}").json()
    old = client.get(f"/v0.3/characterizations/{found['id']}").json()
    assert old == found | {"date": milliseconds(found["date"]) // 1000}
    assert old["id"] != client.get(f"/v0.3/characterizations/backends/{name}/current").json()["id"]


@pytest.mark.parametrize(
    ("query", "key"), [("start=soon", "start"), ("limit=0", "limit"), ("page=x", "page")]
)
def test_a_bad_parameter_is_named(client, query, key):
    answer = client.get(f"{ARIA}?{query}")

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "query", "keys": [key]}


def test_v03_shows_the_same_with_unix_seconds(client):
    new, *past = client.get(ARIA).json()["characterizations"]

    current = client.get("/v0.3/characterizations/backends/qpu.aria-1/current").json()

    assert isinstance(current["date"], int)
    assert {**current, "date": None} == {**new, "date": None}
    assert 0.99 < current["fidelity"]["2q"]["mean"] < 1
    assert client.get(f"/v0.3/characterizations/{new['id']}").json() == current
    listed = client.get(OLD_ARIA).json()
    assert listed["characterizations"][0] == current
    assert [each["id"] for each in listed["characterizations"][1:]] == [each["id"] for each in past]
    assert listed["pages"] == 0


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
    items = client.get(ARIA).json()["characterizations"]

    for item in items:
        answer = client.get(f"/v0.4/backends/qpu.forte-1/characterizations/{item['id']}")
        assert answer.status_code == 404

"""Both versions: a refusal names the limit, the value and the setting."""

import pytest

from paultrap.settings import Settings

H = {"gate": "h", "target": 0}
WIDE = {"gate": "x", "target": 0, "controls": list(range(1, 17))}


@pytest.fixture
def settings():
    return Settings(
        max_circuits=3, max_gates=5, max_qubits=20, max_shots=1_000, memory_limit=1_000_000
    )


@pytest.mark.parametrize(
    ("job_input", "limit", "value", "setting"),
    [
        ({"circuits": [{"circuit": [H]}] * 4}, "3", "4", "PAULTRAP_MAX_CIRCUITS"),
        ([{"circuit": [H]}] * 4, "3", "4", "PAULTRAP_MAX_CIRCUITS"),
        ({"circuits": [{"circuit": [H] * 3}] * 2}, "5", "6", "PAULTRAP_MAX_GATES"),
        ({"circuit": [H] * 6}, "5", "6", "PAULTRAP_MAX_GATES"),
        (
            {"qubits": 21, "circuit": [H, {"gate": "t", "target": 1}]},
            "20",
            "circuit 0, gate 1: not a Clifford gate",
            "PAULTRAP_MAX_QUBITS",
        ),
        ({"qubits": 513, "circuit": []}, "512", "513", "PAULTRAP_MAX_CLIFFORD_QUBITS"),
        ({"circuit": [{"gate": "x", "target": 512}]}, "512", "512", "PAULTRAP_MAX_CLIFFORD_QUBITS"),
        (
            {"qubits": 17, "circuits": [{"circuit": [H]}, {"circuit": [WIDE]}]},
            "976.6 KiB",
            "circuit 1 (17 qubits)",
            "PAULTRAP_MEMORY_LIMIT",
        ),
    ],
)
def test_what_is_too_much_is_refused_with_its_figures(  # noqa: PLR0913  # one column each
    client, n_jobs, *, job_input, limit, value, setting
):
    answer = client.post("/v0.3/jobs", json={"input": job_input})

    assert answer.status_code == 400
    for word in (limit, value, setting):
        assert word in answer.json()["message"]
    assert n_jobs() == 0


def test_too_many_shots_name_their_setting(client, bell_v03):
    answer = client.post("/v0.3/jobs", json=bell_v03 | {"shots": 1_001})

    for word in ("1001", "1,000", "PAULTRAP_MAX_SHOTS"):
        assert word in answer.json()["message"]


def test_what_is_just_enough_is_taken(client):
    assert client.post("/v0.3/jobs", json={"input": [{"circuit": [H]}] * 3}).status_code == 200
    job_input = {"qubits": 10, "circuit": [H] * 5}
    assert client.post("/v0.3/jobs", json={"input": job_input}).status_code == 200

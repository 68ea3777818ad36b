"""Both versions: backends."""

import pytest

from paultrap.machines import Machines

EMULATED = {"qpu.aria-1", "qpu.forte-1", "qpu.forte-enterprise-1"}


def test_v03_backends_are_an_array(client):
    backends = client.get("/v0.3/backends").json()

    simulator = next(item for item in backends if item["backend"] == "simulator")
    assert isinstance(simulator.pop("last_updated"), int)
    assert simulator == {
        "backend": "simulator",
        "status": "available",
        "qubits": 29,
        "average_queue_time": 0,
        "degraded": False,
        "has_access": True,
        "noise_models": ["ideal", *sorted(Machines.shipped().models)],
    }
    others = [item for item in backends if item["backend"] != "simulator"]
    assert others
    assert {item["backend"] for item in others if item["status"] == "available"} == EMULATED
    assert {item["status"] for item in others} == {"available", "unavailable"}
    assert all(item["backend"].startswith("qpu.") for item in others)


def test_v03_status_is_verbose_on_request(client):
    backends = client.get("/v0.3/backends?status=verbose").json()

    assert {item["backend"]: item["status"] for item in backends}["simulator"] == "running"
    assert {item["status"] for item in backends} == {"running", "offline"}


def test_v04_backend_has_what_the_document_requires(client):
    backends = client.get("/v0.4/backends").json()

    for item in backends:
        assert {"backend", "status", "qubits", "average_queue_time", "last_updated"} <= set(item)
        assert item["status"] in {"available", "unavailable", "retired"}
        assert item == client.get(f"/v0.4/backends/{item['backend']}").json()
    simulator = next(item for item in backends if item["backend"] == "simulator")
    assert (simulator["status"], simulator["qubits"]) == ("available", 29)
    assert {"h", "cnot", "not", "pauliexp"} <= set(simulator["supported_gates"])
    assert {"gpi", "gpi2", "ms", "zz"} <= set(simulator["supported_native_gates"])
    assert simulator["noise_models"] == ["ideal", *sorted(Machines.shipped().models)]


def test_an_emulated_qpu_says_so_and_names_its_own_gates(client):
    for item in client.get("/v0.4/backends").json():
        if item["backend"] == "simulator":
            continue
        assert "emulated" in item["location"]
        is_aria = "aria" in item["backend"] or "harmony" in item["backend"]
        assert ("ms" in item["supported_native_gates"]) == is_aria
        assert ("zz" in item["supported_native_gates"]) != is_aria


@pytest.mark.parametrize("name", ["qpu.qpu", "nonsense", "Simulator"])
def test_an_unknown_backend_is_a_json_404(client, name):
    answer = client.get(f"/v0.4/backends/{name}")

    assert answer.status_code == 404
    assert name in answer.json()["message"]

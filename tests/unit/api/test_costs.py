"""Version 0.4: estimates and costs."""

import sqlite3
from contextlib import closing
from datetime import datetime

import pytest
from harness.jobs import file_of
from harness.schemas import forget_checksums

from paultrap.admission import chunks
from paultrap.settings import Settings

ESTIMATE = "/v0.4/jobs/estimate"


def test_an_estimate_is_of_gates_and_shots(client):
    query = {"backend": "qpu.aria-1", "qubits": 25, "shots": 1000, "1q_gates": 150, "2q_gates": 40}

    body = client.get(ESTIMATE, params=query).json()

    cost = pytest.approx(1000 * (150 * 0.00022 + 40 * 0.00098))
    assert body["estimated_total_cost"] == body["estimated_cost"] == cost
    assert body["estimated_unit"] == body["cost_unit"] == "usd"
    # 150 * 135 us + 40 * 600 us + 150 us = 44.4 ms a shot.
    assert body["estimated_execution_time"] == 44_400
    assert body["current_predicted_queue_time"] == 0
    assert datetime.fromisoformat(body["estimated_at"]).tzinfo is not None
    context = body["estimate_context"]
    assert {name: context[name] for name in query} == query
    assert context["error_mitigation"] is False
    assert {"organization", "project"} <= set(context)
    [rate] = body["rate_card"]["rates"]
    assert set(rate) == {"sku", "unit", "cost_1q_gate", "cost_2q_gate", "job_cost_minimum"}


def test_a_simulators_estimate_is_free(client):
    body = client.get(f"{ESTIMATE}?backend=simulator&1q_gates=1000").json()

    assert body["estimated_total_cost"] == 0
    assert body["estimate_context"]["shots"] == 1000
    assert body["estimate_context"]["qubits"] == 25


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("shots=1", "backend"),
        ("backend=nothing", "backend"),
        ("backend=simulator&shots=0", "shots"),
        ("backend=simulator&shots=1000001", "shots"),
        ("backend=simulator&1q_gates=-1", "1q_gates"),
        ("backend=simulator&error_mitigation=maybe", "error_mitigation"),
    ],
)
def test_a_bad_parameter_is_named(client, query, key):
    answer = client.get(f"{ESTIMATE}?{query}")

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "query", "keys": [key]}


def test_a_job_on_the_simulator_costs_nothing_and_has_no_estimate(client, submit, bell_v04):
    job_id = submit(bell_v04)

    assert client.get(f"/v0.4/jobs/{job_id}/cost").json() == {
        "dry_run": False,
        "cost": {"value": 0.0, "unit": "usd"},
    }


def test_a_job_on_a_qpu_costs_what_its_gates_cost(client, submit, bell_v04):
    job_id = submit(bell_v04 | {"backend": "qpu.aria-1", "shots": 5000})

    price = {"value": pytest.approx(5000 * (3 * 0.00022 + 0.00098)), "unit": "usd"}
    body = client.get(f"/v0.4/jobs/{job_id}/cost").json()
    assert body == {"dry_run": False, "estimated_cost": price, "cost": price}


def test_a_dry_run_is_only_estimated(client, submit, bell_v04):
    job_id = submit(bell_v04 | {"backend": "qpu.aria-1", "dry_run": True})

    body = client.get(f"/v0.4/jobs/{job_id}/cost").json()

    assert body["dry_run"] is True
    assert body["estimated_cost"] == {"value": 1.0, "unit": "usd"}
    assert body["cost"] == {"value": 0.0, "unit": "usd"}


def test_a_job_costs_and_takes_what_its_bill_says(client, submit, store, bell_v04):
    """The bill was made at submission; a laboratory may change its machine's prices later."""
    job_id = submit(bell_v04 | {"backend": "qpu.aria-1"})
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute("UPDATE jobs SET price_usd = 12.5, machine_us = 7000")
        forget_checksums(connection)

    price = {"value": 12.5, "unit": "usd"}
    body = client.get(f"/v0.4/jobs/{job_id}/cost").json()
    assert body == {"dry_run": False, "estimated_cost": price, "cost": price}
    older = client.get(f"/v0.3/jobs/{job_id}").json()
    assert (older["cost_usd"], older["estimated_cost_usd"]) == (12.5, 12.5)
    assert (older["execution_time"], older["predicted_execution_time"]) == (7, 7)


def test_of_a_failed_job_the_gates_of_completed_circuits_count(
    client, submit, bench, batch_v04, monkeypatch
):
    monkeypatch.setattr(chunks, "_CHUNK_CIRCUITS", 1)
    bench.fails_with, bench.fails_at_chunk = ("InternalError", ": the trap was warm"), 0
    parent = submit(batch_v04 | {"backend": "qpu.aria-1", "shots": 5000})
    job = client.get(f"/v0.4/jobs/{parent}").json()
    assert job["status"] == "failed"

    def cost(job_id):
        return client.get(f"/v0.4/jobs/{job_id}/cost").json()["cost"]["value"]

    assert cost(parent) == pytest.approx(cost(job["child_job_ids"][1]))
    assert "cost" not in client.get(f"/v0.4/jobs/{job['child_job_ids'][0]}/cost").json()
    counts = client.get(f"/v0.4/jobs/{job['child_job_ids'][1]}").json()["stats"]["gate_counts"]
    assert cost(parent) == pytest.approx(5000 * (counts["1q"] * 0.00022 + counts["2q"] * 0.00098))
    older = client.get(f"/v0.3/jobs/{parent}").json()
    assert older["cost_usd"] == cost(parent) < older["estimated_cost_usd"]

    bench.fails_with = None
    client.post(f"/paultrap/jobs/{parent}/retry")
    assert cost(parent) == older["estimated_cost_usd"]


def test_children_share_the_cost_of_their_parent(client, submit, batch_v04):
    parent = submit(batch_v04 | {"backend": "qpu.aria-1", "shots": 5000})
    children = client.get(f"/v0.4/jobs/{parent}").json()["child_job_ids"]

    whole = client.get(f"/v0.4/jobs/{parent}/cost").json()["cost"]["value"]
    parts = [client.get(f"/v0.4/jobs/{each}/cost").json()["cost"]["value"] for each in children]

    assert len(parts) == 2
    assert sum(parts) == pytest.approx(whole)


@pytest.mark.parametrize("name", ["qubits", "1q_gates", "2q_gates"])
@pytest.mark.parametrize("value", ["1000000000", "-1", "many", "1.5"])
def test_an_estimate_names_its_limits(client, name, value):
    answer = client.get(f"{ESTIMATE}?backend=qpu.aria-1&{name}={value}")

    assert answer.status_code == 400
    least = 1 if name == "qubits" else 0
    assert (
        f"{name}: expected a whole number from {least} to 999,999,999" in answer.json()["message"]
    )


@pytest.mark.parametrize("settings", [Settings(max_shots=600)])
def test_an_estimate_without_shots_keeps_to_the_servers_limit(client, settings):
    body = client.get(ESTIMATE, params={"backend": "qpu.aria-1"}).json()

    assert body["estimate_context"]["shots"] == settings.max_shots


def test_too_many_shots_of_an_estimate_name_the_limit_and_its_setting(client):
    answer = client.get(f"{ESTIMATE}?backend=simulator&shots=1000001")

    said = "shots: 1000001 is outside 1 to 1,000,000 (setting PAULTRAP_MAX_SHOTS)."
    assert answer.json()["message"] == said

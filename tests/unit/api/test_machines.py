"""Both versions: prices and times of jobs on an emulated machine, and the place that it says it is at."""

import pytest

SHOTS = 5000
# A Bell pair on Aria: three native gates on one qubit, one on two, then readout and reset.
PRICE = SHOTS * (3 * 0.00022 + 0.00098)
MILLISECONDS = SHOTS * (3 * 0.135 + 0.6 + 0.13 + 0.02)


@pytest.fixture
def get(client):
    return lambda path: client.get(path).json()


def test_v03_prices_a_job_as_v04_does(get, submit, bell_v03):
    job_id = submit(bell_v03 | {"target": "qpu.aria-1", "shots": SHOTS})

    job = get(f"/v0.3/jobs/{job_id}")

    assert job["cost_usd"] == job["estimated_cost_usd"] == pytest.approx(PRICE)
    assert job["cost_usd"] == get(f"/v0.4/jobs/{job_id}/cost")["cost"]["value"]
    [listed] = get("/v0.3/jobs?include=cost_usd")["jobs"]
    assert listed == {"cost_usd": job["cost_usd"]}


def test_v03_prices_of_children_add_up_to_their_parents(get, submit, founding_job):
    job = founding_job | {"target": "qpu.aria-1", "shots": SHOTS}
    parent = get(f"/v0.3/jobs/{submit(job)}")
    children = [get(f"/v0.3/jobs/{child}") for child in parent["children"]]

    assert len(children) == 2
    assert parent["cost_usd"] == pytest.approx(sum(child["cost_usd"] for child in children))


def test_v03_a_job_costs_nothing_before_it_is_done_and_as_a_dry_run(get, bench, submit, bell_v03):
    job = bell_v03 | {"target": "qpu.aria-1", "shots": SHOTS}
    dry = submit(job | {"dry_run": True})
    bench.works = False
    waiting = submit(job)

    for job_id in (dry, waiting):
        found = get(f"/v0.3/jobs/{job_id}")
        assert found["cost_usd"] == 0
        assert found["estimated_cost_usd"] == pytest.approx(PRICE)


def test_a_job_on_the_simulator_is_free_and_has_no_estimate(client, submit, bell_v03):
    text = client.get(f"/v0.3/jobs/{submit(bell_v03)}").text

    assert '"cost_usd":0,' in text
    assert "estimated_cost_usd" not in text


def test_a_machines_job_takes_what_the_machine_would_take(get, submit, bell_v04):
    job_id = submit(bell_v04 | {"backend": "qpu.aria-1", "shots": SHOTS})

    new, old = get(f"/v0.4/jobs/{job_id}"), get(f"/v0.3/jobs/{job_id}")

    times = [new["predicted_execution_duration_ms"], new["execution_duration_ms"]]
    assert times == [old["predicted_execution_time"], old["execution_time"]]
    assert times == [pytest.approx(MILLISECONDS, abs=1)] * 2


def test_the_time_is_predicted_at_submission_and_taken_at_the_end(get, bench, submit, bell_v04):
    bench.works = False
    job_id = submit(bell_v04 | {"backend": "qpu.aria-1", "shots": SHOTS})

    new, old = get(f"/v0.4/jobs/{job_id}"), get(f"/v0.3/jobs/{job_id}")

    assert new["predicted_execution_duration_ms"] == pytest.approx(MILLISECONDS, abs=1)
    assert old["predicted_execution_time"] == new["predicted_execution_duration_ms"]
    assert new["execution_duration_ms"] is None
    assert "execution_time" not in old


def test_each_circuit_is_read_out_and_reset(get, submit, batch_v04):
    parent = get(f"/v0.4/jobs/{submit(batch_v04 | {'backend': 'qpu.aria-1', 'shots': SHOTS})}")
    children = [get(f"/v0.4/jobs/{child}") for child in parent["child_job_ids"]]

    parts = [child["execution_duration_ms"] for child in children]
    assert parts == [
        pytest.approx(MILLISECONDS, abs=1),
        pytest.approx(SHOTS * (0.135 + 0.13 + 0.02), abs=1),
    ]
    assert parent["execution_duration_ms"] == pytest.approx(sum(parts), abs=1)


@pytest.mark.parametrize("controls", [2, 7, 12])
@pytest.mark.parametrize("machine", ["qpu.aria-1", "qpu.forte-1"])
def test_gates_are_counted_priced_and_timed_as_the_compiler_makes_them(
    get, submit, bench, machine, controls
):
    """The gates of the native circuit, which is an artifact of the job, are what is counted."""
    bench.works = False
    gate = {"gate": "x", "target": controls, "controls": [*range(controls)]}
    circuit = [{"gate": "h", "target": 0}, gate]
    entries = [{"circuit": circuit}, {"circuit": circuit[:1]}]
    head = {"type": "ionq.multi-circuit.v1", "backend": machine, "shots": 100}
    parent = submit(head | {"input": {"qubits": controls + 1, "circuits": entries}})
    children = get(f"/v0.4/jobs/{parent}")["child_job_ids"]

    total = {"1q": 0, "2q": 0}
    for child in children:
        native = get(f"/v0.4/jobs/{child}/artifacts/ionq.native.v1")["circuit"]
        sizes = [len(each.get("targets", [each.get("target")])) for each in native]
        counts = {"1q": sizes.count(1), "2q": sizes.count(2)}
        found = get(f"/v0.4/jobs/{child}")
        assert found["stats"]["gate_counts"] == counts
        assert get(f"/v0.3/jobs/{child}")["gate_counts"] == counts
        total = {key: total[key] + counts[key] for key in total}
    assert total["2q"] > 2 * controls
    assert get(f"/v0.4/jobs/{parent}")["stats"]["gate_counts"] == total
    gates_us = 100 * (total["1q"] * 135 + total["2q"] * 600 + 2 * (130 + 20))
    predicted = get(f"/v0.4/jobs/{parent}")["predicted_execution_duration_ms"]
    assert predicted == pytest.approx(gates_us / 1000, abs=1)
    cost = max(1.0, 100 * (total["1q"] * 0.00022 + total["2q"] * 0.00098))
    assert get(f"/v0.4/jobs/{parent}/cost")["estimated_cost"]["value"] == pytest.approx(cost)


def test_on_the_simulator_gates_are_counted_as_they_are_written(get, submit, bell_v04):
    noisy = bell_v04 | {"noise": {"model": "aria-1"}}

    for job in (bell_v04, noisy):
        stats = get(f"/v0.4/jobs/{submit(job)}")["stats"]
        assert stats["gate_counts"] == {"1q": 1, "2q": 1}


def test_a_failed_job_has_taken_no_time_of_the_machine(get, bench, submit, bell_v04):
    bench.fails_with = ("InternalError", ": the trap is warm")
    job = get(f"/v0.4/jobs/{submit(bell_v04 | {'backend': 'qpu.aria-1'})}")

    assert job["status"] == "failed"
    assert job["execution_duration_ms"] is None


def test_a_time_beyond_the_documents_integers_is_the_largest_of_them(get, bench, submit, bell_v04):
    bench.works = False
    pair = [{"gate": "cnot", "control": k, "target": k + 1} for k in range(2)]
    bell_v04["input"] |= {"qubits": 3, "circuit": pair * 2000}
    job = bell_v04 | {"backend": "qpu.aria-1", "shots": 1_000_000}

    found = get(f"/v0.4/jobs/{submit(job)}")

    assert found["predicted_execution_duration_ms"] == 2**31 - 1


def test_v03_backends_lead_to_their_characterizations(get):
    for backend in get("/v0.3/backends"):
        if backend["backend"] == "simulator":
            assert {"location", "characterization_url"}.isdisjoint(backend)
            continue
        assert "emulated" in backend["location"]
        found = get(f"/v0.3{backend['characterization_url']}")
        assert found["backend"] == backend["backend"]
        assert backend["characterization_url"] == f"/characterizations/{found['id']}"

"""Machines and noise models by qiskit-ionq, v0.3 and v0.4 of the API."""

import itertools
from collections import Counter

import pytest
from clients.common import MODELS
from clients.qiskit_circuits import FAST, IS_OLD, SHOTS, distance, expected, new_only, uneven
from independent.wire import distribution
from qiskit_ionq import ErrorMitigation


@pytest.mark.parametrize(("name", "qubits"), [("simulator", 29), ("qpu.forte-1", 36)])
def test_a_backend_offers_its_width(provider, name, qubits):
    backend = provider.get_backend(f"ionq_{name}")
    found = backend.configuration().n_qubits if IS_OLD else backend.num_qubits
    if IS_OLD and name == "simulator":
        qubits = 100  # It looks for a backend "ionq_simulator", and falls back to this.
    assert found == qubits
    assert backend.status()


def test_the_simulator_has_no_calibration(backend):
    assert backend.calibration() is None


@pytest.mark.parametrize("model", MODELS)
def test_a_noise_model_gives_the_same_counts_for_the_same_seed(backend, model):
    circuit = uneven(3, 0.1)

    def counts(seed: int) -> dict[str, int]:
        backend.set_options(noise_model=model, sampler_seed=seed)
        # The client draws its counts from the histogram anew, with its own seed.
        job = backend.run(circuit, shots=SHOTS, sampler_seed=1)
        return job.result(**FAST).get_probabilities()

    first, again, other = counts(5), counts(5), counts(6)
    assert first == again != other
    assert all(p * SHOTS == pytest.approx(round(p * SHOTS)) for p in first.values())
    assert 0 < distance(circuit, first) < 0.25


@pytest.mark.parametrize("model", ["aria-1", "forte-1"])
def test_a_noisy_batch_keeps_its_order(backend, model):
    circuits = [uneven(1 + i % 4, 0.4 * i) for i in range(20)]
    backend.set_options(noise_model=model)
    result = backend.run(circuits, shots=SHOTS).result(**FAST)
    for circuit, counts in zip(circuits, result.get_counts(), strict=True):
        assert distance(circuit, counts) < 0.15


@new_only
def test_a_noisy_batch_gives_each_circuits_memory(backend):
    circuits = [uneven(2, 0.1), uneven(3, 0.4)]
    backend.set_options(noise_model="aria-1", sampler_seed=11)
    result = backend.run(circuits, shots=SHOTS, memory=True).result(**FAST)
    for index, counts in enumerate(result.get_counts()):
        memory = result.get_memory(index)
        assert len(memory) == SHOTS
        assert Counter(memory) == counts
        assert {len(key) for key in counts} == {2 + index}


@pytest.mark.parametrize("shots", [1, 100, 10_000])
def test_a_qpu_gives_as_many_counts_as_shots(provider, shots):
    qpu = provider.get_backend("ionq_qpu.forte-1")
    counts = qpu.run(uneven(3, 0.1), shots=shots).result(**FAST).get_counts()
    assert sum(counts.values()) == shots


@pytest.mark.parametrize("name", ["aria-1", "forte-1", "forte-enterprise-1"])
@pytest.mark.parametrize("mitigation", list(ErrorMitigation))
def test_a_qpu_gives_counts_near_the_ideal_ones(provider, name, mitigation):
    qpu = provider.get_backend(f"ionq_qpu.{name}")
    circuits = [uneven(3, 0.1), uneven(2, 1.3)]
    job = qpu.run(circuits, shots=SHOTS, error_mitigation=mitigation)
    counts = job.result(**FAST).get_counts()
    again = qpu.retrieve_job(job.job_id())
    sharpened = again.result(sharpen=True, **FAST).get_counts()
    for circuit, plain, sharp in zip(circuits, counts, sharpened, strict=True):
        assert sum(plain.values()) == SHOTS
        assert distance(circuit, plain) < 0.1
        assert (plain != sharp) is (mitigation is ErrorMitigation.DEBIASING)


@pytest.mark.parametrize(("name", "qubits"), [("aria-1", 25), ("forte-1", 36)])
def test_a_qpu_has_a_characterization(provider, name, qubits):
    qpu = provider.get_backend(f"ionq_qpu.{name}")
    found = qpu.calibration()
    assert (found.num_qubits if IS_OLD else found.qubits) == qubits
    fidelities = found.fidelities if IS_OLD else found.fidelity
    key = "mean" if IS_OLD else "median"
    assert 0.98 < fidelities["2q"][key] < fidelities["1q"][key] < 1
    pairs = {tuple(pair) for pair in found.connectivity}
    assert pairs == set(itertools.combinations(range(qubits), 2))
    assert qpu.status()
    if not IS_OLD:
        assert found.backend == f"qpu.{name}"
        assert found.median_spam_fidelity == 1
        assert 0 < found.timing["1q"] < found.timing["2q"] < found.timing["t2"]


@new_only
def test_a_noisy_job_gives_its_counts_and_its_memory(backend):
    backend.set_options(noise_model="aria-1", sampler_seed=11)
    result = backend.run(uneven(3, 0.1), shots=SHOTS, memory=True).result(**FAST)

    counts, memory = result.get_counts(), result.get_memory()
    assert len(memory) == SHOTS
    assert Counter(memory) == counts
    assert 0 < distance(uneven(3, 0.1), counts) < 0.1


@new_only
@pytest.mark.parametrize("mitigation", list(ErrorMitigation))
def test_a_qpu_gives_the_memory_of_its_counts(provider, mitigation):
    qpu = provider.get_backend("ionq_qpu.forte-1")
    job = qpu.run(uneven(3, 0.1), shots=SHOTS, memory=True, error_mitigation=mitigation)
    result = job.result(**FAST)
    assert sum(result.get_counts().values()) == SHOTS
    assert Counter(result.get_memory()) == result.get_counts()


@new_only
@pytest.mark.parametrize(("name", "entangler"), [("aria-1", "ms"), ("forte-1", "zz")])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_qpu_shows_the_native_circuit_that_runs(provider, name, entangler, dry_run):
    qpu = provider.get_backend(f"ionq_qpu.{name}")
    circuit = uneven(3, 0.1)

    job = qpu.run(circuit, shots=SHOTS, dry_run=dry_run)
    job.wait_for_final_state(**FAST)
    compiled = job.compiled_circuit("native")

    assert compiled["qubits"] == 3
    assert {gate["gate"] for gate in compiled["circuit"]} <= {"gpi", "gpi2", entangler}
    found = distribution(compiled["circuit"], 3, "native")
    truth = {str(int(key, 2)): p for key, p in expected(circuit).items() if p > 1e-11}
    assert found == pytest.approx(truth, abs=1e-9)


@new_only
def test_a_job_is_estimated(backend):
    estimate = backend.client.estimate_job(
        backend="ionq_qpu.aria-1", oneq_gates=150, twoq_gates=40, qubits=5, shots=1000
    )

    assert estimate.cost == pytest.approx(1000 * (150 * 0.00022 + 40 * 0.00098))
    assert (estimate.cost_unit, estimate.backend, estimate.shots) == ("usd", "qpu.aria-1", 1000)
    assert estimate.total_runtime == estimate.exec_time > 0

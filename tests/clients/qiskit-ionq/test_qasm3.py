"""qiskit-ionq's way with circuits that measure or reset before their end: OpenQASM 3."""

import pytest
from clients.qiskit_circuits import FAST, SHOTS, new_only
from independent.branches import branches
from independent.distributions import distance
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit_ionq.exceptions import IonQJobError

pytestmark = new_only


def flat(counts):
    return {int(bits.replace(" ", ""), 2): count for bits, count in counts.items()}


def dynamic():
    circuit = QuantumCircuit(
        QuantumRegister(2, "q"), ClassicalRegister(2, "mid"), ClassicalRegister(1, "out")
    )
    circuit.ry(0.7, 0)
    circuit.cx(0, 1)
    circuit.measure(0, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.ry(1.2, 0)
    circuit.cx(1, 0)
    circuit.measure(0, 2)
    return circuit


def test_registers_come_back_by_name(provider):
    backend = provider.get_backend("ionq_simulator")
    circuit = dynamic()
    job = backend.run(circuit, shots=SHOTS, noise_model="forte-1", sampler_seed=7)
    job.wait_for_final_state(**FAST)
    counts = job.result().get_counts()
    assert {len(key.split()[0]) for key in counts} <= {1, 3}
    assert sum(counts.values()) == SHOTS
    # The model's errors are of the order of a hundredth.
    assert distance(branches(circuit), flat(counts)) < 0.06


def test_reset_and_reuse_on_a_machine(provider):
    circuit = QuantumCircuit(1, 3)
    for bit in range(3):
        circuit.x(0)
        circuit.measure(0, bit)
        circuit.reset(0)
    job = provider.get_backend("ionq_qpu.forte-1").run(circuit, shots=1000)
    job.wait_for_final_state(**FAST)
    counts = job.result().get_counts()
    assert counts["111"] > 950


def test_the_ideal_simulator_has_no_shots_and_the_client_says_so(provider):
    backend = provider.get_backend("ionq_simulator")
    job = backend.run(dynamic(), shots=100)
    job.wait_for_final_state(**FAST)
    with pytest.raises(IonQJobError, match="produced no per-register shot data"):
        job.result()

"""Clifford circuits: sampled without a state, against numpy and against qiskit's stabilizers."""

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from qiskit import QuantumCircuit
from qiskit.quantum_info import StabilizerState
from unit.engine.clifford_circuits import clifford
from unit.engine.engine_reference import probabilities_of
from unit.engine.noise_reference import noisy_probabilities, p_value

from paultrap.circuits import Opcode
from paultrap.engine import (
    Draw,
    MemoryLimitError,
    NoiseModel,
    RunOptions,
    estimate_memory,
    sample,
    simulate,
)


def noise(one: float, two: float) -> NoiseModel:
    return NoiseModel(
        name="test", qubits=64, entangler="ms", one_qubit=one, two_qubit=two, acts_on="written"
    )


@pytest.mark.parametrize("seed", range(30))
def test_noisy_clifford_circuits_have_the_distribution_of_the_density_matrix(seed):
    width = 1 + seed % 5
    circuits = [clifford(seed, width, 30), clifford(seed + 100, width, 5)]
    answer = sample(program_of(circuits), Draw(4_000, seed), noise=noise(0.02, 0.1))
    for index, circuit in enumerate(circuits):
        assert p_value(answer, index, noisy_probabilities(circuit, 0.02, 0.1), 4_000) > 1e-4


@pytest.mark.parametrize("seed", range(40))
def test_without_noise_exactly_the_states_that_can_be_are_seen(seed):
    width = 1 + seed % 8
    circuit = clifford(seed, width, 40)
    expected = probabilities_of(circuit)
    answer = sample(program_of([circuit]), Draw(20 * 2**width, seed))
    possible = np.flatnonzero(expected > 1e-9)
    assert answer.states.astype(int).tolist() == possible.tolist()
    assert p_value(answer, 0, expected, 20 * 2**width) > 1e-4


@pytest.mark.parametrize(("width", "n_gates"), [(30, 300), (64, 300)])
def test_wide_circuits_agree_with_the_stabilizers_of_qiskit(width, n_gates):
    rng = np.random.default_rng(width)
    circuit = random_circuit(
        rng, width, n_gates, [Opcode.H, Opcode.S, Opcode.X, Opcode.SWAP, Opcode.Z], 0
    )
    gates = list(circuit.gates)
    for _ in range(n_gates // 2):
        one, other = rng.permutation(width)[:2].tolist()
        gates.insert(int(rng.integers(len(gates))), G(Opcode.X, (one,), (other,)))
    reference = QuantumCircuit(width)
    for gate in gates:
        name = "cx" if gate.controls else gate.opcode.name.lower()
        getattr(reference, name)(*gate.controls, *gate.targets)
    state = StabilizerState(reference)
    answer = sample(program_of([C(width, tuple(gates))]), Draw(200, 1))
    for found in answer.states[:3].tolist():
        bits = f"{found:0{width}b}"
        assert state.probabilities_dict_from_bitstring(bits)[bits] > 0
    bits = answer.states[:, None] >> np.arange(width, dtype=np.uint64) & np.uint64(1)
    weights = answer.probabilities @ bits
    for qubit in range(0, width, 7):
        assert abs(weights[qubit] - state.probabilities([qubit])[1]) < 0.25


def test_a_circuit_that_is_nearly_clifford_is_run_as_what_it_is():
    gates = (G(Opcode.RY, (0,), (), (np.pi / 2 + 0.4,)), G(Opcode.X, (1,), (0,)))
    circuit = C(2, gates)
    answer = sample(program_of([circuit]), Draw(20_000, 4))
    assert p_value(answer, 0, probabilities_of(circuit), 20_000) > 1e-4


def test_clifford_and_other_circuits_of_one_job_keep_their_seeds():
    rng = np.random.default_rng(3)
    circuits = [
        clifford(1, 4, 20),
        random_circuit(rng, 4, 20, [Opcode.RX, Opcode.T], 0),
        clifford(2, 4, 20),
    ]
    whole = sample(
        program_of(circuits), Draw(500, 6), noise=noise(0.1, 0.1), options=RunOptions(threads=4)
    )
    for index, circuit in enumerate(circuits):
        alone = sample(program_of([circuit]), Draw(500, 6, index), noise=noise(0.1, 0.1))
        assert whole.slice(index, index + 1).to_bytes() == alone.to_bytes()


def chain(width: int, first: Opcode) -> C:
    """Return a circuit whose qubits all agree with the first one's."""
    gates = [G(first, (0,), (), (0.3,) if first == Opcode.RY else ())]
    return C(width, (*gates, *(G(Opcode.X, (q + 1,), (q,)) for q in range(width - 1))))


def test_wide_clifford_circuits_have_exact_answers_without_a_state():
    """A state of 60 qubits would fill no machine."""
    wide = C(60, (*chain(60, Opcode.H).gates, G(Opcode.X, (59,)), G(Opcode.H, (58,))))
    small = chain(3, Opcode.RY)
    program = program_of([small, wide, chain(40, Opcode.H), small, chain(25, Opcode.X)])
    assert estimate_memory(program) < 2**25
    answer = simulate(program, options=RunOptions(memory_limit=2**25))
    ones = 2**60 - 1
    assert answer.as_dict(1) == {
        1 << 59: 0.25,
        1 << 58 | 1 << 59: 0.25,
        ones ^ 1 << 59 ^ 1 << 58: 0.25,
        ones ^ 1 << 59: 0.25,
    }
    assert answer.as_dict(2) == {0: 0.5, 2**40 - 1: 0.5}
    assert answer.as_dict(4) == {2**25 - 1: 1.0}
    for index in (0, 3):
        assert answer.as_dict(index)[7] == pytest.approx(np.sin(0.15) ** 2)


@pytest.mark.parametrize("seed", range(10))
def test_wide_answers_are_those_of_the_state_vector(seed):
    circuit = clifford(seed, 20, 60)
    few = C(20, tuple(gate for gate in circuit.gates if gate.opcode != Opcode.H or seed % 2))
    answer = simulate(program_of([few]))
    expected = probabilities_of(few)
    assert list(answer.states) == sorted(answer.states)
    found = np.zeros(2**20)
    found[answer.states.astype(int)] = answer.probabilities
    assert np.abs(found - expected).max() < 1e-12


def test_a_support_that_is_too_large_to_list_needs_a_state():
    even = C(40, tuple(G(Opcode.H, (q,)) for q in range(40)))
    with pytest.raises(MemoryLimitError):
        simulate(program_of([even]))
    assert sample(program_of([even]), Draw(10, 1)).probabilities.tolist() == [0.1] * 10

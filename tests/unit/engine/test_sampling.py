"""Sampled runs against density matrices, and the promises about their seeds."""

import itertools

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest
from unit.engine.engine_reference import probabilities_of
from unit.engine.noise_reference import noisy_probabilities, p_value

from paultrap import _kernels
from paultrap.circuits import Distributions, Opcode
from paultrap.engine import Draw, MemoryLimitError, NoiseModel, RunOptions, sample

PAIRS = [opcode for opcode in Opcode if opcode not in (Opcode.PAULIEXP, Opcode.NOP)]


def model(one_qubit: float = 0.0, two_qubit: float = 0.0, readout=()) -> NoiseModel:
    """Return noise on the gates as written."""
    return NoiseModel(
        name="test",
        title="Test",
        qubits=29,
        entangler="ms",
        one_qubit=one_qubit,
        two_qubit=two_qubit,
        readout=readout,
        acts_on="written",
        source="a test",
    )


def of_pairs(seed: int, width: int, n_gates: int) -> C:
    """Return a circuit over every gate of one or two qubits."""
    rng = np.random.default_rng(seed)
    gates: list[G] = []
    while len(gates) < n_gates:
        (gate,) = random_circuit(rng, width, 1, PAIRS, 1).gates
        gates += [gate] if len(gate.targets + gate.controls) <= 2 else []
    return C(width, tuple(gates))


def same(one: Distributions, other: Distributions) -> bool:
    return one.to_bytes() == other.to_bytes()


@pytest.mark.parametrize("seed", range(40))
def test_noise_on_every_gate_is_that_of_the_density_matrix(seed):
    rng = np.random.default_rng(seed)
    circuits = [of_pairs(100 * seed + k, int(rng.integers(1, 6)), 25) for k in range(3)]
    one, two = 0.1 * rng.random(), 0.3 * rng.random()
    noise = model(one, two)
    answer = sample(program_of(circuits), Draw(5_000, seed), noise=noise)
    for index, circuit in enumerate(circuits):
        expected = noisy_probabilities(circuit, one, two)
        assert p_value(answer, index, expected, 5_000) > 1e-4


@pytest.mark.parametrize(("one", "two"), [(0.0, 0.0), (0.01, 0.05), (1.0, 1.0)])
def test_p_values_over_200_seeds_are_uniform(one, two):
    circuit = of_pairs(7, 4, 30)
    expected = noisy_probabilities(circuit, one, two)
    program = program_of([circuit])
    answers = [sample(program, Draw(2_000, k), noise=model(one, two)) for k in range(200)]
    p_values = [p_value(answer, 0, expected, 2_000) for answer in answers]
    assert kstest(p_values, "uniform").pvalue > 1e-3


def test_circuits_of_one_job_are_sampled_independently():
    """Two fair coins in 2,000 circuits agree half of the time."""
    coin = C(1, (G(Opcode.H, (0,)),))
    answer = sample(program_of([coin] * 2_000), Draw(1, 3))
    tails = int(answer.states.sum())
    assert abs(tails - 1_000) < 4 * np.sqrt(500)
    pairs = np.count_nonzero(answer.states[::2] == answer.states[1::2])
    assert abs(pairs - 500) < 4 * np.sqrt(250)


@pytest.mark.usefixtures("isa")
def test_an_answer_depends_on_seed_and_index_and_not_on_threads_or_chunks():
    circuits = [of_pairs(k % 5, 5, 30) for k in range(12)]
    program, noise = program_of(circuits), model(0.02, 0.1)
    whole = sample(program, Draw(300, 11), noise=noise, options=RunOptions(threads=4))
    assert same(whole, sample(program, Draw(300, 11), noise=noise, options=RunOptions(threads=1)))
    for cuts in ((0, 5, 12), (0, 1, 2, 12)):
        parts = [
            sample(program.slice(a, b), Draw(300, 11, a), noise=noise)
            for a, b in itertools.pairwise(cuts)
        ]
        assert same(whole, Distributions.concatenate(parts))
    assert not same(whole, sample(program, Draw(300, 12), noise=noise))
    assert not same(whole, sample(program, Draw(300, 11, 1), noise=noise))
    assert not same(whole.slice(0, 1), whole.slice(5, 6))  # equal circuits


def test_every_instruction_set_sees_the_same_states(monkeypatch):
    program, noise = program_of([of_pairs(k, 6, 40) for k in range(4)]), model(0.02, 0.1)
    answers = []
    for name in ("portable", "avx2", "avx512"):
        try:
            _kernels.isa(name)
        except ValueError:
            continue
        monkeypatch.setenv("PAULTRAP_ISA", name)
        answers.append(sample(program, Draw(500, 5), noise=noise))
    assert all(same(answers[0], other) for other in answers)


@pytest.mark.parametrize("width", [16, 18, 19])
def test_large_states_share_runs_without_mixing_them_up(width):
    """Local noise on a product state: every qubit's answer is known."""
    angles = 0.3 + 0.1 * np.arange(width)
    gates = [G(Opcode.RY, (q,), (), (angles[q],)) for q in range(width)]
    gates += [G(Opcode.NATIVE_ZZ, (q, (q + 1) % width), (), (0.2,)) for q in range(width)]
    gates += [G(Opcode.NATIVE_ZZ, (q, (q + 1) % width), (), (-0.2,)) for q in range(width)]
    gates += [G(Opcode.RY, (q,), (), (0.2,)) for q in range(width)]
    shots, r = 400, 0.1
    program = program_of([C(width, tuple(gates))])
    answer = sample(program, Draw(shots, 1), noise=model(r, 0.0), options=RunOptions(threads=4))
    assert same(
        answer, sample(program, Draw(shots, 1), noise=model(r, 0.0), options=RunOptions(threads=1))
    )
    counts = np.rint(answer.probabilities * shots)
    for qubit in range(width):
        ones = counts[answer.states >> np.uint64(qubit) & np.uint64(1) == 1].sum()
        expected = 0.5 - 0.5 * (1 - r) ** 2 * np.cos(angles[qubit] + 0.2)
        assert abs(ones / shots - expected) < 5 * np.sqrt(0.25 / shots)


def test_large_states_without_noise_give_their_own_distribution():
    width, shots = 18, 3_000
    circuit = random_circuit(
        np.random.default_rng(4), width, 60, [Opcode.H, Opcode.RY, Opcode.X, Opcode.S], 1
    )
    expected = probabilities_of(circuit)
    answer = sample(program_of([circuit]), Draw(shots, 1), options=RunOptions(threads=4))
    assert (expected[answer.states.astype(int)] > 0).all()
    high, low = answer.states >> np.uint64(14), answer.states & np.uint64(15)
    counts = np.rint(answer.probabilities * shots)
    for part, marginal in (
        (high, expected.reshape(16, -1).sum(axis=1)),
        (low, expected.reshape(-1, 16).sum(axis=0)),
    ):
        seen = np.bincount(part.astype(int), counts, 16)
        assert np.abs(seen / shots - marginal).max() < 5 * np.sqrt(0.25 / shots)


def test_qubits_are_misread_as_often_as_the_model_says():
    flips = [G(Opcode.X, (q,)) for q in (1, 3)]
    readout = ((0.1, 0.0), (0.0, 0.2), (0.0, 0.0), (0.5, 0.05))
    shots = 40_000
    answer = sample(program_of([C(5, tuple(flips))]), Draw(shots, 2), noise=model(readout=readout))
    counts = np.rint(answer.probabilities * shots)
    for qubit, expected in enumerate((0.1, 0.8, 0.0, 0.95, 0.0)):
        ones = counts[answer.states >> np.uint64(qubit) & np.uint64(1) == 1].sum()
        assert abs(ones / shots - expected) <= 5 * np.sqrt(expected * (1 - expected) / shots)


@given(st.integers(1, 300), st.integers(-(2**63), 2**63 - 1), st.integers(0, 20))
def test_counts_sum_to_the_shots_and_states_ascend(shots, seed, n_gates):
    circuits = [of_pairs(n_gates, 3, n_gates), C(2, ()), of_pairs(n_gates + 1, 13, n_gates)]
    answer = sample(program_of(circuits), Draw(shots, seed), noise=model(0.2, 0.2))
    for index, circuit in enumerate(circuits):
        found = answer.as_dict(index)
        counts = [share * shots for share in found.values()]
        assert sum(map(round, counts)) == shots
        assert all(abs(count - round(count)) < 1e-9 for count in counts)
        assert list(found) == sorted(found)
        assert max(found) < 2**circuit.width


def test_circuits_may_have_shots_of_their_own():
    circuits = [of_pairs(k, 4, 20) for k in range(3)]
    program, noise, shots = program_of(circuits), model(0.1, 0.1), np.array([10, 1, 700])
    answer = sample(program, Draw(shots, 9), noise=noise)
    for index, count in enumerate(shots.tolist()):
        own = program.slice(index, index + 1)
        alone = sample(own, Draw(count, 9, index), noise=noise)
        assert same(answer.slice(index, index + 1), alone)


def test_a_circuit_without_gates_reads_zero():
    assert sample(program_of([C(4, ())]), Draw(10, 1), noise=model(0.5, 0.5)).as_dict(0) == {0: 1.0}


def test_what_does_not_fit_is_refused_with_what_it_needs():
    circuit = C(24, tuple(G(Opcode.RY, (q,), (), (0.1,)) for q in range(24)))
    with pytest.raises(MemoryLimitError) as error:
        sample(program_of([circuit]), Draw(10, 1), options=RunOptions(memory_limit=2**20))
    assert error.value.needed >= 2**28


@pytest.mark.parametrize("shots", [0, -1, 2**31])
def test_shots_out_of_range_are_refused(shots):
    with pytest.raises(ValueError, match="shots"):
        sample(program_of([C(1, ())]), Draw(shots, 1))


@pytest.mark.parametrize(
    ("key", "high", "low", "words"),
    [
        (0, 0, 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (2**64 - 1, 2**64 - 1, 2**64 - 1, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            0x299F31D0A4093822,
            0x0370734413198A2E,
            0x85A308D3243F6A88,
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_the_generator_gives_the_known_answers_of_its_authors(key, high, low, words):
    assert _kernels.philox(key, high, low) == words

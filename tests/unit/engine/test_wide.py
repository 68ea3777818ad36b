"""Clifford circuits of more than 64 qubits, against narrow ones and against closed forms."""

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from scipy.stats import binomtest, chi2
from unit.engine.clifford_circuits import clifford
from unit.engine.engine_reference import probabilities_of

from paultrap import _kernels
from paultrap.circuits import Distributions, NotCliffordError, Opcode
from paultrap.engine import (
    Draw,
    LargeSupportError,
    MemoryLimitError,
    NoiseModel,
    RunOptions,
    estimate_costs,
    estimate_memory,
    estimate_sampling_costs,
    estimate_sampling_memory,
    sample,
    simulate,
    wide,
)

WIDTHS = [65, 100, 128, 129, 200, 256, 257, 300, 512]


def noise(**strengths) -> NoiseModel:
    given = {"one_qubit": 0.0, "two_qubit": 0.0, "acts_on": "written"} | strengths
    return NoiseModel(name="test", qubits=512, entangler="ms", **given)


def ghz(width: int) -> C:
    return C(
        width,
        (G(Opcode.H, (0,)), *(G(Opcode.X, (q + 1,), (q,)) for q in range(width - 1))),
    )


def recognised(seed: int, width: int, n_gates: int) -> C:
    """Return a random circuit without controlled turns by none or a whole one."""
    gates = clifford(seed, width, n_gates).gates
    return C(
        width,
        tuple(
            g for g in gates if not (g.controls and g.params) or abs(np.sin(g.params[0] / 2)) > 0.5
        ),
    )


def bits_of(answer: Distributions, index: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the states' bits, shape (K, width), and their probabilities."""
    found = answer.as_dict(index)
    bits = [[state >> q & 1 for q in range(width)] for state in found]
    return np.array(bits), np.array(list(found.values()))


def scattered(circuit: C, places: list[int], width: int) -> C:
    gates = [
        G(
            g.opcode,
            tuple(places[q] for q in g.targets),
            tuple(places[q] for q in g.controls),
            g.params,
        )
        for g in circuit.gates
    ]
    return C(width, tuple(gates))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_ghz_state_has_two_states(width):
    answer = simulate(program_of([ghz(width)]))
    assert answer.as_dict(0) == {0: 0.5, 2**width - 1: 0.5}
    seen = sample(program_of([ghz(width)]), Draw(1_000, 3)).as_dict(0)
    assert set(seen) == {0, 2**width - 1}
    assert binomtest(round(seen[0] * 1_000), 1_000).pvalue > 1e-4


@pytest.mark.parametrize("seed", range(24))
def test_a_circuit_on_scattered_qubits_has_the_answer_of_the_narrow_one(seed):
    width = WIDTHS[seed % len(WIDTHS)]
    rng = np.random.default_rng(seed)
    narrow = recognised(seed, 10, 60)
    places = rng.permutation(width)[:10].tolist()
    expected = probabilities_of(narrow)
    answer = simulate(program_of([scattered(narrow, places, width)]))
    found = answer.as_dict(0)
    assert list(found) == sorted(found)
    moved = {
        sum((state >> k & 1) << place for k, place in enumerate(places)): probability
        for state, probability in enumerate(expected)
        if probability > 1e-9
    }
    assert found == pytest.approx(moved)


@pytest.mark.parametrize("seed", range(12))
def test_noisy_shots_on_scattered_qubits_have_the_distribution_of_narrow_ones(seed):
    """Two samples of the same distribution, by the chi-square test of homogeneity."""
    width, shots = WIDTHS[seed % len(WIDTHS)], 20_000
    rng = np.random.default_rng(seed)
    narrow = recognised(seed, 5, 30)
    places = rng.permutation(width)[:5].tolist()
    model = noise(one_qubit=0.02, two_qubit=0.1)
    one = sample(program_of([narrow]), Draw(shots, seed), noise=model)
    other = sample(program_of([scattered(narrow, places, width)]), Draw(shots, 99), noise=model)
    counts = np.zeros((2, 32))
    counts[0, one.states] = one.probabilities * shots
    bits, probabilities = bits_of(other, 0, width)
    assert not np.delete(bits, places, axis=1).any()
    np.add.at(counts[1], bits[:, places] @ (1 << np.arange(5)), probabilities * shots)
    counts = counts[:, counts.sum(axis=0) > 10]
    mean = counts.mean(axis=0)
    assert chi2.sf(((counts - mean) ** 2 / mean).sum(), max(counts.shape[1] - 1, 1)) > 1e-4


def test_graph_states_keep_the_parities_of_their_stabilizers():
    """Measured in X at vertex v and in Z at its neighbours, v's stabilizer has even parity."""
    width = 300
    rng = np.random.default_rng(5)
    edges = {tuple(sorted(rng.permutation(width)[:2].tolist())) for _ in range(600)}
    graph = [G(Opcode.H, (q,)) for q in range(width)]
    graph += [G(Opcode.Z, (b,), (a,)) for a, b in sorted(edges)]
    measured: set[int] = set()  # vertices of which no two are neighbours
    for v in range(width):
        if not any((min(v, m), max(v, m)) in edges for m in measured):
            measured.add(v)
    circuit = C(width, (*graph, *(G(Opcode.H, (v,)) for v in sorted(measured))))
    bits, _ = bits_of(sample(program_of([circuit]), Draw(300, 2)), 0, width)
    for v in measured:
        around = [a + b - v for a, b in edges if v in (a, b)]
        assert not (bits[:, [v, *around]].sum(axis=1) % 2).any()
    free = [v for v in range(width) if v not in measured]
    assert abs(bits[:, free].mean() - 0.5) < 0.02


def test_pauli_errors_and_misread_qubits_have_their_rates():
    """On |0>, x is wrong with probability r / 2: two of four Paulis flip it."""
    width, shots, r = 150, 2_000, 0.08
    circuit = C(width, tuple(G(Opcode.X, (q,)) for q in range(100)))
    readout = ((0.03, 0.0),) * 140
    answer = sample(
        program_of([circuit]), Draw(shots, 8), noise=noise(one_qubit=r, readout=readout)
    )
    bits, probabilities = bits_of(answer, 0, width)
    ones = np.rint(probabilities @ bits * shots).astype(int)
    lost = 1 - ones[:100].sum() / (100 * shots)
    assert abs(lost - r / 2 * 0.97) < 0.003
    assert abs(ones[100:140].sum() / (40 * shots) - 0.03) < 0.003
    assert not ones[140:].any()


def test_noise_behind_native_gates_is_felt_by_wide_circuits():
    model = noise(one_qubit=0.001, two_qubit=0.01, acts_on="native")
    answer = sample(program_of([ghz(100)]), Draw(1_000, 1), noise=model)
    whole = answer.as_dict(0)
    kept = whole.get(0, 0) + whole.get(2**100 - 1, 0)
    # About 99 entanglers and a few hundred rotations, of which not every error is seen.
    assert 0.1 < kept < 0.75
    assert sum(whole.values()) == pytest.approx(1)


def test_wide_and_narrow_circuits_of_one_job_keep_their_answers_and_seeds():
    rng = np.random.default_rng(3)
    circuits = [
        random_circuit(rng, 4, 20, [Opcode.RX, Opcode.T], 0),
        ghz(100),
        ghz(30),
        ghz(400),
        clifford(2, 4, 20),
    ]
    model = noise(one_qubit=0.05, two_qubit=0.05)
    program = program_of(circuits)
    whole = sample(program, Draw(300, 6), noise=model, options=RunOptions(threads=3))
    exact = simulate(program)
    assert whole.words == exact.words == 8
    for index, circuit in enumerate(circuits):
        alone = sample(program_of([circuit]), Draw(300, 6, index), noise=model)
        assert whole.as_dict(index) == alone.as_dict(0)
        assert exact.as_dict(index) == simulate(program_of([circuit])).as_dict(0)
        again = Distributions.from_bytes(whole.to_bytes())
        assert again.as_dict(index) == whole.as_dict(index)


def test_what_wide_circuits_take_is_estimated():
    program = program_of([ghz(5), ghz(200)])
    assert estimate_memory(program) < 2**20
    assert (estimate_costs(program) > 0).all()
    assert (estimate_sampling_costs(program, 100, None) > 0).all()
    assert estimate_sampling_memory(program, 100, None) < 2**20
    with pytest.raises(MemoryLimitError):
        sample(program, Draw(10**8, 1), options=RunOptions(memory_limit=2**25))
    large = C(100, tuple(G(Opcode.H, (q,)) for q in range(20)))
    with pytest.raises(MemoryLimitError):
        simulate(program_of([large]), options=RunOptions(memory_limit=2**25))


@pytest.mark.parametrize("seed", range(6))
def test_what_is_estimated_does_not_depend_on_qubits_that_no_gate_acts_on(seed):
    rng = np.random.default_rng(seed)
    circuits = []
    for _ in range(5):
        narrow = recognised(int(rng.integers(1 << 30)), 6, 20)
        width = int(rng.integers(60, 513))
        circuits.append(scattered(narrow, rng.permutation(width)[:6].tolist(), width))
    circuits.append(C(300, ()))
    program = program_of(circuits)

    found = wide._dimensions(program, 1)
    narrowed = wide._narrowed(program)

    assert narrowed.widths.tolist() == [min(c.width, 65) for c in circuits]
    dimensions = _kernels.wide_distributions(program.arrays(), 0, 1)[3]
    assert found.tolist() == dimensions.tolist()


def test_a_support_that_is_too_large_is_named():
    even = C(80, tuple(G(Opcode.H, (q,)) for q in range(21)))
    with pytest.raises(LargeSupportError, match=r"circuit 1 has 80 qubits and 2\*\*21 states"):
        simulate(program_of([ghz(2), even]))
    assert len(sample(program_of([even]), Draw(10, 1)).states) == 10


@pytest.mark.parametrize("acts_on", ["native", "written"])
def test_other_gates_are_refused_by_name(acts_on):
    bad = C(80, (G(Opcode.H, (0,)), G(Opcode.T, (79,))))
    message = "circuit 1, gate 1: not a Clifford gate; the circuit has 80 qubits"
    program = program_of([ghz(2), bad, bad])
    for run in (
        simulate,
        estimate_memory,
        estimate_costs,
        lambda p: sample(p, Draw(5, 1), noise=noise(acts_on=acts_on)),
    ):
        with pytest.raises(NotCliffordError, match=message) as refused:
            run(program)
        assert (refused.value.circuit, refused.value.gate) == (1, 1)


def test_more_than_512_qubits_and_qubits_named_twice_are_refused():
    with pytest.raises(ValueError, match="circuit 0 has more than 512 qubits"):
        simulate(program_of([ghz(513)]))
    twice = C(200, (G(Opcode.X, (130,), (130,)),))
    with pytest.raises(ValueError, match="a qubit is named twice"):
        simulate(program_of([twice]))
    apart = C(200, (G(Opcode.X, (130,)), G(Opcode.X, (66,), (130,))))
    assert simulate(program_of([apart])).as_dict(0) == {1 << 130 | 1 << 66: 1.0}

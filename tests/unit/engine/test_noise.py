"""Noise models: converted fidelities, and where noise acts."""

import itertools

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from unit.engine.noise_reference import depolarized

from paultrap.circuits import GATES, Opcode
from paultrap.engine import NoiseModel, depolarizing_of
from paultrap.engine.sites import NO_QUBIT, sites_of


def written(**fields) -> NoiseModel:
    given = {"name": "test", "qubits": 5, "entangler": "ms", "one_qubit": 0.1, "two_qubit": 0.2}
    return NoiseModel(**given | {"acts_on": "written"} | fields)


@pytest.mark.parametrize("qubits", [1, 2])
def test_the_converted_strength_has_the_average_fidelity_that_it_came_from(qubits):
    """Average over many random pure states what a density matrix of plain numpy keeps."""
    rng = np.random.default_rng(qubits)
    fidelity, d = 0.93, 2**qubits
    r = depolarizing_of(fidelity, qubits)
    kept = []
    for _ in range(20):
        state = rng.normal(size=d) + 1j * rng.normal(size=d)
        state /= np.linalg.norm(state)
        rho = depolarized(np.outer(state, state.conj()), tuple(range(qubits)), r)
        assert np.linalg.eigvalsh(rho).min() > 0
        kept.append((state.conj() @ rho @ state).real)
    assert np.mean(kept) == pytest.approx(fidelity, abs=1e-12)


def test_every_gate_has_its_sites():
    circuits = [
        C(4, (G(Opcode.H, (2,)), G(Opcode.X, (1,), (3,)), G(Opcode.NOP, (0,)))),
        C(2, ()),
        C(4, (G(Opcode.SWAP, (0, 1), (2, 3)), G(Opcode.RZ, (3,), (), (0.1,)))),
    ]
    sites = sites_of(program_of(circuits), written())
    assert sites.offsets.tolist() == [0, 2, 2, 6]
    assert sites.gates.tolist() == [0, 1, 0, 0, 0, 1]
    assert sites.first.tolist() == [2, 1, 0, 1, 2, 3]
    assert sites.second.tolist() == [NO_QUBIT, 3, 1, 2, 3, NO_QUBIT]
    assert sites.strengths.tolist() == [0.1, 0.2, 0.2, 0.2, 0.2, 0.1]


def test_strengths_by_gate_go_before_the_general_ones_and_pairs_before_all():
    gates = (
        G(Opcode.X, (0,)),
        G(Opcode.X, (0,), (1,)),
        G(Opcode.X, (3,), (2,)),
        G(Opcode.GPI, (0,), (), (0.1,)),
        G(Opcode.Z, (0,)),
        G(Opcode.ZPOW, (0,), (), (0.3,)),
    )
    model = written(
        gates={"x": 0.3, "cnot": 0.4, "gpi": 0.5, "z": 0.0}, pairs={"3-2": 0.6, "0-4": 0.7}
    )
    sites = sites_of(program_of([C(5, gates)]), model)
    assert dict(zip(sites.gates.tolist(), sites.strengths.tolist(), strict=True)) == {
        0: 0.3,
        1: 0.4,
        2: 0.6,
        3: 0.5,
    }


def test_sites_agree_with_a_loop_over_gates():
    rng = np.random.default_rng(1)
    circuits = [random_circuit(rng, 5, n, list(Opcode), 2) for n in (0, 7, 30, 1)]
    sites = sites_of(program_of(circuits), written())
    assert {name for _, name in GATES} >= {"ms", "zz"}
    for index, circuit in enumerate(circuits):
        expected = []
        for number, gate in enumerate(circuit.gates):
            qubits = gate.targets + gate.controls
            if gate.opcode in (Opcode.NOP, Opcode.COPY):
                continue
            if len(qubits) == 1:
                expected.append((number, qubits[0], NO_QUBIT, 0.1))
            expected += [(number, a, b, 0.2) for a, b in itertools.pairwise(qubits)]
        first, last = sites.offsets[index : index + 2]
        columns = (sites.gates, sites.first, sites.second, sites.strengths)
        assert list(zip(*(c[first:last].tolist() for c in columns), strict=True)) == expected

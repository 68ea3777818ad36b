"""The gate tables of Python, C++, qiskit and cirq say the same."""

import math
from dataclasses import replace

import numpy as np
import pytest
from harness.circuits import G, matrix_of, random_gate, unitary_of

from paultrap import _kernels
from paultrap.circuits import Opcode, unitary

KERNELS = _kernels.gate_table()
PAULIS = {"X": unitary(Opcode.X), "Y": unitary(Opcode.Y), "Z": unitary(Opcode.Z)}
# A clifford gate turns Paulis into Paulis; gpi is one at eighths of a turn, others at quarters.
STEPS = {Opcode.GPI: 1 / 8, Opcode.GPI2: 1 / 4, Opcode.MS: 1 / 4, Opcode.NATIVE_ZZ: 1 / 4}
# The kernels could let a Y wait behind an h too. That would change the answers to seeds.
UNUSED = {(Opcode.H, "anticommuting"): "Y"}


def random_gates(opcode, step=None):
    """Return a gate with random parameters, some times; with a step only multiples of it."""
    rng = np.random.default_rng(opcode)
    for _ in range(30):
        gate = random_gate(rng, opcode, 5, 0)
        if step is not None:
            gate = replace(gate, params=tuple(step * rng.integers(-9, 9, len(gate.params))))
        yield gate


def unitaries(opcode, step=None):
    gates = list(random_gates(opcode, step))
    return [unitary(opcode, gate.params, len(gate.targets)) for gate in gates]


def shape_of(opcode):
    sizes = [np.abs(matrix) > 1e-9 for matrix in unitaries(opcode)]
    if all((size == np.eye(len(size))).all() for size in sizes):
        return "diagonal"
    return "permutation" if all((size.sum(axis=0) == 1).all() for size in sizes) else "mixing"


def on_targets(matrix):
    """Yield a name and the matrix of each Pauli on each of the targets of a gate."""
    n = round(math.log2(len(matrix)))
    for name, pauli in PAULIS.items():
        for k in range(n):
            yield name, np.kron(np.kron(np.eye(2 ** (n - k - 1)), pauli), np.eye(2**k))


def is_clifford(matrix):
    def is_pauli(found):
        columns = np.abs(found) > 1e-9
        images = np.argmax(columns, axis=0) ^ np.arange(len(found))
        values = found[np.argmax(columns, axis=0), np.arange(len(found))]
        quarter = np.round(np.angle(values / values[0]) / (np.pi / 2), 9)
        linear = all(
            abs(values[a ^ b] * values[0] - values[a] * values[b]) < 1e-9
            for a in range(len(found))
            for b in range(len(found))
        )
        return (
            (columns.sum(axis=0) == 1).all()
            and len(set(images)) == 1
            and linear
            and (quarter % 1 == 0).all()
        )

    return all(is_pauli(matrix @ pauli @ matrix.conj().T) for _, pauli in on_targets(matrix))


def clifford_of(opcode):
    if all(is_clifford(matrix) for matrix in unitaries(opcode)):
        return "always"
    step = STEPS.get(opcode, np.pi / 2)
    n_params = opcode.facts.n_params
    at_steps = n_params > 0 and all(is_clifford(matrix) for matrix in unitaries(opcode, step))
    return "at quarter turns" if at_steps else "never"


def passing(opcode, sign):
    """Return the Paulis that commute with a gate, or change its sign, on any of its targets."""
    found = set("XYZ")
    for matrix in unitaries(opcode):
        for name, pauli in on_targets(matrix):
            if not np.allclose(matrix @ pauli, sign * pauli @ matrix, atol=1e-9):
                found.discard(name)
    return "".join(sorted(found))


def half_turn_of(opcode):
    facts = opcode.facts
    if facts.targets != 1 or facts.n_params > 1 or facts.gateset != "qis":
        return ""
    found = unitary(opcode, (np.pi,) * facts.n_params)
    return "".join(name for name, pauli in PAULIS.items() if np.allclose(found, pauli, atol=1e-9))


def rotation_of(opcode):
    """Return the unit of the angle of what is exp(-i angle/2 P), with P a product of Paulis."""
    for unit, whole in ("radians", 2 * np.pi), ("turns", 1.0):
        turns = opcode.facts.n_params == 1 and opcode.facts.targets > 0
        full = [unitary(opcode, (whole * at,)) for at in (0.5, 0.0, 1.0)] if turns else []
        if not full:
            continue
        generator = 1j * full[0]
        blend = np.cos(0.3) * full[1] - 1j * np.sin(0.3) * generator
        if (
            np.allclose(full[1], np.eye(len(generator)), atol=1e-9)
            and np.allclose(full[2], -np.eye(len(generator)), atol=1e-9)
            and np.allclose(blend, unitary(opcode, (whole * 0.3 / np.pi,)), atol=1e-9)
        ):
            return unit
    return ""


def test_the_kernels_have_a_row_for_each_opcode():
    assert [(row["opcode"], row["name"]) for row in KERNELS] == [(op, op.name) for op in Opcode]
    assert set(KERNELS[0]) == {
        *("opcode", "name", "targets", "params", "is_native", "shape", "clifford", "commuting"),
        *("anticommuting", "half_turn", "rotation", "pieces"),
    }


@pytest.mark.parametrize("opcode", list(Opcode))
def test_every_entry_of_the_kernels_is_what_python_says(opcode):
    row, facts = KERNELS[opcode], opcode.facts

    assert (row["targets"], row["params"]) == (facts.targets, facts.n_params)
    assert row["is_native"] == (facts.gateset != "qis")
    assert row["shape"] == shape_of(opcode)
    assert row["clifford"] == clifford_of(opcode)
    assert row["commuting"] + UNUSED.get((opcode, "commuting"), "") == passing(opcode, 1)
    assert row["anticommuting"] + UNUSED.get((opcode, "anticommuting"), "") == passing(opcode, -1)
    assert row["half_turn"] == half_turn_of(opcode)
    assert row["rotation"] == rotation_of(opcode)


@pytest.mark.parametrize("opcode", [op for op in Opcode if KERNELS[op]["pieces"] is not None])
def test_a_sequence_of_the_kernels_is_its_gate(opcode):
    for gate in random_gates(opcode):
        width = len(gate.targets)
        pieces = [
            G(Opcode(piece), tuple(targets), tuple(controls), gate.params)
            for piece, targets, controls in KERNELS[opcode]["pieces"]
        ]
        expected = unitary(opcode, gate.params, width)
        assert np.allclose(unitary_of(pieces, width), expected, atol=1e-9)


def test_a_spelling_must_fit_the_kernels_table():
    fields = {"name": "a", "native": False, "rotated": -1, "controllable": True, "min_controls": 0}
    table = _kernels.GateTable()
    table.add(**fields, opcode=Opcode.SWAP, targets=2, params=[])
    for wrong in (
        {"opcode": Opcode.SWAP, "targets": 3, "params": []},
        {"opcode": Opcode.SWAP, "targets": 2, "params": ["rotation"]},
        {"opcode": len(Opcode), "targets": 2, "params": []},
        {"opcode": Opcode.X, "targets": 1, "params": [], "rotated": len(Opcode)},
        {"opcode": Opcode.X, "targets": 1, "params": [], "rotated": Opcode.XX},
    ):
        with pytest.raises(ValueError, match="the kernels' gate table says otherwise"):
            table.add(**fields | wrong)


@pytest.mark.parametrize("opcode", list(Opcode))
def test_the_gate_table_agrees_with_the_matrices_written_out(opcode):
    rng = np.random.default_rng(opcode)
    for _ in range(20):
        gate = random_gate(rng, opcode, 4, 0)
        expected = matrix_of(gate)
        assert np.allclose(unitary(opcode, gate.params, len(gate.targets)), expected, atol=1e-11)


def test_qis_gates_are_those_of_qiskit():
    from qiskit.circuit import library

    a = 0.7345
    theirs = {
        Opcode.X: library.XGate(),
        Opcode.Y: library.YGate(),
        Opcode.Z: library.ZGate(),
        Opcode.H: library.HGate(),
        Opcode.S: library.SGate(),
        Opcode.SI: library.SdgGate(),
        Opcode.T: library.TGate(),
        Opcode.TI: library.TdgGate(),
        Opcode.V: library.SXGate(),
        Opcode.VI: library.SXdgGate(),
        Opcode.SWAP: library.SwapGate(),
        Opcode.RX: library.RXGate(a),
        Opcode.RY: library.RYGate(a),
        Opcode.RZ: library.RZGate(a),
        Opcode.ZPOW: library.PhaseGate(a),
        Opcode.XX: library.RXXGate(a),
        Opcode.YY: library.RYYGate(a),
        Opcode.ZZ: library.RZZGate(a),
    }
    for opcode, gate in theirs.items():
        params = (a,) if gate.params else ()
        assert np.allclose(unitary(opcode, params), gate.to_matrix(), atol=1e-12), opcode


@pytest.mark.filterwarnings("ignore:splu:scipy.sparse.SparseEfficiencyWarning")
@pytest.mark.filterwarnings("ignore:spsolve:scipy.sparse.SparseEfficiencyWarning")
def test_pauliexp_is_the_evolution_of_qiskit():
    from qiskit.circuit.library import PauliEvolutionGate
    from qiskit.quantum_info import Operator, SparsePauliOp

    # qiskit's labels have qubit 0 on the right.
    gate = PauliEvolutionGate(SparsePauliOp(["XYZ", "ZZI"], [0.3, -1.1]), time=0.8)
    params = (0.8, 0.3, -1.1, 3.0, 2.0, 1.0, 0.0, 3.0, 3.0)

    assert np.allclose(unitary(Opcode.PAULIEXP, params, 3), Operator(gate).data, atol=1e-12)


def test_native_gates_are_those_of_qiskit_ionq():
    from qiskit_ionq import GPI2Gate, GPIGate, MSGate, ZZGate

    theirs = {
        (Opcode.GPI, (0.13,)): GPIGate(0.13),
        (Opcode.GPI2, (-0.41,)): GPI2Gate(-0.41),
        (Opcode.MS, (0.2, 0.37, 0.11)): MSGate(0.2, 0.37, 0.11),
        (Opcode.NATIVE_ZZ, (0.19,)): ZZGate(0.19),
    }
    for (opcode, params), gate in theirs.items():
        assert np.allclose(unitary(opcode, params), gate.to_matrix(), atol=1e-12), opcode


def test_powers_are_those_of_cirq():
    import cirq

    exponent = 0.3217
    powers = {Opcode.XPOW: cirq.X, Opcode.YPOW: cirq.Y, Opcode.ZPOW: cirq.Z}
    for opcode, gate in powers.items():
        theirs = cirq.unitary(gate**exponent)
        assert np.allclose(unitary(opcode, (np.pi * exponent,)), theirs, atol=1e-12), opcode


def test_a_gate_without_a_power_is_its_own():
    assert np.allclose(matrix_of(G(Opcode.XPOW, (0,), (), (np.pi,))), unitary(Opcode.X))

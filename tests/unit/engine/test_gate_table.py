"""The gate tables of Python, C++, qiskit and cirq say the same."""

import re
from pathlib import Path

import numpy as np
import pytest
from harness.circuits import G, matrix_of, random_gate

from paultrap.circuits import Opcode, unitary

OPCODES_HEADER = Path(__file__).parents[3] / "src/kernels/program/opcodes.hpp"


def test_the_compiled_opcodes_are_those_of_python():
    found = re.findall(r"^\s*(\w+) = (\d+),$", OPCODES_HEADER.read_text(), re.MULTILINE)

    assert {name: int(value) for name, value in found} == {op.name: op.value for op in Opcode}


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

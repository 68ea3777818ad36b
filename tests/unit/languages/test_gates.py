"""Gates and modifiers, against Qiskit's matrices."""

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit.library import UnitaryGate, get_standard_gate_name_mapping
from qiskit.quantum_info import Operator, Statevector
from scipy.linalg import fractional_matrix_power
from unit.languages.programs import HEADER, dense, distribution

from paultrap.languages.qasm.standard import QELIB1

STANDARD = (
    *("p", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "rx", "ry", "rz", "cx", "cy", "cz"),
    *("cp", "crx", "cry", "crz", "ch", "swap", "ccx", "cswap", "cu", "id", "u1", "u2", "u3"),
)
GATES = get_standard_gate_name_mapping()
# What Qiskit defines for a program that uses it, and the exporter writes out.
DEFINED = ("iswap", "rzz", "rxx", "ryy", "cu1", "cu3", "csx", "sxdg", "u", "dcx", "ecr", "rccx")


def random_gate(rng, name):
    gate = GATES[name].to_mutable()
    gate.params = rng.uniform(-4, 4, len(gate.params)).tolist()
    return gate


def mixed(circuit, rng):
    """Bring every qubit into a state that shows phases."""
    for qubit in range(circuit.num_qubits):
        circuit.u(*rng.uniform(-3, 3, 3).tolist(), qubit)


@pytest.mark.parametrize("name", [*STANDARD, *DEFINED])
def test_a_gate_does_what_qiskits_does(name):
    rng = np.random.default_rng(len(name) + ord(name[0]))
    circuit = QuantumCircuit(4)
    for _ in range(3):
        mixed(circuit, rng)
        gate = random_gate(rng, name)
        circuit.append(gate, rng.permutation(4)[: gate.num_qubits].tolist())
    mixed(circuit, rng)
    found = dense(distribution(qasm3.dumps(circuit)), 4)
    assert found == pytest.approx(Statevector(circuit).probabilities(), abs=1e-9)


@pytest.mark.parametrize("name", sorted(QELIB1))
def test_a_gate_of_version_2_does_what_qiskits_does(name):
    gate = QELIB1[name]
    if name in {"ryy", "CX", "phase", "cphase"}:
        pytest.skip("the file itself has no such gate")
    rng = np.random.default_rng(3)
    circuit = QuantumCircuit(5)
    mixed(circuit, rng)
    numbers = [2] if name == "u0" else rng.uniform(0, 3, gate.params).round(3)
    angles = ",".join(str(number) for number in numbers)
    places = ",".join(f"q[{place}]" for place in range(gate.qubits))
    text = qasm2.dumps(circuit) + f"{name}{f'({angles})' if angles else ''} {places};\n"
    mixing = QuantumCircuit(5)
    mixed(mixing, rng)
    text += "\n".join(qasm2.dumps(mixing).splitlines()[3:])
    reference = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    wanted = Statevector(reference).probabilities()
    assert dense(distribution(text), 5) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_random_circuits_over_all_standard_gates(seed):
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(5)
    for _ in range(40):
        gate = random_gate(rng, str(rng.choice(STANDARD)))
        circuit.append(gate, rng.permutation(5)[: gate.num_qubits].tolist())
    found = dense(distribution(qasm3.dumps(circuit)), 5)
    assert found == pytest.approx(Statevector(circuit).probabilities(), abs=1e-9)


# The language's own U has a phase that Qiskit's has not; it shows under controls.
def _u(theta, phi, lam):
    circuit = QuantumCircuit(1, global_phase=theta / 2)
    circuit.u(theta, phi, lam, 0)
    return Operator(circuit).data


def _of(name, *params):
    gate = GATES[name].to_mutable()
    gate.params = list(params)
    return Operator(gate).data


_U = ("U(0.3,1.1,-0.7)", _u(0.3, 1.1, -0.7))
_BASES = [
    ("x", _of("x")),
    ("y", _of("y")),
    ("h", _of("h")),
    ("s", _of("s")),
    ("tdg", _of("tdg")),
    ("sx", _of("sx")),
    ("rx(0.4)", _of("rx", 0.4)),
    ("rz(-2.5)", _of("rz", -2.5)),
    ("p(1.9)", _of("p", 1.9)),
    _U,
    ("id", np.eye(2)),
    ("cx", _of("cx")),
    ("cu(0.3,1.1,-0.7,0.9)", _of("cu", 0.3, 1.1, -0.7, 0.9)),
    ("swap", _of("swap")),
    ("ccx", _of("ccx")),
    ("own(0.8)", None),
]
_OWN = (
    "gate own(a) q0, q1 { h q0; cx q0, q1; rz(a) q1; gphase(a / 3); ctrl @ U(a, 1, 2) q1, q0; }\n"
)


def own(angle):
    circuit = QuantumCircuit(2, global_phase=angle / 3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rz(angle, 1)
    circuit.append(under_controls(_u(angle, 1, 2), 1, None), [1, 0])
    return Operator(circuit).data


def test_own_gates_may_take_params():
    _check("own(0.8)", own(0.8), 1)


def under_controls(matrix, n_controls, states):
    """Return the gate whose first qubits are controls, for states as Qiskit counts them."""
    size = 2**n_controls
    acts = np.diag(np.arange(size) == (size - 1 if states is None else states))
    whole = np.kron(matrix, acts) + np.kron(np.eye(len(matrix)), np.eye(size) - acts)
    return UnitaryGate(whole)


def _check(gate, matrix, seed, n_controls=0, states=None):
    """Compare one gate in a circuit that shows phases with its matrix under controls."""
    rng = np.random.default_rng(seed)
    whole = under_controls(matrix, n_controls, states)
    before, after = QuantumCircuit(4), QuantumCircuit(4)
    mixed(before, rng)
    mixed(after, rng)
    after.cx(0, 1)
    mixed(after, rng)
    circuit = before.copy()
    circuit.append(whole, range(whole.num_qubits))
    expected = Statevector(circuit.compose(after)).probabilities()
    body = _body(before)
    operands = ", ".join(f"q[{qubit}]" for qubit in range(whole.num_qubits))
    text = f"{HEADER}{_OWN}qubit[4] q;\n{body}{gate} {operands};\n{_body(after)}"
    assert dense(distribution(text), 4) == pytest.approx(expected, abs=1e-9)


def _body(circuit):
    return "".join(
        f"{line}\n"
        for line in qasm3.dumps(circuit).splitlines()
        if not line.startswith(("OPENQASM", "include", "qubit", "bit"))
    )


@pytest.mark.parametrize(("gate", "matrix"), _BASES)
@pytest.mark.parametrize("exponent", [-1, 2, -3, 0])
def test_whole_powers_of_every_kind_of_gate(gate, matrix, exponent):
    matrix = own(0.8) if matrix is None else matrix
    wanted = np.linalg.matrix_power(matrix, exponent)
    _check(f"pow({exponent}) @ {gate}", wanted, 3)
    n_controls = 1 if len(matrix) < 16 and len(matrix) <= 4 else 0
    if n_controls:
        _check(f"ctrl @ pow({exponent}) @ {gate}", wanted, 4, n_controls)


@pytest.mark.parametrize(("gate", "matrix"), [each for each in _BASES if each[1] is not None])
@pytest.mark.parametrize("exponent", [0.5, -0.3, 1 / 3])
def test_fractions_give_the_principal_power(gate, matrix, exponent):
    if len(matrix) > 4:
        pytest.skip("as its half is tested: cx")
    values, vectors = np.linalg.eig(matrix)
    phases = np.angle(values)
    phases[np.isclose(phases, -np.pi)] = np.pi
    inverse = np.linalg.inv(vectors)
    wanted = (vectors * np.exp(1j * exponent * phases)) @ inverse
    _check(f"pow({exponent}) @ {gate}", wanted, 5)
    _check(f"ctrl @ pow({exponent}) @ {gate}", wanted, 6, 1)


@pytest.mark.parametrize(("gate", "matrix"), [each for each in _BASES if each[1] is not None])
def test_inverses_and_controls_of_both_signs(gate, matrix):
    if len(matrix) > 4:
        pytest.skip("no room for controls")
    adjoint = matrix.conj().T
    _check(f"inv @ {gate}", adjoint, 7)
    _check(f"negctrl @ inv @ {gate}", adjoint, 8, 1, 0)
    _check(f"inv @ ctrl @ negctrl @ {gate}", adjoint, 9, 2, 1)
    _check(f"ctrl(2) @ {gate}", matrix, 10, 2)


def test_powers_of_powers_are_taken_from_the_inside():
    x = _of("x")
    _check("pow(0.5) @ inv @ x", fractional_matrix_power(x, 0.5), 11)
    _check("pow(0.5) @ pow(2) @ x", np.eye(2), 11)


def test_a_controlled_phase_is_seen_and_a_global_one_is_not():
    _check("ctrl @ gphase(0.7)", np.diag([1, np.exp(0.7j)]), 12)
    _check("ctrl @ ctrl @ gphase(0.7)", _of("cp", 0.7), 12)
    assert distribution(f"{HEADER}qubit q; h q; gphase(1.2); h q;") == {0: 1.0}

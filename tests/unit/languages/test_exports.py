"""Programs as Qiskit and Cirq write them: each means what they say of the circuit."""

import cirq
import numpy as np
import pytest
from qiskit import QuantumCircuit, QuantumRegister, qasm2, qasm3
from qiskit.circuit.library import DiagonalGate, get_standard_gate_name_mapping
from qiskit.quantum_info import Statevector, random_unitary
from unit.languages.programs import HEADER, dense, distribution, read

from paultrap.languages import ProgramError

STATE = np.array([0.5, 0.5j, -0.5, 0.3 + 0.4j])
START_2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'


def mixed(circuit, seed):
    rng = np.random.default_rng(seed)
    for qubit in range(circuit.num_qubits):
        circuit.u(*rng.uniform(-3, 3, 3).tolist(), qubit)


def agrees(circuit, text):
    found = dense(distribution(text), circuit.num_qubits)
    assert found == pytest.approx(Statevector(circuit).probabilities(), abs=1e-9)


GATES = get_standard_gate_name_mapping()
NONE = {"measure", "reset", "delay", "global_phase"}


@pytest.mark.parametrize("export", [qasm2.dumps, qasm3.dumps])
@pytest.mark.parametrize("name", sorted(GATES.keys() - NONE))
def test_all_gates_of_qiskit_run_as_it_exports_them(name, export):
    gate = GATES[name].to_mutable()
    gate.params = np.random.default_rng(len(name)).uniform(-3, 3, len(gate.params)).tolist()
    circuit = QuantumCircuit(gate.num_qubits)
    mixed(circuit, 1)
    circuit.append(gate, range(gate.num_qubits))
    mixed(circuit, 2)
    agrees(circuit, export(circuit))


def prepared(circuit):
    circuit.prepare_state(STATE, [1, 0])


def diagonal(circuit):
    circuit.append(DiagonalGate([1, 1j, -1, np.exp(0.3j)]), [0, 1])


def initialized(circuit):
    circuit.initialize(STATE, [0, 1])


def labelled(circuit):
    circuit.initialize("01")


def numbered(circuit):
    circuit.initialize(2)


def with_matrix(circuit):
    circuit.unitary(random_unitary(4, seed=2), [0, 1])


@pytest.mark.parametrize(
    ("make", "exports"),
    [
        (prepared, [qasm2.dumps, qasm3.dumps]),
        (diagonal, [qasm2.dumps]),
        (initialized, [qasm2.dumps]),
        (labelled, [qasm2.dumps]),
        (numbered, [qasm2.dumps]),
        (with_matrix, [qasm2.dumps, qasm3.dumps]),
    ],
)
def test_complex_arguments_and_resets_within_gates_run_as_qiskit_writes_them(make, exports):
    circuit = QuantumCircuit(2)
    if make in {prepared, diagonal, with_matrix}:
        mixed(circuit, 1)
    make(circuit)
    if make in {prepared, diagonal, with_matrix}:
        mixed(circuit, 2)
    for export in exports:
        agrees(circuit, export(circuit))


def test_registers_may_have_names_that_are_words_of_version_3():
    circuit = QuantumCircuit(QuantumRegister(2, "ctrl"), QuantumRegister(1, "input"))
    circuit.h(0)
    circuit.cx(0, 2)
    for export in (qasm2.dumps, qasm3.dumps):
        agrees(circuit, export(circuit))


Q = cirq.LineQubit.range(3)
CIRCUITS = [
    cirq.Circuit([cirq.X(Q[0]) ** 0.5, cirq.X(Q[1]) ** -0.5, cirq.S(Q[0]) ** -1, cirq.I(Q[2])]),
    cirq.Circuit(cirq.H.on_each(*Q), cirq.qft(*Q), cirq.ISWAP(Q[0], Q[2]) ** 0.5),
    cirq.Circuit([cirq.FSimGate(0.2, 0.3)(Q[0], Q[2]), cirq.CSWAP(*Q), cirq.ms(0.2)(Q[0], Q[1])]),
    cirq.Circuit([cirq.XX(*Q[:2]) ** 0.3, cirq.YY(*Q[1:]) ** 0.2, cirq.ZZ(*Q[::2]), cirq.CCX(*Q)]),
]


@pytest.mark.parametrize("version", ["2.0", "3.0"])
@pytest.mark.parametrize("circuit", CIRCUITS)
def test_circuits_run_as_cirq_writes_them(circuit, version):
    state = circuit.final_state_vector(qubit_order=Q)
    wanted = (abs(state) ** 2).reshape(2, 2, 2).transpose(2, 1, 0).ravel()
    text = circuit.to_qasm(version=version, qubit_order=Q)
    assert dense(distribution(text), 3) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_measurements_run_as_cirq_writes_them(version):
    steps = [cirq.X(Q[0]), cirq.measure(Q[0], key="a b"), cirq.CNOT(*Q[:2]), cirq.reset(Q[0])]
    text = cirq.Circuit([*steps, cirq.measure(*Q[:2], key="m")]).to_qasm(version=version)
    assert distribution(text) == {0b101: 1.0}


def test_a_gate_with_resets_acts_on_each_qubit_of_registers():
    text = (
        "gate clear a { reset a; } gate both(t) a, b { clear a; rx(t) b; } qreg q[2]; qreg r[2]; "
    )
    assert distribution(f"{START_2}{text} x q; both(pi) q, r;") == {0b1100: 1.0}
    assert distribution(f"{START_2}{text} x q; x r[1]; both(pi) q[0], r;") == {0b0110: 1.0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{START_2}qreg q[1];\nrx(0.5j) q[0];", 'line 4, column 1: the gate "rx" has real angles'),
        (f"{START_2}gate g(a) p {{ rx(a) p; }} qreg q[1]; g(1+2j) q[0];", '"rx" has real angles'),
        (f"{START_2}qreg q[1]; rx(sin(2j)) q[0];", "a complex number is not supported here"),
        (f"{START_2}qreg q[1]; rx(2j^2) q[0];", r"\*\* of complex numbers is not supported"),
        (f"{START_2}qreg q[1]; rx(2 j) q[0];", '"j" is not expected'),
        (f"{START_2}gate g a {{ reset a; }} qreg q[2]; qreg r[3]; g q[0], r[0];", "acts on 1"),
        (f"{HEADER}qubit q; rx(0.5j) q;", 'line 3, column 10: the gate "rx" has real angles'),
        (f"{HEADER}qubit q; rx(1 + 2im) q;", "has real angles"),
        (f"{HEADER}gate g a {{ reset a; }} qubit q; g q;", "non-unitary 'reset'"),
    ],
)
def test_complex_angles_are_refused_by_the_gate_that_would_turn_by_them(text, words):
    with pytest.raises(ProgramError, match=words):
        read(text)

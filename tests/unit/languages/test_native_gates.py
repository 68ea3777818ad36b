"""Native gates in OpenQASM 3, as pennylane-ionq sends them, against the gates of qiskit-ionq."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector
from qiskit_ionq import GPI2Gate, GPIGate, MSGate, ZZGate
from unit.languages.programs import HEADER, dense, distribution, read

from paultrap.circuits import Opcode
from paultrap.languages import ProgramError

LINE = "OPENQASM 3.0;\n"
GATES = {
    "gpi": (GPIGate, 1, 1),
    "gpi2": (GPI2Gate, 1, 1),
    "ms": (MSGate, 3, 2),
    "zz": (ZZGate, 1, 2),
}


def mixed(circuit, rng):
    """Bring every qubit into a state that shows phases; return the same as text."""
    lines = []
    for qubit in range(circuit.num_qubits):
        angles = rng.uniform(-3, 3, 3).tolist()
        circuit.u(*angles, qubit)
        lines.append(f"U({', '.join(map(repr, angles))}) q[{qubit}];")
    return "\n".join(lines) + "\n"


def check(statement, gate, places):
    rng = np.random.default_rng(len(statement))
    circuit = QuantumCircuit(2)
    text = f"{LINE}qubit[2] q;\n{mixed(circuit, rng)}"
    circuit.append(gate, places)
    text += f"{statement}\n{mixed(circuit, rng)}"
    assert dense(distribution(text), 2) == pytest.approx(Statevector(circuit).probabilities())


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_native_gates_do_what_those_of_qiskit_do_in_turns(name, places):
    make, n_params, n_qubits = GATES[name]
    turns = np.random.default_rng(n_params).uniform(-1, 1, n_params).round(4).tolist()
    places = places[:n_qubits]
    on = ", ".join(f"q[{place}]" for place in places)
    matrix = Operator(make(*turns).to_matrix())
    angles = ", ".join(map(repr, turns))
    check(f"{name}({angles}) {on};", make(*turns), places)
    check(f"inv @ {name}({angles}) {on};", matrix.adjoint(), places)
    check(f"pow(-3) @ {name}({angles}) {on};", matrix.adjoint().power(3), places)
    check(f"pow(2) @ inv @ {name}({angles}) {on};", matrix.adjoint().power(2), places)
    if name == "ms":
        check(f"ms({angles.rsplit(',', 1)[0]}) {on};", MSGate(*turns[:2], 0.25), places)


def test_angles_in_turns_lose_whole_turns_alone():
    text = f"{LINE}qubit[2] q;\ngpi2(0.25) q[0]; ms(1000.5, -7.25, 4.1) q[0], q[1]; gpi2(1e15 + 0.5) q[0];"
    near = f"{LINE}qubit[2] q;\ngpi2(0.25) q[0]; ms(0.5, 0.75, 0.1) q[0], q[1]; gpi2(0.5) q[0];"
    assert distribution(text) == pytest.approx(distribution(near), abs=1e-12)


def test_they_are_the_gates_of_the_table_and_may_be_sent_to_a_register():
    found = read(f"{LINE}qubit[3] q; bit[3] c; gpi(0.3) q; zz(0.1) q[0], q[2]; c = measure q;")
    assert found.program.opcodes.tolist() == [Opcode.GPI] * 3 + [Opcode.NATIVE_ZZ]
    assert found.program.params.tolist() == [0.3, 0.3, 0.3, 0.1]


def test_a_gate_of_the_program_comes_first():
    own = f"{HEADER}gate ms(a) p {{ x p; }} gate zz p, r {{ x p; x r; }} qubit[2] q; "
    assert distribution(f"{own} ms(1) q[0]; zz q[0], q[1];") == {2: 1.0}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("ctrl @ gpi(0.5) q[0], q[1];", "line 4, column 1: native gates have no controls"),
        ("negctrl @ zz(0.5) q[0], q[1], q[2];", "native gates have no controls"),
        ("gate g p { gpi2(0) p; } ctrl @ g q[0], q[1];", "native gates have no controls"),
        ("pow(0.5) @ gpi(0.5) q[0];", r"pow\(0.5\) of a native gate"),
        ("gate g p { gpi2(0) p; x p; } pow(0.5) @ g q[0];", r"pow\(0.5\) of a native gate"),
        ("ms(0) q[0], q[1];", 'the gate "ms" takes 3 angles, not 1'),
        ("ms(0, 0, 0, 0) q[0], q[1];", 'the gate "ms" takes 3 angles, not 4'),
        ("gpi q[0];", 'the gate "gpi" takes 1 angles, not 0'),
        ("zz(0.1) q[0];", 'the gate "zz" acts on 2 qubits'),
        ("ms(0, 0) q[0], q[0];", "must differ"),
    ],
)
def test_what_native_gates_do_not_have_is_refused(statement, words):
    with pytest.raises(ProgramError, match=words):
        read(f"{HEADER}qubit[3] q;\n{statement}")


def test_version_2_has_none():
    with pytest.raises(ProgramError, match='there is no gate "gpi"'):
        read("OPENQASM 2.0; qreg q[1]; gpi(0.5) q[0];")

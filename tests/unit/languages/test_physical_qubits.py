"""Physical qubits, as qiskit-ionq sends them for circuits that were transpiled."""

import numpy as np
import pytest
from independent.branches import branches
from qiskit import QuantumCircuit, qasm3, transpile
from unit.languages.programs import HEADER, dense, distribution, read
from unit.languages.test_measurements import random_dynamic

from paultrap.languages import ProgramError


def transpiled(circuit, layout):
    basis = ["rx", "ry", "rz", "h", "cx"]
    found = transpile(
        circuit,
        basis_gates=basis,
        coupling_map=[[a, b] for a in range(5) for b in range(5) if a != b],
        initial_layout=layout,
        optimization_level=0,
    )
    text = qasm3.dumps(found)
    assert "$" in text
    assert "qubit" not in text
    return text


@pytest.mark.parametrize("layout", [[0, 1, 2], [4, 0, 2]])
@pytest.mark.parametrize("seed", range(5))
def test_transpiled_programs_give_what_their_branches_give(seed, layout):
    circuit = random_dynamic(seed)
    found = dense(distribution(transpiled(circuit, layout)), 5)
    assert found == pytest.approx(dense(branches(circuit), 5), abs=1e-9)


def test_initialized_states_run():
    circuit = QuantumCircuit(2, 2)
    circuit.initialize(np.array([0.5, 0.5j, -0.1, np.sqrt(0.49)]), [0, 1])
    circuit.measure([0, 1], [0, 1])
    found = dense(distribution(transpiled(circuit, [1, 3])), 2)
    assert found == pytest.approx([0.25, 0.25, 0.01, 0.49], abs=1e-9)


def test_the_number_of_a_qubit_is_that_of_the_machine():
    found = read(f"{HEADER}x $2; barrier $0, $3; cx $2, $1;")
    assert (found.qubits, found.readout.bits) == (4, (0, 1, 2, 3))
    assert found.readout.machine_qubits == ()
    assert distribution(f"{HEADER}x $2; barrier $0, $3; cx $2, $1;") == {0b0110: 1.0}
    text = "def flip(qubit a) { x a; x $1; } let both = $0 ++ $2; bit[3] c; flip($2); h both[0]; "
    text += "h $0; c[0] = measure $0; c[1] = measure $1; c[2] = measure both[1];"
    assert distribution(f"{HEADER}{text}") == {0b110: 1.0}


def test_one_that_is_measured_and_used_again_is_still_that_of_the_machine():
    found = read(f"{HEADER}bit[2] c; x $1; c[0] = measure $1; x $1; c[1] = measure $1;")
    assert found.qubits == 2
    assert found.readout.machine_qubits == (1, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("qubit q; h $0;", "line 3, column 10: a program has either physical qubits"),
        ("h $0; qubit q;", "line 3, column 7: a program has either physical qubits"),
        ("gate g a { h $0; } qubit q; g q;", "acts on its own qubits alone"),
        ("h $29;", "the program has 30 qubits or more; the limit is 29"),
        ("h $99999999999999999999;", "qubits or more; the limit is 29"),
        ("cx $0, $0;", "must differ"),
        ("barrier $0, q;", '"q" is not declared'),
    ],
)
def test_what_cannot_be_is_refused(text, words):
    with pytest.raises(ProgramError, match=words):
        read(f"{HEADER}{text}")

"""An ansatz in OpenQASM: qiskit's own state of the circuit that it wrote is the reference."""

import re
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit.library import (
    RYGate,
    RZZGate,
    SdgGate,
    UGate,
    efficient_su2,
    real_amplitudes,
)
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

from paultrap.circuits import Opcode, PlacedGate, Program
from paultrap.engine import simulate
from paultrap.formats import CircuitError, CircuitLimits, read_ansatz

LIMITS = CircuitLimits()
HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
# Enough bases to tell one state from another, up to its phase.
BASES = [
    lambda q: [PlacedGate(Opcode.H, (q,))],
    lambda q: [PlacedGate(Opcode.SI, (q,)), PlacedGate(Opcode.H, (q,))],
    lambda q: [PlacedGate(Opcode.RY, (q,), 0, (0.3 + 0.7 * q,))],
]


def assert_prepares(program, circuit: QuantumCircuit) -> None:
    """Compare the outcomes in several bases."""
    width = circuit.num_qubits
    for basis in [lambda _: [], *BASES]:
        changed, reference = program, circuit.copy()
        for qubit in range(width):
            changed = Program.compose([changed, Program.build([basis(qubit)], [width])])
            for gate in basis(qubit):
                name = {Opcode.H: "h", Opcode.SI: "sdg", Opcode.RY: "ry"}[gate.opcode]
                getattr(reference, name)(*gate.params, qubit)
        found = np.zeros(2**width)
        for state, probability in simulate(changed).as_dict(0).items():
            found[state] = probability
        assert found == pytest.approx(Statevector(reference).probabilities(), abs=1e-9)


@pytest.mark.parametrize("dumps", [qasm2.dumps, qasm3.dumps])
@pytest.mark.parametrize("seed", range(8))
def test_circuits_that_qiskit_writes_are_read(dumps, seed):
    circuit = random_circuit(4, 6, max_operands=3, seed=seed)

    assert_prepares(read_ansatz(dumps(circuit), [], LIMITS), circuit)


@pytest.mark.parametrize("make", [efficient_su2, real_amplitudes])
def test_parameters_are_bound_in_the_order_of_their_declaration(make):
    circuit = make(3)
    values = np.linspace(-2, 2, circuit.num_parameters)

    found = read_ansatz(qasm3.dumps(circuit), values.tolist(), LIMITS)

    assert_prepares(found, circuit.assign_parameters(values))


def test_modifiers_are_followed():
    text = """qubit[3] q;
        h q;
        ctrl @ U(0.3, 0.4, 0.5) q[0], q[1];
        negctrl @ inv @ U(0.3, 0.4, 0.5) q[2], q[1];
        ctrl @ inv @ s q[0], q[2];
        inv @ sx q[1];
        ctrl(2) @ ry(0.3) q[2], q[1], q[0];
        ctrl @ rzz(0.7) q[0], q[1], q[2];
    """
    circuit = QuantumCircuit(3)
    circuit.h([0, 1, 2])
    # The language's own U has a phase that qiskit's has not, and it shows under controls.
    circuit.append(UGate(0.3, 0.4, 0.5).control(1, annotated=False), [0, 1])
    circuit.p(0.15, 0)
    circuit.append(UGate(0.3, 0.4, 0.5).inverse().control(1, ctrl_state=0, annotated=False), [2, 1])
    circuit.p(0.15, 2)
    circuit.append(SdgGate().control(1, annotated=False), [0, 2])
    circuit.sxdg(1)
    circuit.append(RYGate(0.3).control(2, annotated=False), [2, 1, 0])
    circuit.append(RZZGate(0.7).control(1, annotated=False), [0, 1, 2])

    assert_prepares(read_ansatz(HEAD + text, [], LIMITS), circuit)


def test_own_gates_and_arithmetic_are_followed():
    text = """input float a;
        input
          angle[32] b;
        gate turned(x) p, r { ry(x / 2) p; cx p, r; rz(-x) r; }
        qubit[2] q; qubit other;
        turned(2 * a + pi) q[0], other;
        rx(-b) q[1];
    """
    circuit = QuantumCircuit(3)
    circuit.ry((2 * 0.4 + np.pi) / 2, 0)
    circuit.cx(0, 2)
    circuit.rz(-(2 * 0.4 + np.pi), 2)
    circuit.rx(1e-3, 1)

    assert_prepares(read_ansatz(HEAD + text, [0.4, -1e-3], LIMITS), circuit)


def test_names_that_nothing_declares_are_parameters_where_there_are_no_inputs():
    text = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n'
    text += "ry(-theta/2+pi*theta) q[0]; rx(b) q[1]; rz(theta) q[1];\nmeasure q -> c;\n"
    theta, b = 0.3, -0.5
    circuit = QuantumCircuit(2)
    circuit.ry(-theta / 2 + np.pi * theta, 0)
    circuit.rx(b, 1)
    circuit.rz(theta, 1)

    assert_prepares(read_ansatz(text, [theta, b], LIMITS), circuit)


def test_nothing_is_included_but_the_standard_gates(tmp_path):
    (tmp_path / "own.inc").write_text("gate own p { x p; }")

    with pytest.raises(CircuitError, match=r"line 1: include .* is not supported"):
        read_ansatz(f'OPENQASM 3.0; include "{tmp_path}/own.inc"; qubit q; own q;', [], LIMITS)


def test_names_may_have_any_letters():
    text = HEAD + "// θ\ninput float θ; input float t; qubit q; rx(θ + t) q;\n"
    circuit = QuantumCircuit(1)
    circuit.rx(0.3, 0)

    assert_prepares(read_ansatz(text, [0.5, -0.2], LIMITS), circuit)


def test_arithmetic_with_parameters_is_carried_out():
    text = "input float a; const int n = 3; qubit[n] q; gate g(t) p { rx(a * t ** 2 / n) p; }"
    circuit = QuantumCircuit(3)
    circuit.rx(0.5 * 0.7**2 / 3, 2)

    assert_prepares(read_ansatz(HEAD + text + "g(0.7) q[n - 1];", [0.5], LIMITS), circuit)


BAD = {
    "junk": ("junk", "no OpenQASM"),
    "nothing": ("", "no OpenQASM"),
    "loop": (HEAD + "qubit q; for int i in [0:1000000000] { h q; }", "line 3.*ForInLoop"),
    "unknown gate": (HEAD + "qubit q; foo q;", "foo"),
    "index": (HEAD + "qubit[2] q; h q[5];", "line 3: index 5 is out of range"),
    "twice": (HEAD + "qubit[2] q; cx q[0], q[0];", "line 3: a gate's qubits must differ"),
    "power": (HEAD + "qubit q; pow(3) @ h q;", "line 3: pow"),
    "wide": (HEAD + "qubit[200] q;", "200 qubits or more; the limit is 29"),
    "measured": (HEAD + "qubit q; bit c; c = measure q; h q;", "measured before its last gate"),
    "no qubits": (HEAD, "declares no qubits"),
    "division": (HEAD + "qubit q; rx(1/0) q;", "division by zero"),
    "angles": (HEAD + "qubit q; rx(0.1, 0.2) q;", "rx"),
    "nested": (HEAD + "qubit q; rx(" + "(" * 2500 + "1" + ")" * 2500 + ") q;", "nests too deeply"),
    "sum": (HEAD + "qubit q; rx(" + "1+" * 5000 + "1) q;", "nests too deeply"),
    "bomb": (
        HEAD
        + "qubit q; gate a0 p { x p; }"
        + "".join(f"gate a{i + 1} p {{ a{i} p; a{i} p; }}" for i in range(40))
        + "a40 q;",
        "more than 310000 steps",
    ),
    "long": (HEAD + "qubit q;" + " " * 70_000, "70,0.. characters"),
    "huge power": (HEAD + "qubit q; rx(9**9**9**9) q;", "line 3: a whole number has more"),
    "huge constant": (HEAD + "qubit q; const int n = 9**9**9**9; rx(n) q;", "line 3: a whole"),
    "huge index": (HEAD + "qubit[2] q; h q[9**9**9];", "line 3: a whole number has more"),
    "huge range": (HEAD + "qubit[2] q; h q[0:2**100];", "line 3: a range is out of range"),
    "huge shift": (HEAD + "qubit q; rx(1 << 100000000000) q;", "line 3: a whole number has more"),
    "huge number": (HEAD + "qubit q; const float a = 1" + "0" * 400 + ";", "line 3: .*too large"),
    "numeral": (HEAD + "qubit q; rx(1" + "0" * 5000 + ") q;", "no OpenQASM"),
    "huge call": (HEAD + "qubit q; rx(pow(9, pow(9, 9))) q;", "no OpenQASM"),
    "power in a gate": (HEAD + "qubit q; gate g(t) p { rx(t**t**t) p; } g(99) q;", "no result"),
    "squares": (
        HEAD
        + "qubit q; gate a0(t) p { rx(t) p; }"
        + "".join(f"gate a{i + 1}(t) p {{ a{i}((t+1)*(-t)) p; }}" for i in range(40))
        + "a40(99) q;",
        "no result|not finite",
    ),
    "gates without any gate": (
        HEAD
        + "qubit[20] q; gate a0(t) p { gphase(t); }"
        + "".join(f"gate a{i + 1}(t) p {{ a{i}(t) p; a{i}(t) p; }}" for i in range(16))
        + "".join(f"a16({i}) q;" for i in range(1000)),
        "more than 310000 steps",
    ),
    "gates turned over": (
        HEAD
        + "qubit q; gate a0 p { x p; }"
        + "".join(f"gate a{i + 1} p {{ a{i} p; a{i} p; }}" for i in range(15))
        + "gate b0 p { inv @ a15 p; }"
        + "".join(f"gate b{i + 1} p {{ inv @ b{i} p; }}" for i in range(20))
        + "b20 q;",
        "more than 310000 steps",
    ),
    "many bits": (
        HEAD + "qubit q; bit[1000000000] c;",
        "line 3: a register cannot have 10{9} bits",
    ),
    "many registers": (
        HEAD + "qubit q;" + "".join(f"bit[4096] c{i};" for i in range(17)),
        "more than 65536 bits",
    ),
    "numbers": (HEAD + "qubit q; int n = 3;", "ClassicalDeclaration"),
    "input of another type": (HEAD + "input int n; qubit q;", "input n must be a float"),
    "output": (HEAD + "output float n; qubit q;", "line 3"),
}


@pytest.mark.parametrize(("text", "problem"), BAD.values(), ids=BAD)
def test_what_cannot_be_an_ansatz_is_refused(text, problem):
    with pytest.raises(CircuitError, match=problem):
        read_ansatz(text, [], LIMITS)


WHOLE = """OPENQASM 3.0; include "stdgates.inc"; input float a; const int n = 2;
gate g(t) p, r { ry(t / 2) p; cx p, r; ctrl @ rz(-t) p, r; gphase(t); }
qubit[3] q; qubit other; bit[3] c; g(2 * a + pi) q[0], other; negctrl @ h q[n - 1], q[0];
rx(sin(a) ** n) q; barrier q; measure q -> c;"""
TOKENS = re.findall(r"[\w.]+|->|\*\*|\S", WHOLE)
STRANGE = [
    "1e400",
    "[0:2]",
    "true",
    "$0",
    "mod(1)",
    "bit",
    "let",
    "for",
    '"01"',
    "~",
    "-1",
    "{",
    ")",
]


@given(st.data())
def test_any_text_is_read_or_refused(data):
    tokens = list(TOKENS)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(tokens) - 1))
        tokens[place : place + data.draw(st.integers(0, 1))] = data.draw(
            st.lists(st.sampled_from([*TOKENS, *STRANGE]), max_size=1)
        )
    with suppress(CircuitError):
        assert read_ansatz(" ".join(tokens), [0.3], LIMITS).n_circuits == 1


@pytest.mark.parametrize("params", [[], [1.0], [1.0, 2.0, 3.0]])
def test_a_wrong_number_of_parameters_is_refused(params):
    text = HEAD + "input float a; input float b; qubit q; rx(a + b) q;"

    with pytest.raises(CircuitError, match=f"has {len(params)} numbers.*2 parameters: a, b"):
        read_ansatz(text, params, LIMITS)


def test_without_the_package_the_refusal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "openqasm3", None)

    with pytest.raises(CircuitError, match=r"paultrap\[qasm\]"):
        read_ansatz(HEAD + "qubit q;", [], LIMITS)

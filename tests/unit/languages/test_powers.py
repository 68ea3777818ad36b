"""Powers of gates whose exponents are large: what whole numbers and many digits make of them."""

import cmath
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from unit.languages.programs import HEADER, dense, distribution, read

from paultrap.circuits import Opcode, unitary
from paultrap.languages import ProgramError
from paultrap.languages.qasm.versions import ALL_GATES

EXPONENTS = [2, 3, -5, 17, 1_000, 10**8, 10**8 + 1, 2**60, 2**62 - 1, -(2**61 + 3), 2**100 + 5]


def exact(matrix_of, exponent):
    """Return a whole power by repeated squaring with as many digits as it takes."""
    with mpmath.workprec(abs(exponent).bit_length() + 1_500):
        base = matrix_of()
        if exponent < 0:
            base = base.H
        found = mpmath.eye(len(base))
        for bit in f"{abs(exponent):b}":
            found = found * found * (base if bit == "1" else mpmath.eye(len(base)))
        return np.array(found.tolist(), dtype=complex)


def rotation(axis, angle):
    pauli = {
        "x": mpmath.matrix([[0, 1], [1, 0]]),
        "y": mpmath.matrix([[0, -1j], [1j, 0]]),
        "z": mpmath.matrix([[1, 0], [0, -1]]),
    }[axis]
    half = mpmath.mpf(angle) / 2
    return mpmath.cos(half) * mpmath.eye(2) - 1j * mpmath.sin(half) * pauli


def language_u(theta, phi, lam):
    parts = rotation("z", phi) * rotation("y", theta) * rotation("z", lam)
    return mpmath.expj(sum(map(mpmath.mpf, (theta, phi, lam))) / 2) * parts


def hadamard():
    return mpmath.matrix([[1, 1], [1, -1]]) / mpmath.sqrt(2)


def phase_gate(angle):
    return mpmath.diag([1, mpmath.expj(angle)])


def own():
    return rotation("x", 0.25) * phase_gate(mpmath.pi / 4) * hadamard()


GATES = {
    "x": lambda: mpmath.matrix([[0, 1], [1, 0]]),
    "h": hadamard,
    "s": lambda: phase_gate(mpmath.pi / 2),
    "tdg": lambda: phase_gate(-mpmath.pi / 4),
    "sx": lambda: mpmath.expj(mpmath.pi / 4) * rotation("x", mpmath.pi / 2),
    "rx(0.3)": lambda: rotation("x", 0.3),
    "ry(pi)": lambda: rotation("y", math.pi),  # the number that pi is in a program
    "rz(-1e5)": lambda: rotation("z", -1e5),
    "p(1.9)": lambda: phase_gate(mpmath.mpf(1.9)),
    "U(0.3, 1.1, -0.7)": lambda: language_u(0.3, 1.1, -0.7),
    "U(1e-9, 0.2, -0.2)": lambda: language_u(1e-9, 0.2, -0.2),
    "U(pi, 1e300, 0)": lambda: language_u(math.pi, 1e300, 0.0),
    "own": own,
}
OWN = "gate own a { h a; t a; rx(0.25) a; }\n"


def check(statement, matrix, *, controlled=False, start=""):
    """Compare one gate between others, by which each of its amplitudes and phases is seen."""
    text = (
        f"{HEADER}{OWN}{start}qubit[2] q;\nry(0.7) q; rx(1.1) q[1];\n{statement}\n"
        "ry(0.9) q[0]; ry(-1.3) q[1]; rx(0.8) q[1];\n"
    )
    found = np.eye(4, dtype=complex)
    if controlled:
        found[np.ix_([1, 3], [1, 3])] = matrix
    else:
        found = np.kron(matrix, np.eye(2))
    numbers = [unitary(*each) for each in ((Opcode.RY, (0.7,)), (Opcode.RX, (1.1,)))]
    before = np.kron(numbers[1] @ numbers[0], numbers[0])
    low = unitary(Opcode.RY, (0.9,))
    high = unitary(Opcode.RX, (0.8,)) @ unitary(Opcode.RY, (-1.3,))
    expected = np.abs((np.kron(high, low) @ found @ before)[:, 0]) ** 2
    assert dense(distribution(text), 2) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("exponent", EXPONENTS)
@pytest.mark.parametrize("gate", GATES)
def test_whole_powers_are_exact(gate, exponent):
    matrix = exact(GATES[gate], exponent)
    check(f"pow({exponent}) @ {gate} q[1];", matrix)
    check(f"ctrl @ pow({exponent}) @ {gate} q[0], q[1];", matrix, controlled=True)
    check(f"pow({exponent}) @ ctrl @ {gate} q[0], q[1];", matrix, controlled=True)
    check(f"pow(-({exponent})) @ inv @ {gate} q[1];", matrix)


@pytest.mark.parametrize("gate", GATES)
def test_powers_of_powers_and_powers_in_gates_are_exact(gate):
    matrix = exact(GATES[gate], 2**40 * (2**20 + 1))
    check(f"pow(2**40) @ pow(2**20 + 1) @ {gate} q[1];", matrix)
    inner = f"gate inner a {{ pow(2**20 + 1) @ {gate} a; }}\n"
    check("pow(2**40) @ inner q[1];", matrix, start=inner)
    check("ctrl @ pow(2**40) @ inner q[0], q[1];", matrix, controlled=True, start=inner)
    doubled = f"gate d0 a {{ {gate} a; }}\n" + "".join(
        f"gate d{level + 1} a {{ pow(2) @ d{level} a; }}\n" for level in range(40)
    )
    check("d40 q[1];", exact(GATES[gate], 2**40), start=doubled)


@pytest.mark.parametrize(
    ("written", "exponent"),
    [("2.0", 2), ("1e15", 10**15), ("n", 12), ("2 * n + 1", 25), ("true", 1), ("1e30", int(1e30))],
)
def test_exponents_that_are_whole_in_any_spelling(written, exponent):
    for gate in ("x", "rx(0.3)", "U(0.3, 1.1, -0.7)"):
        check(f"pow({written}) @ {gate} q[1];", exact(GATES[gate], exponent), start="int n = 12;\n")


@pytest.mark.parametrize(
    ("gate", "qubits", "order"),
    [("cx", 2, 2), ("swap", 2, 2), ("ccx", 3, 2), ("cswap", 3, 2), ("ch", 2, 2), ("cz", 2, 2)],
)
def test_gates_on_several_qubits_have_their_order(gate, qubits, order):
    operands = ", ".join(f"q[{place}]" for place in range(qubits))
    for exponent in (2**60, 2**60 + 1, 10**8, -(10**8 + 1)):
        program = read(f"{HEADER}qubit[3] q; pow({exponent}) @ {gate} {operands};").program
        assert len(program.opcodes) == exponent % order


def test_roots_of_paulis_become_gates_of_the_table():
    found = {}
    for gate in ("x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx"):
        for exponent in (2**60 + 2, 2**60 + 3):
            program = read(f"{HEADER}qubit q; pow({exponent}) @ {gate} q;").program
            found[gate, exponent - 2**60] = [Opcode(opcode).name for opcode in program.opcodes]
    assert found == {
        **{(gate, 2): [] for gate in ("x", "y", "z", "h")},
        **{(gate, 3): [gate.upper()] for gate in ("x", "y", "z", "h")},
        ("s", 2): ["Z"],
        ("s", 3): ["SI"],
        ("sdg", 2): ["Z"],
        ("sdg", 3): ["S"],
        ("t", 2): ["S"],
        ("t", 3): ["ZPOW"],
        ("tdg", 2): ["SI"],
        ("tdg", 3): ["ZPOW"],
        ("sx", 2): ["X"],
        ("sx", 3): ["VI"],
    }


@pytest.mark.parametrize("gate", ["rxx", "ryy", "rzz"])
def test_interactions_have_every_power(gate):
    start = "OPENQASM 3.0;\nqubit[2] q; ry(0.7) q; rx(0.4) q[0];\n"
    end = "rx(0.3) q[0]; ry(1.1) q[1];"
    with mpmath.workprec(500):
        large = float(mpmath.fmod(mpmath.mpf(0.3) * 2**60, 4 * mpmath.pi))
    for exponent, angle in ((2, 0.6), (0.5, 0.15), (-3, -0.9), (2**60, large)):
        raised = distribution(f"{start}pow({exponent}) @ {gate}(0.3) q[0], q[1]; {end}", ALL_GATES)
        plain = distribution(f"{start}{gate}({angle!r}) q[0], q[1]; {end}", ALL_GATES)
        assert dense(raised, 2) == pytest.approx(dense(plain, 2), abs=1e-13)


def test_whole_powers_of_phases_under_controls_are_exact():
    for exponent in (3, 2**60):
        with mpmath.workprec(500):
            angle = complex(mpmath.expj(mpmath.mpf(0.7) * exponent))
        check(f"pow({exponent}) @ ctrl @ gphase(0.7) q[1];", np.diag([1, angle]))
        check(f"ctrl @ pow({exponent}) @ gphase(0.7) q[1];", np.diag([1, angle]))


def test_a_phase_of_minus_pi_has_the_root_of_one_of_pi():
    for gate in ("ctrl @ pow(0.5) @ gphase(-pi) q[1];", "pow(0.5) @ p(-pi) q[1];"):
        check(gate, np.diag([1, 1j]))


@pytest.mark.parametrize("exponent", [0.5, -0.3, 1_000.5, 2.0**40 + 0.5])
def test_fractions_of_any_size_give_the_principal_power(exponent):
    # Eigenvalues of U: 1 and the product of all phases, by its definition.
    theta, phi, lam = 0.3, 1.1, -0.7
    with mpmath.workprec(400):
        values, vectors = mpmath.eig(language_u(theta, phi, lam))
        powers = [mpmath.expj(mpmath.arg(value) * mpmath.mpf(exponent)) for value in values]
        whole = vectors * mpmath.diag(powers) * vectors**-1
        matrix = np.array(whole.tolist(), dtype=complex)
    check(f"pow({exponent!r}) @ U({theta}, {phi}, {lam}) q[1];", matrix)
    check(
        f"ctrl @ pow({exponent!r}) @ U({theta}, {phi}, {lam}) q[0], q[1];", matrix, controlled=True
    )
    turn = cmath.exp(1j * math.pi * float(Fraction(exponent) % 2))
    x = np.array([[1 + turn, 1 - turn], [1 - turn, 1 + turn]]) / 2
    check(f"pow({exponent!r}) @ x q[1];", x)


def test_angles_whose_multiples_are_too_large_for_a_double_have_their_power():
    for gate, factor, exponent in (("rx(1e308)", 1e308, 2), ("rx(1.5e308)", 1.5e308, -1_000)):
        with mpmath.workprec(2_000):
            half = mpmath.mpf(factor) * exponent / 2
            cosine, sine = float(mpmath.cos(half)), float(mpmath.sin(half))
        matrix = np.array([[cosine, -1j * sine], [-1j * sine, cosine]])
        check(f"pow({exponent}) @ {gate} q[1];", matrix)


@pytest.mark.parametrize(
    "statement",
    [
        "u3(1e308, 1.7e308, 1.7e308) q[1];",
        "U(-1.7e308, 1.7e308, 1.7e308) q[1];",
        "cu(1.7e308, 1.7e308, 1.7e308, 1.7e308) q[0], q[1];",
        "rx(1.7e308) q[1]; rx(1.7e308) q[1];",
        "gate g a { rz(1.7e308) a; rz(1.7e308) a; } pow(3) @ g q[1];",
        "gate g a { gphase(1.7e308); gphase(1.7e308); } ctrl @ pow(3) @ g q[0], q[1];",
        "pow(1e308) @ p(1e308) q[1];",
        "ctrl @ pow(0.3) @ gphase(1.7e308) q[0];",
    ],
)
def test_no_finite_angle_overflows(statement):
    found = read(f"{HEADER}qubit[2] q; h q;\n{statement}").program
    assert np.abs(found.params).max(initial=0) <= 4 * math.pi
    assert sum(distribution(f"{HEADER}qubit[2] q; h q;\n{statement}").values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("rx(1e308 * 10) q[0];", "InvalidInput", "not finite"),
        ("rx(1e999) q[0];", "InvalidInput", "too large"),
        ("pow(1e308 * 10) @ x q[0];", "InvalidInput", "not finite"),
        ("pow(2**60) @ own q[0], q[1];", "TooManyGates", "power of a gate has more than"),
        (
            f"{'pow(1e308) @ ' * 5}rx(0.3) q[0];",
            "QuantumCircuitComplexityError",
            "too large an exp",
        ),
        (
            "pow(0.5) @ pow(2**30) @ " * 60 + "U(1, 2, 3) q[0];",
            "QuantumCircuitComplexityError",
            "too large an exponent",
        ),
        ("pow(0.5) @ own q[0], q[1];", "PreflightError", "only whole powers"),
    ],
)
def test_what_has_no_power_is_refused_by_its_line(statement, code, words):
    text = f"{HEADER}gate own a, b {{ h a; cx a, b; }} qubit[2] q;\n\n{statement}"
    with pytest.raises(ProgramError, match=rf"line 5, column \d+: .*{words}") as caught:
        read(text)
    assert caught.value.code == code


def test_a_power_of_a_long_gate_nests_in_nothing():
    # More products one after the other than Python may have calls within each other.
    gates = "h q; t q; tdg q; h q; x q;" * 2_401

    found = distribution(f"{HEADER} gate g q {{ {gates} }} qubit q; pow(1001) @ g q;")

    assert found[1] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("start", ["", "ctrl @ "])
def test_a_phase_under_a_control_is_part_of_a_gate_on_one_qubit(start):
    text = f"""{HEADER}qubit[2] q;
    gate own a {{ gphase(0.3); ry(0.4) a; ctrl @ gphase(1.1) a; gphase(-0.2); }}
    h q;
    pow(0.5) @ {start}own q{"" if start else "[1]"};
    pow(0.5) @ {start}own q{"" if start else "[1]"};
    inv @ {start}own q{"" if start else "[1]"};
    h q;
    """
    text = text.replace("own q;", "own q[0], q[1];")
    assert dense(distribution(text), 2) == pytest.approx([1, 0, 0, 0], abs=1e-12)


@pytest.mark.parametrize("controls", ["", "ctrl @ ", "negctrl @ ", "ctrl(2) @ "])
@pytest.mark.parametrize("first", ["1/2", "-1/2", "0.3", "-1/7"])
@pytest.mark.parametrize("then", ["0.5", "-1/3", "0.9"])
def test_powers_of_powers_of_swap_are_powers_of_their_product(controls, first, then):
    qubits = 2 + {"": 0, "ctrl(2) @ ": 2}.get(controls, 1)
    wires = ",".join(f"q[{place}]" for place in range(qubits))

    def program(gate):
        start = "".join(f"u3({n + 0.4}, {n - 0.7}, 0.2) q[{n}];" for n in range(qubits))
        end = "".join(f"u3(1.1, {n}, 0.3) q[{n}];" for n in range(qubits))
        return f"{HEADER}qubit[{qubits}] q; {start}{gate} {wires};{end}"

    found = distribution(program(f"pow({then}) @ {controls}pow({first}) @ swap"))
    wanted = distribution(program(f"{controls}pow(({then}) * ({first})) @ swap"))
    assert dense(found, qubits) == pytest.approx(dense(wanted, qubits), abs=1e-9)

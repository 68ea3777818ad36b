"""Unitaries to the last digits: against mpmath, and simulated against the specification's matrices."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.languages.programs import dense, distribution, read

from paultrap import _kernels
from paultrap.circuits import Opcode
from paultrap.languages import ProgramError
from paultrap.languages.angles import fixed, pi, principal, reduced
from paultrap.languages.qasm.versions import ALL_GATES
from paultrap.languages.unitaries import euler

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
TOLERANCE = 1e-13

# Angles where something degenerates, and some that are close to them.
SPECIAL = st.sampled_from([k * math.pi / 4 for k in range(-8, 9)])
NEAR = st.tuples(SPECIAL, st.sampled_from([-1, 1]), st.floats(-16, -3)).map(
    lambda parts: parts[0] + parts[1] * 10 ** parts[2]
)
TINY = st.tuples(st.sampled_from([-1, 1]), st.floats(-18, -3)).map(lambda p: p[0] * 10 ** p[1])
ANGLES = st.one_of(st.floats(-7, 7), SPECIAL, NEAR, TINY)


def language_u(theta, phi, lam):
    """Return ``U`` as the specification of OpenQASM 3 writes it."""
    turn = np.exp(1j * theta)
    return (
        np.array(
            [
                [1 + turn, -1j * np.exp(1j * lam) * (1 - turn)],
                [1j * np.exp(1j * phi) * (1 - turn), np.exp(1j * (phi + lam)) * (1 + turn)],
            ]
        )
        / 2
    )


def legacy_u(theta, phi, lam):
    """Return ``u3`` as ``stdgates.inc`` defines it: U with another phase."""
    return np.exp(-0.5j * (phi + lam + theta)) * language_u(theta, phi, lam)


def rotation(axis, angle):
    pauli = {"x": [[0, 1], [1, 0]], "y": [[0, -1j], [1j, 0]], "z": [[1, 0], [0, -1]]}[axis]
    return np.cos(angle / 2) * np.eye(2) - 1j * np.sin(angle / 2) * np.array(pauli)


def controlled(matrix):
    """Return a gate whose control is the first qubit, the lowest bit."""
    found = np.eye(4, dtype=complex)
    found[np.ix_([1, 3], [1, 3])] = matrix
    return found


def on(matrix, qubit):
    return np.kron(matrix, np.eye(2)) if qubit else np.kron(np.eye(2), matrix)


BEFORE = on(rotation("x", 1.1) @ rotation("y", 0.7), 0) @ on(rotation("x", -0.6), 1)
AFTER = on(rotation("y", 0.9), 0) @ on(rotation("x", 0.8) @ rotation("y", -1.3), 1)


def assert_gate(statement, matrix):
    """Compare one gate on two qubits between rotations that make each of its angles seen."""
    text = (
        f"{HEADER}qubit[2] q;\nry(0.7) q[0]; rx(1.1) q[0]; rx(-0.6) q[1];\n{statement}\n"
        "ry(0.9) q[0]; ry(-1.3) q[1]; rx(0.8) q[1];\n"
    )
    expected = np.abs((AFTER @ matrix @ BEFORE)[:, 0]) ** 2
    assert dense(distribution(text, ALL_GATES), 2) == pytest.approx(expected, abs=TOLERANCE)


def written(*angles):
    return ", ".join(repr(angle) for angle in angles)


@settings(max_examples=150, deadline=None)
@given(ANGLES, ANGLES, ANGLES)
def test_gates_of_three_angles_are_what_the_language_says(theta, phi, lam):
    u3 = legacy_u(theta, phi, lam)
    u = language_u(theta, phi, lam)
    angles = written(theta, phi, lam)
    assert_gate(f"u3({angles}) q[1];", on(u3, 1))
    assert_gate(f"U({angles}) q[1];", on(u, 1))
    assert_gate(f"inv @ u3({angles}) q[1];", on(u3.conj().T, 1))
    assert_gate(f"ctrl @ U({angles}) q[0], q[1];", controlled(u))
    assert_gate(f"ctrl @ u3({angles}) q[0], q[1];", controlled(u3))
    assert_gate(f"inv @ ctrl @ U({angles}) q[0], q[1];", controlled(u.conj().T))
    assert_gate(f"ctrl @ pow(3) @ U({angles}) q[0], q[1];", controlled(u @ u @ u))
    phased = np.exp(-0.5j * theta) * u
    assert_gate(f"cu3({angles}) q[0], q[1];", controlled(phased))
    assert_gate(f"cu({angles}, 0.4) q[0], q[1];", controlled(np.exp(0.4j) * phased))


@settings(max_examples=60, deadline=None)
@given(ANGLES, ANGLES)
def test_gates_of_two_angles_are_what_the_language_says(phi, lam):
    u2 = legacy_u(math.pi / 2, phi, lam)
    assert_gate(f"u2({written(phi, lam)}) q[1];", on(u2, 1))
    assert_gate(f"ctrl @ u2({written(phi, lam)}) q[0], q[1];", controlled(u2))
    own = f"gate own a {{ rz({phi!r}) a; rx({lam!r}) a; }} "
    matrix = rotation("x", lam) @ rotation("z", phi)
    text = f"{HEADER}{own}"
    assert read(f"{text}qubit q; pow(2) @ own q;").program.widths[0] == 1
    assert_gate(f"{own}pow(2) @ own q[1];", on(matrix @ matrix, 1))
    assert_gate(f"{own}ctrl @ pow(-2) @ own q[0], q[1];", controlled((matrix @ matrix).conj().T))


def test_an_axis_close_to_x_is_not_x():
    text = f"{HEADER}qubit q; ry(pi/2) q; u3(1.0, 1e-6 - pi/2, pi/2 - 1e-6) q;"
    assert distribution(text)[1] == pytest.approx(
        0.5 + math.sin(1.0) * math.sin(1e-6) / 2, abs=1e-14
    )
    assert distribution(text)[1] == pytest.approx(0.5000004207, abs=1e-10)


@pytest.mark.parametrize("step", [1e-5, 1e-7, 1e-9])
@pytest.mark.parametrize(
    ("gate", "slope"),
    [
        ("ry(pi/2) q; u3(1.0, {0!r} - pi/2, pi/2 - {0!r}) q;", math.sin(1) / 2),
        ("ry(pi/2) q; U(1.0, {0!r} - pi/2, pi/2 - {0!r}) q;", math.sin(1) / 2),
        ("rx(pi/2) q; u3({0!r}, 0.3, 0.2) q;", -math.sin(-0.2) / 2),
    ],
)
def test_finite_differences_are_slopes(gate, slope, step):
    up, down = (distribution(f"{HEADER}qubit q; {gate.format(x)}")[1] for x in (step, -step))
    # Rounding of the two probabilities alone.
    assert (up - down) / (2 * step) == pytest.approx(slope, abs=step + 1e-14 / step)


ON_CONTROLS = 2
AXES_WITH_PHASE = {Opcode.XPOW: "x", Opcode.YPOW: "y"}


def turns(unitary, *, is_controlled=False):
    return _kernels.turns(unitary.phase, unitary.parts, is_controlled)


def test_turns_however_small_are_kept():
    for angle in (1e-12, 1e-13, -3e-14):
        ((opcode, found, _),) = turns(euler(angle, 0.0, 0.0))
        assert (opcode, found) == (Opcode.YPOW, pytest.approx(angle, abs=1e-17))
        assert turns(euler(angle, 0.3, 0.4))[1] == (
            Opcode.RY,
            pytest.approx(abs(angle), abs=1e-17),
            0,
        )


def test_rounding_makes_no_gates():
    assert turns(euler(math.pi, 0.0, math.pi)) == [(Opcode.XPOW, pytest.approx(math.pi), 0)]
    assert len(read(f"{HEADER}qubit[2] q; ctrl @ u3(pi, 0, pi) q[0], q[1];").program.opcodes) == 2
    assert len(read(f"{HEADER}qubit[2] q; cu(pi, 0, pi, 0) q[0], q[1];").program.opcodes) == 1


@settings(max_examples=200, deadline=None)
@given(ANGLES, ANGLES, ANGLES)
def test_a_frame_and_a_turn_are_the_unitary(theta, phi, lam):
    found = np.eye(2)
    for opcode, angle, on in turns(euler(theta, phi, lam), is_controlled=True):
        if on == ON_CONTROLS:
            found = np.exp(1j * angle) * found
        elif opcode == Opcode.ZPOW:
            found = np.diag([1, np.exp(1j * angle)]) @ found
        elif opcode in AXES_WITH_PHASE:
            found = np.exp(1j * angle / 2) * rotation(AXES_WITH_PHASE[opcode], angle) @ found
        else:
            found = rotation({Opcode.RY: "y", Opcode.RZ: "z"}[opcode], angle) @ found
    expected = rotation("z", phi) @ rotation("y", theta) @ rotation("z", lam)
    assert found == pytest.approx(expected, abs=1e-14)


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=200, deadline=None)
@given(st.one_of(FINITE, st.floats(-1e6, 1e6)), st.integers(-(2**70), 2**70))
def test_angles_lose_double_turns_and_nothing_else(angle, factor):
    for exact in (angle, Fraction(angle) * factor):
        found = reduced(exact)
        assert abs(found) <= 4 * math.pi
        with mpmath.workprec(2_500):
            ratio = Fraction(exact)
            turns = (mpmath.mpf(ratio.numerator) / ratio.denominator - mpmath.mpf(found)) / (
                4 * mpmath.pi
            )
            assert abs(turns - mpmath.nint(turns)) < 2e-16


@settings(max_examples=300, deadline=None)
@given(st.one_of(FINITE, st.floats(-1e6, 1e6), st.floats(-1e20, 1e20)))
def test_whole_and_broken_numbers_lose_the_same(angle):
    """The kernels reduce doubles, and Python integers what has more bits."""
    assert reduced(angle) == reduced(Fraction(angle))


def test_pi_has_as_many_bits_as_are_asked_for():
    for bits in (64, 255, 256, 3_000):
        with mpmath.workprec(bits + 64):
            assert abs(pi(bits) - mpmath.pi * mpmath.mpf(2) ** bits) < 1
    assert fixed(1e308, 200) == pytest.approx(reduced(1e308) * 2.0**200, rel=1e-15)


def test_phases_are_principal_above_minus_pi():
    for phase in (math.pi, -math.pi, -3 * math.pi):
        assert principal(phase) == pytest.approx(math.pi, abs=1e-14)
    assert principal(-3.0) == -3.0


@pytest.mark.parametrize("angle", [math.nan, math.inf, -math.inf])
def test_no_gate_has_an_angle_that_is_no_number(angle):
    with pytest.raises(ProgramError, match="not a finite number"):
        reduced(angle)
    with pytest.raises(ProgramError, match="not a finite number"):
        euler(0.0, angle, 0.0)

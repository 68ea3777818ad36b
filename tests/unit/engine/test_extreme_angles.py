"""Rotations by any double: the sine of half of it is a number, and the answer is its square.

What is expected is worked out by hand, with numpy's sine, which reduces large angles exactly.
"""

import numpy as np
import pytest
from harness.circuits import C, G, program_of

from paultrap.circuits import Distributions, Opcode
from paultrap.compiler import compile_native
from paultrap.engine import Draw, RunOptions, sample, simulate

LARGEST = 1.7976931348623157e308
ANGLES = [0.0, 5e-324, 1e-160, 64.5, -1e5, 1.5e10, 7e15, 1e16, -1e154, 1e200, 1e308, -LARGEST]
H0, H1 = G(Opcode.H, (0,)), G(Opcode.H, (1,))
X0, X1 = G(Opcode.X, (0,)), G(Opcode.X, (1,))


def one(opcode: Opcode, angle: float) -> tuple[G, ...]:
    return (G(opcode, (0,), (), (angle,)),)


def pair(opcode: Opcode, angle: float) -> tuple[G, ...]:
    return (G(opcode, (0, 1), (), (angle,)),)


def pauliexp(time: float, coefficients: list[float], *strings: str) -> G:
    codes = ["IXYZ".index(letter) for string in strings for letter in reversed(string)]
    targets = tuple(range(len(strings[0])))
    return G(Opcode.PAULIEXP, targets, (), (time, *coefficients, *map(float, codes)))


# Each turns |00> by the angle into another state: the gates, and that state's number.
TURNS = {
    "rx": (lambda a: one(Opcode.RX, a), 1),
    "ry": (lambda a: one(Opcode.RY, a), 1),
    "rz": (lambda a: (H0, *one(Opcode.RZ, a), H0), 1),
    "x to a power": (lambda a: one(Opcode.XPOW, a), 1),
    "y to a power": (lambda a: one(Opcode.YPOW, a), 1),
    "z to a power": (lambda a: (H0, *one(Opcode.ZPOW, a), H0), 1),
    "under a control": (lambda a: (X1, G(Opcode.RX, (0,), (1,), (a,)), X1), 1),
    "phase of a control": (lambda a: (H1, X0, G(Opcode.ZPOW, (0,), (1,), (a,)), X0, H1), 2),
    "xx": (lambda a: pair(Opcode.XX, a), 3),
    "yy": (lambda a: pair(Opcode.YY, a), 3),
    "zz": (lambda a: (H0, H1, *pair(Opcode.ZZ, a), H0, H1), 3),
    "xx twice": (lambda a: 2 * pair(Opcode.XX, a / 2), 3),
    "pauliexp": (lambda a: (pauliexp(0.5, [a], "X"),), 1),
    "pauliexp of time": (lambda a: (pauliexp(abs(a) / 2, [1.0], "YY"),), 3),
    "pauliexp beside others": (lambda a: (pauliexp(0.5, [a, 1e9, -3.0], "XX", "ZZ", "II"),), 3),
}


def share(answer: Distributions, state: int) -> float:
    return float(answer.probabilities[answer.states == state].sum())


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("name", TURNS)
def test_the_answer_is_the_square_of_the_sine_of_half_the_angle(name, angle):
    gates, state = TURNS[name]
    program = program_of([C(2, gates(angle))])
    truth = np.sin(angle / 2) ** 2

    assert share(simulate(program), state) == pytest.approx(truth, abs=1e-12)
    assert share(simulate(program, options=RunOptions(precision="single")), state) == pytest.approx(
        truth, abs=1e-6
    )
    for entangler in ("ms", "zz"):
        native = compile_native(program, entangler)
        assert share(simulate(native), state) == pytest.approx(truth, abs=1e-12)


# In turns halves of a turn are exact, however many turns there are.
HALF = 2.0**51 + 0.5


@pytest.mark.parametrize(
    ("gates", "truth"),
    [
        ((G(Opcode.GPI2, (0,), (), (0.0,)), G(Opcode.GPI2, (0,), (), (HALF,))), 0.0),
        ((G(Opcode.GPI2, (0,), (), (0.0,)), G(Opcode.GPI2, (0,), (), (1e308,))), 1.0),
        ((G(Opcode.GPI, (0,), (), (-LARGEST,)),), 1.0),
        ((G(Opcode.MS, (1, 0), (), (0.0, 0.0, HALF)),), 1.0),
        ((G(Opcode.MS, (1, 0), (), (HALF, -LARGEST, -HALF)),), 1.0),
        ((G(Opcode.MS, (1, 0), (), (0.0, 0.0, 1e308)),), 0.0),
        ((H0, G(Opcode.NATIVE_ZZ, (0, 1), (), (HALF,)), H0), 1.0),
        ((H0, G(Opcode.NATIVE_ZZ, (0, 1), (), (LARGEST,)), H0), 0.0),
    ],
)
def test_whole_turns_do_nothing(gates, truth):
    # The last gate is no native one, so that the compiler does not leave the circuit as it is.
    program = program_of([C(2, (*gates, G(Opcode.T, (0,))))])

    for answer in (simulate(program), *map(simulate, map_entanglers(program))):
        found = sum(share(answer, state) for state in (1, 3))
        assert found == pytest.approx(truth, abs=1e-12)


def map_entanglers(program):
    return [compile_native(program, "ms"), compile_native(program, "zz")]


@pytest.mark.parametrize(
    "gate",
    [
        pauliexp(1.0, [0.3, 0.4, 1e300], "XI", "ZI", "IX"),
        pauliexp(1e250, [3e-251, 4e-251, 1e50], "XI", "ZI", "IX"),
        pauliexp(1e-250, [3e249, 4e249, 1e308], "XI", "ZI", "IX"),
        pauliexp(1e-307, [3e306, 4e306, 1e308], "XI", "ZI", "IX"),
    ],
)
def test_terms_that_do_not_commute_keep_their_digits_beside_any_others(gate):
    """exp(-i (0.3 X + 0.4 Z)) takes |0> to |1> with the probability (0.6 sin 0.5)^2."""
    program = program_of([C(2, (gate,))])
    time, turned = gate.params[0], gate.params[3]
    truth = (0.6 * np.sin(0.5)) ** 2

    for answer in (simulate(program), *map(simulate, map_entanglers(program))):
        assert share(answer, 2) + share(answer, 3) == pytest.approx(truth, abs=1e-12)
        low = share(answer, 1) + share(answer, 3)
        assert low == pytest.approx(np.sin(time * turned) ** 2, abs=1e-12)
    single = simulate(program, options=RunOptions(precision="single"))
    assert share(single, 2) + share(single, 3) == pytest.approx(truth, abs=1e-6)


def test_a_product_formula_is_as_good_at_any_scale():
    strings = ("XXI", "IZZ", "ZYX")
    answers = [
        simulate(compile_native(program_of([C(3, (gate,))]), "ms"))
        for gate in (
            pauliexp(1.0, [0.3, 0.4, -0.2], *strings),
            pauliexp(2.0**400, [0.3 * 2.0**-400, 0.4 * 2.0**-400, -0.2 * 2.0**-400], *strings),
            pauliexp(2.0**-400, [0.3 * 2.0**400, 0.4 * 2.0**400, -0.2 * 2.0**400], *strings),
        )
    ]

    for answer in answers[1:]:
        assert answer.states.tolist() == answers[0].states.tolist()
        assert answer.probabilities == pytest.approx(answers[0].probabilities, abs=1e-12)


def test_a_large_angle_that_looks_like_a_multiple_of_a_right_one_is_none():
    """9179e11 divided by the double next to pi/2 is a whole number; the squared sine of half of it is 0.567."""
    angle = 9.179e14
    assert (angle / (np.pi / 2)).is_integer()
    program = program_of([C(20, one(Opcode.RX, angle))])

    exact, sampled = simulate(program), sample(program, Draw(10_000, 3))

    assert share(exact, 1) == pytest.approx(0.56671, abs=1e-5)
    assert share(sampled, 1) == pytest.approx(0.56671, abs=0.03)

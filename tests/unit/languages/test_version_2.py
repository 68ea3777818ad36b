"""OpenQASM 2, whose power is ``^``, against Qiskit's own reader of it."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qiskit import qasm2
from qiskit.quantum_info import Statevector
from unit.languages.programs import HEADER, dense, distribution, read

from paultrap.languages import ProgramError, ProgramLimits
from paultrap.languages.qasm.ansatz import Ansatz

VERSION_2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'

NUMBERS = st.one_of(
    st.integers(0, 9).map(str),
    st.floats(0, 4).map(lambda value: f"{value:.3f}"),
    st.just("pi"),
)


def composed(parts):
    def binary(symbol):
        return st.tuples(parts, parts).map(lambda pair: f"{pair[0]}{symbol}{pair[1]}")

    return st.one_of(
        *(binary(symbol) for symbol in ("+", "-", "*", "/", "^", " ^ ", "^-")),
        parts.map(lambda part: f"-{part}"),
        parts.map(lambda part: f"({part})"),
        st.tuples(st.sampled_from(["sin", "cos", "tan", "exp", "ln", "sqrt"]), parts).map(
            lambda pair: f"{pair[0]}({pair[1]})"
        ),
    )


EXPRESSIONS = st.recursive(NUMBERS, composed, max_leaves=10)


def reference(expression):
    """Return what Qiskit makes of an expression, or None where it has no value there."""
    text = f"{VERSION_2}qreg q[1];\nrx({expression}) q[0];"
    try:
        value = float(qasm2.loads(text).data[0].operation.params[0])
    except (qasm2.QASM2ParseError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) else None


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS)
def test_expressions_have_the_values_that_qiskit_gives_them(expression):
    expected = reference(expression)
    assume(expected is not None)
    assume(abs(expected) < 1e6)
    try:
        found = read(f"{VERSION_2}qreg q[1];\nrx({expression}) q[0];").program.params[0]
    except ProgramError as error:
        # A part that is infinite is refused here, and Qiskit divides by it.
        assert any(words in str(error) for words in ("negative power", "range", "not finite"))  # noqa: PT017
        return
    # Rotations show their angle less double turns alone.
    off = math.remainder(found - expected, 4 * math.pi)
    assert off == pytest.approx(0, abs=1e-9 * max(1, abs(expected)))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2^3", 8),
        ("2^3^2/512", 1),  # from right to left
        ("-2^2", -4),  # the power is taken first
        ("2^-1", 0.5),
        ("2^-3^2*4", 2**-7),
        ("2*3^2/9", 2),
        ("(pi/2)^1", math.pi / 2),
        ("2.25^.5", 1.5),
        ("2^200/2^200", 1),  # of reals, however large
        ("1/2", 0.5),
        ("7/2*1", 3.5),
        ("ln(2)", math.log(2)),
        ("sqrt(2)^2", 2),
        ("asin(1)+acos(1)+atan(1)", 3 * math.pi / 4),
    ],
)
def test_the_power_binds_as_in_version_2(expression, value):
    found = read(f"{VERSION_2}qreg q[1];\nrx({expression}) q[0];").program.params
    assert found.tolist() == [pytest.approx(value, abs=1e-15)]


@pytest.mark.parametrize(
    "start",
    [
        HEADER,
        'include "stdgates.inc";\n',
        '// OPENQASM 2.0;\nOPENQASM 3.1;\ninclude "stdgates.inc";\n',
    ],
)
def test_other_versions_keep_their_exclusive_or(start):
    assert read(f"{start}qubit q;\nrx(2^3) q;").program.params.tolist() == [1.0]
    with pytest.raises(ProgramError, match=r"1\.5 is not a whole number"):
        read(f"{start}qubit q;\nrx(1.5^1) q;")


@pytest.mark.parametrize("start", ["OPENQASM 2;", "/* ^ */ OPENQASM  2.0 ;", "// 3\nOPENQASM 2.1;"])
def test_the_version_line_decides(start):
    text = f'{start}\ninclude "qelib1.inc"; qreg q[1]; rx(2^3) q[0]; // 2^3'
    assert read(text).program.params.tolist() == [8.0]


def test_powers_hold_in_gates_of_the_program():
    text = f"""{VERSION_2}
    gate turned(a, b) c, d {{ ry(a^b) c; cu3(a^2, b/2^2, -a^2) c, d; u2(a^b^2, 1) d; }}
    qreg q[2];
    h q[0];
    turned(0.3 + 2^-1, 1/2) q[0], q[1];
    """
    plain = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    assert dense(distribution(text), 2) == pytest.approx(
        Statevector(plain).probabilities(), abs=1e-13
    )


def test_the_transform_of_the_shared_case():
    text = f"{VERSION_2}qreg q[2]; h q[0]; h q[1]; cu1(pi/2^1) q[0],q[1]; h q[1];"
    assert dense(distribution(text), 2) == pytest.approx([0.5, 0.25, 0, 0.25])


def test_an_ansatz_has_the_power_of_its_version():
    body = "rx(a^2) q[0];"
    angles = []
    for text in (f"OPENQASM 2.0; qreg q[1]; {body}", f"OPENQASM 3.0; qubit[1] q; {body}"):
        ((gate,),) = (Ansatz(text).gates([3.0], ProgramLimits())[1],)
        angles.append(gate.params[0])
    assert angles == [9.0, 1.0]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("2^", r'line 4, column 6: "\)" is not expected'),
        ("2^^3", r'line 4, column 6: "\^" is not expected'),
        ("(-8)^(1/3)", r"line 4, column \d+: a power is not a real number"),
        ("0^-1", r"line 4, column \d+: the arithmetic has no result"),
        ("10^400", r"line 4, column \d+: the arithmetic has no result"),
    ],
)
def test_refusals_show_the_text_as_it_is(expression, words):
    with pytest.raises(ProgramError, match=words):
        read(f"{VERSION_2}qreg q[1];\nrx({expression}) q[0];")


def test_exponents_of_many_digits_stay_close_to_qiskits():
    rng = np.random.default_rng(5)
    for base, exponent in rng.uniform(0, 3, (50, 2)):
        text = f"({base})^({exponent})"
        found = read(f"{VERSION_2}qreg q[1];\nrx({text}) q[0];").program.params[0]
        assert math.remainder(found - reference(text), 4 * math.pi) == pytest.approx(0, abs=1e-13)

"""OpenQASM 2 by its own grammar, line by line, against Qiskit's own reader of it."""

import math

import pytest
from qiskit import qasm2
from unit.languages.programs import HEADER, distribution, read
from unit.languages.test_grammars import of_circuit

from paultrap.engine import simulate
from paultrap.languages import ProgramError, ProgramLimits
from paultrap.languages.qasm.ansatz import Ansatz
from paultrap.languages.qasm.reading import read_qasm

LINE = "OPENQASM 2.0;\n"
START = f'{LINE}include "qelib1.inc";\n'

# Names with a meaning in version 3 alone.
WORDS_OF_3 = (
    *(
        "ctrl",
        "negctrl",
        "inv",
        "pow",
        "gphase",
        "input",
        "output",
        "const",
        "let",
        "def",
        "defcal",
    ),
    *("cal", "defcalgrammar", "extern", "box", "nop", "for", "in", "while", "else", "end"),
    *("break", "continue", "return", "switch", "case", "default", "qubit", "bit", "bool", "int"),
    *("uint", "float", "angle", "complex", "array", "void", "duration", "stretch", "durationof"),
    *("true", "false", "readonly", "mutable", "pragma", "im", "dt", "tau", "euler", "sizeof"),
    *("popcount", "rotl", "rotr", "mod", "arcsin", "log", "floor", "gpi", "gpi2", "ms", "zz"),
)


def agrees(text):
    """Hold the reader to what Qiskit makes of a program, and return its distribution."""
    circuit = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    found = distribution(text)
    assert found == pytest.approx(of_circuit(circuit), abs=1e-9)
    return found


@pytest.mark.parametrize("word", WORDS_OF_3)
def test_words_of_version_3_are_names(word):
    agrees(f"{START}qreg {word}[2]; creg c[2]; x {word}[1]; barrier {word}; measure {word} -> c;")
    agrees(f"{START}qreg q[2]; creg {word}[2]; x q[1]; measure q -> {word};")
    agrees(f"{START}gate {word} a {{ x a; }} qreg q[2]; creg c[2]; {word} q[1]; measure q -> c;")
    agrees(
        f"{START}gate own({word}) a {{ rx({word} * pi) a; }} qreg q[2]; creg c[2]; own(1) q[0]; "
        "measure q -> c;"
    )
    agrees(f"{START}gate own {word} {{ x {word}; }} qreg q[1]; creg c[1]; own q; measure q -> c;")


def test_registers_are_named_in_the_answer_as_the_program_names_them():
    text = f"{START}qreg input[2]; creg output[2]; x input[1]; measure input -> output;"
    assert [each.name for each in read(text).readout.registers] == ["output"]
    assert distribution(text) == {2: 1.0}


@pytest.mark.parametrize(
    "text",
    [
        "opaque pulse(a, b) p, q; qreg r[1]; creg c[1]; x r[0]; measure r -> c;",
        "opaque pulse p; opaque other() p, q, r; qreg r[1]; x r[0];",
        "qreg q[1]; creg none[0]; creg c[1]; x q[0]; measure q -> c;",
        "qreg none[0]; creg empty[0]; qreg q[1]; x none; measure none -> empty; h q; reset none;",
        "qreg q[1]; creg c[0]; creg d[1]; if (c == 0) x q[0]; if (c == 1) h q[0]; measure q -> d;",
        "qreg q[2];; x q[0],; rx(0.5,) q;",
        "gate g a { x a; }; qreg q[1]; g q[0];",
        "gate g( ) a {} gate h2() a, b { barrier a, b; h a; barrier a; } qreg q[2]; g() q; h2 q[0], q[1];",
        "gate g(a, b,) p, r, { u3(a, b, a^b) p; cx p, r; } qreg q[2]; g(1, 2) q[0], q[1];",
        "qreg q[2]; rx(+1) q[0]; rx(1e3) q[1]; ry(.5e-1) q[0]; ry(3.) q[1]; ry(2E0) q[1];",
        "qreg q[3]; qreg r[3]; creg c[3]; h q; cx q, r; cx q[1], r; cx q, r[0]; measure r -> c;",
        "qreg q[2]; creg c[2]; x q; measure q[0] -> c[1]; reset q; measure q[1] -> c[0];",
        "qreg q[1]; u0(1) q[0]; h q; u0(2) q; sx q; sxdg q[0]; h q;",
        "qreg q[2]; barrier q, q[0]; barrier q[1]; // no gate\n x q[1];",
        "qreg q[2]; U(0.3, 0.2, 0.1) q[0]; CX q[0], q[1];",
    ],
)
def test_statements_mean_what_qiskit_makes_of_them(text):
    agrees(START + text)


def test_two_gates_are_built_in():
    assert distribution(f"{LINE}qreg q[2]; U(pi, 0, pi) q[0]; CX q[0], q[1];") == {3: 1.0}
    with pytest.raises(ProgramError, match='line 2, column 12: there is no gate "x"'):
        read(f"{LINE}qreg q[1]; x q[0];")


def test_measurements_and_resets_may_depend_on_a_register_that_nothing_is_measured_into():
    text = "qreg q[2]; creg c[2]; creg d[2]; x q; if (d == 0) measure q -> c; if (d == 1) reset q;"
    assert distribution(f"{START}{text} if (d == 0) measure q[1] -> c[0];") == {3: 1.0}
    assert distribution(f"{START}{text} if (d == 0) reset q;") == {3: 1.0}


def test_gates_of_the_program_come_before_those_of_the_file():
    own = "gate x a { h a; } gate sxdg a { x a; x a; x a; } qreg q[1]; sxdg q[0];"
    assert distribution(START + own) == pytest.approx({0: 0.5, 1: 0.5})


def test_registers_may_be_called_as_gates_are_or_with_capitals():
    assert distribution(f"{START}qreg x[2]; creg H[2]; x x[1]; cx x[1], x[0]; measure x -> H;") == {
        3: 1.0
    }


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    "text",
    [f"{START}qreg q[1]; x q[0];", f"{HEADER}qubit q; x q;", "// é\nqubit q; U(pi, 0, 0) q;"],
)
def test_a_byte_order_mark_at_the_start_is_no_part_of_the_text(mark, text):
    assert distribution(mark + text) == {1: 1.0}
    with pytest.raises(ProgramError, match=r"line \d+, column 1: "):
        read(f"{mark}{text}\n\ufeffx q;")


def test_what_an_ansatz_may_begin_with():
    text = "\ufeffOPENQASM 2.0; opaque no a; qreg inv[1]; rx(tau * input) inv[0];"
    ansatz = Ansatz(text)
    assert ansatz.parameters == ["tau", "input"]
    ((gate,),) = (ansatz.gates([2.0, 3.0], ProgramLimits())[1],)
    assert gate.params == (6.0,)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('include "qelib1.inc"; qreg inv[1]; rx(2^3) inv;', 3),
        ('// no version\n/* * */ include\n"qelib1.inc"; qreg inv[1]; rx(2^3) inv;', 3),
        ("gate rx(a) b { U(a, -pi/2, pi/2) b; } qreg inv[1]; rx(2^3) inv;", 2),
        ('OPENQASM 3; include "stdgates.inc"; qreg r[1]; rx(2 ** 3) r;', 2),
    ],
)
def test_a_program_without_a_version_line_is_of_the_version_that_its_file_or_its_job_says(
    text, version
):
    found = simulate(read_qasm(text, ProgramLimits(), version).program).as_dict(0)
    assert found == pytest.approx({0: math.cos(4) ** 2, 1: math.sin(4) ** 2})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("opaque pulse(a) p; qreg q[1];\npulse(1) q[0];", r'line 4, column 1: .*"pulse" is opaque'),
        ("gate g a { pulse a; } opaque pulse p; qreg q[1];\ng q[0];", '"pulse" is opaque'),
        ('include "stdgates.inc";', "line 3, column 1: .*OpenQASM 3.*qelib1.inc"),
        ('include "own.inc";', 'line 3, column 1: include "own.inc" is not supported'),
        ("qubit q;", 'line 3, column 1: "qubit" belongs to OpenQASM 3'),
        ("qubit[2] q;", 'line 3, column 1: "qubit" belongs to OpenQASM 3'),
        ("qreg q[1]; inv @ x q[0];", 'line 3, column 16: "@" is not expected'),
        ("qreg q[1]; ctrl @ x q[0];", 'line 3, column 17: "@" is not expected'),
        ("qreg q[1]; rx(2 ** 3) q[0];", r'line 3, column 18: "\*" is not expected'),
        ("qreg q[1]; rx(tau) q[0];", 'line 3, column 12: "tau" is not declared'),
        ("qreg q[1]; rx(log(2)) q[0];", 'line 3, column 15: there is no function "log" in OpenQ'),
        ("qreg q[1]; rx(sin(1, 2)) q[0];", 'line 3, column 15: "sin" takes one number'),
        ("qreg pi[1];", 'line 3, column 6: "pi" is not expected'),
        ("qreg gate[1];", 'line 3, column 6: "gate" is not expected'),
        ("qreg q; x q;", 'line 3, column 7: ";" is not expected here, but "'),
        ("qreg q[1.5];", 'line 3, column 8: "1.5" is not expected here, but a whole number'),
        ("qreg q[1000000000000000000000];", "line 3, column 8: a number is too large"),
        ("qreg q[1]; x q[0]", "line 3, column 18: the end is not expected"),
        ("qreg q[1]; x $0;", r'line 3, column 14: "\$" is not expected'),
        ("qreg q[1]; /* x q[0];", "line 3, column 12: this comment does not end"),
        ("gate g a { qreg q[1]; }", 'line 3, column 12: "qreg" is not expected'),
        ("gate g a { measure a -> b; }", 'line 3, column 12: "measure" is not expected'),
        ("qreg q[1]; creg c[1]; if (c == 1) qreg r[1];", 'line 3, column 35: "qreg" is not'),
        ("qreg q[2]; qreg r[3]; cx q, r;", "line 3, column 23: the registers .* differ in size"),
        ("OPENQASM 2.0;", 'line 3, column 1: "OPENQASM" is not expected'),
    ],
)
def test_what_the_grammar_does_not_have_is_refused_by_its_place(text, words):
    with pytest.raises(ProgramError, match=words):
        read(START + text)


@pytest.mark.parametrize("file", ["qelib1.inc", "./qelib1.inc"])
def test_a_file_of_the_other_version_is_refused_by_the_name_of_its_own(file):
    words = "OpenQASM 2, .*stdgates.inc" if file == "qelib1.inc" else "not supported; .*stdgates"
    with pytest.raises(ProgramError, match=f"line 2, column 1: .*{words}"):
        read(f'OPENQASM 3.0;\ninclude "{file}";\nqubit q; x q;')


@pytest.mark.parametrize(
    "inner",
    [
        "(" * 400_000 + "1" + ")" * 400_000,
        "-" * 900_000 + "1",
        "1" + "^1" * 400_000,
        "sin(" * 200_000,
        "1" + "+1" * 400_000,
        "9" * 900_000,
        "1e" + "9" * 900_000,
    ],
)
def test_long_expressions_are_read_or_refused_soon(inner):
    with pytest.raises((ProgramError, RecursionError)):
        read(f"{START}qreg q[1]; rx({inner}) q[0];")


@pytest.mark.parametrize("text", ["/*" * 400_000, '"' * 900_000, "// " * 300_000, " \n" * 400_000])
def test_long_texts_are_refused_soon(text):
    with pytest.raises(ProgramError):
        read(text)
    with pytest.raises(ProgramError):
        read(LINE + text)

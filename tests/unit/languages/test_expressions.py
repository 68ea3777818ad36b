"""Expressions of programs: each part is evaluated once, in order, and counts as work."""

import pytest
from unit.languages.programs import HEADER, distribution, read

from paultrap.circuits import Opcode
from paultrap.languages import Language, ProgramError, ProgramLimits, Reading, read_program

TAKEN = """
qubit[4] q;
def one(qubit a) -> int { x a; return 1; }
def yes(qubit a) -> bool { x a; return true; }
def no(qubit a) -> bool { x a; return false; }
def bits(qubit a) -> bit[2] { x a; bit[2] b = "01"; return b; }
def quarter(qubit a) -> float { x a; return pi / 2; }
def mark(qubit a, int value) -> int { rz(value) a; return value; }
"""

# Whatever takes the outcome of a call: each call turns qubit 0 over once.
ONCE = [
    "int k = -one(q[0]);",
    "int k = - - -one(q[0]);",
    "bool b = !yes(q[0]);",
    "bit[2] b = ~bits(q[0]);",
    "int k = -(one(q[0]) + 1);",
    "float f = sin(-one(q[0]));",
    "float f = 2 ** one(q[0]) ** 2;",
    "int k = int(one(q[0]));",
    "bit[3] b = bit[3](one(q[0]));",
    "int k = 1; k += one(q[0]);",
    "bit[4] b; b[one(q[0])] = 1;",
    "bit[4] b; b[one(q[0]):2] = 1;",
    "bit[4] b; b[one(q[0])] = measure q[3];",
    "x q[one(q[0])];",
    "let a = q[{one(q[0]), 3}];",
    "let a = q[one(q[0]):1:3] ++ q[0:0];",
    "rx(-one(q[0])) q[1];",
    "pow(-one(q[0])) @ s q[1];",
    "ctrl(one(q[0])) @ x q[1], q[2];",
    "gphase(-one(q[0]));",
    "for int i in [one(q[0]):3] { }",
    "for int i in {-one(q[0]), 2} { }",
    "switch (-one(q[0])) { case 5, 6 { } case -1 { } default { } }",
    "if (-one(q[0]) < 0) { }",
    "int n = 0; while (n == 0) { n = -one(q[0]); }",
    "reset q[one(q[0])];",
    "const int n = -one(q[0]);",
    "bit[-(-one(q[0]))] b;",
    "one(q[0]);",
    "-one(q[0]);",
    "int k = sizeof(bits(q[0]));",
    "bool b = bool(bits(q[0])[0]);",
    "def outer(qubit a) -> int { return -one(a); } int k = outer(q[0]);",
    "def taken(int k) { } taken(-one(q[0]));",
    "bool b = no(q[0]) && true;",
    "bool b = yes(q[0]) || true;",
]


@pytest.mark.parametrize("statement", ONCE)
def test_an_operand_is_evaluated_once(statement):
    found = read(f"{HEADER}{TAKEN}{statement}")
    turned = [
        opcode
        for opcode, qubit in zip(found.program.opcodes, found.program.qubits, strict=False)
        if opcode == Opcode.X and qubit == 0
    ]
    assert len(turned) == 1


def test_both_sides_of_a_logical_operator_are_evaluated_for_the_language_says_no_more():
    text = f"{HEADER}{TAKEN}bool a = no(q[0]) && yes(q[1]); bool b = yes(q[2]) || no(q[3]);"
    assert distribution(text) == {0b1111: 1.0}


@pytest.mark.parametrize(
    ("statement", "order"),
    [
        ("int k = mark(q[0], 1) - mark(q[0], 2) * mark(q[0], 3);", [1, 2, 3]),
        ("int k = mark(q[0], 2) ** mark(q[0], 3) ** mark(q[0], 1);", [2, 3, 1]),
        ("let a = q[mark(q[0], 1):mark(q[0], 2):mark(q[0], 3)];", [1, 2, 3]),
        ("rx(mark(q[0], 1)) q[mark(q[0], 2)];", [1, 2]),
        ("pow(mark(q[0], 3)) @ rx(mark(q[0], 1)) q[mark(q[0], 2)];", [3, 1, 2]),
        ("ctrl(mark(q[0], 1)) @ rx(mark(q[0], 3)) q[mark(q[0], 2)], q[3];", [1, 3, 2]),
        ("def two(int a, int b) { } two(mark(q[0], 2), mark(q[0], 1));", [2, 1]),
    ],
)
def test_operands_are_evaluated_from_left_to_right(statement, order):
    program = read(f"{HEADER}{TAKEN}{statement}").program
    # Each mark turns about z by its number, and other gates are no such turns.
    starts = program.param_offsets
    found = [
        float(program.params[starts[gate]])
        for gate, opcode in enumerate(program.opcodes)
        if opcode == Opcode.RZ
    ]
    assert found == order


def test_a_compound_assignment_reads_its_variable_first():
    text = f"""{HEADER}
    qubit q;
    int n = 1;
    def change() -> int {{ n = 10; return 2; }}
    n += change();
    rx(n * pi) q;
    """
    assert distribution(text) == {1: pytest.approx(1.0)}  # 1 + 2


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(2**60 + 1) % 2", 1),
        ("(2**62 - 1) % 4", 3),
        ("-(2**60 + 1) % 2", -1),
        ("7 % -4", 3),
        ("-7 % 4", -3),
    ],
)
def test_a_remainder_of_whole_numbers_is_exact(expression, value):
    text = f"{HEADER}qubit[4] q; if ({expression} == {value}) x q[0];"
    assert distribution(text) == {1: 1.0}


def test_a_gate_that_looks_at_what_may_change_is_not_remembered():
    text = f"""{HEADER}
    qubit[2] q;
    float turn = pi;
    bit flag = 0;
    def now() -> float {{ return turn; }}
    gate first a {{ rx(now()) a; }}
    gate second a {{ first a; if (flag) x a; }}
    second q[0];
    turn = 0;
    flag = 1;
    second q[1];
    """
    program = read(text).program
    assert program.opcodes.tolist() == [Opcode.RX, Opcode.RX, Opcode.X]
    assert program.params.tolist() == [pytest.approx(3.141592653589793), 0.0]


FORTY = "".join(
    f"def f{level}(int n) -> int {{ return f{level - 1}(n) + f{level - 1}(n); }}\n"
    for level in range(1, 41)
)
TOO_MUCH = {
    "calls": f"def f0(int n) -> int {{ return n; }}\n{FORTY}int k = f40(1);",
    "one recursive call": (
        "def f(int n) -> int { if (n == 0) return 1; return f(n - 1) + f(n - 1); } int k = f(40);"
    ),
    "calls under minuses": (
        "def f(int n) -> int { if (n == 0) return 1; return -f(n - 1) - f(n - 1); } int k = f(40);"
    ),
    "aliases": "let a0 = q;" + "".join(f"let a{i + 1} = a{i} ++ a{i};" for i in range(60)),
    "gates that do nothing": "gate g a { } for int i in [0:10**9] { g q; }",
    "registers": "for int i in [0:10**9] { bit[4096] b; }",
    "copies": "bit[4096] b; for int i in [0:10**9] { b[0:4095] = b[0:4095]; }",
    "comparisons": "bit[4096] b; while (b == 0) { }",
    "bits as arguments": "bit[4096] b; def f(bit[4096] c) { } for int i in [0:10**9] f(b);",
    "angles": "gate g(a) p { gphase(a); } for int i in [0:10**9] { g(i) q[0]; }",
    "long expressions": "while (" + "+".join(["1"] * 100) + " > 0) { }",
}


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH)
def test_all_work_runs_into_the_bound_on_steps(body):
    with pytest.raises(ProgramError, match="more than 10100 steps") as caught:
        read(f"{HEADER}qubit[4] q;\n{body}", gates=10)
    assert caught.value.code == "TooManyGates"


def test_a_large_power_counts_as_the_work_that_it_is():
    text = f"{HEADER}qubit q;\nfor int i in [0:10**9] {{ pow(2**60) @ U(i, 0, 0) q; }}"
    with pytest.raises(ProgramError, match="more than 20000 steps"):
        read(text, gates=1_000)


def test_a_program_of_as_many_gates_as_there_may_be_has_steps_for_its_expressions():
    text = f"""{HEADER}qubit[20] q;
    def turn(qubit a, float t) {{ rx(t * 2) a; }}
    for int i in [0:14899] {{ turn(q[i % 20], i * 0.1); }}
    for int i in [0:14899] {{ rx(i * pi / 4 + 0.1 * i) q[i % 20]; }}
    """
    assert len(read(text, gates=30_000).program.opcodes) == 29_800


@pytest.mark.parametrize(
    ("before", "after"), [("-", ""), ("(", ")"), ("sin(", ")"), ("~(", ")"), ("!", "")]
)
@pytest.mark.parametrize("depth", [1_001, 30_000])
def test_expressions_that_nest_too_deeply_are_refused_by_their_line(before, after, depth):
    text = f"{HEADER}qubit q;\nrx({before * depth}1{after * depth}) q;"
    with pytest.raises(
        ProgramError, match=r"line 4, column \d+: the program nests too deeply"
    ) as caught:
        read(text)
    assert caught.value.code == "QuantumCircuitComplexityError"


@pytest.mark.parametrize("expression", ["1" + "+1" * 4_000, "1" + "**1" * 4_000])
def test_long_chains_are_refused_without_a_crash(expression):
    text = f"{HEADER}qubit q;\nrx({expression}) q;"
    with pytest.raises(ProgramError, match="nests too deeply"):
        read_program(text.encode(), Language.QASM, ProgramLimits(), Reading(60))


def test_nested_minuses_cost_no_more_than_their_number():
    assert distribution(f"{HEADER}qubit q; rx({'-' * 40}pi) q;") == {1: pytest.approx(1.0)}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f'bit[4] c = "{"1" * 5_000}";', "5000 bits"),
        (f"int k = 0x{'f' * 300};", "a number is too large"),
        ("ctrl(20) @ ctrl(20) @ x q;", "cannot have 40 controls"),
    ],
)
def test_what_is_too_large_is_refused(body, words):
    with pytest.raises(ProgramError, match=rf"line 4, column \d+: .*{words}"):
        read(f"{HEADER}qubit[4] q;\n{body}")


@pytest.mark.parametrize(
    ("returns", "expression", "value"),
    [
        ("int", "2.7", 2),
        ("int[4]", "9", -7),
        ("uint[4]", "20", 4),
        ("bool", "20", 1),
        ("float", "2", 2),
        ("bit[2]", "3", 3),
    ],
)
def test_what_a_subroutine_returns_is_held_as_its_type_says(returns, expression, value):
    text = f"{HEADER}qubit q; def f() -> {returns} {{ return {expression}; }} rx(f() + 0.0) q;"
    assert read(text).program.params.tolist() == [pytest.approx(value, abs=1e-15)]


def test_what_a_subroutine_returns_must_fit_its_bits():
    text = f"{HEADER}qubit q; def f() -> bit[2] {{ return 5; }} rx(f()) q;"
    with pytest.raises(ProgramError, match="5 does not fit into 2 bits"):
        read(text)


@pytest.mark.parametrize("value", ["1", "measure q", "f(2)"])
def test_a_subroutine_without_a_type_returns_no_value(value):
    text = f"""OPENQASM 3.0;
qubit q;
def f(int n) -> int {{ return n; }}
def g(qubit q) {{
  return {value};
}}
g(q);
"""
    with pytest.raises(ProgramError, match="line 5, column 3: a subroutine without a return type"):
        read(text)


def test_a_subroutine_without_a_type_may_end_early():
    head = "OPENQASM 3.0;\nqubit q;\nU(0, 0, 0) q;\ndef f(int n) -> int { return n; }\n"
    read(head + "def g(int n) { int m = f(n); return; }\ng(1);\n")

"""What is unrolled, and what is refused and where."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.waiting import until
from unit.languages.programs import HEADER, distribution, read

from paultrap.languages import Language, ProgramError, ProgramLimits, Reading, read_program, readers


def test_loops_and_branches_over_what_is_known_are_unrolled():
    text = f"""{HEADER}
    const int n = 4;
    qubit[n] q;
    bit[n] c;
    for int i in [0:2:n - 1] {{ x q[i]; }}
    for uint i in {{1, 3}} {{ if (i == 3) {{ x q[i]; }} else {{ id q[i]; }} }}
    int k = 0;
    while (k < 5) {{ k += 1; if (k == 2) continue; if (k > 3) break; x q[0]; }}
    switch (k) {{ case 3, 4 {{ x q[1]; }} default {{ h q; }} }}
    c = measure q;
    """
    # q0: x and two more; q1 by the switch; q2; q3.
    assert distribution(text) == {0b1111: 1.0}


def test_subroutines_aliases_and_casts_are_known_beforehand():
    text = f"""{HEADER}
    qubit[4] q;
    bit[3] c;
    bit flag = true;
    let pair = q[2:3];
    let both = q[{{0}}] ++ pair;
    def flip(qubit[2] two, int[8] times) {{ for int i in [1:times] x two; }}
    def look(qubit one) -> bit {{ return measure one; }}
    flip(pair, int(3.9));
    x both[0];
    if (flag) {{ c[0] = look(q[0]); }}
    c[1:2] = measure pair;
    """
    assert distribution(text) == {0b1111: 1.0}


def test_broadcasts_barriers_boxes_and_old_spellings():
    text = (
        'OPENQASM 2.0; include "qelib1.inc"; qreg a[2]; qreg b[2]; creg c[4]; x a; cx a, b; '
        "barrier a, b; rzz(pi/2) a[0], b[0]; measure a[0] -> c[0]; measure b[1] -> c[3];"
    )
    assert distribution(text) == {0b1001: 1.0}


def test_integers_divide_as_numbers():
    assert distribution(f"{HEADER}qubit q; rx(1/2 * 2 * pi) q;") == {1: 1.0}


def test_bits_may_be_given():
    text = f'{HEADER}qubit q; bit[4] c = "0110"; c[0] = 1; bit d = c[1]; c[3] = measure q;'
    assert distribution(text) == {0b10111: 1.0}


REFUSED = [
    ("c[0] = measure q[0];\nif (c[0]) x q[1];", 5, "PreflightError", '"if" on the outcome'),
    ("c = measure q;\nif (c == 1) x q[1];", 5, "PreflightError", '"if" on the outcome'),
    ("c[0] = measure q[0];\nwhile (c[0]) {}", 5, "PreflightError", '"while" on the outcome'),
    ("c = measure q; int i = c;", 4, "PreflightError", "computing with the outcome"),
    ("c = measure q; c[0] = ~c[0];", 4, "PreflightError", "computing with the outcome"),
    ("h $0;", 4, "PreflightError", r"physical qubits \(\$0\) or"),
    ("\ndelay[10ns] q[0];", 5, "PreflightError", '"delay" is not supported'),
    ('defcalgrammar "openpulse";', 4, "PreflightError", '"defcalgrammar" is not'),
    ("input float a;", 4, "PreflightError", '"input a"'),
    ("extern f(int) -> int;", 4, "PreflightError", '"extern"'),
    ("duration d = 3ns;", 4, "PreflightError", "type duration"),
    ("array[int, 3] a;", 4, "PreflightError", "type array"),
    ('include "mine.inc";', 4, "PreflightError", 'include "mine.inc"'),
    ("gate g a, b { h a; cx a, b; } pow(0.5) @ g q[0], q[1];", 4, "PreflightError", "whole powers"),
    ("h q[3];", 4, "InvalidInput", "index 3 is out of range"),
    ("\n\nfoo q[0];", 6, "InvalidInput", 'no gate "foo"'),
    ("cx q[0], q[0];", 4, "InvalidInput", "must differ"),
    ("cx q[0];", 4, "InvalidInput", "acts on 2 qubits here, not 1"),
    ("rx q[0];", 4, "InvalidInput", "takes 1 angles, not 0"),
    ("h r;", 4, "InvalidInput", '"r" is not declared'),
    ("qubit q;", 4, "InvalidInput", "declared already"),
    ("bit[2] d = measure q;", 4, "InvalidInput", "3 qubits are measured into 2 bits"),
    ("rx(1/0) q[0];", 4, "InvalidInput", "no result"),
    ("rx(2**10**9) q[0];", 4, "InvalidInput", "more than 128 bits"),
    ("rx(1.0e300*1.0e300) q[0];", 4, "InvalidInput", "not finite"),
    ("for int i in [0:10**9] { h q[0]; }", 4, "TooManyGates", "more than 1000 gates"),
    ("for int i in [0:10**9] { }", 4, "TooManyGates", "steps"),
    ("while (true) { }", 4, "TooManyGates", "steps"),
    (
        "gate a1 x, y { h x; h y; } pow(10**9) @ a1 q[0], q[1];",
        4,
        "TooManyGates",
        "power of a gate",
    ),
    ("gate g a { h q[1]; } g q[0];", 4, "InvalidInput", "its own qubits alone"),
    ("gate g a { g a; } g q[0];", 4, "TooManyGates", "50 deep"),
    ("qubit[40] r;", 4, "NotEnoughQubits", "limit is 29"),
    ("qubit q\nh q;", 5, "InvalidInput", '"h" is not expected here'),
    ("h q[0];\n#", 5, "InvalidInput", "token recognition"),
]


@pytest.mark.parametrize(("body", "line", "code", "words"), REFUSED)
def test_a_refusal_names_the_construct_and_its_line(body, line, code, words):
    with pytest.raises(ProgramError, match=words) as caught:
        read(f"{HEADER}qubit[3] q; bit[3] c;\n{body}", gates=1_000)
    assert str(caught.value).startswith(f"line {line}")
    assert caught.value.code == code


def test_nested_definitions_do_not_explode():
    gates = "gate g0 a, b { h a; cx a, b; }\n"
    for level in range(1, 40):
        gates += f"gate g{level} a, b {{ g{level - 1} a, b; g{level - 1} b, a; }}\n"
    with pytest.raises(ProgramError) as caught:
        read(f"{HEADER}{gates}qubit[2] q; g39 q[0], q[1];", gates=1_000)
    assert caught.value.code == "TooManyGates"


def test_another_process_reads_the_same():
    text = f"{HEADER}qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;"
    here, there = (
        read(text),
        read_program(text.encode(), Language.QASM, ProgramLimits(), Reading(60)),
    )
    assert there.program.to_bytes() == here.program.to_bytes()
    assert (there.readout, there.qubits) == (here.readout, here.qubits)


@pytest.mark.parametrize("text", ["qubit q; U(" + "1+" * 5000 + "1,0,0) q;", "(" * 4000])
def test_what_cannot_be_read_fails_by_itself_alone(text):
    with pytest.raises(ProgramError):
        read_program(text.encode(), Language.QASM, ProgramLimits(), Reading(60))


def test_reading_ends_in_time():
    started = time.monotonic()
    with pytest.raises(ProgramError, match=r"more than 0\.05 seconds"):
        read_program(b"qubit q;" * 20_000, Language.QASM, ProgramLimits(), Reading(0.05))
    assert time.monotonic() - started < 60


def test_programs_are_read_side_by_side_and_by_a_new_source_where_one_was_killed():
    text = f"{HEADER}qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;".encode()

    def read_one(_):
        return read_program(text, Language.QASM, ProgramLimits(), Reading(60)).program.to_bytes()

    with ThreadPoolExecutor(4) as pool:
        (answer,) = set(pool.map(read_one, range(12)))
    readers.READERS._source.kill()
    readers.READERS._source.wait()
    assert read_one(0) == answer


def test_no_process_stays_behind_programs_that_were_read_but_that_for_the_next():
    readers.READERS.stop()  # What another test has given up may still be read.
    readers.READERS.resume()
    for _ in range(3):
        read_program(f"{HEADER}qubit q; h q;".encode(), Language.QASM, ProgramLimits(), Reading(60))
    source = readers.READERS._source.pid
    children = Path(f"/proc/{source}/task/{source}/children")
    until(lambda: len(children.read_text().split()) == 1)


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("foo q;", 1, "foo"),
        ("  h p;", 3, "p"),
        ("h q h", 5, '"h" is not expected here'),
        ("h q; $;", 6, "token recognition error"),
        ("int n = " + 1_001 * "(", 1_009, "the program nests too deeply"),
        ("  return = 5;", 10, '"=" is not expected here'),
        ('"L1:C' + 5_000 * "1" + ": ", 1, "token recognition error"),
    ],
)
def test_places_are_counted_from_1_as_editors_do(line, column, words):
    with pytest.raises(ProgramError) as caught:
        read(f"{HEADER}qubit q;\n{line}\n")
    place, _, message = str(caught.value).partition(": ")
    assert place == f"line 4, column {column}"
    assert words in message

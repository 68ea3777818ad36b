"""Flat programs are read by compiled code as by the parsers, or not at all.

`make flat` reads many more random programs.
"""

import os
import random

import pytest
from unit.languages.fuzzing.flat import FlatPrograms

from paultrap.languages import ProgramError, ProgramLimits
from paultrap.languages.qasm import flat, versions
from paultrap.languages.qasm.flat import read_flat
from paultrap.languages.qasm.reading import parsed, read_qasm
from paultrap.languages.qasm.unrolling import unrolled

PROGRAMS = int(os.environ.get("PAULTRAP_TEST_FLAT_PROGRAMS", "600"))
SEED = int(os.environ.get("PAULTRAP_TEST_FLAT_SEED", "1"))
LIMITS = ProgramLimits(gates=60, qubits=8)


def shown(read):
    """Return what is read, or what is said instead, to be compared."""
    try:
        found = read()
    except ProgramError as error:
        return str(error), error.message, error.code
    if found is None:
        return None
    program = found.program
    arrays = [getattr(program, name) for name in program.__slots__]
    return (
        [(array.dtype, array.tobytes()) for array in arrays],
        found.readout,
        found.qubits,
    )


def slow(text, limits=LIMITS):
    return shown(lambda: unrolled(parsed(text), limits))


def quick(text, limits=LIMITS):
    return shown(lambda: read_flat(text, limits))


def test_random_programs_are_read_alike():
    programs, draw = FlatPrograms(SEED), random.Random(SEED)
    n_flat = n_refused = 0
    for _ in range(PROGRAMS):
        text, limits = programs.program(), ProgramLimits(gates=draw.randint(4, 60), qubits=8)
        found = quick(text, limits)
        if found is not None:
            assert found == slow(text, limits), (text, limits)
            n_flat += 1
            n_refused += isinstance(found[0], str)
    assert n_flat > PROGRAMS / 3
    assert n_refused > PROGRAMS / 100


def test_the_gates_are_those_that_the_parsers_know():
    for version in versions.VERSIONS:
        assert flat.LIBRARIES[version.number] == (version.file, version.gates, version.built_in)
    assert len(flat.LIBRARIES) == len(versions.VERSIONS)


HEAD_2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
HEAD_3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
FLAT = [
    f"\ufeff{HEAD_2}qreg q[2];creg c[2];h q;cx q[0],q[1];measure q->c;",
    f"{HEAD_2}qreg q[2];rx(1e22) q[0];rx(-40*pi) q[0];u3(1e9,13,-13) q[0];cu1(4*pi+1e-9) q[0],q[1];",
    f"{HEAD_3}qubit[2] q;rx(10**15+1) q[0];rx(-0) q[0];rx(-0.0) q[0];rz(2**-9*1.0) q[1];",
    f"{HEAD_3}qubit q;bit c;u2(pi/3,-pi/3) q;c=measure q;",
    f"{HEAD_3}qubit[2] q;bit[2] c;bit d;measure q->c;",
    f"{HEAD_3}qubit[2] q;bit[2] c;c[1]=measure q[0];c[1]=measure q[1];",
    f"{HEAD_3}qubit[3] q;qubit r;ccx q[0],q[1],q[2];crx(0.5) r,q;cswap q[2],q[1],r;cu(1,2,3,4) q,r;",
    f"{HEAD_3}qubit[2] q;gpi(0.25) q;gpi2(7.5) q[0];ms(0.1,0.2,0.25) q[0],q[1];zz(0.1) q[1],q[0];",
    f"{HEAD_2}qreg q[5];rc3x q[0],q[1],q[2],q[3];rccx q[0],q[1],q[2];c4x q[4],q[3],q[2],q[1],q[0];u0(1) q;",
    "qubit q;U(1,2,3) q;",
    'include "qelib1.inc";qreg q[2];CX q[0],q[1];sxdg q[0];',
]


@pytest.mark.parametrize("text", FLAT)
def test_these_are_flat(text):
    found = quick(text)
    assert found is not None
    assert found == slow(text)


@pytest.mark.parametrize(
    "line",
    [
        "gate g a { x a; } g q[0];",
        "if (c == 1) x q[0];",
        "reset q[0];",
        "x q[0]; measure q[0] -> c[0]; x q[0];",
        "measure q[0] -> c[0]; measure q[0] -> c[1];",
        "nonsense q[0];",
        "rx(theta) q[0];",
        "rx(1) q[0], q[1];",
        "cx q[0], q[0];",
        "x q[0]",
        "creg x[1];",
        "x Q[0];",
    ],
)
def test_one_line_that_is_not_flat_gives_the_answer_of_the_parsers(line):
    text = f"{HEAD_2}qreg q[2]; creg c[2];\n{line}\nh q; measure q[1] -> c[1];"
    assert quick(text) is None
    assert slow(text) == shown(lambda: read_qasm(text, LIMITS))


@pytest.mark.parametrize(
    "statement", ["h q;", "u3(1,2,3) q;", "measure q -> c;", "rccx q[0],q[1],r;"]
)
def test_too_many_gates_are_refused_where_they_are(statement):
    head = f"{HEAD_2}qreg q[3]; qreg r[1]; creg c[3];\n/* é\né */ id q; // é\n"
    text = f"{head}{'h q; h r;' * 5} {statement}\nid r;\nh r;"
    for gates in range(24):
        limits = ProgramLimits(gates=gates, qubits=8)
        assert quick(text, limits) == slow(text, limits)


def test_what_comes_behind_too_many_gates_takes_no_step():
    """The unroller does not come so far; one statement may pass both limits."""
    for head in ("", "id q;" * 200, "id q;" * 1_240, "id q;" * 1_260, "id q;" * 1_300):
        text = f"{HEAD_2}qreg q[8]; {head} {'h q;' * 100} {'id q;' * 3_000} h q;"
        for gates in (1, 10, 60, 700):
            limits = ProgramLimits(gates=gates, steps_per_gate=1, qubits=8)
            found = quick(text, limits)
            assert found in {None, slow(text, limits)}
            if len(head) < 2_000:
                assert found is not None


def test_what_is_refused_is_to_be_flat_to_its_end():
    text = f"{HEAD_2}qreg q[1]; {'h q[0];' * 20}"
    limits = ProgramLimits(gates=10)
    assert "more than 10 gates" in quick(text, limits)[0]
    for end in ("h q[0]", "h q[1];", "if (c == 1) h q[0];"):
        assert quick(text + end, limits) is None


@pytest.mark.parametrize("version", versions.VERSIONS)
def test_gates_of_any_angles_are_read_alike(version):
    """Many different ones, of which most are no single turn, and small and large angles."""
    draw = random.Random(SEED)
    special = ["0", "pi", "-pi", "pi/2", "-pi/2", "2*pi", "-4*pi", "1e-3", "1e-17", "pi/7*3"]
    gates = {
        name: gate for name, gate in {**version.gates, **version.built_in}.items() if gate.params
    }
    lines = [f'OPENQASM {version.number}.0;\ninclude "{version.file}";\nqreg q[5];']
    for _ in range(30):
        for name, gate in gates.items():
            angles = ",".join(
                draw.choice(special)
                if draw.random() < 0.5
                else repr(draw.uniform(-9, 9) * 10.0 ** draw.choice((0, 0, 1, 2, 9, 200)))
                for _ in range(gate.params)
            )
            on = draw.sample(range(5), gate.qubits)
            lines.append(f"{name}({angles}) {','.join(f'q[{qubit}]' for qubit in on)};")
    text, limits = "\n".join(lines), ProgramLimits(gates=10_000)
    found = quick(text, limits)
    assert found is not None
    assert found == slow(text, limits)


def test_more_steps_than_there_may_be_are_for_the_unroller():
    text = f"{HEAD_2}qreg q[8]; {'id q;' * 200}"
    assert quick(text, ProgramLimits(gates=1)) is None
    assert quick(text) == slow(text)

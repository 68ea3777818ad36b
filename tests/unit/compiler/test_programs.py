"""What holds for whole programs, and what one-qubit gates cost."""

from dataclasses import replace

import numpy as np
import pytest
from harness.circuits import C, G, gates_of, program_of
from unit.compiler.compiler_circuits import action_of, distance, random_circuit

from paultrap.circuits import Opcode
from paultrap.compiler import compile_native

BOTH = pytest.mark.parametrize("entangler", ["ms", "zz"])


@BOTH
def test_neither_threads_nor_neighbours_change_a_circuit(entangler):
    rng = np.random.default_rng(1)
    circuits = [random_circuit(rng, 4, 25) for _ in range(40)]
    program = program_of([C(4, gates) for gates in circuits])

    together = compile_native(program, entangler, threads=4)

    assert together.to_bytes() == compile_native(program, entangler, threads=1).to_bytes()
    for k in (0, 17, 39):
        alone = compile_native(program.slice(k, k + 1), entangler)
        assert alone.to_bytes() == together.slice(k, k + 1).to_bytes()


@BOTH
def test_native_circuits_stay_as_they_are(entangler):
    native = [
        G(Opcode.GPI, (0,), (), (1.3,)),
        G(Opcode.NOP, (1,)),
        G(Opcode.NATIVE_ZZ, (0, 1), (), (-0.4,)),
        G(Opcode.MS, (1, 0), (), (0.1, -0.2, 0.7)),
    ]
    qis = [G(Opcode.H, (0,)), G(Opcode.X, (1,), (0,))]

    compiled = compile_native(
        program_of([C(2, native), C(2, qis), C(3, []), C(2, native)]), entangler
    )

    assert gates_of(compiled, 0) == gates_of(compiled, 3) == native
    assert gates_of(compiled, 2) == []
    assert compiled.widths.tolist() == [2, 2, 3, 2]


@BOTH
def test_native_gates_among_others_are_compiled(entangler):
    gates = [
        G(Opcode.H, (0,)),
        G(Opcode.MS, (1, 0), (), (0.1, -0.2, 0.7)),
        G(Opcode.GPI2, (1,), (), (0.3,)),
        G(Opcode.NATIVE_ZZ, (0, 1), (), (-0.4,)),
        G(Opcode.GPI, (0,), (), (0.6,)),
    ]
    compiled = compile_native(program_of([C(2, gates)]), entangler, keep_phases=True)

    assert distance(action_of(gates, 2), action_of(gates_of(compiled), 2)) < 1e-12


@BOTH
@pytest.mark.parametrize(
    ("gates", "names"),
    [
        ([(Opcode.S, ()), (Opcode.RZ, (0.3,))], []),
        ([(Opcode.X, ())], [Opcode.GPI]),
        ([(Opcode.Y, ()), (Opcode.T, ())], [Opcode.GPI]),
        ([(Opcode.H, ())], [Opcode.GPI2]),
        ([(Opcode.V, ()), (Opcode.S, ())], [Opcode.GPI2]),
        ([(Opcode.RX, (np.pi / 2,))], [Opcode.GPI2]),
        ([(Opcode.RX, (0.3,))], [Opcode.GPI2, Opcode.GPI2]),
        ([(Opcode.RX, (0.3,)), (Opcode.RY, (0.2,)), (Opcode.H, ())], [Opcode.GPI2, Opcode.GPI2]),
        ([(Opcode.H, ()), (Opcode.H, ())], []),
    ],
)
def test_one_qubit_gates_are_fused(gates, names, entangler):
    circuit = [G(opcode, (0,), (), params) for opcode, params in gates]

    compiled = compile_native(program_of([C(1, circuit)]), entangler)

    assert [gate.opcode for gate in gates_of(compiled)] == names


@BOTH
def test_rotations_about_z_are_free(entangler):
    pair = [G(Opcode.RY, (0,), (), (0.7,)), G(Opcode.X, (1,), (0,)), G(Opcode.RX, (0,), (), (0.7,))]
    turned = [
        pair[0],
        G(Opcode.RZ, (0,), (), (0.4,)),
        pair[1],
        G(Opcode.T, (0,)),
        pair[2],
        G(Opcode.RZ, (0,), (), (0.2,)),
    ]

    counts = [
        len(gates_of(compile_native(program_of([C(2, c)]), entangler))) for c in (pair, turned)
    ]

    assert counts[0] == counts[1]


@BOTH
def test_swaps_that_are_renamed_leave_every_qubit_in_its_place(entangler):
    swap = G(Opcode.SWAP, (0, 2))
    gates = [swap, *random_circuit(np.random.default_rng(2), 3, 6), swap, G(Opcode.SWAP, (1, 2))]

    compiled = compile_native(program_of([C(3, gates)]), entangler, keep_phases=True)

    assert distance(action_of(gates, 3), action_of(gates_of(compiled), 3)) < 1e-12


def test_interactions_pass_others_that_commute():
    gates = [
        G(Opcode.ZZ, (0, 1), (), (0.3,)),
        G(Opcode.ZPOW, (1,), (2,), (0.4,)),
        G(Opcode.ZZ, (1, 0), (), (0.5,)),
    ]
    compiled = compile_native(program_of([C(3, gates)]), "zz", keep_phases=True)

    assert compiled.gate_counts()[0, 1] == 2
    assert distance(action_of(gates, 3), action_of(gates_of(compiled), 3)) < 1e-12


def test_an_unknown_entangler_is_refused():
    with pytest.raises(ValueError, match="'ms' or 'zz', not 'cx'"):
        compile_native(program_of([C(1, [])]), "cx")


def test_no_threads_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        compile_native(program_of([C(1, [])]), "ms", threads=0)


def test_a_program_that_contradicts_itself_is_refused_by_place():
    program = program_of([C(1, []), C(2, [G(Opcode.H, (0,)), G(Opcode.H, (4,))])])

    with pytest.raises(ValueError, match="circuit 1, gate 1: a qubit is outside"):
        compile_native(program, "ms")
    with pytest.raises(ValueError, match="not a valid program"):
        compile_native(replace(program, opcodes=program.opcodes[:1]), "ms")


@pytest.mark.slow
def test_circuits_that_are_too_long_together_are_refused_at_once():
    letters = (1, 2, 3, 3, 1, 1, 2, 2, 1)
    long = [G(Opcode.PAULIEXP, (0, 1, 2), (), (90.0, 1.0, 1.3, 0.7, *letters))]
    too_long = [G(Opcode.PAULIEXP, (0, 1, 2), (), (500.0, 1.0, 1.3, 0.7, *letters))]

    with pytest.raises(ValueError, match="the circuits are too long together"):
        compile_native(program_of([C(3, long)] * 1000), "ms")
    with pytest.raises(ValueError, match="circuit 1, gate 0: pauliexp would take more than"):
        compile_native(program_of([C(3, []), *[C(3, too_long)] * 3, *[C(3, long)] * 1000]), "ms")


@BOTH
def test_no_circuits_are_no_circuits(entangler):
    assert compile_native(program_of([]), entangler).n_circuits == 0

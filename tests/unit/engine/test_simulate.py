"""Every gate, against a plain numpy simulator, on every instruction set."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from unit.engine.engine_reference import assert_agrees, probabilities_of

from paultrap.circuits import GATES, Opcode
from paultrap.engine import RunOptions, simulate

pytestmark = pytest.mark.usefixtures("isa")

QIS = sorted({gate.opcode for gate in GATES.values() if gate.gateset == "qis"})
QIS += [Opcode.XPOW, Opcode.YPOW, Opcode.ZPOW]
NATIVE = sorted({gate.opcode for gate in GATES.values() if gate.gateset == "native"})


@cache
def random_circuits() -> tuple[list[C], list[np.ndarray]]:
    """Return circuits of 1 to 8 qubits over both gatesets, and what they should give."""
    rng = np.random.default_rng(20260101)
    circuits = [
        random_circuit(rng, width, int(rng.integers(1, 25)), opcodes)
        for opcodes, count in ((QIS, 250), (NATIVE, 60))
        for width in range(1, 9)
        for _ in range(count)
    ]
    return circuits, [probabilities_of(circuit) for circuit in circuits]


@pytest.mark.parametrize("threads", [1, 4])
def test_random_circuits_over_every_gate_agree_with_numpy(threads):
    circuits, expected = random_circuits()

    answer = simulate(program_of(circuits), options=RunOptions(threads=threads))

    assert_agrees(answer, circuits, expected)


def test_the_number_of_threads_changes_no_bit():
    program = program_of(random_circuits()[0])

    assert (
        simulate(program, options=RunOptions(threads=1)).to_bytes()
        == simulate(program, options=RunOptions(threads=4)).to_bytes()
    )


@pytest.mark.parametrize("opcode", sorted({*QIS, *NATIVE}))
def test_each_gate_agrees_with_numpy_wherever_its_qubits_stand(opcode):
    rng = np.random.default_rng(opcode)
    spread = [G(Opcode.RY, (q,), (), (0.3 + q,)) for q in range(7)] + [
        G(Opcode.RZ, (q,), (), (0.7 - q,)) for q in range(7)
    ]
    circuits = [
        C(7, (*spread, *random_circuit(rng, 7, 1, [opcode]).gates, *spread[::-1], *spread))
        for _ in range(60)
    ]

    answer = simulate(program_of(circuits))

    assert_agrees(answer, circuits, [probabilities_of(circuit) for circuit in circuits])


@pytest.mark.parametrize("width", [15, 17, 18, 20])
def test_a_large_circuit_on_all_cores_agrees_with_numpy(width):
    rng = np.random.default_rng(width)
    opcodes = [opcode for opcode in QIS if opcode != Opcode.PAULIEXP]
    start = tuple(G(Opcode.RY, (q,), (), (0.2 + 0.1 * q,)) for q in range(width))
    circuit = C(width, start + random_circuit(rng, width, 35, opcodes, 2).gates)

    answer = simulate(program_of([circuit]), options=RunOptions(threads=4))

    assert_agrees(answer, [circuit], [probabilities_of(circuit)])
    assert (
        answer.to_bytes()
        == simulate(program_of([circuit]), options=RunOptions(threads=1)).to_bytes()
    )


def test_a_large_circuit_may_hold_exponentials_of_paulis_that_do_not_commute():
    rng = np.random.default_rng(4)
    circuit = random_circuit(rng, 18, 8, [Opcode.PAULIEXP, Opcode.H], 2)

    answer = simulate(program_of([circuit]), options=RunOptions(threads=4))

    assert_agrees(answer, [circuit], [probabilities_of(circuit)])


def test_the_founding_example_gives_its_published_answer():
    circuits = [
        C(3, (G(Opcode.RZ, (0,), (), (-np.pi / 4,)), G(Opcode.RY, (0,), (), (np.pi,)))),
        C(3, (G(Opcode.H, (1,)), G(Opcode.X, (2,), (1,)))),
    ]

    answer = simulate(program_of(circuits))

    assert [answer.as_dict(0), answer.as_dict(1)] == [{1: 1.0}, {0: 0.5, 6: 0.5}]


def test_several_python_threads_may_simulate_at_once():
    program = program_of(random_circuits()[0][::7])
    expected = simulate(program, options=RunOptions(threads=1)).to_bytes()

    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda _: simulate(program, options=RunOptions(threads=2)).to_bytes(), range(12)
            )
        )

    assert answers == [expected] * 12


def test_a_circuit_gives_the_same_bits_alone_and_among_others():
    # Many parts below the noise floor: the rest is scaled to a sum of one.
    tilted = C(17, tuple(G(Opcode.RY, (q,), (), (0.35 + 0.01 * q,)) for q in range(17)))
    others = [C(2, (G(Opcode.RX, (0,), (), (0.1 * k,)),)) for k in range(9)]

    alone = simulate(program_of([tilted]), options=RunOptions(threads=4))
    among = simulate(program_of([tilted, *others]), options=RunOptions(threads=4))

    assert alone.to_bytes() == among.slice(0, 1).to_bytes()


@pytest.mark.parametrize("width", [15, 17, 18, 20])
@pytest.mark.parametrize("paulis", ["x", "xy", "yyz"])
def test_an_exponential_of_a_string_over_all_qubits_ends(width, paulis):
    codes = [" xyz".index(paulis[q % len(paulis)]) for q in range(width)]
    time, coefficient = 0.7, 0.9
    terms = (time, coefficient, *map(float, codes))
    circuit = C(width, (G(Opcode.PAULIEXP, tuple(range(width)), (), terms),))

    answer = simulate(program_of([circuit]), options=RunOptions(threads=4))

    flipped = sum(1 << q for q, code in enumerate(codes) if code != 3)
    odd = np.sin(time * coefficient) ** 2
    assert answer.as_dict(0) == pytest.approx({0: 1 - odd, flipped: odd}, abs=1e-12)

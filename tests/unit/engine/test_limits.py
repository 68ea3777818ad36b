"""What the engine refuses: too much memory, and programs that contradict themselves."""

import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest
from harness.circuits import C, G, program_of

from paultrap.circuits import Opcode
from paultrap.engine import MemoryLimitError, RunOptions, estimate_costs, estimate_memory, simulate

GIB = 2**30


def superposition(width: int) -> C:
    return C(width, tuple(G(Opcode.H, (q,)) for q in range(width)))


def ghz(width: int) -> C:
    chain = tuple(G(Opcode.X, (q + 1,), (q,)) for q in range(width - 1))
    # A T gate, so that it needs a state: Clifford circuits are answered by their stabilizers.
    return C(width, (G(Opcode.H, (0,)), G(Opcode.T, (0,)), *chain))


def test_what_does_not_fit_is_refused_with_both_figures():
    with pytest.raises(MemoryLimitError) as refusal:
        simulate(program_of([superposition(29)]), options=RunOptions(memory_limit=6 * GIB))

    assert refusal.value.limit == 6 * GIB
    assert 8 * GIB <= refusal.value.needed < 8.6 * GIB
    assert "needs up to 8.6 GiB of memory and may use 6.0 GiB" in str(refusal.value)
    assert pickle.loads(pickle.dumps(refusal.value)).needed == refusal.value.needed


def test_a_circuit_wider_than_any_machine_is_refused_and_not_computed():
    with pytest.raises(MemoryLimitError):
        simulate(program_of([superposition(64)]))


def test_the_answer_of_a_single_large_circuit_takes_the_place_of_its_state():
    for circuit in (ghz(29), superposition(29)):
        assert 8 * GIB < estimate_memory(program_of([circuit])) < 8.6 * GIB


def test_answers_of_several_large_circuits_stand_beside_the_largest_state():
    assert 4 * GIB < estimate_memory(program_of([ghz(28), ghz(27)])) < 4.1 * GIB
    both = program_of([superposition(28), superposition(27)])
    assert (4 + 6) * GIB < estimate_memory(both) < 10.1 * GIB


def test_single_precision_takes_half_the_state():
    single = estimate_memory(program_of([ghz(29)]), options=RunOptions(precision="single"))
    assert 4 * GIB < single < 4.1 * GIB
    dense = estimate_memory(program_of([superposition(29)]), options=RunOptions(precision="single"))
    assert 8 * GIB < dense < 8.1 * GIB


def test_large_circuits_take_turns():
    one, five = ghz(26), [ghz(n) for n in (22, 23, 24, 25, 26)]

    assert estimate_memory(program_of(five)) < 1.01 * estimate_memory(program_of([one]))


def test_no_limit_lets_a_circuit_through_that_no_machine_holds():
    with pytest.raises(MemoryLimitError):
        simulate(program_of([superposition(64)]), options=RunOptions(memory_limit=2**80))


PEAK = """
import sys
from paultrap.circuits import PlacedGate, Program
from paultrap.engine import RunOptions, simulate

def peak():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

width, precision = int(sys.argv[1]), sys.argv[2]
program = Program.build([[PlacedGate(3, (qubit,)) for qubit in range(width)]], [width])
before = peak()
answer = simulate(program, RunOptions(precision))
assert len(answer.states) == 2**width
print(peak() - before)
"""

STRINGS = """
import sys
import numpy as np
from paultrap.circuits import PlacedGate, Program
from paultrap.engine import estimate_memory, simulate

def peak():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

width, terms = 18, 5_000
codes = np.random.default_rng(1).choice([0, 3], (terms, width))
params = np.concatenate([[0.3], np.full(terms, 0.1), codes.ravel()])
program = Program.build([[PlacedGate(20, tuple(range(width)), 0, params)]], [width])
simulate(program.slice(0, 0))
before = peak()
simulate(program)
print(peak() - before, estimate_memory(program))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("precision", "bytes_an_amplitude"), [("double", 16), ("single", 16)])
def test_no_more_is_taken_than_the_estimate_says(precision, bytes_an_amplitude):
    width = 23
    command = [sys.executable, "-c", PEAK, str(width), precision]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    estimate = estimate_memory(
        program_of([superposition(width)]), options=RunOptions(precision=precision)
    )
    assert int(done.stdout) <= 1.05 * estimate
    assert estimate <= 1.1 * bytes_an_amplitude * 2**width


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_operations_of_many_paulis_are_in_the_estimate():
    command = [sys.executable, "-c", STRINGS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    taken, estimate = map(int, done.stdout.split())
    assert taken <= estimate + 2**24


def test_a_wider_or_longer_circuit_costs_more():
    circuits = [superposition(10), superposition(12), C(12, superposition(12).gates * 3)]

    costs = estimate_costs(program_of(circuits))

    assert costs.dtype == np.float64
    assert costs[0] < costs[1] < costs[2]


def test_a_circuit_costs_the_same_wherever_it_stands():
    circuits = [superposition(9), superposition(8), superposition(7)]

    costs = estimate_costs(program_of(circuits)).tolist()

    assert costs == estimate_costs(program_of(circuits[::-1])).tolist()[::-1]


def test_repeating_a_long_circuit_costs_little_more_than_its_answers():
    long = C(9, superposition(9).gates * 100)

    costs = estimate_costs(program_of([long] * 3))

    assert 0 < costs[1] == costs[2] < costs[0] / 10


def test_at_least_one_thread_is_needed():
    with pytest.raises(ValueError, match="threads"):
        simulate(program_of([superposition(2)]), options=RunOptions(threads=0))


def test_an_unknown_instruction_set_is_refused(monkeypatch):
    monkeypatch.setenv("PAULTRAP_ISA", "mmx")

    with pytest.raises(ValueError, match="PAULTRAP_ISA"):
        simulate(program_of([superposition(2)]))


PAULIEXP = G(Opcode.PAULIEXP, (0, 1), (), (1.0, 0.5, 1.0, 2.0))
BROKEN = {
    "a qubit is outside the circuit": G(Opcode.X, (2,)),
    "a qubit is named twice": G(Opcode.X, (1,), (1,)),
    "wrong number of targets": G(Opcode.SWAP, (1,)),
    "wrong number of parameters": G(Opcode.RX, (1,)),
    "a parameter is not finite": G(Opcode.RX, (1,), (), (float("nan"),)),
    "a Pauli code is not 0 to 3": dataclasses.replace(PAULIEXP, params=(1.0, 0.5, 1.0, 4.0)),
    "the terms of pauliexp do not fit": dataclasses.replace(PAULIEXP, params=(1.0, 0.5, 1.0)),
    "pauliexp has no time": dataclasses.replace(PAULIEXP, params=()),
    r"circuit 1, gate 1 \(pauliexp\): .* too large for a double": dataclasses.replace(
        PAULIEXP, params=(1e200, 1e200, 1.0, 2.0)
    ),
    r"circuit 1, gate 1 \(pauliexp\): .* is 2e\+07, and the limit is 1e\+06": dataclasses.replace(
        PAULIEXP, targets=(0,), params=(1e7, 1.0, 1.0, 1.0, 3.0)
    ),
}


@pytest.mark.parametrize("says", BROKEN)
def test_a_gate_that_contradicts_the_gate_table_is_refused(says):
    circuits = [superposition(2), C(2, (G(Opcode.H, (0,)), BROKEN[says]))]

    with pytest.raises(ValueError, match=says):
        simulate(program_of(circuits))


def test_the_refusal_names_circuit_and_gate():
    circuits = [superposition(2), C(2, (G(Opcode.H, (0,)), G(Opcode.X, (7,))))]

    with pytest.raises(ValueError, match="circuit 1, gate 1: a qubit is outside"):
        simulate(program_of(circuits))


@pytest.mark.parametrize(
    ("field", "damage"),
    [
        ("opcodes", lambda a: np.full_like(a, 200)),
        ("control_counts", lambda a: np.full_like(a, 9)),
        ("control_counts", lambda a: a[:-1]),
        ("gate_offsets", lambda a: a[::-1].copy()),
        ("gate_offsets", lambda a: a[:-1]),
        ("gate_offsets", lambda _: np.zeros(0, np.int64)),
        ("gate_offsets", lambda a: a - 1),
        ("qubit_offsets", lambda a: a * 1000),
        ("qubit_offsets", lambda a: np.where(np.arange(len(a)) == 1, 2**62, a)),
        ("qubits", lambda a: a[:-1]),
        ("param_offsets", lambda a: a + 5),
        ("param_offsets", lambda a: a[:-1]),
        ("widths", lambda a: np.full_like(a, 513)),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(field, damage):
    program = program_of([ghz(3), superposition(2), C(1, (G(Opcode.RX, (0,), (), (0.1,)),))])
    broken = dataclasses.replace(program, **{field: damage(getattr(program, field))})

    for use in (simulate, estimate_memory, estimate_costs):
        with pytest.raises(ValueError, match="not a valid program"):
            use(broken)

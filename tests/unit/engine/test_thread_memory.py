"""What threads need is bounded before it is known how many there are."""

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from hypothesis import given, settings
from hypothesis import strategies as st

from paultrap.circuits import Opcode, Program
from paultrap.engine import (
    RunOptions,
    estimate_memory,
    estimate_sampling_memory,
    exact_thread_memory,
    sampled_thread_memory,
)
from paultrap.machines import Machines

THREADS = (2, 3, 16)


@st.composite
def programs(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    widths = draw(st.lists(st.integers(1, 20), min_size=1, max_size=12))
    opcodes = [each for each in Opcode if each != Opcode.NOP]
    circuits = [random_circuit(rng, width, int(rng.integers(0, 30)), opcodes) for width in widths]
    return program_of(circuits * draw(st.integers(1, 3)))


@settings(deadline=None, max_examples=80)
@given(programs())
def test_no_run_needs_more_than_the_bounds_add_up_to(program):
    each = exact_thread_memory(program)
    first = estimate_memory(program, RunOptions(threads=1))

    for threads in THREADS:
        needed = estimate_memory(program, RunOptions(threads=threads))
        assert first <= needed <= first + (threads - 1) * each


@settings(deadline=None, max_examples=40)
@given(programs(), st.integers(1, 2_000))
def test_nor_does_a_sampled_run(program, shots):
    noise = Machines.shipped().models["harmony"]
    program = program.select(program.widths <= noise.qubits)
    each = sampled_thread_memory(program)
    first, *more = (
        estimate_sampling_memory(program, shots, noise, RunOptions(threads=threads))
        for threads in (1, *THREADS)
    )

    for threads, needed in zip(THREADS, more, strict=True):
        assert first <= needed <= first + (threads - 1) * each


def test_the_bound_is_near_where_each_thread_has_states():
    circuits = [
        C(17, [G(Opcode.RY, [k], params=(0.1 + at,)) for k in range(17)]) for at in range(9)
    ]
    program = program_of(circuits)
    one, nine = (estimate_memory(program, RunOptions(threads=threads)) for threads in (1, 9))

    assert exact_thread_memory(program) <= 1.5 * (nine - one) / 8


@pytest.mark.parametrize("bound", [exact_thread_memory, sampled_thread_memory])
def test_no_circuits_need_none(bound):
    assert bound(Program.empty()) == 0

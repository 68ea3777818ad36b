"""What circuits are predicted to take: how it grows. `bench/fit_costs.py` measures the numbers."""

from itertools import pairwise

import numpy as np
import pytest
from harness.circuits import C, G, program_of

from paultrap.admission import predicted_ms
from paultrap.admission.chunks import plan_chunks
from paultrap.circuits import Opcode
from paultrap.engine import WORK_UPDATES, estimate_costs, estimate_sampling_costs, estimate_work
from paultrap.machines import Machines

ARIA = Machines.shipped().models["aria-1"]


def circuit(width: int, controls: int = 0, gates: int = 12, opcode: Opcode = Opcode.RX) -> C:
    """Return gates of one kind on qubits that are all entangled: none is left out of the state."""
    layer = tuple(G(Opcode.RY, (qubit,), (), (0.3,)) for qubit in range(width))
    chain = tuple(G(Opcode.X, (qubit + 1,), (qubit,)) for qubit in range(width - 1))
    return C(width, layer + chain + tuple(one_of(width, controls, k, opcode) for k in range(gates)))


def one_of(width: int, controls: int, turn: int, opcode: Opcode = Opcode.RX) -> G:
    qubits = [(turn + k) % width for k in range(1 + controls)]
    return G(opcode, (qubits[0],), tuple(qubits[1:]), (0.4 + turn,))


def noisy_costs(circuits: list[C], shots: int = 200) -> np.ndarray:
    return estimate_sampling_costs(program_of(circuits), shots, ARIA)


def test_a_cost_is_the_sum_of_its_kinds_of_work():
    program = program_of([circuit(4), circuit(19, 3), circuit(15, opcode=Opcode.RZ)])

    work = estimate_work(program)

    assert work.shape == (3, len(WORK_UPDATES))
    assert (work >= 0).all()
    assert estimate_costs(program) == pytest.approx(work @ list(WORK_UPDATES.values()))


@pytest.mark.parametrize("controls", [0, 1, 3])
def test_each_qubit_more_costs_more(controls):
    exact = estimate_costs(program_of([circuit(width, controls) for width in range(4, 27)]))
    noisy = noisy_costs([circuit(width, controls, 3) for width in range(4, 26)])

    assert (np.diff(exact) > 0).all()
    assert (np.diff(noisy) > 0).all()


@pytest.mark.parametrize("opcode", [Opcode.RX, Opcode.RZ, Opcode.YPOW])
def test_no_control_more_doubles_the_cost(opcode):
    circuits = [circuit(22, controls, 4, opcode) for controls in range(21)]

    exact = estimate_costs(program_of(circuits))
    noisy = noisy_costs(circuits)

    assert (exact[1:] < 2 * exact[:-1]).all()
    # Each is some more native gates, up to those that stay whole.
    assert (noisy[7:] < 1.6 * noisy[6:-1]).all()


def test_more_gates_cost_more_in_proportion():
    """With noise each of them is in more runs, too: there is one for each error."""
    exact = estimate_costs(program_of([circuit(17, 1, gates) for gates in (20, 40, 80)]))
    noisy = noisy_costs([circuit(17, 1, gates) for gates in (20, 40, 80)])

    assert (np.diff(exact) > 0).all()
    assert (np.diff(noisy) > 0).all()
    assert exact[2] < 2.5 * exact[1]
    assert noisy[2] < 4.5 * noisy[1]


def test_more_shots_cost_more_and_at_most_as_many_times_as_much():
    costs = [noisy_costs([circuit(10, 1)], shots)[0] for shots in (1, 10, 100, 1000, 10_000)]

    assert (np.diff(costs) > 0).all()
    assert all(after <= 10 * before for before, after in pairwise(costs))


def test_more_circuits_take_longer_and_each_as_long_as_alone():
    circuits = [circuit(16, gates=gates) for gates in range(5, 45)]
    costs = estimate_costs(program_of(circuits))

    alone = [estimate_costs(program_of([one]))[0] for one in circuits]
    times = [predicted_ms(plan_chunks(costs[:n], np.full(n, 16, np.uint16))) for n in (1, 10, 40)]

    assert costs.tolist() == alone
    assert times[0] < times[1] < times[2]


def test_a_chunk_takes_time_beside_its_circuits():
    costs, widths = np.full(3, 1e3), np.full(3, 2, np.uint16)

    (chunk,) = plan_chunks(costs, widths, 1e6)

    assert chunk.cost == 1e6 + 3e3


def test_what_a_gate_cannot_reach_costs_nothing_but_the_gate():
    """A gate whose control is still |0> has no amplitudes to change, and swaps only rename."""
    idle = C(20, tuple(G(Opcode.X, (k,), (k + 1,)) for k in range(0, 20, 2)))
    busy = C(20, (*(G(Opcode.H, (k + 1,)) for k in range(0, 20, 2)), *idle.gates))
    layer = circuit(12, gates=0)
    swaps = C(12, (*layer.gates, *(G(Opcode.SWAP, (0, k)) for k in range(1, 12))))
    mixed = C(12, (*layer.gates, *(G(Opcode.XX, (0, k), (), (0.3,)) for k in range(1, 12))))

    work = dict(zip(WORK_UPDATES, estimate_work(program_of([idle])).T, strict=True))

    assert work["amplitude"] <= 20
    costs = estimate_costs(program_of([idle, busy, swaps, mixed]))
    assert costs[0] < costs[1]
    assert costs[2] < costs[3]

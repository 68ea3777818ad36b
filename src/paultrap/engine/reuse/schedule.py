"""When each qubit of a circuit is in use, and what following its outcomes takes."""

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import NotCliffordError, Opcode, PlacedGate, Program, SimulationError
from paultrap.engine.wide import LargeSupportError, check_clifford
from paultrap.engine.work import add_work, no_work

MOST_AT_ONCE = 20  # qubits
MOST_AMPLITUDES = 2**22  # of all states together
_WIDEST_STATE = 29  # qubits of circuits that have a state vector as a whole
_BYTES_PER_AMPLITUDE = 64  # of a state and of what it becomes, in doubles
_BYTES_PER_SHOT = 256
_MOST_AT_A_TIME = 2**18  # shots
_EXPECTED_STATES = 64  # that are followed at once


class Step(NamedTuple):
    """A gate and what happens around it.

    Attributes:
        gate: The gate.
        number: Its number in the circuit.
        entering: Qubits that are in use from here on; they are |0>.
        leaving: Qubits that are measured after it, since no other gate follows.
    """

    gate: PlacedGate
    number: int
    entering: list[int]
    leaving: list[int]


def steps_of(program: Program) -> Iterator[Step]:
    """Yield the gates of the only circuit of a program, each qubit's in their order.

    The target of a copy never enters: its bit is that of a measurement.
    """
    gates = program.gates_of(0)
    order = _order_of(gates)
    last = {qubit: index for index in order for qubit in gates[index].qubits}
    seen: set[int] = set()
    for index in order:
        gate = gates[index]
        used = gate.qubits[:1] if gate.opcode == Opcode.COPY else gate.qubits
        entering = [qubit for qubit in used if qubit not in seen]
        seen.update(used)
        yield Step(gate, index, entering, [qubit for qubit in used if last[qubit] == index])


def _order_of(gates: Sequence[PlacedGate]) -> list[int]:
    """Return an order of gates in which few qubits are in use at once.

    Those that take no more qubits into use come first: compilers leave the last gates of a qubit to
    the end of a circuit.
    """
    waiting: dict[int, deque[int]] = {}
    for index, gate in enumerate(gates):
        for qubit in gate.qubits:
            waiting.setdefault(qubit, deque()).append(index)
    seen: set[int] = set()
    ready: list[tuple[int, int]] = []

    def offer(index: int) -> None:
        if all(waiting[qubit][0] == index for qubit in gates[index].qubits):
            heapq.heappush(ready, (len(set(gates[index].qubits) - seen), index))

    for index in sorted({places[0] for places in waiting.values()}):
        offer(index)
    found = [index for index, gate in enumerate(gates) if not gate.qubits]
    while ready:
        _, index = heapq.heappop(ready)
        found.append(index)
        seen.update(gates[index].qubits)
        for qubit in gates[index].qubits:
            waiting[qubit].popleft()
        for following in sorted({waiting[q][0] for q in gates[index].qubits if waiting[q]}):
            offer(following)
    return found


def most_at_once(program: Program) -> int:
    """Return how many qubits of a program's only circuit are in use at once, at most."""
    found = now = 0
    for step in steps_of(program):
        now += len(step.entering)
        found = max(found, now)
        now -= len(step.leaving)
    return found


def check_at_once(program: Program) -> None:
    """Raise a `SimulationError` where too many qubits of a circuit are in use at once."""
    found = most_at_once(program)
    if found > MOST_AT_ONCE:
        raise SimulationError(
            f" has {found} qubits in use at once as it is compiled; the limit is {MOST_AT_ONCE}", 0
        )


def is_reused(program: Program, *, exact: bool) -> bool:
    """Return whether a circuit is run by following outcomes.

    It is where it is too wide for a state vector, no stabilizers answer for it, and few enough of
    its qubits are in use at once.

    Args:
        program: One circuit, of a program that measures or resets within it.
        exact: Whether the answer lists all states, and is not sampled.
    """
    if program.widths[0] <= _WIDEST_STATE or most_at_once(program) > MOST_AT_ONCE:
        return False
    try:
        check_clifford(program, _WIDEST_STATE, exact=exact)
    except (NotCliffordError, LargeSupportError):
        return True
    return False


def estimate_reuse_work(program: Program, shots: int | None) -> NDArray[np.float64]:
    """Return the work of the only circuit by kind, as expected; see `paultrap.engine.work`.

    Args:
        program: One circuit that is reused.
        shots: How many shots are drawn; None for an exact answer.
    """
    at_once = most_at_once(program)
    times = 1 if shots is None else -(-shots // shots_at_a_time(at_once))
    states = _EXPECTED_STATES if shots is None else shots
    work = no_work(1)
    add_work(work, "followed gate", float(times * program.n_gates))
    add_work(work, "followed amplitude", states * 2.0**at_once * program.n_gates)
    add_work(work, "followed shot", float((shots or 0) * program.n_gates))
    return work


def shots_at_a_time(at_once: int) -> int:
    """Return how many shots are followed together where so many qubits are in use at once."""
    return min(max(MOST_AMPLITUDES >> at_once, 1), _MOST_AT_A_TIME)


def estimate_reuse_memory(program: Program, shots: int | None) -> int:
    """Return the bytes that the only circuit needs at peak, in the worst case."""
    states = MOST_AMPLITUDES
    if shots is not None:
        states = min(states, shots << most_at_once(program))
    return _BYTES_PER_AMPLITUDE * states + _BYTES_PER_SHOT * (shots or MOST_AMPLITUDES // 4)

"""Maximum cut by QAOA: a search over angles whose iterations are the children of one job.

The first iteration's angles are linear ramps, as of a slow change from the mixer to the cost. Those of
a later one follow from what the circuits of all before it have measured, and from nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Opcode, Program
from paultrap.circuits.building import PlacedGate, circuit_of
from paultrap.formats import CircuitBatch, CircuitError, CircuitLimits
from paultrap.formats.errors import shorten
from paultrap.functions.decoding import decoded
from paultrap.functions.descent import next_points, points_per_iteration
from paultrap.functions.function import Function
from paultrap.functions.magnitudes import check_magnitude, exponent_of
from paultrap.functions.moments import Floats
from paultrap.jobs import JobType

__all__ = ["CIRCUITS", "ITERATIONS", "Cut", "Findings", "MaxCut", "unpacked"]

_PATH = "input.problem"
_LAYERS = 3
_STRENGTH = 0.8
ITERATIONS = 6
#: Of each iteration.
CIRCUITS = points_per_iteration(2 * _LAYERS)
# Of exact answers, at a time: costs of many states take several times their memory.
_STATES_AT_ONCE = 1 << 20
_WIDEST_TABLE = 24
_DIGITS = 12


class _Node(msgspec.Struct, frozen=True):
    id: msgspec.Raw


class _Neighbour(msgspec.Struct, frozen=True):
    id: msgspec.Raw
    weight: float = 1.0


class _Graph(msgspec.Struct, frozen=True):
    nodes: list[_Node]
    adjacency: list[list[_Neighbour]]
    directed: bool = False
    multigraph: bool = False


class _Input(msgspec.Struct, frozen=True):
    problem_type: str
    problem: _Graph


class _Edge(NamedTuple):
    one: int
    other: int
    weight: float


class Cut(NamedTuple):
    """A partition of the nodes.

    Attributes:
        cost: The weight that it cuts, with the sign that makes the best cut the lowest.
        bitstring: The side of each node, in the order in which the problem lists them.
    """

    cost: float
    bitstring: str


class Findings(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of the answers of some circuits.

    Attributes:
        means: The expected cost of each circuit.
        seen: The lowest cost among the states that count as seen, and the state; the cost is
            infinite where none does.
        likeliest: The largest probability of any state, and the state.
    """

    means: list[float]
    seen: tuple[float, int]
    likeliest: tuple[float, int]


class MaxCut(Function):
    """A graph whose nodes are to be parted so that the edges between the parts weigh most."""

    type = JobType.QAOA
    child_type = JobType.QAOA_CIRCUIT

    def __init__(self, source: bytes) -> None:
        super().__init__(source)
        found = decoded(source, _Input, "input")
        if found.problem_type != "maxcut":
            raise CircuitError(
                f'input.problem_type must be "maxcut", not {shorten(found.problem_type)}',
                path="input.problem_type",
                field="problem_type",
            )
        self._width = len(found.problem.nodes)
        self._edges = _edges_of(found.problem)
        self._exponent = exponent_of(edge.weight for edge in self._edges)

    def circuits(self, limits: CircuitLimits) -> CircuitBatch:
        """Return the circuits of all iterations, all with the angles of the first.

        Later ones have the same gates, so that what they will take is known; see `iteration`.

        Args:
            limits: What they may hold.

        Raises:
            CircuitError: The graph is too large, or its weights are.
        """
        weights = sum(abs(edge.weight) for edge in self._edges)
        check_magnitude(weights, "the sum of the |weights|", f"{_PATH}.adjacency")
        n_circuits = ITERATIONS * CIRCUITS
        limits.check_qubits(self._width, _PATH)
        limits.check_circuits(n_circuits, _PATH)
        gates = self._width + _LAYERS * (len(self._edges) + self._width)
        limits.check_gates(n_circuits * gates, _PATH)
        return CircuitBatch(
            program=Program.concatenate([self.iteration([])] * ITERATIONS),
            names=[
                f"iteration {number}, circuit {place}"
                for number in range(1, ITERATIONS + 1)
                for place in range(1, CIRCUITS + 1)
            ],
            gatesets=["qis"] * n_circuits,
            registers=[None] * n_circuits,
            is_multicircuit=True,
            qubits=self._width,
        )

    def iteration(self, earlier: Sequence[Findings]) -> Program:
        """Return the circuits of an iteration.

        Args:
            earlier: What the circuits of all iterations before it have shown, in their order.
        """
        return Program.concatenate([self._circuit(angles) for angles in self.angles(earlier)])

    def next_stage(self, earlier: Sequence[bytes]) -> Program:
        """Return the circuits of the iteration that follows."""
        return self.iteration([unpacked(each) for each in earlier])

    def findings(self, answers: Distributions, shots: int | None, *, exact: bool) -> bytes:
        """Return the packed `Findings` of some circuits."""
        found = self.observed(answers, self.least(shots, exact=exact))
        return msgspec.msgpack.encode(found)

    def angles(self, earlier: Sequence[Findings]) -> Floats:
        """Return the angles of an iteration's circuits, shape (C, 2P): of P costs, then of P mixers.

        Args:
            earlier: As of `iteration`.
        """
        done = (np.arange(_LAYERS) + 0.5) / _LAYERS
        start = _STRENGTH * np.concatenate([done, 1.0 - done])
        means = np.array([mean for findings in earlier for mean in findings.means])
        # The search does not depend on the unit of the weights, but squares would.
        means = np.ldexp(means, -self._exponent)
        return next_points(start, list(means.reshape(-1, CIRCUITS)))

    @staticmethod
    def least(shots: int | None, *, exact: bool) -> float:
        """Return the least probability of a state that counts as seen.

        Without shots it is that of a state that is expected at least once in them.
        """
        return 1.0 / (shots or 1) if exact else 0.0

    def observed(self, answers: Distributions, least: float) -> Findings:
        """Return what is kept of the answers of some circuits.

        Args:
            answers: A distribution for each.
            least: States with less probability do not count as seen.
        """
        means = []
        seen, likeliest = (math.inf, 0), (0.0, 0)
        for index in range(answers.n_circuits):
            answer = answers.slice(index, index + 1)
            costs_of = self._costs_of_many if self._is_dense(answer) else self.costs
            total = 0.0
            for first in range(0, len(answer.states), _STATES_AT_ONCE):
                part = slice(first, first + _STATES_AT_ONCE)
                states, probabilities = answer.states[part], answer.probabilities[part]
                costs = costs_of(states)
                total += float(costs @ probabilities)
                top = int(probabilities.argmax())
                likeliest = max(likeliest, (float(probabilities[top]), int(states[top])))
                counted = np.where(probabilities >= least, costs, math.inf)
                lowest = int(counted.argmin())
                seen = min(seen, (float(counted[lowest]), int(states[lowest])))
            # What is left of a sum's last bits, which vary with what ran beside, steers nothing.
            means.append(float(f"{total:.{_DIGITS}g}"))
        return Findings(means, seen, likeliest)

    def best(self, found: Iterable[Findings]) -> Cut | None:
        """Return the best cut that was seen, or None when nothing was.

        Where no state counts as seen, the most probable one does.
        """
        known = [findings for findings in found if findings.likeliest[0]]
        if not known:
            return None
        cost, state = min(findings.seen for findings in known)
        if cost == math.inf:
            _, state = max(findings.likeliest for findings in known)
            cost = float(self.costs(np.array([state], np.uint64))[0])
        return Cut(cost, "".join(str(state >> node & 1) for node in range(self._width)))

    def costs(self, states: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Return minus the weight that each state cuts; bit i is the side of node i."""
        total = np.zeros(len(states))
        for one, other, weight in self._edges:
            sides = (states >> np.uint64(one)) ^ (states >> np.uint64(other))
            total -= weight * (sides & np.uint64(1))
        return total

    def _is_dense(self, answer: Distributions) -> bool:
        """Return whether the costs of all states are soon made beside those of an answer."""
        return self._width <= _WIDEST_TABLE and len(answer.states) << 3 >= 1 << self._width

    def _costs_of_many(self, states: NDArray[np.uint64]) -> Floats:
        return self._table[states.astype(np.intp)]

    @cached_property
    def _table(self) -> Floats:
        """What `costs` says of all states, in a time that does not grow with the number of edges."""
        costs = np.zeros(1)
        for node in range(self._width):
            weights = {one: w for one, other, w in self._edges if other == node}
            cut = np.zeros(1)  # the weight between this node on side 0 and those before it
            for earlier in range(node):
                cut = np.concatenate([cut, cut + weights.get(earlier, 0.0)])
            costs = np.concatenate([costs - cut, costs - (sum(weights.values()) - cut)])
        return costs

    def _circuit(self, angles: Floats) -> Program:
        scale = self._scale()
        qubits = range(self._width)
        gates = [PlacedGate(Opcode.H, (qubit,)) for qubit in qubits]
        for cost, mixing in zip(*np.split(angles, 2), strict=True):
            gates += [
                PlacedGate(Opcode.ZZ, (one, other), 0, (cost * self._scaled(weight) * scale,))
                for one, other, weight in self._edges
            ]
            gates += [PlacedGate(Opcode.RX, (qubit,), 0, (-2.0 * mixing,)) for qubit in qubits]
        return circuit_of(self._width, gates)

    def _scale(self) -> float:
        """Return what makes the angles of graphs with other weights and degrees alike."""
        weights = [self._scaled(edge.weight) for edge in self._edges]
        squares = sum(weight * weight for weight in weights)
        return 2.0 / math.sqrt(2 * squares / self._width) if squares else 1.0

    def _scaled(self, weight: float) -> float:
        """Return a weight in a unit in which the largest is near 1: no square of it vanishes."""
        return math.ldexp(weight, -self._exponent)


def unpacked(findings: bytes) -> Findings:
    """Return what `MaxCut.findings` has packed."""
    return msgspec.msgpack.decode(findings, type=Findings)


def _edges_of(graph: _Graph) -> list[_Edge]:
    if graph.directed or graph.multigraph:
        raise _error("directed graphs and multigraphs are not supported")
    if not graph.nodes:
        raise _error("the graph has no nodes")
    places = {bytes(node.id): place for place, node in enumerate(graph.nodes)}
    if len(places) != len(graph.nodes):
        raise _error("two nodes have the same id", "nodes")
    if len(graph.adjacency) != len(graph.nodes):
        raise _error(
            f"there are {len(graph.nodes)} nodes and {len(graph.adjacency)} lists of neighbours",
            "adjacency",
        )
    weights: dict[tuple[int, int], float] = {}
    for place, neighbours in enumerate(graph.adjacency):
        for neighbour in neighbours:
            other = places.get(bytes(neighbour.id))
            if other is None:
                name = shorten(bytes(neighbour.id).decode())
                raise _error(f"there is no node {name}", f"adjacency[{place}]")
            edge = (min(place, other), max(place, other))
            if weights.setdefault(edge, neighbour.weight) != neighbour.weight:
                raise _error(
                    f"the edge to node {other} has another weight there", f"adjacency[{place}]"
                )
    return [_Edge(*edge, weight) for edge, weight in weights.items() if edge[0] != edge[1]]


def _error(problem: str, field: str | None = None) -> CircuitError:
    path = _PATH if field is None else f"{_PATH}.{field}"
    return CircuitError(f"{path}: {problem}", path=path, field=field or "problem")

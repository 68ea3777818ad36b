"""Maximum cut by QAOA: a search over angles whose iterations are the children of one job.

The angles of all iterations are chosen beforehand: linear ramps, as of a slow change from the mixer
to the cost, in several lengths and strengths. So the iterations are an ordinary job of several
circuits, and how far the search has come is what of their answers is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Opcode, Program
from paultrap.circuits.building import PlacedGate, circuit_of
from paultrap.formats import CircuitBatch, CircuitError, CircuitLimits
from paultrap.formats.errors import shorten
from paultrap.functions.decoding import decoded
from paultrap.jobs import JobType

__all__ = ["ITERATIONS", "Cut", "MaxCut"]

_PATH = "input.problem"
_LAYERS = (1, 2, 3, 4)
_STRENGTHS = (0.4, 0.6, 0.8, 1.0, 1.2)
ITERATIONS = len(_LAYERS) * len(_STRENGTHS)


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


class MaxCut:
    """A graph whose nodes are to be parted so that the edges between the parts weigh most.

    Args:
        source: The ``input`` of the job, raw JSON.

    Attributes:
        type: Of its job.
        source: As above.

    Raises:
        CircuitError: It is no such problem.
    """

    type = JobType.QAOA

    def __init__(self, source: bytes) -> None:
        self.source = source
        found = decoded(source, _Input, "input")
        if found.problem_type != "maxcut":
            raise CircuitError(
                f'input.problem_type must be "maxcut", not {shorten(found.problem_type)}',
                path="input.problem_type",
                field="problem_type",
            )
        self._width = len(found.problem.nodes)
        self._edges = _edges_of(found.problem)

    def circuits(self, limits: CircuitLimits, *, exact: bool) -> CircuitBatch:  # noqa: ARG002  # as of all functions
        """Return the circuits of all iterations.

        Args:
            limits: What they may hold.
            exact: It does not matter here.

        Raises:
            CircuitError: The graph is too large.
        """
        limits.check_qubits(self._width, _PATH)
        limits.check_circuits(ITERATIONS, _PATH)
        layers = sum(_LAYERS) * len(_STRENGTHS)
        gates = ITERATIONS * self._width + layers * (len(self._edges) + self._width)
        limits.check_gates(gates, _PATH)
        iterations = [
            self._circuit(layers, strength) for layers in _LAYERS for strength in _STRENGTHS
        ]
        return CircuitBatch(
            program=Program.concatenate(iterations),
            names=[f"iteration {number}" for number in range(1, ITERATIONS + 1)],
            gatesets=["qis"] * ITERATIONS,
            registers=[None] * ITERATIONS,
            is_multicircuit=True,
            qubits=self._width,
        )

    def best(self, answers: Iterable[Distributions], least: float) -> Cut | None:
        """Return the best cut that was seen, or None when there is no answer yet.

        Args:
            answers: Of some iterations, in any parts.
            least: States with less probability do not count as seen, unless all have less: then
                the most probable one does.
        """
        likeliest = (0.0, 0)
        found: list[tuple[float, int]] = []
        for answer in answers:
            if not len(answer.states):
                continue
            top = int(answer.probabilities.argmax())
            likeliest = max(likeliest, (float(answer.probabilities[top]), int(answer.states[top])))
            seen = answer.states[answer.probabilities >= least]
            if len(seen):
                costs = self.costs(seen)
                lowest = int(costs.argmin())
                found.append((float(costs[lowest]), int(seen[lowest])))
        if not likeliest[0]:
            return None
        if not found:
            state = likeliest[1]
            found = [(float(self.costs(np.array([state], np.uint64))[0]), state)]
        cost, state = min(found)
        return Cut(cost, "".join(str(state >> node & 1) for node in range(self._width)))

    def costs(self, states: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Return minus the weight that each state cuts; bit i is the side of node i."""
        total = np.zeros(len(states))
        for one, other, weight in self._edges:
            sides = (states >> np.uint64(one)) ^ (states >> np.uint64(other))
            total -= weight * (sides & np.uint64(1))
        return total

    def _circuit(self, layers: int, strength: float) -> Program:
        scale = self._scale()
        qubits = range(self._width)
        gates = [PlacedGate(Opcode.H, (qubit,)) for qubit in qubits]
        for layer in range(layers):
            done = (layer + 0.5) / layers
            gates += [
                PlacedGate(Opcode.ZZ, (one, other), 0, (done * strength * weight * scale,))
                for one, other, weight in self._edges
            ]
            mixing = -2.0 * (1.0 - done) * strength
            gates += [PlacedGate(Opcode.RX, (qubit,), 0, (mixing,)) for qubit in qubits]
        return circuit_of(self._width, gates)

    def _scale(self) -> float:
        """Return what makes the angles of graphs with other weights and degrees alike."""
        squares = sum(edge.weight**2 for edge in self._edges)
        return 2.0 / np.sqrt(2 * squares / self._width) if squares else 1.0


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

"""The maximum cut of a graph: what partitions of its nodes cost, and the best that was seen."""

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions
from paultrap.functions.graphs import Edge
from paultrap.functions.moments import Floats

# Of exact answers, at a time: costs of many states take several times their memory.
_STATES_AT_ONCE = 1 << 20
_WIDEST_TABLE = 24
_DIGITS = 12


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


class MaxCut:
    """A graph whose nodes are to be parted so that the edges between the parts weigh most.

    Args:
        width: The number of nodes.
        edges: Pairs of nodes.
    """

    def __init__(self, width: int, edges: Sequence[Edge]) -> None:
        self._width = width
        self._edges = edges

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

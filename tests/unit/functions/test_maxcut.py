from itertools import product

import networkx as nx
import numpy as np
import pytest
from unit.functions.maxcut_reference import GRAPHS, qaoa, weight_cut

from paultrap.circuits import Distributions
from paultrap.engine import simulate
from paultrap.functions.maxcut import Cut


@pytest.mark.parametrize("graph", GRAPHS)
def test_costs_are_minus_the_weight_that_is_cut(graph):
    width = len(graph)
    costs = qaoa(graph).problem.costs(np.arange(2**width, dtype=np.uint64))

    truth = [-weight_cut(graph, sides[::-1]) for sides in product((0, 1), repeat=width)]
    assert costs == pytest.approx(truth)


@pytest.mark.parametrize("graph", GRAPHS)
def test_costs_of_many_states_are_those_of_each(graph):
    states = np.arange(2 ** len(graph), dtype=np.uint64)[::3]
    found = qaoa(graph)

    assert found.problem._costs_of_many(states) == pytest.approx(found.problem.costs(states))


@pytest.mark.parametrize("graph", GRAPHS)
def test_means_are_those_of_the_distribution(graph):
    found = qaoa(graph)
    answers = simulate(found.iteration([]))
    table = found.problem.costs(np.arange(2 ** len(graph), dtype=np.uint64))

    means = found.problem.observed(answers, 0.01).means

    for index, mean in enumerate(means):
        exact = sum(table[state] * p for state, p in answers.as_dict(index).items())
        assert mean == pytest.approx(exact, abs=1e-9)


def test_states_below_the_threshold_do_not_count_unless_all_are():
    found = qaoa(nx.path_graph(3))
    answer = Distributions(
        np.array([0, 3]), np.array([0, 1, 2], np.uint64), np.array([0.6, 0.3, 0.1])
    )

    def best(answer, least):
        return found.problem.best([found.problem.observed(answer, least)])

    assert best(answer, 0.0) == Cut(-2.0, "010")
    assert best(answer, 0.2) == Cut(-1.0, "100")
    assert best(answer, 0.7) == Cut(0.0, "000")
    nothing = Distributions(np.array([0, 0]), np.zeros(0, np.uint64), np.zeros(0))
    assert best(nothing, 0.0) is None
    assert found.problem.best([]) is None

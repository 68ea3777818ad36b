import json
from itertools import product

import networkx as nx
import numpy as np
import pytest

from paultrap.circuits import Distributions
from paultrap.engine import simulate
from paultrap.formats import CircuitError, CircuitLimits
from paultrap.functions import Cut, MaxCut
from paultrap.functions.maxcut import ITERATIONS

LIMITS = CircuitLimits()


def problem(graph: nx.Graph) -> MaxCut:
    source = {"problem_type": "maxcut", "problem": nx.adjacency_data(graph)}
    return MaxCut(json.dumps(source).encode())


def weight_cut(graph: nx.Graph, sides: tuple[int, ...]) -> float:
    side = dict(zip(graph.nodes, sides, strict=True))
    return sum(w for a, b, w in graph.edges(data="weight", default=1.0) if side[a] != side[b])


def weighted(seed: int) -> nx.Graph:
    graph = nx.gnp_random_graph(6, 0.6, seed=seed)
    rng = np.random.default_rng(seed)
    for *_, data in graph.edges(data=True):
        data["weight"] = float(rng.normal())
    graph.add_edge(0, 0, weight=5.0)
    return nx.relabel_nodes(graph, {0: "zero", 1: "1"})


GRAPHS = [nx.petersen_graph(), nx.path_graph(2), weighted(1), weighted(2), nx.empty_graph(3)]


@pytest.mark.parametrize("graph", GRAPHS)
def test_costs_are_minus_the_weight_that_is_cut(graph):
    width = len(graph)
    costs = problem(graph).costs(np.arange(2**width, dtype=np.uint64))

    truth = [-weight_cut(graph, sides[::-1]) for sides in product((0, 1), repeat=width)]
    assert costs == pytest.approx(truth)


@pytest.mark.parametrize("graph", GRAPHS)
def test_the_search_finds_the_best_cut_of_a_small_graph(graph):
    found = problem(graph)
    batch = found.circuits(LIMITS, exact=True)

    best = found.best([simulate(batch.program)], least=1 / 200)

    top = max(weight_cut(graph, sides) for sides in product((0, 1), repeat=len(graph)))
    assert best.cost == pytest.approx(-top)
    assert weight_cut(graph, tuple(map(int, best.bitstring))) == pytest.approx(top)


def test_iterations_of_several_layers_concentrate_on_good_cuts():
    found = problem(nx.petersen_graph())
    batch = found.circuits(LIMITS, exact=True)
    answers = simulate(batch.program)

    means = []
    for index in range(ITERATIONS):
        own = answers.slice(index, index + 1)
        means.append(float(found.costs(own.states) @ own.probabilities))

    assert batch.is_multicircuit
    assert max(means) < -15 / 2  # what a coin for each node would cut
    assert min(means) < -11  # of 12
    assert batch.names[0] == "iteration 1"


def test_states_below_the_threshold_do_not_count_unless_all_are():
    found = problem(nx.path_graph(3))
    answer = Distributions(
        np.array([0, 3]), np.array([0, 1, 2], np.uint64), np.array([0.6, 0.3, 0.1])
    )

    assert found.best([answer], 0.0) == Cut(-2.0, "010")
    assert found.best([answer], 0.2) == Cut(-1.0, "100")
    assert found.best([answer], 0.7) == Cut(0.0, "000")
    nothing = Distributions(np.array([0, 0]), np.zeros(0, np.uint64), np.zeros(0))
    assert found.best([nothing], 0.0) is None
    assert found.best([], 0.0) is None


def graph_of(**fields) -> bytes:
    graph = {"nodes": [{"id": 0}, {"id": 1}], "adjacency": [[{"id": 1}], [{"id": 0}]]}
    return json.dumps({"problem_type": "maxcut", "problem": graph | fields}).encode()


BAD = {
    "type": (b'{"problem_type":"tsp","problem":{"nodes":[],"adjacency":[]}}', "problem_type must"),
    "nothing": (b"null", "input: "),
    "directed": (graph_of(directed=True), "directed"),
    "multigraph": (graph_of(multigraph=True), "multigraph"),
    "empty": (graph_of(nodes=[], adjacency=[]), "no nodes"),
    "same": (graph_of(nodes=[{"id": 0}, {"id": 0}]), "same id"),
    "lists": (graph_of(adjacency=[[]]), "2 nodes and 1 lists"),
    "stranger": (graph_of(adjacency=[[{"id": 7}], []]), r"adjacency\[0\]: there is no node '7'"),
    "weights": (
        graph_of(adjacency=[[{"id": 1, "weight": 2}], [{"id": 0}]]),
        r"adjacency\[1\].*another weight",
    ),
    "weight": (graph_of(adjacency=[[{"id": 1, "weight": "x"}], []]), "weight"),
}


@pytest.mark.parametrize(("source", "message"), BAD.values(), ids=BAD)
def test_what_is_no_problem_is_refused(source, message):
    with pytest.raises(CircuitError, match=message):
        MaxCut(source)


def test_a_graph_that_is_too_large_is_refused():
    with pytest.raises(CircuitError, match="30 qubits; the limit is 29"):
        problem(nx.path_graph(30)).circuits(LIMITS, exact=True)
    with pytest.raises(CircuitError, match="gates; the limit is 1000"):
        problem(nx.complete_graph(10)).circuits(CircuitLimits(gates=1000), exact=True)

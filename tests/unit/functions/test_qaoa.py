import json
from itertools import product

import networkx as nx
import numpy as np
import pytest
from harness.functions import circuits_of
from unit.functions.maxcut_reference import GRAPHS, qaoa, weight_cut

from paultrap.circuits import Distributions
from paultrap.engine import simulate
from paultrap.formats import CircuitError, CircuitLimits
from paultrap.functions.maxcut import Findings
from paultrap.functions.qaoa import CIRCUITS, ITERATIONS, Qaoa


def search(function: Qaoa, seed: int | None = None, shots: int = 100) -> list[Findings]:
    """Return what each iteration of a search shows: exactly, or in shots."""
    rng = np.random.default_rng(seed)
    found: list[Findings] = []
    for _ in range(ITERATIONS):
        answers = simulate(function.iteration(found))
        if seed is not None:
            answers = sampled(answers, shots, rng)
        least = function.least(shots, exact=seed is None)
        found.append(function.problem.observed(answers, least))
    return found


def sampled(answers: Distributions, shots: int, rng: np.random.Generator) -> Distributions:
    parts = []
    for index in range(answers.n_circuits):
        own = answers.slice(index, index + 1)
        counts = rng.multinomial(shots, own.probabilities / own.probabilities.sum())
        seen = counts > 0
        parts.append(
            Distributions(np.array([0, seen.sum()]), own.states[seen], counts[seen] / shots)
        )
    return Distributions.concatenate(parts)


def best_weight(graph: nx.Graph) -> float:
    return max(weight_cut(graph, sides) for sides in product((0, 1), repeat=len(graph)))


RANDOM = [
    nx.gnp_random_graph(n, density, seed=10 * n + seed)
    for n in range(2, 9)
    for density in (0.4, 0.7)
    for seed in range(3)
] + [nx.random_regular_graph(3, n, seed=n) for n in (4, 6, 8)]


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("graph", [*GRAPHS, *RANDOM])
def test_the_search_finds_the_best_cut_of_a_small_graph(graph, seed):
    found = qaoa(graph)

    best = found.problem.best(search(found, seed))

    assert best.cost == pytest.approx(-best_weight(graph))
    assert weight_cut(graph, tuple(map(int, best.bitstring))) == pytest.approx(-best.cost)


@pytest.mark.parametrize("graph", RANDOM)
def test_what_was_measured_makes_later_iterations_better(graph):
    found = search(qaoa(graph))

    centres = [findings.means[0] for findings in found]
    assert centres[-1] <= centres[0]
    if graph.number_of_edges():
        assert min(centres[1:]) < centres[0]


def test_shots_lead_to_better_angles_too():
    gains = []
    for seed, graph in enumerate(RANDOM[-9:]):
        means = [findings.means[0] for findings in search(qaoa(graph), seed)]
        gains.append((means[0] - means[-1]) / best_weight(graph))
    assert np.mean(gains) > 0.03
    assert np.mean(np.array(gains) > 0) > 0.7


def test_the_same_answers_lead_to_the_same_angles_and_others_to_others():
    found = qaoa(nx.petersen_graph())
    one, again, other = search(found, 1), search(found, 1), search(found, 2)

    assert one == again != other
    for done in range(1, ITERATIONS):
        angles = found.angles(one[:done])
        assert np.array_equal(angles, found.angles(again[:done]))
        assert not np.array_equal(angles, found.angles(other[:done]))


def test_parts_of_an_iteration_lead_where_the_whole_does():
    found = qaoa(nx.path_graph(4))
    answers = simulate(found.iteration([]))

    whole = found.problem.observed(answers, 0.01)
    parts = [
        found.problem.observed(answers.slice(a, b), 0.01) for a, b in ((0, 5), (5, 6), (6, 13))
    ]

    assert found.problem.best([whole]) == found.problem.best(parts)
    assert np.array_equal(found.angles([whole]), found.angles(parts))


def test_the_circuits_of_all_iterations_are_planned_with_the_angles_of_the_first():
    found = qaoa(nx.petersen_graph())
    batch = circuits_of(found)

    assert batch.is_multicircuit
    assert batch.program.n_circuits == ITERATIONS * CIRCUITS == len(batch.names)
    assert batch.names[0] == "iteration 1, circuit 1"
    assert batch.names[-1] == "iteration 6, circuit 13"
    later = found.iteration(search(found)[:1])
    planned = batch.program.slice(CIRCUITS, 2 * CIRCUITS)
    assert planned.gate_counts().tolist() == later.gate_counts().tolist()
    assert not np.array_equal(planned.params, later.params)


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
        Qaoa(source)


def test_a_graph_that_is_too_large_is_refused():
    with pytest.raises(CircuitError, match="30 qubits; the limit is 29"):
        circuits_of(qaoa(nx.path_graph(30)))
    with pytest.raises(CircuitError, match="gates; the limit is 1000"):
        circuits_of(qaoa(nx.complete_graph(10)), CircuitLimits(gates=1000))

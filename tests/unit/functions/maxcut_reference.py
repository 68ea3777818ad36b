"""Graphs, and what their cuts weigh by a plain loop."""

import json

import networkx as nx
import numpy as np

from paultrap.functions.qaoa import Qaoa

__all__ = ["GRAPHS", "qaoa", "weight_cut"]


def qaoa(graph: nx.Graph) -> Qaoa:
    source = {"problem_type": "maxcut", "problem": nx.adjacency_data(graph)}
    return Qaoa(json.dumps(source).encode())


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

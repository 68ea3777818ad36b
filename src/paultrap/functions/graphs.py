"""Graphs with weights, as networkx writes their adjacency in JSON."""

from typing import Any, NamedTuple

import msgspec

from paultrap.formats import CircuitError, Counting, shorten
from paultrap.functions.function import Schema
from paultrap.functions.schemas import NUMBER, object_of

_PATH = "input.problem"


class _Node(Counting, frozen=True):
    id: msgspec.Raw


class _Neighbour(Counting, frozen=True):
    id: msgspec.Raw
    weight: float = 1.0


class Graph(Counting, frozen=True):
    """A graph as it is sent."""

    nodes: list[_Node]
    adjacency: list[list[_Neighbour]]
    directed: bool = False
    multigraph: bool = False
    graph: Any = None  # what networkx writes; it changes nothing


class Edge(NamedTuple):
    """Two nodes, by their places in the list of nodes, and the weight between them."""

    one: int
    other: int
    weight: float


_NODE = object_of("id", id={"type": ["string", "integer"]})
_NEIGHBOUR = object_of("id", id={"type": ["string", "integer"]}, weight=NUMBER | {"default": 1})

#: Of a graph, as JSON Schema.
SCHEMA: Schema = object_of(
    "nodes",
    "adjacency",
    directed={"const": False},
    multigraph={"const": False},
    graph={"type": ["array", "object"], "description": "What networkx writes; ignored."},
    nodes={"type": "array", "items": _NODE},
    adjacency={
        "type": "array",
        "items": {"type": "array", "items": _NEIGHBOUR},
        "description": "The neighbours of each node, in the order of the nodes.",
    },
)


def edges_of(graph: Graph) -> list[Edge]:
    """Return the edges of an undirected graph; one from a node to itself is left out.

    Raises:
        CircuitError: It is none, or contradicts itself.
    """
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
    return [Edge(*edge, weight) for edge, weight in weights.items() if edge[0] != edge[1]]


def _error(problem: str, field: str | None = None) -> CircuitError:
    path = _PATH if field is None else f"{_PATH}.{field}"
    return CircuitError(f"{path}: {problem}", path=path, field=field or "problem")

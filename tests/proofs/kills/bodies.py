"""The jobs of the proof: a few distinct ones, of which each is submitted under many names."""

import random
from typing import Any, NamedTuple

import networkx as nx

Body = dict[str, Any]

KINDS = ("small", "many", "noisy", "many", "search")
VARIANTS = 4
MANY_CIRCUITS = 300
_MANY_QUBITS = 17  # So wide that the job is cut into several chunks.


class Intent(NamedTuple):
    """One job that a client wants.

    Attributes:
        name: What no other job is called.
        distinct: What it has in common with the jobs that have the same answer.
    """

    name: str
    distinct: tuple[str, int]

    @property
    def is_seeded(self) -> bool:
        """Whether its answer is drawn, with a seed."""
        return self.distinct[0] in {"noisy", "search"}

    def body(self) -> Body:
        return distinct_body(*self.distinct) | {"name": self.name}


def intent(index: int) -> Intent:
    """Return the job number ``index`` of the proof."""
    kind = KINDS[index % len(KINDS)]
    return Intent(f"{kind} {index}", (kind, index // len(KINDS) % VARIANTS))


def all_distinct() -> list[Intent]:
    """Return a job for each answer that there is."""
    return [
        Intent(f"reference {kind} {variant}", (kind, variant))
        for kind in dict.fromkeys(KINDS)
        for variant in range(VARIANTS)
    ]


def distinct_body(kind: str, variant: int) -> Body:
    """Return a body of version 0.4, each time the same."""
    rng = random.Random(f"{kind} {variant}")
    if kind == "small":
        return _batch(rng, circuits=2, qubits=5, gates=20)
    if kind == "many":
        return _batch(rng, circuits=MANY_CIRCUITS, qubits=_MANY_QUBITS, gates=40)
    if kind == "noisy":
        noise = {"model": "aria-1", "seed": 100 + variant}
        return _batch(rng, circuits=12, qubits=6, gates=30) | {"shots": 200, "noise": noise}
    problem = nx.adjacency_data(nx.random_regular_graph(3, 8, seed=variant))
    return {
        "type": "qctrl.qaoa.v1",
        "backend": "simulator",
        "shots": 100,
        "noise": {"model": "aria-1", "seed": 200 + variant},
        "external_settings": {"api_credentials": "any"},
        "input": {"problem_type": "maxcut", "problem": problem},
    }


def wide_circuit(qubits: int, gates: int, seed: int) -> list[dict[str, Any]]:
    """Return a circuit whose answer has sixteen states, however wide it is."""
    return _circuit(random.Random(seed), qubits, gates)


def _batch(rng: random.Random, circuits: int, qubits: int, gates: int) -> Body:
    entries = [{"circuit": _circuit(rng, qubits, gates)} for _ in range(circuits)]
    return {
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "input": {"gateset": "qis", "qubits": qubits, "circuits": entries},
    }


def _circuit(rng: random.Random, qubits: int, gates: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"gate": "ry", "target": target, "rotation": rng.uniform(0.3, 2.8)}
        for target in rng.sample(range(qubits), 4)
    ]
    for _ in range(gates):
        one, other = rng.sample(range(qubits), 2)
        if rng.random() < 0.7:
            found.append({"gate": "cnot", "control": one, "target": other})
        else:
            found.append({"gate": "rz", "target": one, "rotation": rng.uniform(0.1, 3)})
    return found

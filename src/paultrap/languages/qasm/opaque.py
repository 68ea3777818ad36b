"""Gates that a program names without saying what they do."""

from dataclasses import dataclass
from typing import Any

from openqasm3 import ast


@dataclass
class OpaqueGate(ast.Statement):
    """The declaration of such a gate, which version 2 has and version 3 has no syntax for.

    Attributes:
        name: Its name.
        n_params: How many angles it takes.
        n_qubits: On how many qubits it acts.
    """

    name: Any
    n_params: int
    n_qubits: int

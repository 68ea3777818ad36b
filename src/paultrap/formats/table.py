"""`TABLE`: the gates of the API, as the compiled scanner looks them up."""

from paultrap import _kernels
from paultrap.circuits import ALIASES, GATES, Gate


def _build_table() -> _kernels.GateTable:
    table = _kernels.GateTable()

    def add(name: str, gate: Gate) -> None:
        table.add(
            name=name,
            native=gate.gateset == "native",
            opcode=gate.opcode,
            rotated=-1 if gate.rotated is None else gate.rotated,
            controllable=gate.controllable,
            targets=gate.targets,
            min_controls=gate.min_controls,
            params=list(gate.params),
        )

    for gate in GATES.values():
        add(gate.name, gate)
    for alias, name in ALIASES.items():
        add(alias, GATES["qis", name])
    return table


TABLE = _build_table()

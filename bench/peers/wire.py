"""The request body as typed structs, for every peer alike.

The fastest decoding to Python objects there is: msgspec structs outside the garbage collector.
"""

from __future__ import annotations

import msgspec


class Gate(msgspec.Struct, gc=False):
    gate: str
    target: int = -1
    control: int = -1
    rotation: float | None = None
    targets: list[int] | None = None
    controls: list[int] | None = None

    def qubits(self) -> tuple[int, ...]:
        """Return the targets, then the controls."""
        targets = self.targets or [self.target]
        controls = self.controls or ([self.control] if self.control >= 0 else [])
        return (*targets, *controls)


class Circuit(msgspec.Struct, gc=False):
    circuit: list[Gate]
    qubits: int = 0


class Input(msgspec.Struct, gc=False):
    qubits: int
    circuits: list[Circuit]


class Job(msgspec.Struct, gc=False):
    input: Input


class RawCircuit(msgspec.Struct, gc=False):
    """A circuit whose gates another process decodes."""

    circuit: msgspec.Raw
    qubits: int = 0


class RawInput(msgspec.Struct, gc=False):
    qubits: int
    circuits: list[RawCircuit]


class RawJob(msgspec.Struct, gc=False):
    input: RawInput


decode = msgspec.json.Decoder(Job).decode
decode_raw = msgspec.json.Decoder(RawJob).decode
decode_gates = msgspec.json.Decoder(list[Gate]).decode


def widths(job: Job | RawJob) -> list[int]:
    """Return each circuit's number of qubits."""
    return [circuit.qubits or job.input.qubits for circuit in job.input.circuits]

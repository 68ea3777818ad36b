"""Compiled circuits on the wire."""

import json

import numpy as np
import pytest

from paultrap.circuits import Opcode, Program
from paultrap.compiler import compile_native
from paultrap.formats import CircuitLimits, native_v1, read_job, stream_native_v1


def program() -> Program:
    """Return an empty circuit, then gpi(0.5) on 1, gpi2(0.125) on 0, ms and zz on both, nop."""
    return Program(
        widths=np.array([3, 2], np.uint16),
        gate_offsets=np.array([0, 0, 5]),
        opcodes=np.array(
            [Opcode.GPI, Opcode.GPI2, Opcode.MS, Opcode.NATIVE_ZZ, Opcode.NOP], np.uint8
        ),
        control_counts=np.zeros(5, np.uint16),
        qubit_offsets=np.array([0, 1, 2, 4, 6, 7]),
        qubits=np.array([1, 0, 0, 1, 1, 0, 1], np.uint16),
        param_offsets=np.array([0, 1, 2, 5, 6, 6]),
        params=np.array([0.5, 0.125, 0, 0.25, 0.2, 0.1]),
    )


def test_every_native_gate_in_the_service_s_words():
    assert json.loads(native_v1(program(), 1)) == {
        "qubits": 2,
        "circuit": [
            {"gate": "gpi", "target": 1, "phase": 0.5},
            {"gate": "gpi2", "target": 0, "phase": 0.125},
            {"gate": "ms", "targets": [0, 1], "phases": [0, 0.25], "angle": 0.2},
            {"gate": "zz", "targets": [1, 0], "angle": 0.1},
            {"gate": "nop", "target": 1},
        ],
    }


def test_a_circuit_without_gates():
    assert json.loads(native_v1(program(), 0)) == {"qubits": 3, "circuit": []}


def test_a_circuit_that_does_not_exist():
    with pytest.raises(IndexError, match="circuit 2 of 2"):
        native_v1(program(), 2)


def test_a_gate_that_is_not_native_is_named():
    gate = b'{"gate":"h","target":0}'
    qis = read_job(b'{"input":{"qubits":1,"circuit":[' + gate + b"]}}", CircuitLimits()).program

    with pytest.raises(ValueError, match="circuit 0, gate 0: h is not a native gate"):
        native_v1(qis, 0)


def test_a_long_circuit_comes_in_pieces():
    gate = '{"gate":"gpi","target":0,"phase":0.125}'
    circuit = f'{{"qubits":1,"circuit":[{",".join([gate] * 10_000)}]}}'
    body = f'{{"input":{{"gateset":"native",{circuit[1:]}}}'.encode()
    native = read_job(body, CircuitLimits()).program

    pieces = list(stream_native_v1(Program.concatenate([program(), native]), 2))

    assert len(pieces) > 3
    assert b"".join(pieces) == circuit.encode()


@pytest.mark.parametrize("entangler", ["ms", "zz"])
def test_what_is_shown_can_be_submitted(entangler):
    gates = (
        b'[{"gate":"h","target":0},{"gate":"cnot","control":0,"target":1},{"gate":"t","target":1}]'
    )
    qis = read_job(b'{"input":{"qubits":2,"circuit":' + gates + b"}}", CircuitLimits()).program
    native = compile_native(qis, entangler)

    shown = native_v1(native, 0)
    again = read_job(b'{"input":{"gateset":"native",' + shown[1:] + b"}", CircuitLimits()).program

    assert again.to_bytes() == native.to_bytes()

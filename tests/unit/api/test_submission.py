"""Chunks are stored with what they need, and cut so that each fits."""

import msgspec
import pytest

from paultrap.api.submission import prepare
from paultrap.api.v03.wire import read_request
from paultrap.engine import RunOptions, estimate_memory
from paultrap.machines import Machines
from paultrap.settings import Settings


def planned(store, circuits: int, qubits: int, memory_limit: int | None):
    gates = [
        [{"gate": "ry", "target": qubit, "rotation": 0.1 + at} for qubit in range(qubits)]
        for at in range(circuits)
    ]
    content = {"qubits": qubits, "circuits": [{"circuit": one} for one in gates]}
    body = msgspec.json.encode({"target": "simulator", "input": content})
    key = store.keys.find_open("any")
    settings = Settings(memory_limit=memory_limit, threads=2)
    new = prepare(body, read_request, key, settings, Machines.shipped())
    return new.batch.program, list(new.chunks)


def exact(program, chunk):
    return estimate_memory(program.slice(chunk.first, chunk.stop), RunOptions(threads=2))


@pytest.mark.parametrize(("circuits", "qubits"), [(1, 2), (40, 6), (20, 14), (1, 20)])
def test_a_chunk_is_never_said_to_need_less_than_it_does(store, circuits, qubits):
    program, chunks = planned(store, circuits, qubits, None)

    assert len(chunks) == 1
    assert chunks[0].memory >= exact(program, chunks[0])


def test_a_large_chunk_needs_what_the_engine_says(store):
    program, (chunk,) = planned(store, 1, 23, None)

    assert chunk.memory == exact(program, chunk)


def test_chunks_are_cut_until_each_fits(store):
    program, (whole,) = planned(store, 37, 14, None)
    limit = exact(program, whole) // 5

    _, chunks = planned(store, 37, 14, limit)

    assert len(chunks) > 5
    assert [chunk.first for chunk in chunks] == [0, *(chunk.stop for chunk in chunks[:-1])]
    assert chunks[-1].stop == 37
    assert all(exact(program, chunk) <= chunk.memory <= limit for chunk in chunks)
    assert sum(chunk.cost for chunk in chunks) == pytest.approx(whole.cost)

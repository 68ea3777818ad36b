"""Chunks are stored with what they need, and cut so that each fits."""

import msgspec
import pytest

from paultrap.admission import Limits, Refusal, admit
from paultrap.engine import WORK_UPDATES, RunOptions, estimate_memory
from paultrap.machines import Machines
from paultrap.submissions import read_v03


def planned(circuits: int, qubits: int, memory_limit: int | None):
    gates = [
        [{"gate": "ry", "target": qubit, "rotation": 0.1 + at} for qubit in range(qubits)]
        for at in range(circuits)
    ]
    content = {"qubits": qubits, "circuits": [{"circuit": one} for one in gates]}
    body = msgspec.json.encode({"target": "simulator", "input": content})
    new = admit(read_v03(body), Limits(memory=memory_limit, threads=2), Machines.shipped())
    return new.batch.program, list(new.chunks)


def exact(program, chunk):
    return estimate_memory(program.slice(chunk.first, chunk.stop), RunOptions(threads=2))


@pytest.mark.parametrize(("circuits", "qubits"), [(1, 2), (40, 6), (20, 14), (1, 20)])
def test_a_chunk_is_never_said_to_need_less_than_it_does(circuits, qubits):
    program, chunks = planned(circuits, qubits, None)

    assert len(chunks) == 1
    assert chunks[0].memory >= exact(program, chunks[0])


def test_a_large_chunk_needs_what_the_engine_says():
    program, (chunk,) = planned(1, 23, None)

    assert chunk.memory == exact(program, chunk)


def test_chunks_are_cut_until_each_fits():
    program, (whole,) = planned(37, 14, None)
    limit = exact(program, whole) // 5

    _, chunks = planned(37, 14, limit)

    assert len(chunks) > 5
    assert [chunk.first for chunk in chunks] == [0, *(chunk.stop for chunk in chunks[:-1])]
    assert chunks[-1].stop == 37
    assert all(exact(program, chunk) <= chunk.memory <= limit for chunk in chunks)
    # Each has a start of its own.
    start = WORK_UPDATES["exact run"]
    own = sum(chunk.cost - start for chunk in chunks)
    assert own == pytest.approx(whole.cost - start)


WIDE = [*({"gate": "h", "target": q} for q in range(3)), {"gate": "t", "target": 29}]


@pytest.mark.parametrize(
    ("circuits", "limits", "said"),
    [
        (
            [[WIDE[0]], WIDE, [WIDE[0]], WIDE],
            {},
            ("circuit 1, gate 3: not", "circuit 3, gate 3: not"),
        ),
        ([WIDE[:3], [], WIDE[:2]], {"predicted_seconds": 1e-12}, ("circuit 0 is", "circuit 2 is")),
        ([WIDE[:3], [WIDE[0]], WIDE[:2]], {"memory": 250}, ("circuit 0 (3", "circuit 2 (2")),
    ],
)
def test_all_circuits_that_need_too_much_are_named(circuits, limits, said):
    entries = [{"circuit": each} for each in circuits]
    body = msgspec.json.encode({"target": "simulator", "input": {"circuits": entries}})
    with pytest.raises(Refusal) as found:
        admit(read_v03(body), Limits(**limits), Machines.shipped())
    for part in said:
        assert part in str(found.value)


def test_all_circuits_that_are_wider_than_the_machine_are_named():
    entries = [{"qubits": 20 + index, "circuit": []} for index in range(20)]
    body = msgspec.json.encode({"target": "qpu.aria-1", "input": {"circuits": entries}})
    with pytest.raises(
        Refusal, match=r"circuit 6 has 26, circuit 7 has 27, .* circuit 15 has 35, and"
    ):
        admit(read_v03(body), Limits(), Machines.shipped())

"""Chunks are stored with what they need, and are cut by the job alone."""

import os

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paultrap.admission import Limits, Refusal, admit
from paultrap.engine import WORK_UPDATES, RunOptions, estimate_memory
from paultrap.machines import Machines
from paultrap.submissions import read_v03

MIB = 2**20


def admitted(circuits: int, qubits: int, memory_limit: int | None = None, **fields):
    entries = [
        {"circuit": [{"gate": "ry", "target": q, "rotation": 0.1 + at} for q in range(qubits)]}
        for at in range(circuits)
    ]
    content = {"qubits": qubits, "circuits": entries}
    body = msgspec.json.encode({"target": "simulator", "input": content} | fields)
    return admit(read_v03(body), Limits(memory=memory_limit), Machines.shipped())


def planned(circuits: int, qubits: int):
    new = admitted(circuits, qubits)
    return new.batch.program, list(new.chunks)


def exact(program, chunk, threads=1):
    return estimate_memory(program.slice(chunk.first, chunk.stop), RunOptions(threads=threads))


@pytest.mark.parametrize(("circuits", "qubits"), [(1, 2), (40, 6), (20, 14), (1, 20)])
def test_a_chunk_is_never_said_to_need_less_than_it_does(circuits, qubits):
    program, chunks = planned(circuits, qubits)

    assert len(chunks) == 1
    for threads in (1, 2, 64):
        said = chunks[0].memory + (threads - 1) * chunks[0].thread_memory
        assert said >= exact(program, chunks[0], threads)


def test_a_large_chunk_needs_what_the_engine_says():
    program, (chunk,) = planned(1, 23)

    assert chunk.memory == exact(program, chunk)


def test_circuits_are_parted_until_their_chunk_needs_little():
    program, chunks = planned(13, 22)

    assert [chunk.first for chunk in chunks] == [0, *(chunk.stop for chunk in chunks[:-1])]
    assert chunks[-1].stop == 13
    assert all(exact(program, chunk) <= chunk.memory <= 512 * MIB for chunk in chunks)
    # Each has a start of its own.
    start = WORK_UPDATES["exact run"]
    (alone,) = planned(1, 22)[1]
    own = sum(chunk.cost - start for chunk in chunks)
    assert own == pytest.approx(13 * (alone.cost - start), rel=1e-6)


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 40),
    st.integers(1, 19),
    st.sampled_from([{}, {"noise": {"model": "harmony", "seed": 7}}]),
    st.integers(1, 256),
    st.one_of(st.none(), st.integers(2**26, 2**50)),
)
def test_chunks_are_cut_by_the_job_alone(circuits, qubits, fields, cores, memory_limit):
    qubits = min(qubits, 11) if fields else qubits
    here = admitted(circuits, qubits, **fields)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
        try:
            there = admitted(circuits, qubits, memory_limit, **fields)
        except Refusal:
            assert max(chunk.memory for chunk in here.chunks) > memory_limit
        else:
            assert there.chunks == here.chunks


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

"""Sampled jobs: what is stored of them, and their runs in chunks."""

import json
from itertools import pairwise

import pytest
from harness.circuits import read_job

from paultrap.circuits import Distributions
from paultrap.formats import CircuitLimits
from paultrap.formats.histogram import counts_of
from paultrap.jobs import Sampling, Work, execute
from paultrap.machines import Machines

MACHINES = Machines.shipped()
ARIA = MACHINES.models["aria-1"]


def program_of(circuits):
    gates = [
        {"gate": "h", "target": 0},
        {"gate": "cnot", "control": 0, "target": 1},
        {"gate": "cnot", "control": 1, "target": 2},
    ]
    content = {"qubits": 3, "circuits": [{"circuit": gates}] * circuits}
    return read_job(json.dumps({"input": content}).encode(), CircuitLimits()).program


@pytest.mark.parametrize("name", sorted(MACHINES.models))
def test_what_is_stored_reads_back_with_every_number(name):
    sampling = Sampling(1000, -5, MACHINES.models[name])

    assert Sampling.from_bytes(sampling.to_bytes()) == sampling


@pytest.mark.parametrize("cuts", [[0, 7], [0, 1, 3, 7], list(range(8))])
def test_chunks_give_what_the_whole_job_gives(cuts):
    program, sampling = program_of(7), Sampling(200, 11, ARIA)
    whole = execute(Work(program, sampling))
    parts = [
        execute(Work(program.slice(start, stop), sampling, first_index=start))
        for start, stop in pairwise(cuts)
    ]

    found = Distributions.concatenate(parts)

    assert [found.as_dict(index) for index in range(7)] == [
        whole.as_dict(index) for index in range(7)
    ]
    for index in range(7):
        first, last = whole.offsets[index : index + 2]
        assert counts_of(whole.probabilities[first:last], 200).sum() == 200


def test_without_sampling_the_answer_is_exact():
    assert execute(Work(program_of(1), None)).as_dict(0) == {0: 0.5, 7: 0.5}

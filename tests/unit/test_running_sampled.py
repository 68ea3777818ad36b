"""`paultrap.run` with jobs that ask for noise."""

import numpy as np
import pytest

import paultrap
from paultrap.admission import Refusal
from paultrap.running import run_timed

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]


def noisy(**fields):
    job = {"shots": 400, "noise": {"model": "forte-1", "seed": 5}}
    return job | {"input": {"qubits": 2, "circuit": BELL}} | fields


def counts(found, shots=400):
    numbers = {state: p * shots for state, p in found.as_dict(0).items()}
    rounded = {state: round(number) for state, number in numbers.items()}
    assert rounded == pytest.approx(numbers, abs=1e-9)
    assert sum(rounded.values()) == shots
    return rounded


def test_the_jobs_seed_gives_one_answer():
    first = counts(paultrap.run(noisy()))

    assert first == counts(paultrap.run(noisy()))
    assert first == counts(paultrap.run(noisy(), threads=1))
    assert first == counts(paultrap.run(noisy(noise={"model": "forte-1"}), seed=5))


def test_a_seed_that_is_given_goes_before_the_jobs():
    assert paultrap.run(noisy(), seed=6).as_dict(0) != paultrap.run(noisy()).as_dict(0)
    assert paultrap.run(noisy(), seed=5).as_dict(0) == paultrap.run(noisy()).as_dict(0)


def test_a_fresh_seed_is_told():
    done = run_timed(noisy(noise={"model": "forte-1", "seed": None}))

    assert done.job.sampling is not None
    assert done.job.sampling.noise.name == "forte-1"
    again = paultrap.run(noisy(), seed=done.job.sampling.seed)
    np.testing.assert_array_equal(done.result.probabilities, again.probabilities)


def test_an_exact_job_is_not_sampled():
    done = run_timed(noisy(noise={"model": "ideal", "seed": 5}, shots="None"))

    assert done.job.sampling is None
    assert done.result.as_dict(0) == {0: 0.5, 3: 0.5}


@pytest.mark.parametrize("shots", ["400", 400.0])
def test_shots_may_be_written_as_clients_write_them(shots):
    assert counts(paultrap.run(noisy(shots=shots))) == counts(paultrap.run(noisy()))


def test_without_shots_there_are_a_hundred():
    job = noisy()
    del job["shots"]
    counts(paultrap.run(job), shots=100)
    counts(paultrap.run(noisy(shots="None")), shots=100)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"noise": {"model": "aria-9"}}, "noise"),
        ({"shots": 0}, "shots"),
        ({"shots": "many"}, "shots"),
        ({"shots": None}, "shots"),
        ({"input": {"qubits": 30, "circuit": BELL}}, None),
        ({"noise": {"model": "aria-1"}, "input": {"qubits": 26, "circuit": BELL}}, "input"),
        ({"target": "qpu.nowhere"}, "target"),
        ({"backend": "qpu"}, "type"),
    ],
)
def test_what_cannot_be_run_is_named(fields, path):
    with pytest.raises(Refusal) as error:
        paultrap.run(noisy(**fields))
    assert path is None or error.value.field == path


@pytest.mark.parametrize(
    "place", [{"target": "qpu.aria-1"}, {"backend": "qpu", "type": "ionq.circuit.v1"}]
)
def test_an_emulated_machine_has_its_own_noise(place):
    found = counts(paultrap.run(noisy(**place)))

    assert found == counts(paultrap.run(noisy(noise={"model": "aria-1", "seed": 5})))

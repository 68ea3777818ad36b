"""Which circuits of a chunk fail, what becomes of the others, and in how many runs."""

import numpy as np
import pytest
from harness.jobs import batch_of, right_answer
from hypothesis import given, settings
from hypothesis import strategies as st

from paultrap.circuits import Distributions, SimulationError
from paultrap.engine import MemoryLimitError
from paultrap.machines import PluginCircuitsError, PluginError
from paultrap.store import Lease, StoreUnavailableError
from paultrap.store.records import Stage
from paultrap.worker.isolation import run_each

FIRST = 7  # of the chunk in its job


def lease_of(circuits: int, stage: Stage | None = None) -> Lease:
    program = batch_of(FIRST + circuits).program.slice(FIRST, FIRST + circuits)
    return Lease("job", 0, FIRST, FIRST + circuits, "worker", 1, program, stage=stage)


class Executor:
    """Gives the right answers, and fails where a part holds one of some circuits.

    Args:
        bad: The indices in the chunk of the circuits that fail.
        fail: Returns what is raised for a part, of the bad circuits in it by their index there.
    """

    def __init__(self, bad, fail) -> None:
        self.bad = {FIRST + index for index in bad}
        self.fail = fail
        self.runs: list[tuple[int, int]] = []

    def __call__(self, lease: Lease) -> Distributions:
        self.runs.append((lease.first, lease.stop))
        assert lease.program.n_circuits == lease.stop - lease.first
        here = sorted(index - lease.first for index in self.bad & set(range(*self.runs[-1])))
        if here:
            raise self.fail(lease, here)
        return right_answer(lease.first, lease.stop)


def raised(_lease, _bad):
    return PluginError("trap: RuntimeError: no ion")


def named(_lease, bad):
    return SimulationError(" (rx): too far", circuit=bad[0], gate=2)


def told(lease, bad):
    good = np.delete(np.arange(lease.first, lease.stop), bad)
    answers = Distributions.concatenate([right_answer(index, index + 1) for index in good.tolist()])
    return PluginCircuitsError("trap", dict.fromkeys(bad, "trap: no ion"), answers)


def check(outcome, circuits, bad):
    assert sorted(outcome.failures) == [FIRST + index for index in sorted(bad)]
    good = np.delete(np.arange(FIRST, FIRST + circuits), sorted(bad)).tolist()
    states = [outcome.answers.as_dict(place) for place in range(outcome.answers.n_circuits)]
    assert states == [{index % 32: 1.0} for index in good]


def some_of(circuits: int):
    """Return a strategy of so many circuits and some of them."""
    return st.tuples(st.just(circuits), st.sets(st.integers(0, circuits - 1)))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 40).flatmap(some_of), st.sampled_from([raised, named, told]))
def test_exactly_the_bad_circuits_fail(chunk, fail):
    circuits, bad = chunk
    execute = Executor(bad, fail)

    outcome = run_each(execute, lease_of(circuits))

    if fail is raised and not outcome.answers.n_circuits:  # as when the backend is out of reach
        assert len(bad) >= min(4, circuits)
        assert len(outcome.failures) == circuits
    else:
        check(outcome, circuits, bad)


def test_one_bad_circuit_is_found_in_a_few_runs():
    execute = Executor({2_717}, raised)

    outcome = run_each(execute, lease_of(4_000))

    check(outcome, 4_000, {2_717})
    assert outcome.failures[FIRST + 2_717] == (
        "QuantumComputerError",
        ": trap: RuntimeError: no ion",
    )
    assert len(execute.runs) <= 1 + 2 * 12


def test_a_circuit_that_the_error_names_is_left_out_at_once():
    execute = Executor({3, 30}, named)

    outcome = run_each(execute, lease_of(40))

    check(outcome, 40, {3, 30})
    assert outcome.failures[FIRST + 30] == ("SimulationError", ", gate 2 (rx): too far")
    assert execute.runs == [(7, 47), (7, 10), (11, 47), (11, 37), (38, 47)]


def test_what_a_plugin_has_answered_is_not_asked_for_again():
    execute = Executor({0, 5, 6}, told)

    check(run_each(execute, lease_of(9)), 9, {0, 5, 6})
    assert len(execute.runs) == 1


def test_a_backend_that_is_out_of_reach_is_not_asked_for_each_circuit():
    execute = Executor(range(32), raised)

    check(run_each(execute, lease_of(32)), 32, range(32))
    assert len(execute.runs) <= 13


def test_what_was_not_divided_is_when_something_runs_after_all():
    bad = {0, 1, 2, 3, 5, 9}
    execute = Executor(bad, raised)

    check(run_each(execute, lease_of(32)), 32, bad)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (MemoryError(), ("QuantumCircuitComplexityError", ": the machine ran out of memory")),
        (MemoryLimitError(2**40, 2**30), ("QuantumCircuitComplexityError", ": this simulation")),
        (KeyError("x"), ("InternalError", ": KeyError in the worker; see its log")),
        (SimulationError("no such gate"), ("SimulationError", ": no such gate")),
        (SimulationError(": no such gate", circuit=99), ("SimulationError", ": no such gate")),
    ],
)
def test_any_error_is_of_one_circuit(error, failure):
    outcome = run_each(Executor({4}, lambda *_: error), lease_of(8))

    check(outcome, 8, {4})
    code, text = outcome.failures[FIRST + 4]
    assert code == failure[0]
    assert text.startswith(failure[1])


def test_a_store_that_is_out_of_reach_is_no_failure_of_a_circuit():
    with pytest.raises(StoreUnavailableError):
        run_each(Executor({0}, lambda *_: StoreUnavailableError("gone")), lease_of(2))


def test_a_chunk_of_a_stage_fails_as_a_whole():
    execute = Executor({1}, raised)

    with pytest.raises(PluginError):
        run_each(execute, lease_of(4, Stage("qaoa", b"", None, ())))
    assert len(execute.runs) == 1

"""Arrays that are no program, noise or readout are refused, whatever they hold."""

import dataclasses

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from hypothesis import given, settings
from hypothesis import strategies as st

from paultrap import _kernels
from paultrap.circuits import Opcode, Program

FIELDS = [field.name for field in dataclasses.fields(Program)]
SITES = {"offsets": "i8", "gates": "i8", "first": "u2", "second": "u2", "strengths": "f8"}


def paulis(width):
    return C(width, [G(op, (q,)) for q in range(width) for op in (Opcode.X, Opcode.Y, Opcode.Z)])


def some_program(rng, *, last=None):
    width = int(rng.integers(1, 7))
    circuits = [random_circuit(rng, width, 6, list(Opcode)) for _ in range(3)]
    return program_of([*circuits, paulis(width) if last is None else last])


def garbage(rng, array):
    """Return an array with some values changed, or more, or fewer of them."""
    values = np.array(array)
    kind = rng.integers(5)
    if kind == 0 or len(values) == 0:
        return rng.integers(-3, 300, rng.integers(0, 12)).astype(values.dtype)
    if kind == 1:
        return values[: rng.integers(0, len(values))].copy()
    if kind == 2:
        return np.concatenate([values, values[:1]])
    place = rng.integers(len(values))
    if values.dtype.kind == "f":
        values[place] = rng.choice([np.nan, np.inf, -np.inf, 1e308, -1.0, 3.0, 7.5, 2.0])
        return values
    info = np.iinfo(values.dtype)
    nearby = int(values[place]) + int(rng.integers(-3, 4))
    extreme = rng.choice([0, 1, 26, 27, 63, 64, info.max // 2, info.max, info.min])
    values[place] = np.clip(nearby if kind == 3 else extreme, info.min, info.max)
    return values


def spoiled(rng, arrays):
    for name in rng.choice(list(arrays), rng.integers(1, min(len(arrays), 3) + 1), replace=False):
        arrays = arrays | {str(name): garbage(rng, arrays[str(name)])}
    return arrays


def arrays_of(program):
    return {name: getattr(program, name) for name in FIELDS}


def sites_for(program, rng):
    """Return noise behind the first gates of each circuit but the last, on the first target."""
    gates = [0 if program.gate_offsets[k + 1] > program.gate_offsets[k] else None for k in range(3)]
    starts = [int(program.qubit_offsets[program.gate_offsets[k]]) for k in range(3)]
    return {
        "offsets": np.cumsum([0, *(gate is not None for gate in gates)], dtype=np.int64),
        "gates": np.array([gate for gate in gates if gate is not None], np.int64),
        "first": program.qubits[starts],
        "second": np.full(3, 65535, np.uint16),
        "strengths": rng.uniform(0, 1, 3),
    }


def runs(program, sites, readout, shots):
    """Yield everything that takes arrays, as calls."""
    try:
        arrays = _kernels.ProgramArrays(**program)
    except ValueError as problem:
        assert str(problem)  # noqa: PT017  # refused before anything could run
        return
    yield lambda: _kernels.simulate(arrays, threads=2, memory_limit=1e8)
    yield lambda: _kernels.estimate(arrays, threads=2)
    for ms in (True, False):
        yield lambda ms=ms: _kernels.compile_native(arrays, ms=ms, keep_phases=False, threads=2)
    noise = _kernels.SiteArrays(**sites)
    yield lambda: _kernels.clifford_distributions(arrays, 1000, 2)
    yield lambda: _kernels.wide_distributions(arrays, 1000, 2)
    yield lambda: _kernels.sample(arrays, noise, readout, shots, 1, 0, 2, 1e8)
    yield lambda: _kernels.estimate_sampling(arrays, noise, readout, shots, 2)
    yield lambda: _kernels.sample_wide(arrays, noise, readout, shots, 1, 0, 2)


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32), what=st.sampled_from(["program", "sites", "readout", "shots"]))
def test_garbage_is_refused_or_run_and_nothing_else(seed, what):
    rng = np.random.default_rng(seed)
    program = some_program(rng)
    parts = {
        "program": arrays_of(program),
        "sites": sites_for(program, rng),
        "readout": {"readout": rng.uniform(0, 1, 14)},
        "shots": {"shots": np.array([5, 0, 9], np.uint32)},
    }
    parts[what] = spoiled(rng, parts[what])
    for run in runs(
        parts["program"], parts["sites"], *parts["readout"].values(), *parts["shots"].values()
    ):
        try:
            run()
        except ValueError as problem:
            assert str(problem)  # noqa: PT017  # it may be refused, but not in any other way


@pytest.mark.parametrize("field", FIELDS)
def test_an_empty_array_is_refused(field):
    program = arrays_of(some_program(np.random.default_rng(1)))
    program[field] = program[field][:0]
    with pytest.raises(ValueError, match="not a valid program"):
        _kernels.ProgramArrays(**program)


@pytest.mark.parametrize("last", [C(0, ()), C(6, ()), C(6, [G(Opcode.X, (0,))] * 18)])
def test_sampling_wants_the_paulis_at_the_end(last):
    rng = np.random.default_rng(2)
    program = some_program(rng, last=last)
    arrays, noise = _kernels.ProgramArrays(**arrays_of(program)), sites_for(program, rng)
    with pytest.raises(ValueError, match="the last circuit is not X, Y and Z of each qubit"):
        _kernels.sample(
            arrays, _kernels.SiteArrays(**noise), np.zeros(0), np.ones(3, np.uint32), 1, 0, 1, 1e8
        )


@pytest.mark.parametrize("value", [-0.1, 1.5, np.nan])
def test_a_readout_that_is_no_probability_is_refused(value):
    rng = np.random.default_rng(3)
    program = some_program(rng)
    arrays, noise = _kernels.ProgramArrays(**arrays_of(program)), sites_for(program, rng)
    with pytest.raises(ValueError, match="readout"):
        _kernels.sample(
            arrays,
            _kernels.SiteArrays(**noise),
            np.array([0.1, value]),
            np.ones(3, np.uint32),
            1,
            0,
            1,
            1e8,
        )

"""The compiled scanner and the strict decoder agree on what every circuit means."""

import json
import os

import numpy as np
import pytest
from harness.circuits import read_job
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from unit.formats.gate_spellings import circuits, jobs
from unit.formats.mutations import mutated

from paultrap import _kernels
from paultrap.circuits import Program
from paultrap.formats import CircuitBatch, CircuitError, CircuitLimits, split
from paultrap.formats.strict import CircuitPlace, read_gates
from paultrap.formats.table import TABLE

ARRAYS = Program.__slots__
EXAMPLES = int(os.environ.get("PAULTRAP_EXAMPLES", "60"))  # more of them for a long search
quickly = settings(
    deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow]
)
broadly = settings(quickly, max_examples=5 * EXAMPLES)


def scanned(text, width, native):
    """Return the scanner's program of one gate list, or None where it hands it back."""
    arrays, handed_back = _kernels.scan(
        text, np.array([0, len(text)]), np.array([width], np.int32), np.array([native]), TABLE, 29
    )
    return None if len(handed_back) else Program(*arrays)


def strictly(text, width, native):
    """Return the strict reader's program of one gate list; raises CircuitError."""
    gateset = "native" if native else "qis"
    place = CircuitPlace("input.circuit", None, 0, gateset, None if width < 0 else width, 29)
    return read_gates(text, place)


def assert_same(one, other):
    for name in ARRAYS:
        ours, theirs = getattr(one, name), getattr(other, name)
        assert ours.dtype == theirs.dtype, name
        assert ours.tobytes() == theirs.tobytes(), name


def gates_of(program):
    """Return each gate as opcode, targets, controls and params."""
    return [
        (gate.opcode, gate.qubits[: gate.n_targets], gate.qubits[gate.n_targets :], gate.params)
        for circuit in range(program.n_circuits)
        for gate in program.gates_of(circuit)
    ]


def expected(spelled):
    return [(int(g.opcode), g.targets, g.controls, g.params) for g in spelled.gates]


@quickly
@given(circuits())
def test_scanner_and_decoder_read_a_valid_circuit_as_what_it_means(spelled):
    strict = strictly(spelled.text, spelled.width, spelled.native)
    fast = scanned(spelled.text, spelled.width, spelled.native)

    assert gates_of(strict) == expected(spelled)
    assert strict.widths.tolist() == [spelled.width]
    assert fast is not None or not spelled.ordinary
    if fast is not None:
        assert_same(fast, strict)


@quickly
@given(circuits(ordinary=True))
def test_without_a_declared_width_scanner_and_decoder_find_the_highest_qubit(spelled):
    fast = scanned(spelled.text, -1, spelled.native)
    strict = strictly(spelled.text, -1, spelled.native)

    assert_same(fast, strict)
    used = [qubit for gate in spelled.gates for qubit in gate.targets + gate.controls]
    assert fast.widths.tolist() == [max(used, default=0) + 1]


@broadly
@given(
    circuits().flatmap(lambda s: st.tuples(mutated(s.text), st.just(s.native), st.integers(-1, 29)))
)
@example((b'[{"gate":"rx","target":0,"rotation":-0}]', False, 1))
@example((b'[{"gate":"rx","target":0,"rotation":1e-999}]', False, 1))
@example((b'[{"gate":"rx","target":0,"rotation":0.' + b"1" * 2_000 + b"}]", False, 1))
@example((b'[{"gate":"h","target":00}]', False, 1))
@example((b"[] ", False, 1))
@example((b"[", False, 1))
def test_what_the_scanner_accepts_the_strict_reader_accepts_alike(case):
    text, native, width = case
    width = width or 1
    fast = scanned(text, width, native) if text else None
    try:
        # A text that is no list never comes to either: split leaves it in the envelope.
        strict = strictly(text, width, native) if text[:1] == b"[" else None
    except CircuitError:
        strict = None

    if fast is not None:
        assert strict is not None
        assert_same(fast, strict)


@quickly
@given(jobs())
def test_a_valid_job_is_read_as_what_it_means(case):
    body, spelled, is_multicircuit = case

    batch = read_job(body, CircuitLimits())

    assert gates_of(batch.program) == [gate for circuit in spelled for gate in expected(circuit)]
    assert np.diff(batch.program.gate_offsets).tolist() == [len(c.gates) for c in spelled]
    assert batch.program.widths.tolist() == [c.width for c in spelled]
    assert batch.gatesets == ["native" if c.native else "qis" for c in spelled]
    assert batch.names == [f"c{index}" for index in range(len(spelled))]
    assert batch.is_multicircuit is is_multicircuit


def read_or_refuse(body):
    try:
        return read_job(body, CircuitLimits())
    except CircuitError as error:
        return error


@broadly
@given(jobs().flatmap(lambda case: mutated(case[0])))
def test_any_bytes_give_circuits_or_a_circuit_error(body):
    found = read_or_refuse(body)

    if isinstance(found, CircuitError):
        assert str(found)
        return
    reference = json.loads(body.decode())  # a job that is read is JSON
    value = reference.get("input") or reference["body"]
    entries = value if isinstance(value, list) else value.get("circuits") or [value]
    assert [len(entry["circuit"]) for entry in entries] == np.diff(
        found.program.gate_offsets
    ).tolist()
    names = [gate["gate"] for entry in entries for gate in entry["circuit"]]
    assert len(names) == found.program.n_gates


@quickly
@given(st.binary(max_size=200))
def test_noise_gives_a_circuit_error(body):
    assert isinstance(read_or_refuse(body), CircuitError | CircuitBatch)


@quickly
@given(jobs())
def test_the_envelope_is_the_body_without_its_gates(case):
    body, spelled, _ = case
    job = split(body)

    def without_gates(value):
        if isinstance(value, dict):
            return {
                k: None if k == "circuit" and isinstance(v, list) else without_gates(v)
                for k, v in value.items()
            }
        return [without_gates(item) for item in value] if isinstance(value, list) else value

    assert json.loads(job.envelope) == without_gates(json.loads(body))
    assert [body[begin:end] for begin, end in job.spans.tolist()] == [c.text for c in spelled]


def split_or_refuse(*arguments):
    try:
        return _kernels.split(*arguments), None
    except _kernels.JsonError as error:
        return None, error.args


@broadly
@given(
    jobs().map(lambda case: case[0]).flatmap(lambda b: st.just(b) | mutated(b)), st.integers(1, 200)
)
@example(b'{"input":{"circuits":[{"circuit":[]},{"circuit":[ {"gate":"h","target":0} ]}]}}', 1)
@example(
    b'{"input":{"circuit":[{"gate":"zz","targets":[0,1],"rotation":1},{"gate":"h","target":0}]}}',
    70,
)
@example(b'{"metadata":{"a":"\\"circuit\\":[{"},"input":{"circuit":[{"gate":"h","target":0}]}}', 7)
def test_wherever_a_body_is_cut_the_threads_read_the_same(body, piece):
    """Gate lists read ahead from anywhere change neither what is found nor what is refused."""
    plain, refusal = split_or_refuse(body)
    ahead, other_refusal = split_or_refuse(body, TABLE, piece)

    assert refusal == other_refusal
    if refusal:
        return
    *plain, nothing = plain
    *ahead, lists = ahead
    assert nothing is None
    for one, other in zip(plain, ahead, strict=True):
        assert np.array_equal(one, other)
    spans = plain[1]
    for native in (False, True):
        for width in (-1, 3):
            given_lists = body, spans, np.full(len(spans) // 2, width, np.int32)
            rest = np.full(len(spans) // 2, native), TABLE, 29
            alone = _kernels.scan(*given_lists, *rest)
            taken = _kernels.scan(*given_lists, *rest, lists)
            for one, other in zip((*alone[0], alone[1]), (*taken[0], taken[1]), strict=True):
                assert one.dtype == other.dtype
                assert one.tobytes() == other.tobytes()


def test_gates_read_for_one_body_are_not_given_to_another():
    body = b'{"input":{"circuit":[]}}'
    *_, lists = _kernels.split(body, TABLE)
    given_body = bytes(bytearray(body)), np.array([20, 22]), np.array([1], np.int32)
    with pytest.raises(ValueError, match="another body"):
        _kernels.scan(*given_body, np.array([False]), TABLE, 29, lists)

"""Program and Distributions: what goes into a blob comes out of it."""

import numpy as np
import pytest

from paultrap.circuits import BlobError, Distributions, Opcode, Program


def program() -> Program:
    """Return two circuits: h(0), x(2; control 1) and one rx(0.5) on qubit 0."""
    return Program(
        widths=np.array([3, 1], np.uint16),
        gate_offsets=np.array([0, 2, 3]),
        opcodes=np.array([Opcode.H, Opcode.X, Opcode.RX], np.uint8),
        control_counts=np.array([0, 1, 0], np.uint16),
        qubit_offsets=np.array([0, 1, 3, 4]),
        qubits=np.array([0, 2, 1, 0], np.uint16),
        param_offsets=np.array([0, 0, 0, 1]),
        params=np.array([0.5]),
    )


def assert_same(one: Program, other: Program) -> None:
    for field in Program.__slots__:
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
        assert getattr(one, field).dtype == getattr(other, field).dtype


def test_a_program_survives_its_blob():
    assert_same(program(), Program.from_bytes(program().to_bytes()))


def test_a_slice_is_a_program_of_its_own():
    last = program().slice(1, 2)

    assert last.n_circuits == last.n_gates == 1
    assert last.params.tolist() == [0.5]
    assert_same(last, Program.from_bytes(last.to_bytes()))


def test_gates_are_counted_by_the_qubits_that_they_touch():
    assert program().gate_counts().tolist() == [[1, 1], [1, 0]]


def distributions() -> Distributions:
    return Distributions(
        offsets=np.array([0, 1, 3]),
        states=np.array([1, 0, 6], np.uint64),
        probabilities=np.array([1.0, 0.5, 0.5]),
    )


def test_distributions_survive_their_blob():
    copy = Distributions.from_bytes(distributions().to_bytes())

    assert [copy.as_dict(0), copy.as_dict(1)] == [{1: 1.0}, {0: 0.5, 6: 0.5}]


def test_parts_put_together_again_are_the_whole():
    whole = distributions()

    again = Distributions.concatenate([whole.slice(0, 1), whole.slice(1, 2)])

    assert again.to_bytes() == whole.to_bytes()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda blob: b"ELSE" + blob[4:], "expected a PTPR blob"),
        (lambda blob: blob[:4] + b"\x63\x00" + blob[6:], "found 99"),
        (lambda blob: blob[:-3], "damaged"),
        (lambda blob: blob[:10], "damaged"),
        (lambda _: b"", "damaged"),
    ],
)
def test_a_damaged_blob_is_refused(damage, says):
    with pytest.raises(BlobError, match=says):
        Program.from_bytes(damage(program().to_bytes()))

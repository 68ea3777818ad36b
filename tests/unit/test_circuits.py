"""Program and Distributions: what goes into a blob comes out of it."""

import numpy as np
import pytest

from paultrap.circuits import BlobError, Distributions, Opcode, PlacedGate, Program, SimulationError

H = PlacedGate(Opcode.H, (0,))
CNOT = PlacedGate(Opcode.X, (2, 1), controls=1)
RX = PlacedGate(Opcode.RX, (0,), params=(0.5,))
# `program`, as releases since the first have stored it.
STORED = bytes.fromhex(
    "50545052010008007531020000000000000075310200000000000000753103000000000000007531"
    "03000000000000007531030000000000000075310400000000000000753103000000000000006638"
    "01000000000000000301020103000a00010001020100020100000001000000000000e03f"
)


def program() -> Program:
    """Return two circuits: h(0), x(2; control 1) and one rx(0.5) on qubit 0."""
    return Program.build([[H, CNOT], [RX]], [3, 1])


def assert_same(one: Program, other: Program) -> None:
    for field in Program.__slots__:
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
        assert getattr(one, field).dtype == getattr(other, field).dtype


def test_a_program_survives_its_blob():
    assert_same(program(), Program.from_bytes(program().to_bytes()))


def test_what_earlier_releases_stored_is_read_and_written():
    assert program().to_bytes() == STORED
    assert_same(program(), Program.from_bytes(STORED))


def test_the_arrays_are_those_that_the_class_describes():
    found = program()

    assert found.widths.tolist() == [3, 1]
    assert found.gate_offsets.tolist() == [0, 2, 3]
    assert found.opcodes.tolist() == [Opcode.H, Opcode.X, Opcode.RX]
    assert found.control_counts.tolist() == [0, 1, 0]
    assert found.qubit_offsets.tolist() == [0, 1, 3, 4]
    assert found.qubits.tolist() == [0, 2, 1, 0]
    assert found.param_offsets.tolist() == [0, 0, 0, 1]
    assert found.params.tolist() == [0.5]


def test_gates_come_out_as_they_went_in():
    assert [program().gates_of(index) for index in range(2)] == [[H, CNOT], [RX]]
    assert program().gates_of(0, 1) == [CNOT]
    assert program().gates_of(0, 0, 1) == [H]


def test_circuits_are_chosen_by_a_mask_or_by_indices_in_any_order():
    rng = np.random.default_rng(1)
    circuits = [[[H, CNOT, RX][k] for k in rng.integers(3, size=n)] for n in (0, 5, 1, 7, 0, 3)]
    whole = Program.build(circuits, [3] * 6)

    some = np.array([True, False, True, True, False, False])
    assert_same(whole.select(some), Program.build([circuits[k] for k in (0, 2, 3)], [3] * 3))
    order = [3, 1, 1, 5]
    assert_same(whole.select(np.array(order)), Program.build([circuits[k] for k in order], [3] * 4))
    assert_same(whole.select(~some | some), whole)
    assert_same(whole.select(some & ~some), Program.empty())


def test_each_circuit_is_repeated():
    assert_same(program().repeat(2), Program.build([[H, CNOT]] * 2 + [[RX]] * 2, [3, 3, 1, 1]))


def test_parts_become_one_circuit():
    one, other = program().slice(0, 1), program().slice(1, 2)

    assert_same(Program.compose([one, other]), Program.build([[H, CNOT, RX]], [3]))
    assert_same(Program.concatenate([one, other]), program())
    assert_same(one.gate_slice(1, 2), Program.build([[CNOT]], [3]))


def test_circuits_without_gates():
    assert Program.empty().n_circuits == 0
    assert_same(Program.empty(2), Program.build([[], []], [0, 0]))


def test_qubits_that_no_gate_acts_on_are_left_out_where_that_is_wanted():
    apart = [PlacedGate(Opcode.X, (90, 7), 1), PlacedGate(Opcode.H, (40,))]
    packed = [PlacedGate(Opcode.X, (2, 0), 1), PlacedGate(Opcode.H, (1,))]
    both = Program.build([apart, apart], [100, 100])

    found = both.without_idle_qubits(np.array([True, False]), least=2)
    assert_same(found, Program.build([packed, apart], [3, 100]))
    found = both.without_idle_qubits(np.array([False, True]), least=65)
    assert_same(found, Program.build([apart, packed], [100, 65]))


def test_what_is_asked_of_gates():
    found = program()

    assert found.gates_per_circuit().tolist() == [2, 1]
    assert found.qubits_per_gate().tolist() == [1, 2, 1]
    assert found.has_controls().tolist() == [False, True, False]
    assert found.circuit_of_each_gate().tolist() == [0, 0, 1]
    assert found.first_gates().tolist() == [0, 2]
    assert found.qubits_at(np.array([1, 1, 2]), np.array([0, 1, 0])).tolist() == [2, 1, 0]


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


def test_what_a_blob_gives_lies_as_compiled_code_may_read_it():
    found = Program.from_bytes(program().to_bytes())
    copy = Distributions.from_bytes(distributions().to_bytes())
    arrays = [getattr(found, field) for field in Program.__slots__]
    arrays += [copy.offsets, copy.states, copy.probabilities]

    assert all(array.flags.aligned for array in arrays)
    assert not copy.probabilities.flags.writeable


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


@pytest.mark.parametrize(
    ("error", "alone", "in_a_job"),
    [
        (
            SimulationError(": too long", 2, 5),
            "circuit 2, gate 5: too long",
            "circuit 42, gate 5: too long",
        ),
        (
            SimulationError(" has 80 qubits", 2),
            "circuit 2 has 80 qubits",
            "circuit 42 has 80 qubits",
        ),
        (SimulationError("too long together"), "too long together", "too long together"),
    ],
)
def test_an_error_counts_circuits_as_its_program_does_or_as_a_job_does(error, alone, in_a_job):
    assert str(error) == alone
    assert error.describe(40) == in_a_job


def test_a_distribution_is_found_from_either_end_and_nowhere_else():
    found = Distributions(np.arange(4), np.arange(3, dtype=np.uint64), np.ones(3))
    assert [found.as_dict(index) for index in range(3)] == [{0: 1.0}, {1: 1.0}, {2: 1.0}]
    assert [found.as_dict(index) for index in (-3, -1, np.int64(2))] == [
        {0: 1.0},
        {2: 1.0},
        {2: 1.0},
    ]
    for index in (3, -4, 300):
        with pytest.raises(IndexError, match="there are 0 to 2"):
            found.as_dict(index)
    with pytest.raises(IndexError, match="there are none"):
        Distributions.concatenate([]).as_dict(0)

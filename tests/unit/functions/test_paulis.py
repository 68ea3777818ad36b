import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.functions.functions_reference import commute_qubitwise, hamiltonian

from paultrap.circuits import Opcode
from paultrap.functions.paulis import DiagonalSum, PauliError, PauliString, groups_of

TEXTS = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.text("IXYZ", min_size=width, max_size=width), min_size=1)
)


def read(text: str) -> PauliString:
    return PauliString.read(text, len(text))


@pytest.mark.parametrize(
    ("text", "width", "x", "z"),
    [("XIZY", 4, 0b1001, 0b0011), ("Z0 X3 Y1", 4, 0b1010, 0b0011), ("I", 1, 0, 0), ("Z1", 2, 0, 2)],
)
def test_both_spellings_are_read(text, width, x, z):
    assert PauliString.read(text, width) == (x, z)


@pytest.mark.parametrize("text", ["", "ZZ", "ZZZZ", "zzz", "ZAZ", "Z3", "Z0 X0", "Z-1", "Z0,Z1"])
def test_other_texts_are_refused(text):
    with pytest.raises(PauliError):
        PauliString.read(text, 3)


def test_a_text_that_no_circuit_is_wide_enough_for_is_refused_unread():
    with pytest.raises(PauliError, match="20,001 letters, more than any circuit has qubits"):
        PauliString.read("Z0" + 6_666 * " X1" + "!", 3)


@given(TEXTS, st.booleans())
def test_the_members_of_a_group_commute_on_every_qubit_and_no_term_is_lost(texts, diagonal):
    width = len(texts[0])
    groups = groups_of(map(read, texts), diagonal_of=width if diagonal else 0)

    assert sorted(place for group in groups for place in group.members) == list(range(len(texts)))
    for group in groups:
        own = [texts[place] for place in group.members]
        assert all(commute_qubitwise(one, other) for one in own for other in own)
    if diagonal:
        assert groups[0].x == 0
        assert all(set(texts[place]) <= set("IZ") for place in groups[0].members)


@given(TEXTS)
def test_a_group_turns_each_of_its_letters_to_z(texts):
    for group in groups_of(map(read, texts)):
        letters = {
            qubit: letter
            for place in group.members
            for qubit, letter in enumerate(reversed(texts[place]))
            if letter != "I"
        }
        changes = [(gate.opcode, gate.qubits[0]) for gate in group.basis_change()]
        expected = []
        for qubit, letter in sorted(letters.items()):
            expected += [(Opcode.SI, qubit)] * (letter == "Y")
            expected += [(Opcode.H, qubit)] * (letter in "XY")
        assert changes == expected


def test_more_groups_than_wanted_end_the_search():
    texts = [a + b + c for a in "XYZ" for b in "XYZ" for c in "XYZ"]

    assert len(groups_of(map(read, texts), most=5)) == 6
    assert len(groups_of(map(read, texts))) == 27


def test_hundreds_of_groups_are_kept_apart():
    texts = [
        a + b + c + d + e for a in "XYZ" for b in "XYZ" for c in "XYZ" for d in "XYZ" for e in "XYZ"
    ]

    groups = groups_of(map(read, texts * 2))

    assert len(groups) == 243
    assert all(group.members == [n, n + 243] for n, group in enumerate(groups))


@pytest.mark.parametrize("some", [4, 32])
def test_a_sum_of_products_of_z_has_one_value_with_a_table_and_without(some):
    rng = np.random.default_rng(4)
    terms = {"".join(rng.choice(list("IZ"), 5)): float(rng.normal()) for _ in range(20)}
    masks = [read(text).support for text in terms]
    states = rng.permutation(32).astype(np.uint64)[:some]
    found = DiagonalSum([*masks, masks[0]], [*terms.values(), 0.5], 5)

    values = found.of(states)

    terms[next(iter(terms))] += 0.5
    assert values == pytest.approx(np.diag(hamiltonian(terms)).real[states.astype(int)])
    assert (found._table is not None) == (some == 32)

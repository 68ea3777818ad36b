"""How long a pauliexp may be: what can be computed is read, anything else is refused by name."""

import json
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from harness.circuits import read_job
from unit.formats.gate_spellings import anticommute
from unit.formats.test_scanner_and_decoder import assert_same, scanned, strictly

from paultrap import _kernels
from paultrap.formats import CircuitError, CircuitLimits

LARGEST = 1.7976931348623157e308


def gates(time, **terms) -> bytes:
    """Return a gate list with one pauliexp; its terms' names have their coefficients."""
    width = len(next(iter(terms)))
    gate = {"gate": "pauliexp", "targets": list(range(width)), "time": time}
    gate |= {"terms": list(terms), "coefficients": list(terms.values())}
    return json.dumps([gate]).encode()


TAKEN = {
    "not above the limit": gates(2.0, X=2.5e5, Z=-2.5e5),
    "signs do not add up": gates(1.0, XI=-5e5, ZI=5e5, IX=5e5, IY=-5e5),  # two sums of 1e6
    "commuting, for ever": gates(1e10, XX=1e10, ZZ=-1e290, YY=3.0),
    "one term": gates(1e200, Y=1e108),
    "as large as a double": gates(1.0, Z=LARGEST),
    "sums overflow, of terms that commute": gates(1.0, ZI=LARGEST, IZ=LARGEST),
    "the identity commutes": gates(1e9, I=1e9, X=1e-4, Z=1e-4),
    "0 links nothing": gates(1e9, XX=1e9, ZI=0, ZZ=1e9),
    "no time": gates(0, X=LARGEST, Z=LARGEST),
    "a tiny product of extremes": gates(1e-308, X=1e308, Z=-1e308),
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_both_readers_take_what_can_be_computed(text):
    fast = scanned(text, -1, native=False)

    assert fast is not None
    assert_same(fast, strictly(text, -1, native=False))


REFUSED = {
    "above the limit": (gates(2.0, X=2.5e5, Z=-2.500001e5), "commute is 1e+06, and the limit"),
    "by far": (gates(1e6, X=1, Z=0.5), "commute is 1.5e+06, and the limit is 1e+06"),
    "one of two sums": (gates(1.0, XI=1, ZI=1, IX=9e5, IZ=9e5), "commute is 1.8e+06"),
    "linked by a third": (gates(1.0, XI=6e5, IX=6e5, ZZ=1e-9), "commute is 1.2e+06"),
    "not a double": (gates(1e308, X=1e308), "the time times a coefficient is too large"),
    "just not a double": (gates(2.0, Z=9e307), "the time times a coefficient is too large"),
    "a sum that is none": (gates(1.0, X=LARGEST, Y=LARGEST), "is 1.79769e+308 or more, and"),
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_with_its_place(text, problem):
    assert scanned(text, -1, native=False) is None
    circuits = [{"circuit": []}, {"circuit": [{"gate": "h", "target": 0}, *json.loads(text)]}]

    with pytest.raises(CircuitError) as refusal:
        read_job(json.dumps({"input": {"circuits": circuits}}).encode(), CircuitLimits())

    error = refusal.value
    assert str(error).startswith("circuit 1, gate 1 (pauliexp): the time times ")
    assert problem in str(error)
    assert str(error).endswith(' (field "time")')
    assert error.path == "input.circuits[1].circuit[1].time"
    assert (error.circuit, error.gate, error.field) == (1, 1, "time")


@pytest.mark.parametrize("seed", range(40))
def test_sums_are_of_terms_that_are_linked_by_not_commuting(seed):
    rng = np.random.default_rng(seed)
    width, n_terms = int(rng.choice([2, 3, 5, 70])), int(rng.integers(1, 30))
    # Few letters on few places, or all terms would be linked.
    letters = rng.choice(list("IXYZ"), (n_terms, width), p=[0.91, 0.03, 0.03, 0.03])
    letters[:, rng.integers(width)] = rng.choice(list("IZ"), n_terms)
    terms = ["".join(row) for row in letters]
    coefficients = rng.normal(0, 1e8, n_terms)
    graph = nx.Graph()
    graph.add_nodes_from(range(n_terms))
    pairs = combinations(range(n_terms), 2)
    graph.add_edges_from((j, k) for j, k in pairs if anticommute(terms, j, k))
    linked = [list(part) for part in nx.connected_components(graph) if len(part) > 1]
    longest = max((0.5 * abs(coefficients[part]).sum() for part in linked), default=0.0)
    codes = ["IXYZ".index(letter) for term in terms for letter in term]

    problem = _kernels.evolution_problem(np.array([0.5, *coefficients, *codes]), width)

    assert (problem is None) == (longest <= 1e6)
    if problem is not None:
        assert f"commute is {longest:.6g}, and" in problem


def test_very_many_terms_are_judged_as_soon_as_they_are_read():
    """In a time linear in their number, while other threads run; of pairs there are 5e9."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 100_000 * 8)

    problem = _kernels.evolution_problem(np.array([1.0, *[100.0] * 100_000, *codes]), 8)

    assert problem is not None
    assert "is 1e+07" in problem

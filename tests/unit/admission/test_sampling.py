"""How a job is sampled: its model, its seed, and the width of its machine."""

import json

import numpy as np
import pytest

from paultrap.admission import Refusal
from paultrap.admission.sampling import model_of, new_seed, noise_json, too_wide
from paultrap.jobs import Sampling
from paultrap.machines import Machines

MACHINES = Machines.shipped()
ARIA = MACHINES.models["aria-1"]
SIMULATOR, QPU = MACHINES.backends["simulator"], MACHINES.backends["qpu.aria-1"]


def test_the_simulator_has_the_noise_that_is_asked_for():
    assert model_of(SIMULATOR, "ideal", MACHINES) is None
    assert model_of(SIMULATOR, "aria-1", MACHINES) == ARIA


def test_a_qpu_has_its_own_noise_whatever_is_asked_for():
    for asked in ("ideal", "forte-1", "nonesuch"):
        assert model_of(QPU, asked, MACHINES) == ARIA


def test_an_unknown_model_is_named_with_those_that_there_are():
    with pytest.raises(Refusal, match=r'"aria-9"; there are "ideal", "aria-1", '):
        model_of(SIMULATOR, "aria-9", MACHINES)


def test_a_circuit_wider_than_the_machine_is_named():
    assert too_wide(np.array([1, 25], np.uint16), Sampling(1, 1, ARIA), QPU) is None
    found = too_wide(np.array([25, 26, 29], np.uint16), Sampling(1, 1, ARIA), QPU)
    assert found is not None
    assert found.startswith("not enough qubits: circuit 1 has 26")
    assert found.endswith(" has 25.")


def test_the_noise_is_shown_with_its_seed():
    assert json.loads(noise_json(Sampling(1, -5, ARIA))) == {"model": "aria-1", "seed": -5}


def test_fresh_seeds_are_in_the_documented_range():
    seeds = {new_seed() for _ in range(100)}

    assert len(seeds) > 90
    assert all(1 <= seed <= 2**31 - 1 for seed in seeds)

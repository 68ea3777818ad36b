"""How a job is sampled: its model, its seed, and the width of its machine."""

import json

import numpy as np
import pytest

from paultrap import run
from paultrap.admission import Refusal
from paultrap.admission.sampling import AskedNoise, new_seed, noise_of, too_wide
from paultrap.jobs import Sampling
from paultrap.limits import named
from paultrap.machines import Machines

MACHINES = Machines.shipped()
ARIA = MACHINES.models["aria-1"]
SIMULATOR, QPU = MACHINES.backends["simulator"], MACHINES.backends["qpu.aria-1"]


def noise(backend, model, seed=None):
    return noise_of(AskedNoise(model, seed), backend, 100, MACHINES, debiasing=None)


def test_the_simulator_has_the_noise_that_is_asked_for():
    assert noise(SIMULATOR, "ideal").sampling is None
    assert noise(SIMULATOR, "aria-1").sampling.noise == ARIA


def test_a_qpu_has_its_own_noise_whatever_is_asked_for():
    for asked in ("ideal", "forte-1", "nonesuch"):
        assert noise(QPU, asked).sampling.noise == ARIA


def test_an_unknown_model_is_named_with_those_that_there_are():
    with pytest.raises(Refusal, match=r'"aria-9"; there are "ideal", "aria-1", '):
        noise(SIMULATOR, "aria-9")


def test_a_circuit_wider_than_the_machine_is_named():
    assert too_wide(np.array([1, 25], np.uint16), Sampling(1, 1, ARIA), QPU) is None
    found = too_wide(np.array([25, 26, 29], np.uint16), Sampling(1, 1, ARIA), QPU)
    assert found is not None
    assert found.startswith("not enough qubits: circuit 1 has 26")
    assert found.endswith(" has 25.")


@pytest.mark.parametrize("name", ["qpu.forte-1", "qpu.forte-enterprise-1"])
def test_a_qpu_is_as_wide_as_its_backend_says(name):
    machines = Machines.shipped()
    job = {"type": "ionq.circuit.v1", "backend": name, "shots": 600, "noise": {"seed": 3}}

    def run_on(qubits, gate):
        gates = [gate | {"target": 0}, {"gate": "x", "target": qubits - 1, "control": 0}]
        return run(job | {"input": {"qubits": qubits, "circuit": gates}}, machines=machines)

    assert machines.backends[name].qubits == 36
    for qubits in (30, 36):
        found = run_on(qubits, {"gate": "h"}).as_dict(0)
        assert found[0] + found[1 + 2 ** (qubits - 1)] > 0.8
        with pytest.raises(Refusal, match=r"not a Clifford gate; .* up to 29 qubits") as refused:
            run_on(qubits, {"gate": "t"})
        assert named(refused.value.message).find("PAULTRAP_MAX_QUBITS") > 0
    with pytest.raises(Refusal, match=f'circuit 0 has 37, and "{name}" has 36'):
        run_on(37, {"gate": "h"})


def test_the_noise_is_shown_with_its_seed():
    assert json.loads(noise(SIMULATOR, "aria-1", -5).echo) == {"model": "aria-1", "seed": -5}


def test_fresh_seeds_are_in_the_documented_range():
    seeds = {new_seed() for _ in range(100)}

    assert len(seeds) > 90
    assert all(1 <= seed <= 2**31 - 1 for seed in seeds)

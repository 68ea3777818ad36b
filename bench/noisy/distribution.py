"""Hold sampled answers of 11 noisy qubits to qiskit-aer's density matrix, by chi-square tests.

Usage: python bench/noisy/distribution.py [--circuits N] [--shots N]

A density matrix knows the exact probabilities of a noisy circuit. For each circuit it prints the
total variation distance of our shots from them, what chance alone would make of it, and the p-value
of Pearson's chi-square test, and at the end whether the p-values look uniform.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from scipy.stats import chi2, kstest

sys.path.insert(0, str(Path(__file__).parent.parent))

from noisy.ours import as_written
from noisy.peers import aer_circuit, aer_noise
from noisy.workloads import entangled
from ours import read
from paultrap.engine import Draw, sample
from peers import wire
from workloads import job

WIDTH = 11
LEAST_EXPECTED = 5.0  # states that are expected less often are tested together


def exact(circuit: QuantumCircuit) -> NDArray[np.float64]:
    """Return the probabilities of all states with noise, shape (2**WIDTH,)."""
    circuit.save_probabilities()
    simulator = AerSimulator(method="density_matrix", noise_model=aer_noise())
    found = simulator.run(circuit, shots=1).result().data(0)["probabilities"]
    return np.asarray(found, float)


def chi_square(counts: NDArray[np.int64], expected: NDArray[np.float64]) -> float:
    """Return the p-value; rare states are one class."""
    rare = expected < LEAST_EXPECTED
    seen = np.append(counts[~rare], counts[rare].sum())
    wanted = np.append(expected[~rare], expected[rare].sum())
    if wanted[-1] < LEAST_EXPECTED:
        seen, wanted = (
            np.append(seen[:-2], seen[-2:].sum()),
            np.append(wanted[:-2], wanted[-2:].sum()),
        )
    statistic = ((seen - wanted) ** 2 / wanted).sum()
    return float(chi2.sf(statistic, len(wanted) - 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--circuits", type=int, default=12)
    parser.add_argument("--shots", type=int, default=1_000_000)
    options = parser.parse_args()
    p_values = []
    for seed in range(options.circuits):
        body = job([entangled(WIDTH, seed)], WIDTH)
        answer = sample(read(body), Draw(options.shots, seed), noise=as_written())
        counts = np.zeros(2**WIDTH, np.int64)
        counts[answer.states] = np.rint(answer.probabilities * options.shots)
        (entry,) = wire.decode(body).input.circuits
        truth = exact(aer_circuit(entry.circuit, WIDTH))
        distance = np.abs(counts / options.shots - truth).sum() / 2
        # The mean absolute deviation of a binomial, by its normal limit.
        chance = np.sqrt(truth * (1 - truth) / options.shots * 2 / np.pi).sum() / 2
        p_values.append(chi_square(counts, truth * options.shots))
        print(
            f"circuit {seed:2}: total variation {distance:.5f} (chance alone {chance:.5f}), "
            f"p = {p_values[-1]:.3f}",
            flush=True,
        )
    print(f"uniform p-values (Kolmogorov-Smirnov): p = {kstest(p_values, 'uniform').pvalue:.3f}")


if __name__ == "__main__":
    main()

"""The benchmarks' way of calling the engine works: they are run by hand, and rarely."""

import ast
import importlib
from pathlib import Path

import numpy as np
import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize("precision", ["single", "double"])
def test_our_side_runs_a_workload(precision):
    from ours import Paultrap
    from workloads import WORKLOADS

    workload = next(each for each in WORKLOADS if each.key == "W2")
    found = Paultrap(precision=precision, threads=1).run(workload.body).distributions
    sums = np.add.reduceat(found.probabilities, found.offsets[:-1])
    assert len(sums) > 100
    np.testing.assert_allclose(sums, 1, atol=1e-6)


@pytest.mark.usefixtures("bench")
def test_our_side_samples_a_workload_with_noise():
    from noisy.ours import ours
    from noisy.workloads import SHOTS, WORKLOADS
    from paultrap.engine import RunOptions

    workload = min((each for each in WORKLOADS if each.noisy), key=lambda each: each.width)
    found = ours(workload, RunOptions(threads=1))(workload.make())
    counts = np.add.reduceat(np.rint(found.probabilities * SHOTS), found.offsets[:-1])
    assert set(counts) == {SHOTS}


@pytest.mark.parametrize("path", sorted(BENCH.rglob("*.py")), ids=lambda path: path.stem)
def test_what_a_benchmark_imports_is_there(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("paultrap"):
            module = importlib.import_module(node.module)
            for each in node.names:
                if not hasattr(module, each.name):
                    importlib.import_module(f"{node.module}.{each.name}")

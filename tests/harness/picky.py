"""A plug-in backend for tests, `qpu.picky`: exact counts, but a circuit that turns by `BAD` fails.

It runs, too, as soon as there is the file that the variable `PAULTRAP_TEST_MENDED` names.
"""

import os
from pathlib import Path

__all__ = ["BAD", "write_picky"]

#: The angle of the rotation that the backend does not run, in radians.
BAD = 2.75

_CODE = f"""
import os
from pathlib import Path

import numpy as np

from paultrap.engine import simulate

class Picky:
    name, qubits, gateset, entangler = "qpu.picky", 5, "qis", "zz"

    def run(self, chunk):
        is_bad = np.any(np.abs(chunk.program.params - {BAD}) < 1e-9)
        if is_bad and not Path(os.environ["PAULTRAP_TEST_MENDED"]).exists():
            raise RuntimeError("no ion turns so far")
        found = simulate(chunk.program)
        return [self._counts(found.as_dict(k), chunk.shots) for k in range(found.n_circuits)]

    def _counts(self, distribution, shots):
        counts = {{state: int(p * shots) for state, p in distribution.items()}}
        likeliest = max(distribution, key=distribution.get)
        counts[likeliest] += shots - sum(counts.values())
        return {{state: count for state, count in counts.items() if count}}

TRAP = Picky()
"""


def write_picky(folder: Path) -> dict[str, str]:
    """Write the plug-in's package; return the variables with which a server finds it."""
    info = folder / "picky_trap-1.dist-info"
    info.mkdir(parents=True)
    (folder / "picky_trap.py").write_text(_CODE)
    (info / "METADATA").write_text("Name: picky-trap\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[paultrap.backends]\npicky = picky_trap:TRAP\n")
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "PAULTRAP_TEST_MENDED": str(folder / "mended"),
    }

# Types of the compiled kernels; each group is one file of src/kernels.

import numpy as np
from numpy.typing import NDArray

# statevector.cpp: programs to distributions

def simulate(
    widths: NDArray[np.uint16],
    gate_offsets: NDArray[np.int64],
    opcodes: NDArray[np.uint8],
    control_counts: NDArray[np.uint16],
    qubit_offsets: NDArray[np.int64],
    qubits: NDArray[np.uint16],
    param_offsets: NDArray[np.int64],
    params: NDArray[np.float64],
    threads: int,
    memory_limit: float,
    isa: str | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.float64]] | int: ...
def estimate(
    widths: NDArray[np.uint16],
    gate_offsets: NDArray[np.int64],
    opcodes: NDArray[np.uint8],
    control_counts: NDArray[np.uint16],
    qubit_offsets: NDArray[np.int64],
    qubits: NDArray[np.uint16],
    param_offsets: NDArray[np.int64],
    params: NDArray[np.float64],
    threads: int,
) -> tuple[int, NDArray[np.float64]]: ...
def isa(name: str | None = None) -> str: ...

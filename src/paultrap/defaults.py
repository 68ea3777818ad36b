"""What a job may hold where nobody says otherwise: the defaults of settings and of `paultrap.run`.

They are those of the real service, where it has such a limit.
"""

CIRCUITS = 5_000
GATES = 150_000
QUBITS = 29
CLIFFORD_QUBITS = 512
SHOTS = 1_000_000
DEFAULT_SHOTS = 100  # of a job that names no number
PROGRAM_BYTES = 1_000_000
PROGRAM_SECONDS = 60.0

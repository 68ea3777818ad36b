"""The limits of jobs as a server's settings have them, with the names of the settings."""

from types import MappingProxyType

from paultrap.admission import Limits
from paultrap.circuits import Evolution, Limit, Message, OverLimit
from paultrap.host import total_memory
from paultrap.settings import Settings, variable_of

_VARIABLES = MappingProxyType(
    {limit: variable_of(f"max_{limit}") for limit in Limit}
    | {Limit.MEMORY: variable_of("memory_limit")}
)


def limits_of(settings: Settings) -> Limits:
    """Return what the jobs of a server may hold and take.

    Memory is what counts until it is known which hosts there are: without a limit all that this machine
    has, where it runs jobs itself.
    """
    own_memory = total_memory() if settings.workers else None
    return Limits(
        circuits=settings.max_circuits,
        gates=settings.max_gates,
        qubits=settings.max_qubits,
        clifford_qubits=settings.max_clifford_qubits,
        shots=settings.max_shots,
        program_bytes=settings.max_program_bytes,
        program_seconds=settings.max_program_seconds,
        predicted_seconds=settings.max_predicted_seconds,
        memory=settings.memory_limit or own_memory,
        precision=settings.precision,
        strict=settings.strict,
        evolution=Evolution(settings.pauliexp),
    )


def named(message: Message) -> str:
    """Return a message with the name of the setting, where it is about a limit that is passed."""
    if isinstance(message, OverLimit):
        return message.naming(_VARIABLES)
    return message

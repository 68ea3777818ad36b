"""paultrap: a self-hosted quantum job server that speaks the IonQ Quantum Cloud API.

What `__all__` lists here, the protocol of plug-in backends in `paultrap.backends`, and
`paultrap.testing` are the public interface: they change as semantic versioning says. Every other
module is internal and may change in any release.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paultrap.backends import BackendError
    from paultrap.circuits import Distributions
    from paultrap.engine import MemoryLimitError
    from paultrap.errors import Error
    from paultrap.formats import CircuitError, CircuitLimits
    from paultrap.running import run

__all__ = [
    "BackendError",
    "CircuitError",
    "CircuitLimits",
    "Distributions",
    "Error",
    "MemoryLimitError",
    "__version__",
    "run",
]

__version__ = "0.1.0"

# Where each name is defined: imported when it is asked for, so that the command line, a server
# and its workers each load only what they use.
_HOMES = {
    "BackendError": "paultrap.backends",
    "CircuitError": "paultrap.formats",
    "CircuitLimits": "paultrap.formats",
    "Distributions": "paultrap.circuits",
    "Error": "paultrap.errors",
    "MemoryLimitError": "paultrap.engine",
    "run": "paultrap.running",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})

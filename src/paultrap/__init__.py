"""paultrap: a self-hosted quantum job server that speaks the IonQ Quantum Cloud API.

What `__all__` lists here, `PluginBackend` and `Chunk` of `paultrap.machines`, which plug-in backends
use, and `paultrap.testing` are the public interface: they change as semantic versioning says. Every other
module is internal and may change in any release.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paultrap.admission import Limits, Refusal
    from paultrap.circuits import Distributions, SimulationError
    from paultrap.engine import MemoryLimitError
    from paultrap.errors import Error
    from paultrap.languages import ReaderError
    from paultrap.machines import Machines, PluginError
    from paultrap.running import FailedJobError, Result, run

__all__ = [
    "Distributions",
    "Error",
    "FailedJobError",
    "Limits",
    "Machines",
    "MemoryLimitError",
    "PluginError",
    "ReaderError",
    "Refusal",
    "Result",
    "SimulationError",
    "__version__",
    "run",
]

__version__ = "0.1.0"

# Where each name is defined: imported at its first use, so that the command line, a server
# and its workers each load only what they use.
_HOMES = {
    "Distributions": "paultrap.circuits",
    "Error": "paultrap.errors",
    "FailedJobError": "paultrap.running",
    "Limits": "paultrap.admission",
    "Machines": "paultrap.machines",
    "MemoryLimitError": "paultrap.engine",
    "PluginError": "paultrap.machines",
    "SimulationError": "paultrap.circuits",
    "ReaderError": "paultrap.languages",
    "Refusal": "paultrap.admission",
    "Result": "paultrap.running",
    "run": "paultrap.running",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})

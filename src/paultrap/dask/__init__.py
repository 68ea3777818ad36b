"""The pull loop of a worker host on each worker of a Dask cluster.

Dask starts and ends the processes; jobs come from the database, as for `paultrap worker`. It takes the
extra ``dask``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from paultrap.dask.errors import DaskError

if TYPE_CHECKING:
    from paultrap.dask.following import follow
    from paultrap.dask.loop import LoopState, LoopStatus
    from paultrap.dask.working import ClusterWork, work

__all__ = ["ClusterWork", "DaskError", "LoopState", "LoopStatus", "follow", "work"]

# Imported at their first use: the process beside a Dask worker takes nothing of Dask.
_HOMES = {
    "ClusterWork": "working",
    "LoopState": "loop",
    "LoopStatus": "loop",
    "follow": "following",
    "work": "working",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        home = import_module(f"{__name__}.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        if error.name not in {"dask", "distributed"}:
            raise
        raise DaskError(
            'workers on a Dask cluster need distributed: pip install "paultrap[dask,postgresql]", or '
            '".[dask,postgresql]" in a checkout.'
        ) from error
    return getattr(home, name)

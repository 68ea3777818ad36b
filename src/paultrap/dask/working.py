"""`work`: has the workers of a Dask cluster run jobs, those that join later too."""

import time
from collections.abc import Sequence
from typing import Any

from distributed import Client

from paultrap.addresses import is_loopback
from paultrap.dask.errors import DaskError
from paultrap.dask.loop import LoopState, LoopStatus
from paultrap.dask.plugin import PullPlugin, plugin_on, status_on
from paultrap.dask.process import Told, settings_of
from paultrap.dask.versions import PACKAGES, complaint, versions_in
from paultrap.store import database_url, has_password, is_file, written

NAME = "paultrap"  # of the plug-in, where nobody says otherwise

_LONGEST_START_S = 60.0
_LOOK_S = 0.2
_SOON_S = 2.0  # A nanny that is told to end gives its Dask worker four seconds.


class ClusterWork:
    """The pull loops on the workers of a Dask cluster.

    Args:
        client: A client of the cluster.
        name: The name of the plug-in.
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    def workers(self) -> dict[str, LoopStatus]:
        """Return what the pull loop of each Dask worker does, by the Dask worker's address."""
        found = self._client.run(status_on, self._name, on_error="ignore")
        return {address: each for address, each in found.items() if each is not None}

    def stop(self) -> None:
        """End the pull loops, and start no more; what runs is ended or given back first.

        Where the cluster is gone, they have ended with it.
        """
        if self._client.status != "running":
            return
        try:
            self._client.unregister_worker_plugin(self._name)  # type: ignore[no-untyped-call]
        except (
            OSError,
            ValueError,
        ):  # The scheduler is gone, or there is no such plug-in any more.
            return


def work(  # noqa: PLR0913  # one keyword for each setting
    client: Client,
    database: str | None = None,
    *,
    name: str = NAME,
    backends: Sequence[str] | None = None,
    precision: str | None = None,
    lease_seconds: float | None = None,
    drain_seconds: float = _SOON_S,
    until: float | None = None,
    log_level: str | None = None,
    log_format: str | None = None,
    tracing: bool | None = None,
) -> ClusterWork:
    """Have each worker of a Dask cluster run jobs of a database, those that join later too.

    Each starts a process beside it that does what ``paultrap worker --slots 1`` does, with as many
    threads as the Dask worker has, and its memory limit. It ends with the Dask worker. What has no value here follows from the
    variables and the ``paultrap.toml`` of the Dask worker, as for ``paultrap worker``.

    Args:
        client: A client of the cluster.
        database: The URL of a PostgreSQL database; None where the Dask workers have it as a setting.
            It goes through the scheduler: with a password in it that must be by TLS, or on this machine.
        name: The name of the plug-in; one that is there under it, and was told otherwise, is replaced.
        backends: What they run: names of plug-in backends, and "simulator" for all that paultrap
            computes itself.
        precision: The precision of amplitudes, "double" or "single".
        lease_seconds: Seconds after which the work of a silent one is given to another.
        drain_seconds: Seconds that what runs may take when a Dask worker ends; then it is given back.
            Dask itself waits for 4 seconds where a nanny is told to end.
        until: Unix seconds at which all is to have ended.
        log_level: The least severe level that is logged, to where the Dask worker logs.
        log_format: How lines are logged: "json", "text" or "auto".
        tracing: Whether they send spans.

    Returns:
        What ends them, and says how they are.

    Raises:
        DaskError: A value is none that it can have, a Dask worker has other versions, a password would
            be seen, or there are Dask workers and none of them could start.
        StoreError: The URL cannot be read.
    """
    values: dict[str, Any] = {
        "database": _checked(client, database),
        "backends": None if backends is None else list(backends),
        "precision": precision,
        "lease_seconds": lease_seconds,
        "drain_seconds": drain_seconds,
        "log_level": log_level,
        "log_format": log_format,
        "tracing": tracing,
    }
    told = Told({name: value for name, value in values.items() if value is not None}, until=until)
    settings_of(told.settings)
    versions: Any = client.get_versions(packages=PACKAGES)
    wanted = versions_in(versions["client"])
    workers = {address: versions_in(found) for address, found in versions["workers"].items()}
    if wrong := complaint(wanted, workers):
        raise DaskError(wrong)
    found = client.run(plugin_on, name, on_error="ignore") if workers else {}
    if not found or any(each != (told, drain_seconds) for each in found.values()):
        client.register_plugin(PullPlugin(name, told, drain_seconds, wanted))
    made = ClusterWork(client, name)
    _check_start(made)
    return made


def _checked(client: Client, database: str | None) -> str | None:
    """Return the database's URL as it is sent, or raise where it must not be."""
    if database is None:
        return None
    url = database_url(database)
    if is_file(url):
        raise DaskError(
            "an SQLite file is one server's alone: name a PostgreSQL database, which the workers of a "
            "Dask cluster can reach."
        )
    address = "" if client.scheduler is None else str(client.scheduler.address)
    if has_password(url) and not _is_private(address):
        raise DaskError(
            f"the connection to the scheduler {address} is not encrypted, and the database's URL has a "
            "password: leave it out and have PGPASSFILE (~/.pgpass) or a service of PostgreSQL name it "
            "on the Dask workers, or use a cluster with TLS (tls://…)."
        )
    return written(url)


def _is_private(address: str) -> bool:
    protocol, _, rest = address.rpartition("://")
    host = rest.rpartition(":")[0].strip("[]")
    return protocol in {"tls", "wss", "inproc"} or is_loopback(host)


def _check_start(made: ClusterWork) -> None:
    """Wait for those that are there to run; where none can, leave none that tries.

    Raises:
        DaskError: None of them runs.
    """
    deadline = time.monotonic() + _LONGEST_START_S
    while time.monotonic() < deadline:
        found = made.workers().values()
        if any(each.state == LoopState.RUNNING for each in found) or not found:
            return
        if all(each.state in (LoopState.REFUSED, LoopState.WAITING) for each in found):
            made.stop()
            raise DaskError(next(each.reason for each in found))
        time.sleep(_LOOK_S)

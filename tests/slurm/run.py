"""Have a Slurm of one node run jobs, by an array of worker hosts and by Dask: `make slurm`.

It starts Slurm and PostgreSQL in temporary folders and on free ports, and stops both. It prints what it
sees, with times in seconds.
"""

import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

from harness import databases
from harness.jobs import answers, ended, expected, new_job
from harness.waiting import until
from slurm.one_node import OneNode, missing

from paultrap.store import Store

_INSTALL = "apt-get install slurm-wlm munge"
_ARRAY = """#!/bin/bash
#SBATCH --array=1-2
#SBATCH --cpus-per-task=1
#SBATCH --time=00:10:00
#SBATCH --signal=B:TERM@60
#SBATCH --output={folder}/array-%a.log
exec {python} -m paultrap worker --threads "$SLURM_CPUS_PER_TASK" --until 8m --exit-when-idle 3s
"""
_CIRCUITS, _CHUNKS = 200, 40


def main() -> int:
    """Return 0 where all jobs completed."""
    if absent := missing():
        print(f"make slurm needs {', '.join(absent)}: {_INSTALL} (Debian, Ubuntu).")
        return 1
    if os.geteuid() != 0:
        print("make slurm runs Slurm's daemons in a folder of its own, which takes root.")
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as name,
        databases.shared().new() as url,
        contextlib.closing(Store.open(url)) as store,
    ):
        os.environ["PAULTRAP_DATABASE"] = url
        started = time.monotonic()
        with OneNode(Path(name)) as slurm:
            os.environ["SLURM_CONF"] = slurm.environment["SLURM_CONF"]  # for dask-jobqueue
            _say(slurm.run("sinfo", "--version").strip(), started)
            _run_array(slurm, store)
            _run_dask(slurm, store)
    return 0


def _say(what: str, started: float) -> None:
    print(f"{what}: {time.monotonic() - started:.1f} s", flush=True)


def _run_array(slurm: OneNode, store: Store) -> None:
    """Run a job by an array whose worker hosts end when there is nothing to do."""
    started = time.monotonic()
    job = store.jobs.add(new_job(store, _CIRCUITS, _CHUNKS))
    script = slurm.folder / "array.sh"
    script.write_text(_ARRAY.format(folder=slurm.folder, python=sys.executable))
    slurm.run("sbatch", str(script))
    hosts = until(lambda: store.workers.live(running=False))
    _say(f"array: the first of its worker hosts is there ({hosts[0].about.host})", started)
    _check(store, job)
    _say("array: the job has completed", started)
    until(lambda: not slurm.queued())
    assert not store.workers.live()
    for log in sorted(slurm.folder.glob("array-*.log")):
        assert "there was nothing to do" in log.read_text(), log.read_text()
    _say("array: its worker hosts have ended, as there was nothing to do", started)


def _run_dask(slurm: OneNode, store: Store) -> None:
    """Run a job on Dask workers that are jobs of Slurm, and end them by `adapt` and `close`."""
    from dask_jobqueue import SLURMCluster
    from distributed import Client

    from paultrap.dask import work

    started = time.monotonic()
    with (
        SLURMCluster(
            cores=1,
            processes=1,
            memory="1GiB",
            job_mem="0",  # It does not bound memory here.
            walltime="00:10:00",
            interface="lo",
            python=sys.executable,
            log_directory=str(slurm.folder),
            local_directory=str(slurm.folder),
            scheduler_options={"dashboard_address": ":0", "interface": "lo"},
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        # Without a database: the Dask workers have it in their environment.
        working = work(client, lease_seconds=5.0)
        cluster.scale(1)
        until(lambda: [each for each in working.workers().values() if each.pid])
        _say("Dask: the first Dask worker takes work", started)
        _check(store, store.jobs.add(new_job(store, _CIRCUITS, _CHUNKS)))
        _say("Dask: the job has completed", started)
        cluster.adapt(minimum=2, maximum=2)
        until(lambda: len(store.workers.live()) == 2)
        _say("Dask: adapt() has made them two", started)
        cluster.adapt(minimum=0, maximum=2)
        until(lambda: not store.workers.live())
        _say("Dask: adapt() has ended them, and so their pull loops", started)
    until(lambda: not slurm.queued())
    until(lambda: not store.workers.live())
    _say("Dask: closed, and nothing is left in Slurm", started)


def _check(store: Store, job) -> None:
    job = ended(store, job)
    assert job.status == "completed", job
    assert answers(store, job) == expected(_CIRCUITS)


if __name__ == "__main__":
    sys.exit(main())

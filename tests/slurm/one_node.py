"""A Slurm of one node, in a temporary folder and on free ports; see `make slurm`."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

from harness.ports import free_port
from harness.waiting import until

_CONF = """\
ClusterName=paultrap
SlurmctldHost={name}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldPort={controller_port}
SlurmdPort={node_port}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
NodeName={name} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=p Nodes={name} Default=YES MaxTime=INFINITE State=UP
"""
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")


def missing() -> list[str]:
    """Return the programs that are not installed."""
    return [name for name in PROGRAMS if not _path(name)]


def _path(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


class OneNode:
    """The daemons of Slurm, in the foreground; they need to be root's.

    Args:
        folder: Where all their files are; its path is short, as it has the path of a socket.

    Attributes:
        environment: What Slurm's commands need in their environment.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: list[subprocess.Popen[bytes]] = []
        conf = folder / "slurm.conf"
        self.environment = os.environ | {"SLURM_CONF": str(conf)}
        for name in ("munge", "state", "spool"):
            (folder / name).mkdir(mode=0o755)
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        conf.write_text(
            _CONF.format(
                name=socket.gethostname().partition(".")[0],
                folder=folder,
                controller_port=free_port(),
                node_port=free_port(),
                cpus=os.cpu_count(),
            )
        )

    def __enter__(self) -> Self:
        munge = self.folder / "munge"
        self._start(
            "munged",
            "--force",
            "--foreground",
            f"--socket={munge}/socket",
            f"--key-file={munge}/key",
            f"--log-file={munge}/log",
            f"--pid-file={munge}/pid",
            f"--seed-file={munge}/seed",
        )
        until((munge / "socket").exists)
        conf = str(self.folder / "slurm.conf")
        self._start("slurmctld", "-D", "-f", conf)
        self._start("slurmd", "-D", "-f", conf)
        until(lambda: self.run("sinfo", "-h", "-o", "%T", check=False).strip() == "idle")
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(subprocess.SubprocessError):
            self.run("scancel", "-u", "root", check=False)
            until(lambda: not self.queued(), 60)
        for daemon in reversed(self._daemons):
            daemon.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(30)
            daemon.kill()
            daemon.wait()

    def _start(self, name: str, *flags: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            command = [str(_path(name)), *flags]
            self._daemons.append(
                subprocess.Popen(
                    command, stdout=out, stderr=out, env=self.environment, start_new_session=True
                )
            )

    def run(self, *command: str, check: bool = True) -> str:
        """Return what one of Slurm's commands prints."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def queued(self) -> list[str]:
        """Return the ids and states of the jobs that are there."""
        return self.run("squeue", "-h", "-o", "%i %T", check=False).splitlines()

"""The files of an SQLite database: where they must not lie, who may read them, who has them."""

import fcntl
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from paultrap.store.errors import DatabaseInUseError, DatabaseMissingError, NetworkFileSystemError

_ESCAPE = re.compile(r"\\([0-7]{3})")  # how a space in a mount point is written
_MOUNTS = Path("/proc/mounts")
_OWNER_ALONE = 0o600
_BESIDE = ("-wal", "-shm", "-journal")
# File systems that several machines may share; the write-ahead log needs memory shared by all
# processes that use the database, so all of them must run on one machine.
_NETWORK_FILE_SYSTEMS = {
    "acfs",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.ceph",
    "fuse.glusterfs",
    "fuse.sshfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "panfs",
    "pvfs2",
    "smb3",
    "smbfs",
    "wekafs",
}


class ServerLock:
    """An exclusive lock beside the database; the system drops it when the process dies.

    Raises:
        DatabaseInUseError: Another process has it.
    """

    def __init__(self, database: Path) -> None:
        # Not through a link, which could lead to a file that would be overwritten.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self._descriptor = os.open(database.with_suffix(".lock"), flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise DatabaseInUseError(
                f"Another server (process {holder or 'unknown'}) works on {database}. Stop it, "
                "or choose another database."
            ) from None
        with suppress(PermissionError):  # somebody else's, whom it was left by
            os.fchmod(self._descriptor, 0o600)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another server in."""
        os.close(self._descriptor)


def check_file(path: Path) -> None:
    """Refuse a path that leads to no database, before SQLite makes one of it.

    SQLite takes an empty file for a new database and writes to it; one that was cut would then no
    longer be seen to be empty.

    Raises:
        DatabaseMissingError: There is no file, or it is empty.
    """
    if not path.exists():
        raise DatabaseMissingError(f"there is no database {path}.")
    if not (file_bytes(path) or file_bytes(path.with_name(path.name + "-wal"))):
        raise DatabaseMissingError(f"{path} is an empty file, without any job.")


def make_private(path: Path) -> None:
    """Let nobody but its owner read a database, which is made where it is missing.

    Jobs and keys are in it, and the folder may be one that others read. SQLite gives the files that
    it makes beside a database the rights of the database.

    Args:
        path: The database file.
    """
    path = path.resolve()  # SQLite follows a link, and makes its files beside what that leads to.
    if not path.exists():
        with suppress(OSError):  # SQLite says what is wrong.
            path.touch(_OWNER_ALONE)
    for found in (path, *(path.with_name(path.name + ending) for ending in _BESIDE)):
        # Somebody else's file, which this user may use, keeps the rights that its owner gave it.
        with suppress(FileNotFoundError, PermissionError):
            mode = found.lstat().st_mode
            if stat.S_ISREG(mode) and stat.S_IMODE(mode) & ~_OWNER_ALONE:
                found.chmod(_OWNER_ALONE)


def check_file_system(folder: Path, mounts: str | None = None) -> None:
    """Refuse a folder on a file system that several machines share.

    Args:
        folder: Where the database file would lie.
        mounts: Text in the form of ``/proc/mounts``, which is read when this is None.

    Raises:
        NetworkFileSystemError: It is one.
    """
    if mounts is None:
        if not _MOUNTS.exists():
            return
        mounts = _MOUNTS.read_text(errors="surrogateescape")
    kind, mount_point = _file_system_of(folder.resolve(), mounts)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise NetworkFileSystemError(
            f"{folder} is on a network file system ({kind}, mounted at {mount_point}), on which "
            "SQLite can lose data. Choose a folder on a local disk."
        )


def _file_system_of(folder: Path, mounts: str) -> tuple[str, str]:
    """Return the kind and the mount point of the file system that ``folder`` lies on."""
    found = ("", "")
    for line in mounts.splitlines():
        _device, mount_point, kind, *_ = [*line.split(" "), "", "", ""]
        mount_point = _ESCAPE.sub(lambda found: chr(int(found[1], 8)), mount_point)
        # The last mount of the longest path is the one that is seen.
        if folder.is_relative_to(mount_point or os.sep) and len(mount_point) >= len(found[1]):
            found = (kind, mount_point)
    return found


def file_bytes(path: Path) -> int:
    """Return the size of a file, 0 where it is missing."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

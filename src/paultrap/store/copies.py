"""Files that copies of a database go to. Each is whole and on disk, or it is not there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from paultrap.sizes import written_size
from paultrap.store.errors import FileThereError, NoRoomError, StoreError

_OWNER_ALONE = 0o600


@contextmanager
def new_file(path: Path, *, replace: bool) -> Iterator[Path]:
    """Give the place of a file that is called ``path`` once the block has ended without error.

    It is on disk then, and its owner alone can read it. What a killed process has left of one is
    used by the next.

    Args:
        path: What it is to be called.
        replace: Whether it may take the place of a file that is there.

    Raises:
        FileThereError: It is there.
        StoreError: Another process writes it, or the folder is missing.
    """
    _check_free(path, replace=replace)
    part = path.with_name(f"{path.name}.part")
    with closing(_Part(part)) as held:
        try:
            yield part
            held.sync()
            _check_free(path, replace=replace)
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
    _sync_folder(path.parent)


class _Part:
    """A file that nobody else writes."""

    def __init__(self, path: Path) -> None:
        try:
            # Not through a link, which could lead to a file that would be overwritten.
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            self._descriptor = os.open(path, flags, _OWNER_ALONE)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had it may have given it its name meanwhile.
            is_it = os.path.samestat(path.stat(), os.fstat(self._descriptor))
        except (BlockingIOError, FileNotFoundError):
            is_it = False
        if not is_it:
            self.close()
            raise StoreError(f"{path} is being written by another process.")
        os.fchmod(self._descriptor, _OWNER_ALONE)
        os.ftruncate(self._descriptor, 0)

    def sync(self) -> None:
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def _check_free(path: Path, *, replace: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder.")
    if not replace and (path.exists() or path.is_symlink()):
        raise FileThereError(f"{path} is there already.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_room(folder: Path, needed: int, what: str) -> None:
    """Refuse to begin what would fill a disk.

    Args:
        folder: A folder on the disk.
        needed: How many bytes are needed.
        what: What they are needed for, as the beginning of a sentence.

    Raises:
        NoRoomError: There are fewer.
    """
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    if free < needed:
        raise NoRoomError(
            f"{what} needs {written_size(needed)} in {folder}, where {written_size(free)} are free."
        )

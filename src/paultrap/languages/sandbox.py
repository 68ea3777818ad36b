"""`confine`: a process that reads programs lays down what it does not need.

It has what it reads with in its memory. From then on it opens no file, no socket and no other process,
whatever a program may make a library do. Linux refuses it each system call that is not in a list
(seccomp). Everywhere its limits leave no number for a further descriptor than that of the connection at
hand, and no byte for a file.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from contextlib import suppress
from typing import NamedTuple

_MOST_BYTES = 2 << 30
_KEPT = 3  # descriptors; the one after them is for a connection

_NO_NEW_PRIVS, _SET_SECCOMP, _SET_DUMPABLE, _FILTER_MODE = 38, 22, 4, 2
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of the filter's machine
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # the latter with EPERM
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # where the filter finds them
_OTHER_NUMBERS = 0x40000000  # of a second set of calls, which x86_64 has
_F_GETFL, _F_SETFL, _F_SETOWN = 3, 4, 8


class _Calls(NamedTuple):
    """The system calls of an architecture that are allowed.

    Attributes:
        architecture: Its number in the kernel.
        plain: With any arguments: on descriptors that are there, on its own memory, clocks and
            signal handlers, and its end.
        fcntl: Only to change the flags of a descriptor, and to be the one who gets its signals.
        setpriority: Only its own.
    """

    architecture: int
    plain: tuple[int, ...]
    fcntl: int
    setpriority: int


# In the order: read write writev close fstat lseek, poll or ppoll, (select) pselect6, mmap mprotect
# munmap mremap madvise brk, rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack, setitimer getitimer
# nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday (time), sendto recvfrom sendmsg
# recvmsg shutdown getsockname getsockopt, getpid getppid gettid getpriority getrusage getrandom,
# futex sched_yield restart_syscall exit exit_group.
_CALLS = {
    "x86_64": _Calls(
        0xC000003E,
        (
            *(0, 1, 20, 3, 5, 8, 7, 271, 23, 270, 9, 10, 11, 25, 28, 12, 13, 14, 15, 131, 38, 36),
            *(35, 230, 228, 229, 96, 201, 44, 45, 46, 47, 48, 51, 55, 39, 110, 186, 140, 98, 318),
            *(202, 24, 219, 60, 231),
        ),
        fcntl=72,
        setpriority=141,
    ),
    "aarch64": _Calls(
        0xC00000B7,
        (
            *(63, 64, 66, 57, 80, 62, 73, 72, 222, 226, 215, 216, 233, 214, 134, 135, 139, 132),
            *(103, 102, 101, 115, 113, 114, 169, 206, 207, 211, 212, 210, 204, 209, 172, 173, 178),
            *(141, 165, 278, 98, 124, 128, 93, 94),
        ),
        fcntl=25,
        setpriority=140,
    ),
}
# Loaded before the fork: it could not be after.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def confine() -> None:
    """Lay down all that reading does not need. Descriptors from `_KEPT` on are closed.

    What a system does not have is left out: the rest still holds.
    """
    os.closerange(_KEPT, os.sysconf("SC_OPEN_MAX"))
    for which, most in (
        ("RLIMIT_AS", _MOST_BYTES),
        ("RLIMIT_NOFILE", _KEPT + 1),
        ("RLIMIT_NPROC", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
    ):
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, which), (most, most))
    calls = _CALLS.get(platform.machine())
    if _LIBC is not None and calls is not None:
        _filter(_LIBC, calls)


def _filter(libc: ctypes.CDLL, calls: _Calls) -> None:
    program = _program(calls, os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    prog = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_SET_SECCOMP, _FILTER_MODE, prog, 0, 0)  # a kernel without it refuses


def _program(calls: _Calls, process: int) -> bytes:
    """Return the filter, which allows calls of this ``process`` and refuses all others."""
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUALS, calls.architecture, 1, 0),
        _step(_RETURN, _REFUSE),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _OTHER_NUMBERS, 0, 1),
        _step(_RETURN, _REFUSE),
    ]
    for number in calls.plain:
        steps += [_step(_EQUALS, number, 0, 1), _step(_RETURN, _ALLOW)]
    steps += _block(
        calls.fcntl,
        [
            _argument(1),
            _step(_EQUALS, _F_GETFL, 4, 0),
            _step(_EQUALS, _F_SETFL, 3, 0),
            _step(_EQUALS, _F_SETOWN, 0, 3),
            *(_argument(2), _step(_EQUALS, process, 0, 1)),
            *(_step(_RETURN, _ALLOW), _step(_RETURN, _REFUSE)),
        ],
    )
    steps += _block(
        calls.setpriority,
        [
            *(_argument(0), _step(_EQUALS, os.PRIO_PROCESS, 0, 3)),
            *(_argument(1), _step(_EQUALS, 0, 0, 1)),
            *(_step(_RETURN, _ALLOW), _step(_RETURN, _REFUSE)),
        ],
    )
    return b"".join([*steps, _step(_RETURN, _REFUSE)])


def _block(number: int, steps: list[bytes]) -> list[bytes]:
    """Return steps for one call, which decide; the number of another stays where it is."""
    return [_step(_EQUALS, number, 0, len(steps)), *steps]


def _argument(place: int) -> bytes:
    """Return the step that loads the lower half of an argument."""
    return _step(_LOAD, _FIRST_ARGUMENT + 8 * place)


def _step(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("@HBBI", code, if_so, if_not, value)

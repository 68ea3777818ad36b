"""A process that reads programs can open, connect, start and signal nothing, and still reads."""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from harness.waiting import until

from paultrap.languages import (
    READERS,
    Language,
    ProgramError,
    ProgramLimits,
    Reading,
    read_program,
    sandbox,
)
from paultrap.languages.qasm.reading import read_qasm

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
OWN = f"{HEADER}gate own a {{ x a; }} qubit q; bit c; own q; c = measure q;"


def syscalls(number, *arguments):
    """Call the system past Python and the C library's own wrappers."""
    found = ctypes.CDLL(None, use_errno=True)
    if found.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


TRIED = {
    "read a file": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "write a file": lambda: os.open("/tmp/written", os.O_WRONLY | os.O_CREAT),
    "list a folder": lambda: list(Path("/").iterdir()),
    "ask for a file": lambda: Path("/etc/hostname").stat(),
    "remove a file": lambda: Path("/tmp/nothing").unlink(),
    "make a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "make a pair of sockets": socket.socketpair,
    "make a pipe": os.pipe,
    "copy a descriptor": lambda: os.dup(0),
    "fork": os.fork,
    "start a program": lambda: os.execv("/bin/true", ["true"]),
    "kill another": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "have another get signals": lambda: __import__("fcntl").fcntl(0, 8, os.getppid()),
    "take another's time": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
    "raise a limit": lambda: __import__("resource").setrlimit(7, (99, 99)),
    "trace another": lambda: syscalls(
        101 if os.uname().machine == "x86_64" else 117, 16, os.getppid()
    ),
}
TRY = f"""
import errno, json, os, sys
sys.path[:0] = {sys.path!r}
from unit.languages.test_sandbox import TRIED
from paultrap.languages import sandbox
if sys.argv[1] == "limits":
    sandbox._CALLS.clear()
sandbox.confine()
os.nice(1)
if sys.argv[1] == "limits":
    os.dup(0)  # in the place of a connection
found = {{}}
for what in sys.argv[2:]:
    try:
        TRIED[what]()
        found[what] = 0
    except OSError as error:
        found[what] = error.errno
    except ValueError:  # of `setrlimit`, which does not say the number
        found[what] = errno.EPERM
os.write(1, json.dumps(found).encode())
os._exit(0)
"""


def tried(by, attempts):
    """Return the number of the error that each attempt ends with in a confined process."""
    command = [sys.executable, "-c", TRY, by, *attempts]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return msgspec.json.decode(done.stdout)


needs_filter = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine not in sandbox._CALLS, reason="no such filter"
)


@needs_filter
def test_a_confined_process_is_refused_all_that_reading_does_not_need():
    found = tried("limits and filter", TRIED)
    assert found == dict.fromkeys(TRIED, errno.EPERM)


def test_without_a_filter_its_limits_still_leave_no_descriptor():
    attempts = (
        "read a file",
        "write a file",
        "list a folder",
        "make a pair of sockets",
        "make a pipe",
    )
    assert tried("limits", attempts) == dict.fromkeys(attempts, errno.EMFILE)


def readers_of(source):
    return Path(f"/proc/{source}/task/{source}/children").read_text().split()


def only(found):
    return found[0] if len(found) == 1 else None


def test_what_reads_programs_is_confined():
    read_program(OWN.encode(), Language.QASM, ProgramLimits(), Reading(60))
    reader = until(lambda: only(readers_of(READERS._source.pid)))

    def status():
        lines = Path(f"/proc/{reader}/status").read_text().splitlines()
        return dict(line.split(":\t") for line in lines if ":\t" in line)

    if os.uname().machine in sandbox._CALLS:
        until(lambda: status()["Seccomp"].strip() == "2")
        assert status()["NoNewPrivs"].strip() == "1"
    limits = Path(f"/proc/{reader}/limits").read_text()
    assert f"Max open files            {sandbox._KEPT + 1} " in limits
    assert "Max file size             0 " in limits


WRONG = [
    "",
    "h q",
    "qubit q; rx(1/0) q;",
    'include "/etc/passwd"; qubit q;',
    "qubit q; " + "(" * 3000,
    "qubit q; bit c; c = measure q; if (c) { x q; }",
    "int[300] n = 1;",
    "\0",
    "defcal x $0 { }",
    "def f() -> int { return f(); } qubit q; rx(f()) q;",
    "qubit[2] q; pow(1/3) @ cx q[0], q[1];",
    "π é",
]


@pytest.mark.parametrize("text", WRONG)
def test_errors_are_the_same_in_a_confined_process(text):
    with pytest.raises(ProgramError) as here:
        read_qasm(text, ProgramLimits())
    with pytest.raises(ProgramError) as there:
        read_program(text.encode(), Language.QASM, ProgramLimits(), Reading(60))
    assert (str(there.value), there.value.code) == (str(here.value), here.value.code)

"""The process whose forks read programs: a request comes in, an `Answer` goes out.

`paultrap.languages.readers` starts it in a new process group, and sends connections through its
standard input. One fork waits for the next connection before it comes, since forking and what is
copied after it take longer than reading a small program. It takes the connection after that one too,
unless it is not soon done: then another fork does. So whatever a program is like, it holds up no
other and ends with its fork. When the standard input ends, whoever has started this process is gone,
and the whole group is ended.
"""

import fcntl
import gc
import os
import select
import signal
import socket
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice

import msgspec

from paultrap.circuits import Program
from paultrap.errors import FailureCode
from paultrap.languages.budget import SLOW, SLOW_S
from paultrap.languages.errors import ParameterCountError, ProgramError
from paultrap.languages.isolation import Answer, Language, Request
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.sandbox import confine

with suppress(ImportError):  # Both are extras.
    from paultrap.languages.qasm.ansatz import Ansatz
    from paultrap.languages.qasm.reading import read_qasm
with suppress(ImportError):
    from paultrap.languages.qir import read_qir

_WATCHER = 1
_DEEPEST = 10_000  # calls of Python: parsers take some dozen for each level of brackets
# What takes longer than this, in time of a core, gives way. Its share of a core beside a process that
# does not is then about a quarter: enough to get on while simulations take all cores, and little
# enough for requests to be answered meanwhile.
_QUICK_S = 0.1
_NICE = 5
_TAKEN, _READY, _ENDED = b"t", b"r", b"e"
_SOON_S = 0.01
_MOST_READ = 200  # by one fork: what the parser learns takes memory

# The parser learns as it parses, and what it has learnt is there after a fork: with most constructs
# that programs have, a small one takes an eighth of the time.
_LESSON = """OPENQASM 3.0;
include "stdgates.inc";
gate g(a, b) p, r { h p; rx(-a / 2 + sin(b) * pi) p; ctrl @ inv @ rz(2 * (a - b)) p, r; cx p, r; }
def f(qubit p, float a) -> bit { bit found; ry(a) p; found = measure p; return found; }
const int n = 3;
qubit[n] q; qubit other; bit[3] c; int k = 0; float[64] x = 1.5e-3; bool flag = true;
u3(0.1, pi / 2, -pi) q[0]; gphase(x); g(0.1, x) q[n - 1], other; pow(2) @ U(0, 0, 1) q[1];
for int i in [0:n - 1] { h q[i]; if (i > 1 && c[0] == 0) { x q[i]; } else { reset q[i]; } }
for uint i in {1, 2} { k += i; }
while (k < 0 || !flag) { k = k + 1; }
c[0] = f(other, x ** 2); barrier q; let part = q[0:1]; negctrl @ x part[0], part[1];
measure q[0] -> c[0]; c = measure q; measure other;
"""
_BOUND_LESSON = """OPENQASM 2.0;
include "qelib1.inc";
gate g(t) p, r { ry(t / 2) p; cx p, r; }
qreg q[3]; creg c[3]; g(theta + 2 * pi) q[0], q[1]; rx(-0.5) q[2]; barrier q; measure q -> c;
"""
_INPUT_LESSON = """OPENQASM 3.0;
include "stdgates.inc";
input float theta; input angle[32] phi; qubit[2] q; ry(theta) q[0]; rz(phi / 2) q[1]; cx q[0], q[1];
"""


def main() -> int:
    """Fork for each connection that comes on the standard input, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever has started it ends it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for those that read.
    learn()
    gc.collect()
    gc.freeze()  # What is there stays: a collection in a fork need not copy it.
    with socket.socket(fileno=0) as control:
        while _fork(control):
            pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # Nobody waits any more for those that still read.
    return 0


def learn() -> None:
    """Parse what programs often have."""
    with suppress(NameError):  # The extra is missing.
        read_qasm(_LESSON, ProgramLimits())
        Ansatz(_BOUND_LESSON).gates([0.1], ProgramLimits())
        Ansatz(_INPUT_LESSON).gates([0.1, 0.2], ProgramLimits())


def _fork(control: socket.socket) -> bool:
    """Fork a process that takes connections, and return when it takes no more for now.

    Returns:
        Whether more connections may come.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            process = os.fork()
        except OSError:  # There are too many processes, or there is no memory: it may pass.
            return _turn_away(control)
        if process == 0:
            try:
                # In the place of the standard output, whose end shows that this process's parent has
                # ended.
                os.dup2(theirs.fileno(), _WATCHER)
                _read_on(control, socket.socket(fileno=_WATCHER))
            finally:
                os._exit(0)
        theirs.close()
        return _watch(ours)


def _watch(fork: socket.socket) -> bool:
    """Return when another fork is wanted, as `_fork`. Until then the one at hand may go on."""
    with suppress(OSError):
        while said := fork.recv(1):
            if said == _ENDED:
                return False
            if said == _READY:
                fork.sendall(_READY)
            elif not select.select([fork], [], [], _SOON_S)[0]:
                break
    return True  # It takes long, or has ended, or was killed.


def _turn_away(control: socket.socket) -> bool:
    """Answer the next connection that it is not served; return as `_fork`."""
    _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    if not descriptors:
        return False
    with socket.socket(fileno=descriptors[0]) as connection, suppress(OSError):
        connection.sendall(msgspec.msgpack.encode(Answer(was_read=False)))
    return True


def _read_on(control: socket.socket, watcher: socket.socket) -> None:
    """Serve connections until the ``watcher`` wants no more: another waits in this one's place."""
    # Where the system ignores it, Python ends this process, unless it is at something else.
    ends_by_itself = sys.platform == "linux"
    signal.signal(signal.SIGIO, signal.SIG_DFL if ends_by_itself else lambda *_: os._exit(0))
    sys.setrecursionlimit(_DEEPEST)
    if not select.select([control], [], [], 0)[0]:  # Nobody waits: there is time to get ready.
        with suppress(NameError):
            Ansatz(_INPUT_LESSON).gates([0.1, 0.2], ProgramLimits())
    confine()
    for _ in range(_MOST_READ):
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        with suppress(OSError):  # The watcher was killed: another is started then.
            watcher.sendall(_TAKEN if descriptors else _ENDED)
        if not descriptors:
            return
        with socket.socket(fileno=descriptors[0]) as connection:
            _serve(connection)
        if not _may_go_on(watcher):
            return


def _may_go_on(watcher: socket.socket) -> bool:
    """Say that a connection is served; return whether that was heard before another was forked."""
    with suppress(OSError):
        watcher.sendall(_READY)
        return bool(watcher.recv(1))
    return False


def _serve(connection: socket.socket) -> None:
    with connection.makefile("rb") as stream:
        request = msgspec.msgpack.decode(stream.read(), type=Request)
    _end_with(connection)
    signal.setitimer(signal.ITIMER_REAL, request.seconds)  # The signal kills, whatever runs.
    with _patience(connection):
        answer = msgspec.msgpack.encode(_answer(request))
    signal.setitimer(signal.ITIMER_REAL, 0)  # An answer that is cut short would be none.
    connection.sendall(answer)


@contextmanager
def _patience(connection: socket.socket) -> Iterator[None]:
    """Give way to others, and then say so on the connection, where what is done takes long."""
    moments = iter((partial(os.nice, _NICE), partial(connection.send, SLOW)))

    def act(*_: object) -> None:
        for moment in islice(moments, 1):
            moment()

    signal.signal(signal.SIGPROF, act)
    signal.setitimer(signal.ITIMER_PROF, _QUICK_S, SLOW_S - _QUICK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        deque(moments, maxlen=0)  # One that is due now is not to come amid the answer.


def _end_with(connection: socket.socket) -> None:
    """Have this process ended at once when whoever has sent the request closes the connection.

    The system does it, by SIGIO: what is at work may be no Python.
    """
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(connection, fcntl.F_GETFL)
    fcntl.fcntl(connection, fcntl.F_SETFL, flags | os.O_ASYNC)
    hangup = select.poll()
    hangup.register(connection, 0)
    if hangup.poll(0):  # It was closed before.
        os._exit(0)


def _answer(request: Request) -> Answer:
    try:
        return _read(request)
    except ParameterCountError as error:
        return Answer(error=str(error), code=error.code, parameters=error.names)
    except ProgramError as error:
        return Answer(error=error.message, code=error.code)
    except RecursionError:
        return Answer(error="the program nests too deeply", code=FailureCode.TOO_COMPLEX)
    except MemoryError:
        return Answer(
            error="reading the program takes too much memory", code=FailureCode.TOO_COMPLEX
        )


def _read(request: Request) -> Answer:
    if request.values is not None:
        return _read_bound(request.source.decode(), request.values, request.limits)
    if request.language is Language.QIR:
        found = read_qir(request.source, request.limits)
    else:
        default = 2 if request.language is Language.QASM2 else 3
        found = read_qasm(request.source.decode(), request.limits, default)
    return Answer(program=found.program.to_bytes(), readout=found.readout, qubits=found.qubits)


def _read_bound(text: str, values: list[float], limits: ProgramLimits) -> Answer:
    ansatz = Ansatz(text)
    if len(ansatz.parameters) != len(values):
        raise ParameterCountError(ansatz.parameters)
    width, gates = ansatz.gates(values, limits)
    return Answer(program=Program.build([gates], [width]).to_bytes())


if __name__ == "__main__":
    sys.exit(main())

"""The process that reads programs: it forks for each, a request comes in, an `Answer` goes out."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from contextlib import suppress

import msgspec

from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import TOO_COMPLEX, ProgramError
from paultrap.languages.isolation import Answer, Language, Request
from paultrap.languages.limits import ProgramLimits

with suppress(ImportError):  # Both are extras.
    from paultrap.languages.qasm.reading import read_qasm
with suppress(ImportError):
    from paultrap.languages.qir import read_qir

_MOST_BYTES = 2 << 30
_DEEPEST = 10_000  # calls of Python: parsers take some dozen for each level of brackets


def main() -> int:
    """Fork for each connection that comes on the standard input, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever has started it ends it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for those that read.
    control = socket.socket(fileno=0)
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not descriptors:
            return 0
        if os.fork() == 0:
            control.close()
            try:
                _serve(socket.socket(fileno=descriptors[0]))
            finally:
                os._exit(0)
        os.close(descriptors[0])


def _serve(connection: socket.socket) -> None:
    with connection.makefile("rb") as stream:
        request = msgspec.msgpack.decode(stream.read(), type=Request)
    signal.setitimer(signal.ITIMER_REAL, request.seconds)  # The signal kills, whatever runs.
    with suppress(OSError, ValueError):  # Not every system has it.
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    sys.setrecursionlimit(_DEEPEST)
    answer = msgspec.msgpack.encode(_answer(request))
    signal.setitimer(signal.ITIMER_REAL, 0)  # An answer that is cut short would be none.
    connection.sendall(answer)


def _answer(request: Request) -> Answer:
    try:
        found = _read(request)
    except ProgramError as error:
        return Answer(error=str(error), code=error.code)
    except RecursionError:
        return Answer(error="the program nests too deeply", code=TOO_COMPLEX)
    except MemoryError:
        return Answer(error="reading the program takes too much memory", code=TOO_COMPLEX)
    return Answer(program=found.program.to_bytes(), readout=found.readout, qubits=found.qubits)


def _read(request: Request) -> ReadProgram:
    limits = ProgramLimits(request.gates, request.qubits)
    if request.language is Language.QIR:
        return read_qir(request.source, limits)
    return read_qasm(request.source.decode(), limits)


if __name__ == "__main__":
    sys.exit(main())

"""`read_program`: a program read by a process of its own, which cannot take the server down."""

from __future__ import annotations

import socket
import time
from enum import StrEnum
from importlib.util import find_spec

import msgspec

from paultrap.circuits import Program, Readout
from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import TOO_COMPLEX, ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.readers import READERS

__all__ = ["Answer", "Language", "MissingExtraError", "Request", "check_installed", "read_program"]

_GRACE_SECONDS = 5.0  # for a process to start, and to be ended by its own clock


class Language(StrEnum):
    """What a program is written in; the value is also the name of the extra that reads it."""

    QASM = "qasm"
    QIR = "qir"


_LIBRARIES = {Language.QASM: ("openqasm3", "antlr4"), Language.QIR: ("pyqir",)}


class MissingExtraError(Exception):
    """The library that reads a language is not installed; the message says how it will be."""


class Request(msgspec.Struct):
    """What a process is to read, and within which bounds."""

    source: bytes
    language: Language
    gates: int
    qubits: int
    seconds: float


class Answer(msgspec.Struct, omit_defaults=True):
    """What the process that reads says: why it cannot, or the three parts of a `ReadProgram`."""

    error: str | None = None
    code: str = ""
    program: bytes = b""
    readout: Readout | None = None
    qubits: int = 0


def check_installed(language: Language) -> None:
    """Do nothing where programs in this language can be read.

    Raises:
        MissingExtraError: The extra is not installed.
    """
    if any(find_spec(library) is None for library in _LIBRARIES[language]):
        raise MissingExtraError(
            f'this server cannot read such programs: install "paultrap[{language}]".'
        )


def read_program(
    source: bytes, language: Language, limits: ProgramLimits, seconds: float
) -> ReadProgram:
    """Return the circuit of a program and what it measures.

    Args:
        source: Text in UTF-8, or bitcode.
        language: What it is in; its extra is installed.
        limits: What the program may hold.
        seconds: How long reading it may take.

    Raises:
        ProgramError: It is wrong, not supported, too large, or takes too long.
        OSError: No process could be started.
    """
    request = Request(source, language, limits.gates, limits.qubits, seconds)
    started = time.monotonic()
    said = _ask(request)
    if not said and time.monotonic() - started >= seconds:
        raise ProgramError(
            f"reading the program takes more than {seconds:g} seconds "
            "(PAULTRAP_MAX_PROGRAM_SECONDS)",
            TOO_COMPLEX,
        )
    if not said:
        raise ProgramError(
            "the program cannot be read: reading it takes too much memory or nests too deeply",
            TOO_COMPLEX,
        )
    answer = msgspec.msgpack.decode(said, type=Answer)
    if answer.readout is None:
        raise ProgramError(answer.error or "", answer.code)
    return ReadProgram(Program.from_bytes(answer.program), answer.readout, answer.qubits)


def _ask(request: Request) -> bytes:
    """Return what a new process says, or nothing when it has ended without a word."""
    with READERS.connect() as connection:
        connection.settimeout(request.seconds + _GRACE_SECONDS)
        try:
            connection.sendall(msgspec.msgpack.encode(request))
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as stream:
                return stream.read()
        except (ConnectionError, TimeoutError):
            return b""

"""`read_program`: a program read by a process of its own, which cannot take the server down."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from importlib.util import find_spec
from os import environ

import msgspec

from paultrap.circuits import Program, Readout
from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import TOO_COMPLEX, ProgramError
from paultrap.languages.limits import ProgramLimits

__all__ = ["Answer", "Language", "MissingExtraError", "check_installed", "read_program"]


class Language(StrEnum):
    """What a program is written in; the value is also the name of the extra that reads it."""

    QASM = "qasm"
    QIR = "qir"


_LIBRARIES = {Language.QASM: ("openqasm3", "antlr4"), Language.QIR: ("pyqir",)}


class MissingExtraError(Exception):
    """The library that reads a language is not installed; the message says how it will be."""


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
    command = [sys.executable, "-m", "paultrap.languages", language, str(limits.gates)]
    command.append(str(limits.qubits))
    try:
        done = subprocess.run(  # noqa: S603  # our own command
            command,
            input=source,
            capture_output=True,
            timeout=seconds,
            check=False,
            # Threads of numpy's libraries take address space, which is bounded there.
            env=environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramError(
            f"reading the program takes more than {seconds:g} seconds "
            "(PAULTRAP_MAX_PROGRAM_SECONDS)",
            TOO_COMPLEX,
        ) from error
    if done.returncode:
        raise ProgramError(
            "the program cannot be read: reading it takes too much memory or nests too deeply",
            TOO_COMPLEX,
        )
    answer = msgspec.msgpack.decode(done.stdout, type=Answer)
    if answer.readout is None:
        raise ProgramError(answer.error or "", answer.code)
    return ReadProgram(Program.from_bytes(answer.program), answer.readout, answer.qubits)

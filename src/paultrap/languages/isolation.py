"""Programs read by processes that can neither take the server down nor keep it busy."""

import socket
import time
from collections.abc import Sequence
from enum import StrEnum
from importlib.util import find_spec

import msgspec

from paultrap.circuits import Limit, Message, OverLimit, Program, Readout
from paultrap.errors import Error, FailureCode
from paultrap.languages.budget import SLOW, Reading
from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import ParameterCountError, ProgramError, ReaderError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.readers import READERS

_GRACE_SECONDS = 5.0  # for a process to start, and to be ended by its own clock
_STOPPED = "the server stops, and did not read the program; submit it again"
_GIVEN_UP = "the program was not read to its end, because nobody waits for it"


class Language(StrEnum):
    """What a program is written in.

    The version line of a program decides between the versions of OpenQASM, where it has one.
    """

    QASM = "qasm"
    QASM2 = "qasm2"
    QIR = "qir"


# The name of the extra that reads a language, and its libraries.
_QASM = ("qasm", ("openqasm3", "antlr4"))
_EXTRAS = {Language.QASM: _QASM, Language.QASM2: _QASM, Language.QIR: ("qir", ("pyqir",))}


class MissingExtraError(Error):
    """The library that reads a language is not installed; the message says how it will be."""


class Request(msgspec.Struct, omit_defaults=True):
    """What a process is to read, and within which bounds.

    Attributes:
        source: The program: text in UTF-8, or bitcode.
        language: The language of the source.
        limits: The bounds on the circuit's size.
        seconds: The time that reading may take.
        values: A number for each parameter of an ansatz; None for a program.
    """

    source: bytes
    language: Language
    limits: ProgramLimits
    seconds: float
    values: list[float] | None = None


class Answer(msgspec.Struct, omit_defaults=True):
    """What the process that reads says.

    Attributes:
        error: Why it cannot be run; None where it can.
        code: The code of the job's failure, where there is an error.
        parameters: Names of those of an ansatz, where it got another number of values.
        was_read: False where there was no process to read it.
        program: The circuit, as `Program.to_bytes` packs it.
        readout: Which bits its measurements fill; None of an ansatz, whose ``qubits`` are 0.
        qubits: The number of qubits that the program declares.
    """

    error: Message | None = None
    code: FailureCode = FailureCode.INVALID
    parameters: list[str] | None = None
    was_read: bool = True
    program: bytes = b""
    readout: Readout | None = None
    qubits: int = 0


def check_installed(language: Language) -> None:
    """Do nothing where programs in this language can be read.

    Raises:
        MissingExtraError: The extra is not installed.
    """
    extra, libraries = _EXTRAS[language]
    if any(find_spec(library) is None for library in libraries):
        raise MissingExtraError(
            f'this server cannot read such programs: install "paultrap[{extra}]".'
        )


def read_program(
    source: bytes, language: Language, limits: ProgramLimits, reading: Reading
) -> ReadProgram:
    """Return the circuit of a program and what it measures.

    Args:
        source: The program: text in UTF-8, or bitcode.
        language: The language of the program, whose extra is installed.
        limits: What the program may hold.
        reading: How long it may take; to be given up where nobody waits for it any more.

    Raises:
        ProgramError: It is wrong, not supported, too large, or takes too long.
        ReaderError: No process could be started, or it was stopped.
    """
    answer = _answer(Request(source, language, limits, reading.seconds), reading)
    if answer.readout is None:
        raise ProgramError(answer.error or "", answer.code)
    return ReadProgram(Program.from_bytes(answer.program), answer.readout, answer.qubits)


def read_bound(
    text: str, values: Sequence[float], limits: ProgramLimits, reading: Reading
) -> Program:
    """Return the one circuit of an ansatz in OpenQASM, whose parameters are bound to numbers.

    Args:
        text: What `paultrap.languages.qasm.ansatz.Ansatz` takes; the extra is installed.
        values: A number for each parameter.
        limits: The bounds on the circuit's size.
        reading: How long it may take; to be given up where nobody waits for it any more.

    Raises:
        ParameterCountError: There are more or fewer parameters than values.
        ProgramError: It is wrong, not supported, too large, or takes too long.
        ReaderError: No process could be started, or it was stopped.
    """
    source = text.encode("utf-8", "replace")
    request = Request(source, Language.QASM, limits, reading.seconds, list(values))
    answer = _answer(request, reading)
    if answer.parameters is not None:
        raise ParameterCountError(answer.parameters)
    if answer.error is not None:
        raise ProgramError(answer.error, answer.code)
    return Program.from_bytes(answer.program)


def _answer(request: Request, reading: Reading) -> Answer:
    started = time.monotonic()
    said = _ask(request, reading)
    if said:
        answer = msgspec.msgpack.decode(said, type=Answer)
        if not answer.was_read:
            raise ReaderError("no process could be started to read the program; try again later")
        return answer
    if READERS.is_stopped:
        raise ReaderError(_STOPPED)
    if reading.is_stopped:
        raise ReaderError(_GIVEN_UP)
    if time.monotonic() - started >= request.seconds:
        raise ProgramError(
            OverLimit(
                Limit.PROGRAM_SECONDS,
                f"reading the program takes more than {request.seconds:g} seconds",
            ),
            FailureCode.TOO_COMPLEX,
        )
    raise ProgramError(
        "the program cannot be read: reading it takes too much memory or nests too deeply",
        FailureCode.TOO_COMPLEX,
    )


def _ask(request: Request, reading: Reading) -> bytes:
    """Return what a new process says, or nothing when it has ended without a word."""
    try:
        connection = READERS.connect()
    except OSError as error:
        if READERS.is_stopped:
            raise ReaderError(_STOPPED) from error
        raise ReaderError(
            f"no process could be started to read the program ({error.strerror}); try again later"
        ) from error
    with connection:
        reading.watch(connection)
        try:
            connection.settimeout(request.seconds + _GRACE_SECONDS)
            connection.sendall(msgspec.msgpack.encode(request))
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as stream:
                first = stream.read(1)
                if first != SLOW:
                    return first + stream.read()
                reading.on_slow()
                return stream.read()
        except OSError:  # It has ended, or takes too long, or was given up.
            return b""
        finally:
            reading.watch(None)

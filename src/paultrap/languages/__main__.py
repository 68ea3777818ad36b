"""The process that reads one program: the source comes in, an `Answer` goes out."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress

import msgspec

from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import TOO_COMPLEX, ProgramError
from paultrap.languages.isolation import Answer, Language
from paultrap.languages.limits import ProgramLimits

_MOST_BYTES = 2 << 30
_DEEPEST = 10_000  # calls of Python: parsers take some dozen for each level of brackets


def main() -> int:
    """Read what comes on the standard input; the arguments are the language and the limits."""
    with suppress(OSError, ValueError):  # Not every system has it.
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    sys.setrecursionlimit(_DEEPEST)
    language, gates, qubits = sys.argv[1:]
    answer = _answer(
        sys.stdin.buffer.read(), Language(language), ProgramLimits(int(gates), int(qubits))
    )
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))
    return 0


def _answer(source: bytes, language: Language, limits: ProgramLimits) -> Answer:
    try:
        found = _read(source, language, limits)
    except ProgramError as error:
        return Answer(error=str(error), code=error.code)
    except RecursionError:
        return Answer(error="the program nests too deeply", code=TOO_COMPLEX)
    except MemoryError:
        return Answer(error="reading the program takes too much memory", code=TOO_COMPLEX)
    return Answer(program=found.program.to_bytes(), readout=found.readout, qubits=found.qubits)


def _read(source: bytes, language: Language, limits: ProgramLimits) -> ReadProgram:
    if language is Language.QIR:
        from paultrap.languages.qir import read_qir  # noqa: PLC0415  # an extra

        return read_qir(source, limits)
    from paultrap.languages.qasm.reading import read_qasm  # noqa: PLC0415  # an extra

    return read_qasm(source.decode(), limits)


if __name__ == "__main__":
    sys.exit(main())

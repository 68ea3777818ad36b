"""`read_at_once`: programs whose reading takes no other process."""

from paultrap.languages.deferral import ReadProgram
from paultrap.languages.isolation import Language
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.qasm.flat import read_flat

_VERSIONS = {Language.QASM: 3, Language.QASM2: 2}


def read_at_once(source: bytes, language: Language, limits: ProgramLimits) -> ReadProgram | None:
    """Return the circuit of a program and what it measures, or None where another process is to read it.

    What is flat takes time and memory in proportion to its length, and most programs are: see
    `paultrap.languages.qasm.flat`.

    Args:
        source: The program: text in UTF-8, or bitcode.
        language: The language of the program.
        limits: What the program may hold.

    Raises:
        ProgramError: It is too large.
    """
    version = _VERSIONS.get(language)
    if version is None:
        return None
    return read_flat(source.decode("utf-8", "replace"), limits, version)

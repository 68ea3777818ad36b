"""What differs between the versions of OpenQASM once their syntax is read."""

from collections.abc import Mapping
from typing import NamedTuple

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm.arithmetic import CONSTANTS
from paultrap.languages.qasm.standard import BUILT_IN, BUILT_IN_2, QELIB1, STDGATES, StandardGate


class Version(NamedTuple):
    """A version of OpenQASM.

    Attributes:
        number: Its major number.
        file: The name of the file that a program includes for its standard gates.
        gates: What is in that file.
        built_in: The gates that need no file.
        constants: Names that stand for numbers.
        least_size: The least number of bits or qubits in a register.
    """

    number: int
    file: str
    gates: Mapping[str, StandardGate]
    built_in: Mapping[str, StandardGate]
    constants: Mapping[str, float]
    least_size: int

    def included(self, file: str) -> Mapping[str, StandardGate]:
        """Return the gates of a file.

        Raises:
            ProgramError: It is not this version's; the message names this version's.
        """
        if file == self.file:
            return self.gates
        message = f'include "{file[:40]}" is not supported; "{self.file}" is'
        for other in VERSIONS:
            if file == other.file:
                message = (
                    f'"{file}" has the gates of OpenQASM {other.number}, and this is a program of '
                    f'version {self.number}, whose file is "{self.file}"'
                )
        raise ProgramError(message, FailureCode.UNSUPPORTED)


# In version 2 the parser knows pi, which nothing else can be called.
_2 = Version(2, "qelib1.inc", QELIB1, BUILT_IN_2, {}, least_size=0)
_3 = Version(3, "stdgates.inc", STDGATES, BUILT_IN, CONSTANTS, least_size=1)
VERSIONS = (_2, _3)

#: The files with their gates.
FILES = frozenset(version.file for version in VERSIONS)
#: The gates of both, which an ansatz has without an include.
ALL_GATES = {**STDGATES, **QELIB1}


def version_of(line: str | None) -> Version:
    """Return the version that a version line names, such as "2.0"; 3 where there is none.

    Raises:
        ProgramError: There is no such version here.
    """
    major = "3" if line is None else line.split(".")[0]
    for version in VERSIONS:
        if major == str(version.number):
            return version
    raise ProgramError(f"OPENQASM {(line or '')[:20]} is not supported; 2.0 and 3.0 are")

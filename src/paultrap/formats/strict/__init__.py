"""The strict reader: gives the verdict on gate lists that the compiled scanner hands back.

It accepts everything that the scanner accepts, with the same arrays, and the unusual
spellings beside; of anything else it says what is wrong and where.
"""

from paultrap.formats.strict.gates import read_gates
from paultrap.formats.strict.place import CircuitPlace, GatePlace

__all__ = ["CircuitPlace", "GatePlace", "read_gates"]

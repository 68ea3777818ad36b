"""OpenQASM 2: its own grammar, of the paper that defines it (arXiv:1707.03429), without version 3's.

What it reads becomes the syntax that version 3 has for the same, so that both are unrolled alike.
"""

from paultrap.languages.qasm.version2.parser import parsed

__all__ = ["parsed"]

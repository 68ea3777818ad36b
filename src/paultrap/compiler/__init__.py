"""The compiler: qis gates to the native gates of a trapped-ion machine. Knows no JSON, noise or job."""

from paultrap.compiler.compact import (
    MOST_CONTROLS,
    MOST_ENTANGLERS,
    compile_compact,
    gates_alone,
    whole_gates,
)
from paultrap.compiler.native import Entangler, compile_native
from paultrap.compiler.segments import virtual_gates

__all__ = [
    "MOST_CONTROLS",
    "MOST_ENTANGLERS",
    "Entangler",
    "compile_compact",
    "compile_native",
    "gates_alone",
    "virtual_gates",
    "whole_gates",
]

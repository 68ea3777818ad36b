"""The compiler: qis gates to the native gates of a trapped-ion machine. Knows no JSON, noise or job."""

from paultrap.compiler.native import Entangler, compile_native

__all__ = ["Entangler", "compile_native"]

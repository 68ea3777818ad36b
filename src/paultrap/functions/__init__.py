"""Jobs that are more than their circuits: circuits go out, and their answers become a result."""

from paultrap.functions.function import Answers, Function, Request, Step
from paultrap.functions.registry import TYPES, class_of, function_of, is_function

__all__ = [
    "TYPES",
    "Answers",
    "Function",
    "Request",
    "Step",
    "class_of",
    "function_of",
    "is_function",
]

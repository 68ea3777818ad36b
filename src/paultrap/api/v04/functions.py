"""Quantum functions in version 0.4: what stands in their jobs."""

from typing import Any

__all__ = ["function_output"]


def function_output(outcome: dict[str, Any] | None) -> dict[str, Any]:
    """Return the `output` of a function: what is in its results, where some clients look."""
    if outcome is None or "value" not in outcome:
        return {}
    return outcome | {"energy": outcome["value"]}

"""OpenAPI overlays, as far as the clients' vendors use them: `remove` and `update` at a plain path."""

from typing import Any


def overlaid(document: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    """Return ``document``, changed in place by the actions of ``overlay``."""
    for action in overlay["actions"]:
        root, *path = action["target"].split(".")
        assert root == "$", action["target"]
        *parents, last = path
        holder = document
        for name in parents:
            holder = holder[name]
        if action.get("remove"):
            holder.pop(last, None)
        else:
            _update(holder.setdefault(last, {}), action["update"])
    return document


def _update(target: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            _update(target[name], value)
        elif isinstance(value, list) and isinstance(target.get(name), list):
            target[name] += value
        else:
            target[name] = value

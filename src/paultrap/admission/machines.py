"""What jobs can be addressed to, and which noise there is, as admission asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from paultrap.engine.noise import NoiseModel
from paultrap.jobs import ALIASES, BACKENDS, MODELS, Backend, is_own

__all__ = ["SHIPPED", "Machines"]


class Machines(Protocol):
    """Back ends and noise models by name."""

    @property
    def backends(self) -> Mapping[str, Backend]:
        """All back ends, the simulator first."""

    @property
    def models(self) -> Mapping[str, NoiseModel]:
        """All noise models."""

    def resolve(self, name: str) -> Backend | None:
        """Return the back end of a name or an alias."""

    def is_plugin(self, name: str) -> bool:
        """Return whether a back end is an installed plug-in."""


class _Shipped:
    backends: Mapping[str, Backend] = BACKENDS
    models: Mapping[str, NoiseModel] = MODELS

    @staticmethod
    def resolve(name: str) -> Backend | None:
        return BACKENDS.get(ALIASES.get(name, name))

    @staticmethod
    def is_plugin(name: str) -> bool:
        return is_own(name)


SHIPPED: Machines = _Shipped()

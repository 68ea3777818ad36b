"""`Precision`: of amplitudes. A module of its own, since settings name it and load no engine."""

from typing import Literal

Precision = Literal["double", "single"]

"""`Precision` of amplitudes. A separate module, since settings name it and load no engine."""

from typing import Literal

Precision = Literal["double", "single"]

"""The instruction sets that the engine is tested with."""

import pytest

from paultrap import _kernels


def _supported() -> list[str]:
    names = []
    for name in ("portable", "avx2", "avx512"):
        try:
            names.append(_kernels.isa(name))
        except ValueError:
            continue
    return names


@pytest.fixture(params=_supported())
def isa(request, monkeypatch) -> str:
    """Run the test once for every instruction set that this processor has."""
    monkeypatch.setenv("PAULTRAP_ISA", request.param)
    return request.param

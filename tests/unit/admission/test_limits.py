"""What a job may hold is the same by default, whoever reads it."""

from dataclasses import replace

import pytest

from paultrap.admission import Limits
from paultrap.circuits import Limit, OverLimit
from paultrap.formats import CircuitLimits
from paultrap.languages import ProgramLimits
from paultrap.limits import limits_of, named
from paultrap.machines import Machines
from paultrap.settings import Settings


def test_the_defaults_of_settings_are_those_of_limits():
    found = limits_of(Settings())
    assert Limits() == replace(found, predicted_seconds=None, memory=None)


@pytest.mark.parametrize("limit", Limit)
def test_each_limit_is_a_setting_which_its_message_names(limit):
    _, setting = named(OverLimit(limit, "too much")).split("PAULTRAP_")
    assert setting.removesuffix(")").lower() in Settings.model_fields


def test_readers_have_the_same_defaults():
    limits, simulator = Limits(clifford_qubits=0), Machines.shipped().backends["simulator"]
    assert limits.circuit_limits(simulator, is_plugin=False) == CircuitLimits()
    assert ProgramLimits(limits.gates, limits.qubits) == ProgramLimits()
    assert simulator.qubits == limits.qubits

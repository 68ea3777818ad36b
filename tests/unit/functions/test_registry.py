import pytest

from paultrap.functions import TYPES, Function, class_of, is_function


@pytest.mark.parametrize("job_type", TYPES)
def test_a_type_is_that_of_its_function(job_type):
    found = class_of(job_type)
    assert issubclass(found, Function)
    assert found.type == job_type
    assert found.title
    assert is_function(job_type)
    # A function with several stages has to say what follows from what.
    has_own = {"next_stage", "findings"} <= vars(found).keys()
    assert has_own == (found.stages > 1)
    assert ("ansatz" in vars(found)) == found.has_ansatz


def test_circuits_and_children_are_no_functions():
    for job_type in ("ionq.circuit.v1", "ionq.multi-circuit.v1", "ionq.qasm3.v1"):
        assert not is_function(job_type)
    for job_type in TYPES:
        assert not is_function(class_of(job_type).child_type)

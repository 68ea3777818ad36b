"""QIR as its own library writes it, against Qiskit's state vectors."""

import math

import numpy as np
import pyqir
import pytest
from pyqir.qis import if_result
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from unit.languages.programs import dense

from paultrap.engine import simulate
from paultrap.languages import ProgramError, ProgramLimits
from paultrap.languages.angles import reduced
from paultrap.languages.qir import read_qir

PLAIN = ("h", "x", "y", "z", "s", "t", "s_adj", "t_adj")
ANGLED = ("rx", "ry", "rz")
PAIRS = ("cx", "cz", "swap")
NAMES = {"s_adj": "sdg", "t_adj": "tdg"}


def random_pair(seed):
    """Return the same random gates as a module and as a circuit."""
    rng = np.random.default_rng(seed)
    module = pyqir.SimpleModule("random", 4, 4)
    circuit = QuantumCircuit(4)
    for _ in range(40):
        name = str(rng.choice([*PLAIN, *ANGLED, *PAIRS, "ccx"]))
        n_qubits = 3 if name == "ccx" else 2 if name in PAIRS else 1
        qubits = rng.permutation(4)[:n_qubits].tolist()
        angles = [float(rng.uniform(-4, 4))] if name in ANGLED else []
        operands = [module.qubits[qubit] for qubit in qubits]
        getattr(pyqir.qis, name)(module.builder, *angles, *operands)
        getattr(circuit, NAMES.get(name, name))(*angles, *qubits)
    return module, circuit


def read(module, **limits):
    return read_qir(module.bitcode(), ProgramLimits(**limits))


def answer(found):
    return found.readout.of(simulate(found.program)).as_dict(0)


@pytest.mark.parametrize("seed", range(6))
def test_gates_do_what_qiskits_do_and_all_qubits_are_measured(seed):
    module, circuit = random_pair(seed)
    expected = Statevector(circuit).probabilities()
    assert dense(answer(read(module)), 4) == pytest.approx(expected, abs=1e-9)


def test_measured_results_are_the_bits_and_reset_is_known():
    module = pyqir.SimpleModule("dynamic", 2, 3)
    qis = pyqir.BasicQisBuilder(module.builder)
    qis.x(module.qubits[0])
    qis.mz(module.qubits[0], module.results[2])
    qis.reset(module.qubits[0])
    qis.mz(module.qubits[0], module.results[0])
    qis.mz(module.qubits[1], module.results[1])
    assert answer(read(module)) == {0b100: 1.0}


CUDAQ = """
define void @kernel() #0 {{
  {body}
  ret void
}}
declare void @__quantum__qis__h__body(ptr)
declare void @__quantum__qis__x__body(ptr)
declare void @__quantum__qis__mz__body(ptr, ptr)
declare void @__quantum__qis__mresetz__body(ptr, ptr)
declare void @__quantum__qis__x__ctl(ptr, ptr)
declare void @__quantum__qis__cnot__body(ptr, ptr)
declare void @__quantum__qis__reset__body(ptr)
declare void @__quantum__qis__rx__body(double, ptr)
declare void @__quantum__qis__rzz__body(double, ptr, ptr)
declare void @__quantum__qis__ry__body(ptr)
declare void @__quantum__qis__u3__body(double, double, double, ptr)
declare void @__quantum__rt__result_record_output(ptr, ptr)
attributes #0 = {{ "entry_point" "qir_profiles"="base_profile" "requiredQubits"="{qubits}" "requiredResults"="2" }}
"""
ONE = "ptr inttoptr (i64 1 to ptr)"


def assembled(body, qubits=2):
    module = pyqir.Module.from_ir(pyqir.Context(), CUDAQ.format(body=body, qubits=qubits))
    return read_qir(module.bitcode, ProgramLimits())


def call(name, arguments, prefix="qis"):
    return f"call void @__quantum__{prefix}__{name}({arguments})\n"


def test_results_come_in_the_order_in_which_they_are_recorded():
    found = assembled(
        call("x__body", ONE)
        + call("mz__body", "ptr null, ptr null")
        + call("mz__body", f"{ONE}, {ONE}")
        + call("result_record_output", f"{ONE}, ptr null", "rt")
        + call("result_record_output", "ptr null, ptr null", "rt")
    )
    assert answer(found) == {0b01: 1.0}


MEASURE = call("mz__body", "ptr null, ptr null")
RECORD = call("result_record_output", "ptr null, ptr null", "rt")
FLIP = call("x__body", "ptr null")
RESET = call("reset__body", "ptr null")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (FLIP + MEASURE + RECORD + RESET + MEASURE + RECORD, {0b01: 1.0}),
        (FLIP + MEASURE + RECORD + RESET + MEASURE, {1: 1.0}),
        (MEASURE + RECORD + FLIP + MEASURE + RECORD + RECORD, {0b110: 1.0}),
        (
            call("h__body", "ptr null") + MEASURE + RECORD + FLIP + MEASURE + RECORD,
            {0b01: 0.5, 0b10: 0.5},
        ),
        (FLIP + RECORD + MEASURE + RECORD, {0b10: 1.0}),  # 0 before it is measured
        (FLIP + MEASURE + RESET + MEASURE, {0: 1.0}),  # what is not recorded is as in the end
    ],
)
def test_a_result_is_recorded_as_it_is_then(body, expected):
    assert answer(assembled(body, 1)) == expected


NAN, INFINITY = "0x7FF8000000000000", "0x7FF0000000000000"


@pytest.mark.parametrize("number", [NAN, INFINITY, "0xFFF0000000000000"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("rx__body", "double {}, ptr null"),
        ("rzz__body", "double {}, ptr null, " + ONE),
        ("u3__body", "double {}, double 1.0, double 2.0, ptr null"),
        ("u3__body", "double 1.0, double 2.0, double {}, ptr null"),
    ],
)
def test_an_angle_that_is_no_finite_number_is_refused_by_its_instruction(name, arguments, number):
    with pytest.raises(ProgramError, match=f"^instruction 2, .*{name}.*not a finite number"):
        assembled(FLIP + call(name, arguments.format(number)))


def test_angles_however_large_are_turns():
    found = assembled(
        call("u3__body", "double 1.0e308, double 1.0e308, double 1.0e308, ptr null")
        + call("rx__body", "double 1.0e308, ptr null") * 2,
        1,
    )
    circuit = QuantumCircuit(1)
    large = math.remainder(1e308, math.tau)  # its turn is not that of 2 pi, and so next to useless
    assert large != pytest.approx(reduced(1e308))
    circuit.u(*[reduced(1e308)] * 3, 0)
    circuit.rx(reduced(1e308), 0)
    circuit.rx(reduced(1e308), 0)
    assert dense(answer(found), 1) == pytest.approx(Statevector(circuit).probabilities(), abs=1e-12)


def test_an_axis_close_to_x_is_not_x():
    first, second = 1e-6 - np.pi / 2, np.pi / 2 - 1e-6
    circuit = QuantumCircuit(1)
    circuit.rx(np.pi / 2, 0)
    circuit.u(1.0, first, second, 0)
    circuit.rx(np.pi / 2, 0)
    found = assembled(
        call("rx__body", f"double {np.pi / 2:.17e}, ptr null")
        + call("u3__body", f"double 1.0, double {first:.17e}, double {second:.17e}, ptr null")
        + call("rx__body", f"double {np.pi / 2:.17e}, ptr null"),
        1,
    )
    assert dense(answer(found), 1) == pytest.approx(Statevector(circuit).probabilities(), abs=1e-13)


def test_missing_arguments_are_named():
    with pytest.raises(ProgramError, match=r"^instruction 1, .*it takes 2 arguments, not 1"):
        assembled(call("ry__body", "ptr null"))


def test_the_width_is_what_the_program_requires():
    found = assembled(call("h__body", "ptr null") + call("cnot__body", f"ptr null, {ONE}"), 5)
    assert found.qubits == 5
    assert answer(found) == {0: 0.5, 3: 0.5}


def test_refusals_name_the_instruction():
    with pytest.raises(ProgramError, match=r'^instruction 2, ".*x__ctl.*no such instruction'):
        assembled(call("h__body", "ptr null") + call("x__ctl", f"ptr null, {ONE}"))
    with pytest.raises(ProgramError, match="must differ"):
        assembled(call("cnot__body", f"{ONE}, {ONE}"))


def test_branches_are_refused():
    module = pyqir.SimpleModule("adaptive", 2, 1)
    qis = pyqir.BasicQisBuilder(module.builder)
    qis.mz(module.qubits[0], module.results[0])
    if_result(module.builder, module.results[0], lambda: qis.x(module.qubits[1]))
    with pytest.raises(ProgramError, match="no target runs dynamic circuits") as caught:
        read(module)
    assert caught.value.code == "PreflightError"


@pytest.mark.parametrize("content", [b"", b"junk", b"BC\xc0\xde" + bytes(40)])
def test_what_is_no_bitcode_is_refused(content):
    with pytest.raises(ProgramError, match="no LLVM bitcode"):
        read_qir(content, ProgramLimits())


def test_limits_hold():
    module, _ = random_pair(1)
    with pytest.raises(ProgramError) as caught:
        read(module, gates=10)
    assert caught.value.code == "TooManyGates"
    with pytest.raises(ProgramError) as caught:
        read(module, qubits=3)
    assert caught.value.code == "NotEnoughQubits"


def test_measuring_and_resetting_at_once_needs_no_branch():
    both = call("mresetz__body", "ptr null, ptr null")
    found = assembled(
        call("x__body", "ptr null")
        + both
        + call("cnot__body", f"ptr null, {ONE}")
        + call("x__body", "ptr null")
        + call("mresetz__body", f"ptr null, {ONE}")
        + call("mz__body", f"{ONE}, ptr inttoptr (i64 2 to ptr)")
    )
    assert answer(found) == {0b011: 1.0}


UNNAMED = """br label %1
1:
  call void @__quantum__qis__x__body(ptr null)
  br i1 {condition}, label %{then}, label %{other}
2:
  call void @__quantum__qis__x__body(ptr inttoptr (i64 1 to ptr))
  br label %3
3:
"""


@pytest.mark.parametrize(
    ("condition", "then", "other", "bits"),
    [
        ("true", 2, 3, 0b11),
        ("false", 2, 3, 0b01),
        ("true", 3, 2, 0b01),
        ("false", 3, 2, 0b11),
    ],
)
def test_blocks_need_no_names_and_branches_that_are_known_are_taken(condition, then, other, bits):
    found = assembled(UNNAMED.format(condition=condition, then=then, other=other))
    assert answer(found) == {bits: 1.0}


def test_a_loop_is_still_one_whatever_its_blocks_are_called():
    with pytest.raises(ProgramError, match="has a loop"):
        assembled(UNNAMED.format(condition="true", then=1, other=3))

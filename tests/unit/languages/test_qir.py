"""QIR as its own library writes it, against Qiskit's state vectors."""

import numpy as np
import pyqir
import pytest
from pyqir.qis import if_result
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from unit.languages.programs import dense

from paultrap.engine import simulate
from paultrap.languages import ProgramError, ProgramLimits
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
declare void @__quantum__qis__x__ctl(ptr, ptr)
declare void @__quantum__qis__cnot__body(ptr, ptr)
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
    with pytest.raises(ProgramError) as caught:
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

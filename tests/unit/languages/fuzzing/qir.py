"""Modules of QIR: calls of the base profile and some beyond it, with the circuits that they mean."""

import pyqir
from qiskit import ClassicalRegister, QuantumCircuit

# By name: Qiskit's method, its angles, and on how many qubits it acts.
GATES = {
    **{f"{name}__body": (name, 0, 1) for name in ("h", "x", "y", "z", "s", "t", "sx")},
    **{f"{name}__adj": (f"{name}dg", 0, 1) for name in ("s", "t")},
    **{f"{name}__body": (name, 1, 1) for name in ("rx", "ry", "rz")},
    "r1__body": ("p", 1, 1),
    **{f"{name}__body": (name, 0, 2) for name in ("cx", "cy", "cz", "swap")},
    "cnot__body": ("cx", 0, 2),
    **{f"{name}__body": (name, 1, 2) for name in ("rxx", "ryy", "rzz")},
    "u3__body": ("u", 3, 1),
    "ccx__body": ("ccx", 0, 3),
}
FAULTS = ["no such gate", "more arguments", "infinite angle", "branch", "loop", "arithmetic"]
MOST_SPLITS = 5


class Module:
    """One module of 4 qubits and 3 results.

    Attributes:
        text: Its assembly.
        bitcode: The same as it is sent.
        circuit: What it means, a bit for each bit of the answer; None where it has a fault.
    """

    def __init__(self, choices, *, faulty=False):
        self._choices = choices
        self._splits = MOST_SPLITS
        self._measured = {}
        self._declared = set()
        self._blocks = 0
        self._lines = []
        self._circuit = QuantumCircuit(4)
        for qubit in range(4):
            self._gate("u3__body", [qubit])
        for _ in range(choices.whole(4, 14)):
            self._statement()
        recorded = self._recorded() if self._measured and choices.chance() else None
        if faulty:
            self._fault()
        self.text = self._assembled()
        self.bitcode = pyqir.Module.from_ir(pyqir.Context(), self.text).bitcode
        self.circuit = None if faulty else self._meant(recorded)

    def _statement(self):
        kinds = ["gate", "gate", "gate", "block", "barrier"]
        kinds += ["measure", "measure and reset", "reset"] if self._splits else []
        kind = self._choices.take("statement of QIR", kinds)
        qubit = self._choices.whole(0, 3)
        if kind == "gate":
            name = self._choices.take("gate of QIR", GATES)
            self._gate(name, self._choices.rng.sample(range(4), GATES[name][2]))
        elif kind == "block":
            self._block()
        elif kind == "barrier":
            self._call("barrier__body")
        else:
            self._splits -= 1
            self._split(kind, qubit, self._choices.whole(0, 2))

    def _gate(self, name, qubits):
        method, n_angles, _ = GATES[name]
        angles = [round(self._choices.rng.uniform(-7, 7), 3) for _ in range(n_angles)]
        self._call(name, *(f"double {angle:e}" for angle in angles), *map(_pointer, qubits))
        getattr(self._circuit, method)(*angles, *qubits)

    def _split(self, kind, qubit, result):
        if kind != "reset":
            name = "mz__body" if kind == "measure" else "mresetz__body"
            self._call(name, _pointer(qubit), _pointer(result))
            register = ClassicalRegister(1)
            self._circuit.add_register(register)
            self._circuit.measure(qubit, register[0])
            self._measured[result] = self._circuit.num_clbits - 1
        else:
            self._call("reset__body", _pointer(qubit))
        if kind != "measure":
            self._circuit.reset(qubit)

    def _block(self):
        """Begin another block, with a name or without, after a branch that is known."""
        how = self._choices.take("block of QIR", ["named", "unnamed", "constant"])
        place = f"b{len(self._lines)}" if how == "named" else f"{self._blocks + 1}"
        self._blocks += how != "named"
        if how == "constant":
            self._lines.append(f"br i1 true, label %{place}, label %dead")
            self._declared.add("dead")
        else:
            self._lines.append(f"br label %{place}")
        self._lines.append(f"{place}:")

    def _recorded(self):
        """Record some results, and return which bits they are."""
        found = []
        for result in self._choices.rng.sample(range(3), self._choices.whole(1, 3)):
            self._choices.note("recorded result of QIR")
            self._call("result_record_output", _pointer(result), "ptr null", prefix="rt")
            found.append(self._measured.get(result))
        return found

    def _meant(self, recorded):
        if not self._measured:
            self._circuit.measure_all()
            return self._circuit, list(range(4))
        bits = recorded or [self._measured[result] for result in sorted(self._measured)]
        return self._circuit, bits

    def _fault(self):
        kind = self._choices.take("fault of QIR", FAULTS)
        if kind == "no such gate":
            self._call("nothing__body", _pointer(0))
        elif kind == "more arguments":
            self._call("h__body", _pointer(0), _pointer(1), declared="h__body2")
        elif kind == "infinite angle":
            self._call("rx__body", "double 0x7FF0000000000000", _pointer(0))
        elif kind == "branch":
            self._lines += [
                "%r = call i1 @__quantum__qis__read_result__body(ptr null)",
                "br i1 %r, label %one, label %one",
                "one:",
            ]
            self._declared.add("i1 @__quantum__qis__read_result__body(ptr)")
        elif kind == "loop":
            self._lines += ["br label %again", "again:", "br label %again", "after:"]
        else:
            self._lines.append("%s = add i64 1, 2")

    def _call(self, name, *arguments, prefix="qis", declared=None):
        full = f"@__quantum__{prefix}__{name}"
        if declared is not None:
            full = f"@__quantum__qis__{declared}"
        self._lines.append(f"call void {full}({', '.join(arguments)})")
        self._declared.add(f"void {full}({', '.join(each.split()[0] for each in arguments)})")

    def _assembled(self):
        has_dead = "dead" in self._declared
        body = "\n  ".join([*self._lines, "ret void", *(["dead:", "ret void"] if has_dead else [])])
        declared = "\n".join(f"declare {each}" for each in sorted(self._declared - {"dead"}))
        attributes = (
            '"entry_point" "qir_profiles"="base_profile" "required_num_qubits"="4" '
            '"required_num_results"="3"'
        )
        return f"define void @main() #0 {{\n  {body}\n}}\n{declared}\nattributes #0 = {{ {attributes} }}\n"


def _pointer(number):
    return f"ptr inttoptr (i64 {number} to ptr)" if number else "ptr null"

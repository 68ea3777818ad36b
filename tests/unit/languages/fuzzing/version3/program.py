"""Programs of OpenQASM 3 made together with their meaning, one production after the other."""

from unit.languages.fuzzing.machine import GATES, EndError, Machine
from unit.languages.fuzzing.version3.statements import Statements


class Program(Statements):
    """One program: its text, and `run`, which carries it out on a machine."""

    def __init__(self, choices):
        super().__init__(choices)
        self._steps = []
        self.lines = []
        self._make()
        self.text = "\n".join(self.lines) + "\n"

    def run(self):
        """Return the distribution of the bits; raises as expressions do."""
        machine = Machine()
        try:
            for step in self._steps:
                step(machine)
        except EndError:
            pass
        return machine.distribution()

    def _make(self):
        take, chance = self._choices.take, self._choices.chance
        version = take("version", ["OPENQASM 3.0;", "OPENQASM 3;", "OPENQASM 3.1;", ""])
        self._add([version] if version else [], None)
        self._add(['include "stdgates.inc";'], None)
        if chance(0.2):
            self._add([take("ignored", ["pragma any words", "#pragma any words"])], None)
        for _ in range(2):
            self._add(*self._constant())
        size = self._choices.whole(2, 3)
        self._add(*self._qubits("qubit[n]", size))
        self._add(*self._qubits(take("qubits", ["qubit", "qubit[n]", "qreg", "qreg[n]"]), size))
        for _ in range(self._choices.whole(0, 2)):
            self._add(*self._define_gate())
        for _ in range(self._choices.whole(0, 2)):
            self._add(*self._define_subroutine())
        for _ in range(self._choices.whole(6, 12)):
            self._add(*self._statement())
        if chance(0.1):
            self._choices.note("statement end")
            self._add(["end;"], _end)
        for register in list(self._scope.qubits):
            self._add(*self._last_turn(register))
        if any(self._scope.names["outcomes"]):
            self._add(*self._measure("declaration"))

    def _add(self, lines, run):
        self.lines += lines
        if run:
            self._steps.append(run)

    def _last_turn(self, register):
        """Turn all qubits at the end, so that phases are seen."""
        angles = [round(self._choices.rng.uniform(0.2, 3), 3) for _ in range(3)]
        text = f"U({angles[0]}, {angles[1]}, {angles[2]}) {register.name};"
        matrix = GATES["U"][2](*angles)

        def run(machine):
            for qubit in register.of(machine.env):
                machine.apply(matrix, [qubit])

        return [text], run


def _end(_):
    raise EndError

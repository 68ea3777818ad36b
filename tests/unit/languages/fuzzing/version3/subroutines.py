"""Subroutines of OpenQASM 3 programs, and their calls."""

from unit.languages.fuzzing.expressions import plain, wrapped
from unit.languages.fuzzing.version3.scopes import Maker, Register


class Subroutines(Maker):
    """Makes definitions and calls of subroutines."""

    def _define_subroutine(self):
        kind = self._choices.take("subroutine", ["acts", "whole", "real", "measures"])
        define = {"acts": self._define_acting, "measures": self._define_measuring}
        return define.get(kind, lambda: self._define_function(kind))()

    def _define_function(self, kind):
        """Define one that computes a number of numbers, and can be part of expressions."""
        name, key = self._name("f"), self._name("n")
        outer, self._scope = self._scope, self._scope.body()
        type_ = self._choices.take(
            "returns", ["int[n]", "uint[n]", "int"] if kind == "whole" else ["float", "angle"]
        )
        self._scope.names["whole"].append((key, key))
        early, condition = self._expressions.whole(1), self._expressions.truth(1)
        value = self._expressions.whole(2) if kind == "whole" else self._expressions.real(2)
        if kind == "whole" and self._choices.chance(0.5):
            self._choices.note("returns converted")
            value = self._expressions.real(2)
        self._scope = outer
        convert = self._whole_of(type_) if kind == "whole" else float

        def call(expressions, depth):
            self._choices.note(f"expression call of a {kind} subroutine")
            argument = expressions.whole(max(depth - 1, 0))

            def run(env):
                env[key] = wrapped(argument.value(env), 16, signed=True)
                return convert((early if condition.value(env) else value).value(env))

            return plain(0).__class__(f"{name}({argument.text})", 15, run)

        self._scope.names[f"{kind} call"].append(call)
        return [
            f"def {name}(int[16] {key}) -> {self._type(type_)} {{",
            f"  if ({condition.text}) return {early.text};",
            f"  return {value.text};",
            "}",
        ], None

    def _define_acting(self):
        """Define one that acts on qubits, and takes numbers and bits."""
        name, size = self._name("f"), 2
        lone, many, number, bits = (self._name(start) for start in "xynb")
        outer, self._scope = self._scope, self._scope.body()
        self._scope.qubits = [
            Register(lone, (lone,), lambda env: env[lone], is_single=True),
            Register(many, ((many, 0), (many, 1)), lambda env: env[many]),
        ]
        self._scope.names["real"].append((number, number))
        self._scope.variables["real"].append((number, number, float))
        self._scope.names["bits"].append((bits, bits, size))
        self._in_subroutine = True
        lines, run = self._block(self._choices.whole(1, 4))
        self._in_subroutine = False
        returns = self._choices.chance(0.3)
        condition = self._expressions.truth(1)
        self._scope = outer
        if returns:
            self._choices.note("returns early from a subroutine")
            lines = [f"  if ({condition.text}) return;", *lines]

        def call(machine, qubit, qubits, value, cells):
            machine.env |= {lone: qubit, many: qubits, number: float(value), bits: list(cells)}
            if not (returns and condition.value(machine.env)):
                run(machine)

        self._subroutines.append((name, call))
        head = f"def {name}(qubit {lone}, qubit[{size}] {many}, float {number}, bit[2] {bits})"
        return [f"{head} {{", *lines, "}"], None

    def _call(self):
        name, call = self._choices.rng.choice(self._subroutines)
        if call is None:
            return self._call_measuring(name)
        registers = [each for each in self._scope.qubits if len(each.ids) >= 2]
        many = self._choices.rng.choice(registers)
        chosen = self._choices.rng.sample(range(len(many.ids)), 2)
        qubits = Register(
            f"{many.name}[{{{chosen[0]}, {chosen[1]}}}]",
            tuple(many.ids[place] for place in chosen),
            lambda env: [many.of(env)[place] for place in chosen],
        )
        lone = self._singles(1, {*qubits.ids})[0]
        value, bits = self._expressions.real(1), self._expressions.bits(2)
        text = f"{name}({lone.name}, {qubits.name}, {value.text}, {bits.text});"

        def run(machine):
            env = machine.env
            number = bits.value(env)
            cells = [number & 1, number >> 1 & 1]
            call(machine, lone.of(env), qubits.of(env), value.value(env), cells)

        return [text], run

    def _define_measuring(self):
        name, qubit = self._name("f"), self._name("x")
        self._subroutines.append((name, None))
        return [f"def {name}(qubit {qubit}) -> bit {{", f"  return measure {qubit};", "}"], None

    def _call_measuring(self, name):
        if self._depth or self._in_loop or self._splits < 1:
            return self._barrier()
        self._splits -= 1
        self._choices.note("bits from a subroutine that measures")
        bit, lone = self._name("m"), self._singles(1, set())[0]
        self._scope.names["outcomes"].append((bit, bit, None))

        def run(machine):
            machine.env[bit] = [machine.measure(lone.of(machine.env)[0])]
            machine.is_measured = True
            machine.registers.append(machine.env[bit])

        return [f"bit {bit} = {name}({lone.name});"], run

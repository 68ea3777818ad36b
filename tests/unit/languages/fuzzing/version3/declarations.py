"""Declarations of OpenQASM 3 programs: qubits, constants, variables, bits and aliases."""

from unit.languages.fuzzing.expressions import plain
from unit.languages.fuzzing.version3.scopes import Maker, Register, Scope


class Declarations(Maker):
    """Makes declarations."""

    def _qubits(self, how, size):
        name = self._name("q")
        size = 1 if "[" not in how else size
        texts = {"qubit": f"qubit {name};", "qubit[n]": f"qubit[{size}] {name};"}
        texts |= {"qreg": f"qreg {name};", "qreg[n]": f"qreg {name}[{size}];"}
        ids = tuple((name, place) for place in range(size))
        self._scope.qubits.append(Register(name, ids, lambda env: env[name], "[" not in how))

        def run(machine):
            machine.env[name] = machine.add_qubits(size)

        return [texts[how]], run

    def _constant(self):
        kind = self._choices.take("constant of type", ["int", "uint[n]", "float", "angle", "bool"])
        name = self._name("k")
        value, convert, group = self._value_of(kind)
        text = f"const {self._type(kind)} {name} = {value.text};"
        self._scope.names[group].append((name, name))
        self._scope.constants[group].append((name, name))
        return [text], lambda machine: machine.env.update({name: convert(value.value(machine.env))})

    def _value_of(self, kind):
        """Return an expression for a variable, how it is converted, and its group."""
        if kind == "bool":
            return self._expressions.truth(2), bool, "bool"
        if kind in {"float", "float[n]", "angle"}:
            return self._expressions.real(2), float, "real"
        value = self._expressions.whole(2) if self._choices.chance(0.8) else None
        value = value or self._expressions.real(2)
        return value, self._whole_of(kind), "whole"

    def _variable(self):
        kinds = ["int", "int[n]", "uint", "uint[n]", "float", "float[n]", "angle"]
        kind = self._choices.take("variable of type", [*kinds, "bool"])
        how = self._choices.take("declaration", ["with a value", "assigned later", "shadowing"])
        value, convert, group = self._value_of(kind)
        name = key = self._name("v")
        hidden = [each for each in self._scope.names[group] if each[0] not in self._scope.own]
        if how == "shadowing" and self._depth > self._in_subroutine and hidden:
            name = self._choices.rng.choice(hidden)[0]
            self._choices.note("statement shadowing declaration")
            for names in (self._scope.names, self._scope.variables, self._scope.constants):
                for each in Scope.KINDS[:5]:
                    names[each] = [found for found in names[each] if found[0] != name]
        self._scope.names[group].append((name, key))
        self._scope.variables[group].append((name, key, convert))
        self._scope.own.add(name)
        type_ = self._type(kind)
        lines = [f"{type_} {name} = {value.text};"]
        if how == "assigned later" and name == key:
            lines = [f"{type_} {name};", f"{name} = {value.text};"]
        return lines, lambda machine: machine.env.update({key: convert(value.value(machine.env))})

    def _register(self):
        """Declare bits: known ones, or those that measurements will write to."""
        how = self._choices.take("bits declared", ["bit", "bit[n]", "creg", "creg[n]", "value"])
        name = self._name("c")
        size = self._choices.whole(2, 3) if how in {"bit[n]", "creg[n]", "value"} else 1
        is_single = "[" not in how and how != "value"
        texts = {"bit": f"bit {name};", "creg": f"creg {name};", "creg[n]": f"creg {name}[{size}];"}
        text = texts.get(how, f"bit[{size}] {name};")
        value = plain(0)
        if how == "value":
            value = self._expressions.bits(size)
            text = f"bit[{size}] {name} = {value.text};"
        is_known = how == "value" or (not is_single and self._choices.chance(0.3))
        is_global = self._depth == 0 and not self._in_subroutine
        if is_known:
            self._scope.names["bits"].append((name, name, size))
            self._scope.variables["bits"].append((name, name, size))
        else:
            self._scope.names["outcomes"].append((name, name, None if is_single else size))

        def run(machine):
            number = value.value(machine.env)
            machine.env[name] = [number >> place & 1 for place in range(size)]
            if is_global:
                machine.registers.append(machine.env[name])

        return [text], run

    def _alias(self):
        kind = self._choices.take("alias", ["name", "index", "range", "steps", "set", "++"])
        name = self._name("a")
        register = self._choices.rng.choice(self._scope.qubits)
        if kind == "++":
            pairs = [
                (one, other)
                for one in self._scope.qubits
                for other in self._scope.qubits
                if not {*one.ids} & {*other.ids}
            ]
            first, second = (self._part(each) for each in self._choices.rng.choice(pairs))
            found = Register(name, first.ids + second.ids, lambda env: env[name])
            text = f"let {name} = {first.name} ++ {second.name};"
            of = lambda env: first.of(env) + second.of(env)  # noqa: E731
        else:
            part = register if kind == "name" else self._part(register, kind)
            found = Register(name, part.ids, lambda env: env[name], part.is_single)
            text, of = f"let {name} = {part.name};", part.of
        self._scope.qubits.append(found)
        return [text], lambda machine: machine.env.update({name: of(machine.env)})

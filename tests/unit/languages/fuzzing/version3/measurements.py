"""Measurements and resets of OpenQASM 3 programs."""

from unit.languages.fuzzing.version3.scopes import Maker


class Measurements(Maker):
    """Makes measurements and resets."""

    def _measure(self, how=None):
        kinds = ["arrow", "assignment", "to one bit", "to some bits", "declaration", "alone"]
        how = how or self._choices.take("measure", kinds)
        register = self._part(self._choices.rng.choice(self._scope.qubits))
        self._splits -= len(register.ids) * self._repeats
        if how == "declaration" and not self._depth and not self._in_loop:
            return self._measure_into_new(register)
        target = None if how == "alone" else self._target(how, register)
        if target is None:
            return [f"measure {register.name};"], lambda machine: _outcomes(machine, register)
        shown, key, places = target

        def run(machine):
            machine.is_measured = True
            for place, cell in zip(places, _outcomes(machine, register), strict=True):
                machine.env[key][place] = cell

        arrow = f"measure {register.name} -> {shown};"
        return [arrow if how == "arrow" else f"{shown} = measure {register.name};"], run

    def _measure_into_new(self, register):
        name, size = self._name("m"), len(register.ids)
        brackets = "" if register.is_single else f"[{size}]"
        self._scope.names["outcomes"].append((name, name, None if register.is_single else size))

        def run(machine):
            machine.is_measured = True
            machine.env[name] = _outcomes(machine, register)
            machine.registers.append(machine.env[name])

        return [f"bit{brackets} {name} = measure {register.name};"], run

    def _target(self, how, register):
        """Return the text, key and places of bits for the outcomes, or None where none fit."""
        size, is_whole = len(register.ids), how in {"arrow", "assignment"}
        fitting = [
            each
            for each in self._scope.names["outcomes"]
            if (each[2] == size if is_whole else (each[2] or 0) >= size)
        ]
        if not fitting:
            return None
        name, key, room = self._choices.rng.choice(fitting)
        if is_whole:
            return name, key, range(size)
        if register.is_single:
            place = self._choices.whole(0, room - 1)
            return f"{name}[{self._place(place, room)}]", key, [place]
        return f"{name}[0:{size - 1}]", key, range(size)

    def _reset(self):
        register = self._part(self._choices.rng.choice(self._scope.qubits))
        self._splits -= len(register.ids) * self._repeats

        def run(machine):
            for qubit in register.of(machine.env):
                machine.reset(qubit)

        return [f"reset {register.name};"], run


def _outcomes(machine, register):
    return [machine.measure(qubit) for qubit in register.of(machine.env)]

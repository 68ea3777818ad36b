"""Assignments of OpenQASM 3 programs to variables and bits."""

from unit.languages.fuzzing.expressions import plain
from unit.languages.fuzzing.version3.scopes import Maker

COMPOUND = ["+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^="]


class Assignments(Maker):
    """Makes assignments."""

    def _assign(self):
        """Assign to a variable of each kind that there is."""
        kinds = [kind for kind in ("whole", "real", "bool") if self._scope.variables[kind]]
        parts = [self._assign_one(kind) for kind in kinds]

        def run(machine):
            for _, part in parts:
                part(machine)

        return [line for line, _ in parts], run

    def _assign_one(self, kind):
        self._choices.note(f"assigned {kind}")
        name, key, convert = self._choices.rng.choice(self._scope.variables[kind])
        of = {"bool": self._expressions.truth, "real": self._expressions.real}
        value = of.get(kind, self._expressions.whole)(2)

        def run(machine):
            machine.env[key] = convert(value.value(machine.env))

        return f"{name} = {value.text};", run

    def _compound(self):
        parts = [self._compound_one() for _ in range(3)]

        def run(machine):
            for _, part in parts:
                part(machine)

        return [line for line, _ in parts], run

    def _compound_one(self):
        symbol = self._choices.take("compound", COMPOUND)
        name, key, convert = self._choices.rng.choice(self._scope.variables["whole"])
        right = self._expressions.whole(1)
        if symbol in {"/=", "%=", "**=", "<<=", ">>="}:
            right = plain(self._choices.whole(1, 3))
        left = plain(0)
        left = type(left)(name, left.level, lambda env: env[key])
        found = self._expressions._binary(symbol.removesuffix("="), left, right)

        def run(machine):
            machine.env[key] = convert(found.value(machine.env))

        return f"{name} {symbol} {right.text};", run

    def _assign_bits(self):
        name, key, size = self._choices.rng.choice(self._scope.variables["bits"])
        how = self._choices.take("bits assigned", ["all", "one", "some"])
        if how == "one":
            place, value = self._choices.whole(0, size - 1), self._expressions.truth(1)
            places, shown = [place], f"{name}[{self._place(place, size)}]"
        else:
            places = list(range(size if how == "all" else 2))
            value = self._expressions.bits(len(places))
            shown = name if how == "all" else f"{name}[0:1]"

        def run(machine):
            number = int(value.value(machine.env))
            for bit, place in enumerate(places):
                machine.env[key][place] = number >> bit & 1

        return [f"{shown} = {value.text};"], run

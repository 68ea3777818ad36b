"""What the makers of programs share: registers, scopes, and the parts of registers."""

from typing import NamedTuple

from unit.languages.fuzzing.expressions import Expressions, wrapped

MOST_SPLITS = 6  # measurements and resets, each of which doubles the branches of the state


class Register(NamedTuple):
    """Qubits under a name.

    Attributes:
        name: Its text.
        ids: For each qubit, what is unique to it in its scope.
        of: Returns on a machine the qubits themselves.
        is_single: Whether it is a qubit and no register.
    """

    name: str
    ids: tuple
    of: object
    is_single: bool = False


class Scope:
    """What a statement may use; a block has a copy."""

    KINDS = ("whole", "real", "bool", "bits", "outcomes", "whole call", "real call")

    def __init__(self, outer=None):
        self.names = {kind: list(outer.names[kind]) if outer else [] for kind in self.KINDS}
        self.constants = {kind: list(outer.constants[kind]) if outer else [] for kind in self.KINDS}
        self.variables = {kind: list(outer.variables[kind]) if outer else [] for kind in self.KINDS}
        self.qubits = list(outer.qubits) if outer else []
        self.own = set()  # names of variables that are declared in it

    def body(self):
        """Return what a gate or subroutine sees of it: constants and functions."""
        found = Scope()
        for kind in self.KINDS:
            calls = self.names[kind] if kind.endswith("call") else []
            found.names[kind] = [*self.constants[kind], *calls]
            found.constants[kind] = list(self.constants[kind])
        return found


class Maker:
    """Makes one program; what is declared so far, and where in it the maker is.

    Its methods return the lines of a part, and a function that carries it out on a machine or None.
    """

    def __init__(self, choices):
        self._choices = choices
        self._scope = Scope()
        self._expressions = Expressions(choices, lambda: self._scope.names)
        self._n_names = 0
        self._gates = {}
        self._subroutines = []
        self._splits = MOST_SPLITS
        self._repeats = 1
        self._depth = 0
        self._in_loop = self._in_gate = self._in_subroutine = False

    def _name(self, start):
        self._n_names += 1
        return f"{start}{self._n_names}"

    def _type(self, kind):
        return kind.replace("[n]", "[16]")

    @staticmethod
    def _whole_of(kind):
        bits = 16 if "[" in kind else 64
        return lambda value: wrapped(value, bits, signed=not kind.startswith("u"))

    def _block(self, count):
        """Return statements in a new scope."""
        raise NotImplementedError

    # Qubits by name

    def _ids(self):
        return {each for register in self._scope.qubits for each in register.ids}

    def _part(self, register, kind=None):
        """Return some qubits of a register, in one of the ways to name them."""
        if register.is_single:
            return register
        size = len(register.ids)
        take, whole = self._choices.take, self._choices.whole
        kind = kind or take("part", ["name", "index", "range", "steps", "set"])
        if kind == "name":
            return register
        if kind == "index":
            return self._one(register, whole(0, size - 1))
        if kind == "set":
            places = self._choices.rng.sample(range(size), whole(1, size))
            text = "{" + ", ".join(self._place(place, size) for place in places) + "}"
        elif kind == "range":
            first = whole(0, size - 1)
            last = whole(first, size - 1)
            places = list(range(first, last + 1))
            text = f"{self._place(first, size)}:{self._place(last, size)}"
            if first == 0 and self._choices.chance():
                self._choices.note("part range without a start")
                text = f":{self._place(last, size)}"
            elif last == size - 1 and self._choices.chance():
                self._choices.note("part range without an end")
                text = f"{self._place(first, size)}:"
        else:
            step = take("step", ["1", "2", "-1"])
            first, last = (0, size - 1) if step != "-1" else (size - 1, 0)
            places = list(range(size))[:: int(step)]
            text = f"{self._place(first, size)}:{step}:{self._place(last, size)}"
        return Register(
            f"{register.name}[{text}]",
            tuple(register.ids[place] for place in places),
            lambda env: [register.of(env)[place] for place in places],
        )

    def _place(self, place, size):
        how = self._choices.take("place", ["whole", "from the end", "computed"])
        if how == "from the end":
            return f"{place - size}"
        return f"{place}" if how == "whole" else f"{place + 1} - 1"

    def _one(self, register, place):
        if register.is_single:
            return register
        text = f"{register.name}[{self._place(place, len(register.ids))}]"
        return Register(
            text, (register.ids[place],), lambda env: [register.of(env)[place]], is_single=True
        )

    def _singles(self, count, used):
        found = []
        for register in self._choices.rng.sample(self._scope.qubits, len(self._scope.qubits)):
            for place in self._choices.rng.sample(range(len(register.ids)), len(register.ids)):
                if len(found) < count and register.ids[place] not in used:
                    found.append(self._one(register, place))
                    used = used | {register.ids[place]}
        return self._choices.rng.sample(found, len(found))

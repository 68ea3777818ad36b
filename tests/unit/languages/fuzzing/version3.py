"""Programs of OpenQASM 3 made together with their meaning, one production after the other."""

from typing import NamedTuple

from unit.languages.fuzzing.expressions import Expressions, plain, wrapped
from unit.languages.fuzzing.machine import (
    GATES,
    EndError,
    Machine,
    TooLargeError,
    controlled,
    embedded,
    phase,
    power,
)

MOST_SPLITS = 6  # measurements and resets, each of which doubles the branches of the state
_LARGEST_ANGLE = 1e4  # so that plain sums of angles keep nine digits
FRACTIONS = {"0.5": 0.5, "1 / 3": 1 / 3, "-0.5": -0.5, "1.5": 1.5, "0.25": 0.25}
COMPOUND = ["+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^="]


class BreakError(Exception):
    pass


class ContinueError(Exception):
    pass


class ReturnError(Exception):
    pass


class Register(NamedTuple):
    """Qubits under a name.

    Attributes:
        name: Its text.
        ids: Of each qubit what tells it from all others in scope.
        of: Returns on a machine the qubits themselves.
        is_single: Whether it is a qubit and no register.
    """

    name: str
    ids: tuple
    of: object
    is_single: bool = False


class Recorder:
    """Stands in for a machine within a gate's definition."""

    def __init__(self, env):
        self.env = env
        self.steps = []

    def apply(self, matrix, qubits):
        self.steps.append((matrix, qubits))


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


class Program:
    """One program: its text, and `run`, which carries it out on a machine."""

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

    # The whole

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

    def _name(self, start):
        self._n_names += 1
        return f"{start}{self._n_names}"

    def _last_turn(self, register):
        """Turn all qubits at the end, so that phases are seen."""
        angles = [round(self._choices.rng.uniform(0.2, 3), 3) for _ in range(3)]
        text = f"U({angles[0]}, {angles[1]}, {angles[2]}) {register.name};"
        matrix = GATES["U"][2](*angles)

        def run(machine):
            for qubit in register.of(machine.env):
                machine.apply(matrix, [qubit])

        return [text], run

    # Declarations

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

    def _type(self, kind):
        return kind.replace("[n]", "[16]")

    def _value_of(self, kind):
        """Return an expression for a variable, how it is converted, and its group."""
        if kind == "bool":
            return self._expressions.truth(2), bool, "bool"
        if kind in {"float", "float[n]", "angle", "angle[n]"}:
            return self._expressions.real(2), float, "real"
        value = self._expressions.whole(2) if self._choices.chance(0.8) else None
        value = value or self._expressions.real(2)
        return value, self._whole_of(kind), "whole"

    @staticmethod
    def _whole_of(kind):
        bits = 16 if "[" in kind else 64
        return lambda value: wrapped(value, bits, signed=not kind.startswith("u"))

    def _variable(self):
        kinds = ["int", "int[n]", "uint", "uint[n]", "float", "float[n]", "angle", "angle[n]"]
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

    # Gates

    def _define_gate(self):
        name, n_params = self._name("g"), self._choices.whole(0, 2)
        n_qubits = self._choices.whole(1, 2)
        outer, self._scope = self._scope, self._scope.body()
        params = [self._name("p") for _ in range(n_params)]
        if params and self._scope.names["real"] and self._choices.chance(0.4):
            self._choices.note("gate definition whose parameter hides a constant")
            params[0] = self._scope.names["real"].pop()[0]
        keys = [f"{name} {param}" for param in params]
        places = [self._name("x") for _ in range(n_qubits)]
        self._scope.names["real"] += zip(params, keys, strict=True)
        self._scope.qubits = [
            Register(text, (text,), lambda _, place=place: [place], is_single=True)
            for place, text in enumerate(places)
        ]
        self._in_gate = True
        lines, run = self._block(self._choices.whole(0, 3))
        self._in_gate = False
        self._scope = outer
        brackets = f"({', '.join(params)})" if params else self._choices.rng.choice(["", "()"])
        self._choices.note(f"gate definition with {n_params} angles")

        def matrix(env, *values):
            recorder = Recorder(env | dict(zip(keys, values, strict=True)))
            run(recorder)
            return embedded(recorder.steps, n_qubits)

        self._gates[name] = (n_params, n_qubits, matrix)
        return [f"gate {name}{brackets} {', '.join(places)} {{", *lines, "}"], None

    def _gate(self):
        own = [each for each in self._gates if self._fits(self._gates[each][1])]
        standard = [each for each in GATES if self._fits(GATES[each][1])]
        if own and self._choices.chance(0.3):
            name = self._choices.rng.choice(own)
            self._choices.note("gate of the program")
            n_params, n_qubits, of = self._gates[name]
        else:
            name = self._choices.take("gate", standard)
            n_params, n_qubits, plain_of = GATES[name]
            of = lambda _, *values: plain_of(*values)  # noqa: E731
        angles = [self._angle() for _ in range(n_params)]
        whole_powers = n_qubits > 1 and name not in {"swap", "cx", "crx", "cz", "cry", "cp"}
        return self._operation(name, angles, n_qubits, of, whole_powers=whole_powers)

    def _gphase(self):
        return self._operation(
            "gphase", [self._angle()], 0, lambda _, angle: phase(angle), whole_powers=False
        )

    def _angle(self):
        found = self._expressions.real(2)

        def value(env):
            angle = float(found.value(env))
            if abs(angle) > _LARGEST_ANGLE:
                raise TooLargeError
            return angle

        return found.text, value

    def _fits(self, n_qubits):
        return n_qubits <= len(self._ids())

    def _ids(self):
        return {each for register in self._scope.qubits for each in register.ids}

    def _operation(self, name, angles, n_qubits, of, *, whole_powers):
        """Return a gate under modifiers on operands, broadcast or not."""
        room = min(len(self._ids()), 4) - n_qubits
        modifiers, changes, n_controls = self._modifiers(room, whole_powers=whole_powers)
        operands = self._operands(n_qubits + n_controls)
        brackets = f"({', '.join(text for text, _ in angles)})" if angles else ""
        names = ", ".join(operand.name for operand in operands)
        if self._choices.chance(0.05) and not angles:
            brackets = "()"
        text = f"{modifiers}{name}{brackets} {names}".rstrip() + ";"

        def run(machine):
            values = [value(machine.env) for _, value in angles]
            matrix = of(machine.env, *values)
            for change in changes:
                matrix = change(matrix)
            found = [(each.of(machine.env), each.is_single) for each in operands]
            sizes = [len(qubits) for qubits, is_single in found if not is_single]
            for place in range(max(sizes, default=1)):
                machine.apply(
                    matrix, [qubits[0 if is_single else place] for qubits, is_single in found]
                )

        return [text], run

    def _modifiers(self, room, *, whole_powers):
        text, changes, n_controls = "", [], 0
        while self._choices.chance(0.3) and len(changes) < 3:
            kinds = ["inv", "whole pow", *([] if whole_powers else ["pow"])]
            kinds += ["ctrl", "negctrl"] if room > n_controls else []
            kinds += ["ctrl(n)", "negctrl(n)"] if room > n_controls + 1 else []
            kind = self._choices.take("modifier", kinds)
            if kind == "inv":
                text = f"inv @ {text}"
                changes.append(lambda matrix: matrix.conj().T)
            elif kind == "whole pow":
                exponent = self._choices.whole(-3, 4)
                text = f"pow({exponent}) @ {text}"
                changes.append(lambda matrix, k=exponent: power(matrix, k))
            elif kind == "pow":
                shown = self._choices.rng.choice(list(FRACTIONS))
                text = f"pow({shown}) @ {text}"
                changes.append(lambda matrix, k=FRACTIONS[shown]: power(matrix, k))
            else:
                count = 2 if "(" in kind else 1
                shown = kind.replace("(n)", "(1 + 1)")
                text = f"{shown} @ {text}"
                on = 0 if kind.startswith("neg") else 1
                changes.append(lambda matrix, c=count, on=on: controlled(matrix, c, on=on))
                n_controls += count
        return text, changes, n_controls

    def _operands(self, count):
        """Return so many operands that share no qubits: single ones, or some of one size."""
        if self._choices.chance(0.5) and not self._in_gate and count:
            parts = [self._part(each) for each in self._scope.qubits if not each.is_single]
            found, used = [], set()
            for part in self._choices.rng.sample(parts, len(parts)):
                fits = not found or len(part.ids) == len(found[0].ids)
                if not part.is_single and fits and not used & {*part.ids} and len(found) < count:
                    found.append(part)
                    used |= {*part.ids}
            rest = self._singles(count - len(found), used)
            if found and len(rest) == count - len(found):
                self._choices.note(f"broadcast over {'one' if len(found) == 1 else 'several'}")
                mixed = [*found, *rest]
                return self._choices.rng.sample(mixed, count)
        return self._singles(count, set())

    def _singles(self, count, used):
        found = []
        for register in self._choices.rng.sample(self._scope.qubits, len(self._scope.qubits)):
            for place in self._choices.rng.sample(range(len(register.ids)), len(register.ids)):
                if len(found) < count and register.ids[place] not in used:
                    found.append(self._one(register, place))
                    used = used | {register.ids[place]}
        return self._choices.rng.sample(found, len(found))

    # Statements

    def _statement(self):
        kinds = {
            "gate": self._gate,
            "gphase": self._gphase,
            "if": self._if,
            "if else": self._if_else,
            "for": self._for,
            "switch": self._switch,
            "barrier": self._barrier,
            "comment": self._comment,
        }
        if not self._in_gate:
            kinds |= {"variable": self._variable, "while": self._while}
            kinds |= {"alias": self._alias, "block": self._inner_block, "box": self._box}
            kinds |= {"assignment to bits": self._assign_bits, "assignment": self._assign}
            kinds |= {"compound assignment": self._compound}
            kinds |= {"expression": self._expression_statement, "annotation": self._annotation}
            kinds |= {"call": self._call} if self._subroutines and not self._in_subroutine else {}
        if not self._in_gate and not self._in_subroutine:
            kinds["bits"] = self._register
            if self._splits >= self._repeats * 3:
                kinds |= {"measure": self._measure, "reset": self._reset}
        if self._in_loop:
            kinds |= {"break": self._break, "continue": self._continue}
        if not self._scope.variables["bits"]:
            kinds.pop("assignment to bits", None)
        if not any(self._scope.variables[kind] for kind in ("whole", "real", "bool")):
            kinds.pop("assignment", None)
        if not self._scope.variables["whole"]:
            kinds.pop("compound assignment", None)
        if self._depth > 1:
            for kind in ("if", "if else", "for", "while", "switch", "block", "box"):
                kinds.pop(kind, None)
        return kinds[self._choices.take("statement", kinds)]()

    def _block(self, count):
        """Return statements in a scope of their own."""
        outer, self._scope = self._scope, Scope(self._scope)
        self._depth += 1
        found = [self._statement() for _ in range(count)]
        self._depth -= 1
        self._scope = outer
        steps = [run for _, run in found if run]

        def run(machine):
            for step in steps:
                step(machine)

        return [f"  {line}" for lines, _ in found for line in lines], run

    def _body(self):
        """Return a block in braces, or one statement without."""
        if self._choices.chance(0.2):
            self._choices.note("statement as a body")
            outer, self._scope = self._scope, Scope(self._scope)
            lines, run = self._gate()
            self._scope = outer
            return lines, run
        lines, run = self._block(self._choices.whole(0, 3))
        return ["{", *lines, "}"], run

    def _if(self):
        condition = self._expressions.truth(2)
        lines, run = self._body()

        def step(machine):
            if condition.value(machine.env):
                run(machine)

        return [f"if ({condition.text})", *lines], step

    def _if_else(self):
        condition = self._expressions.truth(2)
        lines, run = self._block(self._choices.whole(0, 2))
        more, other = self._if() if self._choices.chance(0.3) else self._body()

        def step(machine):
            (run if condition.value(machine.env) else other)(machine)

        return [f"if ({condition.text}) {{", *lines, "} else", *more], step

    def _for(self):
        kind = self._choices.take("for", ["range", "steps", "backwards", "set", "bits"])
        kind = "range" if kind == "bits" and not self._scope.names["bits"] else kind
        type_ = self._choices.take("for of type", ["int", "uint", "int[n]", "uint[n]"])
        name = self._name("i")
        first = self._choices.whole(0, 3)
        values, over = {
            "range": ([first, first + 1, first + 2], f"[{first}:{first + 2}]"),
            "steps": ([first, first + 2], f"[{first}:2:{first + 3}]"),
            "backwards": ([first + 2, first + 1], f"[{first + 2}:-1:{first + 1}]"),
            "set": ([first, 7, first], f"{{{first}, 7, {first}}}"),
            "bits": (None, ""),
        }[kind]
        if kind == "bits":
            over, key, size = self._choices.rng.choice(self._scope.names["bits"])
            values = [0] * size
        outer, in_loop = self._scope, self._in_loop
        self._scope, self._in_loop = Scope(outer), True
        self._scope.names["whole"].append((name, name))
        self._scope.variables["whole"].append((name, name, self._whole_of(type_)))
        self._repeats *= len(values)
        lines, run = self._body()
        self._repeats //= len(values)
        self._scope, self._in_loop = outer, in_loop

        def step(machine):
            for value in list(machine.env[key]) if kind == "bits" else values:
                machine.env[name] = value
                if _leaves(run, machine):
                    break

        return [f"for {self._type(type_)} {name} in {over}", *lines], step

    def _while(self):
        name = self._name("n")
        most = self._choices.whole(1, 3)
        outer, in_loop = self._scope, self._in_loop
        self._scope, self._in_loop = Scope(outer), True
        self._scope.names["whole"].append((name, name))
        self._repeats *= most
        lines, run = self._block(self._choices.whole(1, 3))
        self._repeats //= most
        self._scope, self._in_loop = outer, in_loop

        def step(machine):
            machine.env[name] = 0
            while machine.env[name] < most:
                machine.env[name] += 1
                if _leaves(run, machine):
                    break

        counted = f"  {name} += 1;"
        return [f"int {name} = 0;", f"while ({name} < {most}) {{", counted, *lines, "}"], step

    def _switch(self):
        value = self._expressions.whole(1)
        cases = [self._choices.rng.sample(range(-2, 9), self._choices.whole(1, 3))]
        cases.append([each for each in range(9, 12) if self._choices.chance()] or [12])
        lines, runs = [], []
        for labels in cases:
            inner, run = self._block(self._choices.whole(0, 2))
            runs.append(run)
            lines += [f"  case {', '.join(map(str, labels))} {{", *inner, "  }"]
        if self._choices.chance():
            self._choices.note("switch with a default")
            inner, run = self._block(1)
            runs.append(run)
            lines += ["  default {", *inner, "  }"]

        def step(machine):
            found = value.value(machine.env)
            for labels, run in zip([*cases, None], runs, strict=False):
                if labels is None or found in labels:
                    run(machine)
                    return

        return [f"switch ({value.text}) {{", *lines, "}"], step

    def _inner_block(self):
        lines, run = self._block(self._choices.whole(0, 3))
        return ["{", *lines, "}"], run

    def _box(self):
        lines, run = self._block(self._choices.whole(0, 2))
        return ["box {", *lines, "}"], run

    def _break(self):
        return ["break;"], _raises(BreakError)

    def _continue(self):
        return ["continue;"], _raises(ContinueError)

    def _barrier(self):
        shown = self._operands(self._choices.whole(0, 2))
        return [f"barrier {', '.join(each.name for each in shown)}".rstrip() + ";"], None

    def _annotation(self):
        lines, run = self._gate()
        return ["@any.words of it", *lines], run

    def _comment(self):
        how = self._choices.take("comment", ["line", "block"])
        return ["// x q;" if how == "line" else "/* x q;\n x q; */"], None

    def _expression_statement(self):
        found = self._expressions.whole(2)
        return [f"{found.text};"], lambda machine: found.value(machine.env)

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

    # Measurements

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

    # Subroutines

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


def _outcomes(machine, register):
    return [machine.measure(qubit) for qubit in register.of(machine.env)]


def _leaves(run, machine):
    """Run a loop's body and return whether the loop ends."""
    try:
        run(machine)
    except ContinueError:
        pass
    except BreakError:
        return True
    return False


def _raises(kind):
    def run(_):
        raise kind

    return run


def _end(_):
    raise EndError

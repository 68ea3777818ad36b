"""Statements of OpenQASM 3 programs: which there may be where, loops and branches."""

from unit.languages.fuzzing.version3.assignments import Assignments
from unit.languages.fuzzing.version3.declarations import Declarations
from unit.languages.fuzzing.version3.gates import Gates
from unit.languages.fuzzing.version3.measurements import Measurements
from unit.languages.fuzzing.version3.scopes import Scope
from unit.languages.fuzzing.version3.subroutines import Subroutines


class BreakError(Exception):
    pass


class ContinueError(Exception):
    pass


class Statements(Assignments, Declarations, Gates, Measurements, Subroutines):
    """Makes statements of any kind."""

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
        """Return statements in a new scope."""
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

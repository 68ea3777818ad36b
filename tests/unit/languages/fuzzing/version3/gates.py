"""Gates of OpenQASM 3 programs: their definitions, modifiers and operands."""

from unit.languages.fuzzing.machine import (
    GATES,
    TooLargeError,
    controlled,
    embedded,
    phase,
    power,
)
from unit.languages.fuzzing.version3.scopes import Maker, Register

_LARGEST_ANGLE = 1e4  # so that plain sums of angles keep nine digits
FRACTIONS = {"0.5": 0.5, "1 / 3": 1 / 3, "-0.5": -0.5, "1.5": 1.5, "0.25": 0.25}


class Recorder:
    """Stands in for a machine within a gate's definition."""

    def __init__(self, env):
        self.env = env
        self.steps = []

    def apply(self, matrix, qubits):
        self.steps.append((matrix, qubits))


class Gates(Maker):
    """Makes definitions and calls of gates."""

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

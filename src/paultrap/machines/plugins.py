"""Plug-in backends: a site's simulator or machine behind paultrap's API.

A package offers one under the entry point group ``paultrap.backends``::

    [project.entry-points."paultrap.backends"]
    our-trap = "our_package:TRAP"

where ``TRAP`` is an object such as `PluginBackend` describes. Installed beside paultrap, it takes jobs
under its name like any other backend; ``examples/plugin_backend`` is a complete example. A plug-in
is somebody else's code: one that cannot be used stops nothing.
"""

import reprlib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from numbers import Integral
from typing import Any, NamedTuple, Protocol, TypeAlias, get_args

import numpy as np

from paultrap.circuits import Distributions, Gateset
from paultrap.compiler import Entangler
from paultrap.machines.chunks import Chunk
from paultrap.machines.devices import MOST_QUBITS
from paultrap.machines.errors import PluginCircuitsError, PluginError

GROUP = "paultrap.backends"

_MEMBERS = ("name", "qubits", "gateset", "entangler", "run")


class PluginBackend(Protocol):
    """What the object behind an entry point has.

    Attributes:
        name: What jobs call it; clients treat a name that begins with ``qpu.`` as a machine.
        qubits: How many it has, up to 64.
        gateset: "qis" for circuits as clients write them, "native" for compiled ones.
        entangler: The native gate on two qubits to compile to, "ms" or "zz".
    """

    name: str
    qubits: int
    gateset: Gateset
    entangler: Entangler

    def run(self, chunk: Chunk) -> Sequence[Mapping[int, int] | Exception]:
        """Return for each circuit how often each state was seen, qubit 0 the lowest bit.

        An exception in the place of a circuit's counts fails that circuit alone. When one is
        raised, halves of the chunk are run until the circuits that raise it are found.

        It is called in a worker process, which may be killed; another worker then runs the chunk
        again.
        """


class DistantPlugin(NamedTuple):
    """A plug-in that workers on other machines have.

    Attributes:
        name: What jobs call it; the next three are as in `PluginBackend`.
        is_there: Whether some worker has it now.
        takes_jobs: Whether jobs for it are taken, which wait where no worker has it now.
    """

    name: str
    qubits: int
    gateset: Gateset
    entangler: Entangler
    is_there: bool = True
    takes_jobs: bool = True


class UnavailablePlugin(NamedTuple):
    """An installed plug-in that cannot be used.

    Attributes:
        name: The name of its entry point.
        reason: Why not, for a person.
    """

    name: str
    reason: str


#: Returns the plug-in of a name, or None where there is none.
FindPlugin: TypeAlias = Callable[[str], PluginBackend | None]


def load_plugins() -> tuple[dict[str, PluginBackend], list[UnavailablePlugin]]:
    """Return the installed plug-ins by name, and those that cannot be used."""
    found: dict[str, PluginBackend] = {}
    unavailable: list[UnavailablePlugin] = []
    for entry in entry_points(group=GROUP):
        try:
            plugin = _load(entry, found)
        except PluginError as error:
            unavailable.append(UnavailablePlugin(entry.name, f"{entry.value}: {error}"))
        else:
            found[plugin.name] = plugin
    return found, unavailable


class InstalledPlugins:
    """The installed plug-ins, which are imported at the first use of one."""

    @cached_property
    def _found(self) -> Mapping[str, PluginBackend]:
        return load_plugins()[0]

    def find(self, name: str) -> PluginBackend | None:
        """Return the plug-in of this name, or None where there is none that can be used."""
        return self._found.get(name)


def _load(entry: EntryPoint, others: Collection[str]) -> PluginBackend:
    try:
        plugin: Any = entry.load()
        problem = problem_of(plugin)
    except (Exception, SystemExit) as error:  # Whatever somebody else's code does as it is read.
        raise PluginError(f"{type(error).__name__}: {error}") from error
    if problem:
        raise PluginError(problem)
    found: PluginBackend = plugin
    if found.name in others:
        raise PluginError(f'another plug-in is called "{found.name}" too')
    return found


def problem_of(plugin: Any) -> str:
    """Return what is wrong with an object that should be a plug-in, or nothing."""
    if isinstance(plugin, type):
        return f"{plugin.__name__} is a class; name an object of it"
    missing = [name for name in _MEMBERS if not hasattr(plugin, name)]
    if missing:
        return f"{', '.join(missing)} missing"
    if not isinstance(plugin.name, str) or not plugin.name:
        return f"name: {plugin.name!r} is not a text"
    if type(plugin.qubits) is not int or not 1 <= plugin.qubits <= MOST_QUBITS:
        return f"qubits: {plugin.qubits!r} is not a whole number from 1 to {MOST_QUBITS}"
    if plugin.gateset not in get_args(Gateset):
        return f'gateset: {plugin.gateset!r} is neither "qis" nor "native"'
    if plugin.entangler not in get_args(Entangler):
        return f'entangler: {plugin.entangler!r} is neither "ms" nor "zz"'
    return "" if callable(plugin.run) else "run cannot be called"


def run_chunk(plugin: PluginBackend, chunk: Chunk) -> Distributions:
    """Return a plug-in's checked answer to a chunk, with counts over shots as probabilities.

    Raises:
        PluginCircuitsError: The answers of some circuits are no histograms of the job's shots.
        PluginError: The plug-in has failed, or has not returned an answer for each circuit.

    The messages name the plug-in.
    """
    try:
        answer: Any = plugin.run(chunk)
        problem = _problem_of_answer(answer, chunk)
        problems = {} if problem else _problems_of_circuits(answer, chunk)
        ordered = [
            sorted(counts.items())
            for index, counts in enumerate([] if problem else answer)
            if index not in problems
        ]
    except (Exception, SystemExit) as error:  # Also what its answer raises as it is read.
        raise PluginError(f"{plugin.name}: {type(error).__name__}: {error}") from error
    if problem:
        raise PluginError(f"{plugin.name}: {problem}")
    found = Distributions(
        offsets=np.cumsum([0, *map(len, ordered)]),
        states=np.array([state for each in ordered for state, _ in each], np.uint64),
        probabilities=np.array([count for each in ordered for _, count in each], float)
        / chunk.shots,
    )
    if problems:
        first = min(problems)
        message = f"{plugin.name}: circuit {chunk.first_index + first}: {problems[first]}"
        said = {index: f"{plugin.name}: {text}" for index, text in problems.items()}
        raise PluginCircuitsError(message, said, found)
    return found


def _problem_of_answer(answer: Any, chunk: Chunk) -> str:
    """Return what is wrong with all that a plug-in has returned for a chunk, or nothing."""
    if not isinstance(answer, Collection) or isinstance(answer, str | bytes | Mapping):
        return f"run returned {_shown(answer)}, not a list of a histogram for each circuit"
    if len(answer) != chunk.program.n_circuits:
        return f"{len(answer)} histograms for {chunk.program.n_circuits} circuits"
    return ""


def _problems_of_circuits(answer: Collection[Any], chunk: Chunk) -> dict[int, str]:
    """Return what is wrong with the answers of single circuits, by their index in the chunk."""
    pairs = enumerate(zip(answer, chunk.widths(), strict=True))
    found = {
        index: _problem_of_counts(counts, width, chunk.shots) for index, (counts, width) in pairs
    }
    return {index: problem for index, problem in found.items() if problem}


def _problem_of_counts(counts: Any, width: int, shots: int) -> str:
    """Return what is wrong with the histogram of one circuit, or nothing."""
    if isinstance(counts, Exception):
        return f"{type(counts).__name__}: {counts}"
    if not isinstance(counts, Mapping):
        return f"{_shown(counts)} is not a mapping of states to counts"
    for state, count in counts.items():
        if not _is_whole(state):
            return f"the state {_shown(state)} is not a whole number"
        if not 0 <= state < 2**width:
            return f"state {state} does not fit {width} qubits"
        if not _is_whole(count):
            return f"the count {_shown(count)} of state {state} is not a whole number"
        if count < 1:
            return f"state {state} has the count {count}"
    total = sum(map(int, counts.values()))
    return "" if total == shots else f"{total} counts for {shots} shots"


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral)


def _shown(value: Any) -> str:
    """Return a value of somebody else's code with its type, shortened."""
    return f"{reprlib.repr(value)} ({type(value).__name__})"

"""`paultrap run`: a job file in this process, without any server."""

import sys
import time
from dataclasses import asdict, dataclass
from typing import Annotated

import msgspec
import numpy as np
from cyclopts import Parameter
from rich.console import Console

from paultrap.admission import Refusal
from paultrap.circuits import Distributions
from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError, print_warnings
from paultrap.cli.files import JobFile, read_job_file, title_of
from paultrap.cli.flags import WholeNumber
from paultrap.cli.histograms import (
    MOST_STATES,
    Likely,
    most_likely,
    print_dry_run,
    print_histograms,
)
from paultrap.engine import RunOptions
from paultrap.errors import Error
from paultrap.formats import probabilities_v1
from paultrap.limits import limits_of, named
from paultrap.machines import Machines
from paultrap.precision import Precision
from paultrap.running import FailedJobError, TimedRun, run_timed


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Shown:
    """What is printed.

    Attributes:
        as_json: Print JSON: one object for a single circuit, a list of them for several.
        timing: Say on standard error how many milliseconds each step took.
    """

    as_json: Annotated[bool, Parameter(name="--json", negative="", show_default=False)] = False
    timing: Annotated[bool, Parameter(name="--timing", negative="", show_default=False)] = False


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Means:
    """Settings that the command may have its own values of.

    Attributes:
        threads: How many threads may run; every usable core without a value.
        precision: Precision of amplitudes: double, as without a value, or single for less memory
            and time and about six digits.
        strict: Refuse what is not understood, where it would be told and ignored.
    """

    threads: int | None = None
    precision: Precision | None = None
    strict: Annotated[bool | None, Parameter(negative="")] = None


def run_file(
    file: JobFile,
    /,
    *,
    shown: Shown | None = None,
    means: Means | None = None,
    seed: WholeNumber | None = None,
) -> None:
    """Run a job file in this process and show its distributions.

    The limits are a server's: the same PAULTRAP_... variables and paultrap.toml set them.

    Args:
        file: The request body as JSON, of either version of the API; - reads standard input.
        shown: What is printed.
        means: What other than the settings say it is run with.
        seed: Seed of a sampled job, in place of its own; a fresh one without either.
    """
    as_json, timing = (shown.as_json, shown.timing) if shown else (False, False)
    settings = read_settings(asdict(means or Means()))
    machines = Machines.load(settings.noise_dir, settings.devices_dir)
    for plugin in machines.unavailable:
        print(f"plug-in {plugin.name} is not available: {plugin.reason}", file=sys.stderr)  # noqa: T201
    body = read_job_file(file)
    try:
        done = run_timed(
            body,
            options=RunOptions(settings.precision, settings.threads, settings.memory_limit),
            seed=seed,
            limits=limits_of(settings),
            machines=machines,
        )
    except (FailedJobError, Refusal) as error:
        raise CommandError(f"{title_of(file)}: {named(error.message)}") from error
    except Error as error:
        raise CommandError(f"{title_of(file)}: {error}") from error
    print_warnings(done.result.warnings)
    start = time.perf_counter()
    is_whole = as_json or done.result.results is not None
    encoded = _encode(done) if is_whole or timing else b""
    encode_ms = (time.perf_counter() - start) * 1e3
    if is_whole:
        sys.stdout.buffer.write(encoded + b"\n")
        sys.stdout.flush()
    else:
        _draw(done, file)
    sampling = done.job.sampling
    if done.result.n_circuits == 0 and done.result.results is None:
        print_dry_run()
    elif sampling is not None:
        sampled = f"{sampling.shots} shots, seed {sampling.seed}"
        print(f"sampled with {sampling.machine}: {sampled}", file=sys.stderr)  # noqa: T201
    if timing:
        report = (
            f"parse {done.parse_ms:.3f} ms, plan {done.plan_ms:.3f} ms, "
            f"simulate {done.simulate_ms:.3f} ms, encode {encode_ms:.3f} ms"
        )
        print(report, file=sys.stderr)  # noqa: T201


def _encode(done: TimedRun) -> bytes:
    found = done.result
    if found.results is not None:
        return msgspec.json.encode(found.results)
    if not done.job.batch.is_multicircuit and found.n_circuits:
        return probabilities_v1(found, 0)
    return b"[" + b",".join(probabilities_v1(found, i) for i in range(found.n_circuits)) + b"]"


def _draw(done: TimedRun, file: str) -> None:
    found = done.result
    titles = [
        f"circuit {index}" + (f": {name}" if name else "")
        for index, name in enumerate(done.job.batch.names[: found.n_circuits])
    ]
    print_histograms(
        Console(),
        ((title, _most_likely(found, index)) for index, title in enumerate(titles)),
        done.width,
        total=found.n_circuits,
        see_all=f"paultrap run {file} --json",
    )


def _most_likely(found: Distributions, index: int) -> Likely:
    """Do what `most_likely` does without a Python object for each of perhaps 2**29 states."""
    first, last = int(found.offsets[index]), int(found.offsets[index + 1])
    states, probabilities = found.states[first:last], found.probabilities[first:last]
    others = max(0, len(states) - MOST_STATES)
    least = np.partition(probabilities, others)[others] if others else 0.0
    # Where several are equal the lower states are drawn, which come first.
    above, equal = np.flatnonzero(probabilities > least), np.flatnonzero(probabilities == least)
    drawn = np.concatenate((above, equal))[:MOST_STATES]
    top = zip(states[drawn].tolist(), probabilities[drawn].tolist(), strict=True)
    rest = float(probabilities.sum() - probabilities[drawn].sum())
    return Likely(most_likely(dict(top)).states, others, rest)

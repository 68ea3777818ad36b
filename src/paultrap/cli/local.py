"""`paultrap run`: a job file in this process, without any server."""

from __future__ import annotations

import sys
import time
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from paultrap.cli.errors import CommandError
from paultrap.cli.files import JobFile, read_job_file
from paultrap.cli.histograms import print_histograms
from paultrap.engine import MemoryLimitError
from paultrap.formats import CircuitError, probabilities_v1
from paultrap.running import TimedRun, run_timed

__all__ = ["run_file"]


def run_file(
    file: JobFile,
    /,
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    timing: Annotated[bool, Parameter(negative="")] = False,
    threads: int | None = None,
) -> None:
    """Run a job file in this process and show its distributions.

    Args:
        file: The request body as JSON, of either version of the API; - reads standard input.
        as_json: Print JSON: one object for a single circuit, a list of them for several.
        timing: Say on standard error how many milliseconds each step took.
        threads: How many threads may run; every usable core without a value.
    """
    if threads is not None and threads < 1:
        raise CommandError(f"--threads must be at least 1, not {threads}")
    body = read_job_file(file)
    try:
        done = run_timed(body, threads=threads)
    except (CircuitError, MemoryLimitError) as error:
        raise CommandError(f"{file}: {error}") from error
    start = time.perf_counter()
    encoded = _encode(done)
    encode_ms = (time.perf_counter() - start) * 1e3
    if as_json:
        sys.stdout.buffer.write(encoded + b"\n")
        sys.stdout.flush()
    else:
        _draw(done, file)
    if timing:
        report = (
            f"parse {done.parse_ms:.3f} ms, plan {done.plan_ms:.3f} ms, "
            f"simulate {done.simulate_ms:.3f} ms, encode {encode_ms:.3f} ms"
        )
        print(report, file=sys.stderr)  # noqa: T201


def _encode(done: TimedRun) -> bytes:
    found = done.distributions
    if not done.batch.is_multicircuit:
        return probabilities_v1(found, 0)
    return b"[" + b",".join(probabilities_v1(found, i) for i in range(found.n_circuits)) + b"]"


def _draw(done: TimedRun, file: str) -> None:
    found = done.distributions
    titles = [
        f"circuit {index}" + (f": {name}" if name else "")
        for index, name in enumerate(done.batch.names)
    ]
    print_histograms(
        Console(),
        ((title, found.as_dict(index)) for index, title in enumerate(titles)),
        done.batch.qubits,
        total=found.n_circuits,
        see_all=f"paultrap run {file} --json",
    )

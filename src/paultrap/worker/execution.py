"""Runs the circuits of a lease with as many threads as its host's memory allows."""

from dataclasses import replace

from paultrap.circuits import Distributions
from paultrap.engine import MemoryLimitError, RunOptions
from paultrap.jobs import RULES, Work
from paultrap.machines import FindPlugin
from paultrap.store import Lease


def run_lease(lease: Lease, options: RunOptions, find_plugin: FindPlugin) -> Distributions:
    """Return the answers of a lease's circuits.

    A chunk is leased where it fits with one thread. Threads that work beside each other each hold
    states, so fewer are used where they do not fit. No bit of the answer depends on how many.

    Args:
        lease: The circuits, and how they are sampled and read.
        options: The threads and the memory that the run may use; the precision is the lease's.
        find_plugin: Returns a plug-in by its name.

    Raises:
        MemoryLimitError: They do not fit with one thread.
        ValueError, PluginError: As of `paultrap.jobs.execute`.
    """
    work = Work(lease.program, lease.sampling, lease.readout, lease.first)
    run = RULES[lease.engine_version]
    options = replace(options, precision=lease.precision)
    threads = options.usable_threads()
    while True:
        try:
            return run(work, replace(options, threads=threads), find_plugin)
        except MemoryLimitError:
            if threads == 1:
                raise
            threads //= 2

"""Plain requests beside small ones that are long to read: each under a second, and an end in 15 s.

    python bench/attack.py [--times 3] [--rounds 40]

The requests that attack are sent several times at once; a second process sends plain ones meanwhile.
The exit code is 1 where a promise is not kept.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from harness import RunningServer
from harness.attack import ATTACKS, SLOW, Attack, send_plain

LONGEST_S = 1.0
LONGEST_END_S = 15.0
PAUSE_S = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3, help="how often each attack is sent")
    parser.add_argument("--rounds", type=int, default=40, help="rounds of four plain requests")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder)).start()
        try:
            return report(server, options.times, options.rounds)
        finally:
            server.kill()


def report(server: RunningServer, times: int, rounds: int) -> int:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    show("alone", send_plain(server, rounds, PAUSE_S))
    attack = Attack(server, ATTACKS)
    attack.begin(times)
    time.sleep(1)
    started = time.monotonic()
    longest = show(f"beside {times} x {len(ATTACKS)} attacks", send_plain(server, rounds, PAUSE_S))
    slow = [each for name in SLOW for each in attack.sent[name]]
    lasting = sum(not each.done() for each in slow)
    print(f"after {time.monotonic() - started:.1f} s {lasting} of {len(slow)} attacks still last")

    server.process.send_signal(signal.SIGTERM)
    asked_at = time.monotonic()
    try:
        code = server.process.wait(4 * LONGEST_END_S)
    except subprocess.TimeoutExpired:
        code = None
    ended_s = time.monotonic() - asked_at
    left = len(server.processes())
    print(f"SIGTERM: code {code} after {ended_s:.1f} s, {left} processes left")
    kept = {
        f"plain requests under {LONGEST_S:g} s": longest < LONGEST_S,
        "the attacks lasted as long": lasting > 0,
        f"an end with code 0 in {LONGEST_END_S:g} s": code == 0 and ended_s <= LONGEST_END_S,
        "nothing left running": left == 0,
    }
    for promise, is_kept in kept.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'} {promise}")
    return 0 if all(kept.values()) else 1


def show(title: str, seen: list) -> float:
    """Print the times of requests by kind, and return the longest."""
    print(title)
    for what in dict.fromkeys(each.what for each in seen):
        times = sorted(each.seconds * 1e3 for each in seen if each.what == what)
        bad = sum(each.what == what and each.status not in {200, 201} for each in seen)
        print(
            f"  {what:12} median {statistics.median(times):7.1f} ms  "
            f"p95 {times[int(0.95 * (len(times) - 1))]:7.1f}  max {times[-1]:7.1f}"
            f"{f'  {bad} refused' if bad else ''}"
        )
    if any(each.status not in {200, 201} for each in seen):
        return float("inf")
    return max(each.seconds for each in seen)


if __name__ == "__main__":
    sys.exit(main())

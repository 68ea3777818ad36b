"""Accepted means kept, over PostgreSQL: servers, worker hosts, Dask workers and the database killed.

Usage: python tests/proofs/kills/run.py [--kills N] [--jobs N] [--seed S] [--minutes M]

Every kill comes while chunks are leased, and what was killed is started again. At the end every job
that a client has submitted is completed, with the answer of an undisturbed server: seeded ones to the
byte, ideal ones to 1e-13. None is there twice, and the usage has each once.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from proofs.kills.bodies import KINDS
from proofs.kills.clients import Clients
from proofs.kills.fleet import Fleet
from proofs.kills.judging import FAULTS, Fault, references, wrong_answers, wrong_rows

_ONE_KILL_S = 120.0
_MOST_SHOWN = 20
_SHOWN_EVERY = 5  # kills


def run(kills: int, jobs: int, seed: int, limit_s: float) -> bool:
    """Return whether all is as it should be."""
    rng = random.Random(seed)
    done: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="paultrap-kills-") as name:
        folder = Path(name)
        right = references(_made(folder / "reference"))
        began = time.monotonic()
        wrong: list[Fault] = []
        with Fleet(folder, rng, with_dask=find_spec("paultrap.dask") is not None) as fleet:
            urls = [each.url for each in fleet.servers]
            with Clients(urls, fleet.servers[0].key, jobs, kills) as clients:
                for kind in _in_turn(fleet.kinds, kills, rng):
                    left_s = began + limit_s - time.monotonic()
                    if not fleet.kill(kind, min(left_s, _ONE_KILL_S)):
                        text = f"no chunk was leased to kill a {kind} meanwhile"
                        wrong.append(Fault("unfinished", text))
                        break
                    done[kind] += 1
                    clients.note_kill()
                    _show(done, clients, time.monotonic() - began)
                if not wrong and not clients.wait(began + limit_s - time.monotonic()):
                    wrong.append(Fault("unfinished", f"not done after {limit_s:.0f} s"))
            wrong += wrong_answers(clients.dealt, clients.told, right)
            wrong += wrong_rows(fleet.place, clients.dealt, clients.told)
        seconds = time.monotonic() - began
    _print_table(done, clients, seconds, wrong)
    for each in wrong[:_MOST_SHOWN]:
        print(f"{each.kind}: {each.text}")
    return not wrong


def _in_turn(kinds: list[str], kills: int, rng: random.Random) -> list[str]:
    """Return which kind comes when: each round has every kind once, in another order."""
    found: list[str] = []
    while len(found) < kills:
        found += rng.sample(kinds, len(kinds))
    return found[:kills]


def _show(done: Counter[str], clients: Clients, seconds: float) -> None:
    if done.total() % _SHOWN_EVERY == 0:
        failed = sum("error" in each for each in clients.told.values())
        print(
            f"{seconds:6.0f} s: {done.total()} kills, {len(clients.told)} jobs have ended, "
            f"{failed} of them wrong",
            file=sys.stderr,
            flush=True,
        )


def _print_table(done: Counter[str], clients: Clients, seconds: float, wrong: list[Fault]) -> None:
    kinds = Counter(each.distinct[0] for each in clients.dealt)
    rows = {f"kills: {kind}": count for kind, count in sorted(done.items())}
    rows |= {f"jobs: {kind}": kinds[kind] for kind in dict.fromkeys(KINDS)}
    rows |= {
        "kills": done.total(),
        "jobs": len(clients.dealt),
        "answers": sum("answer" in each for each in clients.told.values()),
        "sent again": clients.repeats,
        "seconds": round(seconds),
    }
    faults = Counter(each.kind for each in wrong)
    rows |= {kind: faults[kind] for kind in FAULTS}
    for name, value in rows.items():
        print(f"{name:<22}{value:>8}")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    # Whoever ends it leaves nothing behind that it has started.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.default_int_handler)
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, help="at most so many; else by kills and jobs")
    options = parser.parse_args()
    limit = options.minutes or 5 + options.kills / 4 + options.jobs / 20
    sys.exit(0 if run(options.kills, options.jobs, options.seed, limit * 60) else 1)

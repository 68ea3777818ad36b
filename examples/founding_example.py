"""The founding example, end to end: a server, a multicircuit job over HTTP, one answer a circuit.

`make run` runs it. It starts a separate server on a free port with a temporary database, and stops
it again; nothing stays behind.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

BODY = Path(__file__).with_name("founding_example.json").read_bytes()
EXPECTED = [{"1": 1.0}, {"0": 0.5, "6": 0.5}]
TOLERANCE = 1e-12
PATIENCE_S = 60.0


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server and yield its address."""
    command = [sys.executable, "-m", "paultrap", "serve", "--ephemeral", "--port", "0"]
    command += ["--log-level", "warning"]  # so that nothing but the example is seen
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            first_line = server.stdout.readline() if server.stdout else ""
            if " at " not in first_line:
                sys.exit("The server did not start; what it said is above.")
            yield first_line.split(" at ")[1].strip()
        finally:
            server.terminate()


def main() -> None:
    """Submit the job, wait for it, and check its distributions."""
    print("Starting a server ...", flush=True)
    with running_server() as url:
        headers = {"Authorization": "apiKey any-key"}
        with httpx.Client(base_url=url, headers=headers, timeout=30) as http:
            print(f"POST {url}/v0.3/jobs", flush=True)
            created = http.post("/v0.3/jobs", content=BODY).raise_for_status().json()
            print(f"  {created}")
            job_id = created["id"]
            deadline = time.monotonic() + PATIENCE_S
            while (job := http.get(f"/v0.3/jobs/{job_id}").json())["status"] in (
                "ready",
                "running",
            ):
                if time.monotonic() > deadline:
                    sys.exit(f"The job did not end within {PATIENCE_S:.0f} s: {job}")
                time.sleep(0.01)
            print(f"GET {url}/v0.3/jobs/{job_id}/results")
            results = http.get(f"/v0.3/jobs/{job_id}/results").raise_for_status().json()
    for child, distribution in results.items():
        print(f"  {child}: {distribution}")
    check(list(results.values()))
    print("The distributions are right: circuit 1 is in state 1; circuit 2 in 0 or 6, half each.")


def check(distributions: list[dict[str, float]]) -> None:
    """Stop with an error unless these are the distributions that the example must have."""
    right = len(distributions) == len(EXPECTED) and all(
        found.keys() == wanted.keys()
        and all(abs(found[state] - wanted[state]) < TOLERANCE for state in wanted)
        for found, wanted in zip(distributions, EXPECTED, strict=True)
    )
    if not right:
        sys.exit(f"Wrong distributions: {distributions}, expected {EXPECTED}")


if __name__ == "__main__":
    main()

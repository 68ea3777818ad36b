"""CUDA-Q, which sends QIR to v0.3 of the API, against its own simulator qpp-cpu.

What needs QIR is skipped as long as the server says that it does not know the format.
"""

import json
import urllib.error
from collections.abc import Callable

import cudaq
import pytest
from independent.distributions import distance

SHOTS = 10_000


@pytest.fixture(scope="session")
def qir(server) -> None:
    """Skip unless the server knows QIR: then it complains of the program, not of the format."""
    try:
        server.post("/v0.3/jobs", {"input": {"format": "qir", "data": "AAAA"}})
    except urllib.error.HTTPError as error:
        said = json.load(error)
        if said.get("validation", {}).get("keys") == ["input.format"]:
            pytest.skip(f"the server says: {said['message']}")


@pytest.fixture
def on_server(server, qir, monkeypatch):  # noqa: ARG001  # fixtures cannot be marked to use others
    """Return what runs something with CUDA-Q pointed at the server."""
    monkeypatch.setenv("IONQ_API_KEY", server.key)

    def run(work: Callable, **options):
        cudaq.set_target("ionq", url=server.url, **options)
        try:
            return work()
        finally:
            cudaq.reset_target()

    return run


def locally(work: Callable):
    cudaq.set_target("qpp-cpu")
    try:
        return work()
    finally:
        cudaq.reset_target()


def exact(kernel) -> dict[str, float]:
    """Return the distribution by CUDA-Q's state vector; its first qubit is the leftmost bit."""
    state = locally(lambda: cudaq.get_state(kernel))
    width = state.num_qubits()
    probabilities = {}
    for index in range(2**width):
        bits = f"{index:0{width}b}"  # Qubit 0 is the highest bit of an index, too.
        p = abs(state[index]) ** 2
        if p > 1e-11:
            probabilities[bits] = p
    return probabilities


def counts_of(result) -> dict[str, int]:
    return dict(result.items())


def assert_exact(found: dict[str, int], truth: dict[str, float]) -> None:
    """The client cuts each probability times the shots off to a whole number."""
    for bits in set(found) | set(truth):
        assert abs(found.get(bits, 0) - SHOTS * truth.get(bits, 0)) <= 1, bits


def uneven(width: int, seed: float):
    """Return an entangled kernel in which no two qubits are alike."""
    kernel = cudaq.make_kernel()
    qubits = kernel.qalloc(width)
    for index in range(width):
        kernel.ry(0.3 + 0.41 * index + seed, qubits[index])
        kernel.rz(0.7 - 0.13 * index + seed, qubits[index])
    for index in range(width - 1):
        kernel.cx(qubits[index], qubits[index + 1])
        kernel.rx(0.2 + 0.17 * index - seed, qubits[index])
    return kernel


GATES: dict[str, Callable] = {
    "x": lambda k, q: k.x(q[1]),
    "y": lambda k, q: k.y(q[0]),
    "z": lambda k, q: k.z(q[1]),
    "h": lambda k, q: k.h(q[2]),
    "s": lambda k, q: k.s(q[0]),
    "sdg": lambda k, q: k.sdg(q[1]),
    "t": lambda k, q: k.t(q[2]),
    "tdg": lambda k, q: k.tdg(q[0]),
    "rx": lambda k, q: k.rx(0.81, q[0]),
    "ry": lambda k, q: k.ry(-1.3, q[1]),
    "rz": lambda k, q: k.rz(2.2, q[2]),
    "r1": lambda k, q: k.r1(0.61, q[1]),
    "cx": lambda k, q: k.cx(q[2], q[0]),
    "cy": lambda k, q: k.cy(q[0], q[2]),
    "cz": lambda k, q: k.cz(q[1], q[2]),
    "ch": lambda k, q: k.ch(q[2], q[1]),
    "crx": lambda k, q: k.crx(1.01, q[1], q[2]),
    "cry": lambda k, q: k.cry(-0.67, q[2], q[1]),
    "crz": lambda k, q: k.crz(1.47, q[0], q[2]),
    "cr1": lambda k, q: k.cr1(0.77, q[2], q[0]),
    "swap": lambda k, q: k.swap(q[0], q[2]),
    "ccx": lambda k, q: k.cx([q[2], q[1]], q[0]),
}


def around(applies: list[Callable]):
    """Return a kernel in which every phase that the operations make can be seen."""
    kernel = cudaq.make_kernel()
    qubits = kernel.qalloc(3)
    for index in range(3):
        kernel.ry(0.5 + 0.37 * index, qubits[index])
        kernel.rz(1.1 - 0.29 * index, qubits[index])
    for apply in applies:
        apply(kernel, qubits)
    for index in range(3):
        kernel.rx(0.9 + 0.23 * index, qubits[index])
    return kernel


def test_a_wrong_key_is_refused(server, monkeypatch):
    monkeypatch.setenv("IONQ_API_KEY", "a-wrong-key")
    cudaq.set_target("ionq", url=server.url)
    try:
        with pytest.raises(RuntimeError, match="status code 401"):
            cudaq.sample(uneven(2, 0.1), shots_count=SHOTS)
    finally:
        cudaq.reset_target()


def test_a_kernel_gives_the_exact_distribution(on_server, server):
    kernel = uneven(3, 0.1)
    found = on_server(lambda: counts_of(cudaq.sample(kernel, shots_count=SHOTS)))
    assert_exact(found, exact(kernel))
    newest = server.newest_job()
    assert (newest["status"], newest["backend"]) == ("completed", "simulator")
    assert newest["stats"]["qubits"] == 3
    assert newest["name"]


@pytest.mark.parametrize("name", GATES)
def test_a_gate_acts_as_in_cudaq(on_server, name):
    kernel = around([GATES[name]])
    found = on_server(lambda: counts_of(cudaq.sample(kernel, shots_count=SHOTS)))
    assert_exact(found, exact(kernel))


def test_all_gates_after_each_other_act_as_in_cudaq(on_server):
    kernel = around(list(GATES.values()))
    found = on_server(lambda: counts_of(cudaq.sample(kernel, shots_count=SHOTS)))
    assert_exact(found, exact(kernel))


@pytest.mark.parametrize("size", [2, 50, 300])  # jobs: the client has no batches
def test_many_kernels_at_once_come_back_in_order(on_server, size):
    kernels = [uneven(1 + index % 4, 0.037 * index) for index in range(size)]

    def all_at_once() -> list[dict[str, int]]:
        futures = [cudaq.sample_async(kernel, shots_count=SHOTS) for kernel in kernels]
        return [counts_of(future.get()) for future in futures]

    for kernel, found in zip(kernels, on_server(all_at_once), strict=True):
        assert_exact(found, exact(kernel))


def test_an_observable_has_its_expectation_value(on_server):
    kernel = uneven(2, 0.3)
    spin = cudaq.spin
    hamiltonian = (
        0.3435 * spin.z(0)
        - 0.4347 * spin.z(1)
        + 0.5716 * spin.z(0) * spin.z(1)
        + 0.091 * spin.x(0) * spin.x(1)
    )
    found = on_server(lambda: cudaq.observe(kernel, hamiltonian, shots_count=SHOTS).expectation())
    truth = locally(lambda: cudaq.observe(kernel, hamiltonian).expectation())
    assert found == pytest.approx(truth, abs=4 * 4 / SHOTS)


@pytest.mark.parametrize("model", ["aria-1", "forte-1"])
def test_a_noise_model_is_noisy(on_server, model):
    kernel = uneven(3, 0.1)
    found = on_server(lambda: counts_of(cudaq.sample(kernel, shots_count=SHOTS)), noise=model)
    assert sum(found.values()) >= SHOTS - 8
    assert distance(exact(kernel), found) < 0.1


@pytest.mark.parametrize("name", ["qpu.aria-1", "qpu.forte-1"])
def test_an_emulated_qpu_is_near_the_ideal(on_server, server, name):
    kernel = uneven(3, 0.1)
    found = on_server(lambda: counts_of(cudaq.sample(kernel, shots_count=SHOTS)), qpu=name)
    assert distance(exact(kernel), found) < 0.1
    assert server.newest_job()["backend"] == name


def test_a_refused_job_says_why(on_server):
    with pytest.raises(RuntimeError, match=r"status code 400.*unheard-of"):
        on_server(lambda: cudaq.sample(uneven(2, 0.1), shots_count=SHOTS), qpu="qpu.unheard-of")


def test_a_failed_job_raises_the_clients_own_error(on_server, server):
    kernel = cudaq.make_kernel()
    qubits = kernel.qalloc(26)
    for step in range(40):
        for index in range(26):
            kernel.ry(0.1 * step + 0.3 * index, qubits[index])
            kernel.cx(qubits[index], qubits[(index + 1) % 26])
    with server.crashing_workers(), pytest.raises(RuntimeError, match=r"[Ff]ail"):
        on_server(lambda: cudaq.sample(kernel, shots_count=SHOTS))

"""ionq-core, IonQ's own generated client: noise, machines, costs and usage."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from clients.common import MODELS, QPUS
from clients.ionq_core_jobs import HISTOGRAM, SHOTS_LIST, artifact, finish, single, uneven
from independent.distributions import distance
from independent.wire import distribution
from ionq_core import IonQClient, PermissionDeniedError
from ionq_core.api.backends import get_backend
from ionq_core.api.characterizations import get_characterization, get_characterizations_for_backend
from ionq_core.api.default import estimate_job_cost, get_job_artifact, get_job_cost
from ionq_core.api.usage import get_usages
from ionq_core.models.error_mitigation_output_debiasing_type_1 import (
    ErrorMitigationOutputDebiasingType1,
)
from ionq_core.models.ionq_native_v1 import IonqNativeV1
from ionq_core.models.single_circuit_job import SingleCircuitJob
from ionq_core.models.usages import Usages


@pytest.mark.parametrize("model", MODELS)
def test_a_noise_models_seed_gives_the_same_shots_again(client, model):
    circuit = uneven(3, 0.1)

    def shots(seed: int) -> list[str]:
        noise = {"model": model, "seed": seed}
        job = finish(client, single(circuit, 3, shots=1000, noise=noise))
        assert (job.noise.model, job.noise.seed) == (model, seed)
        found: list[str] = artifact(client, job, SHOTS_LIST)
        histogram = artifact(client, job, HISTOGRAM)
        assert {state: found.count(state) for state in set(found)} == histogram
        assert 0 < distance(distribution(circuit, 3), histogram) < 0.25
        return found

    first, again, other = shots(5), shots(5), shots(6)
    assert first == again != other


@pytest.mark.parametrize("backend", QPUS)
def test_an_emulated_qpu_is_near_the_ideal(client, backend):
    circuit = uneven(3, 0.1)
    job = finish(client, single(circuit, 3, shots=4000, backend=backend))
    histogram = artifact(client, job, HISTOGRAM)
    assert sum(histogram.values()) == 4000
    assert distance(distribution(circuit, 3), histogram) < 0.1


def test_a_noisy_job_is_typed_and_reports_its_seed(client):
    job = finish(client, single(uneven(3, 0.1), 3, shots=700, noise={"model": "forte-1"}))

    assert isinstance(job, SingleCircuitJob)
    assert job.shots == 700
    assert job.noise.model == "forte-1"
    assert 1 <= job.noise.seed <= 2**31 - 1
    histogram = artifact(client, job, HISTOGRAM)
    shots = artifact(client, job, SHOTS_LIST)
    assert sum(histogram.values()) == len(shots) == 700
    assert {state: shots.count(state) for state in set(shots)} == histogram
    by_register = artifact(client, job, "ionq.result.shots.json.v2")["shots"]
    bits = [shot["registers"]["output_all"] for shot in by_register]
    assert [str(sum(bit << index for index, bit in enumerate(each))) for each in bits] == shots


def test_a_debiased_job_is_typed_down_to_its_variants(client):
    job = finish(client, single(uneven(3, 0.1), 3, shots=800, backend="qpu.forte-1"))

    found = job.output.error_mitigation
    assert isinstance(found.debiasing, ErrorMitigationOutputDebiasingType1)
    total: Counter[str] = Counter()
    for variant in found.debiasing.variants:
        assert len(set(variant.qubit_map)) == 3
        descriptor = variant.results["ionq.result.histogram.json.v2"]
        response = get_job_artifact.sync_detailed(job.id, descriptor.id, client=client)
        own = json.loads(response.content)["histogram"]["registers"]["output_all"]
        assert sum(own.values()) == variant.shots
        total.update(own)
    histogram = artifact(client, job, "ionq.result.histogram.json.v2")
    assert total == histogram["histogram"]["registers"]["output_all"]
    for name in ("average", "voting", "dnl", "majority"):
        descriptor = getattr(found.aggregations, name)
        assert descriptor.format_ == "ionq.result.histogram.json.v2"
        response = get_job_artifact.sync_detailed(job.id, descriptor.id, client=client)
        own = json.loads(response.content)["histogram"]["registers"]["output_all"]
        assert sum(own.values()) == 800


@pytest.mark.parametrize("name", ["qpu.forte-1", "qpu.forte-enterprise-1"])
def test_a_characterization_is_typed(client, name):
    page = get_characterizations_for_backend.sync(name, client=client, limit=1)

    [found] = page.characterizations
    assert found.backend == name
    assert found.qubits == 36
    assert len(found.connectivity) == 36 * 35 // 2
    assert found.fidelity.spam.median == 1
    assert str(found.id) == get_backend.sync(name, client=client).characterization_id
    assert get_characterization.sync(name, found.id, client=client) == found


def test_a_compiled_circuit_and_the_times_of_a_qpu_are_typed(client):
    circuit = uneven(3, 0.1)
    job = finish(client, single(circuit, 3, backend="qpu.forte-1", shots=2000))
    estimate = estimate_job_cost.sync(
        client=client,
        backend="qpu.forte-1",
        shots=2000,
        field_1q_gates=job.stats.gate_counts["1q"],
        field_2q_gates=job.stats.gate_counts["2q"],
    )

    compiled = job.output.compilation.compiled_circuits["ionq.native.v1"]
    response = get_job_artifact.sync_detailed(job.id, compiled.id, client=client)
    found = IonqNativeV1.from_dict(json.loads(response.content)).to_dict()

    assert found == json.loads(response.content)
    truth = pytest.approx(distribution(circuit, 3), abs=1e-9)
    assert distribution(found["circuit"], 3, "native") == truth
    times = [job.predicted_execution_duration_ms, job.execution_duration_ms]
    assert times == [estimate.estimated_execution_time] * 2
    cost = get_job_cost.sync(job.id, client=client).cost
    assert cost.value == pytest.approx(estimate.estimated_total_cost)


def test_an_estimate_and_a_cost_are_typed(client):
    estimate = estimate_job_cost.sync(
        client=client, backend="qpu.forte-1", shots=2000, field_1q_gates=150, field_2q_gates=40
    )
    [rate] = estimate.rate_card.rates
    expected = 2000 * (150 * rate.cost_1q_gate + 40 * rate.cost_2q_gate)
    assert estimate.estimated_total_cost == pytest.approx(expected)
    assert (estimate.estimate_context.shots, estimate.estimated_unit) == (2000, "usd")

    job = finish(client, single(uneven(2, 0.1), 2))
    cost = get_job_cost.sync(job.id, client=client)
    assert cost.cost.value == 0
    assert not cost.estimated_cost


@pytest.mark.parametrize("modality", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("group_by", ["job", "project", "user"])
def test_usage_is_typed_and_counts_what_has_run(client, group_by, modality):
    job = finish(client, single(uneven(3, 0.1), 3, backend="qpu.aria-1", shots=2_000))
    cost = get_job_cost.sync(job.id, client=client).cost.value
    today = datetime.now(UTC).date()

    found = get_usages.sync(
        "local.paultrap",
        client=client,
        start_date=today - timedelta(days=1),
        end_date=today + timedelta(days=1),
        group_by=group_by,
        modality=modality,
    )

    assert isinstance(found, Usages)
    assert found.usage_from <= found.usage_data[-1].from_ < found.usage_to
    groups = {each.group_id: each for each in found.usage_data[0].group_usages}
    if group_by == "project":
        groups = {job.project_id: groups[job.project_id]}
    assert max(each.amount for each in groups.values()) >= cost > 0
    assert found.job_count == sum(each.job_count for each in found.usage_data)
    assert found.amount_total >= found.usage_data[0].amount >= cost
    assert found.time_us_total >= 1_000 * job.execution_duration_ms


def test_usage_is_for_admins(server):
    today = datetime.now(UTC).date()
    days = {"start_date": today, "end_date": today}

    with (
        IonQClient(api_key=server.member_key, base_url=f"{server.url}/v0.4") as member,
        pytest.raises(PermissionDeniedError, match="admins"),
    ):
        get_usages.sync("local.paultrap", client=member, **days, group_by="job", modality="daily")

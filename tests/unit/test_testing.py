"""Clients without a setting for their host are pointed at a server, and back again."""

import warnings
from types import SimpleNamespace

import pytest

from paultrap.testing import redirected_pennylane, redirected_qbraid

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its imports, which are not ours to mend
    from pennylane_ionq.api_client import APIClient


def test_pennylane_is_redirected_for_a_while_only():
    before = APIClient.BASE_URL
    with redirected_pennylane("http://127.0.0.1:1/v0.4/"):
        assert APIClient.BASE_URL == "http://127.0.0.1:1/v0.4"
        assert APIClient(api_key="k").join_path("jobs") == "http://127.0.0.1:1/v0.4/jobs"
    assert before == APIClient.BASE_URL


def test_pennylane_is_directed_back_after_an_error():
    before = APIClient.BASE_URL
    with pytest.raises(KeyError), redirected_pennylane("http://127.0.0.1:1/v0.4"):
        raise KeyError
    assert before == APIClient.BASE_URL


def test_a_qbraid_provider_is_redirected():
    provider = SimpleNamespace(session=SimpleNamespace(base_url="https://elsewhere"))
    assert redirected_qbraid(provider, "http://127.0.0.1:1/v0.4/") is provider
    assert provider.session.base_url == "http://127.0.0.1:1/v0.4"

"""Who may read `/metrics`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from litestar.testing import TestClient
from litestar.types import Receive, Scope, Send

from paultrap.api.app import create_app
from paultrap.api.network import guarded
from paultrap.settings import Settings
from paultrap.store import Role

HERE, THERE, SIX = "127.0.0.1", "10.1.2.3", "::1"
MAPPED = "::ffff:127.0.0.1"  # of a socket for both versions of IP


@pytest.fixture
def ask(store, bench) -> Iterator[Callable[..., httpx.Response]]:
    """Ask a server of some settings for its metrics, from an address, perhaps with a key."""
    with ExitStack() as resources:

        def get(
            address: str | None,
            key: str | None = None,
            headers: dict[str, str] | None = None,
            times: int = 1,
            **settings: object,
        ) -> httpx.Response:
            asked = Settings(**settings)
            inner = guarded(create_app(asked, store, bench), asked)

            async def from_address(scope: Scope, receive: Receive, send: Send) -> None:
                scope["client"] = None if address is None else (address, 40_000)
                await inner(scope, receive, send)

            client = resources.enter_context(TestClient(from_address, base_url="http://127.0.0.1"))
            sent = {"authorization": f"apiKey {key}"} if key else {}
            for _ in range(times - 1):
                client.get("/metrics", headers=sent)
            return client.get("/metrics", headers=sent | (headers or {}))

        yield get


@pytest.mark.parametrize("auth", ["open", "required"])
@pytest.mark.parametrize("address", [HERE, "127.1.2.3", SIX, MAPPED])
def test_this_machine_needs_no_key(ask, address, auth):
    assert ask(address, auth=auth).status_code == 200
    assert ask(address, auth=auth, key="any-word").status_code == 200


@pytest.mark.parametrize("address", [THERE, "2001:db8::1", "testclient", None])
def test_others_need_a_key(ask, address):
    answer = ask(address)

    assert answer.status_code == 401
    assert answer.json()["error"] == "Unauthorized"
    assert "PAULTRAP_METRICS_ALLOW_IPS" in answer.json()["message"]


@pytest.mark.parametrize(
    "header", ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]
)
@pytest.mark.parametrize("address", [HERE, SIX, MAPPED, None])
def test_what_a_proxy_of_this_machine_passes_on_is_from_elsewhere(ask, address, header):
    passed_on = {header: "for=127.0.0.1" if header == "forwarded" else "127.0.0.1"}
    allowed = "127.0.0.0/8, ::1, unix"

    answer = ask(address, headers=passed_on, auth="required", metrics_allow_ips=allowed)
    assert answer.status_code == 401
    assert ask(address, headers=passed_on, metrics_allow_ips=allowed).status_code == 403


def test_a_proxy_that_is_believed_says_where_a_request_is_from(ask):
    trusted = {
        "auth": "required",
        "forwarded_allow_ips": HERE,
        "metrics_allow_ips": f"{THERE},{HERE}",
    }

    assert ask(HERE, headers={"x-forwarded-for": THERE}, **trusted).status_code == 200
    assert ask(HERE, headers={"x-forwarded-for": "10.9.9.9"}, **trusted).status_code == 401
    assert ask(HERE, headers={"x-forwarded-for": HERE}, **trusted).status_code == 401


def test_an_admins_key_is_enough(ask, store):
    secret, _ = store.keys.create("boss", role=Role.ADMIN)

    assert ask(THERE, secret, auth="required").status_code == 200
    assert ask(THERE, secret, auth="open").status_code == 200


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_other_keys_are_not(ask, store, role):
    secret, _ = store.keys.create("worker", role=role)
    answer = ask(THERE, secret, auth="required")

    assert answer.status_code == 403
    assert f'The role of "worker" is {role}.' in answer.json()["message"]


def test_the_key_of_open_access_is_not(ask):
    assert ask(THERE, "any-word", auth="open").status_code == 403


def test_an_unknown_key_is_not(ask):
    assert ask(THERE, "unknown", auth="required").status_code == 401


def test_the_setting_names_who_needs_no_key(ask):
    assert ask(THERE, metrics_allow_ips="10.1.0.0/16, ::1").status_code == 200
    assert ask("10.2.0.1", metrics_allow_ips="10.1.0.0/16, ::1").status_code == 401
    assert ask(HERE, metrics_allow_ips="10.1.0.0/16, ::1").status_code == 401
    assert ask(None, metrics_allow_ips="unix").status_code == 200
    assert ask(THERE, metrics_allow_ips="*").status_code == 200


def test_readings_are_not_counted_against_the_rate(ask, store):
    secret, _ = store.keys.create("boss", role=Role.ADMIN)

    assert ask(THERE, secret, times=3, rate_limit_per_minute=1).status_code == 200

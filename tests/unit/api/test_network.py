"""Which requests open access takes: by the names that they ask for, and the proxies that they came by."""

import asyncio
import socket

import pytest

from paultrap.api.network import Networks, client_address, guarded, refusing
from paultrap.settings import Settings


def ask(settings, *headers, path="/v0.4/jobs", client=("127.0.0.1", 5000)):
    """Return the status of a request, its body, and the scope that reached the application."""
    reached = []
    sent = []

    async def app(scope, _receive, send):
        reached.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "client": client,
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    asyncio.run(guarded(refusing(app), settings)(scope, receive, send))
    return sent[0]["status"], sent[1]["body"].decode(), reached[0] if reached else None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8080",
        "192.168.7.7:1",
        "[::1]:8080",
        "[fe80::1]",
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "lab.localhost:8080",
        socket.gethostname(),
        f"{socket.gethostname()}.local:8080",
        "trap.example",
        "Other.Example:99",
    ],
)
def test_open_access_answers_to_its_own_names(host):
    settings = Settings(allowed_hosts="trap.example, other.example")

    assert ask(settings, ("host", host))[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "notlocalhost",
        "[evil.example]",
        "[::1].evil.example",
        "[::1",
        "",
    ],
)
def test_open_access_refuses_other_names(host):
    status, body, reached = ask(Settings(), ("host", host))

    assert status == 421
    assert "--allowed-hosts" in body
    assert "PAULTRAP_ALLOWED_HOSTS" in body
    assert reached is None


def test_keys_that_are_required_make_names_free():
    assert ask(Settings(auth="required"), ("host", "any.example"))[0] == 200


FORWARDING = [
    ("forwarded", "for=1.2.3.4"),
    ("x-forwarded-for", "1.2.3.4"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "trap.example"),
    ("x-forwarded-prefix", "/quantum"),
    ("x-real-ip", "1.2.3.4"),
]


@pytest.mark.parametrize("header", FORWARDING)
def test_open_access_takes_nothing_that_a_proxy_passes_on(header):
    status, body, reached = ask(Settings(), ("host", "localhost"), header)

    assert status == 403
    assert "--forwarded-allow-ips" in body
    assert "--auth required" in body
    assert reached is None


@pytest.mark.parametrize("header", FORWARDING)
def test_a_proxy_that_is_named_may_pass_requests_on(header):
    settings = Settings(forwarded_allow_ips="127.0.0.1")

    assert ask(settings, ("host", "localhost"), header)[0] == 200
    other = ask(settings, ("host", "localhost"), header, client=("10.0.0.1", 1))
    assert other[0] == 403


def test_a_proxy_that_is_believed_says_who_the_client_is():
    settings = Settings(auth="required", forwarded_allow_ips="10.0.0.0/8")
    said = [("x-forwarded-for", "203.0.113.9, 10.0.0.8"), ("x-forwarded-proto", "https")]

    _, _, scope = ask(settings, *said, client=("10.0.0.7", 1))
    assert (scope["client"][0], scope["scheme"]) == ("203.0.113.9", "https")
    assert client_address(scope) == "203.0.113.9"

    _, _, scope = ask(settings, *said, client=("192.0.2.1", 1))
    assert (scope["client"][0], scope["scheme"]) == ("192.0.2.1", "http")
    assert client_address(scope) == "192.0.2.1"


@pytest.mark.parametrize("trusted", ["", "127.0.0.1", "*", "127.0.0.1,*"])
def test_nobody_becomes_local_by_saying_so(trusted):
    settings = Settings(auth="required", forwarded_allow_ips=trusted)
    for said in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "203.0.113.9, 127.0.0.1"):
        _, _, scope = ask(settings, ("x-forwarded-for", said))
        assert client_address(scope) in {None, "203.0.113.9"}
    for peer in ("127.0.0.1", "::ffff:127.0.0.1"):
        _, _, scope = ask(settings, ("forwarded", "for=127.0.0.1"), client=(peer, 1))
        assert client_address(scope) is None


def test_peers_of_a_unix_socket_have_a_word():
    settings = Settings(uds="/run/paultrap.sock", forwarded_allow_ips="unix")

    _, _, scope = ask(settings, client=None)
    assert client_address(scope) == "unix"
    _, _, scope = ask(settings, ("x-forwarded-for", "203.0.113.9"), client=None)
    assert client_address(scope) == "203.0.113.9"


def test_networks_hold_addresses():
    networks = Networks(["127.0.0.0/8", "::1", "unix"])

    assert "127.9.9.9" in networks
    assert "::ffff:127.0.0.1" in networks
    assert "::1" in networks
    assert "unix" in networks
    assert "10.0.0.1" not in networks
    assert "nonsense" not in networks
    assert None not in networks
    assert None in Networks(["*"])


def test_all_are_believed_where_all_are_among_others():
    settings = Settings(auth="required", forwarded_allow_ips="10.0.0.1,*")

    _, _, scope = ask(settings, ("x-forwarded-for", "203.0.113.9"), client=("192.0.2.1", 1))
    assert client_address(scope) == "203.0.113.9"

"""The client of the command line: what it says when there is no answer."""

import ssl

import httpx
import pytest

from paultrap.client import Client, NoAnswerError, ServerError


def failing(cause):
    """Return a client whose connection fails with an error that was raised from ``cause``."""

    def handle(request):
        try:
            raise cause
        except OSError as error:
            raise httpx.ConnectError("no connection", request=request) from error

    client = Client("https://127.0.0.1:1", "key")
    client._http = httpx.Client(base_url=client._url, transport=httpx.MockTransport(handle))
    return client


def test_a_certificate_that_is_not_trusted_is_told_by_its_error_not_by_its_words():
    with pytest.raises(ServerError, match="SSL_CERT_FILE"):
        failing(ssl.SSLCertVerificationError("in other words")).distribution("ab")


def test_another_error_with_these_words_is_none_of_a_certificate():
    with pytest.raises(ServerError, match="Is the server running"):
        failing(OSError("CERTIFICATE_VERIFY_FAILED")).distribution("ab")


class Outage:
    """A server that is away for a number of requests, and then has the job."""

    def __init__(self, *failures):
        self.failures = list(failures)

    def __call__(self, request):
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, int):
                return httpx.Response(failure, json={"message": "stopping"}, request=request)
            raise failure
        if request.url.path.endswith("/progress"):
            body = {"status": "completed", "circuits": 1, "circuits_done": 1}
            return httpx.Response(200, json=body, request=request)
        return httpx.Response(200, json={"status": "completed"}, request=request)


def waiting_client(outage):
    client = Client("127.0.0.1:1", "key")
    client._http = httpx.Client(base_url=client._url, transport=httpx.MockTransport(outage))
    return client


def test_a_server_that_starts_again_is_waited_for():
    outage = Outage(httpx.ConnectError("refused"), 503, httpx.ReadError("reset"))
    assert waiting_client(outage).wait("ab", lambda *_: None) == {"status": "completed"}


def test_a_server_that_stays_away_is_given_up(monkeypatch):
    monkeypatch.setattr("paultrap.client._PATIENCE_S", 0.0)
    with pytest.raises(NoAnswerError, match="Is the server running"):
        waiting_client(Outage(*[httpx.ConnectError("refused")] * 9)).wait("ab", lambda *_: None)


def test_a_refusal_is_not_waited_out():
    with pytest.raises(ServerError, match="404"):
        waiting_client(Outage(404)).wait("ab", lambda *_: None)

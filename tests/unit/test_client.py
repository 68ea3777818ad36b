"""The client of the command line: what it says when there is no answer."""

import ssl

import httpx
import pytest

from paultrap.client import Client, ServerError


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

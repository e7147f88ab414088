import errno
import os
import socket

import httpcore
import pytest

from monitor.fetch.failures import classify
from monitor.fetch.model import ErrorClass


def wrapped(cause: BaseException) -> BaseException:
    """Raise as the connection pool does, which leaves a cause in the context alone."""
    try:
        try:
            raise cause
        except type(cause) as error:
            raise httpcore.ConnectError(str(error)) from error
    except httpcore.ConnectError as error:
        error.__cause__ = None
        return error


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
def test_a_machine_out_of_resources_is_not_the_sites_fault(code: int) -> None:
    failure = classify(wrapped(OSError(code, os.strerror(code))), body_begun=False)
    assert (failure.error_class, failure.transient) == (ErrorClass.RESOURCE, True)


@pytest.mark.parametrize(
    "code", [errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNRESET, errno.EADDRNOTAVAIL]
)
def test_a_host_that_cannot_be_reached_is_a_connection_error_in_words(code: int) -> None:
    failure = classify(wrapped(OSError(code, os.strerror(code))), body_begun=False)
    assert (failure.error_class, failure.transient) == (ErrorClass.CONNECT, True)
    assert os.strerror(code).lower() in failure.words


@pytest.mark.parametrize(("code", "transient"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)])
def test_a_resolver_in_trouble_is_transient_and_an_unknown_name_is_not(code: int, transient: bool) -> None:
    failure = classify(socket.gaierror(code, "words"), body_begun=False)
    assert (failure.error_class, failure.transient) == (ErrorClass.DNS, transient)


def test_errors_about_our_own_request_do_not_quote_it() -> None:
    for error in (httpcore.LocalProtocolError("Illegal header value b'hunter2'"), ValueError("hunter2")):
        failure = classify(error, body_begun=False)
        assert failure.error_class is ErrorClass.PROTOCOL
        assert "hunter2" not in failure.words

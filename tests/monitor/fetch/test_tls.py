"""Row E3: a page is taken over verified TLS or not at all, and never asked for over any other."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from monitor.fetch.model import Capture, ErrorClass, FetchRequest
from tests.monitor.fetch.conftest import MakeFetcher, Names, failure_of, server_tls
from tests.servers.http import RawServer, response

NAME = "a.example"
PAGE = response("<p>We keep your data for two years.</p>")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2099, 1, 1, tzinfo=UTC)

MakeContext = Callable[[trustme.CA], ssl.SSLContext]


def with_certificate(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def expired(authority: trustme.CA) -> ssl.SSLContext:
    ended = LONG_AGO.replace(year=2021)
    return with_certificate(authority.issue_cert(NAME, not_before=LONG_AGO, not_after=ended))


def not_yet_valid(authority: trustme.CA) -> ssl.SSLContext:
    ends = FAR_AHEAD.replace(year=2100)
    return with_certificate(authority.issue_cert(NAME, not_before=FAR_AHEAD, not_after=ends))


def of_another_host(authority: trustme.CA) -> ssl.SSLContext:
    return server_tls(authority, "b.example")


def of_an_unknown_authority(_: trustme.CA) -> ssl.SSLContext:
    return server_tls(trustme.CA(), NAME)


def signed_by_itself(_: trustme.CA) -> ssl.SSLContext:
    lone = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with lone.private_key_pem.tempfile() as key, lone.cert_pem.tempfile() as certificate:
        context.load_cert_chain(certificate, key)
    return context


def of_an_old_protocol(authority: trustme.CA) -> ssl.SSLContext:
    context = server_tls(authority, NAME)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


@pytest.mark.parametrize(
    "make",
    [expired, not_yet_valid, of_another_host, of_an_unknown_authority, signed_by_itself, of_an_old_protocol],
)
async def test_a_connection_that_cannot_be_trusted_is_a_tls_error_and_no_page_is_asked_for(
    make_fetcher: MakeFetcher, authority: trustme.CA, ca_file: Path, make: MakeContext
) -> None:
    with RawServer(PAGE, tls=make(authority)) as server:
        fetcher = make_fetcher(resolver=Names(a_example=[["127.0.0.1"]]), ca_file=ca_file)
        error = await failure_of(fetcher, server.url(host=NAME))
    assert error.error_class is ErrorClass.TLS
    assert error.transient is (make is of_an_old_protocol), "a certificate does not mend within a minute"
    assert server.requests == []


async def test_a_private_authority_counts_where_it_is_named_and_nowhere_else(
    make_fetcher: MakeFetcher, authority: trustme.CA, ca_file: Path
) -> None:
    names = Names(a_example=[["127.0.0.1"]])
    with RawServer(PAGE, tls=server_tls(authority, NAME)) as server:
        async with make_fetcher(resolver=names, ca_file=ca_file) as fetcher:
            got = await fetcher.fetch(FetchRequest(server.url(host=NAME), ignore_robots=True))
        assert isinstance(got, Capture)
        error = await failure_of(make_fetcher(resolver=names), server.url(host=NAME))
    assert error.error_class is ErrorClass.TLS
    assert len(server.requests) == 1


async def test_a_server_that_speaks_http_2_alone_is_a_protocol_error(
    make_fetcher: MakeFetcher, authority: trustme.CA, ca_file: Path
) -> None:
    """Row E16: we offer HTTP/1.1 alone, so that no connection can be told to go away in the middle."""
    context = server_tls(authority, NAME)
    context.set_alpn_protocols(["h2"])
    settings, goaway = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]), bytes([0, 0, 8, 7, *[0] * 13])
    with RawServer(settings + goaway, tls=context) as server:
        fetcher = make_fetcher(resolver=Names(a_example=[["127.0.0.1"]]), ca_file=ca_file)
        error = await failure_of(fetcher, server.url(host=NAME))
    assert (error.error_class, error.transient) == (ErrorClass.PROTOCOL, True)

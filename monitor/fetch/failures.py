"""Sorts what the network libraries raise into our error classes, in words that hold no URL and no header."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import httpcore
import httpx

from monitor.fetch.decoding import BodyCorrupt, BodyTooLarge, BodyTruncated, EncodingRefused
from monitor.fetch.model import ErrorClass
from monitor.fetch.transport import AddressRefused
from monitor.fetch.urls import clean

FOREIGN = (
    AddressRefused,
    BodyCorrupt,
    BodyTooLarge,
    BodyTruncated,
    EncodingRefused,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.InvalidURL,
    OSError,  # includes ssl.SSLError, socket.gaierror and TimeoutError
    ValueError,  # includes the UnicodeError of host names and headers
)
"""Everything that may come up from below while one request is made."""

_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_PERMANENT_DNS = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with one request; `words` go after "the request failed: "."""

    error_class: ErrorClass
    words: str
    transient: bool


def classify(error: BaseException, *, body_begun: bool) -> Failure:
    """Name the failure behind `error`; `body_begun` says that the answer's head had already arrived."""
    return _of_our_guards(error) or _of_the_system(error) or _of_the_exchange(error, body_begun=body_begun)


def _of_our_guards(error: BaseException) -> Failure | None:
    match error:
        case AddressRefused(address=address):
            words = (
                f"its host leads to {clean(address, 60)}, which is not a public address;"
                " if that is meant, list its network under allow_private"
            )
            return Failure(ErrorClass.BLOCKED_ADDRESS, words, transient=False)
        case EncodingRefused():
            words = "the answer is encoded in a way we did not ask for (only gzip, once)"
            return Failure(ErrorClass.ENCODING, words, transient=False)
        case BodyTooLarge():
            return Failure(ErrorClass.TOO_LARGE, "the answer is larger than the limit", transient=False)
        case BodyTruncated():
            return Failure(ErrorClass.TRUNCATED, "the compressed answer lacks its end", transient=True)
        case BodyCorrupt():
            return Failure(ErrorClass.ENCODING, "the answer claims to be gzip and is not", transient=True)
    return None


def _of_the_system(error: BaseException) -> Failure | None:
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                words = f"the certificate was refused: {clean(cause.verify_message, 200)}"
                return Failure(ErrorClass.TLS, words, transient=False)
            case ssl.SSLError():
                words = f"the TLS handshake failed: {clean(cause.reason or 'no reason given', 100)}"
                return Failure(ErrorClass.TLS, words, transient=True)
            case socket.gaierror():
                words = f"its host cannot be resolved: {clean(str(cause.strerror), 100)}"
                return Failure(ErrorClass.DNS, words, transient=cause.errno not in _PERMANENT_DNS)
            case OSError(errno=code) if code in _EXHAUSTED:
                words = f"this machine is short of resources: {cause.strerror}"
                return Failure(ErrorClass.RESOURCE, words, transient=True)
    return None


def _of_the_exchange(error: BaseException, *, body_begun: bool) -> Failure:
    match error:
        case TimeoutError() | httpcore.TimeoutException():
            return Failure(ErrorClass.TIMEOUT, "it did not finish in time", transient=True)
        case httpcore.NetworkError() | httpcore.RemoteProtocolError() | OSError() if body_begun:
            return Failure(ErrorClass.TRUNCATED, "the answer broke off before its end", transient=True)
        case httpcore.ConnectError():
            return Failure(ErrorClass.CONNECT, f"no connection: {_system_words(error)}", transient=True)
        case httpcore.NetworkError() | OSError():
            return Failure(ErrorClass.CONNECT, "the connection broke before an answer came", transient=True)
        case httpcore.RemoteProtocolError():
            return Failure(
                ErrorClass.PROTOCOL, f"the answer is not HTTP: {clean(str(error), 100)}", transient=True
            )
    # Messages of local errors quote our own request, which may hold secrets.
    return Failure(ErrorClass.PROTOCOL, "the request cannot be written as HTTP", transient=False)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from `error` to what it was raised from; the libraries wrap the system's errors up to three deep."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        # The pool raises its errors "from None", which leaves them their context only.
        cause = cause.__cause__ or cause.__context__


def _system_words(error: BaseException) -> str:
    codes = [cause.errno for cause in _causes(error) if isinstance(cause, OSError) and cause.errno]
    return os.strerror(codes[-1]).lower() if codes else "refused or unreachable"

"""What a fetch is asked, what it brings back and how it fails; data only, no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records import SnapshotMeta

MEBIBYTE = 1024 * 1024

RESERVED_HEADERS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "if-modified-since",
        "if-none-match",
        "keep-alive",
        "proxy-authorization",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)
"""Request headers that the fetcher sets itself or that would change what an answer means."""


class ErrorClass(StrEnum):
    """Why a fetch failed; the words are stored and shown, so they stay."""

    URL = "url"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    BLOCKED_ADDRESS = "blocked_address"
    HTTP_STATUS = "http_status"
    PROTOCOL = "protocol"
    ENCODING = "encoding"
    REDIRECT = "redirect"
    ROBOTS = "robots"
    RATE_LIMITED = "rate_limited"
    RESOURCE = "resource"
    BROWSER = "browser"


class FetchError(Exception):
    """A page was not brought back.

    `reason` is one sentence that names the URL and what happened. `transient` says whether trying again may
    help, `status` is the HTTP status where one came, `retry_after` the seconds the server asked us to wait
    (capped).
    """

    def __init__(
        self,
        error_class: ErrorClass,
        reason: str,
        *,
        transient: bool = False,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.error_class = error_class
        self.reason = reason
        self.transient = transient
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Validators:
    """What lets a server answer "unchanged" (RFC 9110, section 8.8), as the server wrote it.

    `url` is the final URL they came with: they are sent to no other. Without it they go to the requested host.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One page to bring back. `headers` go to the host of `url` alone, whatever it redirects to.

    With `browser` its scripts run before it is taken; `validators` then have no meaning.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    validators: Validators | None = None
    ignore_robots: bool = False
    browser: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """What a fetch brought back: the decoded bytes, how they were obtained, validators for the next time."""

    body: bytes
    meta: SnapshotMeta
    validators: Validators


@dataclass(frozen=True, slots=True)
class Unmodified:
    """The server's word (status 304) that the page still is what the validators stand for."""

    url: str
    final_url: str
    captured_at: datetime
    duration_seconds: float
    validators: Validators


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds on one fetch; seconds and bytes.

    `total_seconds` counts all hops of one try, not the wait for the host's turn. `host_delay_seconds` lies
    between the end of one request to a host and the start of the next. The caps leave room: a policy page has
    some 0.1 to 2 MB.
    """

    total_seconds: float = 60.0
    connect_seconds: float = 15.0
    wire_bytes: int = 10 * MEBIBYTE
    decoded_bytes: int = 20 * MEBIBYTE
    redirects: int = 8
    host_delay_seconds: float = 1.0
    retries: int = 2
    retry_delay_seconds: float = 2.0
    retry_after_cap: float = 900.0

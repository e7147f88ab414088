"""What a page to be rendered is, and what comes of it; data that passes between the daemon and the worker."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from monitor.fetch.model import ErrorClass


@dataclass(frozen=True, slots=True)
class RenderJob:
    """A page that was fetched and is now to be opened; `headers` are those of its answer that bear on scripts.

    `own_headers` go with requests to the page's own host. `ports` may be connected to, `allow_private` are the
    networks that may be reached although they are not public. `wire_bytes` counts all that the page loads,
    `dom_bytes` what it became, `seconds` from the start of the browser on.
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    own_headers: tuple[tuple[str, str], ...]
    user_agent: str
    executable: str
    seconds: float
    wire_bytes: int
    dom_bytes: int
    memory_bytes: int
    redirects: int
    ports: tuple[int, ...]
    allow_private: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as its scripts left it: `html` is the serialised document, `targets` where they led it."""

    url: str
    targets: tuple[str, ...]
    html: bytes
    browser: str
    requests: int
    refused: tuple[str, ...]
    frames: int


class RenderFailed(Exception):
    """The page could not be rendered; `reason` says why without naming the page."""

    def __init__(
        self, error_class: ErrorClass, reason: str, *, transient: bool = True, status: int | None = None
    ) -> None:
        super().__init__(reason)
        self.error_class = error_class
        self.reason = reason
        self.transient = transient
        self.status = status


def encode_job(job: RenderJob, body: bytes) -> bytes:
    return json.dumps(asdict(job)).encode() + b"\n" + body


def decode_job(message: bytes) -> tuple[RenderJob, bytes]:
    line, _, body = message.partition(b"\n")
    values: dict[str, Any] = json.loads(line)
    for name in ("headers", "own_headers"):
        values[name] = tuple((key, value) for key, value in values[name])
    for name in ("ports", "allow_private"):
        values[name] = tuple(values[name])
    return RenderJob(**values), body


def encode_rendered(page: Rendered) -> bytes:
    values = {name: value for name, value in asdict(page).items() if name != "html"}
    return json.dumps({"page": values}).encode() + b"\n" + page.html


def encode_failure(failure: RenderFailed) -> bytes:
    values = {
        "error_class": failure.error_class.value,
        "reason": failure.reason,
        "transient": failure.transient,
        "status": failure.status,
    }
    return json.dumps({"failed": values}).encode() + b"\n"


def decode_answer(message: bytes) -> Rendered:
    """The page in `message`; raises the failure that the worker reports, or that it answered nonsense."""
    line, _, html = message.partition(b"\n")
    try:
        answer: dict[str, Any] = json.loads(line)
        if "failed" not in answer:
            page = answer["page"]
            for name in ("targets", "refused"):
                page[name] = tuple(page[name])
            return Rendered(html=html, **page)
        failed = answer["failed"]
        failure = RenderFailed(
            ErrorClass(failed["error_class"]),
            failed["reason"],
            transient=failed["transient"],
            status=failed["status"],
        )
    except (ValueError, TypeError, KeyError) as error:
        raise RenderFailed(ErrorClass.BROWSER, "the process that ran the browser answered nonsense") from error
    raise failure

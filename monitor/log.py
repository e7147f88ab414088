"""The log: one line an event, on standard error; no secrets, no floods, no lines broken by values."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO
from urllib.parse import quote

import structlog

PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3}
"""The levels of syslog, which sd-daemon(3) has in front of each line."""

WINDOW_SECONDS = 60.0
LINES_IN_A_WINDOW = 60
"""Of one event; beyond that lines are held back and counted."""

REPEATS_IN_A_WINDOW = 1
"""Of one warning or error word for word."""

SHORTEST_SECRET = 4
"""Blotting out every occurrence of a shorter text would leave nothing to read."""

BLOT = "[secret]"

Event = MutableMapping[str, Any]


class Log(Protocol):
    def debug(self, event: str, **values: Any) -> Any: ...
    def info(self, event: str, **values: Any) -> Any: ...
    def warning(self, event: str, **values: Any) -> Any: ...
    def error(self, event: str, **values: Any) -> Any: ...


class Redactor:
    """Blots secrets out of texts; what it has learnt it keeps, so that a replaced secret stays one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        for secret in secrets:
            self._secrets |= {form for form in _forms(secret) if len(form) >= SHORTEST_SECRET}

    def __call__(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, BLOT)
        return text


def make_log(
    *,
    verbose: bool = False,
    redactor: Redactor | None = None,
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
    monotonic: Callable[[], float] = time.monotonic,
) -> Log:
    """A log in `key=value` form, on standard error or `stream`; a normal check is told only when `verbose`.

    Under systemd's journal, lines begin with their priority and leave out the time, which the journal knows.
    """
    level = logging.DEBUG if verbose else logging.INFO
    stream = stream or sys.stderr
    in_journal = writes_to_journal(stream, environ)
    log: Log = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            _Texts(redactor or Redactor()),
            _Repeats(monotonic),
            *([] if in_journal else [structlog.processors.TimeStamper(fmt="iso", utc=True)]),
            _for_journal if in_journal else _LINE,
        ],
    )
    return log


def writes_to_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `stream` is the one that `$JOURNAL_STREAM` names by device and inode (systemd.exec(5)).

    The variable alone says little: whatever a service starts inherits it.
    """
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def listen_to_libraries(log: Log) -> None:
    """What libraries and the event loop have to say becomes a line of ours, from warnings upwards."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Bridge(log)], force=True)


class _Bridge(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        tell = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        fault = record.exc_info[1] if record.exc_info else None
        told = {"error": f"{type(fault).__name__}: {fault}"} if fault else {}
        tell("library", logger=record.name, message=record.getMessage(), **told)


class _Texts:
    """Values as texts that hold no secret and cannot move the cursor of whoever reads the log."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        for key, value in event.items():
            if not isinstance(value, int | float | None):
                event[key] = _printable(self._redactor(str(value)))
        return event


@dataclass(slots=True)
class _Window:
    began: float
    lines: int = 0
    repeats: dict[str, int] = field(default_factory=dict)
    held_back: int = 0


class _Repeats:
    """Holds back what was said a moment ago; the event's next line tells how many were `suppressed`.

    Lines for the curious (debug) are as many as there are.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._windows: dict[str, _Window] = {}

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        if event["level"] == "debug":
            return event
        window = self._window(event["event"])
        if not _fits(window, event):
            window.held_back += 1
            raise structlog.DropEvent
        if window.held_back:
            event["suppressed"] = window.held_back
            window.held_back = 0
        return event

    def _window(self, name: str) -> _Window:
        now = self._monotonic()
        window = self._windows.get(name)
        if window is None or now - window.began >= WINDOW_SECONDS:
            window = _Window(now, held_back=window.held_back if window else 0)
            self._windows[name] = window
        return window


def _fits(window: _Window, event: Event) -> bool:
    """Count the line; whether it may still be told in this window."""
    window.lines += 1
    if window.lines > LINES_IN_A_WINDOW:
        return False
    if event["level"] == "info":
        return True
    line = repr(sorted(event.items()))
    window.repeats[line] = window.repeats.get(line, 0) + 1
    return window.repeats[line] <= REPEATS_IN_A_WINDOW


_LINE = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)
_BARE_LINE = structlog.processors.LogfmtRenderer(key_order=["event"], bool_as_flag=False)


def _for_journal(logger: Any, method: str, event: Event) -> str:
    priority = PRIORITIES[event.pop("level")]
    return f"<{priority}>{_BARE_LINE(logger, method, event)}"


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _forms(secret: str) -> tuple[str, ...]:
    """The secret as it stands, as part of an address, and of an address the part that makes it one."""
    path = secret.partition("://")[2].partition("/")[2]
    return (secret, quote(secret, safe=""), path, path.rpartition("/")[2])

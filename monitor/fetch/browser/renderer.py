"""The daemon's side of the browser: one worker process for each page, ended with all it started."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import struct
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from monitor.extract.wire import MESSAGE_LIMIT
from monitor.fetch.addresses import Network
from monitor.fetch.browser.model import (
    Rendered,
    RenderFailed,
    RenderJob,
    decode_answer,
    encode_job,
)
from monitor.fetch.browser.processes import kill_tree
from monitor.fetch.model import ErrorClass, FetchLimits
from monitor.fetch.urls import DEFAULT_PORTS, port_of

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

MEMORY_LIMIT = 1536 * 1024 * 1024
"""Bytes that the browser's processes may hold for themselves; a large page takes some 300 MiB."""

PARTS = 5
"""A page's scripts and data may have as many times the bytes of the page."""

GRACE_SECONDS = 10.0
"""How long the worker may take to say that its own deadline has passed."""

AT_ONCE = 1
"""Browsers at a time: each takes a core and some 300 MiB."""

_LENGTH = struct.Struct(">I")
_COMMAND = (sys.executable, "-P", "-m", "monitor.fetch.browser.worker")
_SOURCES = Path(__file__).resolve().parents[3]
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_SCRIPT_HEADERS = frozenset({"content-type", "content-security-policy", "set-cookie"})


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def browser_problem() -> str | None:
    """What is missing on this machine to open pages in a browser, with what to do; None if nothing is."""
    if importlib.util.find_spec("playwright") is None:
        return "the extra for it is not installed: pip install 'policywatch[browser]'"
    if find_chromium() is None:
        return f"no browser is installed: install the package chromium ({', '.join(NAMES)} were looked for)"
    return None


class Renderer:
    """Opens pages in the system's Chromium; keeps nothing between two of them."""

    def __init__(self, *, user_agent: str, limits: FetchLimits, allow_private: Sequence[Network]) -> None:
        self._user_agent = user_agent
        self._limits = limits
        self._allow_private = tuple(map(str, allow_private))
        self._free = asyncio.Semaphore(AT_ONCE)

    async def render(
        self,
        url: str,
        body: bytes,
        headers: Sequence[tuple[str, str]],
        own_headers: Sequence[tuple[str, str]],
    ) -> Rendered:
        """Open `body`, which came from `url` with `headers`; `own_headers` are for the page's own host.

        Raises:
            RenderFailed: there is no browser, or it was not done within the limits.

        """
        problem, executable = browser_problem(), find_chromium()
        if problem is not None or executable is None:
            raise RenderFailed(ErrorClass.BROWSER, problem or "no browser is installed", transient=False)
        limits = self._limits
        job = RenderJob(
            url=url,
            headers=tuple((name.lower(), value) for name, value in headers if name.lower() in _SCRIPT_HEADERS),
            own_headers=tuple(own_headers),
            user_agent=self._user_agent,
            executable=executable,
            seconds=limits.total_seconds,
            wire_bytes=PARTS * limits.wire_bytes,
            dom_bytes=limits.decoded_bytes,
            memory_bytes=MEMORY_LIMIT,
            redirects=limits.redirects,
            ports=tuple(sorted({*DEFAULT_PORTS.values(), port_of(url)})),
            allow_private=self._allow_private,
        )
        async with self._free:
            return decode_answer(await _ask(encode_job(job, body), job.seconds + GRACE_SECONDS))


async def _ask(message: bytes, seconds: float) -> bytes:
    with tempfile.TemporaryDirectory(prefix="policywatch-browser-", ignore_cleanup_errors=True) as home:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # what went wrong is in the answer
            env=_environment(home),
            cwd=home,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(seconds):
                return await _answer_of(process, message)
        except TimeoutError as error:
            reason = f"the browser did not end within {seconds:g} seconds"
            raise RenderFailed(ErrorClass.TIMEOUT, reason) from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise RenderFailed(ErrorClass.BROWSER, "the process that ran the browser died") from error
        finally:
            await asyncio.to_thread(kill_tree, process.pid)
            await process.wait()


async def _answer_of(process: asyncio.subprocess.Process, message: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise OSError("the worker has no pipes")
    process.stdin.write(_LENGTH.pack(len(message)) + message)
    with suppress(OSError):
        await process.stdin.drain()
    length: int = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))[0]
    if length > MESSAGE_LIMIT:
        raise OSError("the worker speaks nonsense")
    return await process.stdout.readexactly(length)


def _environment(home: str) -> dict[str, str]:
    """No secret reaches a process that runs foreign scripts, and what it leaves behind goes with `home`."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    folders = dict.fromkeys(("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"), home)
    paths = os.pathsep.join([str(_SOURCES), *filter(os.path.isabs, sys.path)])
    return {**kept, **folders, "PYTHONPATH": paths}

"""The process that opens one page in Chromium: a job on standard input, what became of it on the output."""

from __future__ import annotations

import asyncio
import os
import sys
from ipaddress import ip_network

from playwright.async_api import Error, async_playwright

from monitor.extract.wire import read_message, write_message
from monitor.fetch.browser.model import (
    Rendered,
    RenderFailed,
    RenderJob,
    decode_job,
    encode_failure,
    encode_rendered,
)
from monitor.fetch.browser.processes import descendants, memory_of
from monitor.fetch.browser.proxy import GuardingProxy
from monitor.fetch.browser.visit import Visit
from monitor.fetch.model import ErrorClass
from monitor.fetch.transport import GuardedBackend, resolve
from monitor.fetch.urls import clean

MEMORY_EVERY = 0.5
SCRIPT_MEGABYTES = 512

_ARGUMENTS = (
    # Whatever does not go through the proxy finds no address.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    f"--js-flags=--max-old-space-size={SCRIPT_MEGABYTES}",
)


def main() -> None:
    """Answer one job, then wait for the parent: it ends us with all that we started, quicker than we could."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing but the answer goes to the parent
    message = read_message(sys.stdin.buffer)
    if message is None:
        return
    # Not asyncio.run, which waits for what a hanging browser never ends.
    loop = asyncio.new_event_loop()
    try:
        answer = encode_rendered(loop.run_until_complete(_render_within(*decode_job(message))))
    except RenderFailed as failure:
        answer = encode_failure(failure)
    except Exception as error:  # noqa: BLE001 (the driver raises what it likes; the daemon is to hear of it)
        answer = encode_failure(RenderFailed(ErrorClass.BROWSER, _words("the browser did not run", str(error))))
    write_message(answers, answer)
    sys.stdin.buffer.read()
    os._exit(0)


async def _render_within(job: RenderJob, body: bytes) -> Rendered:
    rendering = asyncio.ensure_future(_render(job, body))
    watching = asyncio.ensure_future(_memory_exceeded(job.memory_bytes))
    done, waiting = await asyncio.wait(
        (rendering, watching), timeout=job.seconds, return_when=asyncio.FIRST_COMPLETED
    )
    for task in waiting:
        task.cancel()
    if rendering in done:
        return rendering.result()
    if watching in done:
        raise RenderFailed(
            ErrorClass.BROWSER,
            f"in the browser it takes more than {job.memory_bytes // 1024**2} MiB of memory",
            transient=False,
        )
    raise RenderFailed(
        ErrorClass.TIMEOUT, f"the browser was not done with it within {job.seconds:g} seconds", transient=False
    )


async def _memory_exceeded(limit: int) -> None:
    """Return once the browser holds more than `limit`; processes cannot be bounded, V8 reserves terabytes."""
    while True:
        await asyncio.sleep(MEMORY_EVERY)
        if memory_of(descendants(os.getpid())) > limit:
            return


async def _render(job: RenderJob, body: bytes) -> Rendered:
    backend = GuardedBackend(resolver=resolve, allow_private=[ip_network(each) for each in job.allow_private])
    async with GuardingProxy(backend, ports=job.ports, wire_bytes=job.wire_bytes) as proxy:
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=job.executable,
                    # As root Chromium refuses to start with a sandbox of its own.
                    chromium_sandbox=os.geteuid() != 0,
                    args=list(_ARGUMENTS),
                    proxy={
                        "server": f"http://127.0.0.1:{proxy.port}",
                        "username": "policywatch",
                        "password": proxy.password,
                    },
                )
                context = await browser.new_context(
                    user_agent=job.user_agent,
                    locale=_locale(job),
                    accept_downloads=False,
                    service_workers="block",
                )
                visit = Visit(job, body, context)
                html = await visit.run()
                if not proxy.exhausted:
                    return visit.result(html, browser.version, tuple(proxy.refused))
        except Error as error:
            raise RenderFailed(ErrorClass.BROWSER, _words("the browser failed", error.message)) from error
        reason = f"its parts are larger than {job.wire_bytes:,} bytes"
        raise RenderFailed(ErrorClass.TOO_LARGE, reason, transient=False)


def _locale(job: RenderJob) -> str | None:
    languages = next((value for name, value in job.own_headers if name.lower() == "accept-language"), "")
    return languages.split(",")[0].split(";")[0].strip() or None


def _words(what: str, message: str) -> str:
    return f"{what}: {clean((message.splitlines() or ['no reason given'])[0], 200)}"


if __name__ == "__main__":
    main()
